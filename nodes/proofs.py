"""Making evidence and receipts from what the node keeps.

Proofs of records exist for the newest block only, since state pages are kept as
they are now; a consistent view is had by working on the application's thread,
where no commit can come between. Whoever gets the file checks it without this
code: see `ledger.evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from contracts.bill.model import Bill
from contracts.documents.package import parse_package
from contracts.membership.model import Member
from contracts.model import member_key, organisation_key
from ledger.batch import subjects_of
from ledger.canonical import canonical_document
from ledger.evidence import (
    MAX_EVIDENCE_BYTES,
    CheckpointHeader,
    Disclosure,
    Evidence,
    FieldDisclosure,
    Handover,
    Numbering,
    ProvenEntry,
    ProvenRecord,
    SealedHeader,
    SetChange,
    encode_evidence,
)
from ledger.genesis import Genesis, network_id
from ledger.keys import PublicKey, SigningKey
from ledger.merkle import inclusion_path
from ledger.primitives import EntryIndex, Hash, Height, encode_base64url
from ledger.receipt import sign_receipt
from ledger.state import key_hash, prove
from ledger.statement import Statement, parse_statement
from nodes.application import LedgerApplication
from nodes.storage import Store, StoredEntry, StoredRecord

MAX_HISTORY = 200
"""Versions of a record that are looked at, the newest; a bill has about ten."""


class ProofUnavailable(Exception):
    """What was asked for cannot be proven here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequest:
    """What to put into an evidence file."""

    subject: str
    history: bool = False
    """The statements about the subject among its last `MAX_HISTORY` changes, not only the last."""
    genesis: bool = True
    """Enclose the genesis, for verifiers who have only its hash."""
    checkpoint: Height | None = None
    """For a verifier who trusts this block instead of the genesis. What is older cannot be proven then."""
    package: bytes | None = None
    """Contents to disclose."""
    discloser: str | None = None
    """The member who is to add single fields: its record is proven, for the key that signs them."""


