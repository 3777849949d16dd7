"""What the records say: times of clearance, refusals, holds, surrenders, and what was carried.

Milestones within the window say which records to look at; what they lack is read from
the records themselves, in batches. Only the fields that are needed are decoded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from contracts.bill.vocabulary import BillState, BillType, SurrenderPurpose
from contracts.milestones import Kind
from contracts.model import Direction, bill_key, container_key, country_of, declaration_key
from contracts.movement.equipment import TEU_HUNDREDTHS
from nodes.indicators.model import (
    NO_OFFICE,
    Leg,
    OpenHolds,
    Passage,
    RefusedDocuments,
    Surrendered,
    Trade,
    spread,
)
from nodes.indicators.records import BillPart, ContainerPart, DeclarationPart, Records
from nodes.storage import Store, StoredMilestone

MAX_MILESTONES: Final = 50_000
"""Newest milestones of one kind that are looked at: a port with a million containers a year has as many
deliveries in three weeks."""

MAX_GROUPS: Final = 10_000
"""Most lines that are told apart: legs by operator, refusals by declarant."""

SURRENDERABLE: Final = (BillType.STRAIGHT, BillType.TO_ORDER, BillType.BLANK)
"""Bills without whose surrender the goods are not delivered; a sea waybill needs none."""

COUNTING: Final = frozenset(BillState) - {
    BillState.DRAFT,
    BillState.APPROVED,
    BillState.VOIDED,
    BillState.SWITCHED_TO_PAPER,
}
"""States of bills that control goods here: drafts never did, and the ledger sees no surrender of paper."""


def trade(store: Store, from_ms: int, until_ms: int, limit: int = MAX_MILESTONES) -> Trade:
    """The indicators of trade for a window, from the newest `limit` milestones of each kind at most."""
    window = _Window(store, from_ms, until_ms, limit)
    return Trade(
        release=window.release(),
        gate_out=window.gate_out(),
        refused=window.refused(),
        holds=window.holds(),
        surrendered=window.surrendered(),
        legs=window.legs(),
        whole=window.whole,
    )


class _Passages:
    """Durations by office while they are gathered."""

    def __init__(self) -> None:
        self._durations: defaultdict[str, list[int]] = defaultdict(list)
        self._ahead: defaultdict[str, int] = defaultdict(int)
        self._whose: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, office: str, duration_ms: int, organisation: str) -> None:
        """One container."""
        self._durations[office].append(max(0, duration_ms))
        self._ahead[office] += duration_ms < 0
        self._whose[office].add(organisation)

    def lines(self) -> Iterator[Passage]:
        """One line for each office, the busiest first."""
        for office, found in sorted(self._durations.items(), key=lambda one: (-len(one[1]), one[0])):
            time = spread(found)
            if time is not None:
                whose = len(self._whose[office])
                yield Passage(office=office, time=time, ahead=self._ahead[office], organisations=whose)


class _Window:
    """One computation; `whole` turns false when a limit was met."""

    def __init__(self, store: Store, from_ms: int, until_ms: int, limit: int) -> None:
        self._statistics = store.statistics
        self._records = Records(store)
        self._from_ms = from_ms
        self._until_ms = until_ms
        self._limit = limit
        self.whole = True

    def release(self) -> tuple[Passage, ...]:
        """Discharge to release: of each container under an import declaration released in the window."""
        found, passages = self._milestones(Kind.RELEASED), _Passages()
        declarations = self._records.declarations(one.key for one in found)
        bills = self._records.bills(bill_key(bill) for one in declarations.values() for bill in one.bills)
        covered = {key: _covered(one, bills) for key, one in declarations.items()}
        containers = self._records.containers(key for keys in covered.values() for key in keys)
        for key, declaration in declarations.items():
            for container in covered[key]:
                begun = _discharged_ms(containers.get(container), declaration.jurisdiction)
                if begun is not None and declaration.released_ms is not None:
                    passages.add(declaration.office, declaration.released_ms - begun, declaration.declarant)
        return tuple(passages.lines())

    def gate_out(self) -> tuple[Passage, ...]:
        """Discharge to the gate: of each container that left for its importer in the window."""
        found, passages = self._milestones(Kind.DELIVERED), _Passages()
        containers = self._records.containers(one.key for one in found)
        declarations = self._records.declarations(
            declaration_key(name) for one in containers.values() for name in one.declarations
        )
        for one in found:
            container, country = containers.get(one.key), country_of(one.about)
            begun = _discharged_ms(container, country)
            if container is None or begun is None or begun > one.time_ms:
                continue
            for office, organisation in _offices(container, country, declarations):
                passages.add(office, one.time_ms - begun, organisation)
        return tuple(passages.lines())

    def refused(self) -> tuple[RefusedDocuments, ...]:
        """Declarations refused and rejected, by office and reason."""
        counts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        whose: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
        for (what, office, reason, declarant), count in self._counted(Kind.REFUSED):
            counts[what, office, reason] += count
            whose[what, office, reason].add(declarant)
        return tuple(
            RefusedDocuments(
                what=line[0], office=line[1], reason=line[2], count=count, organisations=len(whose[line])
            )
            for line, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        )

    def holds(self) -> tuple[OpenHolds, ...]:
        """Every hold that is open, whenever it was placed: by authority."""
        ages: defaultdict[str, list[int]] = defaultdict(list)
        whose: defaultdict[str, set[str]] = defaultdict(set)
        for one in self._milestones(Kind.HELD, from_ms=-1):
            authority, _, declarant, _ = one.about.split(" ")
            ages[authority].append(self._until_ms - one.time_ms)
            whose[authority].add(declarant)
        return tuple(
            OpenHolds(authority=authority, age=age, oldest_ms=max(found), organisations=len(whose[authority]))
            for authority, found in sorted(ages.items(), key=lambda one: (-len(one[1]), one[0]))
            if (age := spread(found)) is not None
        )

    def surrendered(self) -> Surrendered:
        """Bills whose first container reached the place of delivery in the window."""
        containers = self._records.containers(one.key for one in self._milestones(Kind.CARRIED))
        bills = self._records.bills(bill_key(name) for one in containers.values() for name in one.bills)
        due = [bill for bill in bills.values() if bill.type in SURRENDERABLE and bill.state in COUNTING]
        covered = self._records.containers(container_key(name) for bill in due for name in bill.containers)
        arrived = [
            (bill, time_ms)
            for bill in due
            if (time_ms := _arrived_ms(bill, covered)) is not None
            and self._from_ms < time_ms <= self._until_ms
        ]
        return Surrendered(
            arrived=len(arrived),
            before=sum(_accepted_by(bill, time_ms) for bill, time_ms in arrived),
            organisations=len({bill.carrier for bill, _ in arrived}),
        )

    def legs(self) -> tuple[Leg, ...]:
        """Arrivals in the window, by mode and leg."""
        grouped: defaultdict[tuple[str, str, str], list[tuple[str, str, int]]] = defaultdict(list)
        for (mode, origin, destination, length, operator), count in self._counted(Kind.CARRIED):
            grouped[mode, origin, destination].append((length, operator, count))
        lines = (_leg(*place, parts) for place, parts in grouped.items())
        return tuple(
            sorted(lines, key=lambda leg: (-leg.teu_hundredths, leg.mode, leg.origin, leg.destination))
        )

    def _milestones(self, kind: Kind, from_ms: int | None = None) -> tuple[StoredMilestone, ...]:
        since = self._from_ms if from_ms is None else from_ms
        found = self._statistics.milestones(kind.value, since, self._until_ms, self._limit)
        self.whole = self.whole and len(found) < self._limit
        return found

    def _counted(self, kind: Kind) -> Iterator[tuple[list[str], int]]:
        found = self._statistics.counted(kind.value, self._from_ms, self._until_ms, MAX_GROUPS)
        self.whole = self.whole and len(found) < MAX_GROUPS
        return ((about.split(" "), count) for about, count in found)


def _covered(declaration: DeclarationPart, bills: dict[str, BillPart]) -> set[str]:
    """Keys of the containers under a declaration, by themselves or through a bill."""
    listed = [bills[key].containers for key in map(bill_key, declaration.bills) if key in bills]
    return {container_key(name) for names in (declaration.containers, *listed) for name in names}


def _discharged_ms(container: ContainerPart | None, country: str) -> int | None:
    """When a container was first taken off a vessel, train or barge in a country, as far as it is known."""
    times = () if container is None else container.discharges(country)
    return min(times, default=None)


def _offices(
    container: ContainerPart, country: str, declarations: dict[str, DeclarationPart]
) -> Iterable[tuple[str, str]]:
    """The offices of the released import declarations that cover a container, each with one declarant."""
    found = {
        one.office: one.declarant
        for one in (declarations.get(declaration_key(name)) for name in container.declarations)
        if one is not None
        and one.type == Direction.IMPORT
        and one.jurisdiction == country
        and one.released_ms is not None
    }
    return found.items() or ((NO_OFFICE, container.operator),)


def _arrived_ms(bill: BillPart, containers: dict[str, ContainerPart]) -> int | None:
    """When the first container of a bill was at its place of delivery."""
    found = (containers.get(container_key(name)) for name in bill.containers)
    times = (one.reached_ms(bill.place_of_delivery) for one in found if one is not None)
    return min((time_ms for time_ms in times if time_ms is not None), default=None)


def _accepted_by(bill: BillPart, time_ms: int) -> bool:
    """Whether the carrier had accepted a surrender for delivery by then."""
    surrender = bill.surrender
    if surrender is None or surrender.accepted_ms is None:
        return False
    return surrender.purpose != SurrenderPurpose.AMENDMENT and surrender.accepted_ms <= time_ms


def _leg(mode: str, origin: str, destination: str, parts: Collection[tuple[str, str, int]]) -> Leg:
    return Leg(
        mode=mode,
        origin=origin,
        destination=destination,
        containers=sum(count for _, _, count in parts),
        teu_hundredths=sum(TEU_HUNDREDTHS.get(length, 0) * count for length, _, count in parts),
        unsized=sum(count for length, _, count in parts if length not in TEU_HUNDREDTHS),
        organisations=len({operator for _, operator, _ in parts}),
    )
