"""The corridor story, told on the contracts alone: from Qinzhou's quay to the gate in Hai Phong."""

from __future__ import annotations

from contracts.bill.vocabulary import BillState
from contracts.clearance.vocabulary import DeclarationState
from contracts.movement.vocabulary import ContainerState
from tests.contracts.world import BILL, CONTAINER, DAY_MS, DECLARATION, World, digest

EXPORT = "declaration/" + digest("export")[:32]


def test_the_corridor_story() -> None:
    corridor()


def corridor() -> World:
    """The story as it is told; the world at its end."""
    world = World()

    # The forwarder trucks the box to Qinzhou; the carrier's bill covers it.
    world.issue()
    world.move("qinzhou-terminal", "gate_in", "CNQZH", "export")

    # Loading waits for export release.
    load = world.event("load", "CNQZH")
    assert (
        world.refuse("movement.record", CONTAINER, "qinzhou-terminal", load).code == "linkage.no-declaration"
    )
    world.lodge(EXPORT, "chongqing-parts", type="export", office="qinzhou-customs")
    refusal = world.refuse("movement.record", CONTAINER, "qinzhou-terminal", load)
    assert refusal.code == "linkage.not-released"
    assert "qinzhou-customs" in refusal.message
    world.accept_declaration(EXPORT, "qinzhou-customs").release(EXPORT, "qinzhou-customs")
    world.weigh().do("movement.record", CONTAINER, "qinzhou-terminal", load)

    # At sea: the bill goes to the bank, which endorses nothing but passes it on to the buyer.
    world.do("bill.endorse_to_order", BILL, "chongqing-parts", {"endorsee": "haiphong-motors"})
    world.offer("guangxi-bank").accept("guangxi-bank")
    assert (
        world.refuse("bill.transfer", BILL, "chongqing-parts", transfer(world)).code == "bill.not-possessor"
    )
    world.offer("haiphong-motors", "guangxi-bank").accept()

    # Arrival, declaration, and a hold by plant health.
    world.now += DAY_MS
    world.move("haiphong-terminal", "discharge", "VNHPH")
    world.lodge().accept_declaration().hold()
    assert world.refuse("clearance.release", DECLARATION, "haiphong-customs").code == "clearance.hold-open"
    lift = {"hold": "plants"}
    assert (
        world.refuse("clearance.lift", DECLARATION, "haiphong-customs", lift).code
        == "clearance.not-your-hold"
    )
    world.do("clearance.lift", DECLARATION, "vn-plant-health", lift)

    # Customs ask, the broker answers, customs release.
    world.query()
    assert world.refuse("clearance.release", DECLARATION, "haiphong-customs").code == "clearance.query-open"
    world.do(
        "clearance.answer", DECLARATION, "red-river-brokers", {"query": "value", "answer": digest("answer")}
    )
    world.release()

    # The gate stays shut until the carrier has the bill back.
    gate_out = world.event("gate_out", "VNHPH", "import")
    refusal = world.refuse("movement.record", CONTAINER, "haiphong-terminal", gate_out)
    assert refusal.code == "linkage.not-surrendered"
    assert "haiphong-motors" in refusal.message
    world.surrender("haiphong-motors")
    refusal = world.refuse("movement.record", CONTAINER, "haiphong-terminal", gate_out)
    assert "beibu-line" in refusal.message
    world.do("bill.accept_surrender", BILL, "beibu-line")

    leave_under_a_late_hold(world, gate_out)
    return world


def leave_under_a_late_hold(world: World, gate_out: dict[str, object]) -> None:
    """A late hold still counts, until the box has left."""
    world.hold("haiphong-customs", "scan")
    refusal = world.refuse("movement.record", CONTAINER, "haiphong-terminal", gate_out)
    assert refusal.code == "linkage.hold-open"
    world.do("clearance.lift", DECLARATION, "haiphong-customs", {"hold": "scan"})
    world.do("movement.record", CONTAINER, "haiphong-terminal", gate_out)

    late = {"hold": "late", "reason": "security"}
    assert world.refuse("clearance.hold", DECLARATION, "haiphong-customs", late).code == "clearance.departed"
    assert world.record(BILL).state is BillState.SURRENDERED_FOR_DELIVERY
    assert world.record(DECLARATION).state is DeclarationState.RELEASED
    assert world.record(CONTAINER).state is ContainerState.ON_ROAD
    assert world.record(CONTAINER).breaches == ()


def transfer(world: World) -> dict[str, object]:
    return {"to": "haiphong-motors", "expires_ms": world.now + DAY_MS}


def test_replaying_the_story_writes_the_same_bytes() -> None:
    first = World()
    first.issue().offer().accept().lodge().accept_declaration().hold()
    second = World()
    for statement, now in first.history:
        second.now = now
        second.run(statement)
    assert second.state == first.state
