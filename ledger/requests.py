"""Signed requests: how a member proves to a node who is asking.

A profile of HTTP Message Signatures (RFC 9421) with one signature, labelled
`sealane`, by the member's ES256 key. It covers exactly the method, authority,
path, query and the `Sealane-Member` header, and where there is a body also its
`Content-Digest` (RFC 9530), so nothing that decides the answer is left out. The
order of components and parameters is the signer's. Statements need none of
this: they carry their own signature.

Both sides share this file. The caller supplies time and nonce, looks up the
member's key, and remembers nonces; a header's text is what came on the wire.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import EncodingError, SignatureError
from ledger.hashing import sha256
from ledger.keys import SIGNATURE_BYTES, PublicKey, SigningKey, low_s
from ledger.primitives import Hash, encode_base64url

LABEL = "sealane"
"""The signature's label in both headers (RFC 9421 section 4.1)."""

ALGORITHM = "ecdsa-p256-sha256"
"""RFC 9421 section 3.3.4: r || s in 64 bytes, as ES256."""

FRESHNESS_S = 60
"""How far `created` may lie from the node's clock, and so how long nonces are remembered."""

MEMBER_HEADER = "sealane-member"
DIGEST_HEADER = "content-digest"
INPUT_HEADER = "signature-input"
SIGNATURE_HEADER = "signature"

MAX_HEADER_CHARS = 1024
"""An honest `Signature-Input` has about 250."""

NONCE_BYTES_MIN = 12
"""96 random bits never repeat within a minute."""

