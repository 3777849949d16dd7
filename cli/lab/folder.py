"""The lab's folder: which exercise is under way, how far it is, and which were finished.

Everything of the lab is in this one folder, so that removing it removes all. What one
exercise made goes when another begins.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Final

import msgspec

from cli.errors import CliError, ExitCode
from cli.files import replace_file
from cli.lab.ground import NETWORK, PAPERS
from ledger.canonical import Canonical, encode, parse_json
from ledger.errors import EncodingError

DEFAULT: Final = Path("sealane-lab")
STATE_FILE: Final = "lab.json"
PORT_BASE: Final = 8800
"""Away from the ports of a demonstration, which may run beside."""

DAMAGED: Final = "lab.state"
"""Code of a state that cannot be read."""

MAX_STATE_BYTES: Final = 65_536
VERSION: Final = 1


class LabState(Canonical, frozen=True, kw_only=True):
    """What `lab.json` holds."""

    version: int = VERSION
    exercise: str | None = None
    """The exercise under way."""
    step: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Its step, from 0; the number of steps once it is finished."""
    language: str = "en"
    port_base: int = PORT_BASE
    docker: bool = False
    """Whether exercises run in containers, from now on."""
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    """What the exercise under way noted for its texts and commands."""
    done: tuple[str, ...] = ()
    """Exercises that were finished, in the order of their end."""


def load_state(folder: Path) -> LabState:
    """The state in a folder, fresh where there is none; `CliError` for a folder that is not the lab's."""
    if any(character.isspace() for character in str(folder)):
        raise CliError(
            f"{str(folder)!r} has a space in it",
            why="Lines to type would have to quote it, each shell in its own way.",
            do="Choose another with --dir DIR.",
            code="lab.folder",
        )
    path = folder / STATE_FILE
    if not path.is_file():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CliError(
                f"{folder} is not a lab folder",
                why=f"It holds other things and no {STATE_FILE}.",
                do="Choose another with --dir DIR.",
                code="lab.folder",
            )
        return LabState()
    try:
        with path.open("rb") as file:
            state = msgspec.convert(parse_json(file.read(MAX_STATE_BYTES)), LabState)
    except (EncodingError, msgspec.ValidationError) as error:
        raise CliError(
            f"{path} cannot be read",
            why=str(error),
            do=_begin_again(folder),
            code=DAMAGED,
        ) from None
    if state.version != VERSION:
        raise CliError(f"{path} is of another version of the lab", do=_begin_again(folder), code=DAMAGED)
    return state


def _begin_again(folder: Path) -> str:
    """Nodes may run for what is under way: whoever removed the folder by hand could not stop them."""
    return f"sealane lab reset --dir {folder}   (it stops what runs, and forgets what was done)"


def save_state(folder: Path, state: LabState) -> None:
    """Write the state, in place of the old one."""
    replace_file(folder / STATE_FILE, encode(state))


def require_exercise(folder: Path) -> tuple[LabState, str]:
    """The state, and the exercise under way; `CliError` when there is none."""
    state = load_state(folder)
    if state.exercise is None:
        raise CliError(
            f"no exercise is under way in {folder}",
            do="sealane lab list   (then: sealane lab start EXERCISE)",
            exit_code=ExitCode.REFUSED,
            code="lab.idle",
        )
    return state, state.exercise


def clear(folder: Path) -> None:
    """Remove what an exercise left: its network and its papers. What others put there stays."""
    for name in (NETWORK, PAPERS):
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)


def has_network(folder: Path) -> bool:
    """Whether an exercise's network is there."""
    return (folder / NETWORK).is_dir()
