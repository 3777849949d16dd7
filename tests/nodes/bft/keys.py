"""What the tests of keys and journals share: a town, blocks, and one look at everything ever sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nodes.bft.messages import Proposal, Vote, decode_message
from nodes.bft.said import Said
from nodes.network.interface import Channel
from tests.nodes.bft.engine_rig import Town, make_statement


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    yield town
    await town.stop()


async def grow(town: Town, blocks: int, *only: str) -> None:
    """Commit some blocks, one statement each."""
    running = only or town.validators
    first = town.heights()[running[0]]
    for number in range(first, first + blocks):
        await town.machines[running[0]].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1, *running)


def alarmed(town: Town, name: str) -> bool:
    return any("signed at height" in reason for reason in town.machines[name].engine.status().reasons)


def never_contradicts(town: Town, name: str, *nodes: str) -> None:
    """Over everything that the key ever sent, from any machine: one content a place."""
    said: dict[tuple[int, int, str], set[tuple[bytes, int]]] = {}
    for node in nodes or (name,):
        for channel, payload in town.machines[node].network.sent:
            message = decode_message(payload, max_bytes=4_000_000) if channel is Channel.CONSENSUS else None
            if isinstance(message, Vote | Proposal) and message.seat == town.validators.index(name):
                known = Said.of(message)
                kind = str(known.place[2])
                place = said.setdefault((message.height, message.round, kind), set())
                place.add((known.block_id, known.valid_round))
    assert all(len(contents) == 1 for contents in said.values()), said
