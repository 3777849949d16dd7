"""The part of the story in which one bill is offered to two companies at the same moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cli.acting import read
from cli.errors import CliError
from cli.story_cast import BUYER_ORG, COLLEAGUE, FORWARDER, TERMINAL_ORG
from cli.story_stage import Stage, StoryFailed
from contracts.execution import make_body

DAY_MS = 86_400_000

Bid = tuple[str, str | None, str]
"""Who offers, at whose node, to whom."""

BIDS: tuple[Bid, ...] = ((FORWARDER, None, BUYER_ORG), (COLLEAGUE, "coral-line", TERMINAL_ORG))

Outcome = tuple[dict[str, Any] | CliError, float]
"""What a node answered, and after how many seconds."""


def race(stage: Stage) -> None:
    """Two colleagues offer the same bill to different companies at the same moment, at different nodes."""
    expires_ms = stage.client(FORWARDER).status()["time_ms"] + 7 * DAY_MS
    winner = _tell(stage, _bid(stage, expires_ms))
    if BIDS[winner][2] != BUYER_ORG:
        # An offer costs nothing until it is accepted: the wrong one is taken back.
        stage.act(FORWARDER, "bill.cancel", stage.things.bill, {}, "takes the wrong offer back")
        fields = {"to": BUYER_ORG, "expires_ms": expires_ms}
        stage.act(FORWARDER, "bill.transfer", stage.things.bill, fields, "offers it to Red River Imports")


def _bid(stage: Stage, expires_ms: int) -> list[Outcome]:
    """Both offers at once, each building on the bill as it is now."""
    version = read(stage.client(FORWARDER), stage.things.bill).version
    clients = [stage.client(member, node=node) for member, node, _ in BIDS]

    def offer(place: int) -> Outcome:
        body = make_body("bill.transfer", {"to": BIDS[place][2], "expires_ms": expires_ms})
        started = time.perf_counter()
        outcome: dict[str, Any] | CliError
        try:
            outcome = clients[place].act("bill.transfer", stage.things.bill, body, expected_version=version)
        except CliError as error:
            outcome = error
        return outcome, time.perf_counter() - started

    with ThreadPoolExecutor(len(BIDS)) as threads:
        return list(threads.map(offer, range(len(BIDS))))


def _tell(stage: Stage, outcomes: list[Outcome]) -> int:
    """Tell both outcomes; the place of the winner."""
    winners = [place for place, (outcome, _) in enumerate(outcomes) if isinstance(outcome, dict)]
    if len(winners) != 1:
        why = "; ".join(f"{o.code}: {o.why}" for o, _ in outcomes if isinstance(o, CliError))
        raise StoryFailed(f"{len(winners)} of two offers of one bill were accepted; it must be one", why)
    for (member, node, to), (outcome, took_s) in zip(BIDS, outcomes, strict=True):
        clerk = f"{member.partition('/')[2]}, at the node of {stage.name(node or member)}"
        sentence = f"({clerk}) offers it to {stage.name(to)}"
        if isinstance(outcome, dict):
            stage.tell_sealed(member, sentence, outcome, took_s)
        elif outcome.code == "record.version-passed":
            stage.tell_refused(member, sentence, outcome)
        else:
            raise StoryFailed(f"the losing offer was refused with {outcome.code}", outcome.why)
    return winners[0]
