"""X.509 certificates of members: read, and a path checked, by rules that no library changes (RFC 5280).

A verdict here decides whether an act takes effect, so it must be the same on every
node, with every version of every library, and in every replay. The general
verifiers grow stricter with each release; hence this small profile, which refuses
what it does not know. Keys and signatures: P-256 with SHA-256, P-384 with SHA-384,
RSA of 2048 to 4096 bits with SHA-256 or SHA-384; the member's own key is P-256.
Revocation lists are not asked: an administrator revokes a member.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from ledger.der import (
    BIT_STRING,
    GENERALIZED_TIME,
    OBJECT_ID,
    OCTET_STRING,
    SEQUENCE,
    UTC_TIME,
    Element,
    bit_string,
    boolean,
    integer,
    read_der,
)
from ledger.errors import CryptoKeyError, EncodingError, SignatureError
from ledger.hashing import sha256
from ledger.keys import PublicKey

MAX_CERTIFICATE_BYTES: Final = 4_096
"""Two kilobytes are usual with RSA; a chain has to fit into a statement."""

MAX_CHAIN: Final = 4
"""Certificates of a chain: the member's, two issuers, and the anchor."""

_EC_KEY = bytes.fromhex("2a8648ce3d0201")
_RSA_KEY = bytes.fromhex("2a864886f70d010101")
_CURVES = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
}
_SIGNATURES = {
    bytes.fromhex("2a8648ce3d040302"): ("ec", SHA256()),
    bytes.fromhex("2a8648ce3d040303"): ("ec", SHA384()),
    bytes.fromhex("2a864886f70d01010b"): ("rsa", SHA256()),
    bytes.fromhex("2a864886f70d01010c"): ("rsa", SHA384()),
}
_KEY_USAGE, _BASIC = bytes.fromhex("551d0f"), bytes.fromhex("551d13")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

RSA_BITS: Final = (2048, 4096)
"""Least and most bits of an issuer's RSA key."""

