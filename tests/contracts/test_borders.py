"""The last moment at which something is still possible and the first at which it is not, and the one
among several that an act is about: what mutation testing found that no other test held.

Clearance and documents are in `test_borders_clearance`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from contracts import table
from contracts.bill.vocabulary import BillState
from contracts.catalogue import ACTS
from contracts.context import View
from contracts.execution import Accepted
from contracts.membership.model import MAX_OVERLAP_MS, MemberState, NodeKey, OrganisationState
from contracts.refusals import MAX_FACT_CHARS, RefusalCode, shorten
from contracts.table import Call, RowBroken, apply
from contracts.times import utc
from ledger.genesis import Parameters
from tests.contracts.guards.governance import ADD, ADMIT, SEATED
from tests.contracts.test_guards import GOOD, prepared
from tests.contracts.world import BILL, DAY_MS, ISSUE, PROPOSAL, World, key_text

# ----- the table itself --------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "row"),
    [
        ("bill.void", {"leads_to": (BillState.ISSUED,)}),
        ("bill.void", {"leads_to": ()}),
        ("bill.cancel", {"leads_to": (BillState.VOIDED,)}),
        (
            "bill.accept_surrender",
            {"paths": ((BillState.PENDING_SURRENDER_FOR_DELIVERY, BillState.SURRENDERED_FOR_AMENDMENT),)},
        ),
    ],
)
def test_an_effect_that_goes_where_its_row_does_not_is_a_defect(act: str, row: dict[str, Any]) -> None:
    world, good = prepared(act), GOOD[act]
    view = View(world)
    record = view.get(good.subject, ACTS[act].record)
    call = Call(act, good.subject, world.actor(good.who), record, good.body(world), view, world.context)
    assert isinstance(apply(ACTS[act], call), Accepted)
    with pytest.raises(RowBroken, match=act):
        apply(dataclasses.replace(ACTS[act], **row), call)


def test_a_record_may_be_just_as_large_as_the_limit_says(monkeypatch: pytest.MonkeyPatch) -> None:
    size = max(len(data) for _, data in World().issue().state.items() if b'"kind":"bill"' in data)
    monkeypatch.setattr(table, "MAX_RECORD_BYTES", size)
    World().issue()
    monkeypatch.setattr(table, "MAX_RECORD_BYTES", size - 1)
    refusal = World().refuse("bill.issue", BILL, "beibu-line", ISSUE)
    assert (refusal.code, refusal.field) == ("record.full", "subject")


@pytest.mark.parametrize(
    ("time_ms", "said"),
    [(253_402_300_799_999, "9999-12-31 23:59:59 UTC"), (253_402_300_800_000, "253402300800000 ms")],
)
def test_times_are_said_as_dates_to_the_end_of_the_last_year_of_four_digits(time_ms: int, said: str) -> None:
    assert utc(time_ms) == said


# ----- the envelope --------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead_ms", "code"),
    [
        (-1, "statement.expired"),
        (0, None),
        (Parameters().statement_window_ms, None),
        (Parameters().statement_window_ms + 1, "statement.too-far-ahead"),
    ],
)
def test_a_statement_is_valid_from_now_to_the_end_of_the_window(ahead_ms: int, code: str | None) -> None:
    world = World()
    outcome = world.issue().try_("bill.sign", BILL, "chongqing-parts", {}, last_valid_ms=world.now + ahead_ms)
    if code is None:
        assert isinstance(outcome, Accepted)
    else:
        assert (outcome.code, outcome.field) == (code, "last_valid_ms")


def test_a_member_of_a_suspended_organisation_does_not_act() -> None:
    world = World().issue()
    world.change("organisation/chongqing-parts", state=OrganisationState.SUSPENDED)
    refusal = world.refuse("bill.sign", BILL, "chongqing-parts")
    assert (refusal.code, refusal.field) == ("actor.suspended", "issuer")


@pytest.mark.parametrize(
    ("state", "code"),
    [(MemberState.REVOKED, "actor.revoked"), (MemberState.SUSPENDED, "actor.member-suspended")],
)
def test_a_member_that_may_not_act_does_not(state: MemberState, code: str) -> None:
    world = World().issue()
    world.change("member/chongqing-parts/chief", state=state)
    refusal = world.refuse("bill.sign", BILL, "chongqing-parts")
    assert (refusal.code, refusal.field) == (code, "issuer")
    assert "chongqing-parts/chief" in refusal.message


@pytest.mark.parametrize("issuer", ["nobody/chief", "beibu-line", "beibu-line/x/y", "Beibu-Line/chief"])
def test_whoever_is_not_enrolled_does_not_act(issuer: str) -> None:
    world = World().issue()
    world.members[issuer] = world.key_of("beibu-line/chief")
    statement = world.statement("bill.sign", BILL, "beibu-line/chief")
    outcome = world.run(dataclasses.replace(statement, issuer=issuer))
    assert (outcome.code, outcome.field) == ("actor.unknown-member", "issuer")  # type: ignore[union-attr]


@pytest.mark.parametrize("length", [0, MAX_FACT_CHARS, MAX_FACT_CHARS + 1, 1_000])
def test_foreign_text_is_quoted_up_to_a_length(length: int) -> None:
    text = "x" * length
    shown = shorten(text)
    assert len(shown) == min(length, MAX_FACT_CHARS)
    assert (shown == text) == (length <= MAX_FACT_CHARS)
    assert shown == text or shown.endswith("x...")


@pytest.mark.parametrize(
    ("fact", "shown"),
    [("1700007201000", "2023-11-15 00:13:21 UTC"), (str(10**17), f"{10**17} ms"), ("no date", "no date")],
)
def test_a_time_is_said_as_people_write_it(fact: str, shown: str) -> None:
    code = RefusalCode(code="x.late", sentence="Until {until_ms}.", hint="Within {window} ms.")
    assert code.refuse(until_ms=fact, window="3600000").message == f"Until {shown}. Within 3600000 ms."


# ----- members and governance -------------------------------------------------------


def enrol(world: World, permissions: list[str]) -> None:
    body = {"key": key_text("clerk"), "permissions": permissions}
    world.do("member.enrol", "member/beibu-line/clerk", "beibu-line", body)


def test_only_administrators_are_listed_as_such() -> None:
    world = World()
    enrol(world, ["signer"])
    assert world.record("organisation/beibu-line").administrators == ("chief",)
    before = world.version("organisation/beibu-line")
    world.do("member.revoke", "member/beibu-line/clerk", "beibu-line", {"reason": "left"})
    assert world.version("organisation/beibu-line") == before
    other = World()
    enrol(other, ["administrator"])
    assert other.record("organisation/beibu-line").administrators == ("chief", "clerk")
    other.do("member.revoke", "member/beibu-line/clerk", "beibu-line", {"reason": "left"})
    assert other.record("organisation/beibu-line").administrators == ("chief",)


def rotate(world: World, generation: int, overlap_ms: int) -> Any:
    body = {"key": key_text("beibu-line/chief", generation), "overlap_until_ms": world.now + overlap_ms}
    return world.try_("member.rotate", "member/beibu-line/chief", "beibu-line", body)


def test_an_overlap_lasts_a_week_at_most_and_is_never_prolonged() -> None:
    world = World()
    assert rotate(world.copy(), 1, MAX_OVERLAP_MS + 1).code == "member.overlap-too-long"
    assert isinstance(rotate(world.copy(), 1, MAX_OVERLAP_MS), Accepted)
    assert isinstance(rotate(world, 1, 1_000), Accepted)
    first_ends = world.now + 1_000
    assert isinstance(rotate(world, 2, DAY_MS), Accepted)
    ends = [key.valid_until_ms for key in world.record("member/beibu-line/chief").keys]
    assert ends == [first_ends, world.now + DAY_MS, None]
    assert rotate(world, 1, 0).code == "member.key-known"


def test_a_key_that_ends_now_is_kept_and_one_that_ended_is_not() -> None:
    world = World()
    assert isinstance(rotate(world, 1, 0), Accepted)
    assert len(world.record("member/beibu-line/chief").keys) == 2


@pytest.mark.parametrize(("late_ms", "code"), [(0, None), (1, "proposal.expired")])
def test_ballots_are_taken_until_the_last_moment(late_ms: int, code: str | None) -> None:
    world = World().propose(ADD)
    world.now = world.record(PROPOSAL).expires_ms + late_ms
    outcome = world.try_("proposal.vote", PROPOSAL, SEATED, {"choice": "no"})
    assert isinstance(outcome, Accepted) if code is None else outcome.code == code


@pytest.mark.parametrize(
    ("ms", "open_"), [(0, False), (1, True), (90 * DAY_MS, True), (90 * DAY_MS + 1, False)]
)
def test_a_proposal_ends_after_now_and_within_ninety_days(ms: int, open_: bool) -> None:
    world = World()
    body = {"title": "t", "expires_ms": world.now + ms, "change": ADD}
    assert isinstance(world.try_("proposal.open", PROPOSAL, SEATED, body), Accepted) == open_


def test_replacing_the_key_of_one_node_leaves_the_other() -> None:
    world, organisation = World(), "organisation/beibu-line"
    nodes = tuple(NodeKey(name=name, key=key_text(name)) for name in ("node-1", "node-2"))
    world.change(organisation, nodes=nodes)
    body = {"node": "node-2", "key": key_text("fresh")}
    world.do("organisation.replace_node", organisation, "beibu-line", body)
    assert world.record(organisation).nodes == (nodes[0], replace(nodes[1], key=key_text("fresh")))


def test_the_keys_that_an_admission_names_are_taken_for_good() -> None:
    world = World().propose(ADMIT).ballots(SEATED)
    again = {**ADMIT, "organisation": "coral-line", "nodes": [{"name": "node-1", "key": key_text("2")}]}
    body = {"title": "t", "expires_ms": world.now + DAY_MS, "change": again}
    refusal = world.refuse("proposal.open", "proposal/" + "1" * 32, SEATED, body)
    assert (refusal.code, refusal.field) == ("proposal.key-used", "body.change.numbering_key")
