"""Exercise: a new country joins by ballot, first as a member, then with a seat."""

from __future__ import annotations

from cli.lab.ground import Ground, Missing, NotYet
from cli.lab.model import Exercise, Facts, Step
from cli.lab.voting import SHORT_ID, ballots, opened, passed, seated
from cli.story_cast import CARRIER, HAIPHONG, PORT, QINZHOU
from contracts.governance.model import AddValidator, AdmitOrganisation, AnyChange

NEWCOMER = "sihanoukville-customs"
CHIEF = "sok-dara"


def prepare(ground: Ground) -> Facts:
    """Nothing: the newcomer is not there yet."""
    del ground
    return {
        "newcomer": NEWCOMER,
        "chief": CHIEF,
        "qinzhou": QINZHOU,
        "port": PORT,
        "carrier": CARRIER,
        "haiphong": HAIPHONG,
    }


def _admission(change: AnyChange) -> bool:
    return isinstance(change, AdmitOrganisation) and change.organisation == NEWCOMER


def _seat(change: AnyChange) -> bool:
    return isinstance(change, AddValidator) and change.organisation == NEWCOMER


def node_made(ground: Ground) -> None:
    """The newcomer has keys and a node, which runs and waits."""
    if NEWCOMER not in [place.organisation for place in ground.places]:
        raise Missing("newcomer_not_made")
    if NEWCOMER not in ground.running():
        raise Missing("newcomer_not_running")


def admission_asked(ground: Ground) -> None:
    """The admission is proposed."""
    opened(ground, QINZHOU, _admission, "admission_not_proposed")


def find_admission(ground: Ground) -> Facts:
    """The proposal to vote on."""
    key, _ = opened(ground, QINZHOU, _admission, "admission_not_proposed")
    return {"admission": key.partition("/")[2][:SHORT_ID]}


def admitted(ground: Ground) -> None:
    """A quorum said yes, and the newcomer's node follows the chain."""
    passed(ground, QINZHOU, _admission, "admission_not_proposed")
    height = int(ground.status("qinzhou-customs")["height"])
    found = ground.status(NEWCOMER)
    if not found["peers"] or int(found["height"]) < height:
        raise NotYet("newcomer_behind", height=height)


def seat_asked(ground: Ground) -> None:
    """A seat for it is proposed."""
    opened(ground, QINZHOU, _seat, "seat_not_proposed")


def find_seat(ground: Ground) -> Facts:
    """The proposal to vote on."""
    key, _ = opened(ground, QINZHOU, _seat, "seat_not_proposed")
    return {"seat": key.partition("/")[2][:SHORT_ID]}


def has_seat(ground: Ground) -> None:
    """A quorum said yes, and the newcomer is among the validators."""
    passed(ground, QINZHOU, _seat, "seat_not_proposed")
    if NEWCOMER not in seated(ground, QINZHOU):
        raise NotYet("seat_pending")


_VOTERS = ("qinzhou", "port", "haiphong")

EXERCISE = Exercise(
    id="a-country-joins",
    minutes=15,
    prepare=prepare,
    steps=(
        Step(
            id="make_newcomer",
            commands=(
                "sealane network add {newcomer} {network} --name 'Sihanoukville Customs' --role customs "
                "--jurisdiction KH --member {chief}",
                "sealane network up {network}",
                "sealane network status {network}",
            ),
            check=node_made,
        ),
        Step(
            id="propose_admission",
            commands=(
                "sealane proposal open {network}/nodes/{newcomer}/admit.json --as {qinzhou}{net}",
                "sealane proposal list --as {carrier}{net}",
            ),
            check=admission_asked,
        ),
        Step(
            id="admit",
            begin=find_admission,
            commands=(*ballots("admission", _VOTERS), "sealane network status {network}"),
            check=admitted,
        ),
        Step(
            id="propose_seat",
            commands=("sealane proposal open {network}/nodes/{newcomer}/validator.json --as {qinzhou}{net}",),
            check=seat_asked,
        ),
        Step(
            id="give_seat",
            begin=find_seat,
            commands=(*ballots("seat", _VOTERS), "sealane org list --as {newcomer}/{chief}{net}"),
            check=has_seat,
        ),
    ),
)
