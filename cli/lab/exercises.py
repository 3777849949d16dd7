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


def exercise_called(name: str) -> Exercise:
    """The exercise of this id, or of this place in the list; `CliError` when there is none."""
    for place, exercise in enumerate(EXERCISES, start=1):
        if name in (exercise.id, str(place)):
            return exercise
    raise CliError(
        f"there is no exercise {name}", do="sealane lab list", code="lab.unknown", field="EXERCISE"
    )
