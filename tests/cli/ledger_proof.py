"""Real seals and evidence for the in-process node: a chain sealed with the keys of a network directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from cli.files import read_bls_secret
from contracts.documents.package import parse_package
from ledger.block import Block, header_id
from ledger.bls import backend
from ledger.canonical import canonical_document
from ledger.evidence import (
    Disclosure,
    Evidence,
    FieldDisclosure,
    ProvenEntry,
    ProvenRecord,
    SealedHeader,
    encode_evidence,
)
from ledger.genesis import Genesis
from ledger.keys import PublicKey
from ledger.merkle import inclusion_path
from ledger.primitives import Height, Round, encode_base64url
from ledger.seal import Seal, make_seal, precommit_bytes
from ledger.state import key_hash, prove
from tests.ledger.builder import Chain


class SealedChain(Chain):
    """A chain whose blocks carry one statement each and the seal of three of the directory's validators."""

    def __init__(self, genesis: Genesis, directory: Path) -> None:
        super().__init__(genesis=genesis)
        self.secrets = {
            validator.organisation: read_bls_secret(
                directory / "nodes" / validator.organisation / "keys" / "validator.key"
            )
            for validator in genesis.validators
        }

    def seal(self, block: Block, signers: tuple[str, ...]) -> Seal:
        validators, block_id, height = (
            self.tip.validators,
            header_id(block.header),
            Height(block.header.height),
        )
        message = precommit_bytes(self.network, validators.hash, height, Round(0), block_id)
        signatures = {
            validators.index_of(name): backend().sign(secret, message)
            for name, secret in list(self.secrets.items())[:3]
        }
        return make_seal(height, Round(0), block_id, validators.size, signatures, backend())  # type: ignore[arg-type]

    def evidence(
        self, key: str, entries: list[tuple[int, str]], package: bytes | None, discloser: str | None = None
    ) -> bytes:
        """Evidence of a record; `entries` are its statements as (height, signing key), one in each block."""
        newest = self.blocks[-1].header.height
        heights = sorted({height for height, _ in entries} | {newest})
        return encode_evidence(
            Evidence(
                format="sealane-evidence",
                version=1,
                network=self.network.hex(),
                subject=key,
                headers=tuple(
                    SealedHeader(header=self.blocks[height].header, seal=self.seals[height])
                    for height in heights
                ),
                entries=tuple(self._entry(height, public) for height, public in entries),
                record=ProvenRecord(
                    value=msgspec.Raw(self.records[key]),
                    height=newest,
                    proof=prove(key_hash(key), self.pages.get),
                ),
                genesis=self.genesis,
                contents=None if package is None else _disclosure(package),
                disclosed=None if discloser is None else self._discloser(discloser),
            )
        )

    def _discloser(self, member: str) -> FieldDisclosure:
        key = f"member/{member}"
        proof = prove(key_hash(key), self.pages.get)
        return FieldDisclosure(sd_jwt="", member=msgspec.Raw(self.records[key]), proof=proof)

    def _entry(self, height: int, public: str) -> ProvenEntry:
        header = self.blocks[height].header
        index = header.log_size - 1
        read: Any = self.read_nodes
        return ProvenEntry(
            statement=encode_base64url(self.leaves[index]),
            key=PublicKey.from_text(public).text,
            index=index,
            height=height,
            path=tuple(node.hex() for node in inclusion_path(index, header.log_size, read)),
        )


def _disclosure(package: bytes) -> Disclosure:
    opened = parse_package(package)
    return Disclosure(
        salt=encode_base64url(opened.salt), document=encode_base64url(canonical_document(opened.document))
    )
