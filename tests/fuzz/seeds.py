"""Valid inputs for every target, made once, and the handlers that take them as a node does."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import cbor2
import msgspec

from ledger import canonical
from ledger.evidence import (
    EvidencePackage,
    LeftOut,
    encode_evidence,
    encode_evidence_package,
)
from ledger.merkle import inclusion_path
from ledger.primitives import Hash, Height, Round
from ledger.receipt import sign_receipt
from ledger.seal import NIL, VoteType
from ledger.sealing import Keyring
from nodes.bft.consensus_channel import ConsensusChannel
from nodes.bft.gossip import StatementBatch, StatementGossip
from nodes.bft.messages import Certificate, VoteBatch, Want, encode_message
from nodes.bft.sync import _BLOCKS, Blocks, GetBlocks, Status, Syncer, _decode, check_sealed
from nodes.bft.timers import Tasks
from nodes.clock import SystemClock
from nodes.contents import Contents, FetchRequest
from nodes.founding import open_ledger
from nodes.mempool import Mempool
from nodes.network.interface import Channel, PeerId
from nodes.network.wire import Kind, encode_frame, encode_hello
from tests.contracts import world
from tests.contracts.world import World
from tests.ledger import messages as statement_parts
from tests.ledger.builder import Chain, member_key
from tests.ledger.evidence.making import BILL, COMMITMENT, DOCUMENT, make, prove_entry, prove_record
from tests.nodes.bft.engine_rig import FakeApplication, MemoryHub, MemoryNetwork
from tests.nodes.bft.fakes import real_bls
from tests.nodes.bft.rig import Rig
from tests.nodes.network.cluster import hello_of

NODE = member_key("node")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_VERSION = b"\x01"


@functools.cache
def chain() -> Chain:
    """A chain with a record that commits to a document."""
    made = Chain()
    made.add(
        (made.statement("alpha/clerk", BILL, "bill.issue", {"n": 1}),),
        {BILL: canonical.encode({"contents": COMMITMENT, "state": "issued"}), "other": b"{}"},
    )
    made.add(tuple(made.statement("alpha/clerk", BILL, "bill.note", {"n": n}) for n in range(3)))
    return made


# ----- the ledger's formats --------------------------------------------------


@functools.cache
def statements() -> tuple[bytes, ...]:
    return (statement_parts.GOOD, *chain().leaves[1:3])


def statement_of(**parts: Any) -> bytes:
    """A signed statement with some of its parts replaced."""
    return statement_parts.build(**parts)


def payloads() -> tuple[bytes, ...]:
    return (canonical.encode(statement_parts.PAYLOAD),)


def protected_headers() -> tuple[bytes, ...]:
    return (cbor2.dumps(statement_parts.LABELS),)


def cbor_batches() -> tuple[bytes, ...]:
    return (cbor2.dumps([b"one"]), cbor2.dumps([b"x" * size for size in (0, 1, 23, 24, 255, 256, 70)]))


@functools.cache
def receipts() -> tuple[bytes, ...]:
    header, seal = chain().blocks[1].header, chain().seals[1]
    assert seal is not None
    path = inclusion_path(1, header.log_size, chain().read_nodes)
    made = sign_receipt(NODE, issuer="alpha/node", subject=BILL, header=header, seal=seal, index=1, path=path)
    return (made,)


@functools.cache
def evidences() -> tuple[bytes, ...]:
    made = chain()
    full = make(
        made,
        BILL,
        entries=(prove_entry(made, 1, 1), prove_entry(made, 2, 2)),
        record=prove_record(made, BILL),
        document=DOCUMENT,
    )
    return (
        encode_evidence(full),
        encode_evidence(make(made, BILL, entries=(prove_entry(made, 1, 1),))),
        encode_evidence(msgspec.structs.replace(full, genesis=made.genesis)),
    )


@functools.cache
def consignment() -> Chain:
    """A bill and its container under a sealed state root."""
    made = Chain()
    made.add((), dict(World().issue().state))
    return made


@functools.cache
def packages() -> tuple[bytes, ...]:
    made = consignment()
    bill, container = (
        make(made, key, record=prove_record(made, key)) for key in (world.BILL, world.CONTAINER)
    )
    package = EvidencePackage(
        format="sealane-package",
        version=1,
        network=made.network.hex(),
        subject=bill.subject,
        parts=(bill, container),
        genesis=made.genesis,
    )
    out = LeftOut(subject=container.subject, what="evidence", reason="evidence.unavailable")
    alone = msgspec.structs.replace(package, parts=(bill,), left_out=(out,), genesis=None)
    return encode_evidence_package(package), encode_evidence_package(alone)


def geneses() -> tuple[bytes, ...]:
    return (canonical.encode(chain().genesis),)


def pages() -> tuple[bytes, ...]:
    return tuple(chain().pages.values())


def documents() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(EXAMPLES.glob("*.json")))


# ----- between nodes ---------------------------------------------------------


def frames() -> tuple[bytes, ...]:
    single = [
        encode_frame(kind, channel, 0 if kind is Kind.MESSAGE else 7, payload)
        for kind, channel, payload in (
            (Kind.MESSAGE, Channel.CONSENSUS, b"vote"),
            (Kind.REQUEST, Channel.SYNC, b""),
            (Kind.ANSWER, Channel.CONTENTS, b"x" * 200),
            (Kind.FAILURE, Channel.STATEMENTS, b"no"),
        )
    ]
    return (*single, b"".join(single))


def hellos() -> tuple[bytes, ...]:
    return (encode_hello(hello_of("b")),)


def polka() -> Certificate:
    return Rig().certificate(VoteType.PREVOTE, 0, Hash(b"v" * 32), [0, 1, 2])


@functools.cache
def messages() -> tuple[bytes, ...]:
    rig = Rig()
    block, value = rig.block(1), Hash(b"v" * 32)
    vote = rig.vote(VoteType.PREVOTE, 3, value, 1, 2)
    made = (
        vote,
        rig.vote(VoteType.PRECOMMIT, 0, NIL, 1),
        rig.proposal(block),
        rig.proposal(block, 1, 0, polka()),
        VoteBatch(votes=(vote, vote)),
        Want(height=Height(1), round=Round(0), block_id=NIL),
    )
    return tuple(encode_message(message) for message in made)


def _wire(value: Any) -> bytes:
    return _VERSION + msgspec.msgpack.encode(value)


def batches() -> tuple[bytes, ...]:
    return (_wire(StatementBatch(statements=statements())), _wire(StatementBatch(statements=())))


def statuses() -> tuple[bytes, ...]:
    return (_wire(Status(height=Height(7), clock_ms=1_790_000_000_000)),)  # type: ignore[arg-type]


def block_requests() -> tuple[bytes, ...]:
    return (_wire(GetBlocks(first=Height(1), count=2)),)


@functools.cache
def block_answers() -> tuple[bytes, ...]:
    made = chain()
    seal = made.seals[1]
    assert seal is not None
    return (_wire(Blocks(blocks=((made.blocks[1], seal),))), _wire(Blocks(blocks=())))


def contents_requests() -> tuple[bytes, ...]:
    return (FetchRequest.make(Hash(b"\xab" * 32), BILL, "org-b"),)


# ----- handlers --------------------------------------------------------------


def _hub() -> MemoryNetwork:
    return MemoryNetwork(MemoryHub(), PeerId("org-a", "node"))


@functools.cache
def consensus_channel() -> ConsensusChannel:
    """The channel with nobody behind it: what it lets through is the core's."""
    return ConsensusChannel(
        network=_hub(),
        clock=SystemClock(),
        limit=2_200_000,
        validators=lambda: frozenset({"org-a", "org-b"}),
        received=lambda item: None,
    )


