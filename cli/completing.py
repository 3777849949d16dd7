"""What a shell may offer for the word that is being typed; asked by the scripts of `sealane completion`.

The words before it come as arguments, and it comes last behind a `+`, so that none
is empty. Each candidate is one line, `word<tab>meaning`; none at all means that the
shell completes files. Everything comes from the command line itself and from the
network directory: no node is asked, and nothing is changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cli.commands import ORGANISATIONS
from cli.context import Context
from cli.errors import CliError
from cli.output import Output, clean
from cli.recent import recent_of
from cli.words import words_of

RECORDS = {
    "BILL": "bill",
    "DECLARATION": "declaration",
    "CONTAINER": "container",
    "DOCUMENT": "document",
    "SUBJECT": None,
}
"""Kinds of the records that arguments name, by how the arguments are called in help; None for any."""

Candidate = tuple[str, str]
"""A word, and what it means."""


def answer(words: Sequence[str]) -> None:
    """Print the candidates for the last of `words`; nothing for a command line that makes no sense."""
    *before, current = words or ["+"]
    for word, meaning in candidates(before, current.removeprefix("+")):
        print(f"{clean(word)}\t{clean(meaning).partition(chr(10))[0]}")


def candidates(before: Sequence[str], current: str) -> list[Candidate]:
    """What the word after `before` may become, of which `current` is typed already."""
    from cli.lazy import Stub
    from cli.main import COMMANDS

    names = [word for word in before if not word.startswith("-")]
    if not names:
        offered: Iterable[Candidate] = [(entry.name, entry.help) for entry in COMMANDS]
        if current.startswith("-"):
            offered = [("--help", "Show help."), ("--version", "Print the version.")]
        return _beginning_with(current, offered)
    entry = next((entry for entry in COMMANDS if entry.name == names[0]), None)
    if entry is None:
        return []
    command: Any = Stub(entry).load()
    rest = list(before[before.index(names[0]) + 1 :])
    if hasattr(command, "commands"):
        if not rest:
            verbs = command.commands.items()
            return _beginning_with(current, ((verb, child.get_short_help_str(70)) for verb, child in verbs))
        command, rest = command.commands.get(rest[0]), rest[1:]
    return [] if command is None else _of_command(command, rest, current)


def _of_command(command: Any, before: list[str], current: str) -> list[Candidate]:
    """Candidates within one command: a value for an open option, an option, or the next argument."""
    options = {name: item for item in command.params for name in (*item.opts, *item.secondary_opts)}
    given, arguments, pending = _place(options, before)
    if pending is not None:
        return _values(command, pending, given, current)
    if current.startswith("-"):
        name, equals, value = current.partition("=")
        if equals and name in options:
            found = _values(command, options[name], given, value)
            return [(f"{name}={word}", meaning) for word, meaning in found]
        return _beginning_with(current, _options(options, given))
    places = [item for item in command.params if item.param_type_name == "argument"]
    if arguments < len(places):
        return _values(command, places[arguments], given, current)
    if places and places[-1].nargs == -1:
        return _values(command, places[-1], given, current)
    return _beginning_with(current, _options(options, given)) if not current else []


def _place(options: dict[str, Any], before: list[str]) -> tuple[dict[str, str], int, Any]:
    """The options given so far with their values, how many arguments, and the option that wants a value."""
    given: dict[str, str] = {}
    arguments, pending = 0, None
    for word in before:
        if pending is not None:
            given[pending.name], pending = word, None
        elif word.startswith("-") and word != "-":
            name, equals, value = word.partition("=")
            item = options.get(name)
            if item is None:
                continue
            given[item.name] = value
            if not item.is_flag and not equals:
                pending = item
        else:
            arguments += 1
    return given, arguments, pending


def _options(options: dict[str, Any], given: dict[str, str]) -> Iterator[Candidate]:
    for name, item in options.items():
        if item.param_type_name == "option" and (item.name not in given or item.multiple):
            yield name, item.help or ""


def _values(command: Any, item: Any, given: dict[str, str], current: str) -> list[Candidate]:
    """What an option or argument takes, as far as it is known here."""
    source = getattr(command.callback, "__words__", {}).get(item.name)
    if source is not None:
        return _beginning_with(current, ((word, "") for word in words_of(source)))
    found: Iterable[Candidate] = ()
    with suppress(CliError, OSError):
        found = _of_network(item, _context(given))
    return _beginning_with(current, found)


def _of_network(item: Any, context: Context) -> list[Candidate]:
    """What the network directory knows for an option or argument, by how it is called in help."""
    called = item.metavar or ""
    if called in RECORDS:
        names = [] if context.directory is None else recent_of(context.directory, RECORDS[called])
        return [(name, "") for name in names]
    if called in ORGANISATIONS:
        return list(context.organisations().items())
    if called == "URL|ORG":
        return [(str(name), str(url)) for name, url in context.settings.get("nodes", {}).items()]
    if called == "ORG/NAME" and item.name == "acting_as":
        return [(name, "") for name in context.members()]
    if called == "ORG/NAME" and context.genesis is not None:
        founders = context.genesis.organisations
        return [(f"{o.id}/{member.name}", o.name) for o in founders for member in o.members]
    return []


def _context(given: dict[str, str]) -> Context:
    """The context of the command line: the network directory that it or the environment names, if any."""
    named = given.get("network") or os.environ.get("SEALANE_NETWORK")
    return Context(output=Output(json=True), network=Path(named) if named else None)


def _beginning_with(current: str, offered: Iterable[Candidate]) -> list[Candidate]:
    return [candidate for candidate in offered if candidate[0].startswith(current)]
