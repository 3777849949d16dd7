"""Mandates at their edges: what mutation testing found that no other test held."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.membership.model import OrganisationState
from contracts.views import may_read
from tests.contracts.test_linkage import NEW
from tests.contracts.world import BILL, CONTAINER, DAY_MS, DECLARATION, DOCUMENT, LODGE, World, digest

BUYER, BROKER = "haiphong-motors", "red-river-brokers"
INVOICE = {"type": "invoice", "contents": digest("invoice"), "bills": [BILL.partition("/")[2]]}


def test_one_role_of_several_makes_a_representative() -> None:
    world = World()
    world.change(f"organisation/{BROKER}", roles=("trader", "customs_broker"))
    world.grant("clearance.lodge")


def test_an_agent_that_is_no_representative_any_more_declares_nothing_and_does_the_rest() -> None:
    world = World().issue().grant("document.register", "clearance.lodge")
    world.change(f"organisation/{BROKER}", roles=("trader",))
    refusal = world.refuse("clearance.lodge", DECLARATION, BROKER, LODGE, principal=BUYER)
    assert (refusal.code, refusal.field) == ("mandate.not-representative", "on_behalf_of")
    assert BROKER in refusal.message
    world.do("document.register", DOCUMENT, BROKER, INVOICE, principal=BUYER)


def test_what_was_not_granted_is_said_of_the_principal_that_is_named() -> None:
    world = World().issue().grant("bill.transfer")
    refusal = world.refuse("document.register", DOCUMENT, BROKER, INVOICE, principal=BUYER)
    assert (refusal.code, refusal.field) == ("mandate.act-not-granted", "on_behalf_of")


@pytest.mark.parametrize(
    ("organisation", "change", "reads"),
    [
        (BROKER, {}, True),
        (BROKER, {"state": OrganisationState.SUSPENDED}, False),
        (BROKER, {"roles": ("trader",)}, False),
        (BUYER, {"state": OrganisationState.SUSPENDED}, False),
        (BUYER, {"roles": ("customs",), "jurisdiction": "VN"}, False),
    ],
)
def test_who_may_not_act_may_not_read(organisation: str, change: dict[str, Any], reads: bool) -> None:
    world = World().issue(parties=[BUYER]).grant("clearance.lodge", "document.register")
    world.change(f"organisation/{organisation}", **change)
    assert may_read(BROKER, BILL, world.state[BILL], world, world.now) is reads


def test_of_several_acts_that_were_granted_one_opens_the_bill_for_whoever_represents_nobody() -> None:
    world = World().issue(parties=[BUYER]).grant("bill.accept", "document.register")
    world.change(f"organisation/{BROKER}", roles=("trader",))
    assert may_read(BROKER, BILL, world.state[BILL], world, world.now)
    world.change(f"organisation/{BROKER}", state=OrganisationState.SUSPENDED, caretaker="chief")
    assert not may_read(BROKER, BILL, world.state[BILL], world, world.now)


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ("acts", ["bill.transfer", "bill.transfer"]),
        ("bills", [digest("bill 1"), digest("bill 1")]),
        ("offices", ["haiphong-customs", "haiphong-customs"]),
        ("jurisdictions", ["VN", "VN"]),
    ],
)
def test_nothing_is_named_twice_in_a_power(names: str, values: list[str]) -> None:
    world = World().issue()
    power = {"acts": ["bill.transfer"], "until_ms": world.now + DAY_MS, names: values}
    refusal = world.refuse("mandate.grant", f"mandate/{BUYER}/{BROKER}", BUYER, {"power": power})
    assert (refusal.code, refusal.field) == ("act.duplicate", f"body.power.{names}.1")


class TestLimits:
    ONE, OTHER, NOTHING = BILL.partition("/")[2], digest("bill 2"), digest("nothing")[:32]

    @pytest.mark.parametrize("names", ["declarations", "containers"])
    def test_goods_that_nobody_knows_are_under_no_bill(self, names: str) -> None:
        world = World().issue().grant("document.register", bills=[self.ONE])
        body = {**INVOICE, names: [self.NOTHING]}
        refusal = world.refuse("document.register", DOCUMENT, BROKER, body, principal=BUYER)
        assert refusal.code == "mandate.beyond-limits"

    def test_an_office_that_nobody_knows_has_no_country(self) -> None:
        world = World().issue().grant("clearance.lodge")
        body = {**LODGE, "office": "nobody"}
        refusal = world.refuse("clearance.lodge", DECLARATION, BROKER, body, principal=BUYER)
        assert (refusal.code, refusal.field) == ("clearance.not-customs", "body.office")

    @pytest.mark.parametrize("within", [True, False])
    def test_a_container_is_within_those_on_its_bills(self, within: bool) -> None:
        port, agent = "beibu-port", "corridor-forwarding"
        bills = [self.ONE if within else self.OTHER]
        world = World().issue().grant("movement.record", principal=port, agent=agent, bills=bills)
        body = world.event("gate_in", "CNQZH", "export")
        outcome = world.try_("movement.record", CONTAINER, agent, body, principal=port)
        assert getattr(outcome, "code", None) == (None if within else "mandate.beyond-limits")

    def test_a_container_that_is_still_to_be_announced_is_under_no_bill(self) -> None:
        port, agent = "beibu-port", "corridor-forwarding"
        world = World().grant("movement.record", principal=port, agent=agent, bills=[self.ONE])
        body = {**world.event("gate_in", "CNQZH", "export"), "container": NEW}
        refusal = world.refuse("movement.record", CONTAINER, agent, body, principal=port)
        assert refusal.code == "mandate.beyond-limits"
