"""Suspension, caretakers and recovery: who may do what, and that nothing others wait for is stranded."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.catalogue import ACTS
from contracts.execution import allowed_actions
from contracts.membership.model import REPLACEMENT_DELAY_MS, MemberState, OrganisationState
from contracts.views import summary
from tests.contracts.test_governance import network
from tests.contracts.world import (
    BILL,
    CONTENTS,
    DAY_MS,
    DECLARATION,
    ISSUE,
    World,
    digest,
    key_text,
    signing_key,
)

OFFICE = "haiphong-customs"
VOTERS = ("qinzhou-customs", "beibu-port", "beibu-line", "guangxi-bank")
TRADER = "chongqing-parts"
SAFE = {"key": key_text("safe"), "permissions": ["recovery"]}


@pytest.fixture
def world() -> World:
    return network(*VOTERS)


def ballot(world: World, change: dict[str, Any], number: int = 1) -> None:
    key = f"proposal/{number:032x}"
    world.propose(change, key=key, who=VOTERS[0])
    world.ballots(*[v for v in VOTERS if v != change["organisation"]][:3], key=key)
    assert world.record(key).state.value == "passed"


def suspend(organisation: str, **caretaker: str) -> dict[str, Any]:
    return {"type": "suspend_organisation", "organisation": organisation, **caretaker}


def with_caretaker(world: World, organisation: str, number: int = 1) -> str:
    """The organisation is suspended, and this member fulfils its duties."""
    name = f"caretaker-{number}"
    member = f"{organisation}/{name}"
    world.members[member] = signing_key(member)
    ballot(world, suspend(organisation, caretaker=name, caretaker_key=key_text(member)), number)
    return member


def reinstate(organisation: str) -> dict[str, Any]:
    return {"type": "reinstate_organisation", "organisation": organisation}


def replace_by(organisation: str, name: str = "heir") -> dict[str, Any]:
    key = key_text(f"{organisation}/{name}")
    return {
        "type": "replace_administrator",
        "organisation": organisation,
        "administrator": name,
        "administrator_key": key,
    }


def heir_of(world: World, organisation: str) -> str:
    member = f"{organisation}/heir"
    world.members[member] = signing_key(member)
    return member


# ----- suspension --------------------------------------------------------------


def test_a_suspended_organisation_does_nothing_at_once(world: World) -> None:
    world.issue()
    ballot(world, suspend("beibu-line"))
    assert world.refuse("bill.issue", "bill/" + digest("2"), "beibu-line", ISSUE).code == "actor.suspended"
    refusal = world.refuse("proposal.open", "proposal/" + "9" * 32, "beibu-line", {
        "title": "t", "expires_ms": world.now + 1, "change": reinstate("beibu-line")
    })  # fmt: skip
    assert refusal.code == "actor.suspended"
    assert allowed_actions(world, BILL, "beibu-line", world.context) == []
    said = summary(world.record("organisation/beibu-line"))
    assert said["status"].startswith("Suspended")
    assert world.record("organisation/beibu-line").changed_act == "proposal.vote", "who decided is in the log"
    ballot(world, reinstate("beibu-line"), 2)
    world.do("bill.issue", "bill/" + digest("2"), "beibu-line", {**ISSUE, "containers": []})


def test_the_ballot_of_a_suspended_organisation_does_not_count(world: World) -> None:
    other = "proposal/" + "a" * 32
    admit = {"type": "remove_validator", "organisation": "guangxi-bank"}
    world.propose(admit, key=other, who=VOTERS[0]).ballots("beibu-line", "beibu-port", key=other)
    ballot(world, suspend("beibu-line"))
    world.ballots(VOTERS[0], key=other)
    assert world.record(other).state.value == "open"
    assert [one.organisation for one in world.record(other).ballots] == ["beibu-port", "qinzhou-customs"]


def test_a_caretaker_lifts_the_holds_of_a_suspended_office_and_decides(world: World) -> None:
    world.issue()
    world.lodge().accept_declaration()
    world.do("clearance.hold", DECLARATION, OFFICE, {"hold": "papers", "reason": "documents"})
    caretaker = with_caretaker(world, OFFICE)
    assert world.refuse("clearance.release", DECLARATION, OFFICE).code == "actor.suspended"
    world.do("clearance.lift", DECLARATION, caretaker, {"hold": "papers"})
    world.do("clearance.release", DECLARATION, caretaker)
    assert world.record(DECLARATION).changed_by == caretaker


def test_a_caretaker_answers_a_surrender_and_neither_issues_nor_disposes(world: World) -> None:
    world.issue().surrender()
    caretaker = with_caretaker(world, "beibu-line")
    world.do("bill.accept_surrender", BILL, caretaker)
    refusal = world.refuse("bill.issue", "bill/" + digest("2"), caretaker, ISSUE)
    assert (refusal.code, refusal.field) == ("actor.caretaker", "issuer")
    enrol = {"key": key_text("x"), "permissions": ["administrator"]}
    assert world.refuse("member.enrol", "member/beibu-line/x", caretaker, enrol).code == "actor.caretaker"
    own = {"key": key_text("x"), "overlap_until_ms": 0}
    assert world.refuse("member.rotate", f"member/{caretaker}", caretaker, own).code == "actor.caretaker"


def test_a_caretaker_moves_no_bill_that_the_suspended_possesses(world: World) -> None:
    world.issue()
    caretaker = with_caretaker(world, TRADER)
    offer = {"to": "guangxi-bank", "expires_ms": world.now + DAY_MS}
    for act, body in (("bill.transfer", offer), ("bill.surrender", {"purpose": "delivery"})):
        assert world.refuse(act, BILL, caretaker, body).code == "actor.caretaker"


def test_duties_are_what_an_office_owes_on_records_that_exist() -> None:
    duties = {name for name, act in ACTS.items() if act.is_duty}
    assert {"clearance.lift", "clearance.release", "clearance.accept", "bill.release"} <= duties
    assert duties.isdisjoint(
        {"bill.issue", "bill.publish", "bill.amend", "bill.transfer", "bill.endorse", "clearance.lodge"}
    )
    assert not any(
        name.startswith(("member.", "organisation.", "proposal.", "validator.")) for name in duties
    )


def test_an_offer_made_before_the_suspension_waits_for_its_end_or_is_declined(world: World) -> None:
    world.issue().offer()
    ballot(world, suspend(TRADER))
    refusal = world.refuse("bill.accept", BILL, "haiphong-motors", {"contents": CONTENTS})
    assert (refusal.code, TRADER in refusal.message) == ("organisation.not-active", True)
    world.copy().do("bill.reject", BILL, "haiphong-motors", {"reason": "other"})
    ballot(world, reinstate(TRADER), 2)
    world.do("bill.accept", BILL, "haiphong-motors", {"contents": CONTENTS})
    assert world.record(BILL).possessor == "haiphong-motors"


def test_another_caretaker_takes_the_place_of_the_first_and_none_outlives_the_suspension(
    world: World,
) -> None:
    first = with_caretaker(world, OFFICE, 1)
    second = with_caretaker(world, OFFICE, 2)
    assert world.refuse("clearance.accept", DECLARATION, first).code == "actor.revoked"
    ballot(world, reinstate(OFFICE), 3)
    assert world.refuse("clearance.accept", DECLARATION, second).code == "actor.revoked"
    assert world.record(f"organisation/{OFFICE}").caretaker is None


def test_a_suspended_agent_and_its_caretaker_act_for_nobody_else(world: World) -> None:
    agent = "corridor-forwarding"
    world.issue().grant("bill.transfer", principal=TRADER, agent=agent)
    offer = {"to": "guangxi-bank", "expires_ms": world.now + DAY_MS}
    world.copy().do("bill.transfer", BILL, agent, offer, principal=TRADER)
    caretaker = with_caretaker(world, agent)
    for who in (agent, caretaker):
        refusal = world.refuse("bill.transfer", BILL, who, offer, principal=TRADER)
        assert (refusal.code, refusal.field) == ("actor.suspended", "issuer")


def test_validators_in_good_standing_stay_a_quorum(world: World) -> None:
    ballot(world, suspend("beibu-line"))
    body = {"title": "t", "expires_ms": world.now + 1, "change": suspend("guangxi-bank")}
    refusal = world.refuse("proposal.open", "proposal/" + "9" * 32, VOTERS[0], body)
    assert (refusal.code, "Only 2 of the 4" in refusal.message) == ("proposal.no-quorum", True)


def test_an_organisation_suspends_and_reinstates_its_own_members(world: World) -> None:
    clerk = "member/guangxi-bank/clerk"
    world.members["guangxi-bank/clerk"] = signing_key("clerk")
    body = {"key": key_text("clerk"), "permissions": ["administrator", "signer"]}
    world.do("member.enrol", clerk, "guangxi-bank", body)
    world.do("member.suspend", clerk, "guangxi-bank", {"reason": "other"})
    assert world.record("organisation/guangxi-bank").administrators == ("chief",)
    own = {"key": key_text("clerk", 2), "overlap_until_ms": 0}
    assert world.refuse("member.rotate", clerk, "guangxi-bank/clerk", own).code == "actor.member-suspended"
    world.do("member.reinstate", clerk, "guangxi-bank")
    assert world.record("organisation/guangxi-bank").administrators == ("chief", "clerk")
    assert world.record(clerk).reason is None
    world.do("member.rotate", clerk, "guangxi-bank/clerk", own)


# ----- lost keys ---------------------------------------------------------------


def safe(world: World, organisation: str = TRADER) -> str:
    """The organisation has a recovery key, which lies in a safe."""
    world.members[f"{organisation}/safe"] = signing_key("safe")
    world.do("member.enrol", f"member/{organisation}/safe", organisation, SAFE)
    return f"{organisation}/safe"


def test_the_recovery_key_makes_one_administrator_and_suspends_the_others(world: World) -> None:
    world.issue()
    recovery = safe(world)
    thief = {"key": key_text("thief"), "permissions": ["administrator", "signer"]}
    world.do("member.enrol", f"member/{TRADER}/thief", TRADER, thief)
    world.members[f"{TRADER}/thief"] = signing_key("thief")
    body = {"key": key_text("chief", 7), "reason": "key_compromised"}
    world.do("member.recover", f"member/{TRADER}/chief", recovery, body)
    assert world.record(f"organisation/{TRADER}").administrators == ("chief",)
    assert world.record(f"member/{TRADER}/thief").state is MemberState.SUSPENDED
    assert world.record(f"member/{TRADER}/chief").changed_act == "member.recover", "everyone can see it"
    offer = {"to": "guangxi-bank", "expires_ms": world.now + DAY_MS}
    assert world.refuse("bill.transfer", BILL, TRADER, offer).code == "actor.unknown-key", "the stolen key"
    world.members[f"{TRADER}/chief"] = signing_key("chief", 7)
    world.do("bill.transfer", BILL, TRADER, offer)
    assert summary(world.record(f"member/{TRADER}/thief"))["status"].startswith("Suspended (key_compromised)")


def test_recovery_makes_a_new_member_when_all_are_gone(world: World) -> None:
    recovery = safe(world)
    world.do("member.revoke", f"member/{TRADER}/chief", TRADER, {"reason": "left"})
    assert world.record(f"organisation/{TRADER}").administrators == ()
    body = {"key": key_text("next"), "reason": "other"}
    world.do("member.recover", f"member/{TRADER}/next", recovery, body)
    assert world.record(f"organisation/{TRADER}").administrators == ("next",)


def test_no_administrator_reaches_the_recovery_key(world: World) -> None:
    safe(world)
    subject = f"member/{TRADER}/safe"
    rotate = {"key": key_text("thief"), "overlap_until_ms": 0}
    assert world.refuse("member.rotate", subject, TRADER, rotate).code == "member.not-yours"
    for act in ("member.revoke", "member.suspend"):
        assert world.refuse(act, subject, TRADER, {"reason": "other"}).code == "member.recovery-spared"
    second = world.refuse("member.enrol", f"member/{TRADER}/safe-2", TRADER, SAFE | {"key": key_text("2")})
    assert second.code == "member.recovery-alone"
    world.do("member.rotate", subject, f"{TRADER}/safe", rotate)


def test_a_quorum_gives_a_new_administrator_only_after_a_public_delay(world: World) -> None:
    """The bill stays the organisation's: possession never moved, and whoever looks sees who took over."""
    world.issue()
    ballot(world, suspend(TRADER), 1)
    ballot(world, replace_by(TRADER), 2)
    heir = heir_of(world, TRADER)
    due = world.now + REPLACEMENT_DELAY_MS
    pending = world.record(f"organisation/{TRADER}").replacement
    assert (pending.member, pending.due_ms) == ("heir", due)
    assert "heir, from" in summary(world.record(f"organisation/{TRADER}"))["to take over"]
    early = world.refuse("organisation.take_over", f"organisation/{TRADER}", heir)
    assert early.code == "actor.unknown-key", "its key is not valid yet"
    world.now = due - 1
    assert world.refuse("organisation.take_over", f"organisation/{TRADER}", heir).code == "actor.unknown-key"
    world.now = due
    world.do("organisation.take_over", f"organisation/{TRADER}", heir)
    assert world.record(f"organisation/{TRADER}").administrators == ("heir",)
    assert world.record(f"member/{TRADER}/chief").state is MemberState.SUSPENDED
    ballot(world, reinstate(TRADER), 3)
    world.do("bill.transfer", BILL, heir, {"to": "guangxi-bank", "expires_ms": world.now + DAY_MS})
    assert world.record(BILL).possessor == TRADER
    assert world.record(f"member/{TRADER}/heir").created_ms == due - REPLACEMENT_DELAY_MS


