"""Every guard of decisions, and of what follows them: transit, exit, evidence."""

from __future__ import annotations

from msgspec.structs import replace

from contracts.clearance.model import (
    MAX_CITATIONS,
    Passage,
)
from contracts.clearance.vocabulary import DeclarationState, RequestKind, RequestState
from contracts.model import Direction
from tests.contracts.guards.case import Broken, Good
from tests.contracts.guards.clearance_cases import (
    CITATION,
    EXAMINING,
    EXPORT,
    EXPORT_ID,
    IN_RED,
    OFFICE,
    asked,
    exported,
    left,
    released,
    set_to,
    under_way,
)
from tests.contracts.world import DECLARATION, digest

GOOD = (
    Good(
        act="clearance.withdraw",
        subject=DECLARATION,
        who=OFFICE,
        body=lambda w: {"reason": "mistake"},
        prepare=released,
    ),
    Good(
        act="clearance.cite",
        subject=DECLARATION,
        who="red-river-brokers",
        body=lambda w: {"declaration": EXPORT_ID},
        prepare=exported,
    ),
    Good(act="clearance.exit", subject=EXPORT, who="phnom-penh-customs", prepare=exported),
    Good(act="clearance.pass", subject=DECLARATION, who="haiphong-customs", prepare=under_way),
    Good(act="clearance.arrive", subject=DECLARATION, who="phnom-penh-customs", prepare=under_way),
)

BROKEN = (
    Broken(
        act="clearance.cite",
        code="clearance.not-import",
        field="subject",
        spoil=set_to(type=Direction.EXPORT),
    ),
    Broken(act="clearance.cite", code="clearance.not-concerned", field="issuer", who="oversight"),
    Broken(
        act="clearance.cite",
        code="record.full",
        field="subject",
        spoil=set_to(cites=(replace(CITATION, declaration=digest("another")[:32]),) * MAX_CITATIONS),
    ),
    Broken(
        act="clearance.cite",
        code="record.not-found",
        field="body.declaration",
        body={"declaration": digest("nothing")[:32]},
        also=("clearance.no-evidence", "clearance.other-goods"),
    ),
    Broken(
        act="clearance.cite",
        code="clearance.cited",
        field="body.declaration",
        spoil=set_to(cites=(CITATION,)),
    ),
    *(
        Broken(
            act="clearance.cite",
            code="clearance.no-evidence",
            field="body.declaration",
            spoil=lambda w, fields=fields: w.change(EXPORT, **fields),
        )
        for fields in (
            {"type": Direction.IMPORT},
            {"jurisdiction": "VN"},
            {"state": DeclarationState.ACCEPTED},
            {"state": DeclarationState.INVALIDATED},
        )
    ),
    Broken(
        act="clearance.cite",
        code="clearance.other-goods",
        field="body.declaration",
        spoil=lambda w: w.change(EXPORT, bills=(), containers=()),
    ),
    Broken(
        act="clearance.release",
        code="clearance.control-open",
        field="subject",
        spoil=set_to(examinations=(EXAMINING,)),
    ),
    Broken(
        act="clearance.release",
        code="clearance.lane",
        field="subject",
        spoil=set_to(routing=IN_RED),
        says="physical",
    ),
    Broken(
        act="clearance.release",
        code="clearance.evidence-fallen",
        field="subject",
        spoil=lambda w: [
            w.lodge(EXPORT, "chongqing-parts", type="export", office="qinzhou-customs"),
            w.change(DECLARATION, cites=(CITATION,)),
        ],
        says="prelodged",
    ),
    Broken(act="clearance.withdraw", code="clearance.release-used", field="subject", spoil=left),
    Broken(
        act="clearance.clear",
        code="clearance.not-arrived",
        field="subject",
        spoil=set_to(type=Direction.TRANSIT, destination="haiphong-customs"),
    ),
    Broken(
        act="clearance.clear",
        code="clearance.not-office",
        field="issuer",
        spoil=set_to(type=Direction.TRANSIT, destination="phnom-penh-customs"),
        says="phnom-penh-customs",
    ),
    Broken(
        act="clearance.exit",
        code="clearance.not-export",
        field="subject",
        spoil=lambda w: w.change(EXPORT, type=Direction.IMPORT),
    ),
    Broken(
        act="clearance.exit",
        code="clearance.hold-open",
        field="subject",
        spoil=lambda w: w.do(
            "clearance.hold", EXPORT, "qinzhou-customs", {"hold": "scan", "reason": "security"}
        ),
    ),
    Broken(
        act="clearance.exit",
        code="clearance.not-exit-office",
        field="issuer",
        who="qinzhou-customs",
        says="phnom-penh-customs",
    ),
    *(
        Broken(
            act=f"clearance.{act}",
            code="clearance.not-transit",
            field="subject",
            spoil=set_to(type=Direction.IMPORT),
        )
        for act in ("pass", "arrive")
    ),
    Broken(
        act="clearance.pass",
        code="clearance.not-on-route",
        field="issuer",
        who="phnom-penh-customs",
        says="haiphong-customs",
    ),
    Broken(
        act="clearance.pass",
        code="clearance.passed",
        field="issuer",
        spoil=set_to(passages=(Passage(office="haiphong-customs", passed_ms=1),)),
    ),
    Broken(act="clearance.arrive", code="clearance.not-destination", field="issuer", who="haiphong-customs"),
    Broken(
        act="clearance.invalidate",
        code="clearance.examination-due",
        field="subject",
        spoil=set_to(examinations=(EXAMINING,)),
    ),
    Broken(
        act="clearance.invalidate",
        code="clearance.no-grant",
        field="subject",
        spoil=set_to(state=DeclarationState.CLEARED),
        says="cleared",
    ),
    Broken(
        act="clearance.invalidate",
        code="clearance.release-used",
        field="subject",
        spoil=lambda w: [
            left(w),
            w.change(
                DECLARATION,
                state=DeclarationState.CLEARED,
                released_ms=1,
                requests=(asked("value", RequestState.GRANTED, RequestKind.CANCELLATION),),
            ),
        ],
    ),
)