Key = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What counts of a certificate."""

    body: bytes
    """What is signed."""
    issuer: bytes
    """Name of who signed it, as DER."""
    subject: bytes
    """Name of whom it is for, as DER."""
    not_before_ms: int
    """First time at which it is valid."""
    not_after_ms: int
    """Last time at which it is valid."""
    key: Key
    """Key of its subject."""
    issues: bool
    """Whether its subject issues certificates."""
    path_length: int | None
    """How many issuers may follow beneath it, if limited."""
    signs: bool
    """Whether its subject signs documents, as far as its usage says."""
    algorithm: bytes
    """Object id of its signature's algorithm."""
    signature: bytes
    """The signature."""
    hash: bytes
    """SHA-256 of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """When a whole path is valid: while all of its certificates are."""

    from_ms: int
    """First millisecond."""
    until_ms: int
    """Last millisecond."""


def check_path(chain: Sequence[bytes], anchors: frozenset[bytes], time_ms: int) -> tuple[PublicKey, Validity]:
    """The member's key that a chain vouches for, and until when.

    `chain` is DER, the member's certificate first and an anchor last; `anchors` are
    the SHA-256 of those that are trusted. RFC 5280 section 6.1, without policies and
    name constraints: a certificate that demands them is refused. Raises
    `EncodingError`, `CryptoKeyError` or `SignatureError` naming the place in the chain.
    """
    if not 2 <= len(chain) <= MAX_CHAIN:
        raise EncodingError(f"a chain has 2 to {MAX_CHAIN} certificates, an anchor last", field="chain")
    parsed = [parse_certificate(data, f"chain.{place}") for place, data in enumerate(chain)]
    if parsed[-1].hash not in anchors:
        raise SignatureError("the chain does not end at an anchor of the organisation", field="chain")
    for place, (certificate, issuer) in enumerate(pairwise(parsed)):
        if certificate.issuer != issuer.subject:
            raise SignatureError("the next certificate is not its issuer's", field=f"chain.{place}")
        if not issuer.issues:
            raise SignatureError("its subject does not issue certificates", field=f"chain.{place + 1}")
        if issuer.path_length is not None and issuer.path_length < place:
            raise SignatureError("too many issuers follow beneath it", field=f"chain.{place + 1}")
        _verify(certificate, issuer.key, f"chain.{place}")
    member = parsed[0]
    if not member.signs or member.issues:
        raise SignatureError("it is not for signing documents", field="chain.0")
    validity = Validity(
        from_ms=max(one.not_before_ms for one in parsed), until_ms=min(one.not_after_ms for one in parsed)
    )
    if not validity.from_ms <= time_ms <= validity.until_ms:
        raise SignatureError("a certificate of the chain is not valid at this block time", field="chain")
    return member_key(member), validity


def parse_certificate(data: bytes, field: str) -> Certificate:
    """A certificate of the profile; `EncodingError` or `CryptoKeyError` for any other."""
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise EncodingError(f"a certificate has at most {MAX_CERTIFICATE_BYTES} bytes", field=field)
    body, algorithm, signature = _exactly(read_der(data, field).expect(SEQUENCE, field), 3, field)
    parts = body.expect(SEQUENCE, field).parts(field)
    if not parts or parts[0].whole != b"\xa0\x03\x02\x01\x02":
        raise EncodingError("expected a certificate of version 3", field=field)
    if len(parts) != 8 or parts[7].tag != 0xA3:
        raise EncodingError("unexpected parts in the certificate", field=field)
    _, _, inner, issuer, validity, subject, key, wrapped = parts
    if inner.whole != algorithm.whole:
        raise EncodingError("two algorithms are named for one signature", field=field)
    before, after = _exactly(validity.expect(SEQUENCE, field), 2, field)
    (extensions,) = _exactly(wrapped, 1, field)
    issues, path_length, signs, certifies = _extensions(extensions, field)
    return Certificate(
        body=body.whole,
        issuer=issuer.expect(SEQUENCE, field).whole,
        subject=subject.expect(SEQUENCE, field).whole,
        not_before_ms=_time(before, field),
        not_after_ms=_time(after, field) + 999,
        key=_public_key(key, field),
        issues=issues and certifies,
        path_length=path_length,
        signs=signs,
        algorithm=_algorithm(algorithm, field),
        signature=bit_string(signature, field),
        hash=sha256(data),
    )


def _exactly(element: Element, count: int, field: str) -> list[Element]:
    parts = element.parts(field)
    if len(parts) != count:
        raise EncodingError(f"expected {count} DER values, got {len(parts)}", field=field)
    return parts


def _algorithm(element: Element, field: str) -> bytes:
    parts = element.expect(SEQUENCE, field).parts(field)
    name = parts[0].expect(OBJECT_ID, field).content if parts else b""
    kind = _SIGNATURES.get(name)
    null = [part.whole for part in parts[1:]]
    if kind is None or null != ([b"\x05\x00"] if kind[0] == "rsa" else []):
        raise EncodingError("a signature algorithm outside the profile", field=field)
    return name


def _public_key(element: Element, field: str) -> Key:
    algorithm, bits = _exactly(element.expect(SEQUENCE, field), 2, field)
    name, parameters = _exactly(algorithm.expect(SEQUENCE, field), 2, field)
    data = bit_string(bits.expect(BIT_STRING, field), field)
    if name.content == _EC_KEY and parameters.tag == OBJECT_ID and parameters.content in _CURVES:
        return _point(_CURVES[parameters.content], data, field)
    if name.content == _RSA_KEY and parameters.whole == b"\x05\x00":
        modulus, exponent = (integer(n, field) for n in _exactly(read_der(data, field), 2, field))
        if RSA_BITS[0] <= modulus.bit_length() <= RSA_BITS[1] and modulus % 2 and exponent == 65_537:
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    raise CryptoKeyError("a key outside the profile", field=field)


def _point(curve: ec.EllipticCurve, data: bytes, field: str) -> ec.EllipticCurvePublicKey:
    """An uncompressed point (SEC 1 section 2.3.3)."""
    size = (curve.key_size + 7) // 8
    if len(data) != 1 + 2 * size or data[0] != 4:
        raise CryptoKeyError("expected an uncompressed point", field=field)
    x, y = int.from_bytes(data[1 : 1 + size], "big"), int.from_bytes(data[1 + size :], "big")
    try:
        return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    except ValueError:
        raise CryptoKeyError("not a point of the curve", field=field) from None


def _extensions(element: Element, field: str) -> tuple[bool, int | None, bool, bool]:
    """Whether it is an issuer's, how many follow, whether it signs documents, whether certificates."""
    issues, path_length, usage, seen = False, None, None, set[bytes]()
    for extension in element.expect(SEQUENCE, field).parts(field):
        parts = extension.expect(SEQUENCE, field).parts(field)
        if len(parts) not in (2, 3):
            raise EncodingError(f"expected 2 or 3 DER values, got {len(parts)}", field=field)
        name, *flags, value = parts
        critical = len(flags) == 1 and boolean(flags[0], field)
        if name.tag != OBJECT_ID or value.tag != OCTET_STRING or name.content in seen:
            raise EncodingError("a malformed or repeated extension", field=field)
        seen.add(name.content)
        if name.content == _BASIC:
            issues, path_length = _basic(read_der(value.content, field), field)
        elif name.content == _KEY_USAGE:
            usage = _usage(read_der(value.content, field), field)
        elif critical:
            raise EncodingError("a critical extension outside the profile", field=field)
    return issues, path_length, usage is None or bool(usage & 0x80), usage is None or bool(usage & 0x04)