@pytest.mark.parametrize("who", ["chief", "safe"])
def test_the_old_key_vetoes_while_it_is_suspended(world: World, who: str) -> None:
    safe(world)
    ballot(world, suspend(TRADER), 1)
    ballot(world, replace_by(TRADER), 2)
    world.do("organisation.veto", f"organisation/{TRADER}", f"{TRADER}/{who}")
    assert world.record(f"organisation/{TRADER}").replacement is None
    world.now += REPLACEMENT_DELAY_MS + 1
    heir = heir_of(world, TRADER)
    assert world.refuse("organisation.take_over", f"organisation/{TRADER}", heir).code == "actor.revoked"
    assert world.record(f"organisation/{TRADER}").state is OrganisationState.SUSPENDED


def test_taking_over_ends_the_recovery_key_that_did_not_veto(world: World) -> None:
    recovery = safe(world)
    ballot(world, suspend(TRADER), 1)
    ballot(world, replace_by(TRADER), 2)
    world.now += REPLACEMENT_DELAY_MS
    heir = heir_of(world, TRADER)
    world.do("organisation.take_over", f"organisation/{TRADER}", heir)
    assert world.record(f"organisation/{TRADER}").recovery is None
    assert world.record(f"member/{TRADER}/safe").state is MemberState.REVOKED
    back = {"key": key_text("back"), "reason": "key_lost"}
    assert world.refuse("member.recover", f"member/{TRADER}/back", recovery, back).code == "actor.revoked"
    ballot(world, reinstate(TRADER), 3)
    world.do("member.enrol", f"member/{TRADER}/safe-2", heir, SAFE | {"key": key_text("safe-2")})
    assert world.record(f"organisation/{TRADER}").recovery == "safe-2"


