"""What is listed twice is named with the list that it is in, list by list."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.world import BILL, CONTAINER_ID, DAY_MS, DECLARATION, DOCUMENT, World, digest

BUYER, BROKER = "haiphong-motors", "red-river-brokers"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acts", "clearance.lodge"),
        ("bills", digest("bill 1")),
        ("offices", "haiphong-customs"),
        ("jurisdictions", "VN"),
    ],
)
def test_of_a_power(name: str, value: str) -> None:
    world = World()
    power = {"acts": ["clearance.lodge"], "until_ms": world.now + DAY_MS, name: [value, value]}
    refusal = world.refuse("mandate.grant", f"mandate/{BUYER}/{BROKER}", BUYER, {"power": power})
    assert (refusal.code, refusal.field) == ("act.duplicate", f"body.power.{name}.1")
    assert value in refusal.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bills", BILL.partition("/")[2]),
        ("declarations", DECLARATION.partition("/")[2]),
        ("containers", CONTAINER_ID),
        ("readers", "guangxi-bank"),
    ],
)
def test_of_a_document(name: str, value: str) -> None:
    world = World().issue().lodge()
    body: dict[str, Any] = {"type": "invoice", "contents": digest("i"), "bills": [BILL.partition("/")[2]]}
    refusal = world.refuse("document.register", DOCUMENT, BUYER, {**body, name: [value, value]})
    assert (refusal.code, refusal.field) == ("act.duplicate", f"body.{name}.1")
    assert value in refusal.message
