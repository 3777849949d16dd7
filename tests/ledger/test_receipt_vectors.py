"""The published receipts of others, read with the functions that ours are made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ledger import receipt
from ledger.errors import EncodingError, LedgerError, ProofError
from ledger.keys import PublicKey, low_s
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.receipt import VDS, verify_receipt
from tests.ledger.builder import member_key

NODE, LEAF = member_key("node"), b"leaf"


@pytest.mark.conformance
@pytest.mark.parametrize("alg", ["EdDSA", "ES256"])
def test_scitt_cose_vectors_with_our_functions(conformance_data: Path, alg: str) -> None:
    """Their receipts carry no header of ours, so `verify_receipt` refuses all of them.

    What it is made of applies: reading the message and the proof, the
    Sig_structure, ES256, and recomputing the root. Ed25519 comes from PyPI
    `cryptography`. `valid-ccf-vds2` has another data structure and curve: not applicable.
    """
    folder = conformance_data / "vectors/scitt-cose-vectors"
    tried = 0
    for vector in json.loads((folder / "manifest.json").read_text())["vectors"]:
        place = folder / vector["dir"]
        expected = json.loads((place / "expected.json").read_text())
        data = (place / "receipt.cose").read_bytes()
        with pytest.raises(LedgerError):
            verify_receipt(data, b"", NODE.public_key)
        header = expected["protected_header"]["receipt"]
        if vector["id"] == "valid-ccf-vds2" or header["alg"] != alg:
            continue
        tried += 1
        protected, proof, signature = receipt._read(data)
        size, index, path = receipt._read_proof(proof)
        assert (size, index) == (expected["tree_size"], expected["leaf_index"])
        assert [node.hex() for node in path] == expected["inclusion_path"]
        labels = cbor2.loads(protected)
        assert labels[VDS] == header["vds"]
        leaf = leaf_hash(bytes.fromhex(expected["leaf_entry"]))
        public = serialization.load_pem_public_key((place / "log-key.pub").read_bytes())
        valid = labels[VDS] == receipt.RFC9162_SHA256 and _signed_root(
            public, protected, signature, expected["reconstructed_root"], (leaf, index, size, path)
        )
        assert valid is expected["receipt_valid"], vector["id"]
    assert tried == {"EdDSA": 4, "ES256": 1}[alg]


def _signed_root(public: Any, protected: bytes, signature: bytes, root: str | None, proof: Any) -> bool:
    """Whether the proof leads to the root that the log signed; a tampered one leads to no known root."""
    if root is None:
        leaf, index, size, path = proof
        with pytest.raises(ProofError):
            verify_inclusion(leaf, index, size, path, bytes(32))
        return False
    verify_inclusion(*proof, bytes.fromhex(root))
    message = receipt._signed_bytes(protected, bytes.fromhex(root))
    if isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, message)
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
        PublicKey.from_bytes(point).verify(low_s(signature), message)
    return True


@pytest.mark.conformance
def test_rfc9942_example(conformance_data: Path) -> None:
    """The example comes without a key and a subject: its form is read, and is not accepted as ours."""
    data = (conformance_data / "vectors/cose-receipts/inclusion-receipt.cbor").read_bytes()
    protected, proof, signature = receipt._read(data)
    size, index, path = receipt._read_proof(proof)
    assert (size, index, len(path), len(signature)) == (5, 3, 3, 64)
    assert cbor2.loads(protected)[VDS] == receipt.RFC9162_SHA256
    with pytest.raises(EncodingError):
        verify_receipt(data, LEAF, NODE.public_key)
    with pytest.raises(LedgerError):
        receipt._read((conformance_data / "vectors/cose-receipts/consistency-receipt.cbor").read_bytes())
