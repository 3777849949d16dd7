"""The tables in which contracts are written, and the small engine that applies them.

A contract is a tuple of `Act` rows. The engine asks, in this order: does the body
decode, does the expected version match, is the act meant for this kind of record
(`scope`), may this member and organisation do it (`permission`, `roles`,
`relation`), is the record in a state that allows it (`states`), and does every
guard hold. The first no is the refusal. Then the effect says what is written, and
the engine stamps each record with its next version.

The rows are data: the reference pages, the diagrams and `actions.outlook` read
them too. What the rows say is the business of each contract's `lifecycle.py`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from contracts import codes
from contracts.context import Context, Party, Standing, View
from contracts.membership.model import Permission, Role
from contracts.model import MAX_RECORD_BYTES, Record
from contracts.refusals import Refusal, RefusalCode
from ledger import canonical
from ledger.canonical import Canonical
from ledger.statement import MAX_STATEMENT_BYTES

R = TypeVar("R")
B = TypeVar("B")


class Presence(enum.Enum):
    """Whether an act makes its subject or changes it."""

    ABSENT = "creates the record"
    PRESENT = "changes the record"
    EITHER = "creates or changes the record"


@dataclass(frozen=True, slots=True)
class Call(Generic[R, B]):
    """One act on its way through the table. `R` is the subject record, or None where it is absent."""

    act: str
    """The act, such as `bill.transfer`."""
    subject: str
    """Key of the subject record."""
    actor: Party
    """Who acts."""
    record: R
    """The subject as it is now."""
    body: B
    """The act's fields; absent while only standing guards are asked."""
    view: View
    """The rest of the state."""
    context: Context
    """The block."""
    part: int = 0
    """Place of the act in its batch, from 1; 0 when it is a statement of its own."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a guard does not hold."""

    field: str
    """Dotted path of what is at fault."""
    facts: Mapping[str, str]
    """What fills the braces of the refusal's sentence."""


