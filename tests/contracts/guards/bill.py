"""Every guard of passing control over bills, broken alone; see `bill_draft` and `bill_end` for the rest."""

from __future__ import annotations

from contracts.bill.vocabulary import BillType
from contracts.membership.model import OrganisationState
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, CONTENTS, DAY_MS, World, digest

OTHER = "bill/" + digest("bill 2")


def suspend(organisation: str):
    return lambda w: w.change(f"organisation/{organisation}", state=OrganisationState.SUSPENDED)


def endorsed(world: World) -> World:
    world.issue()
    world.do("bill.endorse", BILL, "chongqing-parts", {"endorsee": "haiphong-motors"})
    return world


def as_waybill(world: World) -> None:
    world.change(BILL, type=BillType.SEA_WAYBILL)


def as_straight(world: World) -> None:
    world.change(BILL, type=BillType.STRAIGHT)


def offer_expires(world: World) -> None:
    world.now += DAY_MS + 1


GOOD = (
    Good(
        act="bill.transfer",
        subject=BILL,
        who="chongqing-parts",
        body=lambda w: {"to": "guangxi-bank", "expires_ms": w.now + DAY_MS},
        prepare=lambda w: w.issue(),
    ),
    Good(
        act="bill.accept",
        subject=BILL,
        who="haiphong-motors",
        body=lambda w: {"contents": CONTENTS},
        prepare=lambda w: w.issue().offer(),
    ),
    Good(
        act="bill.reject",
        subject=BILL,
        who="haiphong-motors",
        body=lambda w: {"reason": "contents_wrong"},
        prepare=lambda w: w.issue().offer(),
    ),
    Good(act="bill.cancel", subject=BILL, who="chongqing-parts", prepare=lambda w: w.issue().offer()),
    Good(
        act="bill.endorse",
        subject=BILL,
        who="chongqing-parts",
        body=lambda w: {"endorsee": "haiphong-motors"},
        prepare=lambda w: w.issue(),
    ),
    Good(
        act="bill.endorse_to_order",
        subject=BILL,
        who="chongqing-parts",
        body=lambda w: {"endorsee": "haiphong-motors"},
        prepare=lambda w: w.issue(),
    ),
    Good(act="bill.blank_endorse", subject=BILL, who="chongqing-parts", prepare=lambda w: w.issue()),
    Good(act="bill.sign", subject=BILL, who="chongqing-parts", prepare=lambda w: w.issue()),
)

OFFER_BROKEN = (
    Broken(
        act="bill.transfer",
        code="bill.not-possessor",
        field="issuer",
        who="haiphong-motors",
        says="chongqing-parts",
    ),
    Broken(act="bill.transfer", code="bill.offer-open", field="subject", spoil=lambda w: w.offer()),
    Broken(act="bill.transfer", code="bill.to-self", field="body.to", body={"to": "chongqing-parts"}),
    Broken(act="bill.transfer", code="organisation.not-active", field="body.to", body={"to": "nobody"}),
    Broken(act="bill.transfer", code="bill.offer-term", field="body.expires_ms", body={"expires_ms": 5}),
    Broken(
        act="bill.transfer",
        code="bill.offer-term",
        field="body.expires_ms",
        body={"expires_ms": 2_000_000_000_000},
    ),
    Broken(act="bill.accept", code="bill.not-offered", field="issuer", who="guangxi-bank"),
    Broken(act="bill.accept", code="bill.offer-expired", field="subject", spoil=offer_expires),
    Broken(
        act="bill.accept",
        code="organisation.not-active",
        field="subject",
        spoil=suspend("chongqing-parts"),
        says="chongqing-parts",
    ),
    Broken(
        act="bill.accept",
        code="bill.contents-mismatch",
        field="body.contents",
        body={"contents": digest("x")},
    ),
    Broken(act="bill.reject", code="bill.not-offered", field="issuer", who="guangxi-bank"),
    Broken(act="bill.reject", code="bill.offer-expired", field="subject", spoil=offer_expires),
    Broken(act="bill.cancel", code="bill.not-possessor", field="issuer", who="haiphong-motors"),
    Broken(
        act="bill.cancel", code="bill.no-offer", field="subject", spoil=lambda w: w.change(BILL, offer=None)
    ),
)

ENDORSE_BROKEN = tuple(
    broken
    for act in ("bill.endorse", "bill.endorse_to_order", "bill.blank_endorse")
    for broken in (
        Broken(act=act, code="bill.not-to-order", field="subject", spoil=as_straight, says="straight"),
        Broken(
            act=act,
            code="bill.not-possessor",
            field="issuer",
            who="guangxi-bank",
            spoil=lambda w: w.change(BILL, titleholder="guangxi-bank"),
        ),
        Broken(act=act, code="bill.offer-open", field="subject", spoil=lambda w: w.offer()),
        Broken(
            act=act,
            code="bill.not-endorsee",
            field="issuer",
            spoil=lambda w: w.change(BILL, titleholder="haiphong-motors"),
            says="haiphong-motors",
        ),
        Broken(
            act=act,
            code="bill.endorsement-closed",
            field="subject",
            spoil=lambda w: w.change(BILL, endorsable=False),
        ),
    )
) + tuple(
    broken
    for act in ("bill.endorse", "bill.endorse_to_order")
    for broken in (
        Broken(act=act, code="bill.to-self", field="body.endorsee", body={"endorsee": "chongqing-parts"}),
        Broken(
            act=act, code="organisation.not-active", field="body.endorsee", spoil=suspend("haiphong-motors")
        ),
    )
)

WAYBILL_BROKEN = tuple(
    Broken(act=act, code="bill.sea-waybill", field="subject", spoil=as_waybill, also=("bill.not-to-order",))
    for act in (
        "bill.transfer",
        "bill.accept",
        "bill.reject",
        "bill.cancel",
        "bill.endorse",
        "bill.endorse_to_order",
        "bill.blank_endorse",
        "bill.sign",
    )
)

BROKEN = (*OFFER_BROKEN, *ENDORSE_BROKEN, *WAYBILL_BROKEN)
