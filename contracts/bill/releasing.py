"""Guards and effects of the carrier's delivery release: its order to hand the goods over to a named party."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.bill.bodies import ReleaseDelivery, RevokeRelease
from contracts.bill.model import Bill
from contracts.bill.rules import OnBill
from contracts.model import Direction, Record
from contracts.relations import container_record
from contracts.table import Call, Fault, fault


def is_not_released(call: OnBill) -> Fault | None:
    """The goods are not released to anyone yet."""
    to = call.record.release_to
    return None if to is None else fault("subject", to=to)


def is_released(call: OnBill) -> Fault | None:
    """The goods are released to someone."""
    return fault("subject") if call.record.release_to is None else None


def goods_are_there(call: OnBill) -> Fault | None:
    """Not every container of the bill has left for its receiver."""
    containers = [container_record(container, call.view) for container in call.record.containers]
    left = [any(d.direction is Direction.IMPORT for d in container.departures) for container in containers]
    return fault("subject") if left and all(left) else None


def release(call: Call[Bill, ReleaseDelivery]) -> Mapping[str, Record]:
    """The goods may be handed over to a named party."""
    return {call.subject: replace(call.record, release_to=call.body.to)}


def revoke_release(call: Call[Bill, RevokeRelease]) -> Mapping[str, Record]:
    """The goods stay until the carrier orders their release anew."""
    return {call.subject: replace(call.record, release_to=None, release_required=True)}
