"""What happened, one JSON object a line, in the order of a clock that all processes of the machine share.

`t` is that clock (CLOCK_MONOTONIC, nanoseconds), `wall_ms` the machine's true wall
clock. A line is written before the thing that it announces is done, so that a client
that is killed leaves at worst an outcome unknown, never an act unrecorded.

    statement  id, subject, act, actor, body, expected, last_valid_ms
    invoke     op, client, node, what: submit | status | record | evidence, ids or key
    complete   op, and outcomes, or what was read
    observe    node, height, time_ms, since: what the nemesis read, `since` when it asked
    fault      the nemesis at work: what, nodes, begins
    clock      node, offset_ms: its wall clock is wrong by this from now on
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

Event = dict[str, Any]


class History:
    """A file of events, written by any thread of one process."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, kind: str, **values: object) -> None:
        """Add an event as of now; it is in the file when this returns."""
        with self._lock:
            now = {"t": time.monotonic_ns(), "wall_ms": time.time_ns() // 1_000_000}
            self._file.write(json.dumps(now | {"kind": kind} | values, separators=(",", ":")) + "\n")
            self._file.flush()

    def close(self) -> None:
        self._file.close()


def read_histories(*paths: Path) -> list[Event]:
    """All events of some files, in order."""
    return sorted((event for path in paths for event in _read(path)), key=lambda event: event["t"])


def _read(path: Path) -> Iterator[Event]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
