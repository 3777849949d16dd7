"""Mandates at their edges: what mutation testing found that no other test held."""

from __future__ import annotations

from tests.contracts.world import BILL, DECLARATION, DOCUMENT, LODGE, World, digest

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