def test_the_recovery_key_ends_a_replacement_by_recovering(world: World) -> None:
    recovery = safe(world)
    ballot(world, suspend(TRADER), 1)
    ballot(world, replace_by(TRADER), 2)
    body = {"key": key_text("chief", 7), "reason": "key_lost"}
    world.do("member.recover", f"member/{TRADER}/chief", recovery, body)
    assert world.record(f"member/{TRADER}/heir").state is MemberState.REVOKED
    assert world.record(f"organisation/{TRADER}").replacement is None


def test_recovering_the_one_who_was_to_take_over_lets_it_act_at_once(world: World) -> None:
    recovery = safe(world)
    ballot(world, suspend(TRADER), 1)
    ballot(world, replace_by(TRADER), 2)
    world.do(
        "member.recover", f"member/{TRADER}/heir", recovery, {"key": key_text("h"), "reason": "key_lost"}
    )
    assert world.record(f"member/{TRADER}/heir").state is MemberState.ACTIVE
    assert world.record(f"organisation/{TRADER}").administrators == ("heir",)


def test_reinstating_before_the_take_over_ends_it(world: World) -> None:
    ballot(world, suspend(TRADER), 1)
    ballot(world, replace_by(TRADER), 2)
    ballot(world, reinstate(TRADER), 3)
    world.now += REPLACEMENT_DELAY_MS + 1
    heir = heir_of(world, TRADER)
    assert world.refuse("organisation.take_over", f"organisation/{TRADER}", heir).code == "actor.revoked"
