"""Who is guilty when one height was sealed twice (clause F2): charges, or what is missing to make them.

Any two quorums share at least f + 1 seats, so two certificates that contradict
each other name f + 1 guilty validators. Every attestation given here has been
verified by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ledger.accountability.attestation import Attestation, Kind, Place, seats_of
from ledger.accountability.charge import Charge, charge_for
from ledger.canonical import Canonical
from ledger.primitives import HexHash, UInt


class Missing(Canonical, frozen=True, kw_only=True):
    """A polka that honest validators hold, and without which nobody can be named."""

    round: UInt
    block_id: HexHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Accusation:
    """What follows from two seals and the polkas known."""

    charges: tuple[Charge, ...]
    """As few as name everybody who can be named."""
    missing: tuple[Missing, ...]
    """Polkas to look for in more witness files; empty when f + 1 are named."""

    def guilty(self, place: Place) -> tuple[str, ...]:
        """Everybody named, in the order of their seats."""
        return named_by(self.charges, place)


def named_by(charges: Sequence[Charge], place: Place) -> tuple[str, ...]:
    """Everybody that these charges name, in the order of their seats."""
    found = {name for charge in charges for name in charge.guilty}
    return tuple(v.organisation for v in place.validators.validators if v.organisation in found)


def accuse(
    seals: tuple[Attestation, Attestation],
    known: Sequence[Attestation],
    caught: Sequence[Charge],
    place: Place,
) -> Accusation:
    """The charges that two seals of different blocks at one height, and what else is known of it, support.

    `known` are votes and polkas of the height from any nodes' witness files,
    `caught` the charges they hold already. All have been verified.
    """
    attestations = _distinct((*seals, *known))
    found = [charge_for(one, other, place) for one, other in combinations(attestations, 2)]
    charges = _few([*(charge for charge in found if charge is not None), *caught])
    enough = len(named_by(charges, place)) > place.validators.faults
    missing = () if enough else _missing(seals, attestations, place)
    return Accusation(charges=charges, missing=missing)


def _distinct(attestations: Sequence[Attestation]) -> list[Attestation]:
    return list(dict.fromkeys(attestations))


def _few(charges: Sequence[Charge]) -> tuple[Charge, ...]:
    """Charges that together name everybody, the one that names most first: a short report is read."""
    kept: list[Charge] = []
    named: set[str] = set()
    for charge in sorted(charges, key=lambda charge: -len(charge.guilty)):
        if not named.issuperset(charge.guilty):
            kept.append(charge)
            named.update(charge.guilty)
    return tuple(kept)


def _missing(
    seals: tuple[Attestation, Attestation], known: Sequence[Attestation], place: Place
) -> tuple[Missing, ...]:
    """Where the chain of polkas that led to the later seal breaks off.

    The later block's polka in its round names, by its valid round, the round of the
    polka before it, and so on down to the round of the earlier seal. There both
    blocks had a polka.
    """
    early, late = sorted(seals, key=lambda seal: seal.round)
    round_ = late.round
    while round_ > early.round:
        polka = _polka(known, round_, late.block_id, place)
        if polka is None:
            return (Missing(round=round_, block_id=late.block_id),)
        round_ = polka.valid_round
    both = (early.block_id, late.block_id)
    return tuple(
        Missing(round=round_, block_id=block_id)
        for block_id in both
        if _polka(known, round_, block_id, place) is None
    )


def _polka(known: Sequence[Attestation], round_: int, block_id: str, place: Place) -> Attestation | None:
    """A quorum's prevotes for a block in a round."""
    for attestation in known:
        cast = (attestation.kind, attestation.round, attestation.block_id) == (Kind.PREVOTE, round_, block_id)
        if cast and len(seats_of(attestation, place.validators)) >= place.validators.quorum:
            return attestation
    return None
