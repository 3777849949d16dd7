"""What a verifier trusts before it opens any evidence, and the validator sets that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.block import HEADER_VERSION, Header, header_id
from ledger.bls import BlsBackend
from ledger.errors import EvidenceError, SignatureError
from ledger.evidence.handover import Handover, SetChange
from ledger.evidence.model import CheckpointHeader
from ledger.genesis import Genesis, check_genesis, genesis_validators, network_id
from ledger.primitives import Hash, decode_hash
from ledger.seal import Seal, seal_signers, verify_seal
from ledger.validators import ValidatorSet


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisAnchor:
    """Trust in a network from its start."""

    network: Hash
    """Network id: the tagged hash of the genesis document."""
    genesis: Genesis | None = None
    """The document, where the verifier has it; otherwise the evidence must carry one with this hash."""

    @staticmethod
    def of(genesis: Genesis) -> GenesisAnchor:
        """The anchor that a genesis document gives."""
        return GenesisAnchor(network=network_id(genesis), genesis=genesis)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointAnchor:
    """Trust in one later block, learned from someone the verifier believes."""

    height: int
    block_id: Hash


Anchor = GenesisAnchor | CheckpointAnchor


class Anchored(Protocol):
    """A file that leads from an anchor: evidence, or a report on a conflict."""

    @property
    def network(self) -> str:
        """Network id in hexadecimal."""
        ...

    @property
    def genesis(self) -> Genesis | None:
        """The genesis document, where the file carries it."""
        ...

    @property
    def checkpoint(self) -> CheckpointHeader | None:
        """The block that the reader trusts instead, where the file leads from one."""
        ...

    @property
    def set_changes(self) -> tuple[Handover, ...]:
        """Changes of the validator set since the anchor, by rising height."""
        ...


VerifiedSeals = set[tuple[Hash, Hash, Seal]]
"""Seals that one backend has verified, each with the network and the hash of the set for which it did.
Files about one matter share headers, and the reference backend takes up to a second a seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimeline:
    """Which validator set seals which height, as far as the evidence proves it from the anchor."""

    starts: tuple[tuple[int, ValidatorSet], ...]
    """First height of each set, rising."""

    def at(self, height: int) -> ValidatorSet:
        """The set of a height; `EvidenceError` for heights before the anchor."""
        known = [validators for start, validators in self.starts if start <= height]
        if not known:
            raise EvidenceError(f"block {height} is older than the block you trust", field="headers")
        return known[-1]


def anchored_set(evidence: Anchored, anchor: Anchor) -> tuple[int, ValidatorSet, str]:
    """The first height, the set that seals it, and a sentence on the anchor.

    Raises `EvidenceError` when the evidence is of another network or block than
    the anchor, or lacks what leads from it.
    """
    if isinstance(anchor, CheckpointAnchor):
        return _from_checkpoint(evidence, anchor)
    if evidence.network != anchor.network.hex():
        raise EvidenceError(
            f"made for network {evidence.network[:16]}…, you trust {anchor.network.hex()[:16]}…",
            field="network",
        )
    if evidence.checkpoint is not None:
        raise EvidenceError(
            "made for a verifier who trusts a checkpoint: give that checkpoint", field="checkpoint"
        )
    if evidence.genesis is not None and network_id(evidence.genesis) != anchor.network:
        raise EvidenceError("the enclosed genesis document is another network's", field="genesis")
    genesis = anchor.genesis or evidence.genesis
    if genesis is None:
        raise EvidenceError(
            "you gave only the genesis hash and the file does not carry the document: give the genesis file",
            field="genesis",
        )
    check_genesis(genesis)
    sentence = (
        f"The network is the one you trust: {genesis.name} ({anchor.network.hex()[:16]}…), from its genesis."
    )
    return 1, genesis_validators(genesis), sentence


