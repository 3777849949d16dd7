"""Every guard of expected events, corrections and verified gross mass, broken alone."""

from __future__ import annotations

from typing import Any

from contracts.membership.model import OrganisationState
from contracts.registry.model import DocumentState, DocumentType
from tests.contracts.guards.case import Broken, Good
from tests.contracts.guards.movement import NEW, forget_container
from tests.contracts.world import CONTAINER, CONTAINER_ID, DAY_MS, MASS, World, digest

HOUR_MS = 3_600_000
GATED_IN, GATED_OUT = 2, 3
"""The container's versions that the two events of `moved` made; the bill made the first."""


def moved(world: World) -> World:
    """In through a gate and, an hour later, out again; now it is an hour after that."""
    world.issue().move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    world.now += HOUR_MS
    world.move("qinzhou-terminal", "gate_out", "CNQZH", "transit")
    world.now += HOUR_MS
    return world


def weighed(world: World) -> World:
    """A verified gross mass is registered."""
    world.issue()
    mass = {"type": "verified_gross_mass", "contents": digest("mass"), "containers": [CONTAINER_ID]}
    world.do("document.register", MASS, "chongqing-parts", mass)
    return world


def expectation(world: World) -> dict[str, Any]:
    body = {"event": "gate_out", "classifier": "planned", "facility": "VNHPH"}
    return {**body, "event_ms": world.now + DAY_MS}


GOOD = (
    Good(
        act="movement.expect",
        subject=CONTAINER,
        who="haiphong-terminal",
        body=expectation,
        prepare=lambda w: w.issue(),
    ),
    Good(
        act="movement.correct",
        subject=CONTAINER,
        who="qinzhou-terminal",
        body=lambda w: {"event": GATED_OUT, "event_ms": w.now - HOUR_MS // 2, "reason": "clock"},
        prepare=moved,
    ),
    Good(
        act="movement.withdraw",
        subject=CONTAINER,
        who="qinzhou-terminal",
        body=lambda w: {"event": GATED_OUT, "reason": "other_container"},
        prepare=moved,
    ),
    Good(
        act="movement.verify_mass",
        subject=CONTAINER,
        who="chongqing-parts",
        body=lambda w: {"document": MASS.partition("/")[2], "method": "SM2"},
        prepare=weighed,
    ),
)

EXPECT_BROKEN = (
    Broken(
        act="movement.expect",
        code="movement.not-expected",
        field="body.classifier",
        body={"classifier": "actual"},
    ),
    Broken(act="movement.expect", code="movement.wrong-recorder", field="issuer", who="beibu-line"),
    Broken(
        act="movement.expect",
        code="movement.not-party",
        field="issuer",
        who="corridor-forwarding",
        body={"event": "pick_up"},
    ),
    Broken(
        act="movement.expect", code="movement.other-country", field="body.facility", who="qinzhou-terminal"
    ),
    Broken(
        act="movement.expect",
        code="movement.container-known",
        field="body.container",
        body={"container": NEW},
    ),
    Broken(act="movement.expect", code="movement.in-past", field="body.event_ms", body={"event_ms": 1}),
    Broken(
        act="movement.expect",
        code="movement.needs-container",
        field="body.container",
        spoil=forget_container,
    ),
    Broken(
        act="movement.expect",
        code="movement.not-operator",
        field="body.container.operator",
        body={"container": {**NEW, "operator": "guangxi-bank"}},
        spoil=forget_container,
    ),
    Broken(
        act="movement.expect",
        code="act.duplicate",
        field="body.container.parties.1",
        body={"container": {**NEW, "parties": ["guangxi-bank", "guangxi-bank"]}},
        spoil=forget_container,
    ),
    Broken(
        act="movement.expect",
        code="organisation.not-active",
        field="body.container.parties.0",
        body={"container": {**NEW, "parties": ["chongqing-parts"]}},
        spoil=lambda w: (
            forget_container(w),
            w.change("organisation/chongqing-parts", state=OrganisationState.SUSPENDED),
        ),
    ),
)


def a_month_later(world: World) -> None:
    """Thirty days after the later event, and a millisecond."""
    world.now += 30 * DAY_MS - HOUR_MS + 1


CORRECTION_BROKEN = tuple(
    broken
    for act in ("movement.correct", "movement.withdraw")
    for broken in (
        Broken(
            act=act,
            code="movement.not-kept",
            field="body.event",
            body={"event": 9},
            says="2, 3",
            also=("movement.not-recorder", "movement.too-late", "movement.misplaced"),
        ),
        Broken(
            act=act,
            code="movement.nothing-recorded",
            field="issuer",
            who="haiphong-terminal",
            also=("movement.not-recorder",),
        ),
        Broken(
            act=act,
            code="movement.not-recorder",
            field="issuer",
            who="beibu-port",
            spoil=lambda w: w.move("beibu-port", "inspection", "CNQZH"),
            says="qinzhou-terminal",
        ),
        Broken(act=act, code="movement.too-late", field="body.event", spoil=a_month_later),
    )
)

PLACE_BROKEN = (
    Broken(
        act="movement.correct",
        code="movement.in-future",
        field="body.event_ms",
        body={"event_ms": 2_000_000_000_000},
    ),
    Broken(
        act="movement.correct",
        code="movement.misplaced",
        field="body.event_ms",
        body={"event_ms": 1_600_000_000_000},
        says="before the event gate_in",
    ),
    Broken(
        act="movement.correct",
        code="movement.misplaced",
        field="body.event_ms",
        body={"event": GATED_IN},
        says="after the event gate_out",
    ),
    Broken(
        act="movement.withdraw",
        code="movement.rested-upon",
        field="body.event",
        body={"event": GATED_IN},
        says="gate_out of version 3",
    ),
)

MASS_BROKEN = (
    Broken(
        act="movement.verify_mass",
        code="movement.not-mass-declarant",
        field="issuer",
        who="guangxi-bank",
        also=("movement.not-a-mass",),
    ),
    Broken(
        act="movement.verify_mass",
        code="record.not-found",
        field="body.document",
        body={"document": "0" * 32},
        also=("movement.not-a-mass",),
    ),
    Broken(
        act="movement.verify_mass",
        code="movement.not-a-mass",
        field="body.document",
        spoil=lambda w: w.change(MASS, type=DocumentType.INVOICE),
        says="of type invoice",
    ),
    Broken(
        act="movement.verify_mass",
        code="movement.not-a-mass",
        field="body.document",
        spoil=lambda w: w.change(MASS, state=DocumentState.REVOKED),
        says="is revoked, not",
    ),
    Broken(
        act="movement.verify_mass",
        code="movement.not-a-mass",
        field="body.document",
        who="beibu-line",
        says="declared by chongqing-parts",
    ),
    Broken(
        act="movement.verify_mass",
        code="movement.not-a-mass",
        field="body.document",
        spoil=lambda w: w.change(MASS, containers=(), bills=(digest("another bill"),)),
        says="of other goods",
    ),
)

BROKEN = (*EXPECT_BROKEN, *CORRECTION_BROKEN, *PLACE_BROKEN, *MASS_BROKEN)
