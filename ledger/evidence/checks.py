"""The checks of what the ledger says: anchor, validators, seal, log, signature, record.

Each takes the verification under way, adds what it establishes, and returns its
sentence, or raises a `LedgerError`.
"""

from __future__ import annotations

from ledger.batch import Part, is_batch, parts_of
from ledger.block import Header, header_id
from ledger.canonical import parse_object, parse_own
from ledger.errors import EvidenceError
from ledger.evidence.anchor import (
    CheckpointAnchor,
    SetTimeline,
    anchored_set,
    check_sealed,
    follow_changes,
)
from ledger.evidence.model import MAX_EVIDENCE_BYTES, ProvenEntry
from ledger.evidence.report import Check, ProvenStatement, passed, skipped
from ledger.evidence.run import STATUS_FIELD, Run, written
from ledger.keys import PUBLIC_KEY_BYTES, PublicKey
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.primitives import Hash, decode_base64url, decode_hash
from ledger.state import verify_present
from ledger.statement import Statement, parse_statement


def check_anchor(run: Run) -> Check:
    """That the file is of the network that the reader trusts."""
    start, validators, sentence = anchored_set(run.evidence, run.anchor)
    run.timeline = SetTimeline(starts=((start, validators),))
    return passed("anchor", sentence)


def check_validators(run: Run) -> Check:
    """That every change of the validator set since the anchor was sealed by the set before it."""
    (start, validators), *_ = run.sets().starts
    run.timeline = follow_changes(run.evidence, start, validators, run.network, run.bls, run.verified)
    count = len(run.evidence.set_changes)
    if count == 0:
        return passed("validators", f"The {validators.size} validators are those of the block you trust.")
    return passed(
        "validators", f"{count} changes of the validator set follow, each sealed by the set before it."
    )


def check_seals(run: Run) -> Check:
    """That a quorum of its height's validators sealed every header."""
    for item in run.evidence.headers:
        header, place = item.header, f"headers.{item.header.height}"
        anchor = run.anchor
        if (
            isinstance(anchor, CheckpointAnchor)
            and header_id(header) == anchor.block_id
            and item.seal is None
        ):
            run.signers = ()
        else:
            sealed = check_sealed(
                header, item.seal, run.sets(), run.network, run.bls, field=place, verified=run.verified
            )
            run.signers = tuple(sealed)
        run.headers[header.height] = header
    newest = run.newest()
    if not run.signers:
        return passed("seal", f"Block {newest.height} is the checkpoint you trust.")
    total = run.sets().at(newest.height).size
    names = ", ".join(run.signers)
    return passed(
        "seal", f"Block {newest.height} is sealed by {len(run.signers)} of {total} validators: {names}."
    )


def check_log(run: Run) -> Check:
    """That the log holds every statement, in the block that is named, and that all are about the subject."""
    for entry in run.evidence.entries:
        header = run.headers[entry.height]
        leaf = decode_base64url(entry.statement, field=f"entries.{entry.index}.statement")
        path = [decode_hash(node, field=f"entries.{entry.index}.path") for node in entry.path]
        root = Hash(bytes.fromhex(header.log_root))
        verify_inclusion(leaf_hash(leaf), entry.index, header.log_size, path, root)
        statement = parse_statement(leaf)
        parts = parts_of(statement)
        for part in parts:
            parse_own(bytes(part.body), field=f"entries.{entry.index}.body")
        acts = [p for p in enumerate(parts, 1) if p[1].subject == run.evidence.subject]
        if not acts:
            raise EvidenceError(f"the statement is about {statement.subject}", field=f"entries.{entry.index}")
        if entry.index < header.log_size_before:
            raise EvidenceError(
                f"the entry is older than block {header.height}", field=f"entries.{entry.index}.height"
            )
        if statement.payload.network != run.evidence.network:
            raise EvidenceError("the statement is for another network", field=f"entries.{entry.index}")
        run.parsed.append(statement)
        run.statements += [_proven(statement, part, place, entry, header) for place, part in acts]
    if not run.statements:
        return skipped("log", "The file proves a record and no statement.")
    last = run.statements[-1]
    return passed(
        "log", f"{_count(len(run.parsed))} on the ledger; the last is entry {last.index}, {last.act}."
    )


def _count(statements: int) -> str:
    return "1 statement is" if statements == 1 else f"{statements} statements are"


def _proven(
    statement: Statement, part: Part, place: int, entry: ProvenEntry, header: Header
) -> ProvenStatement:
    return ProvenStatement(
        id=statement.id.hex(),
        issuer=statement.issuer,
        act=part.type,
        part=place if is_batch(statement) else 0,
        on_behalf_of=statement.payload.on_behalf_of,
        index=entry.index,
        height=header.height,
        time_ms=header.time_ms,
        body=parse_object(bytes(part.body), field=f"entries.{entry.index}.body"),
    )


def check_signatures(run: Run) -> Check:
    """That every statement is signed by the key that it names."""
    if not run.parsed:
        return skipped("signature", "The file proves a record and no statement.")
    for statement, entry in zip(run.parsed, run.evidence.entries, strict=True):
        place = f"entries.{entry.index}.key"
        data = decode_base64url(entry.key, field=place, length=PUBLIC_KEY_BYTES)
        statement.verify(PublicKey.from_bytes(data, field=place))
    last = run.parsed[-1]
    return passed(
        "signature", f"Signed by {last.issuer}, unaltered since; a quorum accepted the key as theirs."
    )


def check_record(run: Run) -> Check:
    """That the state after the newest block holds the record as it is shown."""
    proven = run.evidence.record
    if proven is None:
        return skipped("record", "The file proves statements and not the record's current value.")
    header = run.headers[proven.height]
    if header is not run.newest():
        raise EvidenceError("the record must be proven under the newest header", field="record.height")
    value = bytes(proven.value)
    verify_present(Hash(bytes.fromhex(header.state_root)), run.evidence.subject, value, proven.proof)
    run.record = parse_object(value, max_bytes=MAX_EVIDENCE_BYTES, field="record.value")
    status, version = run.record.get(STATUS_FIELD, "present"), run.record.get("version")
    return passed("record", f"The record says {written(status)}, version {written(version)}.")
