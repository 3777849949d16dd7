"""What would make an act possible that is not possible now, and whose move that is.

Read from the tables alone: `Act.moves` says which acts lead from one state to
another, `Guard.opened_by` which acts can make a condition hold. Each is followed
until an act is found that someone could do at once, so that a gate which waits for
a release which waits for a hold names the authority that can lift the hold.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contracts.catalogue import ACTS, kind_of
from contracts.checks import active_organisation
from contracts.context import Context, Party, View
from contracts.governance.model import Proposal
from contracts.membership.model import NetworkValidators, Permission
from contracts.model import VALIDATORS_KEY, Record
from contracts.relations import unique
from contracts.representation import check_mandate
from contracts.table import (
    Act,
    Call,
    Fault,
    Guard,
    Presence,
    check_scope,
    check_standing,
    check_state,
    check_suspension,
)
from contracts.views import links_of, parties_of

MAX_STEPS_AHEAD = 5
"""How far is looked: acts that lead to acts. The longest chain of the tables, from the gate to an office that
has to conclude a control, is shorter."""

Seen = tuple[tuple[str, str], ...]
"""Acts and subjects that led here, so that no circle is walked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An act of someone that brings what is awaited nearer."""

    act: str
    """The act, such as `clearance.lift`."""
    summary: str
    """What it does."""
    subject: str
    """The record that it is done on; empty when it makes one."""
    organisations: tuple[str, ...]
    """Who may do it now; empty when it makes a record, which depends on the record."""


def any_member(view: View, organisation: str) -> Party | None:
    """Any member of an active organisation, with every permission."""
    record = active_organisation(view, organisation)
    if record is None:
        return None
    return Party(
        member=organisation,
        organisation=organisation,
        roles=frozenset(record.roles),
        jurisdiction=record.jurisdiction,
        permissions=frozenset(Permission),
    )


class Prospects:
    """Looks ahead from one state; keeps nothing but what it read."""

    def __init__(self, view: View, context: Context) -> None:
        self._view = view
        self._context = context

    def call(self, act: Act, subject: str, actor: Party) -> Call[Any, Any]:
        """The act by `actor`, before its fields are known."""
        record = self._view.get(subject, act.record)
        return Call(act.name, subject, actor, record, None, self._view, self._context)

    def parties(self, record: Record) -> list[Party]:
        """Who has to do with a record: those it names, and the validators where they vote on it."""
        names = parties_of(record)
        if isinstance(record, Proposal):
            names = unique((*names, *parties_of(self._view.require(VALIDATORS_KEY, NetworkValidators))))
        found = (any_member(self._view, name) for name in names)
        return [party for party in found if party is not None]

    def steps(self, act: Act, call: Call[Any, Any], seen: Seen = ()) -> tuple[Step, ...]:
        """The next moves toward the act of `call`, of whoever can make them; none where only time helps."""
        if check_state(act, call) is not None:
            return once(
                step for way in self._ways(act, call) for step in self._moves(way, call.subject, seen)
            )
        return once(
            step for guard in act.guards if guard.standing for step in self.opening(guard, call, seen)
        )

    def opening(self, guard: Guard, call: Call[Any, Any], seen: Seen = ()) -> tuple[Step, ...]:
        """The next moves toward a condition; none when it holds already."""
        found = guard.check(call)
        if found is None:
            return ()
        rows = [ACTS[name] for name in guard.opened_by]
        return once(
            step
            for row in rows
            for subject in _subjects(row, call, found)
            for step in self._moves(row, subject, seen)
        )

    def _moves(self, act: Act, subject: str, seen: Seen) -> tuple[Step, ...]:
        """The act itself by those who could do it now, or else what leads there."""
        if (act.name, subject) in seen or len(seen) == MAX_STEPS_AHEAD:
            return ()
        record = self._view.get(subject, act.record) if subject else None
        if record is None:
            return (_step(act, "", ()),) if act.presence is not Presence.PRESENT else ()
        calls = [self.call(act, subject, party) for party in self.parties(record)]
        calls = [call for call in calls if may_ever(act, call)]
        ready = tuple(call.actor.organisation for call in calls if is_open(act, call))
        if ready:
            return (_step(act, subject, ready),)
        return once(step for call in calls for step in self.steps(act, call, (*seen, (act.name, subject))))

    def _ways(self, act: Act, call: Call[Any, Any]) -> list[Act]:
        """The acts that begin a shortest way from the record's state to one that `act` needs."""
        rows = [row for row in ACTS.values() if row.record is act.record and not check_scope(row, call)]
        here: enum.StrEnum = call.record.state
        far: dict[enum.StrEnum, int] = dict.fromkeys(act.states, 0)
        for distance in range(1, MAX_STEPS_AHEAD + 1):
            moves = [move for row in rows for move in row.moves() if move[1] in far]
            far |= {before: distance for before, _ in moves if before is not None and before not in far}
        if here not in far:
            return []
        return [
            row
            for row in rows
            if any(before is here and far.get(after) == far[here] - 1 for before, after in row.moves())
        ]


def may_ever(act: Act, call: Call[Any, Any]) -> bool:
    """Whether the act is for this record and this member, whatever state the record is in."""
    permitted = act.permission is None or act.permission in call.actor.permissions
    permitted = permitted and check_suspension(act, call.actor) is None
    return permitted and not (check_mandate(call) or check_scope(act, call) or check_standing(act, call))


def is_open(act: Act, call: Call[Any, Any]) -> bool:
    """Whether state and standing conditions admit the act."""
    refused = any(guard.check(call) is not None for guard in act.guards if guard.standing)
    return not refused and check_state(act, call) is None


def _subjects(act: Act, call: Call[Any, Any], found: Fault) -> tuple[str, ...]:
    """Where `act` would help: on records that the fault names, else the subject, else what that refers to."""
    named = tuple(fact for fact in found.facts.values() if _is_of(act, fact))
    if named:
        return named
    if act.presence is Presence.ABSENT:
        return ("",)
    if _is_of(act, call.subject):
        return (call.subject,)
    return () if call.record is None else tuple(key for key in links_of(call.record) if _is_of(act, key))


def _is_of(act: Act, key: str) -> bool:
    kind = kind_of(key)
    return kind is not None and kind.record is act.record


def _step(act: Act, subject: str, organisations: tuple[str, ...]) -> Step:
    return Step(act=act.name, summary=act.summary, subject=subject, organisations=organisations)


def once(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps in order, each once; who may do the same one is gathered."""
    found: dict[tuple[str, str], Step] = {}
    for step in steps:
        known = found.get((step.act, step.subject))
        names = step.organisations if known is None else unique((*known.organisations, *step.organisations))
        found[(step.act, step.subject)] = _step(ACTS[step.act], step.subject, names)
    return tuple(found.values())
