"""Messages that no honest client sends, built byte by byte with none of Sealane's own encoders."""

from __future__ import annotations

import base64
import http.client
import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import cbor2

from ledger.keys import SigningKey

CONTENT_TYPE = "application/vnd.sealane.act+json"

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""


def payload(**fields: Any) -> dict[str, Any]:
    """The envelope of an act; `network` and `last_valid_ms` have to be given."""
    usual: dict[str, Any] = {
        "version": 1,
        "type": "member.revoke",
        "body": {},
        "expected_version": 1,
        "nonce": base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode(),
    }
    return usual | fields


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no space: canonical for what stands in an envelope."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def sign1(
    key: SigningKey, issuer: str, subject: str, body: bytes, *, kid: bytes | None = None, high_s: bool = False
) -> bytes:
    """A COSE_Sign1 message over any payload, with a signature that holds."""
    labels = {1: -7, 3: CONTENT_TYPE, 4: kid or key.public_key.thumbprint, 15: {1: issuer, 2: subject}}
    protected = cbor2.dumps(labels)
    signature = key.sign(cbor2.dumps(["Signature1", protected, b"", body]))
    if high_s:
        s = ORDER - int.from_bytes(signature[32:], "big")
        signature = signature[:32] + s.to_bytes(32, "big")
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, body, signature]))


@dataclass(frozen=True)
class Reply:
    """What a node answered, whatever it was."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem of RFC 9457; fails when it is none or leaves its reader alone."""
        assert self.headers.get("content-type") == "application/problem+json", self
        value: dict[str, Any] = json.loads(self.body)
        assert value["status"] == self.status
        assert value["code"]
        assert value["detail"]
        assert value["hint"], "it does not say what to do"
        assert value["type"] == f"urn:sealane:problem:{value['code']}"
        return value

    def refused(self, status: int, code: str, field: str | None = None) -> dict[str, Any]:
        """Assert how it was refused; `field` None where no one field is at fault."""
        problem = self.problem
        found = (self.status, problem["code"], problem.get("field", "") if field is not None else None)
        assert found == (status, code, field), problem
        return problem


def ask(
    url: str,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    *,
    chunked: bool = False,
) -> Reply:
    """One request as it is given."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        sent: Any = iter([body]) if chunked else body
        connection.request(method, path, body=sent, headers=headers or {}, encode_chunked=chunked)
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data)


def submit(url: str, message: bytes, *, wait: str = "final") -> Reply:
    """A submission of whatever bytes."""
    return ask(url, "POST", f"/v1/statements?wait={wait}", message, {"content-type": "application/cose"})
