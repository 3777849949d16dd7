"""Every guard of what surrounds a decision: goods presented, lanes, requests, duties."""

from __future__ import annotations

from contracts.clearance.model import (
    EXIT_MS,
    MAX_AMENDMENTS,
    MAX_NOTICES,
    MAX_REQUESTS,
    PRESENTATION_MS,
    Passage,
)
from contracts.clearance.vocabulary import (
    DeclarationState,
    RequestState,
)
from contracts.model import Direction
from tests.contracts.guards.case import Broken, Good
from tests.contracts.guards.clearance_cases import (
    AMENDED,
    CANCELLING,
    EXAMINING,
    GRANTED,
    IN_RED,
    NOTICE,
    OFFICE,
    WAITING,
    accepted,
    ahead,
    asked,
    later,
    set_to,
)
from tests.contracts.world import DECLARATION, digest

GOOD = (
    Good(
        act="clearance.register",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"reference": digest("MRN")},
        prepare=ahead,
    ),
    Good(act="clearance.present", subject=DECLARATION, who="red-river-brokers", prepare=ahead),
    Good(
        act="clearance.reject",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"errors": [{"code": "CDS12077", "pointer": "42A/67A/68A#1"}]},
        prepare=ahead,
    ),
    Good(
        act="clearance.expire",
        subject=DECLARATION,
        who="red-river-brokers",
        prepare=lambda w: later(PRESENTATION_MS + 1)(ahead(w)),
    ),
    Good(
        act="clearance.route",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"lane": "yellow", "reason": "officer"},
        prepare=accepted,
    ),
    Good(
        act="clearance.conclude",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"control": "physical", "result": "satisfactory"},
        prepare=lambda w: accepted(w).do("clearance.control", DECLARATION, OFFICE, {"control": "physical"}),
    ),
    Good(
        act="clearance.request",
        subject=DECLARATION,
        who="red-river-brokers",
        body=lambda w: {
            "request": "value",
            "kind": "amendment",
            "ground": "value",
            "contents": AMENDED,
        },
        prepare=accepted,
    ),
    Good(
        act="clearance.decide",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"request": "value", "outcome": "granted"},
        prepare=lambda w: set_to(requests=(WAITING,))(accepted(w)),
    ),
    Good(
        act="clearance.amend",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"ground": "requested", "request": "value", "contents": AMENDED},
        prepare=lambda w: set_to(requests=(GRANTED,))(accepted(w)),
    ),
    Good(
        act="clearance.assess",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"notice": "debt", "assessment": digest("duty"), "status": "67"},
        prepare=accepted,
    ),
)

INTAKE = (
    *(
        Broken(
            act=f"clearance.{act}",
            code="clearance.numbered",
            field="body.reference",
            body={"reference": digest("another MRN")},
            spoil=set_to(reference=digest("MRN")),
        )
        for act in ("register", "accept")
    ),
    *(
        Broken(
            act=f"clearance.{act}",
            code="clearance.overdue",
            field="subject",
            spoil=later(PRESENTATION_MS + 1),
        )
        for act in ("register", "present")
    ),
    Broken(
        act="clearance.present",
        code="clearance.not-presenter",
        field="issuer",
        who="haiphong-terminal",
        says="red-river-brokers",
    ),
    Broken(
        act="clearance.present",
        code="clearance.goods-present",
        field="subject",
        spoil=set_to(awaits_goods=False),
    ),
    Broken(
        act="clearance.accept",
        code="clearance.not-presented",
        field="subject",
        spoil=set_to(awaits_goods=True),
    ),
    Broken(act="clearance.expire", code="clearance.not-concerned", field="issuer", who="oversight"),
    Broken(act="clearance.expire", code="clearance.not-overdue", field="subject", spoil=later(-1)),
    Broken(
        act="clearance.expire",
        code="clearance.not-overdue",
        field="subject",
        spoil=set_to(state=DeclarationState.RELEASED, released_ms=1),
        says="no date",
    ),
    Broken(
        act="clearance.expire",
        code="clearance.release-used",
        field="subject",
        spoil=lambda w: w.change(
            DECLARATION,
            type=Direction.EXPORT,
            state=DeclarationState.RELEASED,
            released_ms=w.now - EXIT_MS - 1,
            passages=(Passage(office="qinzhou-customs", passed_ms=1),),
        ),
    ),
)

