"""What a node that joins believes of others, and who is accused of what: more doors, as in `targets`."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

from ledger.accountability import MAX_REPORT_BYTES, check_report, parse_line, read_records
from ledger.accountability.witness import MAX_RECORD_BYTES
from ledger.canonical import encode
from ledger.errors import LedgerError
from nodes.bft.charges import MAX_CHARGE_BYTES
from nodes.network.interface import PeerError, RequestFailed
from nodes.network.limits import MAX_PAYLOAD_BYTES
from nodes.snapshots.messages import NotUnderstood
from tests.fuzz import seeds_joining as seeds
from tests.fuzz.targets import FROM_PEER, LEDGER, PEER, Target


def _asked(data: bytes) -> bytes:
    return asyncio.run(seeds.town().channel.on_request(PEER, data))


def _report(data: bytes) -> Any:
    return check_report(data, seeds.fork().anchor)


def _witness_file(data: bytes) -> Any:
    return list(read_records(data.splitlines(keepends=True), field="one.witness"))


def _witness_record(payload: bytes) -> Any:
    """As somebody writes it who knows how the checksum is made."""
    return parse_line(b"%08x %b\n" % (zlib.crc32(payload), payload), field="one.witness")


ANSWERS = (NotUnderstood, LedgerError)

JOINING_TARGETS: tuple[Target, ...] = (
    Target(
        "snapshot request",
        "msgpack",
        seeds.requests,
        _asked,
        (PeerError, RequestFailed),
        MAX_PAYLOAD_BYTES,
        prefix=1,
    ),
    Target(
        "handovers", "msgpack", seeds.handovers, seeds.take_handovers, ANSWERS, MAX_PAYLOAD_BYTES, prefix=1
    ),
    Target("offers", "msgpack", seeds.offers, seeds.take_offers, ANSWERS, MAX_PAYLOAD_BYTES, prefix=1),
    Target("portion", "msgpack", seeds.portions, seeds.take_portion, ANSWERS, MAX_PAYLOAD_BYTES, prefix=1),
    Target("past", "msgpack", seeds.pasts, seeds.take_past, ANSWERS, MAX_PAYLOAD_BYTES, prefix=1),
    Target(
        "charge",
        "json",
        seeds.charges,
        seeds.take_charge,
        (*FROM_PEER, LedgerError),
        MAX_CHARGE_BYTES,
        prefix=1,
    ),
    Target("conflict report", "json", seeds.reports, _report, LEDGER, MAX_REPORT_BYTES, encode),
    Target(
        "witness record", "json", seeds.witness_records, _witness_record, LEDGER, MAX_RECORD_BYTES, encode
    ),
    Target("witness file", "bytes", seeds.witness_files, _witness_file, LEDGER, MAX_RECORD_BYTES),
)
