"""Every guard of delegation, broken alone."""

from __future__ import annotations

from typing import Any

from contracts.mandate.model import MAX_POWERS, MAX_TERM_MS
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, DAY_MS, START_MS, World

MANDATE = "mandate/haiphong-motors/red-river-brokers"

POWER: dict[str, Any] = {
    "acts": ["clearance.lodge", "clearance.answer"],
    "bills": [BILL.partition("/")[2]],
    "offices": ["haiphong-customs"],
    "jurisdictions": ["VN"],
    "until_ms": START_MS + DAY_MS,
}


def with_power(**changes: Any) -> dict[str, Any]:
    power = {name: value for name, value in {**POWER, **changes}.items() if value is not None}
    return {"power": power}


ON_BILLS = with_power(acts=["bill.transfer"], offices=None, jurisdictions=None)


def full(world: World) -> None:
    for _ in range(MAX_POWERS):
        world.grant("clearance.lodge")


GOOD = (
    Good(
        act="mandate.grant",
        subject=MANDATE,
        who="haiphong-motors",
        body=lambda w: with_power(),
    ),
    Good(
        act="mandate.revoke",
        subject=MANDATE,
        who="haiphong-motors",
        prepare=lambda w: w.grant("clearance.lodge"),
    ),
)

BROKEN = (
    Broken(act="mandate.grant", code="mandate.not-principal", field="subject", who="red-river-brokers"),
    Broken(
        act="mandate.grant",
        code="mandate.authority",
        field="issuer",
        spoil=lambda w: w.change("organisation/haiphong-motors", roles=("agency", "trader")),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.to-self",
        field="subject",
        subject="mandate/haiphong-motors/haiphong-motors",
        body=ON_BILLS,
    ),
    Broken(
        act="mandate.grant",
        code="organisation.not-active",
        field="subject",
        body=ON_BILLS,
        spoil=lambda w: w.change("organisation/red-river-brokers", state="suspended"),
    ),
    Broken(
        act="mandate.grant",
        code="act.duplicate",
        field="body.power.acts.1",
        body=with_power(acts=["clearance.lodge", "clearance.lodge"]),
    ),
    Broken(
        act="mandate.grant",
        code="act.duplicate",
        field="body.power.jurisdictions.1",
        body=with_power(jurisdictions=["VN", "VN"]),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.not-delegable",
        field="body.power.acts.1",
        body=with_power(acts=["clearance.lodge", "mandate.grant"]),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.not-delegable",
        field="body.power.acts.0",
        body=with_power(acts=["clearance.release"]),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.limit-misfit",
        field="body.power.acts.1",
        body=with_power(acts=["clearance.lodge", "bill.transfer"], jurisdictions=None),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.limit-misfit",
        field="body.power.acts.0",
        body=with_power(acts=["bill.transfer"], offices=None),
    ),
    Broken(
        act="mandate.grant",
        code="organisation.not-active",
        field="body.power.offices.0",
        body=with_power(offices=["nobody"]),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.not-representative",
        field="body.power.acts.0",
        spoil=lambda w: w.change("organisation/red-river-brokers", roles=("trader",)),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.term",
        field="body.power.until_ms",
        body=with_power(until_ms=START_MS + 1_000),
    ),
    Broken(
        act="mandate.grant",
        code="mandate.term",
        field="body.power.until_ms",
        body=with_power(until_ms=START_MS + 1_001 + MAX_TERM_MS),
    ),
    Broken(act="mandate.grant", code="record.full", field="body.power", spoil=full),
    Broken(act="mandate.revoke", code="mandate.not-concerned", field="issuer", who="oversight"),
    Broken(
        act="mandate.revoke",
        code="actor.suspended",
        field="issuer",
        spoil=lambda w: w.change("organisation/haiphong-motors", state="suspended"),
    ),
)
