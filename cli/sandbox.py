"""A ledger in memory, for playing published messages on the contracts: no node, no network, no files.

Its organisations are stand-ins and their keys come from their names: they protect
nothing. Everything else is real: statements are signed, checked and executed as a
node does, and a refusal leaves the state as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

from contracts.context import Context
from contracts.execution import (
    authenticate,
    check_envelope,
    context_at,
    decode_record,
    execute,
    genesis_records,
    make_body,
)
from contracts.model import Record
from contracts.refusals import Refusal, Refused
from contracts.versions import RULES_VERSION
from ledger.genesis import Genesis, GenesisKey, GenesisOrganisation, Parameters, network_id
from ledger.keys import SigningKey
from ledger.primitives import Height, TimeMs
from ledger.statement import make_payload, parse_statement, sign_statement

COUNTRY = "ZZ"
"""Country of every stand-in: the code for an unknown one."""

DECLARANT = "declarant"
OFFICE = "customs-office"
EXIT_OFFICE = "exit-office"
TERMINAL = "terminal"
CARRIER = "carrier"

ROLES: Mapping[str, tuple[str, ...]] = {
    DECLARANT: ("trader",),
    "other-declarant": ("trader",),
    OFFICE: ("customs",),
    EXIT_OFFICE: ("customs",),
    "other-office": ("customs",),
    TERMINAL: ("terminal",),
    CARRIER: ("carrier",),
}
"""The stand-ins and what they do; the others are there to be mistaken for the right ones."""

FACILITY = f"{COUNTRY}AAA"
"""Where the goods are."""

MEMBER = "desk"

R = TypeVar("R", bound=Record)


class Sandbox:
    """Records, block time, and a way to act on them."""

    def __init__(self, time_ms: int) -> None:
        self.time_ms = time_ms
        genesis = _genesis(time_ms)
        self._network = network_id(genesis)
        self._records = genesis_records(genesis)
        self._nonce = 0

    def get(self, key: str) -> bytes | None:
        """Canonical JSON of a record, or None."""
        return self._records.get(key)

    def record(self, key: str, kind: type[R]) -> R:
        """The record at a key; `KeyError` when there is none of that kind."""
        found = decode_record(key, self._records[key])
        if not isinstance(found, kind):
            raise KeyError(key)
        return found

    def act(self, act: str, key: str, organisation: str, fields: Mapping[str, Any]) -> Refusal | None:
        """Do an act now; None when it took effect."""
        member = f"{organisation}/{MEMBER}"
        self._nonce += 1
        try:
            body = make_body(act, fields)
        except Refused as refused:
            return refused.refusal
        before = self._records.get(key)
        payload = make_payload(
            network=self._network,
            act=act,
            body=body,
            expected_version=0 if before is None else decode_record(key, before).version,
            last_valid_ms=self.time_ms + 1,
            nonce=self._nonce.to_bytes(16, "big"),
        )
        leaf = sign_statement(_key(organisation), issuer=member, subject=key, payload=payload)
        statement, context = parse_statement(leaf), self._context()
        refusal = check_envelope(statement, context)
        if refusal is not None:
            return refusal
        actor = authenticate(statement, self, context)
        if isinstance(actor, Refusal):
            return actor
        statement.verify(actor.key)
        outcome = execute(statement, actor, self, context)
        if isinstance(outcome, Refusal):
            return outcome
        self._records.update(outcome.writes)
        return None

    def _context(self) -> Context:
        return context_at(self, Height(1), TimeMs(self.time_ms), self._network)


def commitment(text: str) -> str:
    """Stands for a salted commitment to a text; without a salt, since nothing here is secret."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _key(organisation: str) -> SigningKey:
    return SigningKey.from_entropy(hashlib.sha512(organisation.encode()).digest())


def _genesis(time_ms: int) -> Genesis:
    return Genesis(
        version=1,
        name="sandbox",
        time_ms=time_ms,
        rules_version=RULES_VERSION,
        parameters=Parameters(),
        validators=(),
        organisations=tuple(
            GenesisOrganisation(
                id=name,
                name=name.replace("-", " ").capitalize(),
                roles=roles,
                jurisdiction=None if "trader" in roles or "carrier" in roles else COUNTRY,
                members=(GenesisKey(name=MEMBER, key=_key(name).public_key.text),),
            )
            for name, roles in ROLES.items()
        ),
    )
