"""The page of commands: nothing missing, and nothing that explains itself badly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.main import COMMANDS
from tools.docs import commands
from tools.docs.commands import commands_page, read_commands


def test_every_command_option_and_example_is_on_the_page() -> None:
    page, found = commands_page(), list(read_commands())
    assert {command.name.split()[0] for command in found} == {entry.name for entry in COMMANDS}
    assert len(found) > 40
    for command in found:
        section = page.partition(f"`sealane {command.name}`\n")[2]
        section = section.partition("\n## ")[0].partition("\n### ")[0]
        assert section.count("Exit codes: ") == 1, command.name
        for option in command.options:
            assert all(f"`{name}" in section for name in option.opts), (command.name, option.name)
        for argument in command.arguments:
            named = (argument.metavar or argument.name.upper()).replace("|", r"\|")
            assert f"`{named}`" in section, (command.name, argument.name)
        for example in command.examples:
            assert f"\n{example}\n" in section


def test_the_page_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    page = commands_page()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("SEALANE_NETWORK", "elsewhere")
    assert commands_page() == page


def gap(**changes: object) -> str:
    whole = next(command for command in read_commands() if command.name == "key new")
    with pytest.raises(ValueError, match="sealane key new lacks") as raised:
        commands._check(replace(whole, **changes))  # type: ignore[arg-type]
    return str(raised.value)


class Nameless:
    """An option without help."""

    opts = ("--quietly",)
    help = None


def test_a_gap_is_an_error() -> None:
    assert gap(help="").endswith("its help")
    assert gap(examples=()).endswith("an example")
    assert gap(options=(Nameless(),)).endswith("help for --quietly")
    assert "an example of itself" in gap(examples=("sealane key newest file",))


def test_exit_codes_of_commands_that_are_gone_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "EXITS", {"bill burn": "0 burnt"})
    with pytest.raises(ValueError, match="there is no command bill burn"):
        commands_page()
