"""Every guard of surrender, dispute, paper and release, broken alone."""

from __future__ import annotations

from msgspec.structs import replace

from contracts.bill.model import Surrender
from contracts.bill.vocabulary import AmendmentReason, BillState, BillType, SurrenderPurpose
from contracts.membership.model import OrganisationState
from contracts.model import Direction
from contracts.movement.model import Departure
from tests.contracts.guards.bill import as_waybill
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, CONTAINER_ID, World, digest


def disputed(world: World, by: str = "chongqing-parts") -> World:
    world.do("bill.dispute", BILL, by, {"ground": "wrong_recipient"})
    return world


def disputed_anew(world: World, by: str) -> None:
    """Another than whoever handed the bill over disputes it."""
    world.do("bill.resolve", BILL, "chongqing-parts", {"outcome": "withdrawn"})
    disputed(world, by)


def surrendered_for_paper(world: World, reason: str = "SWTP") -> World:
    world.issue().surrender(purpose="amendment", reason=reason)
    world.do("bill.accept_surrender", BILL, "beibu-line")
    return world


def asked_for(world: World, reason: AmendmentReason) -> Surrender:
    surrender: Surrender = world.record(BILL).surrender
    return replace(surrender, reason=reason)


def released(world: World, to: str = "haiphong-motors") -> World:
    world.do("bill.release", BILL, "beibu-line", {"to": to})
    return world


def caretaker_amends(world: World) -> None:
    """The carrier is suspended, and its caretaker is asked for an amendment."""
    surrender = replace(world.record(BILL).surrender, purpose=SurrenderPurpose.AMENDMENT)
    world.change(BILL, state=BillState.PENDING_SURRENDER_FOR_AMENDMENT, surrender=surrender)
    world.change("organisation/beibu-line", state=OrganisationState.SUSPENDED, caretaker="chief")


def delivered(world: World) -> None:
    departure = Departure(direction=Direction.IMPORT, facility="VNHPH", event_ms=1)
    world.change(f"container/{CONTAINER_ID}", departures=(departure,))


GOOD = (
    Good(
        act="bill.surrender",
        subject=BILL,
        who="chongqing-parts",
        body=lambda w: {"purpose": "delivery"},
        prepare=lambda w: w.issue(),
    ),
    Good(
        act="bill.accept_surrender", subject=BILL, who="beibu-line", prepare=lambda w: w.issue().surrender()
    ),
    Good(
        act="bill.reject_surrender",
        subject=BILL,
        who="beibu-line",
        body=lambda w: {"reason": "charges_unpaid"},
        prepare=lambda w: w.issue().surrender(),
    ),
    Good(
        act="bill.void",
        subject=BILL,
        who="beibu-line",
        prepare=surrendered_for_paper,
    ),
    Good(
        act="bill.dispute",
        subject=BILL,
        who="chongqing-parts",
        body=lambda w: {"ground": "not_authorised"},
        prepare=lambda w: w.issue().offer().accept(),
    ),
    Good(
        act="bill.resolve",
        subject=BILL,
        who="haiphong-motors",
        body=lambda w: {"outcome": "returned"},
        prepare=lambda w: disputed(w.issue().offer().accept()),
    ),
    Good(
        act="bill.switch_to_paper",
        subject=BILL,
        who="beibu-line",
        body=lambda w: {"paper": digest("paper")},
        prepare=surrendered_for_paper,
    ),
    Good(
        act="bill.release",
        subject=BILL,
        who="beibu-line",
        body=lambda w: {"to": "haiphong-motors"},
        prepare=lambda w: w.issue().surrendered(),
    ),
    Good(
        act="bill.revoke_release",
        subject=BILL,
        who="beibu-line",
        body=lambda w: {"reason": "charges_unpaid"},
        prepare=lambda w: released(w.issue().surrendered()),
    ),
)

