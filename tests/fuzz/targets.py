"""Everything that reads bytes which somebody else may have made: how it is called, and how it may fail.

A target is one such door with valid inputs to start from. `test_decoders` changes
these a few times; `python -m tests.fuzz` does so for as long as one likes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.consignment import verify_evidence_package
from ledger.canonical import MAX_DOCUMENT_BYTES, parse_document
from ledger.errors import LedgerError
from ledger.evidence import (
    MAX_PACKAGE_BYTES,
    GenesisAnchor,
    encode_evidence_package,
    parse_evidence,
    parse_evidence_package,
    verify_evidence,
)
from ledger.evidence.model import MAX_EVIDENCE_BYTES, encode_evidence
from ledger.genesis import MAX_GENESIS_BYTES, parse_genesis
from ledger.receipt import MAX_RECEIPT_BYTES, verify_receipt
from ledger.state.page import Page
from ledger.statement import MAX_STATEMENT_BYTES, Statement, parse_statement
from nodes.api.byte_strings import read_byte_strings
from nodes.api.limits import MAX_BATCH_BYTES, MAX_BATCH_STATEMENTS
from nodes.bft.messages import ProtocolError, decode_message, max_message_bytes
from nodes.network.interface import PeerError, PeerId, RequestFailed
from nodes.network.limits import MAX_PAYLOAD_BYTES
from nodes.network.wire import (
    MAX_HELLO_BYTES,
    MAX_MESSAGE_BYTES,
    WireError,
    decode_frames,
    decode_hello,
    encode_frame,
)
from tests.fuzz import seeds

PEER = PeerId("org-b", "node")


@dataclass(frozen=True)
class Target:
    """One door."""

    name: str
    form: str
    """`json`, `msgpack`, `cbor`, `xml` or `bytes`: how a seed is taken apart."""
    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...]
    """What it is declared to raise. Anything else is a bug."""
    limit: int
    """Bytes that it looks at."""
    again: Callable[[Any], bytes] | None = None
    """Encodes what was read: must give the same bytes, where the format has one spelling."""
    prefix: int = 0
    """Bytes before the structure."""
    welcomes: bool = True
    """False where even a well-formed input is answered with no."""

    def attempt(self, data: bytes) -> bool:
        """Read, and compare what was read; whether it was accepted."""
        try:
            value = self.read(data)
        except self.errors as error:
            self._check(error)
            return False
        if self.again is not None:
            assert self.again(value) == data, "a second spelling was accepted"
        return True

    def _check(self, error: Exception) -> None:
        if getattr(error, "peer", PEER) != PEER or not str(error):
            raise AssertionError(f"blames another, or says nothing: {error!r}")


def _message(data: bytes) -> Any:
    return decode_message(data, max_bytes=max_message_bytes(block_bytes=2_097_152, block_entries=2_000))


def _frames(data: bytes) -> Any:
    return list(decode_frames(data))


def _again_frames(frames: Any) -> bytes:
    return b"".join(encode_frame(*frame) for frame in frames)


def _leaf(statement: Statement) -> bytes:
    return statement.leaf


def _judge_package(package: bytes) -> Any:
    return verify_evidence_package(package, GenesisAnchor.of(seeds.consignment().genesis))


def _judge(evidence: bytes) -> Any:
    return verify_evidence(evidence, GenesisAnchor.of(seeds.chain().genesis))


def _receipt(data: bytes) -> Any:
    return verify_receipt(data, seeds.chain().leaves[1], seeds.NODE.public_key)


def _batch(data: bytes) -> Any:
    return read_byte_strings(data, max_items=MAX_BATCH_STATEMENTS, max_item_bytes=MAX_STATEMENT_BYTES)


def _with_payload(payload: bytes) -> Any:
    return parse_statement(seeds.statement_of(payload=payload))


def _with_protected(protected: bytes) -> Any:
    return parse_statement(seeds.statement_of(protected=protected))


def _channel(make: Callable[[], Any]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> None:
        make().on_message(PEER, data)

    return read


def _asked(make: Callable[[], Any]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> bytes:
        return asyncio.run(make().on_request(PEER, data))

    return read


LEDGER = (LedgerError,)
FROM_PEER = (PeerError,)

TARGETS: tuple[Target, ...] = (
    Target("frames", "bytes", seeds.frames, _frames, (WireError,), MAX_MESSAGE_BYTES, _again_frames),
    Target("hello", "msgpack", seeds.hellos, decode_hello, (WireError,), MAX_HELLO_BYTES),
    Target("consensus message", "msgpack", seeds.messages, _message, (ProtocolError,), 2_200_000, prefix=1),
    Target(
        "consensus channel",
        "msgpack",
        seeds.messages,
        _channel(seeds.consensus_channel),
        FROM_PEER,
        MAX_PAYLOAD_BYTES,
        prefix=1,
    ),
    Target(
        "statements channel",
        "msgpack",
        seeds.batches,
        _channel(seeds.gossip),
        FROM_PEER,
        MAX_PAYLOAD_BYTES,
        prefix=1,
    ),
    Target(
        "status", "msgpack", seeds.statuses, _channel(seeds.syncer), FROM_PEER, MAX_PAYLOAD_BYTES, prefix=1
    ),
    Target(
        "blocks request",
        "msgpack",
        seeds.block_requests,
        _asked(seeds.syncer),
        (PeerError, RequestFailed),
        MAX_PAYLOAD_BYTES,
        prefix=1,
    ),
    Target(
        "blocks answer",
        "msgpack",
        seeds.block_answers,
        seeds.take_blocks,
        (PeerError, LedgerError),
        MAX_PAYLOAD_BYTES,
        prefix=1,
    ),
    Target(
        "contents request",
        "msgpack",
        seeds.contents_requests,
        _asked(seeds.contents),
        (PeerError, RequestFailed),
        MAX_PAYLOAD_BYTES,
        welcomes=False,
    ),
    Target(
        "statement", "cbor", seeds.statements, parse_statement, LEDGER, MAX_STATEMENT_BYTES, lambda s: s.leaf
    ),
    Target("statement payload", "json", seeds.payloads, _with_payload, LEDGER, 60_000),
    Target("statement header", "cbor", seeds.protected_headers, _with_protected, LEDGER, 60_000),
    Target("batch of statements", "cbor", seeds.cbor_batches, _batch, LEDGER, MAX_BATCH_BYTES),
    Target("receipt", "cbor", seeds.receipts, _receipt, LEDGER, MAX_RECEIPT_BYTES),
    Target("evidence", "json", seeds.evidences, parse_evidence, LEDGER, MAX_EVIDENCE_BYTES, encode_evidence),
    Target(
        "evidence package",
        "json",
        seeds.packages,
        parse_evidence_package,
        LEDGER,
        MAX_PACKAGE_BYTES,
        encode_evidence_package,
    ),
    Target("package verification", "json", seeds.packages, _judge_package, LEDGER, MAX_PACKAGE_BYTES),
    Target("verification", "json", seeds.evidences, _judge, LEDGER, MAX_EVIDENCE_BYTES),
    Target("genesis", "json", seeds.geneses, parse_genesis, LEDGER, MAX_GENESIS_BYTES),
    Target("state page", "bytes", seeds.pages, Page.decode, LEDGER, 2_000, lambda page: page.encode()),
    Target("trade document", "json", seeds.documents, parse_document, LEDGER, MAX_DOCUMENT_BYTES),
)
