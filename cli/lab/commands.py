"""`sealane lab`: exercises on a real network on this machine, with narration and self-check.

Every command works on one folder (`cli.lab.folder`), which holds the network of the
exercise under way. Its nodes run from `start` until the exercise is finished, given
up (`reset`) or interrupted (`stop`).
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec.structs import replace

from cli.commands import command, group
from cli.errors import CliError, ExitCode
from cli.lab.folder import (
    DEFAULT,
    LabState,
    clear,
    has_network,
    load_state,
    require_exercise,
    save_state,
)
from cli.output import Output, table

if TYPE_CHECKING:
    from cli.lab.ground import Ground
    from cli.lab.model import Exercise, Step
    from cli.lab.narration import Narrator

app = group("Exercises for a training room, on a real network on this machine.")

DirOption = Annotated[Path, typer.Option("--dir", metavar="DIR", help="The lab's folder.")]
LangOption = Annotated[
    str | None, typer.Option("--lang", metavar="LANG", help="en, zh, vi or km; that of LANG by default.")
]

PATIENCE_S = 1.0
"""How long a check waits for a node to hear of what another node has sealed."""

POLL_S = 0.1


@command(app, "list", examples=("sealane lab list", "sealane lab list --lang vi"))
def list_(output: Output, directory: DirOption = DEFAULT, lang: LangOption = None) -> None:
    """List the exercises, what each teaches, and which are done."""
    from cli.lab.exercises import EXERCISES
    from cli.lab.narration import Narrator

    state = load_state(directory)
    narrator = Narrator(output, _language(lang, state))
    narrator.notice()
    items = [
        {
            "exercise": exercise.id,
            "title": narrator.title(exercise),
            "about": narrator.about(exercise),
            "minutes": exercise.minutes,
            "done": exercise.id in state.done,
        }
        for exercise in EXERCISES
    ]
    rows = [
        (
            place,
            item["exercise"],
            item["title"],
            item["minutes"],
            output.mark("passed") if item["done"] else "",
        )
        for place, item in enumerate(items, start=1)
    ]
    columns = [
        narrator.texts(f"column_{name}") for name in ("number", "exercise", "title", "minutes", "done")
    ]
    output.result({"items": items}, table(columns, rows))
    output.next(f"sealane lab start {EXERCISES[0].id}{_options(directory)}")


def _language(asked: str | None, state: LabState) -> str:
    """The language asked for, else that of the exercise under way, else that of the environment."""
    from cli.lab.narration import choose_language

    return choose_language(asked) if asked or state.exercise is None else state.language


def _options(directory: Path) -> str:
    """What the lab's own commands need besides, to find their folder."""
    return "" if directory == DEFAULT else f" --dir {directory}"


@command(
    app,
    "start",
    examples=("sealane lab start first-bill", "sealane lab start kill-the-leader --lang zh --port-base 9400"),
)
def start(
    output: Output,
    exercise: Annotated[str, typer.Argument(metavar="EXERCISE", help="Its name, or its number in the list.")],
    directory: DirOption = DEFAULT,
    lang: LangOption = None,
    port_base: Annotated[
        int | None, typer.Option("--port-base", metavar="N", help="First of the ports; 8800 unless told.")
    ] = None,
) -> None:
    """Make the network of an exercise, start it, and show the first step.

    An exercise that is under way goes on where it is. Another one must be finished or
    given up first: one exercise at a time.
    """
    from cli.lab.exercises import exercise_called
    from cli.lab.running import make_network
    from cli.lab.running import start as start_nodes

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    found, state = exercise_called(exercise), load_state(directory)
    _refuse_another(found, state, directory)
    language = _language(lang, state)
    if state.exercise == found.id and not _finished(found, state) and has_network(directory):
        state = replace(state, language=language)
        start_nodes(output, directory)
        save_state(directory, state)
    else:
        ports = port_base or state.port_base
        state = LabState(exercise=None, language=language, port_base=ports, done=state.done)
        save_state(directory, state)
        make_network(output, directory, ports)
        state = _prepared(output, directory, state, found)
    _show(output, directory, state, found)


def _refuse_another(wanted: Exercise, state: LabState, directory: Path) -> None:
    from cli.lab.exercises import exercise_called

    if state.exercise in (None, wanted.id) or _finished(exercise_called(state.exercise or ""), state):
        return
    raise CliError(
        f"{state.exercise} is under way",
        why="One exercise at a time: each has a network of its own on the same ports.",
        do=f"Finish it (sealane lab check{_options(directory)}), or give it up: "
        f"sealane lab reset{_options(directory)}",
        exit_code=ExitCode.REFUSED,
        code="lab.busy",
    )


def _finished(exercise: Exercise, state: LabState) -> bool:
    return state.step >= len(exercise.steps)


def _prepared(output: Output, directory: Path, state: LabState, exercise: Exercise) -> LabState:
    """The state at the first step, once all has happened that must have; on failure nothing is left."""
    from cli.lab.ground import Ground
    from cli.lab.running import end

    ground = Ground(directory, {})
    try:
        ground.facts.update(exercise.prepare(ground))
        _begin(ground, exercise, 0)
        state = replace(state, exercise=exercise.id, step=0, facts=ground.facts)
        save_state(directory, state)
    except BaseException:
        end(output, directory)
        clear(directory)
        raise
    finally:
        ground.close()
    return state


