"""What house bills and legs add to issuing and to the gate, each condition broken alone."""

from __future__ import annotations

from functools import partial

from contracts.bill.model import Master
from contracts.bill.vocabulary import BillState
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, DECLARATION, World, digest

MASTER = "bill/" + digest("bill 2")
UNDER = {"master": {"bill": MASTER.partition("/")[2]}}
FIRST = "bill/" + digest("bill 0")
BETWEEN = "bill/" + digest("bill 1a")
ELSEWHERE = {"elsewhere": digest("a master on paper")}


def mastered(world: World, **changes: object) -> World:
    """A bill of another line over the same container, in the hands of the first."""
    more = {"possessor": "beibu-line", "titleholder": "beibu-line", **changes}
    return world.issue(MASTER, "tonkin-line", **more)


def circled(world: World, between: bool = False) -> None:
    """The master hangs under a bill, itself or by another between them, that its carrier is to replace."""
    world.issue(FIRST, possessor="tonkin-line", titleholder="tonkin-line")
    above = FIRST.partition("/")[2]
    if between:
        world.issue(BETWEEN, "tonkin-line", master={"bill": above})
        world.change(BETWEEN, carrier="beibu-line", possessor="tonkin-line")
        above = BETWEEN.partition("/")[2]
    mastered(world, master={"bill": above})
    world.change(FIRST, state=BillState.VOIDED, possessor=None)


GOOD = (
    Good(
        act="bill.prove_master",
        subject=BILL,
        who="beibu-line",
        body=lambda w: {"proof": digest("a delivery order")},
        prepare=lambda w: w.issue(master=ELSEWHERE),
    ),
)

BROKEN = (
    Broken(act="bill.issue", code="bill.master-form", field="body.master", body={"master": {}}),
    Broken(
        act="bill.issue",
        code="bill.master-form",
        field="body.master",
        body={"master": {**UNDER["master"], **ELSEWHERE}},
        spoil=mastered,
    ),
    Broken(act="bill.issue", code="bill.master-not-held", field="body.master.bill", body=UNDER),
    Broken(
        act="bill.issue",
        code="bill.master-containers",
        field="body.containers.0.id",
        body=UNDER,
        spoil=lambda w: mastered(w, containers=[]),
    ),
    *(
        Broken(
            act="bill.issue",
            code="bill.master-circle",
            field="body.master.bill",
            body={**UNDER, "replaces": FIRST.partition("/")[2]},
            spoil=partial(circled, between=between),
            says=FIRST,
        )
        for between in (False, True)
    ),
    Broken(
        act="bill.issue",
        code="bill.legs",
        field="body.legs.1.to",
        body={"legs": [{"mode": "rail", "to": "VNHAN"}, {"mode": "road", "to": "VNSGN"}]},
        says="VNHPH",
    ),
    Broken(act="bill.prove_master", code="bill.not-carrier", field="issuer", who="tonkin-line"),
    Broken(
        act="bill.prove_master",
        code="bill.no-master-elsewhere",
        field="subject",
        spoil=lambda w: w.change(BILL, master=None),
    ),
    Broken(
        act="bill.prove_master",
        code="bill.master-proven",
        field="subject",
        spoil=lambda w: w.change(BILL, master_proof=digest("another")),
    ),
    Broken(
        act="movement.record",
        code="linkage.no-declaration",
        field="subject",
        spoil=lambda w: (
            w.change(BILL, master=Master(bill=BILL.partition("/")[2])),
            w.change(DECLARATION, bills=(digest("other"),)),
        ),
        says=BILL,
    ),
    Broken(
        act="movement.record",
        code="linkage.master-not-given-up",
        field="subject",
        spoil=lambda w: w.change(BILL, master=Master(elsewhere=digest("a master on paper"))),
        says="beibu-line",
    ),
)
