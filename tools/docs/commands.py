"""The page of all commands, read from the commands themselves.

What a command prints with `--help` and what this page says come from the same
place, so they cannot disagree. Only the exit codes of commands that mean
something of their own by them are written here. A command, option or example
that would leave a gap is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from cli.lazy import Stub
from cli.main import COMMANDS
from cli.words import words_of
from tools.docs.markdown import notice, page, table, wrapped

COMMON: Mapping[str, str] = {
    "network": "Network directory to work in.",
    "acting_as": "Member to act as.",
    "key": "Key file of that member.",
    "node": "Node to talk to.",
    "wait": "How long to wait until an act is final; 30 unless told.",
    "as_json": "Print the result as JSON of a stable shape.",
}
"""Options of most commands, described once; a command that means another thing says so itself."""

EXITS: Mapping[str, str] = {
    "demo": "0 everything went as the story says, 1 something did not",
    "network up": "0 all nodes are ready, 1 a port is taken, 3 a node ended or is not ready in time",
    "network status": "0 all nodes are ready, 3 one is not",
    "node run": "0 stopped, 1 running already, 2 configuration or port unusable, 4 stopped by a fault",
    "node check": "0 sound, 1 not sound",
    "node backup": "0 made, 1 not made",
    "node restore": "0 restored, 1 refused and nothing put in place",
    "node audit": "0 nothing wrong found, 1 the chain is wrong or cannot be read",
    "node repair": "0 repaired, 1 refused and nothing changed",
    "node prune": "0 pruned, 1 refused and nothing pruned",
    "node status": "0 ready, 3 not ready or not reached",
    "verify": "0 verified, 1 not verified",
    "audit": "0 nothing wrong found, 1 the chain is wrong, 3 the node cannot be reached",
    "doctor": "0 nothing wrong, warnings apart, 1 something is wrong",
}
"""What exit codes mean where that is particular; 2 and 4 mean the same everywhere."""

MAX_WORDS = 40
"""Most words that an option's row lists; acts have a page of their own."""

INTRODUCTION = """\
Every command prints its result on standard output and notes on standard error. With `--json` the result is
one JSON value of a stable shape; an error then is `{"error": {...}}` on standard error, with `code`, `what`,
`exit_code` and, where known, `why`, `do`, `field` and `final`. `NO_COLOR` turns colours off. Nothing is asked
when there is no terminal.

An act is waited for until it is final: 30 seconds, or what `--wait` says, with word on standard error when it
takes longer. Then the command exits with 3. The signed statement, which may still take effect, is in the
network directory from before it is sent until its outcome is known, so that Ctrl-C does not lose it:
`sealane statement status` asks what became of it, and `sealane statement send` sends the same bytes again.
However often a statement arrives, it takes effect once and gets the same answer."""

