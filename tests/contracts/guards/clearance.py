"""Every guard of clearance, broken alone."""

from __future__ import annotations

from contracts.bill.vocabulary import BillState
from contracts.clearance.model import (
    MAX_COVERED_CONTAINERS,
    MAX_EXAMINATIONS,
    MAX_HOLDS,
    MAX_QUERIES,
    Examination,
    Hold,
    Query,
)
from contracts.clearance.vocabulary import Control, ControlResult, DeclarationState, HoldReason
from contracts.model import MAX_CONTAINER_DECLARATIONS, Direction
from contracts.movement.model import Departure
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, CONTAINER, CONTAINER_ID, DECLARATION, LODGE, World, digest

OPEN_HOLD = Hold(id="plants", authority="vn-plant-health", reason=HoldReason.PHYTOSANITARY, placed_ms=1)
OPEN_QUERY = Query(id="value", question=digest("value"))
DONE = Examination(control=Control.DOCUMENTS, begun_ms=1, result=ControlResult.SATISFACTORY)


def lodged(world: World) -> World:
    return world.issue().lodge()


def accepted(world: World) -> World:
    return lodged(world).accept_declaration()


def holding(world: World) -> None:
    world.change(DECLARATION, holds=(OPEN_HOLD,))


def full_container(world: World) -> None:
    declaration = DECLARATION.partition("/")[2]
    world.change(CONTAINER, declarations=(declaration,) * MAX_CONTAINER_DECLARATIONS)


def departed(world: World) -> None:
    gone = Departure(direction=Direction.IMPORT, facility="VNHPH", event_ms=1)
    world.change(CONTAINER, departures=(gone,))


def many_containers(world: World) -> None:
    """Three bills, each with nearly two hundred containers of its own."""
    for bill in ("x", "y", "z"):
        containers = [{"id": digest(f"{bill}{n}")[:32], "commitment": digest(f"{n}")} for n in range(180)]
        world.issue("bill/" + digest(bill), containers=containers)


OFFICE_ACTS = (
    "register",
    "accept",
    "reject",
    "route",
    "control",
    "conclude",
    "query",
    "decide",
    "amend",
    "assess",
    "release",
    "withdraw",
    "clear",
    "refuse",
    "invalidate",
)

GOOD = (
    Good(
        act="clearance.lodge",
        subject=DECLARATION,
        who="red-river-brokers",
        body=lambda w: {**LODGE, "containers": [CONTAINER_ID]},
        prepare=lambda w: w.issue(),
    ),
    Good(act="clearance.accept", subject=DECLARATION, who="haiphong-customs", prepare=lodged),
    Good(
        act="clearance.control",
        subject=DECLARATION,
        who="haiphong-customs",
        body=lambda w: {"control": "physical"},
        prepare=accepted,
    ),
    Good(
        act="clearance.query",
        subject=DECLARATION,
        who="haiphong-customs",
        body=lambda w: {"query": "origin", "question": digest("origin")},
        prepare=accepted,
    ),
    Good(
        act="clearance.answer",
        subject=DECLARATION,
        who="red-river-brokers",
        body=lambda w: {"query": "value", "answer": digest("answer")},
        prepare=lambda w: accepted(w).query(),
    ),
    Good(
        act="clearance.hold",
        subject=DECLARATION,
        who="vn-plant-health",
        body=lambda w: {"hold": "pests", "reason": "phytosanitary"},
        prepare=accepted,
    ),
    Good(
        act="clearance.lift",
        subject=DECLARATION,
        who="vn-plant-health",
        body=lambda w: {"hold": "plants"},
        prepare=lambda w: accepted(w).hold().hold("haiphong-customs", "scan"),
    ),
    Good(act="clearance.release", subject=DECLARATION, who="haiphong-customs", prepare=accepted),
    Good(
        act="clearance.clear",
        subject=DECLARATION,
        who="haiphong-customs",
        prepare=lambda w: accepted(w).release(),
    ),
    Good(
        act="clearance.refuse",
        subject=DECLARATION,
        who="haiphong-customs",
        body=lambda w: {"reason": "prohibited_goods"},
        prepare=accepted,
    ),
    Good(
        act="clearance.invalidate",
        subject=DECLARATION,
        who="haiphong-customs",
        body=lambda w: {"reason": "replaced"},
        prepare=accepted,
    ),
)