def gossip() -> StatementGossip:
    """An inbox that nobody empties."""
    return StatementGossip(
        application=FakeApplication(Rig().ledger),
        mempool=Mempool(),
        clock=SystemClock(),
        broadcast=lambda payload: None,
        tasks=Tasks(lambda error: None),
        arrived=lambda: None,
    )


def syncer() -> Syncer:
    """What serves blocks and hears of heights."""

    async def commit(block: Any, seal: Any) -> None:
        raise AssertionError("nothing is asked for here")

    return Syncer(
        application=FakeApplication(Rig().ledger),
        network=_hub(),
        clock=SystemClock(),
        bls=real_bls(),
        commit=commit,
        voting=lambda: False,
        changed=lambda: None,
    )


def take_blocks(data: bytes) -> None:
    """What catching up does with an answer, short of committing."""
    made = chain()
    start = Chain(genesis=made.genesis)
    for block, seal in _decode(_BLOCKS, PeerId("org-b", "node"), data).blocks:
        check_sealed(start.tip, block, seal, real_bls())


class _NoRecords:
    def get(self, key: str) -> bytes | None:
        return None


@functools.cache
def contents() -> Contents:
    """The contents of a node that holds none."""
    folder = Path(tempfile.mkdtemp(prefix="sealane-fuzz-"))
    store = open_ledger(f"sqlite:///{folder / 'ledger.db'}", chain().genesis)
    return Contents(store, Keyring(), _NoRecords, _hub(), SystemClock())
