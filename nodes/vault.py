"""Contents at rest: sealed with a key that only this node's key file yields.

AES-256-GCM (NIST SP 800-38D) under a key derived from the node's private key by
HKDF (RFC 5869), the commitment as associated data, so that one content cannot be
passed off as another. A copied database without the key file shows no content,
only the terms by which the private index finds it.
"""

from __future__ import annotations

import contextlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.keys import SigningKey

NONCE_BYTES = 12

_INFO = b"sealane/vault/1"


class VaultError(Exception):
    """A stored content cannot be opened: damaged, or stored under another node's key."""


class Vault:
    """Seals and opens contents."""

    def __init__(self, node_key: SigningKey, *former: SigningKey) -> None:
        """Seal under the node's key; open also what was sealed under `former` ones that it replaced."""
        self._cipher = _cipher(node_key)
        self._former = tuple(map(_cipher, former))

    def seal(self, commitment: str, data: bytes) -> bytes:
        """The sealed form of a content."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, commitment.encode("ascii"))

    def open(self, commitment: str, sealed: bytes) -> bytes:
        """The content; `VaultError` when it is damaged or another one."""
        nonce, content, name = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], commitment.encode("ascii")
        for cipher in (self._cipher, *self._former):
            with contextlib.suppress(InvalidTag, ValueError):
                return cipher.decrypt(nonce, content, name)
        raise VaultError(
            f"the stored content {commitment[:16]}… cannot be opened: it is damaged or was stored "
            "under another node key"
        )


def _cipher(node_key: SigningKey) -> AESGCM:
    secret = node_key.to_cryptography().private_numbers().private_value.to_bytes(32, "big")
    return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_INFO).derive(secret))
