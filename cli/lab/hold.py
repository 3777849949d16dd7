"""Exercise: lift the hold. Who may, and what the gate asks besides."""

from __future__ import annotations

from cli.lab.ground import Ground, Missing
from cli.lab.model import Exercise, Facts, Step
from cli.lab.running import stage_on
from cli.lab.scenes import accept, issue, offer, surrender
from cli.lodging import Offices, lodge_declaration
from cli.movement_group import event_fields
from cli.story_cast import BUYER, FORWARDER, HAIPHONG, QINZHOU, TERMINAL
from contracts.clearance.model import Declaration
from contracts.movement.model import Container
from contracts.movement.vocabulary import ContainerState

REASONS = ("linkage.not-released", "linkage.not-surrendered", "linkage.hold-open")
HOLD = "scan"


def prepare(ground: Ground) -> Facts:
    """Two containers in Hai Phong: bill surrendered, goods released, and then a hold."""
    with stage_on(ground) as stage:
        bill = issue(stage, stage.papers)
        offer(stage, bill)
        accept(stage, bill)
        for key in stage.things.containers.values():
            stage.act(
                TERMINAL,
                "movement.record",
                key,
                event_fields("gate_in", "VNHPH", "import", None),
                "records the arrival",
            )
        lodged = lodge_declaration(
            stage.client(FORWARDER), stage.papers.import_, Offices(office="haiphong-customs"), bills=[bill]
        )
        stage.height = max(stage.height, int(lodged.result["height"]))
        declaration = lodged.package.subject
        for act, fields in (
            ("clearance.accept", {}),
            ("clearance.release", {}),
            ("clearance.hold", {"hold": HOLD, "reason": "inspection"}),
        ):
            stage.act(HAIPHONG, act, declaration, fields, act)
        surrender(stage, bill)
    boxes = list(stage.things.containers.items())
    return {
        "declaration": declaration,
        "declaration_number": stage.papers.import_["local_reference_number"],
        "box_1": boxes[0][0],
        "box_2": boxes[1][0],
        "container_1": boxes[0][1],
        "container_2": boxes[1][1],
        "terminal": TERMINAL,
        "qinzhou": QINZHOU,
        "haiphong": HAIPHONG,
        "buyer": BUYER,
    }


def reason_named(ground: Ground) -> None:
    """The reason that was named is why the gate stays shut: bill surrendered, goods released, a hold open."""
    said = (ground.answer or "").lower()
    if said != REASONS[2]:
        raise Missing("other_reason", said=said)


def _declaration(ground: Ground) -> Declaration:
    found = ground.record(HAIPHONG, ground.facts["declaration"], Declaration)
    if found is None:
        raise Missing("declaration_gone")
    return found


def lifted(ground: Ground) -> None:
    """No hold is open."""
    if _declaration(ground).holds:
        raise Missing("hold_open", number=ground.facts["declaration_number"])


def gone(ground: Ground) -> None:
    """Both containers have left by the gate."""
    for place in ("1", "2"):
        container = ground.record(TERMINAL, ground.facts[f"container_{place}"], Container)
        if container is None or container.state is not ContainerState.ON_ROAD:
            raise Missing("not_gone", container=ground.facts[f"box_{place}"])


_OUT = "sealane movement record %s gate_out --at VNHPH --purpose import --as {terminal}{net}"

EXERCISE = Exercise(
    id="lift-the-hold",
    minutes=10,
    prepare=prepare,
    steps=(
        Step(
            id="shut_gate",
            commands=(_OUT % "{box_1}",),
            choices=REASONS,
            check=reason_named,
        ),
        Step(
            id="lift",
            commands=(
                "sealane clearance show {declaration} --as {haiphong}{net}",
                "sealane clearance lift {declaration} --hold scan --as {qinzhou}{net}",
                "sealane clearance lift {declaration} --hold scan --as {haiphong}{net}",
            ),
            check=lifted,
        ),
        Step(id="open_gate", commands=(_OUT % "{box_1}", _OUT % "{box_2}"), check=gone),
    ),
)
