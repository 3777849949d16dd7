"""Every invariant objects to a history that breaks it, and to none that does not."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from ledger.primitives import encode_base64url
from nodes.bft.frames import frame
from tests.simulation.invariants.acknowledged import Acknowledged
from tests.simulation.invariants.agreement import Agreement
from tests.simulation.invariants.base import Committed, Setting, Violation
from tests.simulation.invariants.blame import Blame
from tests.simulation.invariants.double_sign import DoubleSign
from tests.simulation.invariants.evidence import Evidence
from tests.simulation.invariants.finality import Finality
from tests.simulation.invariants.locks import Locks
from tests.simulation.invariants.memory import Memory
from tests.simulation.invariants.said import Said, in_message, tagged
from tests.simulation.invariants.seals import Seals
from tests.simulation.invariants.seats import RECORD, Seats, Timeline
from tests.simulation.invariants.sets import Sets
from tests.simulation.invariants.state import State
from tests.simulation.invariants.validity import Validity
from tests.simulation.world import QuickBls

BLS = QuickBls()
NAMES = ("a", "b", "c", "d")
SECRETS = [BLS.derive_secret(name.encode() * 32) for name in NAMES]
SEATS = Seats(NAMES, tuple(BLS.public_key(secret) for secret in SECRETS))
SET_HASH = SEATS.hash
SETTING = Setting(
    timeline=Timeline(SEATS),
    network=b"\x11" * 32,
    traitors=frozenset({"d"}),
    verify=BLS.fast_aggregate_verify,
)
ONE, OTHER, NIL = b"\x01" * 32, b"\x02" * 32, bytes(32)


def wire(step: str, round_: int, block: bytes, *, seat: int = 0, valid_round: int = -1) -> bytes:
    """A vote as it is sent."""
    kind = {"prevote": 1, "precommit": 2}[step]
    signature = hashlib.sha512(repr((kind, round_, block, valid_round)).encode()).digest() + bytes(32)
    return b"\x01" + msgspec.msgpack.encode([1, kind, 5, round_, block, valid_round, seat, signature])


def durable(*payloads: bytes) -> bytes:
    """A journal that holds these messages."""
    records = [frame(msgspec.msgpack.encode([1, payload])) for payload in payloads]
    return b"sealane-journal/1\n" + b"".join(records)


def block(height: int, **changes: Any) -> Committed:
    header = {
        "height": height,
        "proposer": "a",
        "log_size_before": height,
        "log_size": height,
        "parent": "00" * 32,
        "time_ms": 1_000 * height,
        "validators_hash": SET_HASH.hex(),
        **changes.pop("header", {}),
    }
    data = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    block_id = tagged("sealane/header/1", data)
    fields: dict[str, Any] = {
        "height": height,
        "block_id": block_id,
        "header": data,
        "leaves": (),
        "statement_ids": (),
        "records": (),
        "seal": seal(height, block_id),
    }
    return Committed(**{**fields, **changes})


def seal(height: int, block_id: bytes, seats: tuple[int, ...] = (0, 1, 2), *, round_: int = 0) -> bytes:
    vote = Said(0, height, round_, "precommit", block_id, -1, b"")
    message = in_message(SETTING.network, SET_HASH, vote)
    bitmap = sum(1 << seat for seat in seats)
    value = {
        "height": height,
        "round": 0,
        "block_id": block_id.hex(),
        "signers": encode_base64url(bytes([bitmap])),
        "signature": encode_base64url(BLS.aggregate([BLS.sign(SECRETS[seat], message) for seat in seats])),
    }
    return json.dumps(value).encode()


def test_the_arithmetic_of_quorums() -> None:
    """Any two quorums share a seat that is not a traitor's, and one may be had without all traitors."""
    for size in range(1, 40):
        seats = Seats(tuple(map(str, range(size))), ())
        assert 3 * seats.faults < size <= 3 * (seats.faults + 1)
        assert 2 * seats.quorum - size > seats.faults
        assert size - seats.faults >= seats.quorum


def test_agreement() -> None:
    fork = block(1, header={"time_ms": 7})
    invariant = Agreement(SETTING)
    invariant.committed("a/node-1", block(1))
    invariant.committed("b/node-1", block(1))
    with pytest.raises(Violation, match="for others"):
        invariant.committed("c/node-1", fork)
    with pytest.raises(Violation, match="after 1"):
        invariant.committed("a/node-1", block(3))
    with pytest.raises(Violation, match="hash of its header"):
        Agreement(SETTING).committed("a/node-1", block(1, block_id=ONE))


