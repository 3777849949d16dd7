"""`python -m benchmarks.growth`: what storing an entry costs as the ledger grows.

Blocks of synthetic entries of the size of real ones are committed to a store, each
with a new record and its parties, or a new version of an old one, and with the pages
of the state trie. Costs are
processor time and bytes written, which another load on the machine does not change,
and the wall time beside them. Each line is a ratio to the first ten thousand entries.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ledger.block import HEADER_VERSION, Header, header_id
from ledger.canonical import encode
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Hash
from ledger.seal import NIL
from ledger.state import apply, key_hash, record_hash
from ledger.validators import ValidatorSet
from nodes.state_cache import ReadThrough
from nodes.storage import BlockWrite, EntryWrite, ReadModelChange, RecordWrite, Store, ValidatorSetWrite

LEAF_BYTES = 1_000
RECORD_BYTES = 400
PARTIES = 3
ORGANISATIONS = 40
PAGES_CACHED = 8_192
FIRST = 10_000
"""Entries before the first line, with which the others are compared."""


@dataclass
class Cost:
    """What some entries cost."""

    entries: int = 0
    state_s: float = 0.0
    """Processor time of the state trie, its pages read from the store where they are not cached."""
    commit_s: float = 0.0
    """Processor time of the commit."""
    wall_s: float = 0.0
    """Wall time of the commit."""
    written: int = 0
    """Bytes that the process gave to the disk."""

    def per_entry(self) -> tuple[float, float, float, float]:
        """Microseconds of state, of commit and of wall time, and bytes written."""
        parts = (self.state_s * 1e6, self.commit_s * 1e6, self.wall_s * 1e6, float(self.written))
        state, commit, wall, written = (part / self.entries for part in parts)
        return state, commit, wall, written


@dataclass
class Ledger:
    """A ledger that grows."""

    store: Store
    revisit: float
    """Share of the entries that write a further version of an older record."""
    frontier: Frontier = field(default_factory=Frontier.empty)
    parent: Header | None = None
    cost: Cost = field(default_factory=Cost)

    def __post_init__(self) -> None:
        self.pages = ReadThrough(self.store.page, PAGES_CACHED)

    def grow(self, count: int) -> None:
        """Commit a block of so many entries."""
        first = self.frontier.size
        leaves = [_bytes("leaf", first + number, LEAF_BYTES) for number in range(count)]
        records = [_record(first + number, self.revisit) for number in range(count)]
        changes = {key_hash(record.key): record_hash(record.value) for record in records}
        begun = time.process_time()
        update = apply(changes, self.pages.get)
        self.cost.state_s += time.process_time() - begun
        block = self._block(leaves, records, Hash(update.root), update.pages)
        self._timed(lambda: self._write(block, leaves[0]))
        self.pages.update(update.pages)
        self.cost.entries += count

    def _write(self, block: BlockWrite, genesis: bytes) -> None:
        if block.height:
            self.store.commit_block(block)
        else:
            self.store.initialise(genesis=genesis, network=NIL, block=block)

    def _timed(self, work: Callable[[], None]) -> None:
        wall, spent, written = time.perf_counter(), time.process_time(), _written()
        work()
        self.cost.wall_s += time.perf_counter() - wall
        self.cost.commit_s += time.process_time() - spent
        self.cost.written += _written() - written

    def _block(
        self, leaves: list[bytes], records: list[RecordWrite], root: Hash, pages: dict[str, bytes]
    ) -> BlockWrite:
        hashes = [leaf_hash(leaf) for leaf in leaves]
        before, parent = self.frontier.size, self.parent
        self.frontier, nodes = self.frontier.extend(hashes)
        height = 0 if parent is None else parent.height + 1
        self.parent = header = Header(
            version=HEADER_VERSION,
            rules_version=1,
            network=NIL.hex(),
            height=height,
            time_ms=1_790_000_000_000 + 1_000 * height,
            parent=(NIL if parent is None else header_id(parent)).hex(),
            parent_seal_hash=NIL.hex(),
            proposer="org-1" if height else "",
            log_size_before=before,
            log_size=self.frontier.size,
            log_root=self.frontier.root().hex(),
            state_root=root.hex(),
            validators_hash=_NOBODY.hash.hex(),
            next_validators_hash=_NOBODY.hash.hex(),
        )
        return BlockWrite(
            height=height,
            block_id=header_id(header),
            parent_id=bytes.fromhex(header.parent),
            header=encode(header),
            parent_seal=None,
            time_ms=header.time_ms,
            proposer=header.proposer,
            log_size_before=before,
            frontier=self.frontier.encode(),
            entries=[
                _entry(before + number, leaf, hashed, header.time_ms)
                for number, (leaf, hashed) in enumerate(zip(leaves, hashes, strict=True))
            ],
            records=records,
            pages=pages,
            nodes=nodes,
            seals={height: bytes(300)} if height else {},
            read_models=[_found(record) for record in records if record.version == 1],
            validator_sets=[]
            if height
            else [ValidatorSetWrite(height=1, hash=_NOBODY.hash, data=encode(_NOBODY))],
        )


_NOBODY = ValidatorSet(validators=())


def _digest(kind: str, number: int) -> bytes:
    return hashlib.sha256(f"{kind}/{number}".encode()).digest()


def _bytes(kind: str, number: int, size: int) -> bytes:
    return hashlib.shake_128(f"{kind}/{number}".encode()).digest(size)


def _entry(index: int, leaf: bytes, hashed: bytes, time_ms: int) -> EntryWrite:
    organisation = f"organisation-{index % ORGANISATIONS}"
    return EntryWrite(
        statement_id=_digest("statement", index) if index else NIL,
        leaf=leaf,
        leaf_hash=hashed,
        issuer=f"{organisation}/clerk",
        organisation=organisation,
        act="movement.record",
        subject=f"container/{_digest('record', index).hex()[:32]}",
        last_valid_ms=time_ms + 600_000,
    )


def _record(index: int, revisit: float) -> RecordWrite:
    """A new record, or the second version of one that the first half of the ledger has, chosen at random."""
    again = _digest("revisit", index)
    older = int.from_bytes(again[8:16], "big") % max(index // 2, 1)
    if index % 2 == 0 or again[0] >= 256 * revisit:
        number, version = index, 1
    else:
        number, version = older & ~1, index + 1
    value = b'"%s"' % _bytes("value", index, RECORD_BYTES // 2).hex().encode()
    return RecordWrite(key=_key(number), version=version, value=value, entry_index=index)


def _key(number: int) -> str:
    return f"container/{_digest('record', number).hex()[:32]}"


def _found(record: RecordWrite) -> ReadModelChange:
    index = record.entry_index
    parties = tuple(sorted({f"organisation-{(index * 7 + n * 11) % ORGANISATIONS}" for n in range(PARTIES)}))
    return ReadModelChange(key=record.key, entry_index=index, parties_added=parties)


def _written() -> int:
    """What this process has given to the disk; 0 where the system does not say."""
    path = Path("/proc/self/io")
    if not path.exists():
        return 0
    return int(dict(line.split(": ") for line in path.read_text().splitlines())["write_bytes"])


def main() -> int:
    """Grow a ledger and print what its entries cost, line by line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=300_000)
    parser.add_argument("--block", type=int, default=1_000, help="entries in a block")
    parser.add_argument("--revisit", type=float, default=0.5, help="share that changes an older record")
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("--url", default="", help="a database instead of a SQLite file of its own")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sealane-growth-", dir=os.environ.get("TMPDIR")) as folder:
        url = options.url or f"sqlite:///{Path(folder) / 'ledger.db'}"
        with Store.open(url, create=True) as store:
            _grow(Ledger(store, options.revisit), options)
            size = (Path(folder) / "ledger.db").stat().st_size if not options.url else 0
            print(f"{size / max(options.entries, 1):.0f} bytes of database an entry")
    return 0


def _grow(ledger: Ledger, options: argparse.Namespace) -> None:
    ledger.grow(1)
    print("   entries   state us  commit us    wall us      bytes   commit  written   (an entry; ratios)")
    while ledger.frontier.size <= FIRST:
        ledger.grow(options.block)
    first: tuple[float, float, float, float] | None = None
    step = max((options.entries - FIRST) // options.lines, options.block)
    while ledger.frontier.size < options.entries:
        ledger.cost = Cost()
        goal = ledger.frontier.size + (step if first else FIRST)
        while ledger.frontier.size < min(goal, options.entries):
            ledger.grow(options.block)
        found = ledger.cost.per_entry()
        first = first or found
        state, commit, wall, written = found
        line = f"{ledger.frontier.size:10} {state:10.0f} {commit:10.0f} {wall:10.0f} {written:10.0f}"
        print(f"{line} {commit / first[1]:8.2f} {written / max(first[3], 1):8.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
