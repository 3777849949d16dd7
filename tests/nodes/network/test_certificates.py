"""Whoever is not on the ledger cannot speak, whatever certificate it makes for itself."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from nodes.network.tls import TlsContexts
from tests.nodes.network.cluster import Node, key_of, make, odd_peer, peer_of, running, until
from tests.nodes.network.test_floods import served
from tests.nodes.network.test_hostile import closed

pytestmark = pytest.mark.loopback

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def _certificate(
    key: PrivateKey, signer: PrivateKey, issuer: str, *, from_: int = -1, days: int = 10
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW + from_ * DAY)
        .not_valid_after(NOW + (from_ + days) * DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer, algorithm)


MEMBER, STRANGER = key_of(7), key_of(8)
MEMBERS_NAME = MEMBER.public_key.thumbprint.hex()


def _own(make_key: Callable[[], PrivateKey]) -> tuple[x509.Certificate, PrivateKey]:
    key = make_key()
    return _certificate(key, key, MEMBERS_NAME), key


def _by_member(days: int, from_: int) -> tuple[x509.Certificate, PrivateKey]:
    member = MEMBER.to_cryptography()
    return _certificate(member, member, MEMBERS_NAME, from_=from_, days=days), member


TRICKS: dict[str, Callable[[], tuple[x509.Certificate, PrivateKey]]] = {
    "self-made with a stranger's key": lambda: _own(STRANGER.to_cryptography),
    "RSA": lambda: _own(lambda: rsa.generate_private_key(65_537, 2048)),
    "another curve": lambda: _own(lambda: ec.generate_private_key(ec.SECP384R1())),
    "Ed25519": lambda: _own(ed25519.Ed25519PrivateKey.generate),
    "the member's, long expired": lambda: _by_member(10, -3_000),
    "the member's, not valid yet": lambda: _by_member(10, 30_000),
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_certificate_of_ones_own_making_is_let_in(trick: str, tmp_path: Path) -> None:
    a, b = make("a", "b")
    async with running(a, b):
        a.directory.replace(members={**a.directory.members(), MEMBER.public_key.data: peer_of("odd")})
        a.network.recheck()
        certificate, key = TRICKS[trick]()
        await _is_refused(a, _context(certificate, key, tmp_path))
        assert a.network.peers() == [b.peer]
        assert {peer for peer, _ in a.handler.messages} <= {b.peer}
        await served(a, b)


async def test_the_key_of_a_removed_organisation_is_refused(tmp_path: Path) -> None:
    a, b = make("a", "b")
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        await until(lambda: peer_of("odd") in a.network.peers())
        a.knows([a, b])
        await closed(odd)
        tls = TlsContexts(MEMBER)
        tls.trust([a.key.public_key.data])
        await _is_refused(a, tls.client)
        assert a.network.peers() == [b.peer]
        await served(a, b)


def _context(certificate: x509.Certificate, key: PrivateKey, folder: Path) -> ssl.SSLContext:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "peer.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(path)
    return context


async def _is_refused(node: Node, context: ssl.SSLContext) -> None:
    before = node.network.stats().refused.get("tls", 0)
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        reader, writer = await asyncio.open_connection(*node.address, ssl=context)
        assert await reader.read() == b""
        writer.close()
    await until(lambda: node.network.stats().refused.get("tls", 0) == before + 1)
