"""The conflict report: two sealed blocks of one height, and charges that name who made that possible.

`find_conflict` finds the first height at which two pieces of evidence disagree,
`make_report` turns that and the nodes' witness records into a report, and
`check_report` verifies one from nothing but itself and what the reader trusts.
The format is in docs/spec/formats.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from ledger import canonical
from ledger.accountability.accuse import Missing, accuse, named_by
from ledger.accountability.attestation import Attestation, Place, seal_attestation, verify_attestation
from ledger.accountability.charge import Charge, check_charge
from ledger.accountability.witness import WitnessRecord
from ledger.block import header_id
from ledger.bls import BlsBackend, backend
from ledger.canonical import Canonical
from ledger.errors import EvidenceError, LedgerError
from ledger.evidence.anchor import (
    Anchor,
    GenesisAnchor,
    SetTimeline,
    anchored_set,
    check_sealed,
    follow_changes,
)
from ledger.evidence.handover import Handover, SetChange
from ledger.evidence.model import MAX_ITEMS, CheckpointHeader, SealedHeader
from ledger.genesis import Genesis
from ledger.primitives import Height, HexHash, UInt, decode_hash

REPORT_VERSION = 1

MAX_REPORT_BYTES = 8_388_608
"""As an evidence file: the set changes are what may be long."""

MAX_ATTESTATIONS = 2_000
"""Most different polkas looked at for one height: a hundred validators' files hold a few rounds each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Sealed headers of one chain, and what leads to them from an anchor."""

    headers: tuple[SealedHeader, ...]
    set_changes: tuple[SetChange, ...] = ()
    genesis: Genesis | None = None
    checkpoint: CheckpointHeader | None = None

    def sealed(self) -> dict[int, SealedHeader]:
        """Every sealed header by height, those that change the set included."""
        changes = (SealedHeader(header=change.header, seal=change.seal) for change in self.set_changes)
        return {item.header.height: item for item in (*changes, *self.headers) if item.seal is not None}