def fault(field: str = "", **facts: str) -> Fault:
    """A `Fault` at `field`, with the facts of the case."""
    return Fault(field, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One condition of an act, with the refusal that follows when it does not hold."""

    holds: str
    """The condition as a sentence."""
    code: RefusalCode
    """How the act is refused otherwise."""
    check: Callable[[Call[Any, Any]], Fault | None]
    """None when the condition holds."""
    rule: str = ""
    """Where the rule comes from."""
    standing: bool = False
    """True when the check never looks at the body, so that it can be asked before an act is written."""
    opened_by: tuple[str, ...] = ()
    """Acts that can make the condition hold, on the subject or on a record that the fault names."""

    def ask(self, call: Call[Any, Any]) -> Refusal | None:
        """The refusal for this call, or None when the condition holds."""
        found = self.check(call)
        return None if found is None else self.code.refuse(found.field, **found.facts)


Effect = Callable[[Call[Any, Any]], Mapping[str, Record]]
"""The records that an act writes, by key, without their stamps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row: an act, who may do it, when, and what follows."""

    name: str
    """The act as statements name it."""
    summary: str
    """What it does, as one sentence."""
    record: type[Record]
    """Kind of its subject."""
    body: type[Canonical]
    """Its fields."""
    presence: Presence = Presence.PRESENT
    """Whether it makes or changes its subject."""
    permission: Permission | None = Permission.SIGNER
    """What the member needs; None when the relation alone decides."""
    roles: tuple[Role, ...] = ()
    """Roles of which the organisation needs one; empty when any organisation may act."""
    duty: bool | None = None
    """Whether it is owed to others, so that the caretaker of a suspended organisation may do it; unless told,
    what needs a role and can be done on a record that exists."""
    while_suspended: bool = False
    """Whether members of a suspended organisation may still do it."""
    scope: tuple[Guard, ...] = ()
    """Which records the act is meant for at all."""
    relation: Guard | None = None
    """How the organisation must stand to the record."""
    states: tuple[enum.StrEnum, ...] = ()
    """States of the subject in which the act is possible; empty for every state."""
    guards: tuple[Guard, ...] = ()
    """What else must hold."""
    effect: Effect
    """What it writes."""
    leads_to: tuple[enum.StrEnum, ...] = ()
    """States that can follow; empty when the state stays as it is."""
    paths: tuple[tuple[enum.StrEnum | None, enum.StrEnum], ...] = ()
    """Which state leads to which, None before there is a record, where not every one of `states` leads to
    every one of `leads_to`."""
    rule: str = ""
    """Where the act comes from."""
    likely: Callable[[Call[Any, Any]], Iterable[tuple[str, Canonical]]] | None = None
    """Fields with which the act is likely to be wanted next, in words and as a body: so that conditions on
    fields can be asked beforehand too."""

    def moves(self) -> tuple[tuple[enum.StrEnum | None, enum.StrEnum], ...]:
        """The changes of state that the row allows, from None where the record is created."""
        if self.paths:
            return self.paths
        before: tuple[enum.StrEnum | None, ...] = self.states or (None,)
        return tuple((state, to) for state in before for to in self.leads_to)

    @property
    def is_duty(self) -> bool:
        """Whether a caretaker may do it: what an office owes to others, never what founds or disposes."""
        if self.duty is not None:
            return self.duty
        return bool(self.roles) and self.presence is not Presence.ABSENT

    @property
    def conditions(self) -> tuple[Guard, ...]:
        """Every guard of the row in the order in which it is asked."""
        relation = () if self.relation is None else (self.relation,)
        return (*self.scope, *relation, *self.guards)


class RowBroken(Exception):
    """An effect did what its row does not say: a defect of the rules, and so a refusal on every node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An act took effect."""

    writes: tuple[tuple[str, bytes], ...]
    """Canonical records by key, in the order of their keys."""
    read: int = 0
    """How many records the whole statement looked at."""

    @property
    def work(self) -> int:
        """How many records were looked at and are written."""
        return self.read + len(self.writes)

    @property
    def written_bytes(self) -> int:
        """Size of what is written."""
        return sum(len(data) for _, data in self.writes)


def apply(act: Act, call: Call[Any, Any]) -> Accepted | Refusal:
    """Apply a row to a call whose body is decoded and whose expected version matches."""
    refusal = _check_actor(act, call) or check_state(act, call)
    if refusal is not None:
        return refusal
    for guard in act.guards:
        refusal = guard.ask(call)
        if refusal is not None:
            return refusal
    written = act.effect(call)
    check_outcome(act, call, written)
    return _stamp(act, call, written)


def _check_actor(act: Act, call: Call[Any, Any]) -> Refusal | None:
    """Scope, permission, roles and relation."""
    if act.permission is not None and act.permission not in call.actor.permissions:
        return codes.PERMISSION.refuse(
            "issuer", member=call.actor.member, permission=act.permission.value, act=act.name
        )
    return check_scope(act, call) or check_standing(act, call)


def check_suspension(act: Act, actor: Party) -> Refusal | None:
    """Whether the standing of the actor's organisation leaves it this act."""
    if actor.standing is Standing.SUSPENDED and not act.while_suspended:
        return codes.SUSPENDED.refuse("issuer", organisation=actor.organisation)
    if actor.standing is Standing.CARETAKER and not act.is_duty:
        return codes.CARETAKER.refuse("issuer", organisation=actor.organisation, act=act.name)
    return None


def check_scope(act: Act, call: Call[Any, Any]) -> Refusal | None:
    """Whether the act is meant for this record at all."""
    for guard in act.scope:
        refusal = guard.ask(call)
        if refusal is not None:
            return refusal
    return None


def check_standing(act: Act, call: Call[Any, Any]) -> Refusal | None:
    """Whether the organisation's roles and its relation to the record admit the act."""
    if act.roles and not any(role in call.actor.roles for role in act.roles):
        needed = " or ".join(role.value for role in act.roles)
        return codes.ROLE.refuse("issuer", organisation=call.actor.organisation, act=act.name, roles=needed)
    return None if act.relation is None else act.relation.ask(call)


def check_state(act: Act, call: Call[Any, Any]) -> Refusal | None:
    """Whether the subject's state admits the act."""
    if not act.states or call.record is None or call.record.state in act.states:
        return None
    states = " or ".join(state.value for state in act.states)
    return codes.WRONG_STATE.refuse("subject", act=act.name, state=call.record.state.value, states=states)


def check_outcome(act: Act, call: Call[Any, Any], written: Mapping[str, Record]) -> None:
    """An effect goes where its row says; `RowBroken` when it does not, because the table is the truth."""
    before = getattr(call.record, "state", None)
    after = getattr(written[call.subject], "state", None)
    if after == before and not act.leads_to:
        return
    if after not in act.leads_to or (act.paths and (before, after) not in act.paths):
        raise RowBroken(f"{act.name} led from {before} to {after}, which its row does not allow")


def decode_body(act: Act, data: bytes) -> Any:
    """The body of an act; `ledger.errors.EncodingError` names the field that is not as specified."""
    return canonical.decode(data, act.body, max_bytes=MAX_STATEMENT_BYTES, field="body")


def malformed(problem: str, path: str) -> Refusal:
    """The refusal for what is no body of the act; `path` may spell list indexes in brackets."""
    return codes.MALFORMED.refuse(path.replace("[", ".").replace("]", ""), problem=problem)


def check_version(act: Act, record: Record | None, expected: int, subject: str) -> Refusal | None:
    """The rule that lets a race have exactly one winner."""
    if record is None:
        return _check_absent(act, expected, subject)
    if act.presence is Presence.ABSENT or expected == 0:
        return codes.EXISTS.refuse("expected_version", **_latest(record, subject))
    if expected < record.version:
        return codes.VERSION_PASSED.refuse(
            "expected_version", expected=str(expected), **_latest(record, subject)
        )
    if expected > record.version:
        return codes.VERSION_AHEAD.refuse(
            "expected_version", expected=str(expected), version=str(record.version), subject=subject
        )
    return None


def _check_absent(act: Act, expected: int, subject: str) -> Refusal | None:
    if act.presence is Presence.PRESENT and expected == 0:
        return codes.EXPECTED_ZERO.refuse("expected_version", act=act.name, subject=subject)
    if act.presence is Presence.ABSENT and expected > 0:
        return codes.EXPECTED_CREATION.refuse("expected_version", act=act.name)
    if expected > 0:
        return codes.VERSION_AHEAD.refuse(
            "expected_version", expected=str(expected), version="0 (absent)", subject=subject
        )
    return None


def _latest(record: Record, subject: str) -> dict[str, str]:
    return {
        "subject": subject,
        "version": str(record.version),
        "member": record.changed_by,
        "act": record.changed_act,
    }


def _stamp(act: Act, call: Call[Any, Any], written: Mapping[str, Record]) -> Accepted | Refusal:
    """The records with their next version, encoded, in the order of their keys."""
    writes: list[tuple[str, bytes]] = []
    for key in sorted(written):
        record = written[key]
        before = call.view.get(key, type(record))
        stamped = msgspec.structs.replace(
            record,
            version=1 if before is None else before.version + 1,
            created_ms=call.context.time_ms if before is None else before.created_ms,
            changed_ms=call.context.time_ms,
            changed_by=call.actor.member,
            changed_act=act.name,
            changed_part=call.part,
            changed_for="" if call.actor.agent is None else call.actor.organisation,
        )
        data = canonical.encode(stamped)
        if len(data) > MAX_RECORD_BYTES:
            return codes.RECORD_FULL.refuse("subject", record=key, limit=f"{MAX_RECORD_BYTES} bytes")
        writes.append((key, data))
    return Accepted(writes=tuple(writes))
