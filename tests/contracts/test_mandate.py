"""Acting in another's name: within a mandate as the principal could, beyond it not at all."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.catalogue import ACTS
from contracts.execution import allowed_actions
from contracts.mandate.lifecycle import DELEGABLE
from contracts.mandate.model import MAX_TERM_MS
from contracts.membership.model import OrganisationState
from contracts.views import may_read, parties_of
from tests.contracts.world import (
    BILL,
    COMMITMENT,
    CONTAINER,
    CONTENTS,
    DAY_MS,
    DECLARATION,
    DOCUMENT,
    ISSUE,
    LODGE,
    World,
    digest,
)

BUYER, BROKER, FORWARDER = "haiphong-motors", "red-river-brokers", "corridor-forwarding"
SHIPPER = "chongqing-parts"
MANDATE = f"mandate/{BUYER}/{BROKER}"
OTHER_BILL = "bill/" + digest("bill 2")


def issued(*acts: str, **limits: Any) -> World:
    """A bill that the shipper possesses, and a forwarder with a mandate of the shipper."""
    return World().issue().grant(*acts, principal=SHIPPER, agent=FORWARDER, **limits)


def offer(world: World) -> dict[str, Any]:
    return {"to": BUYER, "expires_ms": world.now + DAY_MS}


def test_the_record_shows_both_who_acted_and_in_whose_name() -> None:
    world = issued("bill.transfer")
    world.do("bill.transfer", BILL, FORWARDER, offer(world), principal=SHIPPER)
    bill = world.record(BILL)
    assert (bill.changed_by, bill.changed_for) == (f"{FORWARDER}/chief", SHIPPER)
    assert (bill.possessor, bill.offer.to) == (SHIPPER, BUYER)
    world.do("bill.cancel", BILL, SHIPPER)
    assert world.record(BILL).changed_for == ""


def test_whoever_accepts_for_another_does_not_possess() -> None:
    world = World().issue().offer(BUYER).grant("bill.accept", principal=BUYER, agent=FORWARDER)
    world.do("bill.accept", BILL, FORWARDER, {"contents": CONTENTS}, principal=BUYER)
    assert world.record(BILL).possessor == BUYER
    refusal = world.refuse("bill.transfer", BILL, FORWARDER, {**offer(world), "to": "guangxi-bank"})
    assert refusal.code == "bill.not-possessor"


def test_a_mandate_gives_no_more_than_the_principal_has() -> None:
    world = World().issue().grant("bill.transfer", principal=BUYER, agent=FORWARDER)
    refusal = world.refuse("bill.transfer", BILL, FORWARDER, offer(world), principal=BUYER)
    assert (refusal.code, refusal.field) == ("bill.not-possessor", "issuer")
    assert BUYER in refusal.message


def test_the_roles_are_those_of_the_principal() -> None:
    world = World().issue().grant("clearance.lodge", principal="guangxi-bank")
    refusal = world.refuse("clearance.lodge", DECLARATION, BROKER, LODGE, principal="guangxi-bank")
    assert (refusal.code, refusal.field) == ("actor.role", "issuer")
    assert "guangxi-bank" in refusal.message


def test_the_permission_is_that_of_the_member_who_signs() -> None:
    world = issued("bill.transfer")
    world.change(f"member/{FORWARDER}/chief", permissions=("administrator",))
    refusal = world.refuse("bill.transfer", BILL, FORWARDER, offer(world), principal=SHIPPER)
    assert refusal.code == "actor.permission"
    assert f"{FORWARDER}/chief" in refusal.message


def no_mandate(world: World, principal: str = SHIPPER) -> None:
    refusal = world.refuse("bill.transfer", BILL, FORWARDER, offer(world), principal=principal)
    assert (refusal.code, refusal.field, refusal.final) == ("mandate.none", "on_behalf_of", False)
    assert FORWARDER in refusal.message
    assert principal in refusal.message


def test_without_a_mandate_nobody_acts_for_another() -> None:
    no_mandate(World().issue())


def test_a_mandate_is_of_one_principal_for_one_agent() -> None:
    no_mandate(issued("bill.transfer"), principal="guangxi-bank")
    no_mandate(World().issue().grant("bill.transfer", principal=SHIPPER, agent=BROKER))
    no_mandate(World().issue().grant("bill.transfer", principal=FORWARDER, agent=SHIPPER))


def test_nobody_acts_for_themselves_under_a_mandate() -> None:
    world = World().issue()
    refusal = world.refuse("bill.transfer", BILL, SHIPPER, offer(world), principal=SHIPPER)
    assert refusal.code == "mandate.none"


def test_a_mandate_cannot_be_passed_on() -> None:
    world = issued("bill.transfer").grant("bill.transfer", principal=FORWARDER, agent=BROKER)
    refusal = world.refuse("bill.transfer", BILL, BROKER, offer(world), principal=SHIPPER)
    assert refusal.code == "mandate.none"
    power = {"power": {"acts": ["bill.transfer"], "until_ms": world.now + DAY_MS}}
    passed = world.refuse("mandate.grant", f"mandate/{SHIPPER}/{BROKER}", FORWARDER, power, principal=SHIPPER)
    assert passed.code == "mandate.act-not-granted"


def test_a_revoked_mandate_ends_at_once_whoever_of_the_two_ends_it() -> None:
    for party in (SHIPPER, FORWARDER):
        world = issued("bill.transfer")
        world.do("mandate.revoke", f"mandate/{SHIPPER}/{FORWARDER}", party)
        no_mandate(world)
        assert world.record(f"mandate/{SHIPPER}/{FORWARDER}").powers == ()


def test_after_revoking_a_new_grant_stands_alone() -> None:
    world = issued("bill.transfer")
    world.do("mandate.revoke", f"mandate/{SHIPPER}/{FORWARDER}", SHIPPER)
    world.grant("bill.cancel", principal=SHIPPER, agent=FORWARDER)
    refusal = world.refuse("bill.transfer", BILL, FORWARDER, offer(world), principal=SHIPPER)
    assert refusal.code == "mandate.act-not-granted"


def test_a_power_lasts_to_its_last_millisecond_of_block_time() -> None:
    world = issued("bill.transfer")
    world.now = world.record(f"mandate/{SHIPPER}/{FORWARDER}").powers[0].until_ms
    world.copy().do("bill.transfer", BILL, FORWARDER, offer(world), principal=SHIPPER)
    world.now += 1
    no_mandate(world)


def test_an_ended_power_makes_room_and_gives_nothing_to_one_that_lasts() -> None:
    world = issued("bill.transfer").grant(
        "bill.cancel", principal=SHIPPER, agent=FORWARDER, until_ms=World().now + 2 * DAY_MS
    )
    world.now += DAY_MS + 1
    refusal = world.refuse("bill.transfer", BILL, FORWARDER, offer(world), principal=SHIPPER)
    assert refusal.code == "mandate.act-not-granted"
    world.grant("bill.accept", principal=SHIPPER, agent=FORWARDER)
    powers = world.record(f"mandate/{SHIPPER}/{FORWARDER}").powers
    assert [power.acts for power in powers] == [("bill.cancel",), ("bill.accept",)]


def test_the_longest_term_is_accepted() -> None:
    world = World()
    world.grant("bill.transfer", until_ms=world.now + MAX_TERM_MS)


def test_a_suspended_principal_acts_through_nobody() -> None:
    world = issued("bill.transfer")
    world.change(f"organisation/{SHIPPER}", state=OrganisationState.SUSPENDED)
    refusal = world.refuse("bill.transfer", BILL, FORWARDER, offer(world), principal=SHIPPER)
    assert (refusal.code, refusal.field) == ("actor.suspended", "on_behalf_of")


@pytest.mark.parametrize("act", sorted(set(ACTS) - DELEGABLE))
def test_what_cannot_be_delegated_is_refused_however_it_is_asked(act: str) -> None:
    world = World()
    power = {"power": {"acts": [act], "until_ms": world.now + DAY_MS}}
    refusal = world.refuse("mandate.grant", MANDATE, BUYER, power)
    assert refusal.code == "mandate.not-delegable"


def test_acts_of_authority_membership_and_governance_cannot_be_delegated() -> None:
    assert {"bill.transfer", "bill.issue", "clearance.lodge", "clearance.answer"} <= DELEGABLE
    assert {"movement.record", "document.register", "clearance.present"} <= DELEGABLE
    for act in ("clearance.release", "clearance.hold", "clearance.lift", "member.enrol", "proposal.vote"):
        assert act not in DELEGABLE
    assert not any(act.startswith("mandate.") for act in DELEGABLE)


class TestLimits:
    def beyond(self, world: World, act: str, subject: str, body: dict[str, Any], **more: Any) -> None:
        refusal = world.refuse(act, subject, body=body, **more)
        assert (refusal.code, refusal.field) == ("mandate.beyond-limits", "on_behalf_of")
        assert "limited to" in refusal.message

    def test_bills(self) -> None:
        world = issued("bill.transfer", bills=[BILL.partition("/")[2]]).issue(OTHER_BILL, containers=[])
        body = offer(world)
        self.beyond(world, "bill.transfer", OTHER_BILL, body, who=FORWARDER, principal=SHIPPER)
        world.do("bill.transfer", BILL, FORWARDER, body, principal=SHIPPER)

    def test_one_power_that_covers_is_enough(self) -> None:
        world = issued("bill.transfer", bills=[digest("no bill")])
        world.grant("bill.transfer", principal=SHIPPER, agent=FORWARDER, bills=[BILL.partition("/")[2]])
        world.do("bill.transfer", BILL, FORWARDER, offer(world), principal=SHIPPER)

    @pytest.mark.parametrize(
        "limits", [{"offices": ["phnom-penh-customs"]}, {"jurisdictions": ["KH"]}, {"bills": [digest("no")]}]
    )
    def test_a_lodgement(self, limits: dict[str, Any]) -> None:
        world = World().issue().grant("clearance.lodge", **limits)
        self.beyond(world, "clearance.lodge", DECLARATION, LODGE, who=BROKER, principal=BUYER)

    @pytest.mark.parametrize(
        "limits", [{"offices": ["haiphong-customs"]}, {"jurisdictions": ["VN"]}, {"bills": LODGE["bills"]}]
    )
    def test_a_lodgement_within(self, limits: dict[str, Any]) -> None:
        world = World().issue().grant("clearance.lodge", **limits)
        world.lodge(principal=BUYER)
        declaration = world.record(DECLARATION)
        assert (declaration.declarant, declaration.representative) == (BUYER, BROKER)

    def test_a_limit_on_bills_reaches_every_bill_declared(self) -> None:
        world = World().issue().issue(OTHER_BILL, containers=[])
        world.grant("clearance.lodge", bills=LODGE["bills"])
        body = {**LODGE, "bills": [*LODGE["bills"], OTHER_BILL.partition("/")[2]]}
        self.beyond(world, "clearance.lodge", DECLARATION, body, who=BROKER, principal=BUYER)

    def test_later_acts_on_the_declaration(self) -> None:
        world = World().issue().grant("clearance.lodge")
        world.lodge(principal=BUYER).accept_declaration().query()
        answer = {"query": "value", "answer": digest("answer")}
        act = ("clearance.answer", DECLARATION, BROKER, answer)
        assert world.refuse(*act).code == "clearance.not-declarant"
        assert world.refuse(*act, principal=BUYER).code == "mandate.act-not-granted"
        world.grant("clearance.answer", jurisdictions=["KH"])
        assert world.refuse(*act, principal=BUYER).code == "mandate.beyond-limits"
        world.grant("clearance.answer", jurisdictions=["VN"])
        world.do(*act, principal=BUYER)

    def test_a_container_listed_brings_its_own_bills(self) -> None:
        world = World().issue().grant("clearance.lodge", "document.register", bills=LODGE["bills"])
        other, bare = digest("container 2")[:32], digest("container 3")[:32]
        world.issue(OTHER_BILL, containers=[{"id": other, "commitment": COMMITMENT}])
        world.change(f"container/{other}", parties=(BUYER,))
        world.state[f"container/{bare}"] = world.state[f"container/{other}"]
        world.change(f"container/{bare}", bills=())
        document = {"type": "invoice", "contents": digest("invoice"), "bills": LODGE["bills"]}
        who = {"who": BROKER, "principal": BUYER}
        for container in (other, bare):
            listed = {"containers": [container]}
            self.beyond(world, "clearance.lodge", DECLARATION, {**LODGE, **listed}, **who)
            self.beyond(world, "document.register", DOCUMENT, {**document, **listed}, **who)
        own = {"containers": [CONTAINER.partition("/")[2]]}
        world.copy().do("clearance.lodge", DECLARATION, BROKER, {**LODGE, **own}, principal=BUYER)
        world.copy().do("document.register", DOCUMENT, BROKER, {**document, **own}, principal=BUYER)

    def test_a_declaration_brings_its_bills_and_containers(self) -> None:
        other = digest("container 2")[:32]
        world = World().issue().issue(OTHER_BILL, containers=[{"id": other, "commitment": COMMITMENT}])
        world.change(f"container/{other}", parties=(BUYER,))
        world.grant("clearance.lodge").lodge(principal=BUYER, containers=[other])
        world.accept_declaration().query()
        world.grant("document.register", "clearance.answer", bills=LODGE["bills"])
        declared = {"declarations": [DECLARATION.partition("/")[2]], "bills": LODGE["bills"]}
        body = {"type": "invoice", "contents": digest("invoice"), **declared}
        answer = {"query": "value", "answer": digest("answer")}
        self.beyond(world, "document.register", DOCUMENT, body, who=BROKER, principal=BUYER)
        self.beyond(world, "clearance.answer", DECLARATION, answer, who=BROKER, principal=BUYER)
        both = [*LODGE["bills"], OTHER_BILL.partition("/")[2]]
        world.grant("document.register", "clearance.answer", bills=both)
        world.do("document.register", DOCUMENT, BROKER, body, principal=BUYER)
        world.do("clearance.answer", DECLARATION, BROKER, answer, principal=BUYER)

    def test_a_bill_brings_the_one_that_it_replaces_and_its_master(self) -> None:
        carrier, new = "beibu-line", "bill/" + digest("bill 3")
        world = World().issue()
        world.grant("bill.issue", principal=carrier, agent=FORWARDER, bills=[new.partition("/")[2]])
        for names in ({"replaces": LODGE["bills"][0]}, {"master": {"bill": LODGE["bills"][0]}}):
            body = {**ISSUE, **names}
            self.beyond(world, "bill.issue", new, body, who=FORWARDER, principal=carrier)
        world.do("bill.issue", new, FORWARDER, {**ISSUE, "containers": []}, principal=carrier)

    def test_a_document(self) -> None:
        world = World().issue().grant("document.register", bills=[digest("no bill")])
        body = {"type": "invoice", "contents": digest("invoice"), "bills": LODGE["bills"]}
        self.beyond(world, "document.register", DOCUMENT, body, who=BROKER, principal=BUYER)
        world.grant("document.register", bills=LODGE["bills"])
        world.do("document.register", DOCUMENT, BROKER, body, principal=BUYER)
        assert world.record(DOCUMENT).organisation == BUYER


class TestNext:
    def acts(self, world: World, key: str, who: str, principal: str) -> list[str]:
        found = allowed_actions(world, key, who, world.context, on_behalf_of=principal)
        return [action.act for action in found]

    def test_an_agent_sees_what_both_mandate_and_state_allow(self) -> None:
        world = issued("bill.transfer", "bill.accept", bills=[BILL.partition("/")[2]])
        assert self.acts(world, BILL, FORWARDER, SHIPPER) == ["bill.transfer"]
        assert self.acts(world, BILL, BROKER, SHIPPER) == []
        assert allowed_actions(world, BILL, FORWARDER, world.context) == []

    def test_a_record_beyond_the_limits_offers_nothing(self) -> None:
        world = issued("bill.transfer", bills=[digest("no bill")])
        assert self.acts(world, BILL, FORWARDER, SHIPPER) == []

    def test_a_declaration_that_is_not_there_can_be_lodged(self) -> None:
        world = World().issue().grant("clearance.lodge", offices=["haiphong-customs"])
        assert self.acts(world, DECLARATION, BROKER, BUYER) == ["clearance.lodge"]


class TestReading:
    def reads(self, world: World, organisation: str, key: str = BILL) -> bool:
        return may_read(organisation, key, world.state[key], world, world.now)

    def test_an_agent_reads_what_it_acts_on(self) -> None:
        assert not self.reads(World().issue(), FORWARDER)
        world = issued("bill.transfer")
        assert self.reads(world, FORWARDER)
        assert self.reads(world, SHIPPER)
        world.do("mandate.revoke", f"mandate/{SHIPPER}/{FORWARDER}", FORWARDER)
        assert not self.reads(world, FORWARDER)

    def test_no_more_than_its_principal(self) -> None:
        world = World().issue().grant("bill.transfer", principal="guangxi-bank", agent=FORWARDER)
        assert not self.reads(world, FORWARDER)

    def test_not_beyond_the_limits(self) -> None:
        assert not self.reads(issued("bill.transfer", bills=[digest("no bill")]), FORWARDER)

    def test_not_what_its_errand_has_nothing_to_do_with(self) -> None:
        world = World().issue().lodge(who=BUYER)
        world.grant("bill.accept", agent=FORWARDER)
        assert self.reads(world, FORWARDER)
        assert not self.reads(world, FORWARDER, DECLARATION)
        world.grant("movement.record", agent=BROKER)
        world.change(BILL, parties=())
        assert not self.reads(world, BROKER)

    def test_not_after_the_end(self) -> None:
        world = issued("bill.transfer")
        world.now += DAY_MS + 1
        assert not self.reads(world, FORWARDER)

    def test_a_declaration_through_its_office(self) -> None:
        world = World().issue().lodge(who=BUYER)
        world.grant("clearance.answer", agent=FORWARDER, offices=["haiphong-customs"])
        assert self.reads(world, FORWARDER, DECLARATION)

    def test_both_find_the_mandate(self) -> None:
        world = World().grant("clearance.lodge")
        assert parties_of(world.record(MANDATE)) == (BUYER, BROKER)