def _from_checkpoint(evidence: Anchored, anchor: CheckpointAnchor) -> tuple[int, ValidatorSet, str]:
    if evidence.genesis is not None and network_id(evidence.genesis).hex() != evidence.network:
        raise EvidenceError("the enclosed genesis document is another network's", field="genesis")
    checkpoint = evidence.checkpoint
    if checkpoint is None:
        raise EvidenceError(
            f"the file does not lead from a checkpoint: ask for evidence from block {anchor.height}",
            field="checkpoint",
        )
    if checkpoint.header.height != anchor.height or header_id(checkpoint.header) != anchor.block_id:
        raise EvidenceError("the enclosed checkpoint is not the block you trust", field="checkpoint")
    if checkpoint.header.version != HEADER_VERSION:
        raise EvidenceError("the checkpoint's header version is not known here", field="checkpoint")
    if checkpoint.header.network != evidence.network:
        raise EvidenceError("the checkpoint belongs to another network", field="checkpoint")
    if checkpoint.validators.hash.hex() != checkpoint.header.next_validators_hash:
        raise EvidenceError(
            "not the validator set that the checkpoint commits to", field="checkpoint.validators"
        )
    sentence = (
        f"The network leads from the block you trust: {anchor.height}, sealed at {checkpoint.header.time_ms}."
    )
    return anchor.height + 1, checkpoint.validators, sentence


def follow_changes(
    evidence: Anchored,
    start: int,
    validators: ValidatorSet,
    network: Hash,
    bls: BlsBackend,
    verified: VerifiedSeals | None = None,
) -> SetTimeline:
    """The timeline of sets from the anchor on, each change sealed by the set before it."""
    timeline = SetTimeline(starts=((start, validators),))
    for handover in evidence.set_changes:
        change = handover.restore(network, timeline.at(handover.header.height))
        try:
            timeline = follow_change(timeline, change, network, bls, verified)
        except SignatureError:
            raise EvidenceError(
                "the seal is not on this change: it is altered, of another network or to another set",
                field=f"set_changes.{handover.header.height}",
            ) from None
    return timeline


def restore_changes(evidence: Anchored, anchor: Anchor) -> tuple[SetChange, ...]:
    """The changes of the validator set in a file in full, none of which is verified.

    Raises `EvidenceError` for a file that does not lead from the anchor.
    """
    if not evidence.set_changes:
        return ()
    _, validators, _ = anchored_set(evidence, anchor)
    network = decode_hash(evidence.network, field="network")
    changes: list[SetChange] = []
    for handover in evidence.set_changes:
        changes.append(handover.restore(network, validators))
        validators = changes[-1].validators
    return tuple(changes)


def follow_change(
    timeline: SetTimeline,
    change: SetChange,
    network: Hash,
    bls: BlsBackend,
    verified: VerifiedSeals | None = None,
) -> SetTimeline:
    """The timeline with one more change, sealed by the set before it; raises a `LedgerError` otherwise."""
    header = change.header
    field = f"set_changes.{header.height}"
    check_sealed(header, change.seal, timeline, network, bls, field=field, verified=verified)
    if change.validators.hash.hex() != header.next_validators_hash:
        raise EvidenceError("not the validator set that the header commits to", field=field)
    if header.next_validators_hash == header.validators_hash:
        raise EvidenceError("the header hands over to the same validator set", field=field)
    return SetTimeline(starts=(*timeline.starts, (header.height + 1, change.validators)))


def check_sealed(
    header: Header,
    seal: Seal | None,
    timeline: SetTimeline,
    network: Hash,
    bls: BlsBackend,
    *,
    field: str,
    verified: VerifiedSeals | None = None,
) -> Sequence[str]:
    """The organisations that sealed a header, a quorum of its height's set.

    Raises a `LedgerError` otherwise. A seal in `verified` is not verified once more.
    """
    validators = timeline.at(header.height)
    if header.version != HEADER_VERSION:
        raise EvidenceError(f"header version {header.version} is not known here", field=field)
    if header.network != network.hex():
        raise EvidenceError("the header belongs to another network", field=field)
    if header.validators_hash != validators.hash.hex():
        raise EvidenceError("the header names another validator set than its height has", field=field)
    if seal is None:
        raise EvidenceError("the header has no seal", field=field)
    if seal.height != header.height or seal.block_id != header_id(header).hex():
        raise EvidenceError("the seal is on another block", field=field)
    known = (network, validators.hash, seal)
    if verified is None or known not in verified:
        verify_seal(seal, network, validators, bls)
    if verified is not None:
        verified.add(known)
    return [validators.validators[seat].organisation for seat in seal_signers(seal, validators)]
