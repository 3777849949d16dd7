"""What a change of the network does, as one sentence for a person."""

from __future__ import annotations

from functools import singledispatch

from contracts.governance.model import (
    AddValidator,
    AdmitOrganisation,
    AnyChange,
    ChangeOrganisation,
    ChangeParameters,
    ChangeRules,
    DecideDispute,
    ReinstateOrganisation,
    RemoveValidator,
    ReplaceAdministrator,
    ReplaceNode,
    RotateValidator,
    SuspendOrganisation,
)
from contracts.governance.settings import plan_said
from contracts.membership.model import REPLACEMENT_DELAY_MS, NewParameters, Plan

_DAY_MS = 24 * 3_600_000


@singledispatch
def change_said(change: AnyChange) -> str:
    """What a change does, as one sentence."""
    raise TypeError(f"no words for {type(change).__name__}")


@change_said.register
def _(change: AdmitOrganisation) -> str:
    roles = ", ".join(role.value for role in change.roles)
    return f"Admit {change.organisation} ({change.name}) as {roles}."


@change_said.register
def _(change: AddValidator) -> str:
    return f"Add {change.organisation} as a validator."


@change_said.register
def _(change: RemoveValidator) -> str:
    return f"Remove {change.organisation} from the validators."


@change_said.register
def _(change: RotateValidator) -> str:
    return f"Replace the validator key of {change.organisation}."


@change_said.register
def _(change: ReplaceNode) -> str:
    return f"Replace the key of the node {change.organisation}/{change.node}."


@change_said.register
def _(change: ChangeOrganisation) -> str:
    parts = {
        "name": change.name,
        "roles": None if change.roles is None else ", ".join(role.value for role in change.roles),
        "jurisdiction": change.jurisdiction,
        "numbering key": None if change.numbering_key is None else "a new one",
    }
    said = "; ".join(f"{name} to {value}" for name, value in parts.items() if value is not None)
    return f"Change {change.organisation}: {said}."


@change_said.register
def _(change: SuspendOrganisation) -> str:
    caretaker = "" if change.caretaker is None else f", with {change.caretaker} as its caretaker"
    return f"Suspend {change.organisation}{caretaker}."


@change_said.register
def _(change: ReinstateOrganisation) -> str:
    return f"Reinstate {change.organisation}."


@change_said.register
def _(change: ReplaceAdministrator) -> str:
    days = REPLACEMENT_DELAY_MS // _DAY_MS
    return f"Let {change.administrator} take over {change.organisation} after {days} days, unless vetoed."


@change_said.register
def _(change: DecideDispute) -> str:
    return f"Decide the dispute over bill/{change.bill} for {change.organisation}, who possesses it then."


@change_said.register
def _(change: ChangeParameters) -> str:
    if change.parameters == NewParameters():
        return "Take back every change of parameters that is planned."
    said = plan_said(Plan(from_height=change.from_height, parameters=change.parameters))
    return f"Set {said}{', and no others that are planned' if change.instead else ''}."


@change_said.register
def _(change: ChangeRules) -> str:
    plan = Plan(from_height=change.from_height, rules_version=change.rules_version)
    return f"Go over to {plan_said(plan)}."
