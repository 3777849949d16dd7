"""`python -m benchmarks.indicators`: what reading the indicators costs with the whole ledger in the window.

Trips of containers are written as their records would stand after them, with a
bill and an import declaration each, thirteen entries a trip. The cost is
processor time, beside that of reading single records on the same store, as a ratio.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import update

from benchmarks.growth import Ledger
from contracts.bill.model import Bill, Surrender
from contracts.bill.vocabulary import BillState, BillType, SurrenderPurpose
from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState
from contracts.model import Direction, Record
from contracts.movement.model import Container, Departure, Event
from contracts.movement.vocabulary import ContainerState, EventType
from ledger.canonical import encode
from ledger.primitives import encode_base64url
from ledger.seal import NIL, Seal
from ledger.validators import Validator, ValidatorSet
from nodes.clock import SystemClock
from nodes.indicators.model import Indicators
from nodes.indicators.service import IndicatorService
from nodes.storage import NOTHING, RecordWrite, Store, change
from nodes.storage.models import VALIDATOR_SET
from nodes.writing import read_model

ENTRIES_A_TRIP = 13
START_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
TRIPS_A_BLOCK = 4
READINGS = 5
READS = 1_000
"""Reads of single records, for comparison."""

FOUR = ValidatorSet(
    validators=tuple(
        Validator(organisation=f"validator-{number}", bls_key=encode_base64url(bytes([number]) * 48))
        for number in range(4)
    )
)

_TRIP = (
    (EventType.GATE_IN, "CNQZH", 0),
    (EventType.LOAD, "CNQZH", 1),
    (EventType.VESSEL_DEPARTURE, "CNQZH", 2),
    (EventType.VESSEL_ARRIVAL, "VNHPH", 3),
    (EventType.DISCHARGE, "VNHPH", 4),
    (EventType.GATE_OUT, "VNHPH", 5),
)


def trip(number: int, time_ms: int) -> Iterator[tuple[str, Record]]:
    """The records of one container's trip, which begins at a time."""
    name = hashlib.sha256(str(number).encode()).hexdigest()
    short, office = name[:32], f"customs-{number % 5}"
    out = Departure(direction=Direction.IMPORT, facility="VNHPH", event_ms=time_ms + 5)
    yield (
        f"container/{short}",
        Container(
            commitment=name,
            operator=f"carrier-{number % 4}",
            state=ContainerState.ON_ROAD,
            facility="VNHPH",
            length="4" if number % 2 else "2",
            events=tuple(
                Event(
                    version=place + 1, event=event, facility=at, event_ms=time_ms + after, organisation="port"
                )
                for place, (event, at, after) in enumerate(_TRIP)
            ),
            bills=(name,),
            declarations=(short,),
            departures=(out,),
        ),
    )
    yield (
        f"bill/{name}",
        Bill(
            type=BillType.TO_ORDER,
            state=BillState.SURRENDERED_FOR_DELIVERY,
            carrier=f"carrier-{number % 4}",
            contents=name,
            containers=(short,),
            place_of_loading="CNQZH",
            place_of_delivery="VNHPH",
            surrender=Surrender(
                purpose=SurrenderPurpose.DELIVERY, requester="buyer", accepted_ms=time_ms + 3
            ),
        ),
    )
    yield (
        f"declaration/{short}",
        Declaration(
            type=Direction.IMPORT,
            state=DeclarationState.RELEASED,
            office=office,
            jurisdiction="VN",
            declarant=f"broker-{number % 30}",
            contents=name,
            bills=(name,),
            released_ms=time_ms + 5,
        ),
    )


def fill(store: Store, entries: int) -> int:
    """Commit so many entries, some trips a block; how many trips they are."""
    ledger, trips = Ledger(store, 0.0), entries // ENTRIES_A_TRIP
    ledger.grow(1)
    with store.database.writing() as connection:
        connection.execute(update(VALIDATOR_SET).values(data=encode(FOUR)))
    for first in range(0, trips, TRIPS_A_BLOCK):
        numbers = range(first, min(first + TRIPS_A_BLOCK, trips))
        height = 1 if ledger.parent is None else ledger.parent.height + 1
        made = [one for number in numbers for one in trip(number, START_MS + 1_000 * height)]
        size = ledger.frontier.size
        records = [
            RecordWrite(key=key, version=1, value=encode(record), entry_index=size + place)
            for place, (key, record) in enumerate(made)
        ]
        leaves = [_leaf(size + place) for place in range(ENTRIES_A_TRIP * len(numbers))]
        block = ledger._block(leaves, records, NIL, {})
        found = [change(one.key, one.entry_index, NOTHING, read_model(one.key, one.value)) for one in records]
        store.commit_block(replace(block, read_models=found, parent_seal=_seal(height - 1)))
    return trips


def _leaf(index: int) -> bytes:
    return hashlib.shake_128(str(index).encode()).digest(900)


def _seal(height: int) -> bytes | None:
    """A seal by three of the four; nobody seals the genesis."""
    if height == 0:
        return None
    signers, signature = encode_base64url(bytes([7 if height % 3 else 14])), encode_base64url(bytes(96))
    return encode(Seal(height=height, round=0, block_id="0" * 64, signers=signers, signature=signature))


def measure(store: Store) -> tuple[Indicators, float, float]:
    """The indicators, and the processor and wall time that the quickest of some readings took."""
    spent = []
    while True:
        service = IndicatorService(store, SystemClock(), 3)
        begun, wall = time.process_time(), time.perf_counter()
        found = service.read()
        spent.append((time.process_time() - begun, time.perf_counter() - wall))
        if len(spent) == READINGS:
            return found, *min(spent)


def main() -> int:
    """Fill a database, read the indicators, and print what that took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.indicators")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--url", default="", help="an empty database instead of a SQLite file of its own")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sealane-indicators-") as folder:
        url = options.url or f"sqlite:///{Path(folder) / 'ledger.db'}"
        with Store.open(url, create=True) as store:
            trips = fill(store, options.entries)
            keys = [key for number in range(READS) for key, _ in trip(number % trips, 0)][:READS]
            begun = time.process_time()
            for key in keys:
                store.record(key)
            single_s = (time.process_time() - begun) / READS
            found, processor_s, wall_s = measure(store)
    busiest = found.trade.release[0]
    print(f"{trips} trips, {options.entries} entries, {found.height} blocks")
    print(f"{busiest.time.count} containers released at {busiest.office}, {len(found.trade.legs)} leg")
    print(f"indicators: {processor_s * 1000:.0f} ms of processor, {wall_s * 1000:.0f} ms of wall time")
    print(f"that is {processor_s / single_s:.0f} reads of a single record ({single_s * 1e6:.0f} us each)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