LODGE_BROKEN = (
    Broken(
        act="clearance.lodge",
        code="clearance.nothing-declared",
        field="body",
        body={"bills": None, "containers": None},
    ),
    Broken(
        act="clearance.lodge",
        code="act.duplicate",
        field="body.containers.1",
        body={"containers": [CONTAINER_ID, CONTAINER_ID]},
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.offices",
        field="body.destination",
        body={"destination": "phnom-penh-customs"},
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.offices",
        field="body.destination",
        body={"type": "transit"},
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.offices",
        field="body.exit_office",
        body={"exit_office": "haiphong-customs"},
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.offices",
        field="body.transit_offices",
        body={"transit_offices": ["phnom-penh-customs"]},
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.not-customs",
        field="body.transit_offices.1",
        body={
            "type": "transit",
            "transit_offices": ["haiphong-customs", "vn-plant-health"],
            "destination": "phnom-penh-customs",
        },
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.not-customs",
        field="body.office",
        body={"office": "guangxi-bank"},
    ),
    Broken(
        act="clearance.lodge",
        code="record.not-found",
        field="body.bills.0",
        body={"bills": [digest("no bill")]},
        also=("clearance.bill-voided", "clearance.bill-not-issued", "clearance.not-party"),
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.bill-voided",
        field="body.bills.0",
        spoil=lambda w: w.change(BILL, state=BillState.VOIDED),
    ),
    *(
        Broken(
            act="clearance.lodge",
            code="clearance.bill-not-issued",
            field="body.bills.0",
            spoil=lambda w, state=state: w.change(BILL, state=state),  # type: ignore[misc]
        )
        for state in (BillState.DRAFT, BillState.APPROVED)
    ),
    Broken(
        act="clearance.lodge", code="clearance.not-party", field="body.bills.0", who="corridor-forwarding"
    ),
    Broken(
        act="clearance.lodge",
        code="clearance.not-party",
        field="body.containers.0",
        who="corridor-forwarding",
        body={"bills": None},
    ),
    Broken(act="clearance.lodge", code="record.full", field="body", spoil=full_container),
    Broken(
        act="clearance.lodge",
        code="record.full",
        field="body",
        body={"bills": [digest(name) for name in ("x", "y", "z")]},
        spoil=many_containers,
        says=str(MAX_COVERED_CONTAINERS),
    ),
)

BROKEN = (
    *LODGE_BROKEN,
    *(
        Broken(act=f"clearance.{act}", code="clearance.not-office", field="issuer", who="qinzhou-customs")
        for act in OFFICE_ACTS
    ),
    Broken(
        act="clearance.query",
        code="clearance.query-exists",
        field="body.query",
        body={"query": "value"},
        spoil=lambda w: w.query(),
    ),
    Broken(
        act="clearance.query",
        code="record.full",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, queries=(OPEN_QUERY,) * MAX_QUERIES),
    ),
    Broken(
        act="clearance.answer",
        code="clearance.not-declarant",
        field="issuer",
        who="haiphong-motors",
        says="red-river-brokers",
    ),
    Broken(act="clearance.answer", code="clearance.no-query", field="body.query", body={"query": "origin"}),
    Broken(act="clearance.hold", code="clearance.not-authority", field="issuer", who="kh-plant-health"),
    Broken(act="clearance.hold", code="clearance.not-authority", field="issuer", who="phnom-penh-customs"),
    Broken(act="clearance.hold", code="clearance.departed", field="subject", spoil=departed),
    Broken(
        act="clearance.hold",
        code="clearance.hold-exists",
        field="body.hold",
        body={"hold": "plants"},
        spoil=holding,
    ),
    Broken(
        act="clearance.hold",
        code="record.full",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, holds=(OPEN_HOLD,) * MAX_HOLDS),
    ),
    Broken(
        act="clearance.lift",
        code="clearance.nothing-held",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, holds=()),
        also=("clearance.not-your-hold", "clearance.no-hold"),
    ),
    Broken(
        act="clearance.lift",
        code="clearance.not-your-hold",
        field="issuer",
        who="phnom-penh-customs",
        says="vn-plant-health",
        also=("clearance.not-your-hold",),
    ),
    Broken(act="clearance.lift", code="clearance.no-hold", field="body.hold", body={"hold": "unknown"}),
    Broken(
        act="clearance.lift",
        code="clearance.not-your-hold",
        field="body.hold",
        body={"hold": "scan"},
        says="haiphong-customs",
    ),
    *(
        Broken(act=f"clearance.{act}", code="clearance.hold-open", field="subject", spoil=holding)
        for act in ("release", "clear", "pass", "invalidate")
    ),
    Broken(
        act="clearance.control",
        code="clearance.control-exists",
        field="body.control",
        spoil=lambda w: w.do("clearance.control", DECLARATION, "haiphong-customs", {"control": "physical"}),
    ),
    Broken(
        act="clearance.control",
        code="record.full",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, examinations=(DONE,) * MAX_EXAMINATIONS),
    ),
    Broken(
        act="clearance.release",
        code="clearance.query-open",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, state=DeclarationState.QUERIED, queries=(OPEN_QUERY,)),
        says="red-river-brokers",
    ),
)
