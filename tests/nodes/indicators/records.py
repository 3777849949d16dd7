"""Records as a test wants them, written to a store with what follows from them."""

from __future__ import annotations

import hashlib
from typing import Any

from contracts.bill.model import Bill, Surrender
from contracts.bill.vocabulary import BillState, BillType, SurrenderPurpose
from contracts.clearance.model import Declaration, DeclarationError, Hold
from contracts.clearance.vocabulary import DeclarationState, HoldReason, RefusalReason
from contracts.model import Direction, Record
from contracts.movement.model import Container, Departure, Event
from contracts.movement.vocabulary import ContainerState, EventType
from ledger.canonical import encode
from nodes.storage import NOTHING, Store, change
from nodes.writing import read_model
from tests.nodes.storage.chain import ChainBuilder, entry, record

HOUR = 3_600_000
ZERO = "0" * 64


def name(label: str, digits: int = 32) -> str:
    """An id of a test's own."""
    return hashlib.sha256(label.encode()).hexdigest()[:digits]


def bill_id(label: str) -> str:
    return name(label, 64)


def write(store: Store, chain: ChainBuilder, **records: Record) -> None:
    """One block that writes records; `bill_x` is the bill of the label `x`, and so on."""
    writes, changes = [], []
    for label, value in records.items():
        kind, _, rest = label.partition("_")
        key = f"{kind}/{bill_id(rest) if kind == 'bill' else name(rest)}"
        current, data = store.record(key), encode(value)
        version, before = (
            (0, NOTHING) if current is None else (current.version, read_model(key, current.value))
        )
        index = chain.size + len(writes)
        writes.append(record(key, version + 1, index, data))
        changes.append(change(key, index, before, read_model(key, data)))
    entries = [entry(f"{chain.size + number}") for number in range(len(writes))]
    store.commit_block(chain.block(entries, records=writes, read_models=changes))


def declaration(**changes: Any) -> Declaration:
    """An accepted import at Hai Phong."""
    fields: dict[str, Any] = {
        "type": Direction.IMPORT,
        "state": DeclarationState.ACCEPTED,
        "office": "haiphong-customs",
        "jurisdiction": "VN",
        "declarant": "red-river",
        "contents": ZERO,
    }
    return Declaration(**{**fields, **changes})


def released(at_ms: int, *containers: str, **changes: Any) -> Declaration:
    """The same, released, over containers by label."""
    covered = tuple(map(name, containers))
    fields: dict[str, Any] = {"state": DeclarationState.RELEASED, "released_ms": at_ms, "containers": covered}
    return declaration(**{**fields, **changes})


def refused(at_ms: int, reason: RefusalReason, **changes: Any) -> Declaration:
    return declaration(
        state=DeclarationState.REFUSED, refused_for=reason, refused_ms=at_ms, changed_ms=at_ms + 9, **changes
    )


def rejected(at_ms: int, code: str, **changes: Any) -> Declaration:
    errors = (DeclarationError(code=code), DeclarationError(code="LATER"))
    return declaration(state=DeclarationState.REJECTED, errors=errors, changed_ms=at_ms, **changes)


def held(*holds: tuple[str, int], **changes: Any) -> Declaration:
    """Under holds by authority and time."""
    placed = tuple(
        Hold(id=f"hold-{number}", authority=authority, reason=HoldReason.QUARANTINE, placed_ms=at_ms)
        for number, (authority, at_ms) in enumerate(holds)
    )
    return declaration(holds=placed, **changes)


def container(*events: tuple[str, str, int], out: tuple[str, int] | None = None, **changes: Any) -> Container:
    """A container with events by type, place and time; `out` is its departure for import."""
    told = tuple(
        Event(
            version=number + 1,
            event=EventType(event),
            facility=place,
            event_ms=at_ms,
            organisation="haiphong-terminal",
        )
        for number, (event, place, at_ms) in enumerate(events)
    )
    left = [Departure(direction=Direction.IMPORT, facility=out[0], event_ms=out[1])] if out else []
    fields: dict[str, Any] = {
        "commitment": ZERO,
        "operator": "coral-line",
        "state": ContainerState.IN_FACILITY,
        "events": told,
        "departures": tuple(left),
    }
    if "declarations" in changes:
        changes["declarations"] = tuple(map(name, changes["declarations"]))
    if "bills" in changes:
        changes["bills"] = tuple(map(bill_id, changes["bills"]))
    return Container(**{**fields, **changes})


def bill(*containers: str, accepted_ms: int | None = None, **changes: Any) -> Bill:
    """A bill to order for Hai Phong; surrendered for delivery when `accepted_ms` is given."""
    purpose = changes.pop("purpose", SurrenderPurpose.DELIVERY)
    surrender = Surrender(purpose=purpose, requester="red-river", accepted_ms=accepted_ms)
    fields: dict[str, Any] = {
        "type": BillType.TO_ORDER,
        "state": BillState.ISSUED if accepted_ms is None else BillState.SURRENDERED_FOR_DELIVERY,
        "carrier": "coral-line",
        "contents": ZERO,
        "containers": tuple(map(name, containers)),
        "place_of_loading": "CNQZH",
        "place_of_delivery": "VNHPH",
        "surrender": None if accepted_ms is None else surrender,
    }
    return Bill(**{**fields, **changes})


def by_sea(arrival_ms: int, discharge_ms: int | None = None) -> tuple[tuple[str, str, int], ...]:
    """Events of a box from Qinzhou to Hai Phong."""
    sailed = (
        ("gate_in", "CNQZH", arrival_ms - 50 * HOUR),
        ("load", "CNQZH", arrival_ms - 41 * HOUR),
        ("vessel_departure", "CNQZH", arrival_ms - 40 * HOUR),
        ("vessel_arrival", "VNHPH", arrival_ms),
    )
    return sailed if discharge_ms is None else (*sailed, ("discharge", "VNHPH", discharge_ms))
