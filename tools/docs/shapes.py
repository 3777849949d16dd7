"""The page of what commands print with `--json`, read from `cli.shapes`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cli.shapes import SHAPES, WITHOUT_JSON, shapes_of
from tools.docs.api import type_words
from tools.docs.commands import Command, read_commands
from tools.docs.markdown import notice, page, table, wrapped

INTRODUCTION = """\
With `--json` a command prints one JSON value on standard output, and nothing else there. These are the
shapes. No field is there that is not named here; fields marked * are always there. Errors are
`{"error": {...}}` on standard error, as [commands](cli.md) says. Some commands print their result and exit 1
or 3 as well, as `verify` does with a file that is not verified.

A command that does an act, and has no row of its own, prints [Done](#done); with `--batch` it prints
[DoneTogether](#donetogether). New versions may add fields; they neither rename fields nor take them away."""


def shapes_page() -> str:
    """The text of `docs/reference/json.md`."""
    commands = [command for command in read_commands() if command.name not in WITHOUT_JSON]
    stray = set(SHAPES) - {command.name for command in commands}
    if stray:
        raise ValueError(f"there is no command {min(stray)}")
    kinds = list(dict.fromkeys(kind for command in commands for kind in shapes_of_command(command)))
    _, defined = msgspec.json.schema_components(kinds, ref_template="#/{name}")
    rows = [(f"`sealane {command.name}`", _links(command)) for command in commands if command.name in SHAPES]
    parts = ["# What commands print as JSON", notice("cli/shapes/"), INTRODUCTION]
    parts += ["## Commands", table(("command", "prints"), rows), "## Shapes"]
    for name in sorted(defined):
        parts += _shape(name, defined[name])
    return page(parts)


def shapes_of_command(command: Command) -> tuple[type, ...]:
    """What a command may print."""
    return shapes_of(command.name, batch=any(option.name == "batch" for option in command.options))


def _links(command: Command) -> str:
    names = [kind.__name__ for kind in shapes_of_command(command)]
    return " or ".join(f"[{name}](#{name.lower()})" for name in names)


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield wrapped(schema.get("description", ""))
    required = schema.get("required", ())
    yield table(
        ("field", "type", "meaning"),
        [
            (f"`{field}`{'*' if field in required else ''}", type_words(kind), kind.get("description", ""))
            for field, kind in schema["properties"].items()
        ],
    )