class ConflictReport(Canonical, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["sealane-conflict"]
    version: UInt
    network: HexHash
    height: UInt
    """The height that was sealed twice."""
    blocks: Annotated[tuple[SealedHeader, ...], msgspec.Meta(min_length=2, max_length=2)]
    """The two, by round of their seals, then block id."""
    at_least: UInt
    """How many validators must be named before the report is complete: f + 1."""
    guilty: tuple[str, ...]
    """The organisations that the charges name, in the order of their seats."""
    charges: Annotated[tuple[Charge, ...], msgspec.Meta(max_length=MAX_ITEMS)] = ()
    missing: Annotated[tuple[Missing, ...], msgspec.Meta(max_length=MAX_ITEMS)] = ()
    """Polkas that are needed to name at least that many; empty when they are named."""
    set_changes: Annotated[tuple[Handover, ...], msgspec.Meta(max_length=MAX_ITEMS)] = ()
    """Changes of the validator set from the anchor to the height, by rising height."""
    genesis: Genesis | None = None
    """The genesis document, for a reader who has only its hash."""
    checkpoint: CheckpointHeader | None = None

    @property
    def complete(self) -> bool:
        """Whether at least f + 1 validators are named."""
        return len(self.guilty) >= self.at_least


def find_conflict(one: Proof, other: Proof) -> tuple[SealedHeader, SealedHeader]:
    """The two different sealed headers of the lowest height at which the proofs disagree.

    Raises `EvidenceError` when they do not.
    """
    ours, theirs = one.sealed(), other.sealed()
    for height in sorted(ours.keys() & theirs.keys()):
        pair = ours[height], theirs[height]
        if header_id(pair[0].header) != header_id(pair[1].header):
            return pair
    shared = "no height" if not ours.keys() & theirs.keys() else "every height that both show"
    raise EvidenceError(f"the two agree: they show different blocks at {shared}", field="headers")


def make_report(
    one: Proof,
    other: Proof,
    records: Iterable[tuple[str, WitnessRecord]],
    anchor: Anchor,
    bls: BlsBackend | None = None,
) -> ConflictReport:
    """The report on the first height at which two proofs disagree.

    `records` are witness records with the place where each was found. Every
    signature is verified here, against the set that follows from `anchor`. Raises
    a `LedgerError` for proofs that do not conflict or do not verify, and for
    records that do not verify, naming their place.
    """
    bls = bls or backend()
    pair = sorted(find_conflict(one, other), key=_by_round)
    height = pair[0].header.height
    changes = {c.header.height: c for p in (other, one) for c in p.set_changes if c.header.height < height}
    draft = ConflictReport(
        format="sealane-conflict",
        version=REPORT_VERSION,
        network=pair[0].header.network,
        height=height,
        blocks=tuple(pair),
        at_least=0,
        guilty=(),
        genesis=one.genesis
        or other.genesis
        or (anchor.genesis if isinstance(anchor, GenesisAnchor) else None),
        checkpoint=one.checkpoint or other.checkpoint,
    )
    draft = msgspec.structs.replace(
        draft, set_changes=_handovers(draft, anchor, [changes[h] for h in sorted(changes)])
    )
    place = _check_blocks(draft, anchor, bls)
    polkas, caught = _verified(records, place, bls)
    accusation = accuse(_attestations(draft), polkas, caught, place)
    return msgspec.structs.replace(
        draft,
        at_least=place.validators.faults + 1,
        guilty=accusation.guilty(place),
        charges=accusation.charges,
        missing=accusation.missing,
    )


def _handovers(draft: ConflictReport, anchor: Anchor, changes: Sequence[SetChange]) -> tuple[Handover, ...]:
    """Changes of the set as a report carries them, from the anchor on."""
    _, validators, _ = anchored_set(draft, anchor)
    handovers = []
    for change in changes:
        handovers.append(Handover.of(change, validators))
        validators = change.validators
    return tuple(handovers)


def check_report(data: bytes, anchor: Anchor, bls: BlsBackend | None = None) -> ConflictReport:
    """The report in `data`, of which everything was verified.

    Raises `EncodingError` for its form and another `LedgerError` for whatever in
    it does not hold, with the field at fault. What is missing is its maker's word:
    it accuses nobody.
    """
    bls = bls or backend()
    report = canonical.decode(data, ConflictReport, max_bytes=MAX_REPORT_BYTES)
    if report.version != REPORT_VERSION:
        raise EvidenceError(f"report version {report.version} is not known here", field="version")
    place = _check_blocks(report, anchor, bls)
    for number, charge in enumerate(report.charges):
        with _Within(f"charges.{number}"):
            check_charge(charge, place, bls)
    if report.guilty != named_by(report.charges, place):
        raise EvidenceError("the guilty are not exactly those whom the charges name", field="guilty")
    if report.at_least != place.validators.faults + 1:
        raise EvidenceError("not f + 1 of this validator set", field="at_least")
    if report.complete == bool(report.missing):
        raise EvidenceError("something is missing exactly when too few are named", field="missing")
    return report


def _by_round(item: SealedHeader) -> tuple[int, str]:
    return (item.seal.round, item.seal.block_id) if item.seal is not None else (-1, "")


def _attestations(report: ConflictReport) -> tuple[Attestation, Attestation]:
    first, second = (seal_attestation(item.seal) for item in report.blocks if item.seal is not None)
    return first, second


def _check_blocks(report: ConflictReport, anchor: Anchor, bls: BlsBackend) -> Place:
    """Where the conflict happened, once both blocks are shown to be sealed by the height's own set."""
    for earlier, later in pairwise(change.header.height for change in report.set_changes):
        if earlier >= later:
            raise EvidenceError("expected rising order without repetition", field="set_changes")
    if report.set_changes and report.set_changes[-1].header.height >= report.height:
        raise EvidenceError("a change after the height in question", field="set_changes")
    start, validators, _ = anchored_set(report, anchor)
    network = decode_hash(report.network, field="network")
    timeline: SetTimeline = follow_changes(report, start, validators, network, bls)
    for number, item in enumerate(report.blocks):
        if item.header.height != report.height:
            raise EvidenceError("a block of another height", field=f"blocks.{number}")
        check_sealed(item.header, item.seal, timeline, network, bls, field=f"blocks.{number}")
    first, second = (header_id(item.header) for item in report.blocks)
    if first == second:
        raise EvidenceError("the two blocks are one", field="blocks")
    if list(report.blocks) != sorted(report.blocks, key=_by_round):
        raise EvidenceError("expected the blocks by round, then id", field="blocks")
    return Place(network=network, validators=timeline.at(report.height), height=Height(report.height))


def _verified(
    records: Iterable[tuple[str, WitnessRecord]], place: Place, bls: BlsBackend
) -> tuple[Sequence[Attestation], Sequence[Charge]]:
    """The polkas and charges in witness records, each verified once."""
    polkas: dict[Attestation, None] = {}
    charges: dict[Charge, None] = {}
    for where, record in records:
        if record.height != place.height or record.validators != place.validators.hash.hex():
            continue
        with _Within(where):
            for polka in record.polkas:
                if polka not in polkas:
                    verify_attestation(polka, place, bls)
                    polkas[polka] = None
            for charge in record.charges:
                if charge not in charges:
                    check_charge(charge, place, bls)
                    charges[charge] = None
        if len(polkas) + len(charges) > MAX_ATTESTATIONS:
            raise EvidenceError(f"more than {MAX_ATTESTATIONS} polkas and charges of one height", field=where)
    return tuple(polkas), tuple(charges)


class _Within:
    """Adds where something was found to what is wrong with it."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, LedgerError):
            error.field = f"{self._place}.{error.field}" if error.field else self._place
