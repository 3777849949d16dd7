"""What can be done with a record next, by whom, and what to type for it.

The acts and whose move it is come from the node, which reads them from the tables
of the contracts; what to type comes from the commands themselves. An act that is
added to a table, and its command, appear here without being named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli.acting import Found, Names
from cli.context import Context
from cli.output import clean
from contracts.catalogue import ACTS
from contracts.views import summary

NAMED_OTHERWISE: Mapping[str, str] = {
    "member.enrol": "member enroll",
    "document.register": "document add",
    "movement.verify_mass": "movement weigh",
    "validator.rotate": "org rotate-validator",
}
"""Commands that are not called like their act; every other act `x.y_z` is `sealane x y-z`."""

GROUPS: Mapping[str, str] = {"organisation": "org"}
"""Groups of commands that are called otherwise than the record that they are about."""

ASKED_BESIDES: Mapping[str, str] = {"movement.record": "--at LOCODE"}
"""What an act needs of a command that can do without it where it is given a file."""

SUBJECTS: Mapping[str, str] = {"member": "ORG/NAME"}
"""What stands for the record on a command's help, where that is not its kind in capitals."""


def show_next(context: Context, found: Found) -> None:
    """Print what the acting organisation may do with a record, what it waits for, and what others may do."""
    groups = {name: _known(found, name) for name in ("allowed_actions", "later_actions", "others_may")}
    value = {"key": found.key, "version": found.version, "organisation": context.party}
    shown = {**value, "actions": groups["allowed_actions"], "later": groups["later_actions"]}
    context.output.result({**shown, "others": groups["others_may"]}, list(_lines(context, found, groups)))


def command_for(act: str, key: str) -> str | None:
    """The command line for an act on the record at `key`, what is to be filled in written as its help does.

    None when no command does the act.
    """
    from cli.lazy import Stub
    from cli.main import COMMANDS

    kind, _, verb = NAMED_OTHERWISE.get(act, act.replace(".", " ").replace("_", "-")).partition(" ")
    group = GROUPS.get(kind, kind)
    entry = next((entry for entry in COMMANDS if entry.name == group), None)
    command = None if entry is None else getattr(Stub(entry).load(), "commands", {}).get(verb)
    if command is None:
        return None
    kind, _, name = key.partition("/")
    subject = SUBJECTS.get(kind, kind.upper())
    words = [
        item.metavar or item.name.upper() for item in command.params if item.param_type_name == "argument"
    ]
    words = [(name if kind in SUBJECTS else key) if word == subject else word for word in words]
    asked = [item for item in command.params if item.param_type_name == "option" and item.required]
    options = [f"{item.opts[0]} {item.metavar}" for item in asked]
    besides = [ASKED_BESIDES[act]] if act in ASKED_BESIDES else []
    return " ".join(["sealane", group, verb, *words, *options, *besides])


def _known(found: Found, name: str) -> list[dict[str, Any]]:
    """The acts that this command knows too; a node of newer rules may tell of others."""
    return [item for item in found.answer.get(name, ()) if item.get("act") in ACTS]


def _lines(context: Context, found: Found, groups: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    names, actions = Names(context), groups["allowed_actions"]
    me = names(context.party)
    behalf = "" if context.on_behalf_of is None else f" --on-behalf-of {context.on_behalf_of}"
    yield clean(summary(found.record).get("status", ""))
    ready = [action for action in actions if action.get("ready", True)]
    waiting = [action for action in actions if action not in ready]
    if not actions:
        yield f"{me} has nothing to do here now."
    if ready:
        yield f"{me} may now:"
    for action in ready:
        yield f"  {clean(ACTS[action['act']].summary)}"
        command = command_for(action["act"], found.key)
        if command is not None:
            yield f"      {command}{behalf}"
    if waiting:
        yield "Not yet:"
    for action in waiting:
        yield f"  {clean(ACTS[action['act']].summary)}"
        yield f"      {clean(str(action.get('why', '')))}"
        for step in action.get("steps", ()):
            yield f"      waits for {_move(context, found, names, step)}"
    yield from _later(context, found, names, groups["later_actions"])
    yield from _others(names, groups["others_may"])


def _move(context: Context, found: Found, names: Names, step: Mapping[str, Any]) -> str:
    """Whose move it is and what it does: an act's summary says what its actor does."""
    told = [str(name) for name in step.get("organisations", ())]
    who = " or ".join("you" if name == context.party else names(name) for name in told) or "someone"
    act, subject = str(step.get("act", "")), str(step.get("subject", ""))
    where = f" on {subject}" if subject not in ("", found.key) else ""
    does = clean(str(step.get("summary", ""))).rstrip(".")
    return f"{who}: {does[:1].lower()}{does[1:]} ({act}{where})"


def _later(context: Context, found: Found, names: Names, actions: list[dict[str, Any]]) -> Iterator[str]:
    """Acts for which the record must get somewhere first, gathered by the moves that lead there."""
    gathered: dict[tuple[str, ...], list[str]] = {}
    for action in actions:
        moves = tuple(_move(context, found, names, step) for step in action.get("steps", ()))
        gathered.setdefault(moves, []).append(str(action["act"]))
    if gathered:
        yield "Later:"
    for moves, acts in gathered.items():
        yield f"  {', '.join(acts)}"
        for move in moves:
            yield f"      waits for {move}"


def _others(names: Names, steps: list[dict[str, Any]]) -> Iterator[str]:
    """What others may do now, a line for each organisation."""
    gathered: dict[str, list[str]] = {}
    for step in steps:
        for organisation in step.get("organisations", ()):
            gathered.setdefault(str(organisation), []).append(str(step["act"]))
    if gathered:
        yield "Others may now:"
    for organisation, acts in gathered.items():
        yield f"  {clean(names(organisation))}: {', '.join(acts)}"
