"""Opening a node's ledger: the stored one, or a new one made from the genesis document."""

from __future__ import annotations

from pathlib import Path

from contracts.execution import genesis_records
from ledger import canonical
from ledger.errors import LedgerError
from ledger.genesis import (
    MAX_GENESIS_BYTES,
    Genesis,
    genesis_header,
    genesis_validators,
    network_id,
    parse_genesis,
)
from ledger.state import apply, key_hash, record_hash
from nodes.config import ConfigError
from nodes.storage import Store
from nodes.writing import genesis_write


def load_genesis(path: Path) -> Genesis:
    """The genesis in a file; `ConfigError` when it cannot be read or could not start a network."""
    try:
        if path.stat().st_size > MAX_GENESIS_BYTES:
            raise ConfigError(f"{path} is larger than any genesis ({MAX_GENESIS_BYTES} bytes)")
        genesis = parse_genesis(path.read_bytes().rstrip(b"\n"))
        genesis_records(genesis)
        return genesis
    except OSError as error:
        raise ConfigError(f"the genesis {path} cannot be read: {error.strerror}") from None
    except LedgerError as error:
        raise ConfigError(f"the genesis {path} cannot be used: {error}") from None


def open_ledger(url: str, genesis: Genesis, *, create: bool = True) -> Store:
    """The store at `url`, holding at least the genesis.

    Raises `ConfigError` when it holds another network's ledger, and a
    `nodes.storage.StorageError` when it cannot be used.
    """
    store = Store.open(url, create=create)
    try:
        stored, network = store.network(), network_id(genesis)
        if stored is None:
            _found(store, genesis)
        elif stored != network:
            raise ConfigError(
                f"the database holds the ledger of network {stored.hex()[:16]}…, "
                f"the genesis file is of {network.hex()[:16]}…: use that network's data directory"
            )
    except BaseException:
        store.close()
        raise
    return store


def _found(store: Store, genesis: Genesis) -> None:
    """Write block 0 with the founding records."""
    document = canonical.encode(genesis)
    records = genesis_records(genesis)
    update = apply({key_hash(key): record_hash(value) for key, value in records.items()}, lambda _: None)
    header, frontier = genesis_header(genesis, update.root)
    block = genesis_write(
        document, network_id(genesis), header, frontier, records, update, genesis_validators(genesis)
    )
    store.initialise(genesis=document, network=network_id(genesis), block=block)
