"""What can be done next: the acts that an organisation could do on a record now.

Read from the same tables that decide statements, by asking everything that can be
asked before an act is written. What depends on the act's own fields is returned
as a list of needs.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from contracts.catalogue import ACTS, kind_of
from contracts.checks import active_organisation
from contracts.context import Context, Party, StateReader, View
from contracts.membership.model import Permission
from contracts.model import Record
from contracts.refusals import Refusal
from contracts.table import Act, Call, Presence, check_scope, check_standing, check_state


class Readiness(enum.StrEnum):
    """Whether an act can be done at once."""

    READY = "ready"
    """It will be accepted if its fields are right."""
    WAITING = "waiting"
    """The organisation may do it, but something else has to happen first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedAction:
    """One act that an organisation may do on a record."""

    act: str
    """The act, such as `bill.transfer`."""
    summary: str
    """What it does."""
    readiness: Readiness
    """Whether it can be done at once."""
    waits_for: tuple[Refusal, ...]
    """What stands in the way; empty when ready."""
    needs: tuple[str, ...]
    """What the act's own fields must satisfy."""
    expected_version: int
    """The version to build on."""


def allowed_actions(
    state: StateReader, subject_key: str, who: Party | str, context: Context
) -> list[AllowedAction]:
    """The acts that `who`, an actor or the id of an organisation, could do on the record now.

    An organisation is taken to have members with every permission. Empty for a key
    of no kind, an unknown or suspended organisation, or when nothing can be done.
    """
    view, kind = View(state), kind_of(subject_key)
    actor = _party(view, who) if isinstance(who, str) else who
    if kind is None or actor is None:
        return []
    record = view.get(subject_key, kind.record)
    rows = [act for act in ACTS.values() if act.record is kind.record and _fits(act, record)]
    calls = [(act, Call(act.name, subject_key, actor, record, None, view, context)) for act in rows]
    return [_action(act, call) for act, call in calls if _may(act, call)]


def _party(view: View, organisation: str) -> Party | None:
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


def _fits(act: Act, record: Record | None) -> bool:
    """Whether the act is for a record that exists, or for one that does not."""
    wanted = Presence.ABSENT if record is None else Presence.PRESENT
    return act.presence in (wanted, Presence.EITHER)


def _may(act: Act, call: Call[Any, Any]) -> bool:
    """Whether organisation, relation and state admit the act."""
    permitted = act.permission is None or act.permission in call.actor.permissions
    return permitted and not (check_scope(act, call) or check_standing(act, call) or check_state(act, call))


def _action(act: Act, call: Call[Any, Any]) -> AllowedAction:
    asked = [guard.ask(call) for guard in act.guards if guard.standing]
    waits_for = tuple(refusal for refusal in asked if refusal is not None)
    return AllowedAction(
        act=act.name,
        summary=act.summary,
        readiness=Readiness.WAITING if waits_for else Readiness.READY,
        waits_for=waits_for,
        needs=tuple(guard.holds for guard in act.guards if not guard.standing),
        expected_version=0 if call.record is None else call.record.version,
    )
