"""Every command has help, an example that names it, and JSON output."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup

from cli.lazy import Entry, Stub
from cli.main import COMMANDS
from cli.shapes import WITHOUT_JSON
from tests.cli.conftest import Run


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from walk(child, (*path, name))
    else:
        yield path, command


def help_of(path: tuple[str, ...], command: Any) -> str:
    """What `--help` prints."""
    with command.context_class(command, info_name=" ".join(("sealane", *path))) as context:
        return str(command.get_help(context))


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_explains_itself(entry: Entry) -> None:
    commands = list(walk(Stub(entry).load(), (entry.name,)))
    assert commands
    for path, command in commands:
        text = help_of(path, command)
        assert "Examples:" in text, path
        examples = [line.strip() for line in text.partition("Examples:")[2].splitlines() if line.strip()]
        assert examples, path
        for example in examples:
            assert shlex.split(example)[: len(path) + 1] == ["sealane", *path], example
        for item in command.params:
            assert item.hidden or item.param_type_name == "argument" or item.opts[0] in text, (
                path,
                item.name,
            )
        if " ".join(path) not in WITHOUT_JSON:
            assert "--json" in text, path


def test_help_is_what_was_looked_at(sealane: Run) -> None:
    entry = next(entry for entry in COMMANDS if entry.name == "key")
    ((path, command), *_) = walk(Stub(entry).load(), ("key",))
    shown = sealane(*path, "--help")
    assert shown.exit_code == 0
    after = [text.partition("Options:")[2].split() for text in (help_of(path, command), shown.stdout)]
    assert after[0] == after[1] != []


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_root_says_in_one_line_what_a_command_is_for(entry: Entry) -> None:
    assert entry.help.endswith(".")
    assert len(entry.help) <= 70