_ALWAYS = ("@method", "@authority", "@path", "@query", MEMBER_HEADER)
_DEFAULT_PORTS = (":80", ":443")
_MEMBER = re.compile(r"[a-z0-9-]{1,48}/[a-z0-9-]{1,48}")
_INPUT = re.compile(
    rf'{LABEL}=(?P<signed>\((?P<names>"[a-z@-]+"(?: "[a-z@-]+")*)\)(?P<params>(?:;[a-z]+=[^;,\s]+)+))'
)
_PARAMS = {
    "created": re.compile(r"(0|[1-9][0-9]{0,14})"),
    "nonce": re.compile(r'"([A-Za-z0-9_+/=-]{16,88})"'),
    "keyid": re.compile(r'"([0-9a-f]{64})"'),
    "alg": re.compile(rf'"({ALGORITHM})"'),
}
_SIGNATURE = re.compile(LABEL + r"=:([A-Za-z0-9+/]{86}==):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a signature covers of a request, as it is on the wire."""

    method: str
    """Upper case, such as `GET`."""
    authority: str
    """Host and port that the request is sent to, as in `Host`."""
    path: str
    """Absolute path, percent-encoded as sent; `/` when empty."""
    query: str = ""
    """Query without its question mark, as sent."""
    member: str
    """Who asks, as `organisation/name`."""
    body: bytes = b""
    """Content; empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request whose signature headers are well formed. The signature is not yet verified."""

    request: Request
    created_s: int
    """When it was signed, in seconds since 1970 by the signer's clock."""
    nonce: str
    """Random text that makes the request single-use."""
    keyid: Hash
    """Thumbprint (RFC 9679) of the key said to have signed."""
    signature: bytes
    """64 bytes, low S."""
    base: bytes
    """The signature base (RFC 9421 section 2.5) that the signature covers."""

    def verify(self, key: PublicKey) -> None:
        """Raise `SignatureError` unless `key`, the member's, signed this request."""
        if key.thumbprint != self.keyid:
            raise SignatureError("keyid names another key than the member's", field="keyid")
        key.verify(self.signature, self.base)

    def check_fresh(self, now_s: int) -> None:
        """Raise `SignatureError` when it was signed more than `FRESHNESS_S` away from `now_s`."""
        ahead_s = self.created_s - now_s
        if abs(ahead_s) > FRESHNESS_S:
            side = "ahead of" if ahead_s > 0 else "behind"
            raise SignatureError(
                f"signed {abs(ahead_s)} s {side} the node's clock; {FRESHNESS_S} s are allowed",
                field="created",
            )


def content_digest(body: bytes) -> str:
    """The `Content-Digest` of a body (RFC 9530 section 2)."""
    return f"sha-256=:{base64.b64encode(sha256(body)).decode('ascii')}:"


def sign_request(key: SigningKey, request: Request, *, created_s: int, nonce: bytes) -> dict[str, str]:
    """The headers that sign a request; `nonce` is at least 12 random bytes, never used before."""
    if len(nonce) < NONCE_BYTES_MIN:
        raise EncodingError(f"expected at least {NONCE_BYTES_MIN} bytes", field="nonce")
    names = _components(request)
    listed = " ".join(f'"{name}"' for name in names)
    params = (
        f'({listed});created={created_s};nonce="{encode_base64url(nonce)}"'
        f';keyid="{key.public_key.thumbprint.hex()}";alg="{ALGORITHM}"'
    )
    signature = base64.b64encode(key.sign(signature_base(request, names, params))).decode("ascii")
    headers = {
        MEMBER_HEADER: request.member,
        INPUT_HEADER: f"{LABEL}={params}",
        SIGNATURE_HEADER: f"{LABEL}=:{signature}:",
    }
    return headers | ({DIGEST_HEADER: content_digest(request.body)} if request.body else {})


def signature_base(request: Request, names: tuple[str, ...], params: str) -> bytes:
    """The bytes that are signed: one line a component, then the parameters (RFC 9421 section 2.5)."""
    values = {
        "@method": request.method,
        "@authority": _authority(request.authority),
        "@path": request.path or "/",
        "@query": f"?{request.query}",
        MEMBER_HEADER: request.member,
        DIGEST_HEADER: content_digest(request.body),
    }
    lines = [f'"{name}": {values[name]}' for name in names]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode("utf-8")


def parse_signed_request(
    *, method: str, authority: str, path: str, query: str, body: bytes, headers: Mapping[str, str]
) -> SignedRequest:
    """The signed request that arrived; `headers` has lower-case names.

    Raises `SignatureError` for a missing header or a signature that covers too
    little, `EncodingError` for a malformed one, each naming the header or
    parameter in `field`.
    """
    member = _header(headers, MEMBER_HEADER)
    if not _MEMBER.fullmatch(member):
        raise EncodingError("expected organisation/name", field=MEMBER_HEADER)
    request = Request(method=method, authority=authority, path=path, query=query, member=member, body=body)
    if body and _header(headers, DIGEST_HEADER) != content_digest(body):
        raise SignatureError("the digest is not the body's SHA-256", field=DIGEST_HEADER)
    match = _INPUT.fullmatch(_header(headers, INPUT_HEADER))
    if match is None:
        raise EncodingError(f"expected {LABEL}=(components);parameters", field=INPUT_HEADER)
    names = _covered(match["names"], request)
    values = _parameters(match["params"])
    return SignedRequest(
        request=request,
        created_s=int(values["created"]),
        nonce=values["nonce"],
        keyid=Hash(bytes.fromhex(values["keyid"])),
        signature=_signature(_header(headers, SIGNATURE_HEADER)),
        base=signature_base(request, names, match["signed"]),
    )


def _components(request: Request) -> tuple[str, ...]:
    return (*_ALWAYS, DIGEST_HEADER) if request.body else _ALWAYS


def _authority(authority: str) -> str:
    """Lower case, without a default port (RFC 9421 section 2.2.3); the scheme is not known here."""
    lowered = authority.lower()
    port = next((port for port in _DEFAULT_PORTS if lowered.endswith(port)), "")
    return lowered.removesuffix(port)


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise SignatureError("a signed request needs this header", field=name)
    if len(value) > MAX_HEADER_CHARS:
        raise EncodingError(f"{len(value)} characters, the limit is {MAX_HEADER_CHARS}", field=name)
    return value


def _covered(listed: str, request: Request) -> tuple[str, ...]:
    names = tuple(name.strip('"') for name in listed.split(" "))
    expected = _components(request)
    missing = sorted(set(expected) - set(names))
    if missing:
        raise SignatureError(f"the signature does not cover {', '.join(missing)}", field=INPUT_HEADER)
    if len(names) != len(expected):
        raise SignatureError(f"the signature must cover exactly {', '.join(expected)}", field=INPUT_HEADER)
    return names


def _parameters(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in text.removeprefix(";").split(";"):
        name, _, value = part.partition("=")
        pattern = _PARAMS.get(name)
        match = pattern.fullmatch(value) if pattern else None
        if match is None or name in values:
            raise EncodingError("unknown, repeated or malformed parameter", field=name)
        values[name] = match[1]
    absent = [name for name in _PARAMS if name not in values]
    if absent:
        raise SignatureError("the signature lacks this parameter", field=absent[0])
    return values


def _signature(text: str) -> bytes:
    match = _SIGNATURE.fullmatch(text)
    if match is None:
        raise EncodingError(f"expected {LABEL}=: {SIGNATURE_BYTES} bytes in base64 :", field=SIGNATURE_HEADER)
    try:
        return low_s(base64.b64decode(match[1], validate=True))
    except binascii.Error:
        raise EncodingError("not base64", field=SIGNATURE_HEADER) from None
