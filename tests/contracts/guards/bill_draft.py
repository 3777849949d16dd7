"""Every guard of drafts, issuing and amendments, broken alone."""

from __future__ import annotations

from contracts.bill.model import MAX_ASKED, MAX_EARLIER
from contracts.model import MAX_CONTAINER_BILLS
from tests.contracts.guards.bill import OTHER, suspend
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, COMMITMENT, CONTAINER_ID, CONTENTS, ISSUE, World, digest

AMEND = {
    "titleholder": "guangxi-bank",
    "parties": ["red-river-brokers"],
    "contents": digest("amended"),
    "place_of_loading": "CNQZH",
    "place_of_delivery": "VNHPH",
}


PUBLISH = {
    name: value for name, value in ISSUE.items() if name not in ("possessor", "titleholder", "containers")
}


def drafted(world: World, **changes: str) -> World:
    world.do("bill.publish", BILL, "beibu-line", {**PUBLISH, **changes})
    return world


def approved(world: World) -> World:
    drafted(world).do("bill.approve", BILL, "chongqing-parts", {"contents": CONTENTS})
    return world


def waybill(world: World) -> World:
    """A sea waybill, which nobody possesses."""
    body = {**ISSUE, "type": "sea_waybill", "titleholder": "haiphong-motors"}
    world.do("bill.issue", BILL, "beibu-line", {k: v for k, v in body.items() if k != "possessor"})
    return world


def asked(world: World, by: str = "chongqing-parts") -> World:
    world.do("bill.request_amendment", BILL, by, {"contents": digest("as it should be")})
    return world


def ended(world: World, who: str = "chongqing-parts", **paper: str) -> None:
    """Another bill waits for its replacement, surrendered by `who`."""
    world.issue(OTHER, possessor=who, titleholder=who)
    world.do("bill.surrender", OTHER, who, {"purpose": "amendment", "reason": "SWTP"})
    world.do("bill.accept_surrender", OTHER, "beibu-line")
    world.do("bill.switch_to_paper" if paper else "bill.void", OTHER, "beibu-line", paper)


def full_container(world: World) -> None:
    world.issue(OTHER)
    key = f"container/{CONTAINER_ID}"
    world.change(key, bills=(digest("bill 2"),) * MAX_CONTAINER_BILLS)


GOOD = (
    Good(
        act="bill.issue",
        subject=BILL,
        who="beibu-line",
        body=lambda w: ISSUE,
        prepare=approved,
    ),
    Good(act="bill.publish", subject=BILL, who="beibu-line", body=lambda w: PUBLISH, prepare=drafted),
    Good(
        act="bill.approve",
        subject=BILL,
        who="chongqing-parts",
        body=lambda w: {"contents": CONTENTS},
        prepare=drafted,
    ),
    Good(
        act="bill.request_amendment",
        subject=BILL,
        who="chongqing-parts",
        body=lambda w: {"contents": digest("as it should be")},
        prepare=drafted,
    ),
    Good(
        act="bill.answer_amendment",
        subject=BILL,
        who="beibu-line",
        body=lambda w: {"outcome": "confirmed"},
        prepare=lambda w: asked(drafted(w)),
    ),
    Good(
        act="bill.cancel_amendment",
        subject=BILL,
        who="chongqing-parts",
        prepare=lambda w: asked(drafted(w)),
    ),
    Good(act="bill.amend", subject=BILL, who="beibu-line", body=lambda w: AMEND, prepare=waybill),
)

