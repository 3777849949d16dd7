"""Parameters and rules by ballot: what such a change needs, what it writes, and what is in force at a height.

Whatever is decided in block h applies to block h + 2 at the earliest, so that a
node knows the terms of a height before it works on it. No rule asks which versions
of the rules this software has: all nodes must decide alike, and one that lacks a
version stops at its height (`contracts.versions.RulesUnknown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import asdict, replace

from contracts.context import View
from contracts.governance.model import AnyChange, ChangeParameters, ChangeRules, SettingsChange
from contracts.membership.model import MAX_PLANS, NetworkParameters, NewParameters, Plan
from contracts.model import PARAMETERS_KEY, Record
from contracts.table import Fault, fault
from ledger.genesis import Parameters
from ledger.primitives import Height
from ledger.statement import MAX_STATEMENT_BYTES

EFFECTIVE_AFTER: Final = 2
"""Heights from the block that decides to the first to which the decision applies."""

MAX_AHEAD: Final = 10_000_000
"""Heights by which a change may lie ahead: years, yet no slip of the keyboard stays planned for ever."""

BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "statement_window_ms": (900_000, 86_400_000),
    "max_block_bytes": (MAX_STATEMENT_BYTES, 4_194_304),
    "max_block_entries": (1, 10_000),
    "precision_ms": (50, 60_000),
    "message_delay_ms": (100, 60_000),
    "heartbeat_ms": (100, 3_600_000),
}
"""What a ballot can set, least and most. Clients sign for ten minutes ahead, so the window is never shorter.
A block has room for a statement and travels as one message. Clocks a minute apart and an hour of silence are
the most with which a network still serves its users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is in force at one height."""

    parameters: Parameters
    """Numbers that all nodes share."""
    rules_version: int
    """Version of the contracts that execute the block."""


def terms_at(record: NetworkParameters, height: Height) -> Terms:
    """The terms of a height, from the record after the block before it or before that."""
    due = [plan for plan in record.planned if plan.from_height <= height]
    return Terms(
        parameters=_changed(record.parameters, (plan.parameters for plan in due)),
        rules_version=next(
            (plan.rules_version for plan in reversed(due) if plan.rules_version is not None),
            record.rules_version,
        ),
    )


def longest_window_ms(record: NetworkParameters) -> int:
    """The longest time for which a statement in the log, or yet to come, could be accepted again."""
    windows = [record.parameters.statement_window_ms, record.longest_window_ms]
    new = [plan.parameters.statement_window_ms for plan in record.planned if plan.parameters is not None]
    return max([*windows, *(window for window in new if window is not None)])


def _changed(parameters: Parameters, changes: Iterable[NewParameters | None]) -> Parameters:
    for change in changes:
        if change is not None:
            parameters = replace(parameters, **_given(change))
    return parameters


def _given(parameters: NewParameters) -> dict[str, int]:
    return {name: value for name, value in asdict(parameters).items() if value is not None}


# ----- what must hold ---------------------------------------------------------


def something_changes(change: AnyChange) -> Fault | None:
    """A change of parameters names one, or takes back what is planned."""
    if not isinstance(change, ChangeParameters) or _given(change.parameters) or change.instead:
        return None
    return fault("parameters")


def within_bounds(change: AnyChange) -> Fault | None:
    """Each number is one with which a network works."""
    if not isinstance(change, ChangeParameters):
        return None
    for name, value in _given(change.parameters).items():
        least, most = BOUNDS[name]
        if not least <= value <= most:
            return fault(f"parameters.{name}", name=name, value=str(value), least=str(least), most=str(most))
    return None


def height_is_ahead(change: AnyChange, _: View, height: Height) -> Fault | None:
    """The change applies two heights from now or later, and not in a far future."""
    earliest, latest = height + EFFECTIVE_AFTER, height + MAX_AHEAD
    if not isinstance(change, SettingsChange) or earliest <= change.from_height <= latest:
        return None
    return fault(
        "from_height", from_height=str(change.from_height), earliest=str(earliest), latest=str(latest)
    )


def rules_go_forward(change: AnyChange, view: View, height: Height) -> Fault | None:
    """Rules are never older than those in force, and the same only where others are planned."""
    if not isinstance(change, ChangeRules):
        return None
    record = view.require(PARAMETERS_KEY, NetworkParameters)
    current = terms_at(record, Height(height + 1)).rules_version
    planned = any(plan.rules_version is not None for plan in _ahead(record, height))
    if change.rules_version > current or (change.rules_version == current and planned):
        return None
    return fault("rules_version", rules_version=str(change.rules_version), current=str(current))


def room_for_plan(change: AnyChange, view: View, height: Height) -> Fault | None:
    """There is room for another change of numbers that waits for its height; for rules there always is."""
    if not isinstance(change, ChangeParameters):
        return None
    record = view.require(PARAMETERS_KEY, NetworkParameters)
    waiting = [plan for plan in _kept(change, record, height) if plan.parameters is not None]
    return None if len(waiting) < MAX_PLANS - 1 else fault("from_height", limit=str(MAX_PLANS - 1))


# ----- effect -----------------------------------------------------------------


def planned(change: ChangeParameters | ChangeRules, view: View, height: Height) -> dict[str, Record]:
    """The record with the change in its place, and with what is in force by the next block taken over."""
    record = view.require(PARAMETERS_KEY, NetworkParameters)
    now = terms_at(record, Height(height + 1))
    plans = _kept(change, record, height)
    if isinstance(change, ChangeParameters) and _given(change.parameters):
        plans.append(Plan(from_height=change.from_height, parameters=change.parameters))
    elif isinstance(change, ChangeRules) and change.rules_version != now.rules_version:
        plans.append(Plan(from_height=change.from_height, rules_version=change.rules_version))
    longest = longest_window_ms(record)
    written = replace(
        record,
        parameters=now.parameters,
        rules_version=now.rules_version,
        planned=tuple(sorted(plans, key=lambda plan: plan.from_height)),
        longest_window_ms=longest if longest > now.parameters.statement_window_ms else 0,
    )
    return {PARAMETERS_KEY: written}


def _ahead(record: NetworkParameters, height: Height) -> list[Plan]:
    """What does not apply to the next block yet."""
    return [plan for plan in record.planned if plan.from_height > height + 1]


def _kept(change: ChangeParameters | ChangeRules, record: NetworkParameters, height: Height) -> list[Plan]:
    """What is planned beside the change: rules take the place of rules, and numbers of numbers when asked."""
    ahead = _ahead(record, height)
    if isinstance(change, ChangeRules):
        ahead = [plan for plan in ahead if plan.rules_version is None]
    elif change.instead:
        ahead = [plan for plan in ahead if plan.parameters is None]
    return ahead


def plan_said(plan: Plan) -> str:
    """What is planned, as one phrase."""
    if plan.parameters is None:
        return f"rules version {plan.rules_version} from block {plan.from_height} on"
    numbers = ", ".join(f"{name} {value}" for name, value in _given(plan.parameters).items())
    return f"{numbers} from block {plan.from_height} on"
