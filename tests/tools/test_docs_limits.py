"""The page of limits: no limit without a row, no row without a limit and a test."""

from __future__ import annotations

import pytest

from tools.docs import limits
from tools.docs.limits import groups, limits_page, missing_tests


def test_every_test_that_the_page_names_exists() -> None:
    assert missing_tests() == []


def test_a_row_for_no_limit_and_a_limit_without_a_row_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    found = groups()
    network = next(group for group in found if group["file"] == "nodes/network/limits.py")
    monkeypatch.setattr(limits, "groups", lambda: found)
    dropped = network["limits"].pop()
    with pytest.raises(ValueError, match=dropped["name"]):
        limits_page()
    network["limits"] += [dropped, {**dropped, "name": "Limits.invented"}]
    with pytest.raises(ValueError, match="invented"):
        limits_page()


def test_a_test_that_went_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = "tests/tools/test_docs_limits.py::" + "test_that_went_away"
    row = {"name": "x", "beyond": "", "test": gone}
    monkeypatch.setattr(limits, "groups", lambda: [{"limits": [row]}])
    assert missing_tests() == [gone]