EXIT_TABLE = table(
    ("exit code", "meaning"),
    (
        ("0", "done, or verified"),
        ("1", "refused by the ledger or a node, or not verified"),
        ("2", "usage: an option, a file or a setting is wrong"),
        ("3", "a node could not be reached, or is not ready"),
        ("4", "a fault of this software; `SEALANE_DEBUG=1` shows it in full"),
        ("130", "stopped with Ctrl-C"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as it is documented."""

    name: str
    """Its words after `sealane`."""
    help: str
    """What it does."""
    examples: tuple[str, ...]
    """Whole command lines."""
    arguments: tuple[Any, ...]
    """Its arguments, as Typer has them."""
    options: tuple[Any, ...]
    """Its options, as Typer has them."""
    words: Mapping[str, str]
    """Where the words come from that a parameter takes."""


def read_commands() -> Iterator[Command]:
    """Every command, in the order of `sealane --help`; `ValueError` for one that explains itself badly."""
    for entry in COMMANDS:
        yield from _walk(Stub(entry).load(), entry.name)


def _walk(command: Any, name: str) -> Iterator[Command]:
    if isinstance(command, TyperGroup):
        for word, child in command.commands.items():
            yield from _walk(child, f"{name} {word}")
        return
    shown = [parameter for parameter in command.params if not parameter.hidden]
    found = Command(
        name=name,
        help=command.help or "",
        examples=_examples(command.epilog or ""),
        arguments=tuple(item for item in shown if item.param_type_name == "argument"),
        options=tuple(item for item in shown if item.param_type_name == "option"),
        words=command.callback.__words__,
    )
    _check(found)
    yield found


def _examples(epilog: str) -> tuple[str, ...]:
    lines = epilog.partition("Examples:")[2].splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def _check(command: Command) -> None:
    gaps = [] if command.help else ["its help"]
    gaps += [] if command.examples else ["an example"]
    gaps += [f"help for {item.opts[0]}" for item in (*command.arguments, *command.options) if not item.help]
    gaps += [f"an example of itself in {line!r}" for line in command.examples if not _is_of(command, line)]
    if gaps:
        raise ValueError(f"sealane {command.name} lacks {', '.join(gaps)}")


def _is_of(command: Command, example: str) -> bool:
    return f"{example} ".startswith(f"sealane {command.name} ")


def commands_page() -> str:
    """The text of `docs/reference/cli.md`."""
    commands = list(read_commands())
    names = {command.name for command in commands}
    stray = set(EXITS) - names
    if stray:
        raise ValueError(f"there is no command {min(stray)}")
    parts = ["# Commands", notice("cli/"), INTRODUCTION, EXIT_TABLE, _common_options(commands)]
    for entry in COMMANDS:
        parts += [f"## `sealane {entry.name}`", entry.help]
        own = [command for command in commands if command.name.split()[0] == entry.name]
        for command in own:
            parts += _section(command, alone=command.name == entry.name)
    return page(parts)


def _section(command: Command, *, alone: bool) -> Iterator[str]:
    if not alone:
        yield f"### `sealane {command.name}`"
    yield wrapped(command.help)
    yield f"```\n{_usage(command)}\n```"
    own = [item for item in command.options if not _is_common(item)]
    rows = [(_argument(item), _meaning(item, command.words)) for item in command.arguments]
    rows += [(_option(item), _meaning(item, command.words)) for item in own]
    if rows:
        yield table(("argument or option", "meaning"), rows)
    common = ", ".join(f"`{item.opts[0]}`" for item in command.options if _is_common(item))
    yield f"Also: {common}." if common else ""
    yield f"Exit codes: {_exits(command)}."
    yield "```\n" + "\n".join(command.examples) + "\n```"


def _usage(command: Command) -> str:
    words = ["sealane", command.name, "[OPTIONS]"]
    words += [_argument_words(item) for item in command.arguments]
    words += [f"{item.opts[0]} {_value(item)}" for item in command.options if item.required]
    return " ".join(words)


def _argument_words(item: Any) -> str:
    name = (item.metavar or item.name.upper()) + ("..." if item.nargs == -1 else "")
    return name if item.required else f"[{name}]"


def _argument(item: Any) -> str:
    return f"`{item.metavar or item.name.upper()}`"


def _option(item: Any) -> str:
    value = "" if item.is_flag else f" {_value(item)}"
    return ", ".join(f"`{name}{value}`" for name in (*item.opts, *item.secondary_opts))


def _value(item: Any) -> str:
    return str(item.metavar or ("N" if item.type_descriptor.annotation in (int, int | None) else "TEXT"))


def _meaning(item: Any, words: Mapping[str, str]) -> str:
    notes = ["required"] if item.required else []
    notes += ["may be repeated"] if item.multiple else []
    plain = isinstance(item.default, str | int | Path) and not isinstance(item.default, bool)
    notes += [f"default `{item.default}`"] if plain else []
    notes += [f"environment `{item.envvar}`"] if item.envvar else []
    said = str(item.help)
    if item.name in words:
        known = words_of(words[item.name])
        if len(known) <= MAX_WORDS and not all(word in said for word in known):
            listed = ", ".join(f"`{word}`" for word in known)
            said = f"{said.removesuffix('; see below.').rstrip('.')}. One of {listed}."
    return said + (f" ({'; '.join(notes)})" if notes else "")


def _is_common(item: Any) -> bool:
    return bool(item.help.startswith(COMMON.get(item.name, "\0").rstrip(".")))


def _exits(command: Command) -> str:
    if command.name in EXITS:
        return EXITS[command.name]
    talks = any(item.name == "node" for item in command.options)
    return "0 done, 1 refused, 2 usage, 3 node not reached" if talks else "0 done, 1 refused, 2 usage"


def _common_options(commands: list[Command]) -> str:
    found: dict[str, tuple[str, str]] = {}
    for command in commands:
        for item in command.options:
            if _is_common(item):
                found.setdefault(item.name, (_option(item), _meaning(item, {})))
    rows = [found[name] for name in COMMON if name in found]
    return page(
        ["These options are understood wherever a command lists them:", table(("option", "meaning"), rows)]
    ).rstrip()