CONTROL = (
    Broken(
        act="clearance.route",
        code="clearance.same-lane",
        field="body.lane",
        body={"lane": "red"},
        spoil=set_to(routing=IN_RED),
    ),
    Broken(
        act="clearance.route",
        code="clearance.rerouting-reason",
        field="body.reason",
        body={"reason": "selectivity"},
        spoil=set_to(routing=IN_RED),
    ),
    Broken(
        act="clearance.conclude",
        code="clearance.no-control",
        field="body.control",
        body={"control": "documents"},
    ),
    Broken(act="clearance.request", code="clearance.not-declarant", field="issuer", who="haiphong-motors"),
    *(
        Broken(
            act=f"clearance.{act}",
            code="clearance.request-open",
            field="subject",
            spoil=set_to(requests=(asked("origin", RequestState.OPEN),)),
            says="haiphong-customs",
        )
        for act in ("request", "release", "clear")
    ),
    *(
        Broken(
            act=f"clearance.{act}",
            code="clearance.grant-due",
            field="subject",
            spoil=set_to(requests=(asked("origin", RequestState.GRANTED),)),
        )
        for act in ("request", "release", "clear")
    ),
    Broken(
        act="clearance.request",
        code="record.full",
        field="subject",
        spoil=set_to(requests=(asked("done", RequestState.DONE),) * MAX_REQUESTS),
    ),
    Broken(
        act="clearance.request",
        code="clearance.request-exists",
        field="body.request",
        spoil=set_to(requests=(asked("value", RequestState.DENIED),)),
    ),
    Broken(
        act="clearance.request",
        code="clearance.request-contents",
        field="body.contents",
        body={"contents": None},
    ),
    Broken(
        act="clearance.request",
        code="clearance.request-contents",
        field="body.contents",
        body={"kind": "cancellation"},
    ),
    Broken(
        act="clearance.decide",
        code="clearance.no-request",
        field="body.request",
        body={"request": "origin"},
    ),
    Broken(
        act="clearance.decide",
        code="clearance.no-request",
        field="body.request",
        spoil=set_to(requests=(GRANTED,)),
    ),
    Broken(
        act="clearance.decide",
        code="clearance.decision-ground",
        field="body.ground",
        body={"outcome": "denied"},
    ),
    Broken(
        act="clearance.decide",
        code="clearance.decision-ground",
        field="body.ground",
        body={"ground": "other"},
    ),
    Broken(
        act="clearance.decide",
        code="clearance.examination-due",
        field="subject",
        spoil=set_to(requests=(CANCELLING,), examinations=(EXAMINING,)),
    ),
    Broken(
        act="clearance.amend",
        code="clearance.no-grant",
        field="body.request",
        spoil=set_to(requests=(WAITING,)),
    ),
    Broken(
        act="clearance.amend",
        code="clearance.no-grant",
        field="body.request",
        body={"request": None},
        spoil=set_to(state=DeclarationState.RELEASED),
        says="released",
    ),
    Broken(
        act="clearance.amend",
        code="clearance.no-grant",
        field="body.request",
        body={"request": None},
        spoil=set_to(state=DeclarationState.PRELODGED),
        says="prelodged",
    ),
    Broken(
        act="clearance.amend",
        code="clearance.other-contents",
        field="body.contents",
        body={"contents": digest("something else")},
    ),
    Broken(
        act="clearance.amend",
        code="record.full",
        field="subject",
        spoil=set_to(earlier=(digest("before"),) * MAX_AMENDMENTS),
    ),
    Broken(
        act="clearance.assess",
        code="record.full",
        field="subject",
        spoil=set_to(notices=(NOTICE,) * MAX_NOTICES),
    ),
)

BROKEN = (*INTAKE, *CONTROL)
