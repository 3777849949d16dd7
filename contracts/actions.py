"""What can be done next: the acts that an organisation could do on a record, and those that others could.

Read from the same tables that decide statements, by asking everything that can be
asked before an act is written. What depends on the act's own fields is returned
as a list of needs.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contracts.catalogue import RULES, kind_of
from contracts.context import Context, Party, StateReader, View
from contracts.model import Record
from contracts.prospects import Prospects, Step, any_member, is_open, may_ever, once
from contracts.refusals import Refusal
from contracts.representation import represent
from contracts.table import Act, Call, Presence, check_state


class Readiness(enum.StrEnum):
    """Whether an act can be done at once."""

    READY = "ready"
    """It will be accepted if its fields are right."""
    WAITING = "waiting"
    """The record is in the right state, but a condition does not hold yet."""
    LATER = "later"
    """The record has to reach another state first, and can."""


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
    steps: tuple[Step, ...]
    """The next moves that would clear the way, of whoever can make them; empty when ready, or when only time
    helps."""
    needs: tuple[str, ...]
    """What the act's own fields must satisfy."""
    expected_version: int
    """The version to build on."""
    likely: str = ""
    """With which fields it is not possible yet, in words; empty when that does not depend on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How a record can go on, seen by one organisation."""

    own: tuple[AllowedAction, ...]
    """What the organisation may do: now, once a condition holds, or once the record gets there."""
    others: tuple[Step, ...]
    """What other organisations that the record names may do now."""


def allowed_actions(
    state: StateReader,
    subject_key: str,
    who: Party | str,
    context: Context,
    *,
    on_behalf_of: str | None = None,
) -> list[AllowedAction]:
    """The acts that `who`, an actor or the id of an organisation, could do in the record's present state.

    An organisation is taken to have members with every permission. With
    `on_behalf_of`, what `who` may do there in the name of that organisation. Empty
    for a key of no kind, an unknown or suspended organisation, or when nothing can be done.
    """
    own = outlook(state, subject_key, who, context, on_behalf_of=on_behalf_of).own
    return [action for action in own if action.readiness is not Readiness.LATER]


def outlook(
    state: StateReader,
    subject_key: str,
    who: Party | str,
    context: Context,
    *,
    on_behalf_of: str | None = None,
) -> Outlook:
    """What `who` may do on the record and when, and what others may do now; empty as `allowed_actions` is."""
    view, kind = View(state), kind_of(subject_key)
    agent = any_member(view, who) if isinstance(who, str) else who
    if kind is None or agent is None:
        return Outlook(own=(), others=())
    actor = agent if on_behalf_of is None else represent(agent, on_behalf_of, view, context)
    if isinstance(actor, Refusal):
        return Outlook(own=(), others=())
    record, ahead = view.get(subject_key, kind.record), Prospects(view, context)
    acts = RULES[context.rules_version].values()
    rows = [act for act in acts if act.record is kind.record and _fits(act, record)]
    calls = [(act, ahead.call(act, subject_key, actor)) for act in rows]
    mine = [(act, call) for act, call in calls if may_ever(act, call)]
    own = [_action(ahead, act, call) for act, call in mine]
    barred = [action for act, call in mine for action in _barred(ahead, act, call)]
    return Outlook(
        own=(*(action for action in own if action is not None), *barred),
        others=() if record is None else _of_others(ahead, rows, subject_key, record, actor),
    )


def _fits(act: Act, record: Record | None) -> bool:
    """Whether the act is for a record that exists, or for one that does not."""
    wanted = Presence.ABSENT if record is None else Presence.PRESENT
    return act.presence in (wanted, Presence.EITHER)


def _action(ahead: Prospects, act: Act, call: Call[Any, Any]) -> AllowedAction | None:
    """The act as it stands; None when the record can never come to a state that admits it."""
    wrong_state, steps = check_state(act, call), ahead.steps(act, call)
    if wrong_state is not None and not steps:
        return None
    asked = [guard.ask(call) for guard in act.guards if guard.standing and wrong_state is None]
    waits_for = tuple(refusal for refusal in (wrong_state, *asked) if refusal is not None)
    possible = Readiness.WAITING if waits_for else Readiness.READY
    return AllowedAction(
        act=act.name,
        summary=act.summary,
        readiness=possible if wrong_state is None else Readiness.LATER,
        waits_for=waits_for,
        steps=steps,
        needs=tuple(guard.holds for guard in act.guards if not guard.standing),
        expected_version=_version(call),
    )


def _version(call: Call[Any, Any]) -> int:
    """The version to build on."""
    return 0 if call.record is None else call.record.version


def _barred(ahead: Prospects, act: Act, call: Call[Any, Any]) -> Iterator[AllowedAction]:
    """What is likely to be wanted, and waits for acts that can be named."""
    for words, body in () if act.likely is None else act.likely(call):
        wanted = replace(call, body=body)
        asked = ((guard, guard.ask(wanted)) for guard in act.guards)
        failing = [(guard, refusal) for guard, refusal in asked if refusal is not None]
        if failing and all(guard.opened_by for guard, _ in failing):
            yield AllowedAction(
                act=act.name,
                summary=act.summary,
                readiness=Readiness.WAITING,
                waits_for=tuple(refusal for _, refusal in failing),
                steps=once(step for guard, _ in failing for step in ahead.opening(guard, wanted)),
                needs=(),
                expected_version=_version(call),
                likely=words,
            )


def _of_others(
    ahead: Prospects, rows: list[Act], subject: str, record: Record, actor: Party
) -> tuple[Step, ...]:
    """What the record's other parties could do at once, act by act."""
    others = [party for party in ahead.parties(record) if party.organisation != actor.organisation]
    steps = []
    for act in rows:
        calls = [ahead.call(act, subject, party) for party in others]
        names = [call.actor.organisation for call in calls if may_ever(act, call) and is_open(act, call)]
        if names:
            steps.append(Step(act=act.name, summary=act.summary, subject=subject, organisations=tuple(names)))
    return tuple(steps)
