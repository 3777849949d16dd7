"""Holding what commands print as JSON against the shapes that their reference promises."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from cli.lazy import Stub
from cli.main import COMMANDS
from cli.shapes import WITHOUT_JSON, shapes_of


@cache
def promised() -> dict[str, tuple[type, ...]]:
    """What each command may print."""
    found = {}
    for entry in COMMANDS:
        loaded = Stub(entry).load()
        for verb, command in getattr(loaded, "commands", {"": loaded}).items():
            name = f"{entry.name} {verb}".rstrip()
            if name not in WITHOUT_JSON:
                found[name] = shapes_of(name, batch=bool(command.callback.__columns__))
    return found


def assert_shape(command: str, value: Any) -> None:
    """The value, as it is printed, is one of the shapes of the command and nothing more."""
    data, said = json.dumps(value, ensure_ascii=False).encode(), []
    for shape in promised()[command]:
        try:
            msgspec.json.decode(data, type=shape)
        except msgspec.ValidationError as error:
            said.append(f"{shape.__name__}: {error}")
        else:
            return
    raise AssertionError(f"sealane {command} prints what docs/reference/json.md does not say: {said} {value}")


def command_of(words: Sequence[str]) -> str | None:
    """The command at the beginning of a command line, without `sealane`."""
    return next((name for name in (" ".join(words[:2]), words[0]) if name in promised()), None)
