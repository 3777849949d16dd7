"""Statements for tests: a good one, and messages made of its parts."""

from __future__ import annotations

import json
from typing import Any

import cbor2
import pytest

from ledger import canonical
from ledger.errors import LedgerError
from ledger.keys import ORDER, SigningKey
from ledger.primitives import Hash
from ledger.statement import (
    CONTENT_TYPE,
    make_payload,
    parse_statement,
    sign_statement,
)
from tests.ledger.builder import entropy

KEY = SigningKey.from_entropy(entropy("statement"))
OTHER = SigningKey.from_entropy(entropy("another"))
KID = bytes(KEY.public_key.thumbprint)
SUBJECT = "bill/" + "ab" * 32
PAYLOAD = make_payload(
    network=Hash(bytes(32)),
    act="bill.transfer",
    body={"to": "beta", "parts": [1, 2]},
    expected_version=3,
    last_valid_ms=1_790_000_000_000,
    nonce=bytes(16),
)
GOOD = sign_statement(KEY, issuer="alpha/clerk", subject=SUBJECT, payload=PAYLOAD)
LABELS = {1: -7, 3: CONTENT_TYPE, 4: KID, 15: {1: "alpha/clerk", 2: SUBJECT}}


def build(
    *,
    protected: Any = None,
    unprotected: Any = None,
    payload: Any = None,
    signature: Any = None,
    tag: int | None = 18,
) -> bytes:
    """A message with the given parts instead of the good ones, signed anew unless a signature is given."""
    header = cbor2.dumps(LABELS) if protected is None else protected
    header = header if isinstance(header, bytes) else cbor2.dumps(header)
    content = canonical.encode(PAYLOAD) if payload is None else payload
    if signature is None:
        signed = content if isinstance(content, bytes) else b""
        signature = KEY.sign(cbor2.dumps(["Signature1", header, b"", signed]))
    parts = [header, {} if unprotected is None else unprotected, content, signature]
    return cbor2.dumps(parts if tag is None else cbor2.CBORTag(tag, parts))


def payload_with(**changes: Any) -> bytes:
    return canonical.encode({**json.loads(canonical.encode(PAYLOAD)), **changes})


def refused(data: bytes, *, normalise: bool = False) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        parse_statement(data, normalise=normalise)
    return caught.value


HIGH_S = GOOD[:-32] + (ORDER - int.from_bytes(GOOD[-32:], "big")).to_bytes(32, "big")
"""The other spelling of the signature."""
