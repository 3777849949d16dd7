"""Disclosures as they travel: an SD-JWT (RFC 9901) that its discloser signs.

Standard software reads and checks it, given the discloser's key. What it says is
bound to the ledger by the digests alone: they open the commitment on the record, to
whoever has evidence of it (`ledger.evidence.fields`). The signature says who showed
it, so that whoever passes on what it may not is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ledger import canonical
from ledger.canonical import Canonical, parse_document, parse_object
from ledger.disclosure import SALT_BYTES, Concealed, Path, chosen, digest_of
from ledger.errors import EncodingError
from ledger.keys import SIGNATURE_BYTES, SigningKey
from ledger.primitives import Base64Url, UInt, decode_base64url, encode_base64url

TYPE = "sealane-disclosure+sd-jwt"
"""Explicit type (RFC 9901 section 9.11): this is no other token of ours."""

MAX_SD_JWT_BYTES = 4_194_304
"""The largest document with the digests of all its fields."""


class Header(Canonical, frozen=True, kw_only=True, omit_defaults=False):
    """JOSE header."""

    alg: Literal["ES256"] = "ES256"
    kid: Base64Url
    """Thumbprint (RFC 9679) of the discloser's key."""
    typ: Literal["sealane-disclosure+sd-jwt"] = "sealane-disclosure+sd-jwt"


class Payload(Canonical, frozen=True, kw_only=True, omit_defaults=False, rename={"sd_alg": "_sd_alg"}):
    """Claims."""

    sd_alg: Literal["sha-256"] = "sha-256"
    iss: str
    """The member who discloses, as `organisation/name`."""
    sub: str
    """Key of the record that commits to the document."""
    iat: UInt
    """When, by the discloser's clock, in seconds."""
    opening: Base64Url
    """Salt of the commitment to `document`, 16 bytes; it opens no field."""
    document: dict[str, Any]
    """The digests of the document's fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SdJwt:
    """A well-formed SD-JWT of ours, its signature not yet verified."""

    header: Header
    payload: Payload
    disclosures: dict[str, list[Any]]
    """What each disclosure says, by its digest."""
    signed: bytes
    """What the signature is over."""
    signature: bytes

    @property
    def opening(self) -> bytes:
        """The salt of the commitment."""
        return decode_base64url(self.payload.opening, field="disclosed.opening", length=SALT_BYTES)


def disclose(
    concealed: Concealed, paths: list[Path], key: SigningKey, *, member: str, subject: str, issued_s: int
) -> str:
    """The SD-JWT that shows these fields; `EncodingError` names one that the document does not have."""
    header = Header(kid=encode_base64url(key.public_key.thumbprint))
    payload = Payload(
        iss=member,
        sub=subject,
        iat=issued_s,
        opening=encode_base64url(concealed.opening),
        document=concealed.digests,
    )
    signed = ".".join(encode_base64url(canonical.encode(part)) for part in (header, payload))
    jwt = f"{signed}.{encode_base64url(key.sign(signed.encode('ascii')))}"
    return "~".join((jwt, *chosen(concealed, paths), ""))


def parse_sd_jwt(text: str) -> SdJwt:
    """The SD-JWT that a text holds; `EncodingError` names what is wrong with it."""
    if len(text) > MAX_SD_JWT_BYTES:
        raise EncodingError(f"more than {MAX_SD_JWT_BYTES} characters", field="disclosed")
    jwt, *shown, last = text.split("~") if "~" in text else (text, "?")
    parts = jwt.split(".")
    if last or len(parts) != 3:
        raise EncodingError("no SD-JWT: expected header.payload.signature~disclosures~", field="disclosed")
    disclosures = {digest_of(one): _read(one) for one in map(_ascii, shown)}
    if len(disclosures) != len(shown):
        raise EncodingError("a disclosure stands there twice", field="disclosed")
    header, payload, signature = (decode_base64url(part, field="disclosed") for part in parts)
    parse_object(payload, field="disclosed.payload")
    if len(signature) != SIGNATURE_BYTES:
        raise EncodingError(f"expected a signature of {SIGNATURE_BYTES} bytes", field="disclosed")
    return SdJwt(
        header=canonical.decode(header, Header, max_bytes=1_024, field="disclosed.header"),
        payload=canonical.decode(payload, Payload, max_bytes=MAX_SD_JWT_BYTES, field="disclosed.payload"),
        disclosures=disclosures,
        signed=f"{parts[0]}.{parts[1]}".encode("ascii"),
        signature=signature,
    )


def _ascii(text: str) -> str:
    if not text.isascii():
        raise EncodingError("a disclosure is ASCII", field="disclosed")
    return text


def _read(disclosure: str) -> list[Any]:
    """What a disclosure says; its digest alone decides whether it is the right one."""
    data = decode_base64url(disclosure, field="disclosed")
    wrapped = parse_document(b'{"disclosure":' + data + b"}", field="disclosed")
    value = wrapped.get("disclosure")
    if len(wrapped) != 1 or not isinstance(value, list):
        raise EncodingError("a disclosure is an array", field="disclosed")
    return value
