"""Every command has help, an example that names it, and JSON output."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup

from cli.lazy import Stub
from cli.main import COMMANDS
from tests.cli.conftest import Run

WITHOUT_JSON = {("node", "run")}
"""Runs until it is stopped; what it has to say is its log."""


def walk(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from walk(child, (*path, name))
    else:
        yield path


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_explains_itself(entry: object, sealane: Run) -> None:
    stub = Stub(entry)  # type: ignore[arg-type]
    paths = list(walk(stub.load(), (stub.entry.name,)))
    assert paths
    for path in paths:
        result = sealane(*path, "--help")
        assert result.exit_code == 0, path
        text = result.stdout
        assert "Examples:" in text, path
        examples = [line.strip() for line in text.partition("Examples:")[2].splitlines() if line.strip()]
        assert examples, path
        for example in examples:
            assert shlex.split(example)[: len(path) + 1] == ["sealane", *path], example
        if path not in WITHOUT_JSON:
            assert "--json" in text, path


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_root_says_in_one_line_what_a_command_is_for(entry: object) -> None:
    help_text = entry.help  # type: ignore[attr-defined]
    assert help_text.endswith(".")
    assert len(help_text) <= 70
