"""`sealane lab check`: looks at what is really so, and says what a step lacks or what comes next."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from cli.errors import ExitCode
from cli.lab.folder import DEFAULT, LabState, require_exercise, save_state
from cli.lab.progress import DirOption, begin, finished, options, reaching, show, value
from cli.output import Output

if TYPE_CHECKING:
    from cli.lab.ground import Ground
    from cli.lab.model import Exercise, Step
    from cli.lab.narration import Narrator

PATIENCE_S = 1.0
"""How long a check waits for a node to hear of what another node has sealed."""

SETTLING_S = 60.0
"""How long it waits for what only takes time: rounds that failed made the nodes wait longer each time."""

POLL_S = 0.1


def check(
    output: Output,
    answer: Annotated[
        str | None, typer.Argument(metavar="ANSWER", help="Your answer, where the step asks a question.")
    ] = None,
    directory: DirOption = DEFAULT,
) -> None:
    """Look at the network and say what the step still lacks, or show the next step.

    Exits 1 while something is missing. After the last step the nodes are stopped.
    """
    from cli.lab.exercises import exercise_called
    from cli.lab.ground import Ground, Missing
    from cli.lab.narration import Narrator

    state, name = require_exercise(directory)
    exercise = exercise_called(name)
    narrator = Narrator(output, state.language, options(directory))
    if finished(exercise, state):
        _congratulate(output, directory, narrator, exercise, state)
        return
    step = exercise.steps[state.step]
    ground = Ground(directory, state.facts, answer)
    try:
        reaching(lambda: _patiently(ground, step), exercise, directory)
        state = replace(state, step=state.step + 1)
        if not finished(exercise, state):
            begin(ground, exercise, state.step)
        state = replace(state, facts=ground.facts)
    except Missing as missing:
        sentence = narrator.missing(missing.text, ground.values | missing.values)
        found = value(exercise, state) | {"step": step.id, "missing": missing.text, "text": sentence}
        output.result(found, narrator.prose(f"{output.mark('failed')} {sentence}"))
        raise typer.Exit(int(ExitCode.REFUSED)) from None
    finally:
        ground.close()
    _go_on(output, directory, state, exercise)


def _patiently(ground: Ground, step: Step) -> None:
    """Look again for a while where something is missing: nodes hear of a block one after the other."""
    from cli.lab.ground import Missing, NotYet

    if step.choices and ground.answer is None:
        raise Missing("no_answer")
    began = time.monotonic()
    while True:
        try:
            step.check(ground)
        except Missing as missing:
            patience_s = SETTLING_S if isinstance(missing, NotYet) else 0.0 if step.choices else PATIENCE_S
            if time.monotonic() - began > patience_s:
                raise
            time.sleep(POLL_S)
        else:
            return


def _go_on(output: Output, directory: Path, state: LabState, exercise: Exercise) -> None:
    """The next step, or the end of the exercise."""
    from cli.lab.narration import Narrator
    from cli.lab.running import end

    narrator = Narrator(output, state.language, options(directory))
    if not finished(exercise, state):
        save_state(directory, state)
        output.note(f"{output.mark('passed')} {narrator.praise()}\n")
        show(output, directory, state, exercise)
        return
    end(output, directory)
    done = (*(name for name in state.done if name != exercise.id), exercise.id)
    state = replace(state, done=done)
    save_state(directory, state)
    _congratulate(output, directory, narrator, exercise, state)


def _congratulate(
    output: Output, directory: Path, narrator: Narrator, exercise: Exercise, state: LabState
) -> None:
    from cli.lab.exercises import EXERCISES

    t = narrator.texts
    todo = [other.id for other in EXERCISES if other.id not in state.done]
    text = t("finished", title=narrator.title(exercise))
    found = value(exercise, state) | {"text": text, "todo": todo}
    learned = narrator.prose(t(f"learned_{exercise.key}").strip())
    output.result(found, f"{output.mark('passed')} {text}\n\n{learned}")
    if todo:
        output.next(f"sealane lab start {todo[0]}{options(directory)}")