@pytest.mark.parametrize(
    ("second", "match"),
    [
        ({"header": {"time_ms": 1_000}}, "later"),
        ({"header": {"parent": "ff" * 32}}, "follow"),
        ({"header": {"log_size_before": 9, "log_size": 9}}, "begins at"),
        ({"header": {"proposer": "nobody"}}, "by 'nobody'"),
        ({"leaves": (b"x",)}, "counts"),
        ({"leaves": (b"x",), "header": {"log_size": 2}}, "no client signed"),
        ({"leaves": (b"x",) * 3, "header": {"log_size": 4}}, "larger"),
    ],
)
def test_validity(second: dict[str, Any], match: str) -> None:
    first = block(1)
    header = {"parent": first.block_id.hex(), "log_size_before": 1, "log_size": 1, **second.pop("header", {})}
    invariant = Validity(SETTING, {}, entries=2, size=100)
    invariant.committed("a/node-1", first)
    with pytest.raises(Violation, match=match):
        invariant.committed("a/node-1", block(2, header=header, **second))


def test_seals() -> None:
    good = block(1)
    Seals(SETTING).committed("a/node-1", good)
    bad = {
        "2 of 4": seal(1, good.block_id, (0, 1)),
        "another block": seal(1, ONE),
        "not verify": seal(1, good.block_id, round_=1),
    }
    for match, value in bad.items():
        with pytest.raises(Violation, match=match):
            Seals(SETTING).committed("a/node-1", block(1, seal=value))


def test_sets() -> None:
    """What a block's records appoint seals two heights later, and no earlier nor later."""
    setting = replace(SETTING, timeline=Timeline(SEATS))
    other = Seats(NAMES[:3], SEATS.keys[:3])

    def header(now: Seats, next_: Seats) -> dict[str, Any]:
        return {"validators_hash": now.hash.hex(), "next_validators_hash": next_.hash.hex()}

    def appoints(seats: Seats) -> tuple[tuple[str, bytes], ...]:
        values = [
            {"organisation": name, "bls_key": encode_base64url(key)}
            for name, key in zip(seats.names, seats.keys, strict=True)
        ]
        return ((RECORD, json.dumps({"validators": values, "version": 2}).encode()),)

    invariant = Sets(setting)
    invariant.committed("a/node-1", block(1, header=header(SEATS, SEATS), records=appoints(other)))
    with pytest.raises(Violation, match="next_validators_hash not the set"):
        invariant.committed("a/node-1", block(2, header=header(SEATS, SEATS)))
    with pytest.raises(Violation, match="as validators_hash not the set"):
        invariant.committed("a/node-1", block(2, header=header(other, other)))
    invariant.committed("a/node-1", block(2, header=header(SEATS, other)))
    assert (setting.at(2), setting.at(3)) == (SEATS, other)
    back = Seats((*NAMES[:3], "e"), SEATS.keys)
    with pytest.raises(Violation, match="named before"):
        invariant.committed("a/node-1", block(3, header=header(other, other), records=appoints(back)))
    crowded = replace(setting, traitors=frozenset("cd"))
    with pytest.raises(Violation, match="seats 2 traitors of 4"):
        Sets(crowded)


def test_double_sign() -> None:
    first, second = wire("prevote", 0, ONE), wire("prevote", 0, OTHER)
    invariant = DoubleSign(SETTING)
    with pytest.raises(Violation, match="durable"):
        invariant.sent("a/node-1", first)
    invariant.synced("a/node-1", "journal", durable(first), replaced=False)
    invariant.sent("a/node-1", first)
    with pytest.raises(Violation, match="signed two prevotes"):
        invariant.synced("a/node-1", "journal", durable(first, second), replaced=False)
    with pytest.raises(Violation, match="sent two prevotes"):
        invariant.sent("a/node-1", second)
    DoubleSign(SETTING).sent("b/node-1", first)


def test_locks() -> None:
    invariant = Locks(SETTING)
    for said in (
        wire("precommit", 1, ONE),
        wire("prevote", 2, NIL),
        wire("prevote", 3, OTHER, valid_round=1),
    ):
        invariant.sent("a/node-1", said)
    with pytest.raises(Violation, match="on a polka of round 0"):
        invariant.sent("a/node-1", wire("prevote", 4, OTHER, valid_round=0))


