"""Records and state pages in memory, in front of the database.

One thread, the application's, fills the caches; others only look, so that a
value read just before a commit can never be put back after it. What was written
is in the database a moment before it is in the cache: whoever reads the database
in that moment waits for the cache to catch up, so that nobody who reads several
records sees one before and the next after it go back in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from threading import RLock

MAX_RECORDS = 50_000
"""At about 600 bytes a record, some 30 MB."""

MAX_PAGES = 20_000
"""At about 1 kB a page, some 20 MB: the pages near the root, which every block touches."""


MAX_CACHED_BYTES = 134_217_728
"""Values of either together, whatever their number: whoever signs can make records a hundred times as large
as they usually are."""


class ReadThrough:
    """A bounded map in front of a slower reader; the oldest tenth goes when it is over full."""

    def __init__(
        self, load: Callable[[str], bytes | None], limit: int, size_bytes: int = MAX_CACHED_BYTES
    ) -> None:
        """At most `limit` values, and `size_bytes` of them, are remembered."""
        self._load = load
        self._limit = limit
        self._size_bytes = size_bytes
        self._bytes = 0
        self._values: dict[str, bytes | None] = {}
        self._changing = RLock()

    def get(self, key: str) -> bytes | None:
        """The value, remembered. Only for the thread that also calls `update`."""
        try:
            return self._values[key]
        except KeyError:
            value = self._values[key] = self._load(key)
            self._bytes += len(value or b"")
            self._trim()
            return value

    def peek(self, key: str) -> bytes | None:
        """The value, not remembered. For any thread."""
        try:
            return self._values[key]
        except KeyError:
            value = self._load(key)
            with self._changing:
                return value

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold this from before the database changes until `update` has been told."""
        with self._changing:
            yield

    def update(self, values: Mapping[str, bytes]) -> None:
        """Take over what a commit wrote."""
        self._bytes += sum(len(new) - len(self._values.get(key) or b"") for key, new in values.items())
        self._values.update(values)
        self._trim()

    def clear(self) -> None:
        """Forget everything: the database holds another state."""
        self._values.clear()
        self._bytes = 0

    def _trim(self) -> None:
        excess = len(self._values) - self._limit
        if excess > 0:
            self._drop(excess + self._limit // 10)
        while self._bytes > self._size_bytes:
            self._drop(len(self._values) // 10 + 1)

    def _drop(self, count: int) -> None:
        for key in list(islice(self._values, count)):
            self._bytes -= len(self._values.pop(key) or b"")


class Peek:
    """A `StateReader` for any thread over a `ReadThrough`."""

    def __init__(self, cache: ReadThrough) -> None:
        self._cache = cache

    def get(self, key: str) -> bytes | None:
        """The committed record at `key`, or None."""
        return self._cache.peek(key)


class Overlay:
    """The state as a block under execution sees it: its own writes over what is committed."""

    def __init__(self, base: ReadThrough) -> None:
        self._base = base
        self.writes: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """The record at `key` after the writes so far, or None."""
        value = self.writes.get(key)
        return self._base.get(key) if value is None else value
