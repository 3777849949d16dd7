"""A charge: two attestations that no honest validator gives both of. Their common seats are guilty.

Nothing else convicts: not silence, not a late vote, not a vote for a bad block.
So a charge can be checked by whoever knows the validator set, and an honest
validator can never be charged, whatever the others do (clauses F1, F2).
"""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from ledger.accountability.attestation import Attestation, Kind, Place, seats_of, verify_attestation
from ledger.bls import BlsBackend
from ledger.canonical import Canonical
from ledger.errors import EvidenceError
from ledger.validators import MAX_VALIDATORS


class Offence(enum.StrEnum):
    """What the guilty did."""

    TWO_PROPOSALS = "two-proposals"
    """Proposed two different things in one round."""
    TWO_PREVOTES = "two-prevotes"
    """Prevoted twice in one round."""
    TWO_PRECOMMITS = "two-precommits"
    """Precommitted twice in one round."""
    AMNESIA = "amnesia"
    """Locked on one block, prevoted another later on the strength of an older polka, or of none (D4)."""


_TWICE = {
    Kind.PROPOSAL: Offence.TWO_PROPOSALS,
    Kind.PREVOTE: Offence.TWO_PREVOTES,
    Kind.PRECOMMIT: Offence.TWO_PRECOMMITS,
}

Names = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MAX_VALIDATORS)]


class Charge(Canonical, frozen=True, kw_only=True):
    """Two contradicting attestations of one height, and who signed both."""

    offence: Offence
    guilty: Names
    """The organisations, in the order of their seats."""
    first: Attestation
    second: Attestation


def contradiction(first: Attestation, second: Attestation) -> Offence | None:
    """What whoever signed both is guilty of; None when an honest validator may sign both.

    Both are of one network, validator set and height.
    """
    if first.kind is second.kind:
        said = {(t.block_id, t.valid_round) for t in (first, second)}
        return _TWICE[first.kind] if first.round == second.round and len(said) == 2 else None
    if first.kind is Kind.PREVOTE:
        first, second = second, first
    if first.kind is not Kind.PRECOMMIT or second.kind is not Kind.PREVOTE or first.nil or second.nil:
        return None
    later = second.valid_round < first.round < second.round
    return Offence.AMNESIA if later and first.block_id != second.block_id else None


def guilty_seats(first: Attestation, second: Attestation, place: Place) -> tuple[int, ...]:
    """The seats that signed both, in order; `SealError` for a malformed bitmap."""
    others = seats_of(second, place.validators)
    return tuple(seat for seat in seats_of(first, place.validators) if seat in others)


def charge_for(first: Attestation, second: Attestation, place: Place) -> Charge | None:
    """The charge that two attestations support, in one order whichever comes first; None for none."""
    offence = contradiction(first, second)
    guilty = guilty_seats(first, second, place) if offence else ()
    if offence is None or not guilty:
        return None
    one, other = sorted((first, second), key=_order)
    return Charge(offence=offence, guilty=_names(guilty, place), first=one, second=other)


def _order(attestation: Attestation) -> tuple[int, str, str, int]:
    return attestation.round, attestation.kind, attestation.block_id, attestation.valid_round


def _names(seats: tuple[int, ...], place: Place) -> tuple[str, ...]:
    return tuple(place.validators.validators[seat].organisation for seat in seats)


def check_charge(charge: Charge, place: Place, bls: BlsBackend | None = None) -> None:
    """Raise unless exactly the named organisations signed both attestations, and these contradict.

    Raises `EvidenceError` for what it claims, other `LedgerError`s for what was signed.
    """
    if contradiction(charge.first, charge.second) is not charge.offence:
        raise EvidenceError("the two attestations are not that offence", field="offence")
    if charge.guilty != _names(guilty_seats(charge.first, charge.second, place), place):
        raise EvidenceError("the guilty are not exactly those who signed both", field="guilty")
    for attestation in (charge.first, charge.second):
        verify_attestation(attestation, place, bls)
