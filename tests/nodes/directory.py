"""A node's directory of a network of its own, with a founded ledger, for tests of what looks after a node."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.network_files import create_network
from cli.network_plan import corridor_plan
from ledger.genesis import Genesis, network_id, parse_genesis
from nodes.founding import open_ledger


def make_network(folder: Path) -> Path:
    """A network directory of the corridor, without any process."""
    directory = folder / "net"
    create_network(directory, corridor_plan(), time_ms=1_790_000_000_000)
    return directory


def copy_node(network: Path, folder: Path, *, organisation: str = "coral-line", found: bool = True) -> Path:
    """The directory of one node in a copy of the network; with `found`, it has its ledger."""
    shutil.copytree(network, folder / "net", copy_function=shutil.copy2)
    directory = folder / "net" / "nodes" / organisation
    data = directory / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    if found:
        open_ledger(f"sqlite:///{data / 'ledger.db'}", genesis_of(directory)).close()
    return directory


def genesis_of(directory: Path) -> Genesis:
    return parse_genesis((directory.parents[1] / "genesis.json").read_bytes().rstrip(b"\n"))


def journal_of(directory: Path) -> Path:
    return directory / "keys" / f"validator.{network_id(genesis_of(directory)).hex()[:16]}.journal"