def _begin(ground: Ground, exercise: Exercise, step: int) -> None:
    begin = exercise.steps[step].begin
    if begin is not None:
        ground.facts.update(begin(ground))


def _show(output: Output, directory: Path, state: LabState, exercise: Exercise) -> None:
    from cli.lab.ground import Ground
    from cli.lab.narration import Narrator

    narrator = Narrator(output, state.language, _options(directory))
    narrator.notice()
    value, text = narrator.step(exercise, state.step, Ground(directory, state.facts).values)
    output.result(_value(exercise, state) | value, text)


def _value(exercise: Exercise, state: LabState) -> dict[str, Any]:
    return {"exercise": exercise.id, "finished": _finished(exercise, state), "steps": len(exercise.steps)}


@command(app, "check", examples=("sealane lab check", "sealane lab check B"))
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
    narrator = Narrator(output, state.language, _options(directory))
    if _finished(exercise, state):
        _congratulate(output, narrator, exercise, state)
        return
    step = exercise.steps[state.step]
    ground = Ground(directory, state.facts, answer)
    try:
        _ask(ground, exercise, state.step, directory)
        state = replace(state, step=state.step + 1)
        if not _finished(exercise, state):
            _begin(ground, exercise, state.step)
        state = replace(state, facts=ground.facts)
    except Missing as missing:
        sentence = narrator.missing(missing.text, ground.values | missing.values)
        value = _value(exercise, state) | {"step": step.id, "missing": missing.text, "text": sentence}
        output.result(value, f"{output.mark('failed')} {sentence}")
        raise typer.Exit(int(ExitCode.REFUSED)) from None
    finally:
        ground.close()
    _go_on(output, directory, state, exercise)


def _ask(ground: Ground, exercise: Exercise, step: int, directory: Path) -> None:
    """Run a step's check; `Missing` when it lacks something, `CliError` when it cannot be seen."""
    try:
        _patiently(ground, exercise.steps[step])
    except CliError as error:
        if error.code != "node.unreachable":
            raise
        raise CliError(
            error.what,
            why="Nodes that the check asks do not run.",
            do=f"sealane lab start {exercise.id}{_options(directory)}   (it goes on where you are)",
            exit_code=ExitCode.UNREACHABLE,
            code=error.code,
        ) from error


def _patiently(ground: Ground, step: Step) -> None:
    """Look again for a moment where something is missing: nodes hear of a block one after the other."""
    from cli.lab.ground import Missing

    if step.choices and ground.answer is None:
        raise Missing("no_answer")
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            step.check(ground)
        except Missing:
            if step.choices or time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
        else:
            return


def _go_on(output: Output, directory: Path, state: LabState, exercise: Exercise) -> None:
    """The next step, or the end of the exercise."""
    from cli.lab.narration import Narrator
    from cli.lab.running import end

    narrator = Narrator(output, state.language, _options(directory))
    if not _finished(exercise, state):
        save_state(directory, state)
        output.note(f"{output.mark('passed')} {narrator.praise()}\n")
        _show(output, directory, state, exercise)
        return
    end(output, directory)
    done = (*(name for name in state.done if name != exercise.id), exercise.id)
    state = replace(state, done=done)
    save_state(directory, state)
    _congratulate(output, narrator, exercise, state)


def _congratulate(output: Output, narrator: Narrator, exercise: Exercise, state: LabState) -> None:
    from cli.lab.exercises import EXERCISES

    t = narrator.texts
    todo = [other.id for other in EXERCISES if other.id not in state.done]
    text = t("finished", title=narrator.title(exercise))
    value = _value(exercise, state) | {"text": text, "todo": todo}
    output.result(value, f"{output.mark('passed')} {text}\n\n{t(f'learned_{exercise.key}').strip()}")
    if todo:
        output.next(f"sealane lab start {todo[0]}")


@command(app, "stop", examples=("sealane lab stop",))
def stop(output: Output, directory: DirOption = DEFAULT) -> None:
    """Stop everything that runs for the exercise. `sealane lab start` goes on with it."""
    from cli.lab.running import end

    state = load_state(directory)
    stopped = end(output, directory)
    output.result(
        {"exercise": state.exercise, "stopped": stopped},
        f"{len(stopped)} nodes were stopped." if stopped else "Nothing was running.",
    )


@command(app, "reset", examples=("sealane lab reset",))
def reset(output: Output, directory: DirOption = DEFAULT) -> None:
    """Give up the exercise under way: stop its nodes, remove its network and papers."""
    from cli.lab.running import end

    state = load_state(directory)
    end(output, directory)
    clear(directory)
    if state.exercise is not None:
        save_state(directory, LabState(language=state.language, done=state.done))
    output.result({"given_up": state.exercise}, f"Given up: {state.exercise or 'nothing was under way'}.")
    output.next(f"sealane lab list{_options(directory)}")
