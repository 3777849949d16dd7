"""The values of the indicators, as of one block and for a window of block time before it.

Each line that counts organisations' business says in how many organisations' it is:
what strangers are shown depends on that (`nodes.indicators.publishing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAY_MS = 86_400_000
"""A day in milliseconds."""

NO_OFFICE = ""
"""The office of containers that no import declaration of their country covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Durations, in milliseconds, by the nearest rank: each value is one that was observed."""

    count: int
    """How many there are."""
    median_ms: int
    """Half of them are not longer."""
    p90_ms: int
    """Nine in ten are not longer."""


def spread(durations_ms: Iterable[int]) -> Spread | None:
    """The spread of durations; None when there are none."""
    found = sorted(durations_ms)
    if not found:
        return None
    return Spread(count=len(found), median_ms=nearest_rank(found, 50), p90_ms=nearest_rank(found, 90))


def nearest_rank(ordered: list[int], percent: int) -> int:
    """The smallest of the values, which are in order, that `percent` in a hundred do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How long containers took from discharge to a decision or to the gate, at one customs office."""

    office: str
    """The office, or `NO_OFFICE`."""
    time: Spread
    """From discharge; what was decided before discharge counts as 0."""
    ahead: int
    """How many of them were decided before discharge."""
    organisations: int
    """Declarants whose containers these are; operators where nobody declared them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDocuments:
    """Declarations that an office turned away for one reason."""

    what: str
    """`refused`: accepted, but the goods may not go; `rejected`: not fit to be a declaration."""
    office: str
    """Which office."""
    reason: str
    """The reason of a refusal; the first error code of a rejection."""
    count: int
    """How many."""
    organisations: int
    """Declarants whose they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHolds:
    """Holds of one authority that are open now, whenever they were placed."""

    authority: str
    """Who placed them."""
    age: Spread
    """How long they have been open."""
    oldest_ms: int
    """How long the oldest has."""
    organisations: int
    """Declarants whose goods are held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrendered:
    """Bills whose goods reached their place of delivery, and those surrendered before that."""

    arrived: int
    """Bills that have to be surrendered, whose first container arrived."""
    before: int
    """Those of them whose surrender for delivery the carrier had accepted by then."""
    organisations: int
    """Carriers whose bills they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Containers carried from one place to another by one mode."""

    mode: str
    """`sea`, `rail`, `road` or `barge`."""
    origin: str
    """UN/LOCODE of where they came from."""
    destination: str
    """UN/LOCODE of where they arrived."""
    containers: int
    """How many arrived."""
    teu_hundredths: int
    """Hundredths of twenty-foot equivalent units of those whose length is known."""
    unsized: int
    """How many of them have no known length, and are in no TEU."""
    organisations: int
    """Operators whose containers they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What the records say."""

    release: tuple[Passage, ...]
    """Discharge to customs release, by office."""
    gate_out: tuple[Passage, ...]
    """Discharge to the gate, by office."""
    refused: tuple[RefusedDocuments, ...]
    """Declarations turned away."""
    holds: tuple[OpenHolds, ...]
    """Holds open now."""
    surrendered: Surrendered | None
    """Bills surrendered in time; None where it is not shown."""
    legs: tuple[Leg, ...]
    """What was carried, the most TEU first."""
    whole: bool
    """False when there was more in the window than is looked at: the newest of it counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """How often one validator's signature is missing in seals."""

    organisation: str
    """The validator."""
    due: int
    """Seals of heights at which it was one."""
    missed: int
    """Those without its signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """How blocks were made."""

    first: int
    """Lowest height that was looked at."""
    last: int
    """Highest."""
    interval: Spread | None
    """Block time from one block to the next."""
    seals: int
    """Seals that were looked at: those that the blocks carry of the block before them."""
    later_rounds: int
    """Seals of a round after the first: a proposer was missing, or a proposal late."""
    attendance: tuple[Attendance, ...]
    """By validator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    """All of them."""

    height: int
    """Newest block they take into account."""
    until_ms: int
    """Its time: the end of the window."""
    from_ms: int
    """The beginning of the window, not included."""
    trade: Trade
    """What the records say."""
    blocks: Blocks
    """What the chain says."""
