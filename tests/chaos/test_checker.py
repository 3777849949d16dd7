"""The checker on made-up histories: silent on an honest one, and loud on each way to lie."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.acts import TERMINAL
from tests.chaos.judgement import count
from tests.chaos.ledgers import Ledger
from tests.chaos.tale import BOX, OTHER, WALL_MS, Tale


@pytest.fixture(name="tale")
def tale_fixture() -> Tale:
    """Two statements raced for a container; one was sealed, the other refused, a third got no answer."""
    tale = Tale()
    tale.seen(0)
    tale.sends("one")
    tale.sends("two", actor=TERMINAL)
    tale.sends("open", OTHER)
    tale.told("one", tale.seals("one"))
    tale.refused("two", "record.exists", final=True)
    tale.told("open", {"status": "unknown", "why": "node.unreachable"})
    tale.seen(1)
    tale.shown(BOX, 1)
    return tale


def only(findings: list[str], words: str) -> None:
    assert findings, f"expected a finding with {words!r}"
    assert all(words in finding for finding in findings), findings


def test_an_honest_story_has_no_findings(tale: Tale) -> None:
    assert tale.judged() == []


def test_an_unknown_outcome_may_be_on_the_ledger_or_not(tale: Tale) -> None:
    tale.seals("open")
    assert tale.judged() == []


def test_nodes_that_disagree_on_a_block(tale: Tale) -> None:
    blocks = (*tale.blocks[:-1], replace(tale.blocks[-1], id="other"))
    only(tale.judged(Ledger(node="gamma", blocks=blocks, entries=tuple(tale.entries))), "different blocks")


def test_a_node_that_lacks_an_entry(tale: Tale) -> None:
    gamma = Ledger(node="gamma", blocks=tuple(tale.blocks), entries=())
    only(tale.judged(gamma), "different entries")


def test_an_acknowledged_statement_that_is_lost(tale: Tale) -> None:
    op = tale.asks("submit", ids=["open"])
    tale.note("complete", op=op, outcomes=[{"id": "open", "status": "sealed", "index": 2, "height": 1}])
    tale.seen(1)
    only(tale.judged(), "lost")


def test_an_acknowledged_statement_at_another_place(tale: Tale) -> None:
    tale.told("one", {"status": "sealed", "index": 7, "height": 1})
    only(tale.judged(), "moved")


def test_a_statement_that_is_there_twice(tale: Tale) -> None:
    tale.seals("one")
    findings = tale.judged()
    assert any("doubled" in finding for finding in findings)


def test_an_entry_that_nobody_sent(tale: Tale) -> None:
    tale.seals("open")
    tale.entries[-1] = replace(tale.entries[-1], id="forged")
    only(tale.judged(), "sent by nobody")


def test_an_entry_with_other_bytes(tale: Tale) -> None:
    tale.entries[0] = replace(tale.entries[0], leaf=b"other")
    only(tale.judged(), "differs from what was sent")


def test_a_race_with_two_winners(tale: Tale) -> None:
    tale.sends("three", actor=TERMINAL)
    tale.seals("three")
    only(tale.judged(), "breaks the rules")


def test_an_entry_against_the_rules(tale: Tale) -> None:
    tale.sends("three", expected=1, event="gate_in")
    tale.seals("three")
    only(tale.judged(), "breaks the rules: movement.out-of-order")


def test_a_final_refusal_of_what_is_sealed_later(tale: Tale) -> None:
    tale.sends("three", expected=1, event="gate_out")
    tale.refused("three", "record.version-passed", final=True)
    tale.seals("three")
    tale.seen(2)
    only(tale.judged(), "said to be final")


def test_a_lost_race_that_nobody_had_won_yet(tale: Tale) -> None:
    tale.sends("three", expected=1, event="gate_out")
    tale.sends("four", expected=1, event="gate_out", actor=TERMINAL)
    tale.refused("four", "record.version-passed", final=True)
    tale.seen(1)
    tale.seals("three")
    tale.seen(2)
    only(tale.judged(), "the record was at version 1 at most")


def test_a_lost_race_that_is_called_open(tale: Tale) -> None:
    tale.refused("two", "record.exists", final=False)
    tale.seen(1)
    only(tale.judged(), "refused two with record.exists")


@pytest.mark.parametrize(("expected", "wrong"), [(5, False), (1, True)])
def test_waiting_for_a_version_that_is_there_already(tale: Tale, expected: int, wrong: bool) -> None:
    tale.sends("three", expected=expected, event="gate_out")
    tale.refused("three", "record.version-ahead", final=False)
    tale.seen(1)
    if wrong:
        only(tale.judged(), "the record was at version 1 already")
    else:
        assert tale.judged() == []


@pytest.mark.parametrize(
    "code", ["movement.out-of-order", "movement.wrong-recorder", "bill.offer-open", "act.malformed"]
)
def test_a_refusal_for_a_rule_that_was_kept(tale: Tale, code: str) -> None:
    tale.sends("three", expected=1, event="gate_out")
    tale.refused("three", code, final=False)
    tale.seen(1)
    only(tale.judged(), "it deserved to be accepted")


def test_a_refusal_for_a_rule_that_was_broken(tale: Tale) -> None:
    tale.sends("three", expected=1, event="gate_in")
    tale.refused("three", "movement.out-of-order", final=False)
    tale.sends("four", expected=1, event="gate_out", actor="red-river-imports/do-thi-mai")
    tale.refused("four", "movement.wrong-recorder", final=False)
    tale.seen(1)
    assert tale.judged() == []


def test_a_rule_judged_on_a_version_that_the_node_had_not_seen(tale: Tale) -> None:
    tale.sends("three", expected=1, event="gate_in")
    tale.seen(0, "beta")
    tale.refused("three", "movement.out-of-order", final=False, node="beta")
    tale.seen(0, "beta")
    only(tale.judged(), "cannot have seen the version")


def test_a_batch_does_all_its_acts(tale: Tale) -> None:
    tale.sends_batch("both", (BOX, 1, "gate_out"), (OTHER, 0, "gate_in"), (BOX, 2, "gate_in"))
    tale.told("both", tale.seals("both"))
    tale.seen(2)
    tale.shown(BOX, 3)
    tale.shown(OTHER, 1)
    assert tale.judged() == []


def test_half_a_batch_on_the_ledger(tale: Tale) -> None:
    tale.sends_batch("both", (BOX, 1, "gate_out"), (OTHER, 0, "gate_in"))
    tale.told("both", tale.seals("both"))
    tale.seen(2)
    tale.shown(OTHER, 0)
    only(tale.judged(), "showed container/2 at version 0, not 1 to 1")


def test_a_batch_that_one_act_should_have_sunk(tale: Tale) -> None:
    tale.sends_batch("both", (OTHER, 0, "gate_in"), (BOX, 1, "gate_out"), (BOX, 2, "gate_out"))
    tale.seals("both")
    only(tale.judged(), "breaks the rules: movement.out-of-order")


@pytest.mark.parametrize(
    ("last", "code", "words"),
    [
        ((BOX, 2, "gate_out"), "movement.out-of-order", ""),
        ((BOX, 2, "gate_in"), "movement.out-of-order", "it deserved to be accepted"),
        ((BOX, 2, "gate_out"), "record.version-passed", "the record was at version 1 at most"),
    ],
)
def test_a_batch_is_refused_for_what_one_of_its_acts_deserves(
    tale: Tale, last: tuple[str, int, str], code: str, words: str
) -> None:
    tale.sends_batch("both", (OTHER, 0, "gate_in"), (BOX, 1, "gate_out"), last)
    tale.refused("both", code, final=code.startswith("record."))
    tale.seen(1)
    findings = tale.judged()
    assert findings == [] if not words else [words in finding for finding in findings] == [True]


def test_expired_for_good_before_block_time_says_so(tale: Tale) -> None:
    tale.sends("three", OTHER, last_valid_ms=WALL_MS + 5_000)
    tale.refused("three", "statement.expired", final=True)
    tale.seen(1)
    tale.heartbeat(WALL_MS + 6_000)
    only(tale.judged(), "the newest block was of")


def test_expired_for_good_after_block_time_said_so(tale: Tale) -> None:
    tale.sends("three", OTHER, last_valid_ms=WALL_MS + 5_000)
    tale.heartbeat(WALL_MS + 6_000)
    tale.refused("three", "statement.expired", final=True)
    tale.seen(2)
    assert tale.judged() == []


@pytest.mark.parametrize("offset_ms", [0, 7_200_000])
def test_expired_by_the_clock_of_a_node(tale: Tale, offset_ms: int) -> None:
    tale.note("clock", node="alpha", offset_ms=offset_ms)
    tale.sends("three", OTHER)
    tale.refused("three", "statement.expired", final=False)
    tale.note("clock", node="alpha", offset_ms=0)
    tale.seen(1)
    assert tale.judged() == [] or offset_ms == 0
    if offset_ms == 0:
        only(tale.judged(), "the node's clock said")


@pytest.mark.parametrize("code", ["movement.in-future", "statement.too-far-ahead"])
def test_in_the_future_for_a_clock_that_is_right(tale: Tale, code: str) -> None:
    tale.sends("three", OTHER)
    tale.refused("three", code, final=False)
    tale.seen(1)
    only(tale.judged(), "the node's clock")


@pytest.mark.parametrize("code", ["movement.in-future", "statement.too-far-ahead"])
def test_in_the_future_for_a_clock_that_is_behind(tale: Tale, code: str) -> None:
    tale.note("clock", node="alpha", offset_ms=-7_200_000)
    tale.sends("three", OTHER)
    tale.refused("three", code, final=False)
    tale.seen(1)
    assert tale.judged() == []


def test_known_to_a_ledger_that_does_not_hold_it(tale: Tale) -> None:
    tale.refused("open", "statement.known", final=True)
    tale.seen(1)
    only(tale.judged(), "the ledger does not hold it")


def test_a_refusal_that_no_client_can_earn(tale: Tale) -> None:
    tale.refused("open", "statement.bad-signature", final=True)
    tale.seen(1)
    only(tale.judged(), "it could still take effect later")


def test_heights_that_go_back(tale: Tale) -> None:
    tale.seen(0)
    assert "alpha went back: height was 1, then 0" in tale.judged()


def test_a_height_below_what_was_acknowledged(tale: Tale) -> None:
    tale.told("one", {"status": "sealed", "index": 1, "height": 1}, node="beta")
    tale.seen(0, "beta")
    only(tale.judged(), "beta went back")


def test_reads_at_the_same_time_may_be_told_in_any_order(tale: Tale) -> None:
    late = tale.asks("status")
    tale.seen(1)
    tale.note("complete", op=late, height=1)
    early = tale.asks("status")
    tale.note("observe", node="alpha", height=1, since=tale.t)
    tale.note("complete", op=early, height=1)
    assert tale.judged() == []


def test_a_record_that_goes_back(tale: Tale) -> None:
    tale.shown(BOX, 0)
    tale.seen(1)
    assert any(f"{BOX} was 1, then 0" in finding for finding in tale.judged())


def test_a_record_shown_at_a_version_that_is_not_there(tale: Tale) -> None:
    tale.shown(BOX, 2, "beta")
    tale.seen(1, "beta")
    only(tale.judged(), "beta showed container/1 at version 2")


def test_a_gap_in_the_blocks(tale: Tale) -> None:
    tale.blocks[-1] = replace(tale.blocks[-1], height=2)
    assert "the heights have a gap" in tale.judged()


def test_block_time_that_stands_still(tale: Tale) -> None:
    tale.heartbeat(tale.blocks[-1].time_ms)
    only(tale.judged(), "is not later than the one before")


def test_a_gap_in_the_log(tale: Tale) -> None:
    tale.seals("open")
    tale.entries[-1] = replace(tale.entries[-1], index=3)
    only(tale.judged(), "the indices have a gap")


def test_a_client_that_broke_is_not_missed(tale: Tale) -> None:
    tale.note("broken", client="c", error="KeyError")
    only(tale.judged(), "c ended with KeyError")


def test_the_report_counts_what_became_of_statements(tale: Tale) -> None:
    ledger = Ledger(node="alpha", blocks=tuple(tale.blocks), entries=tuple(tale.entries))
    found = count(tale.events, ledger)
    assert found | {"submissions": 0, "reads": 0} == {
        "sent": 3, "acknowledged": 1, "refused": 1, "unknown": 1, "unknown, sealed": 0,
        "lost": 0, "doubled": 0, "submissions": 0, "reads": 0,
    }  # fmt: skip
    tale.seals("open")
    tale.seals("open")
    ledger = replace(ledger, entries=tuple(tale.entries[1:]))
    found = count(tale.events, ledger)
    assert (found["unknown, sealed"], found["lost"], found["doubled"]) == (1, 1, 1)
