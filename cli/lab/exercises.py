"""All exercises, in the order in which a room does them."""

from __future__ import annotations

from cli.errors import CliError
from cli.lab import (
    ballot,
    equivocating_node,
    first_bill,
    forged_document,
    hold,
    holder,
    kill_leader,
    split_network,
)
from cli.lab.model import Exercise
from cli.words import did_you_mean

EXERCISES: tuple[Exercise, ...] = (
    first_bill.EXERCISE,
    forged_document.EXERCISE,
    holder.EXERCISE,
    hold.EXERCISE,
    kill_leader.EXERCISE,
    split_network.EXERCISE,
    equivocating_node.EXERCISE,
    ballot.EXERCISE,
)

IDS: tuple[str, ...] = tuple(exercise.id for exercise in EXERCISES)
"""What they are called, for shells to complete."""


def exercise_called(name: str) -> Exercise:
    """The exercise of this id, or of this place in the list; `CliError` when there is none."""
    for place, exercise in enumerate(EXERCISES, start=1):
        if name in (exercise.id, str(place)):
            return exercise
    raise CliError(
        f"there is no exercise {name}",
        why=did_you_mean(name, IDS),
        do="sealane lab list",
        code="lab.unknown",
        field="EXERCISE",
    )
