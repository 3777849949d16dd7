"""Whether a case breaks one condition alone: every condition of the row is asked, not only the first."""

from __future__ import annotations

from contracts import execution
from contracts.catalogue import ACTS
from contracts.context import View
from contracts.table import Call, Guard
from ledger.errors import InvariantViolated
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import World


def broken_conditions(world: World, broken: Broken, good: Good) -> list[int]:
    """The places in the row's conditions of those that do not hold for a case, in a world spoiled by it."""
    given = {**good.body(world), **broken.body}
    body = {name: value for name, value in given.items() if value is not None}
    subject = broken.subject or good.subject
    statement = world.statement(broken.act, subject, broken.who or good.who, body)
    actor = execution.authenticate(statement, world, world.context)
    assert isinstance(actor, execution.Actor), actor
    fields = execution.make_body(broken.act, body)
    row, view = ACTS[broken.act], View(world)
    record = view.get(subject, row.record)
    call = Call(broken.act, subject, actor, record, fields, view, world.context)
    return [place for place, guard in enumerate(row.conditions) if not holds(guard, call)]


def holds(guard: Guard, call: Call) -> bool:  # type: ignore[type-arg]
    """Whether a condition holds; one that relies on an earlier one may raise when that does not hold."""
    try:
        return guard.check(call) is None
    except (InvariantViolated, LookupError, StopIteration):
        return False
