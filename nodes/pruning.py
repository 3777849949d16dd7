"""Pruning a node that does not run: what may go is decided here, what goes by `nodes.storage.pruning`.

Statements are remembered for as long as they could be accepted again, so a block
may only be pruned when its time lies a statement's longest validity behind the
newest block's. Beyond that it is the operator's decision: others must have an
archive node to ask.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contracts.execution import remembered_ms
from nodes.config import load_config, storage_url
from nodes.founding import load_genesis, open_ledger
from nodes.storage import Store
from nodes.storage.database import parse_url
from nodes.writing import read_model


class PruningRefused(Exception):
    """What was asked for may not be pruned. The text says why, and what may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningReport:
    """What a pruning did."""

    below: int
    """Blocks below this height may lack entries now."""
    entries: int
    """Entries dropped."""
    versions: int
    """Superseded versions of records dropped."""
    bytes_before: int
    """Size of the database file before; 0 with PostgreSQL."""
    bytes_after: int
    """And after."""

    def as_json(self) -> dict[str, Any]:
        """The stable JSON shape."""
        return asdict(self)


def prune_node(path: Path, below: int) -> PruningReport:
    """Prune the blocks below a height from the ledger of the node configured at `path`, which must not run.

    Raises `PruningRefused`, `nodes.config.ConfigError` or `nodes.storage.StorageError`;
    then nothing was pruned.
    """
    config = load_config(path)
    genesis, where = load_genesis(config.node.genesis), storage_url(config)
    file = _sqlite_file(where)
    with open_ledger(where, genesis, create=False) as store:
        check_allowed(store, below, remembered_ms(_Records(store)))
        before = _size(file)
        if file is not None and shutil.disk_usage(file.parent).free < before:
            raise PruningRefused(
                f"giving the space back needs {before} bytes free beside {file}, for a copy of what is left"
            )
        dropped = store.prune(below, read_model)
    return PruningReport(
        below=below,
        entries=dropped.entries,
        versions=dropped.versions,
        bytes_before=before,
        bytes_after=_size(file),
    )


class _Records:
    """The newest records, as the contracts read them."""

    def __init__(self, store: Store) -> None:
        self.get = store.record_value


def highest_prunable(store: Store, window_ms: int) -> int:
    """The greatest height below which blocks may be pruned; 0 for none."""
    tip = store.tip()
    newest = store.block_at_time(tip.header.time_ms - window_ms - 1)
    return 0 if newest is None else newest.height + 1


def check_allowed(store: Store, below: int, window_ms: int) -> None:
    """Raise `PruningRefused` unless the blocks below a height may be pruned now."""
    pruned, highest = store.pruned().height, highest_prunable(store, window_ms)
    if below <= max(pruned, 1):
        reason = (
            f"blocks below {pruned} are pruned already" if pruned else "block 0 is the genesis, which stays"
        )
        raise PruningRefused(f"there is nothing to prune below {below}: {reason}")
    if below > highest:
        raise PruningRefused(
            f"blocks below {highest} may be pruned, not below {below}: statements of later ones could still "
            "be submitted again, and must be known"
        )


def _sqlite_file(where: str) -> Path | None:
    url = parse_url(where)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _size(file: Path | None) -> int:
    if file is None:
        return 0
    names = (file, file.with_name(file.name + "-wal"))
    return sum(name.stat().st_size for name in names if name.exists())
