"""Mutual TLS 1.3 whose only root of trust is the node keys on the ledger.

OpenSSL wants certificates; the ledger has keys. Both are joined without handing
certificates around:

- A node *presents* a certificate that names its key's thumbprint as the issuer and
  is signed by that key.
- A node *trusts* one certificate authority for each key in its directory, which it
  makes itself: the thumbprint as subject, the key, signed by its own key. Each is
  an anchor of its own (X509_V_FLAG_PARTIAL_CHAIN); nobody else ever sees it.

So OpenSSL, on both sides and before a byte of ours is read, demands a chain to a
key of the directory, and TLS itself demands possession of the certified key. A
member could certify a foreign key under its own, which is why `peer_key` hands the
certified key to be looked up again: only a key that is itself in the directory
speaks. Dates carry no meaning, since standing is decided by the ledger: they are
fixed and wide, so no certificate ever expires and stops a network. Certificates
are a function of the keys (signatures per RFC 6979): there is nothing to keep.

Signatures made here cannot be taken for the ledger's: TLS signs 64 spaces and a
context string (RFC 8446 section 4.4.3), X.509 a DER sequence, COSE an array.
"""

from __future__ import annotations

import datetime
import os
import secrets
import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledger.errors import CryptoKeyError
from ledger.keys import PublicKey, SigningKey

NOT_BEFORE = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
"""Before any network began, so that only a clock that is years wrong fails."""

NOT_AFTER = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
"""No well-defined end (RFC 5280 section 4.1.2.5)."""

SERIAL_BYTES = 19
"""At most 20 octets and positive (RFC 5280 section 4.1.2.2)."""


def node_certificate(key: SigningKey) -> x509.Certificate:
    """The certificate that the holder of `key` presents."""
    thumbprint = key.public_key.thumbprint.hex()
    builder = _builder(f"node {thumbprint[:32]}", thumbprint, key.public_key, key.public_key)
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    names = [x509.DNSName("node.sealane.invalid")]
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    return builder.sign(key.to_cryptography(), hashes.SHA256(), ecdsa_deterministic=True)


def anchor_certificate(peer: PublicKey, own: SigningKey) -> x509.Certificate:
    """The authority under which `own` accepts what `peer`'s key signed."""
    issuer = f"directory of {own.public_key.thumbprint.hex()[:32]}"
    builder = _builder(peer.thumbprint.hex(), issuer, peer, own.public_key)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    ).add_extension(_key_usage(ca=True), critical=True)
    return builder.sign(own.to_cryptography(), hashes.SHA256(), ecdsa_deterministic=True)


class TlsContexts:
    """The contexts for dialling and listening, rebuilt when the set of trusted keys changes."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._anchors: dict[bytes, bytes] = {}
        self.client = self._context(ssl.PROTOCOL_TLS_CLIENT)
        """For the next dial."""
        self.server = self._context(ssl.PROTOCOL_TLS_SERVER)
        """For the next accepted connection."""

    def trust(self, keys: Iterable[bytes]) -> None:
        """From the next handshake on trust these keys and no others; `CryptoKeyError` if one is none."""
        wanted = set(keys)
        if wanted == self._anchors.keys():
            return
        self._anchors = {data: self._anchors.get(data) or self._anchor(data) for data in sorted(wanted)}
        self.client = self._context(ssl.PROTOCOL_TLS_CLIENT)
        self.server = self._context(ssl.PROTOCOL_TLS_SERVER)

    def _anchor(self, data: bytes) -> bytes:
        certificate = anchor_certificate(PublicKey.from_bytes(data), self._key)
        return certificate.public_bytes(serialization.Encoding.DER)

    def _context(self, protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.maximum_version = ssl.TLSVersion.TLSv1_3
        # The key is the name: `peer_key` and the directory say who answered, a host name could not.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            # A resumed session would skip the certificate, and with it the look at the directory.
            context.num_tickets = 0
        if self._anchors:
            context.load_verify_locations(cadata=b"".join(self._anchors.values()))
        _load_credentials(context, self._key)
        return context


def peer_key(tls: ssl.SSLObject) -> bytes:
    """The compressed P-256 key that the other side proved to hold; `CryptoKeyError` for another kind."""
    der = tls.getpeercert(binary_form=True)
    if der is None:
        raise CryptoKeyError("the other side presented no certificate", field="certificate")
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CryptoKeyError(f"unreadable certificate: {error}", field="certificate") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CryptoKeyError("expected a P-256 key", field="certificate")
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)


def _builder(subject: str, issuer: str, key: PublicKey, signer: PublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.to_cryptography())
        .serial_number(int.from_bytes(key.thumbprint[:SERIAL_BYTES], "big"))
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.SubjectKeyIdentifier(key.thumbprint[:20]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier(signer.thumbprint[:20], None, None), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load_credentials(context: ssl.SSLContext, key: SigningKey) -> None:
    """Give the context its certificate and key.

    Python's ssl reads them from a file only, so they pass through one that nobody
    else can open, for a moment, encrypted under a password that is never stored.
    """
    password = secrets.token_hex(32).encode("ascii")
    pem = node_certificate(key).public_bytes(serialization.Encoding.PEM)
    pem += key.to_cryptography().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    descriptor, path = tempfile.mkstemp(prefix="sealane-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path, password=password)
    finally:
        Path(path).unlink()
