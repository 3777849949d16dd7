from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ledger.errors import CryptoKeyError
from nodes.network.tls import TlsContexts, anchor_certificate, node_certificate, peer_key
from tests.nodes.network.cluster import key_of


class Presented:
    """A TLS connection whose other side presented this certificate."""

    def __init__(self, der: bytes | None) -> None:
        self._der = der

    def getpeercert(self, binary_form: bool = False) -> bytes | None:
        return self._der


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def test_certificates_are_a_function_of_the_keys() -> None:
    own, peer = key_of(1), key_of(2)
    assert der_of(node_certificate(own)) == der_of(node_certificate(own))
    assert der_of(anchor_certificate(peer.public_key, own)) == der_of(
        anchor_certificate(peer.public_key, own)
    )
    assert der_of(node_certificate(own)) != der_of(node_certificate(peer))


def test_what_a_node_presents_chains_to_what_its_peers_make_of_its_key() -> None:
    own, peer = key_of(1), key_of(2)
    anchor = anchor_certificate(peer.public_key, own)
    node_certificate(peer).verify_directly_issued_by(anchor)
    with pytest.raises(ValueError, match="does not match certificate issuer"):
        node_certificate(own).verify_directly_issued_by(anchor)


def test_the_peers_key_is_read_from_its_certificate() -> None:
    key = key_of(3)
    assert peer_key(Presented(der_of(node_certificate(key)))) == key.public_key.data  # type: ignore[arg-type]


@pytest.mark.parametrize(("der", "reason"), [(None, "no certificate"), (b"\x30\x00", "unreadable")])
def test_a_missing_or_unreadable_certificate_is_refused(der: bytes | None, reason: str) -> None:
    with pytest.raises(CryptoKeyError, match=reason):
        peer_key(Presented(der))  # type: ignore[arg-type]


def test_a_key_on_another_curve_is_refused() -> None:
    key = ec.derive_private_key(5, ec.SECP384R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(node_certificate(key_of(1)).not_valid_before_utc)
        .not_valid_after(node_certificate(key_of(1)).not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    with pytest.raises(CryptoKeyError, match="P-256"):
        peer_key(Presented(der_of(certificate)))  # type: ignore[arg-type]


def test_no_key_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    TlsContexts(key_of(1)).trust([key_of(2).public_key.data])
    assert list(tmp_path.iterdir()) == []


def test_contexts_change_only_with_the_trusted_keys() -> None:
    contexts = TlsContexts(key_of(1))
    first, second = key_of(2).public_key.data, key_of(3).public_key.data
    contexts.trust([first, second])
    client, server = contexts.client, contexts.server
    contexts.trust([second, first])
    assert (contexts.client, contexts.server) == (client, server)
    assert len(server.get_ca_certs(binary_form=True)) == 2
    contexts.trust([first])
    assert len(contexts.server.get_ca_certs(binary_form=True)) == 1
    assert len(contexts.client.get_ca_certs(binary_form=True)) == 1
    with pytest.raises(CryptoKeyError):
        contexts.trust([b"\x02" + b"\xff" * 32])