ISSUE_BROKEN = (
    Broken(
        act="bill.issue",
        code="bill.no-numbering-key",
        field="issuer",
        spoil=lambda w: w.change("organisation/beibu-line", numbering_key=None),
    ),
    Broken(
        act="bill.issue", code="bill.possessor-for-type", field="body.possessor", body={"possessor": None}
    ),
    Broken(
        act="bill.issue", code="bill.possessor-for-type", field="body.possessor", body={"type": "sea_waybill"}
    ),
    Broken(
        act="bill.issue", code="bill.titleholder-for-type", field="body.titleholder", body={"type": "blank"}
    ),
    Broken(
        act="bill.issue",
        code="bill.titleholder-for-type",
        field="body.titleholder",
        body={"titleholder": None},
    ),
    Broken(
        act="bill.issue",
        code="act.duplicate",
        field="body.parties.1",
        body={"parties": ["guangxi-bank", "guangxi-bank"]},
    ),
    Broken(
        act="bill.issue",
        code="act.duplicate",
        field="body.containers.1",
        body={"containers": [{"id": CONTAINER_ID, "commitment": COMMITMENT}] * 2},
    ),
    Broken(
        act="bill.issue",
        code="organisation.not-active",
        field="body.parties.1",
        body={"parties": ["guangxi-bank", "nobody"]},
        says="nobody",
    ),
    Broken(
        act="bill.issue",
        code="organisation.not-active",
        field="body.possessor",
        spoil=suspend("chongqing-parts"),
    ),
    Broken(
        act="bill.issue",
        code="bill.container-differs",
        field="body.containers.0.commitment",
        body={"containers": [{"id": CONTAINER_ID, "commitment": digest("another number")}]},
        spoil=lambda w: w.issue(OTHER),
    ),
    Broken(
        act="bill.issue",
        code="bill.container-not-yours",
        field="body.containers.0.id",
        spoil=lambda w: w.issue(OTHER, "tonkin-line"),
        says="tonkin-line",
    ),
    Broken(act="bill.issue", code="record.full", field="body.containers.0.id", spoil=full_container),
    Broken(
        act="bill.issue",
        code="bill.not-replaceable",
        field="body.replaces",
        body={"replaces": digest("bill 2")},
        spoil=lambda w: w.issue(OTHER),
    ),
    Broken(
        act="bill.issue",
        code="bill.replacement-possessor",
        field="body.possessor",
        body={"replaces": OTHER.partition("/")[2]},
        spoil=lambda w: ended(w, "haiphong-motors"),
        says="haiphong-motors",
    ),
    *(
        Broken(
            act="bill.issue",
            code="bill.other-paper",
            field="body.from_paper",
            body={"replaces": OTHER.partition("/")[2], "from_paper": digest("another paper")},
            spoil=spoil,
            says=OTHER,
        )
        for spoil in (ended, lambda w: ended(w, paper=digest("paper")))
    ),
    *(
        Broken(
            act="bill.issue",
            code="bill.not-the-draft",
            field=f"body.{name}",
            body={name: value},
            says=name,
        )
        for name, value in (
            ("type", "straight"),
            ("shipper", None),
            ("contents", digest("other contents")),
            ("place_of_loading", "CNSHA"),
            ("place_of_delivery", "VNSGN"),
        )
    ),
)

DRAFT_BROKEN = (
    *(
        Broken(act=act, code="bill.not-carrier", field="issuer", who="tonkin-line", says="beibu-line")
        for act in ("bill.issue", "bill.publish", "bill.answer_amendment", "bill.amend")
    ),
    *(
        Broken(act=act, code="bill.amendment-open", field="subject", spoil=asked, says="chongqing-parts")
        for act in ("bill.issue", "bill.publish", "bill.approve", "bill.request_amendment", "bill.amend")
    ),
    Broken(
        act="bill.publish",
        code="bill.no-numbering-key",
        field="issuer",
        spoil=lambda w: w.change("organisation/beibu-line", numbering_key=None),
    ),
    *(
        Broken(
            act=act,
            code="act.duplicate",
            field="body.parties.1",
            body={"parties": ["guangxi-bank", "guangxi-bank"]},
        )
        for act in ("bill.publish", "bill.amend")
    ),
    *(
        Broken(
            act=act,
            code="organisation.not-active",
            field="body.parties.1",
            body={"parties": ["guangxi-bank", "nobody"]},
            says="nobody",
        )
        for act in ("bill.publish", "bill.amend")
    ),
    Broken(
        act="bill.publish",
        code="organisation.not-active",
        field="body.shipper",
        spoil=suspend("chongqing-parts"),
    ),
    Broken(
        act="bill.amend",
        code="organisation.not-active",
        field="body.titleholder",
        spoil=suspend("guangxi-bank"),
    ),
    Broken(
        act="bill.approve", code="bill.not-shipper", field="issuer", who="haiphong-motors", says="chongqing"
    ),
    Broken(
        act="bill.approve",
        code="bill.contents-mismatch",
        field="body.contents",
        body={"contents": digest("x")},
    ),
    Broken(act="bill.request_amendment", code="bill.may-not-ask", field="issuer", who="haiphong-motors"),
    Broken(
        act="bill.request_amendment",
        code="bill.asked-too-often",
        field="subject",
        spoil=lambda w: w.change(BILL, asked=MAX_ASKED),
        says=f"{MAX_ASKED} times",
    ),
    *(
        Broken(
            act=act,
            code="bill.no-amendment",
            field="subject",
            spoil=lambda w: w.do("bill.answer_amendment", BILL, "beibu-line", {"outcome": "confirmed"}),
        )
        for act in ("bill.answer_amendment", "bill.cancel_amendment")
    ),
    Broken(
        act="bill.answer_amendment",
        code="bill.reason-for-outcome",
        field="body.reason",
        body={"outcome": "declined"},
        says="with a",
    ),
    Broken(
        act="bill.answer_amendment",
        code="bill.reason-for-outcome",
        field="body.reason",
        body={"reason": "other"},
        says="without a",
    ),
    Broken(act="bill.cancel_amendment", code="bill.not-requester", field="issuer", who="beibu-line"),
    Broken(
        act="bill.amend",
        code="bill.not-waybill",
        field="subject",
        spoil=lambda w: w.change(BILL, type="straight"),
        says="straight",
    ),
    Broken(
        act="bill.amend",
        code="record.full",
        field="subject",
        spoil=lambda w: w.change(BILL, earlier=(digest("earlier"),) * MAX_EARLIER),
    ),
)

BROKEN = (*ISSUE_BROKEN, *DRAFT_BROKEN)
