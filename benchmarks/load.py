"""A load of signed statements, made before the clock starts, and the limit to compare with.

Each statement is the first event of a container, so all are independent: what is
measured is the ledger, not contention for one record.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from cli.files import read_signing_key
from cli.network_plan import Organisation, Plan, plain_plan
from ledger.genesis import Genesis, network_id
from ledger.keys import SigningKey
from ledger.statement import Statement, make_payload, parse_statement, sign_statement

ACTOR = "org-2/operator"
"""The port of the plain network, which may record movements."""

PARTIES = 15
"""Trading houses that each statement names, so that it is about 1 kB long."""

VALIDITY_MS = 3_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Statements ready to be sent."""

    leaves: list[bytes]
    ids: list[str]
    size_bytes: int
    """Mean size of a statement."""
    verify_per_s: float
    """ES256 verifications a second on one core, measured on these statements."""


def bench_plan(validators: int, port_base: int) -> Plan:
    """A plain network, with trading houses that run no node."""
    plain = plain_plan(validators, 0)
    houses = tuple(
        Organisation(id=f"trading-house-{n:02}", name=f"House {n}", roles=("trader",), members=("clerk",))
        for n in range(1, PARTIES + 1)
    )
    return Plan(name=plain.name, organisations=(*plain.organisations, *houses), port_base=port_base)


def make_load(directory: Path, genesis: Genesis, count: int) -> Load:
    """Sign `count` statements, and measure how fast one core verifies them."""
    key = read_signing_key(directory / "members" / f"{ACTOR}.pem")
    statements = [_statement(genesis, key) for _ in range(count)]
    sample = statements[: min(count, 2_000)]
    start = time.perf_counter()
    for statement in sample:
        statement.verify(key.public_key)
    limit = len(sample) / (time.perf_counter() - start)
    return Load(
        leaves=[statement.leaf for statement in statements],
        ids=[statement.id.hex() for statement in statements],
        size_bytes=sum(len(statement.leaf) for statement in statements) // count,
        verify_per_s=limit,
    )


def _statement(genesis: Genesis, key: SigningKey) -> Statement:
    now_ms = time.time_ns() // 1_000_000
    names = [organisation.id for organisation in genesis.organisations]
    houses = [name for name in names if name.startswith("trading-house-")]
    body = {
        "event": "gate_in",
        "classifier": "actual",
        "facility": "CNQZH",
        "event_ms": now_ms - 60_000,
        "purpose": "export",
        "container": {
            "commitment": os.urandom(32).hex(),
            "operator": names[2],
            "parties": houses,
        },
    }
    payload = make_payload(
        network=network_id(genesis),
        act="movement.record",
        body=body,
        expected_version=0,
        last_valid_ms=now_ms + VALIDITY_MS,
        nonce=os.urandom(16),
    )
    subject = f"container/{os.urandom(16).hex()}"
    return parse_statement(sign_statement(key, issuer=ACTOR, subject=subject, payload=payload))
