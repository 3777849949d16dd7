"""Who is guilty when one height was sealed twice (clause F2): names from certificates, by intersection.

Any two quorums share at least f + 1 seats, so two certificates that no honest
validator could have helped to make together name f + 1 guilty ones, and no honest
one. The certificates have been verified by the caller; where they come from (seals,
witness files of several nodes) is for the caller too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.primitives import decode_base64url
from ledger.seal import NIL, Seal
from ledger.validators import ValidatorSet, decode_signers
from nodes.bft.messages import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a group of validators did."""

    offence: str
    """`two-precommits`, `two-prevotes` or `amnesia`."""
    seats: tuple[int, ...]
    """Who did it, in order."""


def accuse(
    first: Seal, second: Seal, polkas: Iterable[Certificate], validators: ValidatorSet
) -> tuple[Charge, ...]:
    """The charges that two seals of different blocks at one height, and the polkas known of it, support.

    Empty when more polkas are needed: those of the rounds between the seals, which
    honest nodes keep in their witness files.
    """
    early, late = sorted((first, second), key=lambda seal: seal.round)
    if early.round == late.round:
        return _charge("two-precommits", _sealed_by(early, validators), _sealed_by(late, validators))
    known = [polka for polka in polkas if polka.block_id != NIL]
    return _two_prevotes(known, validators) or _amnesia(early, known, validators)


def _amnesia(seal: Seal, polkas: Sequence[Certificate], validators: ValidatorSet) -> tuple[Charge, ...]:
    """Locked on the sealed block, they prevoted another on the strength of an older polka, or none (D4)."""
    for polka in sorted(polkas, key=lambda p: p.round):
        other = polka.block_id.hex() != seal.block_id
        if polka.round > seal.round and other and polka.valid_round < seal.round:
            return _charge("amnesia", _sealed_by(seal, validators), _signed_by(polka, validators))
    return ()


def _two_prevotes(polkas: Sequence[Certificate], validators: ValidatorSet) -> tuple[Charge, ...]:
    """They prevoted twice in one round."""
    for index, polka in enumerate(polkas):
        for other in polkas[index + 1 :]:
            ballots = {(p.block_id, p.valid_round) for p in (polka, other)}
            if polka.round == other.round and len(ballots) == 2:
                return _charge("two-prevotes", _signed_by(polka, validators), _signed_by(other, validators))
    return ()


def _charge(offence: str, one: Sequence[int], other: Sequence[int]) -> tuple[Charge, ...]:
    return (Charge(offence=offence, seats=tuple(seat for seat in one if seat in other)),)


def _sealed_by(seal: Seal, validators: ValidatorSet) -> tuple[int, ...]:
    return decode_signers(decode_base64url(seal.signers, field="seal.signers"), validators.size)


def _signed_by(polka: Certificate, validators: ValidatorSet) -> tuple[int, ...]:
    return decode_signers(polka.signers, validators.size)
