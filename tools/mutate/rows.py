"""Mutants of the tables: a row loses a condition, state, role or permission, or gets a state too many."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from contracts.catalogue import ACTS
from contracts.table import Act
from tools.mutate.mutant import Mutant


def row_mutants() -> Iterator[Mutant]:
    """Every mutant of every row."""
    for act in ACTS.values():
        for place, guard in enumerate(act.guards):
            yield _without(act, "guards", place, f"condition {guard.code.code}: {guard.holds}")
        for place, guard in enumerate(act.scope):
            yield _without(act, "scope", place, f"scope {guard.code.code}: {guard.holds}")
        if act.relation is not None:
            yield _row(act, f"without relation {act.relation.code.code}", relation=None)
        if act.permission is not None:
            yield _row(act, "without permission", permission=None)
        if act.roles:
            yield _row(act, "for any role", roles=())
        for place, role in enumerate(act.roles if len(act.roles) > 1 else ()):
            yield _without(act, "roles", place, f"role {role.value}")
        yield from _states(act)


def _states(act: Act) -> Iterator[Mutant]:
    if not act.states:
        return
    for place, state in enumerate(act.states if len(act.states) > 1 else ()):
        yield _without(act, "states", place, f"state {state.value}")
    for state in type(act.states[0]):
        if state not in act.states:
            yield _row(act, f"possible when {state.value}", states=(*act.states, state))


def _without(act: Act, field: str, place: int, what: str) -> Mutant:
    values = getattr(act, field)
    return _row(act, f"without {what}", **{field: (*values[:place], *values[place + 1 :])})


def _row(act: Act, change: str, **fields: Any) -> Mutant:
    return Mutant(
        file="contracts",
        line=0,
        place=act.name,
        change=change,
        of=_digest(act),
        covers=(("act", act.name),),
        apply=partial(_set, act, fields),
    )


def _digest(act: Act) -> str:
    """Of the row as it stands, as far as its mutants go."""
    guards = [f"{guard.code.code} {guard.holds}" for guard in act.conditions]
    said = repr((guards, act.permission, act.roles, act.states))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _set(act: Act, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        object.__setattr__(act, name, value)
