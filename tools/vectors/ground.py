"""The chain that the vectors are about, the evidence they start from, and what a vector is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ledger import canonical
from ledger.block import header_id
from ledger.contents import contents_commitment
from ledger.evidence import (
    CheckpointHeader,
    Disclosure,
    Evidence,
    Numbering,
    ProvenEntry,
    ProvenRecord,
    SealedHeader,
)
from ledger.merkle import inclusion_path
from ledger.primitives import encode_base64url
from ledger.state import key_hash, prove
from tests.ledger.builder import (
    CARRIER,
    CARRIER_KEY,
    Chain,
    bill_key,
    carrier_record,
    member_key,
    numbering,
    validator_set,
)

SUBJECT = bill_key("CRLN:CRLN0001")
SALT = b"0123456789abcdef"
DOCUMENT = {"carrierCode": "CRLN", "declaredValue": 1231.5, "transportDocumentReference": "CRLN0001"}
DISCLOSER = "alpha/clerk"
"""The member who shows single fields."""
ENDED, REVOKED = "alpha/ended", "alpha/revoked"
"""Members who may not: the key of one has ended, the other is revoked."""
SECOND = validator_set(("beta", "gamma", "delta", "epsilon"))
"""The set that takes over at block 4."""


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One file."""

    name: str
    """Name of the file, without its ending."""
    description: str
    anchor: dict[str, Any]
    """`network` with or without the text of its `genesis`, or `height` and `block_id`."""
    evidence: bytes
    failed_check: str | None = None
    """Name of the check that fails; None for good evidence."""
    expect: dict[str, str] = field(default_factory=dict)
    max_age_ms: int | None = None
    now_ms: int | None = None

    def encode(self) -> bytes:
        """The file: JSON, indented, its evidence as text, or as base64url where it is no text."""
        value: dict[str, Any] = {"description": self.description, "anchor": self.anchor}
        value |= {"expect": self.expect} if self.expect else {}
        value |= {} if self.max_age_ms is None else {"max_age_ms": self.max_age_ms, "now_ms": self.now_ms}
        try:
            value["evidence"] = self.evidence.decode("utf-8")
        except UnicodeDecodeError:
            value["evidence_base64url"] = encode_base64url(self.evidence)
        value["failed_check"] = self.failed_check
        return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def make_chain() -> Chain:
    """Five blocks: the bill is issued in 1 and transferred in 4; from block 4 on, another set seals."""
    chain = Chain()
    commitment = contents_commitment(SALT, DOCUMENT).hex()
    issued = chain.statement("alpha/clerk", SUBJECT, "bill.issue", {"contents": commitment})
    other = chain.statement("beta/clerk", "x/1", "bill.issue", {})
    record = {"carrier": CARRIER, "contents": commitment, "state": "issued", "version": 1}
    clerk: dict[str, Any] = {"keys": [{"key": member_key(DISCLOSER).public_key.text}], "state": "active"}
    ended = {"keys": [{"key": member_key(ENDED).public_key.text, "valid_until_ms": 1}], "state": "active"}
    revoked = {"keys": [{"key": member_key(REVOKED).public_key.text}], "state": "revoked"}
    members = {DISCLOSER: clerk, ENDED: ended, REVOKED: revoked}
    founding = {CARRIER_KEY: carrier_record()}
    founding |= {f"member/{name}": canonical.encode(record) for name, record in members.items()}
    chain.add((other, issued), {SUBJECT: canonical.encode(record), **founding})
    chain.add((), appoint=SECOND)
    chain.add(())
    moved = chain.statement("alpha/clerk", SUBJECT, "bill.transfer", {"to": "beta"})
    chain.add((moved,), {SUBJECT: canonical.encode({**record, "holder": "beta", "version": 2})})
    chain.add((), {"y/1": b"{}"})
    return chain


CHAIN = make_chain()
ANCHOR: dict[str, Any] = {"network": CHAIN.network.hex()}


def sealed(height: int) -> SealedHeader:
    """The header of a height and its seal."""
    return SealedHeader(header=CHAIN.blocks[height].header, seal=CHAIN.seals[height])


def entry(index: int, height: int) -> ProvenEntry:
    """The proof of an entry under the header of a height."""
    path = inclusion_path(index, CHAIN.blocks[height].header.log_size, CHAIN.read_nodes)
    return ProvenEntry(
        statement=encode_base64url(CHAIN.leaves[index]),
        key=member_key("alpha/clerk").public_key.text,
        index=index,
        height=height,
        path=tuple(node.hex() for node in path),
    )


def record() -> ProvenRecord:
    """The proof of the bill's record under the newest header."""
    proof = prove(key_hash(SUBJECT), CHAIN.pages.get)
    return ProvenRecord(value=msgspec.Raw(CHAIN.records[SUBJECT]), height=CHAIN.tip.height, proof=proof)


def full() -> Evidence:
    """Evidence with everything in it but a checkpoint."""
    return Evidence(
        format="sealane-evidence",
        version=1,
        network=CHAIN.network.hex(),
        subject=SUBJECT,
        headers=(sealed(4), sealed(5)),
        entries=(entry(3, 4),),
        record=record(),
        set_changes=(CHAIN.handover(3, SECOND),),
        genesis=CHAIN.genesis,
        contents=Disclosure(
            salt=encode_base64url(SALT),
            document=encode_base64url(canonical.canonical_document(DOCUMENT)),
            numbering=Numbering(
                signature=encode_base64url(numbering("CRLN:CRLN0001")),
                carrier=msgspec.Raw(CHAIN.records[CARRIER_KEY]),
                proof=prove(key_hash(CARRIER_KEY), CHAIN.pages.get),
            ),
        ),
    )


FULL = full()


def checkpointed(height: int) -> tuple[dict[str, Any], Evidence]:
    """The anchor at a height, and the evidence that leads from it."""
    validators = SECOND if height >= 3 else validator_set(("alpha", "beta", "gamma", "delta"))
    header = CHAIN.blocks[height].header
    evidence = msgspec.structs.replace(
        FULL,
        genesis=None,
        checkpoint=CheckpointHeader(header=header, validators=validators),
        set_changes=() if height >= 3 else FULL.set_changes,
    )
    return {"height": height, "block_id": header_id(header).hex()}, evidence