def test_state() -> None:
    invariant = State(SETTING, {"a": b"{}"}, b"genesis")
    with pytest.raises(Violation, match="log root"):
        invariant.committed("a/node-1", block(1, header={"log_root": "00" * 32, "state_root": "00" * 32}))
    log_root = hashlib.sha256(b"\x00genesis").hexdigest()
    wrong = block(1, header={"log_root": log_root, "state_root": "00" * 32})
    with pytest.raises(Violation, match="state root"):
        State(SETTING, {"a": b"{}"}, b"genesis").committed("a/node-1", wrong)
    place, record = tagged("sealane/state-key/1", b"a"), tagged("sealane/state-record/1", b"{}")
    root = tagged("sealane/state-leaf/1", place + record).hex()
    right = block(1, header={"log_root": log_root, "state_root": root})
    invariant = State(SETTING, {"a": b"{}"}, b"genesis")
    invariant.committed("a/node-1", right)
    with pytest.raises(Violation, match="other records"):
        invariant.committed("b/node-1", replace(right, records=(("a", b"x"),)))
    with pytest.raises(Violation, match="not those that blocks wrote"):
        invariant.finished({"a/node-1": (1, {}, {})}, {})


def test_acknowledged() -> None:
    invariant = Acknowledged(SETTING)
    with pytest.raises(Violation, match="before it was durable"):
        invariant.acknowledged("a/node-1", 1, (ONE,))
    invariant.committed("a/node-1", block(1, statement_ids=(ONE,)))
    invariant.acknowledged("a/node-1", 1, (ONE,))
    invariant.committed("b/node-1", block(1))
    with pytest.raises(Violation, match="b/node-1 has it not"):
        invariant.finished({}, {})


def test_finality() -> None:
    invariant = Finality(SETTING)
    invariant.committed("a/node-1", block(1, statement_ids=(ONE,)))
    invariant.refused("b/node-1", ONE, "statement.known")
    invariant.committed("b/node-1", block(1, statement_ids=(ONE,)))
    invariant.refused("a/node-1", OTHER, "statement.expired")
    with pytest.raises(Violation, match="refused 02020202 for good"):
        invariant.committed("b/node-1", block(2, statement_ids=(OTHER,)))


def test_blame() -> None:
    Blame(SETTING).blamed("a/node-1", "d/node-1", "rude")
    with pytest.raises(Violation, match="honest"):
        Blame(SETTING).blamed("a/node-1", "b/node-1", "rude")


def charge(seat: int, other: bytes = OTHER, *, forged: bool = False) -> bytes:
    """A line of a witness log that charges a seat with two prevotes."""
    attestations = []
    for content in (ONE, other):
        message = in_message(SETTING.network, SET_HASH, Said(seat, 5, 0, "prevote", content, -1, b""))
        signature = bytes(96) if forged else BLS.sign(SECRETS[seat], message)
        attestations.append(
            {
                "kind": "prevote",
                "round": 0,
                "block_id": content.hex(),
                "valid_round": -1,
                "signers": encode_base64url(bytes([1 << seat])),
                "signature": encode_base64url(signature),
            }
        )
    first, second = attestations
    charges = [{"offence": "two-prevotes", "guilty": [NAMES[seat]], "first": first, "second": second}]
    payload = json.dumps({"height": 5, "charges": charges}).encode()
    return b"\n%08x %b\n" % (zlib.crc32(payload), payload)


def saw(invariant: Evidence, seat: int) -> Evidence:
    """A node that verified two prevotes of a seat."""
    for content in (ONE, OTHER):
        vote = Said(seat, 5, 0, "prevote", content, -1, b"")
        invariant.checked("a/node-1", in_message(SETTING.network, SET_HASH, vote), (seat,))
    return invariant


def test_evidence() -> None:
    saw(Evidence(SETTING), 3).finished({}, {"b/node-1": charge(3)})
    with pytest.raises(Violation, match="no honest witness log"):
        saw(Evidence(SETTING), 3).finished({}, {"b/node-1": b""})
    with pytest.raises(Violation, match="charges b"):
        saw(Evidence(SETTING), 3).finished({}, {"b/node-1": charge(1)})
    with pytest.raises(Violation, match="no contradiction"):
        saw(Evidence(SETTING), 3).finished({}, {"b/node-1": charge(3, ONE)})
    with pytest.raises(Violation, match="not verify"):
        saw(Evidence(SETTING), 3).finished({}, {"b/node-1": charge(3, forged=True)})
    crashed = saw(Evidence(SETTING), 3)
    crashed.crashed("a/node-1")
    crashed.finished({}, {})


def test_memory() -> None:
    invariant = Memory(SETTING)
    for what, limit in invariant.limits().items():
        invariant.measured("a/node-1", None, {what: limit})
        with pytest.raises(Violation, match="the limit is"):
            invariant.measured("a/node-1", None, {what: limit + 1})
