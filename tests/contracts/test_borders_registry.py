"""Supporting documents at their edges: what mutation testing found that no other test held."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.registry.model import DocumentRevocation, DocumentState
from tests.contracts.guards.registry import REGISTER
from tests.contracts.world import BILL, CONTAINER_ID, DECLARATION, DOCUMENT, World, digest

BROKER = "red-river-brokers"
LINKS = {
    "bills": BILL.partition("/")[2],
    "declarations": DECLARATION.partition("/")[2],
    "containers": CONTAINER_ID,
}
BARE = {name: value for name, value in REGISTER.items() if name not in LINKS}


@pytest.fixture
def world() -> World:
    return World().issue().lodge()


@pytest.mark.parametrize("kind", sorted(LINKS))
def test_one_record_of_any_kind_is_enough_to_belong_to(world: World, kind: str) -> None:
    world.do("document.register", DOCUMENT, BROKER, {**BARE, kind: [LINKS[kind]]})
    document = world.record(DOCUMENT)
    assert {name: getattr(document, name) for name in LINKS} == {
        **dict.fromkeys(LINKS, ()),
        kind: (LINKS[kind],),
    }


@pytest.mark.parametrize("kind", sorted(LINKS))
def test_a_document_belongs_to_a_record_once(world: World, kind: str) -> None:
    refusal = world.refuse("document.register", DOCUMENT, BROKER, {**REGISTER, kind: [LINKS[kind]] * 2})
    assert (refusal.code, refusal.field) == ("act.duplicate", f"body.{kind}.1")


@pytest.mark.parametrize(
    ("roles", "code"),
    [(["customs"], None), (["agency", "trader"], None), (["port_authority"], "document.not-party")],
)
def test_an_authority_certifies_the_goods_of_others(world: World, roles: list[str], code: str | None) -> None:
    world.change("organisation/phnom-penh-customs", roles=tuple(roles))
    outcome: Any = world.try_("document.register", DOCUMENT, "phnom-penh-customs", REGISTER)
    assert getattr(outcome, "code", None) == code


def test_a_revoked_document_says_why(world: World) -> None:
    world.do("document.register", DOCUMENT, BROKER, REGISTER)
    assert world.record(DOCUMENT).reason is None
    world.do("document.revoke", DOCUMENT, BROKER, {"reason": "issued_in_error"})
    document = world.record(DOCUMENT)
    assert (document.state, document.reason) == (DocumentState.REVOKED, DocumentRevocation.ISSUED_IN_ERROR)
    assert document.contents == digest("certificate"), "what stood no longer can still be proven"
