"""Exercise: split the network. A minority waits, a majority goes on, and two halves both wait."""

from __future__ import annotations

from cli.lab.ground import Ground, Missing, NotYet
from cli.lab.machines import Sides
from cli.lab.model import Exercise, Facts, Step
from cli.lab.running import stage_on
from cli.lab.scenes import issue, read
from cli.story_cast import BUYER, BUYER_ORG, FORWARDER, HAIPHONG
from contracts.bill.model import Bill

ALONE = "haiphong-customs"
OBSERVER = "landbridge-forwarding"

ONE: Sides = (("qinzhou-customs", "beibu-gulf-port", "coral-line", OBSERVER), (ALONE,))
"""Three validators of four on one side, one on the other."""

HALVES: Sides = (("qinzhou-customs", "beibu-gulf-port", OBSERVER), ("coral-line", ALONE))
"""Two validators on each side."""


def prepare(ground: Ground) -> Facts:
    """A bill in the forwarder's hands."""
    with stage_on(ground) as stage:
        bill = issue(stage, stage.papers)
        read(stage, bill)
    return {
        "number": stage.papers.number,
        "bill": bill,
        "forwarder": FORWARDER,
        "buyer": BUYER,
        "haiphong": HAIPHONG,
    }


def cut_one(ground: Ground) -> Facts:
    """Cut every line to Hai Phong Customs."""
    ground.machines.divide(ONE)
    return {}


def cut_halves(ground: Ground) -> Facts:
    """Cut the network in two halves."""
    ground.machines.divide(HALVES)
    return {}


def mend(ground: Ground) -> Facts:
    """Mend every line."""
    ground.machines.divide(())
    return {}


def _divided(ground: Ground, sides: Sides, missing: str) -> None:
    """The lines are cut so, and the nodes have noticed."""
    found = ground.machines.sides()
    if found is None or {frozenset(side) for side in found} != {frozenset(side) for side in sides}:
        raise Missing(missing)
    near = next(side for side in sides if ALONE in side)
    strangers = [peer for peer in ground.status(ALONE)["peers"] if peer.partition("/")[0] not in near]
    if strangers:
        raise NotYet("lines_open", peers=", ".join(strangers))


def _bill(ground: Ground, node: str) -> Bill:
    found = ground.record(BUYER, ground.facts["bill"], Bill, node=node)
    if found is None:
        raise Missing("bill_gone", bill=ground.facts["bill"])
    return found


def one_alone(ground: Ground) -> None:
    """Hai Phong Customs are cut off."""
    _divided(ground, ONE, "not_alone")


def majority_goes_on(ground: Ground) -> None:
    """The offer is sealed where three are, and unknown where one is."""
    _divided(ground, ONE, "not_alone")
    if _bill(ground, OBSERVER).offer is None:
        raise Missing("offer_missing", number=ground.facts["number"])
    if _bill(ground, ALONE).offer is not None:
        raise Missing("minority_knows")


def both_wait(ground: Ground) -> None:
    """The acceptance waits in a pool, and nobody possesses the bill by it on either side."""
    _divided(ground, HALVES, "not_halved")
    if ground.status(OBSERVER)["pool_entries"] == 0:
        raise Missing("nothing_waits", number=ground.facts["number"])


def whole(ground: Ground) -> None:
    """The lines are mended, and every node says that the buyer possesses the bill."""
    if ground.machines.sides() != ():
        raise Missing("not_mended")
    for place in ground.places:
        if _bill(ground, place.organisation).possessor != BUYER_ORG:
            raise NotYet("not_settled", organisation=place.organisation, number=ground.facts["number"])


EXERCISE = Exercise(
    id="split-the-network",
    minutes=15,
    relayed=True,
    prepare=prepare,
    actions={"cut-one": cut_one, "cut-halves": cut_halves, "mend": mend},
    steps=(
        Step(
            id="cut_one",
            commands=("sealane lab do cut-one", "sealane network status {network}"),
            check=one_alone,
        ),
        Step(
            id="majority",
            commands=(
                "sealane bill transfer {number} --to red-river-imports --as {forwarder}{net}",
                "sealane bill show {bill} --as {haiphong}{net}",
            ),
            check=majority_goes_on,
        ),
        Step(
            id="halves",
            commands=(
                "sealane lab do cut-halves",
                "sealane bill accept {number} --yes --as {buyer}{net}",
                "sealane network status {network}",
            ),
            check=both_wait,
        ),
        Step(
            id="mend",
            commands=("sealane lab do mend", "sealane bill history {number} --as {buyer}{net}"),
            check=whole,
        ),
    ),
)
