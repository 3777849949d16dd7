"""Every guard of movement and linkage, broken alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from contracts.bill.vocabulary import BillState
from contracts.clearance.vocabulary import DeclarationState
from contracts.membership.model import OrganisationState
from contracts.movement.model import MAX_BREACHES, MAX_BREACHES_EACH, Breach
from contracts.movement.vocabulary import EventType
from tests.contracts.guards.case import Broken, Good
from tests.contracts.guards.clearance import holding
from tests.contracts.world import BILL, COMMITMENT, CONTAINER, DECLARATION, MASS, World, digest

NEW = {"commitment": COMMITMENT, "operator": "beibu-line"}
SEAL = digest("seal 1")
BREACH = Breach(
    event=EventType.GATE_OUT, facility="VNHPH", event_ms=1, organisation="beibu-port", codes=("x",)
)


def deliverable(world: World) -> World:
    """Everything is done: the container may leave."""
    return world.issue().arrived().lodge().accept_declaration().release().surrendered()


def at_the_gate(world: World) -> World:
    """The container stands at the gate, under a bill that nobody surrendered."""
    return world.issue().arrived().lodge().accept_declaration().release()


def gate_out(world: World) -> dict[str, Any]:
    return world.event("gate_out", "VNHPH", "import")


def selected(world: World) -> None:
    """Customs there selected the container, and did not release it since."""
    world.change(CONTAINER, selected=("VN",))


def stopped(world: World, stop: Callable[[World], Any]) -> None:
    """Stopped in a country that the goods, weighed, are only to pass through by what their bill says."""
    stop(world.weigh())
    world.change(BILL, place_of_delivery="KHPNH")


GOOD = (
    Good(
        act="movement.record", subject=CONTAINER, who="haiphong-terminal", body=gate_out, prepare=deliverable
    ),
    Good(
        act="movement.breach", subject=CONTAINER, who="haiphong-terminal", body=gate_out, prepare=at_the_gate
    ),
)

EVENT_BROKEN = tuple(
    broken
    for act in ("movement.record", "movement.breach")
    for broken in (
        Broken(
            act=act, code="movement.not-actual", field="body.classifier", body={"classifier": "estimated"}
        ),
        Broken(
            act=act,
            code="movement.purpose",
            field="body.purpose",
            body={"purpose": None},
            also=("movement.no-breach",),
        ),
        Broken(
            act=act,
            code="movement.purpose",
            field="body.purpose",
            body={"event": "discharge"},
        ),
        Broken(
            act=act, code="movement.seal", field="body.seal", body={"seal": SEAL, "seal_found": "missing"}
        ),
        Broken(act=act, code="movement.wrong-recorder", field="issuer", who="beibu-line"),
        Broken(
            act=act,
            code="movement.not-party",
            field="issuer",
            who="corridor-forwarding",
            body={"event": "pick_up"},
        ),
        Broken(act=act, code="movement.other-country", field="body.facility", who="qinzhou-terminal"),
        Broken(
            act=act,
            code="movement.container-known",
            field="body.container",
            body={"container": NEW},
        ),
        Broken(
            act=act, code="movement.in-future", field="body.event_ms", body={"event_ms": 2_000_000_000_000}
        ),
        Broken(
            act=act,
            code="movement.out-of-order",
            field="body.event",
            spoil=lambda w: w.at("on_vessel", "CNQZH"),
            says="on_vessel",
        ),
        Broken(
            act=act,
            code="movement.elsewhere",
            field="body.facility",
            spoil=lambda w: w.at("in_facility", "VNSGN"),
            says="VNSGN",
        ),
        Broken(
            act=act,
            code="linkage.purpose-contradicts",
            field="body.purpose",
            body={"purpose": "transit"},
            also=("movement.no-breach",),
        ),
        Broken(
            act=act,
            code="linkage.purpose-contradicts",
            field="body.purpose",
            body={"purpose": "empty"},
            also=("movement.no-breach",),
        ),
    )
)

LINKAGE_BROKEN = (
    Broken(
        act="movement.record",
        code="linkage.no-declaration",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, state=DeclarationState.INVALIDATED),
        says="VN",
    ),
    Broken(
        act="movement.record",
        code="linkage.no-declaration",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, bills=(digest("other"),)),
        says=BILL,
    ),
    Broken(
        act="movement.record",
        code="linkage.no-declaration",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, jurisdiction="KH"),
    ),
    Broken(
        act="movement.record",
        code="linkage.not-released",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, state=DeclarationState.REFUSED),
        says="haiphong-customs",
    ),
    Broken(
        act="movement.record",
        code="linkage.not-released",
        field="subject",
        spoil=lambda w: w.change(DECLARATION, state=DeclarationState.QUERIED),
        says="red-river-brokers",
    ),
    Broken(
        act="movement.record",
        code="linkage.hold-open",
        field="subject",
        spoil=holding,
        says="vn-plant-health",
    ),
    *(
        Broken(
            act="movement.record",
            code=code,
            field="subject",
            body={"event": event, "purpose": purpose},
            spoil=partial(stopped, stop=stop),
        )
        for code, stop in (("linkage.hold-open", holding), ("linkage.selected", selected))
        for event, purpose in (
            ("load", None),
            ("barge_load", None),
            ("gate_out", "transit"),
            ("barge_departure", "transit"),
        )
    ),
    Broken(
        act="movement.record",
        code="linkage.no-declaration",
        field="subject",
        body={"event": "barge_departure", "purpose": "export"},
        spoil=lambda w: w.change(BILL, place_of_loading="VNSGN", place_of_delivery="CNQZH"),
        says=BILL,
    ),
    Broken(
        act="movement.record",
        code="linkage.not-surrendered",
        field="subject",
        spoil=lambda w: w.change(BILL, state=BillState.PENDING_SURRENDER_FOR_DELIVERY),
        says="beibu-line",
    ),
    Broken(
        act="movement.record",
        code="linkage.not-surrendered",
        field="subject",
        spoil=lambda w: w.change(BILL, state=BillState.ISSUED, possessor="guangxi-bank"),
        says="guangxi-bank",
    ),
    Broken(
        act="movement.record",
        code="linkage.release-needed",
        field="subject",
        spoil=lambda w: w.change(BILL, release_required=True),
        says="beibu-line",
    ),
    Broken(
        act="movement.record",
        code="linkage.selected",
        field="subject",
        spoil=lambda w: w.change(CONTAINER, selected=("KH", "VN")),
        says="VN",
    ),
    Broken(
        act="movement.record",
        code="linkage.no-verified-mass",
        field="subject",
        body={"event": "load", "purpose": None},
        says="none is declared",
    ),
    Broken(
        act="movement.record",
        code="linkage.no-verified-mass",
        field="subject",
        body={"event": "load", "purpose": None},
        spoil=lambda w: w.weigh().do("document.revoke", MASS, "chongqing-parts", {"reason": "replaced"}),
        says="revoked",
    ),
)

BREACH_BROKEN = (
    Broken(
        act="movement.breach", code="movement.no-breach", field="body.event", spoil=lambda w: w.surrendered()
    ),
    Broken(
        act="movement.breach",
        code="record.full",
        field="subject",
        spoil=lambda w: w.change(CONTAINER, breaches=(BREACH,) * MAX_BREACHES),
    ),
    Broken(
        act="movement.breach",
        code="movement.breaches-told",
        field="issuer",
        spoil=lambda w: w.change(
            CONTAINER, breaches=(replace(BREACH, organisation="haiphong-terminal"),) * MAX_BREACHES_EACH
        ),
        says="haiphong-terminal",
    ),
)


FIRST = {"event": "gate_in", "purpose": "export"}


def forget_container(world: World) -> None:
    """As if no one had ever named the container."""
    del world.state[CONTAINER]


NEW_BROKEN = (
    Broken(
        act="movement.record",
        code="movement.needs-container",
        field="body.container",
        body=FIRST,
        spoil=forget_container,
    ),
    Broken(
        act="movement.record",
        code="movement.not-operator",
        field="body.container.operator",
        body={**FIRST, "container": {**NEW, "operator": "guangxi-bank"}},
        spoil=forget_container,
    ),
    Broken(
        act="movement.record",
        code="act.duplicate",
        field="body.container.parties.1",
        body={**FIRST, "container": {**NEW, "parties": ["guangxi-bank", "guangxi-bank"]}},
        spoil=forget_container,
    ),
    Broken(
        act="movement.record",
        code="organisation.not-active",
        field="body.container.parties.0",
        body={**FIRST, "container": {**NEW, "parties": ["chongqing-parts"]}},
        spoil=lambda w: (
            forget_container(w),
            w.change("organisation/chongqing-parts", state=OrganisationState.SUSPENDED),
        ),
    ),
    *(
        Broken(
            act=act,
            code="movement.before-last",
            field="body.event_ms",
            body={"event_ms": 1_600_000_000_000, "event": "gate_in"},
            also=("movement.no-breach",),
            spoil=lambda w: w.do(
                "movement.breach" if w.record(BILL).state is BillState.ISSUED else "movement.record",
                CONTAINER,
                "haiphong-terminal",
                gate_out(w),
            ),
        )
        for act in ("movement.record", "movement.breach")
    ),
)

BROKEN = (*EVENT_BROKEN, *LINKAGE_BROKEN, *BREACH_BROKEN, *NEW_BROKEN)
"""Corrections, what is expected and masses have their own page, `movement_more`."""
