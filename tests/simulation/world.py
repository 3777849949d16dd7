"""What every simulation starts from: organisations and keys, a genesis, and a database that holds it.

Made once a process for each number of validators and signature scheme, since only
what happens afterwards differs between seeds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from typing import Any

from sqlalchemy import make_url

import ledger.bls as bls_package
from ledger.bls import BlsBackend, backend
from ledger.genesis import (
    Genesis,
    GenesisKey,
    GenesisOrganisation,
    GenesisValidator,
    Parameters,
    genesis_validators,
)
from ledger.genesis import network_id as id_of
from ledger.keys import SigningKey
from ledger.primitives import Hash, encode_base64url
from nodes.founding import _found
from nodes.storage import Store
from nodes.storage.database import Database
from nodes.storage.schema import prepare_schema
from tests.nodes.bft.fakes import FakeBls
from tests.simulation.invariants.seats import Seats
from tests.simulation.remember import RememberingBls

START_MS = 1_790_000_000_000

PARAMETERS = Parameters(
    statement_window_ms=600_000, max_block_bytes=65_536, max_block_entries=12, heartbeat_ms=5_000
)
"""Small blocks, so that some are full; a short heartbeat, so that idleness ends within a simulation."""

CARRIER, PORT, TRADER = "carrier", "port", "trader"

ROLES: dict[str, tuple[tuple[str, ...], str | None]] = {
    CARRIER: (("carrier",), None),
    PORT: (("port_authority",), None),
    TRADER: (("trader",), None),
    "customs": (("customs",), "CN"),
    "terminal": (("terminal",), "CN"),
    "forwarder": (("forwarder",), None),
    "bank": (("bank",), None),
    "rail": (("rail_operator",), None),
    "broker": (("customs_broker",), None),
    "auditor": (("auditor",), None),
}
"""Ten organisations; the first n of them are validators."""


class QuickBls(FakeBls):
    """The fast test scheme, made faster, with what a genesis needs besides."""

    def _signature(self, public_key: bytes, message: bytes) -> bytes:
        return _quick_signature(public_key, message)

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        total = 0
        for signature in signatures:
            total ^= int.from_bytes(signature, "big")
        return total.to_bytes(96, "big")

    def validate_key(self, public_key: bytes) -> None:
        """Any key will do."""

    def prove_possession(self, secret: bytes) -> bytes:
        return self.sign(secret, b"possession")

    def verify_possession(self, public_key: bytes, proof: bytes) -> None:
        self.verify(public_key, b"possession", proof)


@lru_cache(maxsize=4_096)
def _quick_signature(public_key: bytes, message: bytes) -> bytes:
    return b"".join(hashlib.sha256(bytes([i]) + public_key + message).digest() for i in range(3))


def _entropy(label: str) -> bytes:
    return hashlib.sha512(label.encode()).digest()


@cache
def member_key(organisation: str) -> SigningKey:
    return SigningKey.from_entropy(_entropy(f"simulated member of {organisation}"))


@cache
def secret_of(key: str, real: bool) -> bytes:
    """The secret of a validator key, by label; the first of an organisation is called like it."""
    return backend().derive_secret(_entropy(f"simulated validator {key}"))


@cache
def _proven(key: str, real: bool) -> dict[str, str]:
    bls, secret = backend(), secret_of(key, real)
    return {
        "bls_key": encode_base64url(bls.public_key(secret)),
        "possession": encode_base64url(bls.prove_possession(secret)),
    }


@contextmanager
def scheme(real: bool) -> Iterator[BlsBackend]:
    """Have the whole process sign with the real scheme, or with the quick one."""
    before = bls_package._BACKENDS["arkworks"]
    made = before if real else QuickBls
    bls_package._BACKENDS["arkworks"] = lambda: RememberingBls(made())
    bls_package._load.cache_clear()
    try:
        yield backend()
    finally:
        bls_package._BACKENDS["arkworks"] = before
        bls_package._load.cache_clear()


@dataclass(frozen=True)
class World:
    """What is the same for all seeds of one size and scheme."""

    genesis: Genesis
    network: Hash
    real: bool
    """Whether votes are signed with the real scheme."""
    names: tuple[str, ...]
    """The founding validators, in order of their seats."""
    template: Store
    """A database that holds the genesis and nothing else."""

    def proven(self, key: str) -> dict[str, str]:
        """The validator key of a label, and the proof that somebody has it, as changes give them."""
        return _proven(key, self.real)


def _genesis(names: tuple[str, ...], real: bool) -> Genesis:
    bls = backend()
    numbering = bls.derive_secret(_entropy("simulated numbering"))
    key, proof = (encode_base64url(v) for v in (bls.public_key(numbering), bls.prove_possession(numbering)))
    return Genesis(
        version=1,
        name="Simulation",
        time_ms=START_MS,
        rules_version=1,
        parameters=PARAMETERS,
        validators=tuple(GenesisValidator(organisation=name, **_proven(name, real)) for name in names),
        organisations=tuple(
            GenesisOrganisation(
                id=name,
                name=name.title(),
                roles=roles,
                jurisdiction=jurisdiction,
                numbering_key=key if name == CARRIER else None,
                numbering_possession=proof if name == CARRIER else None,
                members=(GenesisKey(name="clerk", key=member_key(name).public_key.text),),
                nodes=(),
            )
            for name, (roles, jurisdiction) in ROLES.items()
        ),
    )


@cache
def world(size: int, real: bool) -> World:
    """The world of that many validators. Call it inside `scheme`, and outside of any guard."""
    names = tuple(ROLES)[:size]
    genesis = _genesis(names, real)
    template = memory_store()
    _found(template, genesis)
    return World(genesis, id_of(genesis), real, names, template)


_numbers = count()
_idle: list[Store] = []


def memory_store() -> Store:
    """An empty database in memory. It lives until the process ends, through every crash of its node."""
    url = f"sqlite:///file:simulation-{next(_numbers)}?mode=memory&cache=shared&uri=true"
    database = Database(make_url(url))
    prepare_schema(database, create=True)
    return Store(database)


def _driver(store: Store) -> Any:
    return store._database._writer.connection.driver_connection


def overwrite(store: Store, copied: Store) -> None:
    """Make one database what another is."""
    _driver(copied).backup(_driver(store))


def borrow_store(copied: Store) -> Store:
    """A database that holds what another does: a new one, or one of an earlier seed written over."""
    store = _idle.pop() if _idle else memory_store()
    overwrite(store, copied)
    return store


def return_store(store: Store) -> None:
    _idle.append(store)


def founding_seats(one: World) -> Seats:
    """Who seals the first blocks."""
    validators = genesis_validators(one.genesis)
    return Seats(tuple(seat.organisation for seat in validators.validators), validators.keys)


def records_of(store: Store) -> tuple[dict[str, bytes], dict[str, int]]:
    """All records of a database, and the versions that it says they have."""
    rows = _driver(store).execute("SELECT key, version, value FROM record").fetchall()
    return {key: bytes(value) for key, _, value in rows}, {key: version for key, version, _ in rows}
