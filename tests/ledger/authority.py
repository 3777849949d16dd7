"""Certification authorities for tests, made with the reader of another project than the code under test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ledger.hashing import sha256
from ledger.primitives import encode_base64url

START = datetime(2023, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)

BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
USAGE = dict.fromkeys(BITS, False)


def p256(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number + 1_000, ec.SECP256R1())


@dataclass
class Authority:
    """A certificate with its key, and those above it."""

    key: Any
    certificate: x509.Certificate
    above: list[x509.Certificate] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """SHA-256 of the certificate, as an organisation registers it."""
        return sha256(self.certificate.public_bytes(Encoding.DER)).hex()

    def issue(self, subject: str, key: Any, **options: Any) -> Authority:
        made = certificate(subject, key, self, **options)
        return Authority(key, made, [self.certificate, *self.above])

    @property
    def chain(self) -> list[bytes]:
        return [one.public_bytes(Encoding.DER) for one in (self.certificate, *self.above)]

    @property
    def chain_text(self) -> list[str]:
        return [encode_base64url(one) for one in self.chain]


def root(name: str = "Root", key: Any = None, **options: Any) -> Authority:
    key = key or p256(1)
    return Authority(key, certificate(name, key, None, ca=True, **options))


def certificate(
    subject: str,
    key: Any,
    issuer: Authority | None,
    *,
    ca: bool = False,
    length: int | None = None,
    start: datetime = START,
    end: datetime = START + 10 * YEAR,
    usage: str | None = "",
    digest: Any = None,
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    issuer_name: str | None = None,
    signed_by: Any = None,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    by = name if issuer is None else issuer.certificate.subject
    if issuer_name is not None:
        by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=length), critical=True)
    )
    if usage is not None:
        names = usage or ("key_cert_sign" if ca else "digital_signature")
        wanted = {**USAGE, **dict.fromkeys(names.split(","), True)}
        builder = builder.add_extension(x509.KeyUsage(**wanted), critical=True)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    signer = signed_by or (key if issuer is None else issuer.key)
    steady = True if isinstance(signer, ec.EllipticCurvePrivateKey) else None
    return builder.sign(signer, digest or hashes.SHA256(), ecdsa_deterministic=steady)


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)
