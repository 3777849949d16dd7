"""Exercise: who holds the bill. One bill, one possessor, and an offer changes nothing."""

from __future__ import annotations

import random

from cli.lab.ground import Ground, Missing
from cli.lab.model import Exercise, Facts, Step
from cli.lab.running import RUN, stage_on
from cli.lab.scenes import accept, issue, offer, surrender
from cli.story_cast import BUYER, BUYER_ORG, CARRIER, FORWARDER
from cli.story_papers import prepare_papers
from contracts.bill.model import Bill

HOLDERS = ("coral-line", "landbridge-forwarding", "red-river-imports", "haiphong-terminal")


def prepare(ground: Ground) -> Facts:
    """A bill that went some way, nobody knows how far, and a second one to be sold twice."""
    second = prepare_papers(RUN + 1)
    with stage_on(ground) as stage:
        bill = issue(stage, stage.papers)
        way = (offer, accept, surrender)
        for scene in way[: random.SystemRandom().randrange(len(way) + 1)]:
            scene(stage, bill)
        other = issue(stage, second)
    return {
        "number": stage.papers.number,
        "bill": bill,
        "second_number": second.number,
        "second_bill": other,
        "carrier": CARRIER,
        "forwarder": FORWARDER,
        "buyer": BUYER,
    }


def _bill(ground: Ground, fact: str) -> Bill:
    found = ground.record(CARRIER, ground.facts[fact], Bill)
    if found is None:
        raise Missing("bill_gone", bill=ground.facts[fact])
    return found


def holder_named(ground: Ground) -> None:
    """The organisation that was named possesses the bill."""
    said = (ground.answer or "").lower()
    if _bill(ground, "bill").possessor != said:
        raise Missing("not_holder", said=said, number=ground.facts["number"])


def sold_once(ground: Ground) -> None:
    """The second bill is the buyer's."""
    bill = _bill(ground, "second_bill")
    number = ground.facts["second_number"]
    if bill.possessor == BUYER_ORG:
        return
    if bill.offer is None:
        raise Missing("second_not_offered", number=number)
    raise Missing("second_not_accepted", number=number, to=bill.offer.to)


EXERCISE = Exercise(
    id="who-holds-the-bill",
    minutes=10,
    prepare=prepare,
    steps=(
        Step(
            id="name_holder",
            commands=(
                "sealane bill history {number} --as {carrier}{net}",
                "sealane bill show {number} --as {carrier}{net}",
            ),
            choices=HOLDERS,
            check=holder_named,
        ),
        Step(
            id="sell_twice",
            commands=(
                "sealane bill transfer {second_number} --to red-river-imports --as {forwarder}{net}",
                "sealane bill transfer {second_number} --to haiphong-terminal --as {forwarder}{net}",
                "sealane bill accept {second_number} --yes --as {buyer}{net}",
                "sealane bill transfer {second_number} --to haiphong-terminal --as {forwarder}{net}",
            ),
            check=sold_once,
        ),
    ),
)
