"""Published scenarios, spoilt in one place: a step dropped, two swapped, the wrong office, one too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from cli.scenario import Scenario
from cli.scenario_play import CAST, Player
from contracts.clearance.authority import By
from contracts.clearance.status_codes import STATUS_ROWS
from contracts.documents.wco_messages import StatusMessage

IMPOSTORS = {By.OFFICE: "other-office", By.EXIT_OFFICE: "other-office", By.DECLARANT: "other-declarant"}

CODES = tuple(dict.fromkeys(row.code for row in STATUS_ROWS))

ALLOWED = "allowed"
"""What became of a mutant that nothing refused."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One scenario, spoilt in one place."""

    scenario: Scenario
    how: str
    """What was done to it."""
    what: str
    """The code of the step that it was done to, or both."""
    when: str
    """How the declaration stood just before that step, in the scenario as published."""
    messages: tuple[StatusMessage, ...]
    """What is played."""
    impostor_at: int = -1
    """Position of the message that the wrong organisation acts on."""
    lodged: bool = True
    """Whether it is lodged at all."""

    def __str__(self) -> str:
        return f"{self.scenario.name}: {self.how} {self.what} ({self.when})"

    def play(self) -> str:
        """The code of the refusal that ends it, or `ALLOWED` with the state in which it ends."""
        player = Player(self.scenario)
        if self.lodged:
            player.lodge()
        for position, message in enumerate(self.messages):
            cast = IMPOSTORS if position == self.impostor_at else CAST
            player.take(message, self.messages[position + 1 :], cast=cast)
            if player.refusal is not None:
                return player.refusal.code
        return f"{ALLOWED}: {player.state}"


def mutants(scenario: Scenario) -> Iterator[Mutant]:
    """Every mutant of a scenario."""
    messages, stages = _distinct(scenario)
    scenario = replace(scenario, messages=messages)

    def mutant(how: str, what: str, stage: int, played: Sequence[StatusMessage], **more: Any) -> Mutant:
        when = stages[stage]
        return Mutant(scenario=scenario, how=how, what=what, when=when, messages=tuple(played), **more)

    yield mutant("lodge", "nothing", 0, messages, lodged=False)
    for i, message in enumerate(messages):
        yield mutant("drop", _told(message), i, [*messages[:i], *messages[i + 1 :]])
        yield mutant("wrong", _told(message), i, messages[: i + 1], impostor_at=i)
    for i, (one, two) in enumerate(pairwise(messages)):
        if (one.function, one.status) != (two.function, two.status):
            swapped = [*messages[:i], two, one, *messages[i + 2 :]]
            yield mutant("swap", f"{_told(one)} {_told(two)}", i, swapped)
    for code in CODES:
        status = "39" if code == "11" else ""
        extra = StatusMessage(function=code, status=status, reference=messages[0].reference)
        yield mutant("add", code, len(messages), [*messages, extra])


def _distinct(scenario: Scenario) -> tuple[tuple[StatusMessage, ...], list[str]]:
    """The messages that say something new, and how the declaration stood before each and at the end."""
    player, kept, stages = Player(scenario), [], []
    player.lodge()
    for position, message in enumerate(scenario.messages):
        before = (_stage(player), len(player.done))
        player.take(message, scenario.messages[position + 1 :])
        if any(done.act for done in player.done[before[1] :]):
            kept.append(message)
            stages.append(before[0])
    assert player.refusal is None
    return tuple(kept), [*stages, player.state]


def _stage(player: Player) -> str:
    """How the declaration stands; before acceptance, also whether customs gave it a number."""
    numbered = any(done.act == "clearance.register" for done in player.done)
    return "prelodged, numbered" if player.state == "prelodged" and numbered else player.state


def _told(message: StatusMessage) -> str:
    return message.function + ("/41" if message.status == "41" else "")
