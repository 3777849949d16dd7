"""What the checker goes by: the history in order, the ledger by records, and which node was where when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.history import Event
from tests.chaos.ledgers import Entry, Ledger
from tests.chaos.model import Deed, Record, after, deeds, faults

NEVER = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One outcome that a client was given."""

    id: str
    node: str
    client: str
    asked_t: int
    told_t: int
    told_wall_ms: int
    outcome: dict[str, Any]


@dataclass(slots=True)
class Story:
    """The history, in order: who sent what, and who was told what."""

    statements: dict[str, Event] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    reads: list[Event] = field(default_factory=list)
    """Completed reads, with `asked_t`, `node`, `client` and what was read."""
    clocks: defaultdict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Moments and offsets of each node's wall clock."""
    broken: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, events: Sequence[Event]) -> Story:
        """Put invocations and completions together."""
        story = cls()
        invoked: dict[int, Event] = {}
        for event in events:
            kind = event["kind"]
            if kind == "statement":
                story.statements[event["id"]] = event
            elif kind == "invoke":
                invoked[event["op"]] = event
            elif kind == "complete":
                story._complete(invoked.pop(event["op"]), event)
            elif kind == "observe":
                story.reads.append(event | {"asked_t": event["since"], "what": "status", "client": "watch"})
            elif kind == "clock":
                story.clocks[event["node"]].append((event["t"], event["offset_ms"]))
            elif kind == "broken":
                story.broken.append(f"{event['client']} ended with {event['error']}")
        return story

    def _complete(self, asked: Event, event: Event) -> None:
        if asked["what"] != "submit":
            self.reads.append(asked | event | {"asked_t": asked["t"]})
            return
        for id_, outcome in zip(asked["ids"], event["outcomes"], strict=True):
            told = Told(
                id=id_, node=asked["node"], client=asked["client"], asked_t=asked["t"],
                told_t=event["t"], told_wall_ms=event["wall_ms"], outcome=outcome,
            )  # fmt: skip
            self.told.append(told)

    def offsets(self, node: str, since_t: int, until_t: int) -> list[int]:
        """By how much a node's wall clock was wrong at any time of an interval."""
        turns = self.clocks[node]
        first = bisect_right([t for t, _ in turns], since_t) - 1
        return [0, *(offset for t, offset in turns[max(first, 0) :] if t <= until_t)]


class Truth:
    """The ledger that the nodes agree on, indexed for the rules."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.places = {entry.id: (entry.index, entry.height) for entry in ledger.entries}
        self.written: defaultdict[str, list[int]] = defaultdict(list)
        """Heights at which each record was written, in order."""
        self.versions: defaultdict[str, list[Record]] = defaultdict(lambda: [Record()])
        """Each record at versions 0, 1, ..."""
        self.wrong: list[str] = []
        for entry in ledger.entries:
            for deed in deeds(entry.act, entry.subject, entry.expected, entry.body):
                self._take(entry, deed)

    def _take(self, entry: Entry, deed: Deed) -> None:
        """An act of an entry took effect."""
        record = self.versions[deed.subject][-1]
        deserved = faults(record, deed.act, entry.actor, deed.body)
        if deed.expected != record.version or deserved:
            why = ", ".join(sorted(deserved)) or f"the record is at version {record.version}"
            self.wrong.append(f"entry {entry.index} breaks the rules: {why}")
        self.written[deed.subject].append(entry.height)
        self.versions[deed.subject].append(after(record, deed.act, entry.actor, deed.body))

    def version(self, subject: str, height: int) -> int:
        """How often a record had been written up to a height."""
        return bisect_right(self.written[subject], height)

    def time_ms(self, height: int) -> int:
        """Block time of the last block up to a height."""
        place = bisect_right([block.height for block in self.ledger.blocks], height)
        return self.ledger.blocks[place - 1].time_ms if place else 0


class Sights:
    """Between which heights a node was at a moment, going by what was read of it."""

    def __init__(self, story: Story) -> None:
        known: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for read in story.reads:
            if read["what"] == "status" and "height" in read:
                known[read["node"]].append((read["asked_t"], read["t"], read["height"]))
        for told in story.told:
            if told.outcome["status"] == "sealed":
                known[told.node].append((told.asked_t, told.told_t, told.outcome["height"]))
        self._by_end: dict[str, tuple[list[int], list[int]]] = {}
        self._by_start: dict[str, tuple[list[int], list[int]]] = {}
        for node, reads in known.items():
            ends = sorted((told, height) for _, told, height in reads)
            best, highest = [], 0
            for _, height in ends:
                highest = max(highest, height)
                best.append(highest)
            self._by_end[node] = [told for told, _ in ends], best
            exact = sorted((r["asked_t"], r["height"]) for r in story.reads
                           if r["what"] == "status" and r["node"] == node and "height" in r)  # fmt: skip
            self._by_start[node] = [asked for asked, _ in exact], [height for _, height in exact]

    def at_least(self, node: str, t: int) -> int:
        """The node had this height before the moment."""
        ends, best = self._by_end.get(node, ([], []))
        place = bisect_left(ends, t)
        return best[place - 1] if place else 0

    def at_most(self, node: str, t: int) -> int:
        """The node had not passed this height at the moment."""
        starts, heights = self._by_start.get(node, ([], []))
        place = bisect_left(starts, t)
        return heights[place] if place < len(heights) else NEVER
