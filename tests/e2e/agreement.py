"""What all nodes of a network must agree on, read from their APIs and from the files that they leave."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ledger.block import header_id
from ledger.primitives import MAX_SAFE_INTEGER, Height
from nodes.api.limits import MAX_PAGE
from nodes.bft.journal import MAGIC
from nodes.bft.messages import Proposal, Vote, decode_message
from nodes.bft.recovery import Record, SignedRecord
from tests.e2e.world import PORT, VALIDATORS, World
from tests.witnesses import read_witness

MAX_MESSAGE_BYTES = 64 * 1_048_576

Said = dict[tuple[int, int, str], set[tuple[str, int]]]
"""Block ids and valid rounds that one validator signed, by height, round and what it signed."""


def block_ids(world: World, node: str) -> dict[int, str]:
    """The id of every block of a node by its height; an id commits to the block and all before it."""
    client, found = world.client(PORT, node), {}
    before: int | None = MAX_SAFE_INTEGER
    while before is not None:
        page = client.get("/v1/blocks", before=str(before), limit=str(MAX_PAGE))
        found |= {item["height"]: item["block_id"] for item in page["items"]}
        before = page["next_before"]
    return found


def entries(world: World, node: str) -> dict[str, dict[str, Any]]:
    """Every entry of a node by the id of its statement."""
    client, found = world.client(PORT, node), {}
    after: int | None = 0
    while after is not None:
        page = client.get("/v1/entries", after=str(after), limit=str(MAX_PAGE))
        found |= {item["id"]: item for item in page["items"]}
        after = page["next_after"]
    return found


def check_same_chain(world: World) -> int:
    """All nodes have the same blocks up to the lowest of their heights, which is returned."""
    chains = {node: block_ids(world, node) for node in world.places}
    height = min(max(chain) for chain in chains.values())
    first = chains[next(iter(world.places))]
    for node, chain in chains.items():
        assert len(chain) > height, node
        for at in range(height + 1):
            assert chain[at] == first[at], (node, at)
    return height


def check_nothing_lost(world: World) -> None:
    """Every node still has everything that any node ever acknowledged, where it said that it was."""
    for node in world.places:
        kept, blocks = entries(world, node), block_ids(world, node)
        for statement_id, answer in world.sealed.items():
            found = kept[statement_id]
            for name in ("index", "height", "subject"):
                assert found[name] == answer[name], (node, statement_id, found)
            assert blocks[found["height"]] == answer["block_id"], (node, statement_id, found)


def journal_records(path: Path) -> Iterator[Record]:
    """Every record of a signing journal, also those that the node itself has done with."""
    data = path.read_bytes()
    assert data.startswith(MAGIC)
    decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)
    offset = len(MAGIC)
    while offset + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, offset)
        if offset + 12 + length > len(data):
            return
        payload = data[offset + 12 : offset + 12 + length]
        if payload != offset.to_bytes(8, "big"):  # A mark, which says that what is before it is on disk.
            yield decoder.decode(payload)
        offset += 12 + length


def signed_in(path: Path) -> Said:
    """What a validator signed, from its journal."""
    said: Said = defaultdict(set)
    for record in journal_records(path):
        if not isinstance(record, SignedRecord):
            continue
        message = decode_message(record.payload, max_bytes=MAX_MESSAGE_BYTES)
        if isinstance(message, Vote):
            place = (int(message.height), int(message.round), message.type.name)
            said[place].add((message.block_id.hex(), int(message.valid_round)))
        elif isinstance(message, Proposal):
            place = (int(message.height), int(message.round), "PROPOSAL")
            said[place].add((header_id(message.block.header).hex(), int(message.valid_round)))
    return said


def check_no_double_signing(world: World) -> int:
    """No validator signed two things for one place, and no height has two sealed blocks; signatures seen."""
    seen = 0
    sealed: dict[Height, set[str]] = defaultdict(set)
    for node in VALIDATORS:
        directory = world.places[node].directory
        (journal,) = (directory / "keys").glob("*.journal")
        said = signed_in(journal)
        seen += len(said)
        assert {place: ids for place, ids in said.items() if len(ids) > 1} == {}, node
        for record in read_witness(directory / "data" / "witness-log"):
            assert not record.charges, (node, record)
            if record.seal is not None:
                sealed[Height(record.height)].add(record.seal.block_id)
    assert {height: ids for height, ids in sealed.items() if len(ids) > 1} == {}
    return seen
