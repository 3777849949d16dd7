"""How far an exercise is: what a step begins with, how it is shown, and what its JSON says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli.errors import CliError, ExitCode
from cli.lab.folder import DEFAULT, LabState
from cli.output import Output

if TYPE_CHECKING:
    from cli.lab.ground import Ground
    from cli.lab.model import Exercise

T = TypeVar("T")

DirOption = Annotated[Path, typer.Option("--dir", metavar="DIR", help="The lab's folder.")]


def options(directory: Path) -> str:
    """What the lab's own commands need besides, to find their folder."""
    return "" if directory == DEFAULT else f" --dir {directory}"


def finished(exercise: Exercise, state: LabState) -> bool:
    """Whether every step of the exercise under way is done."""
    return state.step >= len(exercise.steps)


def begin(ground: Ground, exercise: Exercise, step: int) -> None:
    """Find out what a step's text and commands name, now that it is shown for the first time."""
    found_out = exercise.steps[step].begin
    if found_out is not None:
        ground.facts.update(found_out(ground))


def show(output: Output, directory: Path, state: LabState, exercise: Exercise) -> None:
    """Print the step that the exercise is at."""
    from cli.lab.ground import Ground
    from cli.lab.narration import Narrator

    narrator = Narrator(output, state.language, options(directory))
    narrator.notice()
    shown, text = narrator.step(exercise, state.step, Ground(directory, state.facts).values)
    output.result(value(exercise, state) | shown, text)


def value(exercise: Exercise, state: LabState) -> dict[str, Any]:
    """What every answer says as JSON."""
    return {"exercise": exercise.id, "finished": finished(exercise, state), "steps": len(exercise.steps)}


def reaching(look: Callable[[], T], exercise: Exercise, directory: Path) -> T:
    """What a look at the nodes brings; where one is silent that should not be, how to get it back."""
    try:
        return look()
    except CliError as error:
        if error.code != "node.unreachable":
            raise
        raise CliError(
            error.what,
            why="A node that is asked here does not run.",
            do=f"sealane lab start {exercise.id}{options(directory)}   (it goes on where you are)",
            exit_code=ExitCode.UNREACHABLE,
            code=error.code,
        ) from error