def _basic(element: Element, field: str) -> tuple[bool, int | None]:
    parts = element.expect(SEQUENCE, field).parts(field)
    if not parts:
        return False, None
    if len(parts) > 2:
        raise EncodingError("malformed basic constraints", field=field)
    return boolean(parts[0], field), integer(parts[1], field) if len(parts) == 2 else None


def _usage(element: Element, field: str) -> int:
    """The first eight bits of a key usage: 0x80 signs documents, 0x04 certificates."""
    content = element.expect(BIT_STRING, field).content
    if len(content) not in (2, 3) or content[0] > 7:
        raise EncodingError("a malformed key usage", field=field)
    return content[1]


def _time(element: Element, field: str) -> int:
    """A time in whole seconds and UTC, as milliseconds since 1970 (RFC 5280 section 4.1.2.5)."""
    text = element.content
    if element.tag == UTC_TIME and len(text) == 13:
        text = (b"19" if text[:2] >= b"50" else b"20") + text
    elif element.tag != GENERALIZED_TIME or len(text) != 15 or text[:4] < b"2050":
        raise EncodingError("expected a time as RFC 5280 spells it", field=field)
    digits = text[:14]
    if not digits.isdigit() or text[14:] != b"Z":
        raise EncodingError("expected a time as RFC 5280 spells it", field=field)
    numbers = (int(digits[:4]), *(int(digits[place : place + 2]) for place in range(4, 14, 2)))
    try:
        moment = datetime(*numbers, tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        raise EncodingError("no such time", field=field) from None
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _verify(certificate: Certificate, key: Key, field: str) -> None:
    """Raise `SignatureError` unless the key signed the certificate."""
    kind, digest = _SIGNATURES[certificate.algorithm]
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(certificate.signature, certificate.body, padding.PKCS1v15(), digest)
        elif kind == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
            r, s = (
                integer(n, field)
                for n in _exactly(read_der(certificate.signature, field).expect(SEQUENCE, field), 2, field)
            )
            key.verify(encode_dss_signature(r, s), certificate.body, ec.ECDSA(digest))
        else:
            raise SignatureError("signed with another kind of key than its issuer's", field=field)
    except InvalidSignature:
        raise SignatureError("its issuer did not sign it", field=field) from None


def member_key(certificate: Certificate) -> PublicKey:
    """The member's own key; `CryptoKeyError` unless it is P-256."""
    key = certificate.key
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CryptoKeyError("a member's key is P-256", field="chain.0")
    numbers = key.public_numbers()
    return PublicKey.from_bytes(bytes([2 + numbers.y % 2]) + numbers.x.to_bytes(32, "big"), field="chain.0")