SURRENDER_BROKEN = (
    Broken(
        act="bill.surrender",
        code="bill.not-possessor",
        field="issuer",
        who="haiphong-motors",
        spoil=lambda w: w.change(BILL, titleholder="haiphong-motors"),
    ),
    Broken(act="bill.surrender", code="bill.offer-open", field="subject", spoil=lambda w: w.offer()),
    Broken(
        act="bill.surrender",
        code="bill.may-not-surrender",
        field="issuer",
        spoil=lambda w: w.change(BILL, titleholder="haiphong-motors"),
        says="haiphong-motors",
    ),
    Broken(
        act="bill.surrender",
        code="bill.reason-needs-amendment",
        field="body.reason",
        body={"reason": "SWTP"},
    ),
    Broken(
        act="bill.surrender",
        code="bill.not-shipper",
        field="body.purpose",
        body={"purpose": "origin", "deliver_to": "haiphong-motors"},
        spoil=lambda w: w.change(BILL, shipper="corridor-forwarding"),
        says="corridor-forwarding",
    ),
    Broken(
        act="bill.surrender",
        code="bill.receiver-for-purpose",
        field="body.deliver_to",
        body={"purpose": "origin"},
    ),
    Broken(
        act="bill.surrender",
        code="bill.receiver-for-purpose",
        field="body.deliver_to",
        body={"deliver_to": "haiphong-motors"},
    ),
    Broken(
        act="bill.surrender",
        code="bill.not-consignee",
        field="body.deliver_to",
        body={"purpose": "origin", "deliver_to": "guangxi-bank"},
        spoil=lambda w: w.change(BILL, type=BillType.STRAIGHT, titleholder="haiphong-motors"),
        says="haiphong-motors",
    ),
    Broken(
        act="bill.surrender",
        code="organisation.not-active",
        field="body.deliver_to",
        body={"purpose": "origin", "deliver_to": "nobody"},
    ),
    *(
        Broken(act=act, code="bill.not-carrier", field="issuer", who="tonkin-line", says="beibu-line")
        for act in (
            "bill.accept_surrender",
            "bill.reject_surrender",
            "bill.void",
            "bill.switch_to_paper",
            "bill.release",
            "bill.revoke_release",
        )
    ),
    Broken(
        act="bill.accept_surrender",
        code="bill.caretaker-amends",
        field="issuer",
        spoil=caretaker_amends,
        says="beibu-line",
    ),
    Broken(
        act="bill.void",
        code="bill.circulates",
        field="subject",
        spoil=lambda w: w.change(BILL, state=BillState.ISSUED, possessor="chongqing-parts"),
        says="chongqing-parts",
    ),
    Broken(
        act="bill.switch_to_paper",
        code="bill.paper-not-asked-for",
        field="subject",
        spoil=lambda w: w.change(BILL, surrender=asked_for(w, AmendmentReason.SWITCH_BILL)),
        says="SWI",
    ),
)

DISPUTE_BROKEN = (
    *(
        Broken(act=act, code="bill.disputed", field="subject", spoil=disputed, says="chongqing-parts")
        for act in (
            "bill.transfer",
            "bill.accept",
            "bill.endorse",
            "bill.endorse_to_order",
            "bill.blank_endorse",
            "bill.sign",
            "bill.surrender",
            "bill.accept_surrender",
            "bill.reject_surrender",
            "bill.void",
            "bill.switch_to_paper",
            "bill.dispute",
        )
    ),
    Broken(act="bill.sign", code="bill.not-possessor", field="issuer", who="haiphong-motors"),
    Broken(act="bill.dispute", code="bill.no-interest", field="issuer", who="red-river-brokers"),
    Broken(
        act="bill.resolve",
        code="bill.no-side",
        field="issuer",
        who="beibu-line",
        also=("bill.outcome-not-yours",),
    ),
    Broken(
        act="bill.resolve",
        code="bill.outcome-not-yours",
        field="body.outcome",
        body={"outcome": "withdrawn"},
        says="chongqing-parts",
    ),
    Broken(
        act="bill.resolve",
        code="bill.nobody-to-return-to",
        field="body.outcome",
        spoil=lambda w: w.change(BILL, received_from=None),
        says="haiphong-motors",
    ),
    *(
        Broken(
            act="bill.resolve",
            code="bill.nobody-to-return-to",
            field="body.outcome",
            spoil=lambda w, by=by: disputed_anew(w, by),
            says=by,
        )
        for by in ("haiphong-motors", "beibu-line")
    ),
)

RELEASE_BROKEN = (
    Broken(
        act="bill.release",
        code="bill.circulates",
        field="subject",
        spoil=lambda w: w.change(BILL, state=BillState.ISSUED, possessor="chongqing-parts"),
        says="chongqing-parts",
    ),
    Broken(act="bill.release", code="bill.released", field="subject", spoil=released, says="haiphong-motors"),
    Broken(act="bill.release", code="bill.delivered", field="subject", spoil=delivered),
    Broken(act="bill.release", code="organisation.not-active", field="body.to", body={"to": "nobody"}),
    Broken(
        act="bill.revoke_release",
        code="bill.no-release",
        field="subject",
        spoil=lambda w: w.change(BILL, release_to=None),
    ),
    Broken(act="bill.revoke_release", code="bill.delivered", field="subject", spoil=delivered),
)

WAYBILL_BROKEN = tuple(
    Broken(act=act, code="bill.sea-waybill", field="subject", spoil=as_waybill)
    for act in ("bill.surrender", "bill.dispute")
)

BROKEN = (*SURRENDER_BROKEN, *DISPUTE_BROKEN, *RELEASE_BROKEN, *WAYBILL_BROKEN)
