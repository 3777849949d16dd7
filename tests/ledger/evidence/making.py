"""Evidence for tests: from any chain, about any record."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import rfc8785

from ledger import canonical
from ledger.contents import contents_commitment
from ledger.errors import EvidenceError
from ledger.evidence import (
    Disclosure,
    Evidence,
    Expectation,
    GenesisAnchor,
    Outcome,
    ProvenEntry,
    ProvenRecord,
    Report,
    SealedHeader,
    encode_evidence,
    verify_evidence,
)
from ledger.merkle import inclusion_path
from ledger.primitives import encode_base64url
from ledger.state import key_hash, prove
from tests.ledger.builder import Chain, member_key

SALT = bytes(16)
BILL = "bill/" + "ab" * 32
DOCUMENT = {
    "carrierCode": "CRLN",
    "transportDocumentReference": "CRLN0001",
    "state": "issued",
    "status": "issued",
    "holder": "thief",
}


def prove_entry(chain: Chain, index: int, height: int) -> ProvenEntry:
    size = chain.blocks[height].header.log_size
    return ProvenEntry(
        statement=encode_base64url(chain.leaves[index]),
        key=member_key("alpha/clerk").public_key.text,
        index=index,
        height=height,
        path=tuple(node.hex() for node in inclusion_path(index, size, chain.read_nodes)),
    )


def prove_record(chain: Chain, subject: str) -> ProvenRecord:
    return ProvenRecord(
        value=msgspec.Raw(chain.records[subject]),
        height=chain.tip.height,
        proof=prove(key_hash(subject), chain.pages.get),
    )


def make(
    chain: Chain,
    subject: str,
    *,
    entries: tuple[ProvenEntry, ...] = (),
    record: ProvenRecord | None = None,
    document: dict[str, Any] | bytes | None = None,
) -> Evidence:
    heights = sorted({entry.height for entry in entries} | ({record.height} if record else set()))
    content = document if isinstance(document, bytes) else rfc8785.dumps(document)
    return Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=subject,
        headers=tuple(SealedHeader(header=chain.blocks[h].header, seal=chain.seals[h]) for h in heights),
        entries=entries,
        record=record,
        contents=None
        if document is None
        else Disclosure(salt=encode_base64url(SALT), document=encode_base64url(content)),
    )


def one_record(value: Any, subject: str = BILL) -> Chain:
    chain = Chain()
    chain.add((), {subject: canonical.encode(value), "other": b"{}"})
    return chain


def check(chain: Chain, evidence: Evidence, *expect: tuple[str, str], **options: Any) -> Report:
    wanted = tuple(Expectation(field=name, value=value) for name, value in expect)
    anchor = GenesisAnchor.of(chain.genesis)
    return verify_evidence(encode_evidence(evidence), anchor, expect=wanted, **options)


def failed(chain: Chain, evidence: Evidence, *expect: tuple[str, str], **options: Any) -> str:
    with pytest.raises(EvidenceError) as failure:
        check(chain, evidence, *expect, **options)
    report = failure.value.report
    assert report is not None
    assert report.checks[-1].outcome is Outcome.FAILED
    assert all(item.outcome is not Outcome.FAILED for item in report.checks[:-1])
    return report.checks[-1].name


COMMITMENT = contents_commitment(SALT, DOCUMENT).hex()