class Proofs:
    """Evidence and receipts of one node."""

    def __init__(
        self, store: Store, genesis: Genesis, application: LedgerApplication, key: SigningKey, issuer: str
    ) -> None:
        self._store = store
        self._genesis = genesis
        self._application = application
        self._key = key
        self._issuer = issuer

    async def evidence(self, request: EvidenceRequest) -> bytes:
        """The evidence file; raises `ProofUnavailable`."""
        return await self._application.exclusively(lambda: self._evidence(request))

    def _evidence(self, request: EvidenceRequest) -> bytes:
        tip = self._application.info()
        record = self._store.record(request.subject)
        if record is None:
            raise ProofUnavailable(f"there is no record {request.subject}")
        if tip.height == 0:
            raise ProofUnavailable("no block is sealed yet; try again in a moment")
        checkpoint = self._checkpoint(request.checkpoint)
        start = request.checkpoint if request.checkpoint is not None else Height(0)
        entries = self._entries(request, start)
        heights = sorted({entry.height for entry in entries} | {int(tip.height)})
        data = encode_evidence(
            Evidence(
                format="sealane-evidence",
                version=1,
                network=network_id(self._genesis).hex(),
                subject=request.subject,
                headers=tuple(self._header(Height(height), start) for height in heights),
                entries=tuple(self._proven(entry) for entry in entries),
                record=ProvenRecord(
                    value=msgspec.Raw(record.value),
                    height=tip.height,
                    proof=prove(key_hash(request.subject), self._store.page),
                ),
                set_changes=self._set_changes(start, tip.height),
                genesis=self._genesis if request.genesis and request.checkpoint is None else None,
                checkpoint=checkpoint,
                contents=self._disclosure(request.package, record.value),
                disclosed=self._discloser(request.discloser),
            )
        )
        if len(data) > MAX_EVIDENCE_BYTES:
            raise ProofUnavailable(
                f"the file would have {len(data)} bytes, more than the {MAX_EVIDENCE_BYTES} that verifiers "
                f"read: {'leave out the history' if request.history else 'ask for it without contents'}"
            )
        return data

    def _entries(self, request: EvidenceRequest, start: Height) -> list[StoredEntry]:
        """The statements to prove, by rising index.

        Many changes of a record may come from statements about others; those are
        not statements about it. Without `history`, what is older than the checkpoint
        is left out, because the record's present value is still proven.
        """
        entries: list[StoredEntry] = []
        for version in self._newest_first(request.subject):
            entry = self._store.entry(EntryIndex(version.entry_index))
            if entry is None:
                raise ProofUnavailable(
                    f"entry {version.entry_index} is pruned here: ask a node that keeps all, or no history"
                )
            if entry.index == 0 or request.subject not in subjects_of(parse_statement(entry.leaf)):
                continue
            if entry.height < start:
                if request.history:
                    raise ProofUnavailable(
                        f"a statement in block {entry.height} is older than the checkpoint {start}"
                    )
                break
            if not entries or entries[0].index != entry.index:
                entries.insert(0, entry)
            if not request.history:
                break
        return entries

    def _newest_first(self, key: str) -> list[StoredRecord]:
        """The last `MAX_HISTORY` versions of a record."""
        record = self._store.record(key)
        after = 0 if record is None else max(0, record.version - MAX_HISTORY)
        return list(reversed(self._store.history(key, after, MAX_HISTORY).items))

    def _proven(self, stored: StoredEntry) -> ProvenEntry:
        header = self._store.header(Height(stored.height))
        if header is None:
            raise ProofUnavailable(f"block {stored.height} is no longer kept here")
        path = inclusion_path(stored.index, header.log_size, self._store.log_nodes)
        return ProvenEntry(
            statement=encode_base64url(stored.leaf),
            key=self._signer(parse_statement(stored.leaf)).text,
            index=stored.index,
            height=stored.height,
            path=tuple(node.hex() for node in path),
        )

    def _signer(self, statement: Statement) -> PublicKey:
        """The key that a statement's kid names, among all that the member ever had."""
        for version in self._newest_first(member_key(statement.issuer)):
            for item in msgspec.json.decode(version.value, type=Member).keys:
                key = PublicKey.from_text(item.key)
                if key.thumbprint == statement.kid:
                    return key
        raise ProofUnavailable(f"the key that signed for {statement.issuer} is not on record")

    def _sealed(self, height: Height) -> SealedHeader:
        header, seal = self._store.header(height), self._store.seal(height)
        if header is None or seal is None:
            raise ProofUnavailable(f"block {height} is not sealed here yet")
        return SealedHeader(header=header, seal=seal)

    def _header(self, height: Height, checkpoint: Height) -> SealedHeader:
        """A header with its seal; the block that the verifier trusts needs none."""
        sealed = self._sealed(height)
        return SealedHeader(header=sealed.header) if height == checkpoint else sealed

    def _set_changes(self, after: Height, until: Height) -> tuple[Handover, ...]:
        changes, before = [], self._store.validators_at(Height(after + 1))
        for first, validators in self._store.validator_changes(Height(after + 1)):
            if first > until:
                break
            sealed = self._sealed(Height(first - 1))
            if sealed.seal is not None:
                change = SetChange(header=sealed.header, seal=sealed.seal, validators=validators)
                changes.append(Handover.of(change, before))
                before = validators
        return tuple(changes)

    def _checkpoint(self, height: Height | None) -> CheckpointHeader | None:
        if height is None:
            return None
        header = self._store.header(height)
        if header is None:
            raise ProofUnavailable(f"there is no block {height} here")
        return CheckpointHeader(header=header, validators=self._store.validators_at(Height(height + 1)))

    async def receipt(self, index: int) -> bytes:
        """A COSE receipt for an entry, signed by this node; raises `ProofUnavailable`."""
        return await self._application.exclusively(lambda: self._receipt(index))

    def _receipt(self, index: int) -> bytes:
        stored = self._store.entry(EntryIndex(index))
        if stored is None or index == 0:
            raise ProofUnavailable(f"there is no statement {index} in the log")
        sealed = self._sealed(Height(stored.height))
        if sealed.seal is None:
            raise ProofUnavailable(f"block {stored.height} is not sealed here yet")
        path = inclusion_path(index, sealed.header.log_size, self._store.log_nodes)
        return sign_receipt(
            self._key,
            issuer=self._issuer,
            subject=stored.subject,
            header=sealed.header,
            seal=sealed.seal,
            index=index,
            path=[Hash(node) for node in path],
        )

    def _disclosure(self, package: bytes | None, record: bytes) -> Disclosure | None:
        """The contents to disclose, for a bill with what makes its number provable."""
        if package is None:
            return None
        opened = parse_package(package)
        return Disclosure(
            salt=encode_base64url(opened.salt),
            document=encode_base64url(canonical_document(opened.document)),
            numbering=None if opened.numbering is None else self._numbering(opened.numbering, record),
        )

    def _discloser(self, member: str | None) -> FieldDisclosure | None:
        """The place of fields that a member is to add, with the proof of its record."""
        if member is None:
            return None
        key = member_key(member)
        value = self._store.record_value(key)
        if value is None:
            raise ProofUnavailable(f"there is no record {key}")
        proof = prove(key_hash(key), self._store.page)
        return FieldDisclosure(sd_jwt="", member=msgspec.Raw(value), proof=proof)

    def _numbering(self, signature: bytes, bill: bytes) -> Numbering:
        key = organisation_key(msgspec.json.decode(bill, type=Bill).carrier)
        carrier = self._store.record_value(key)
        if carrier is None:
            raise ProofUnavailable(f"there is no record {key}")
        return Numbering(
            signature=encode_base64url(signature),
            carrier=msgspec.Raw(carrier),
            proof=prove(key_hash(key), self._store.page),
        )
