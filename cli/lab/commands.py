"""`sealane lab`: exercises on a real network on this machine, with narration and self-check.

Every command works on one folder (`cli.lab.folder`), which holds the network of the
exercise under way. Its nodes run from `start` until the exercise is finished, given
up (`reset`) or interrupted (`stop`).
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from cli.commands import command, group
from cli.errors import CliError, ExitCode
from cli.glossary import WordArgument
from cli.glossary import words as show_words
from cli.lab.checking import check
from cli.lab.folder import (
    DAMAGED,
    DEFAULT,
    LabState,
    has_network,
    load_state,
    require_exercise,
    save_state,
)
from cli.lab.progress import DirOption, begin, finished, options, reaching, show
from cli.output import Output, table
from cli.words import did_you_mean

if TYPE_CHECKING:
    from cli.lab.model import Exercise

app = group("Exercises for a training room, on a real network on this machine.")

LangOption = Annotated[
    str | None, typer.Option("--lang", metavar="LANG", help="en, zh, vi or km; that of LANG by default.")
]


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
    output.result({"items": items}, table(narrator.columns(), rows))
    output.next(f"sealane lab start {EXERCISES[0].id}{options(directory)}")


def _language(asked: str | None, state: LabState) -> str:
    """The language asked for, else that of the exercise under way, else that of the environment."""
    from cli.lab.narration import choose_language

    return choose_language(asked) if asked or state.exercise is None else state.language


@command(
    app,
    "start",
    examples=(
        "sealane lab start first-bill",
        "sealane lab start kill-the-leader --lang zh --port-base 9400",
        "sealane lab start split-the-network --docker",
    ),
    words={"exercise": "cli.lab.exercises:IDS"},
)
def start(
    output: Output,
    exercise: Annotated[str, typer.Argument(metavar="EXERCISE", help="Its name, or its number in the list.")],
    directory: DirOption = DEFAULT,
    lang: LangOption = None,
    port_base: Annotated[
        int | None, typer.Option("--port-base", metavar="N", help="First of the ports; 8800 unless told.")
    ] = None,
    docker: Annotated[
        bool | None,
        typer.Option("--docker/--no-docker", help="Run nodes in containers, in this and later exercises."),
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
    if state.exercise == found.id and not finished(found, state) and has_network(directory):
        state = replace(state, language=language)
        start_nodes(output, directory)
        save_state(directory, state)
    else:
        ports = state.port_base if port_base is None else port_base
        contained = state.docker if docker is None else docker
        state = LabState(language=language, port_base=state.port_base, docker=state.docker, done=state.done)
        save_state(directory, state)
        make_network(output, directory, ports, relayed=found.relayed, docker=contained)
        state = replace(state, port_base=ports, docker=contained)
        state = _prepared(output, directory, state, found)
    show(output, directory, state, found)


def _refuse_another(wanted: Exercise, state: LabState, directory: Path) -> None:
    from cli.lab.exercises import exercise_called

    if state.exercise in (None, wanted.id) or finished(exercise_called(state.exercise or ""), state):
        return
    raise CliError(
        f"{state.exercise} is under way",
        why="One exercise at a time: each has a network of its own on the same ports.",
        do=f"Finish it (sealane lab check{options(directory)}), or give it up: "
        f"sealane lab reset{options(directory)}",
        exit_code=ExitCode.REFUSED,
        code="lab.busy",
    )


def _prepared(output: Output, directory: Path, state: LabState, exercise: Exercise) -> LabState:
    """The state at the first step, once all has happened that must have; on failure nothing is left."""
    from cli.lab.ground import Ground
    from cli.lab.running import remove

    ground = Ground(directory, {})
    try:
        ground.facts.update(exercise.prepare(ground))
        begin(ground, exercise, 0)
        state = replace(state, exercise=exercise.id, step=0, facts=ground.facts)
        save_state(directory, state)
    except BaseException:
        remove(output, directory)
        raise
    finally:
        ground.close()
    return state


command(app, "check", examples=("sealane lab check", "sealane lab check B"))(check)


@command(app, "do", examples=("sealane lab do kill-leader", "sealane lab do mend"))
def do(
    output: Output,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="As the step names it.")],
    directory: DirOption = DEFAULT,
) -> None:
    """Let something happen on purpose: a node is killed, a line cut, a stolen key used."""
    from cli.lab.exercises import exercise_called
    from cli.lab.ground import Ground
    from cli.lab.narration import Narrator

    state, name = require_exercise(directory)
    exercise = exercise_called(name)
    if action not in exercise.actions:
        raise CliError(
            f"{name} has no action {action}",
            why=f"It has: {', '.join(exercise.actions) or 'none'}.",
            do=did_you_mean(action, exercise.actions),
            code="lab.unknown",
        )
    ground = Ground(directory, state.facts)
    try:
        ground.facts.update(reaching(lambda: exercise.actions[action](ground), exercise, directory))
        values = ground.values
    finally:
        ground.close()
    save_state(directory, replace(state, facts=ground.facts))
    narrator = Narrator(output, state.language, options(directory))
    text = narrator.did(action, values)
    output.result({"exercise": name, "action": action, "text": text}, narrator.prose(text.strip()))


@command(app, "words", examples=("sealane lab words --lang km", "sealane lab words surrender --lang zh"))
def words(
    output: Output, word: WordArgument = None, directory: DirOption = DEFAULT, lang: LangOption = None
) -> None:
    """Explain words of shipping and customs, in your language, with where they come from."""
    show_words(output, _language(lang, load_state(directory)), word)


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
    from cli.lab.running import remove

    damaged = False
    try:
        state = load_state(directory)
    except CliError as error:
        if error.code != DAMAGED:
            raise
        state, damaged = LabState(), True
    remove(output, directory)
    if damaged or state.exercise is not None:
        save_state(directory, LabState(language=state.language, docker=state.docker, done=state.done))
    output.result({"given_up": state.exercise}, f"Given up: {state.exercise or 'nothing was under way'}.")
    output.next(f"sealane lab list{options(directory)}")
