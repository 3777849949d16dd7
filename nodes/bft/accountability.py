"""The engine's votes, certificates and proposals as attestation, compared as they come in (clause F1).

What contradicts what, and who is then guilty, is decided in `ledger.accountability`;
here the core's messages are put into its terms. One charge of each kind a seat and
round is enough: those who lie lie often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.accountability import Attestation, Charge, Kind, Offence, Place, charge_for
from ledger.block import header_id
from ledger.primitives import Round, encode_base64url
from ledger.seal import VoteType
from ledger.validators import encode_signers
from nodes.bft.effects import Caught
from nodes.bft.messages import Certificate, Proposal
from nodes.bft.tallies import Ballot, Bucket

_KINDS = {VoteType.PREVOTE: Kind.PREVOTE, VoteType.PRECOMMIT: Kind.PRECOMMIT}


def certificate_attestation(certificate: Certificate) -> Attestation:
    """A quorum's votes."""
    return _attestation(_ballot(certificate), certificate.signers, certificate.signature)


def proposal_attestation(proposal: Proposal, place: Place) -> Attestation:
    """What the proposer signed, without the block."""
    return Attestation(
        kind=Kind.PROPOSAL,
        round=proposal.round,
        block_id=header_id(proposal.block.header).hex(),
        valid_round=proposal.valid_round,
        signers=encode_base64url(encode_signers((proposal.seat,), place.validators.size)),
        signature=encode_base64url(proposal.signature),
    )


class Accuser:
    """Who was caught at one height. Mutable, and owned by the core."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._charged: set[tuple[str, Offence, int]] = set()

    def vote(
        self, ballot: Ballot, seat: int, signature: bytes, rounds: Mapping[Round, Bucket]
    ) -> list[Caught]:
        """Whom a verified vote convicts, together with everything verified before it."""
        new = _attestation(ballot, encode_signers((seat,), self.place.validators.size), signature)
        return self._compare(new, ballot, (seat,), rounds)

    def certificate(
        self, certificate: Certificate, seats: tuple[int, ...], rounds: Mapping[Round, Bucket]
    ) -> list[Caught]:
        """Whom a verified certificate convicts."""
        return self._compare(certificate_attestation(certificate), _ballot(certificate), seats, rounds)

    def proposals(self, first: Attestation, second: Attestation) -> list[Caught]:
        """Whom two verified proposals of one seat convict."""
        return self._charge(charge_for(first, second, self.place))

    def has_charged(self, seat: int, offence: Offence, round_: int) -> bool:
        """Whether a seat was convicted of an offence in a round."""
        return (self.place.validators.validators[seat].organisation, offence, round_) in self._charged

    def _compare(
        self, new: Attestation, ballot: Ballot, seats: tuple[int, ...], rounds: Mapping[Round, Bucket]
    ) -> list[Caught]:
        return [
            caught
            for other in self._rivals(ballot, seats, rounds)
            for caught in self._charge(charge_for(other, new, self.place))
        ]

    def _rivals(
        self, ballot: Ballot, seats: tuple[int, ...], rounds: Mapping[Round, Bucket]
    ) -> Iterator[Attestation]:
        """What these seats said before that might contradict a ballot."""
        size = self.place.validators.size
        for bucket in rounds.values():
            for other, tally in bucket.tallies.items():
                # One type contradicts itself within a round; the other, only in another round (D4).
                if other == ballot or (other.type is ballot.type) != (other.round == ballot.round):
                    continue
                if tally.certificate is not None and not set(seats).isdisjoint(tally.certified):
                    yield certificate_attestation(tally.certificate)
                for seat in seats:
                    if seat in tally.genuine:
                        yield _attestation(other, encode_signers((seat,), size), tally.genuine[seat])

    def _charge(self, charge: Charge | None) -> list[Caught]:
        if charge is None:
            return []
        charged = {(name, charge.offence, charge.second.round) for name in charge.guilty}
        if self._charged.issuperset(charged):
            return []
        self._charged |= charged
        return [Caught(place=self.place, charge=charge)]


def _ballot(certificate: Certificate) -> Ballot:
    return Ballot(certificate.type, certificate.round, certificate.block_id, certificate.valid_round)


def _attestation(ballot: Ballot, signers: bytes, signature: bytes) -> Attestation:
    return Attestation(
        kind=_KINDS[ballot.type],
        round=ballot.round,
        block_id=ballot.block_id.hex(),
        valid_round=ballot.valid_round,
        signers=encode_base64url(signers),
        signature=encode_base64url(signature),
    )
