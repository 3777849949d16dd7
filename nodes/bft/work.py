"""One height under way: everything the core remembers of it, and who sits where.

A `Work` is created by `StartHeight` and thrown away with the next height, so nothing
of a height can leak into another. It decides nothing; `driver` and `intake` do.
"""

from __future__ import annotations

from ledger.accountability import Attestation
from ledger.primitives import Hash, Height, Round
from ledger.seal import NIL, VoteType
from ledger.validators import decode_signers
from nodes.bft.candidates import Candidates, Held
from nodes.bft.effects import Effect, StartHeight, Verify
from nodes.bft.messages import Certificate
from nodes.bft.proposer import proposer_seat
from nodes.bft.round import RoundState
from nodes.bft.tallies import Ballot
from nodes.bft.votes import VoteKeeper


class Work:
    """The state of one height. Mutable, and owned by the core."""

    def __init__(self, start: StartHeight, network: Hash, organisation: str, number: int) -> None:
        self.height: Height = start.height
        self.network = network
        self.organisations = tuple(v.organisation for v in start.validators.validators)
        self.seat = start.validators.index_of(organisation)
        self.keeper = VoteKeeper(network, start.height, start.validators, self.seat)
        self.candidates = Candidates()
        self.begin(start)
        self.halted = False
        self.answered: dict[str, int] = {}
        """Wishes granted to each validator since the last rebroadcast (B4)."""
        self.checks: dict[int, tuple[Held, Certificate | None]] = {}
        """What each check of a proposal is about; the polka, or None for its signature."""
        self.suspects: dict[int, tuple[str, Attestation]] = {}
        """What each check of a proposal that was not let in is about: who sent it, and what it says."""
        self.first_number = number
        """Checks below this number belong to heights before."""
        self.number = number
        self.out: list[Effect] = []

    def begin(self, start: StartHeight) -> None:
        """Stand at the beginning; once more when we may vote at last, with all that was received meanwhile.

        To forget it would let a validator go unpunished that contradicts itself around that moment (F1).
        """
        self.start = start
        self.voting = start.voting and self.seat is not None
        self.state = RoundState()
        self.awake = False
        """False while there is nothing to agree on (W1)."""
        self.built_round: Round = Round(-1)
        """The last round in which we proposed."""

    def emit(self, effect: Effect) -> None:
        """Add an effect to the answer."""
        self.out.append(effect)

    def next_number(self) -> int:
        """A number for a check."""
        self.number += 1
        return self.number - 1

    def ask_votes(self) -> None:
        """Emit the checks of votes that are due (V3)."""
        jobs = self.keeper.due(self.state.round, self.number, asleep=not self.awake)
        self.number += len(jobs)
        self.out.extend(Verify(job=job) for job in jobs)

    def own_seat(self) -> int:
        """Our seat, for messages that only a validator sends."""
        return -1 if self.seat is None else self.seat

    def proposer(self, round_: Round) -> str:
        """The organisation that proposes in a round."""
        return self.organisations[proposer_seat(self.height, round_, self.start.validators)]

    def proposes(self, round_: Round) -> bool:
        """Whether we propose in a round."""
        return self.voting and proposer_seat(self.height, round_, self.start.validators) == self.seat

    def seats(self, certificate: Certificate) -> tuple[int, ...]:
        """The seats in a certificate's bitmap, whose length has been checked."""
        return decode_signers(certificate.signers, self.start.validators.size)

    def valid_polka(self) -> Certificate | None:
        """The polka that made the valid block valid."""
        return self.polka_of(self.state.valid_round, self.state.valid_id)

    def polka_of(self, round_: Round, block_id: Hash | None) -> Certificate | None:
        """A block's polka in a round."""
        for polka in self.keeper.certificates(VoteType.PREVOTE):
            if polka.round == round_ and polka.block_id == block_id:
                return polka
        return None

    def polkas(self) -> tuple[Certificate, ...]:
        """Every polka seen for a block of this height: what names the guilty of a fork (F2)."""
        return tuple(p for p in self.keeper.certificates(VoteType.PREVOTE) if p.block_id != NIL)

    def voters_for(self, round_: Round, block_id: Hash) -> tuple[str, ...]:
        """Who voted for a block in a round, and so may have it; ourselves left out."""
        seats: dict[int, None] = {}
        for kind in VoteType:
            for certificate in self.keeper.certificates(kind):
                if certificate.round == round_ and certificate.block_id == block_id:
                    ballot = Ballot(kind, round_, block_id, certificate.valid_round)
                    seats.update(dict.fromkeys(self.keeper.voters(ballot)))
        return tuple(self.organisations[seat] for seat in sorted(seats) if seat != self.seat)

    def prune(self) -> None:
        """Forget what rounds long past left behind."""
        self.keeper.forget_before(self.state.round)
        decided = [c.block_id for c in self.keeper.certificates(VoteType.PRECOMMIT)]
        mine = [b for b in (self.state.locked_id, self.state.valid_id) if b is not None]
        self.candidates.prune(self.state.round, frozenset(decided + mine))
