"""What tests of the node share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nodes.network.interface import PeerId
from tests.nodes.network_of_one import CARRIER, Solo
from tests.nodes.peers import Holder, Holders, MemoryNetwork
from tests.schema import migrations, schema_made_once

__all__ = ["migrations", "schema_made_once"]


@pytest.fixture
def solo(tmp_path: Path) -> Iterator[Solo]:
    """An application of its own, at the genesis."""
    one = Solo(tmp_path)
    yield one
    one.close()


@pytest.fixture
def ends() -> dict[PeerId, MemoryNetwork]:
    return {}


@pytest.fixture
def holders(solo: Solo, ends: dict[PeerId, MemoryNetwork]) -> Iterator[Holders]:
    found = Holders(solo, ends)
    found[CARRIER]
    yield found
    for holder in found.values():
        holder.close()


@pytest.fixture
def node(holders: Holders) -> Holder:
    """The carrier's."""
    return holders[CARRIER]
