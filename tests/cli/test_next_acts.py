"""What to type for an act is read from the commands: every act has one, and its record stands in it."""

from __future__ import annotations

import pytest

from cli.lazy import Stub
from cli.main import COMMANDS
from cli.next_acts import NAMED_OTHERWISE, command_for
from contracts.catalogue import ACTS, KIND_OF
from contracts.table import Presence
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_has_a_command(act: str) -> None:
    row = ACTS[act]
    key = KIND_OF[row.record].form
    line = command_for(act, key)
    assert line is not None
    words = line.split()
    group = Stub(next(entry for entry in COMMANDS if entry.name == words[1])).load()
    assert words[2] in group.commands  # type: ignore[union-attr]
    own = act in NAMED_OTHERWISE or act.startswith("organisation.")  # these are about the actor's own
    if row.presence is Presence.PRESENT and not own:
        assert key in line or key.partition("/")[2] in line


def test_an_act_without_command_says_so() -> None:
    assert command_for("bill.burn", "bill/x") is None
    assert command_for("weather.change", "bill/x") is None


def test_what_is_required_is_shown_and_what_is_not_is_left_out() -> None:
    assert command_for("movement.record", "container/ab") == (
        "sealane movement record container/ab EVENT --at LOCODE"
    )
    assert command_for("bill.endorse", "bill/ab") == "sealane bill endorse bill/ab --to ORG"
    assert command_for("bill.transfer", "bill/ab") == "sealane bill transfer bill/ab --to ORG"
    assert command_for("member.revoke", "member/o/n") == "sealane member revoke o/n --reason REASON"
    assert command_for("validator.rotate", "validators").startswith("sealane org rotate-validator")  # type: ignore[union-attr]


def test_the_carrier_reads_whose_move_it_is(trade: Corridor) -> None:
    key = trade.issue()
    text = trade.run("coral-line", "bill", "next", key).stdout
    assert "sealane bill release" not in text
    later = text.partition("Later:\n")[2]
    assert "bill.accept_surrender" in later.splitlines()[0]
    assert "waits for Landbridge Forwarding: hands the bill to the carrier" in later
    others = text.partition("Others may now:\n")[2].splitlines()
    (line,) = (line for line in others if line.startswith("  Landbridge Forwarding: "))
    assert "bill.transfer" in line
    shown = trade.done("coral-line", "bill", "next", key)
    assert [action["act"] for action in shown["actions"] if action["ready"]] == ["bill.dispute"]
    assert shown["later"][0]["steps"][0]["organisations"] == ["landbridge-forwarding"]


def test_acts_of_newer_rules_are_left_out(trade: Corridor, monkeypatch: pytest.MonkeyPatch) -> None:
    key = trade.issue()
    older = {name: act for name, act in ACTS.items() if name != "bill.transfer"}
    monkeypatch.setattr("cli.next_acts.ACTS", older)
    assert "bill.transfer" not in trade.run("coral-line", "bill", "next", key).stdout
