"""Made-up histories with their ledgers, for the tests of the checker."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.acts import PORT
from tests.chaos.checker import check
from tests.chaos.history import Event
from tests.chaos.ledgers import Block, Entry, Ledger

NODES = ("alpha", "beta")
BOX, OTHER = "container/1", "container/2"
WALL_MS = 1_000_000_000
LATE_MS = WALL_MS + 60_000


@dataclass
class Tale:
    """A history and a ledger that belong together, until a test spoils one of them."""

    events: list[Event] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=lambda: [Block(height=0, id="b0", time_ms=WALL_MS - 9_000)])
    entries: list[Entry] = field(default_factory=list)
    t: int = 0
    ops: int = 0

    def note(self, kind: str, **values: Any) -> Event:
        self.t += 10
        self.events.append({"t": self.t, "wall_ms": WALL_MS + self.t, "kind": kind, **values})
        return self.events[-1]

    def sends(
        self, id_: str, subject: str = BOX, expected: int = 0, event: str = "gate_in", *,
        actor: str = PORT, last_valid_ms: int = LATE_MS,
    ) -> None:  # fmt: skip
        body = {"event": event, "event_ms": WALL_MS - 60_000}
        self.note(
            "statement", id=id_, subject=subject, act="movement.record", actor=actor, body=body,
            expected=expected, last_valid_ms=last_valid_ms, leaf=base64.b64encode(id_.encode()).decode(),
        )  # fmt: skip

    def sends_batch(self, id_: str, *parts: tuple[str, int, str], actor: str = PORT) -> None:
        """A batch of moves: subject, version that it builds on, event."""
        told = [
            {"type": "movement.record", "subject": subject, "expected_version": expected,
             "body": {"event": event, "event_ms": WALL_MS - 60_000}}
            for subject, expected, event in parts
        ]  # fmt: skip
        self.note(
            "statement", id=id_, subject=f"batch/{id_}", act="batch.run", actor=actor, body={"parts": told},
            expected=0, last_valid_ms=LATE_MS, leaf=base64.b64encode(id_.encode()).decode(),
        )  # fmt: skip

    def seals(self, id_: str) -> dict[str, Any]:
        """A block with one statement; what an honest node says of it."""
        sent = next(e for e in self.events if e["kind"] == "statement" and e["id"] == id_)
        height = len(self.blocks)
        self.blocks.append(Block(height=height, id=f"b{height}", time_ms=WALL_MS + 100 * height))
        names = ("id", "subject", "act", "actor", "body", "expected")
        entry = Entry(
            index=len(self.entries) + 1, height=height, leaf=base64.b64decode(sent["leaf"]),
            **{name: sent[name] for name in names},
        )  # fmt: skip
        self.entries.append(entry)
        return {"status": "sealed", "index": entry.index, "height": height}

    def heartbeat(self, time_ms: int) -> None:
        self.blocks.append(Block(height=len(self.blocks), id=f"b{len(self.blocks)}", time_ms=time_ms))

    def asks(self, what: str, node: str = "alpha", **values: Any) -> int:
        self.ops += 1
        self.note("invoke", op=self.ops, client="c", node=node, what=what, **values)
        return self.ops

    def told(self, id_: str, outcome: dict[str, Any], node: str = "alpha") -> None:
        op = self.asks("submit", node, ids=[id_])
        self.note("complete", op=op, outcomes=[{"id": id_, **outcome}])

    def refused(self, id_: str, code: str, *, final: bool, node: str = "alpha") -> None:
        self.told(id_, {"status": "refused", "code": code, "final": final}, node)

    def seen(self, height: int, node: str = "alpha") -> None:
        self.note("observe", node=node, height=height, since=self.t + 5)

    def shown(self, subject: str, version: int, node: str = "alpha") -> None:
        op = self.asks("record", node, key=subject)
        self.note("complete", op=op, version=version)

    def judged(self, *others: Ledger) -> list[str]:
        ledgers = [Ledger(node=n, blocks=tuple(self.blocks), entries=tuple(self.entries)) for n in NODES]
        return check(self.events, [*ledgers, *others])
