"""The corridor's contents keys, and packages sealed to them."""

from __future__ import annotations

from cli.network_plan import corridor_plan
from contracts.documents.package import Package, encode_package
from ledger.hashing import sha256
from ledger.sealing import ContentsKey, Keyring, SealedContent, seal_content


def contents_key(organisation: str, generation: int = 0) -> ContentsKey:
    return ContentsKey.from_bytes(sha256(f"contents {organisation} {generation}".encode()))


EVERY_KEY = Keyring(contents_key(one.id) for one in corridor_plan().organisations)
"""A node to which every organisation entrusted its contents key."""


def sealed(package: Package, *organisations: str, as_: Package | None = None) -> SealedContent:
    """A package as nodes store it, sealed to these organisations; `as_` is what it claims to be."""
    claimed = package if as_ is None else as_
    return seal_content(
        encode_package(package),
        commitment=claimed.commitment(),
        kind=claimed.kind,
        subject=claimed.subject,
        keys=[contents_key(name).public for name in organisations],
        content_key=sha256(package.subject.encode()),
        nonce=sha256(package.salt)[:12],
    )
