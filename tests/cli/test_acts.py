"""`sealane acts` explains every contract, act and refusal code, without a node."""

from __future__ import annotations

import json

import pytest

from contracts.catalogue import ACTS, CODES, TABLES
from tests.cli.conftest import Run


def test_all_acts_are_listed(sealane: Run) -> None:
    shown = json.loads(sealane("acts", "--json").stdout)["contracts"]
    assert {act for names in shown.values() for act in names} == set(ACTS)


@pytest.mark.parametrize("name", [*TABLES, *sorted(ACTS)[::7], *sorted(CODES)[::20]])
def test_every_name_is_explained(sealane: Run, name: str) -> None:
    result = sealane("acts", name)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip()


def test_an_act_is_explained_with_its_refusals(sealane: Run) -> None:
    text = sealane("acts", "bill.transfer").stdout
    assert "Offers possession to another organisation" in text
    for guard in ACTS["bill.transfer"].conditions:
        assert guard.code.code in text
    shown = json.loads(sealane("acts", "clearance.hold-open", "--json").stdout)
    assert "clearance.release" in shown["acts"]
    assert shown["do"] == CODES["clearance.hold-open"].hint


def test_a_life_is_drawn_in_words(sealane: Run) -> None:
    text = sealane("acts", "clearance").stdout
    assert "`release` to `released`" in text


def test_what_there_is_not_is_said(sealane: Run) -> None:
    result = sealane("acts", "bill.burn")
    assert result.exit_code == 2
    assert "there is no contract, act or refusal code bill.burn" in result.stderr
