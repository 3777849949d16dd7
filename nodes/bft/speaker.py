"""What the core says: proposals, votes, decisions, repetition, and wishes for what is missing.

When to say it is for `driver`; here it is put into effects. A validator that does
not vote says nothing but wishes.
"""

from __future__ import annotations

from ledger.errors import InvariantViolated
from ledger.primitives import Hash, Round, encode_base64url
from ledger.seal import NIL, NO_ROUND, Seal, VoteType
from nodes.bft import round as rules
from nodes.bft.candidates import Candidate
from nodes.bft.effects import (
    Broadcast,
    Build,
    Decided,
    PersistLock,
    PersistRound,
    Send,
    SetTimer,
    SignProposal,
    SignVote,
)
from nodes.bft.intake import Intake
from nodes.bft.messages import Certificate, VoteBatch, Want, encode_message
from nodes.bft.round import Step, Timeout
from nodes.bft.tallies import Ballot
from nodes.bft.timing import Timeouts
from nodes.bft.work import Work


class Speaker:
    """Puts into effects what the rules decide to say."""

    def __init__(self, timeouts: Timeouts, intake: Intake) -> None:
        self._timeouts = timeouts
        self._intake = intake

    def propose(self, work: Work) -> None:
        """L14 to L19: the valid block with its polka, or a new one."""
        round_ = work.state.round
        if work.built_round >= round_:
            return
        work.built_round = round_
        valid = work.candidates.candidate(work.state.valid_id)
        if valid is None:
            work.emit(Build(height=work.height, round=round_))
        else:
            self.sign_proposal(work, valid, work.state.valid_round, work.valid_polka())

    def sign_proposal(
        self, work: Work, candidate: Candidate, valid_round: Round, polka: Certificate | None
    ) -> None:
        work.emit(
            SignProposal(
                height=work.height,
                round=work.state.round,
                block_id=candidate.block_id,
                valid_round=valid_round,
                seat=work.own_seat(),
                validators_hash=work.start.validators.hash,
                block=candidate.block,
                polka=polka,
            )
        )

    def cast(self, work: Work, action: rules.CastVote) -> None:
        """Have a vote signed, after what it rests on is written (J3): the polka, and for a lock the block."""
        if not work.voting:
            return
        if action.type is VoteType.PRECOMMIT and action.block_id != NIL:
            self._persist_lock(work, action.block_id)
        elif action.valid_round != NO_ROUND:
            polka = work.polka_of(action.valid_round, action.block_id)
            if polka is None:
                raise InvariantViolated("a re-proposal is prevoted on the strength of its polka")
            self._persist(work, b"", polka)
        work.emit(
            SignVote(
                type=action.type,
                height=work.height,
                round=work.state.round,
                block_id=action.block_id,
                valid_round=action.valid_round,
                seat=work.own_seat(),
                validators_hash=work.start.validators.hash,
            )
        )

    def _persist_lock(self, work: Work, block_id: Hash) -> None:
        """J3."""
        candidate, polka = work.candidates.candidate(block_id), work.valid_polka()
        if candidate is None or polka is None:
            raise InvariantViolated("a lock needs its block and its polka")
        self._persist(work, b"" if candidate.own else candidate.raw, polka)

    def _persist(self, work: Work, proposal: bytes, polka: Certificate) -> None:
        work.emit(
            PersistLock(
                height=work.height,
                validators_hash=work.start.validators.hash,
                proposal=proposal,
                polka=polka,
            )
        )

    def remember_end(self, work: Work, round_: Round) -> None:
        """J3: have what ended a round written, since others may need it after a crash of ours."""
        if work.voting and work.keeper.any_quorum(VoteType.PRECOMMIT, round_):
            work.emit(PersistRound(votes=work.keeper.genuine(round_, VoteType.PRECOMMIT)))

    def announce_decision(self, work: Work, action: rules.Decide) -> None:
        ballot = Ballot(VoteType.PRECOMMIT, action.round, action.block_id, NO_ROUND)
        candidate, proof = work.candidates.candidate(action.block_id), work.keeper.certificate(ballot)
        if candidate is None or proof is None:
            raise InvariantViolated("a decision needs its block and its certificate")
        seal = Seal(
            height=work.height,
            round=action.round,
            block_id=action.block_id.hex(),
            signers=encode_base64url(proof.signers),
            signature=encode_base64url(proof.signature),
        )
        work.emit(
            Decided(
                height=work.height,
                round=action.round,
                block=candidate.block,
                block_id=action.block_id,
                seal=seal,
                polkas=work.polkas(),
                timely=work.candidates.was_timely(action.block_id),
            )
        )

    def say_again(self, work: Work) -> None:
        """B1 to B3: repeat what was said, and ask again for what is missing."""
        if work.state.step is Step.DECIDED:
            return
        work.answered.clear()
        votes = work.keeper.said(work.state.round)
        if votes:
            work.emit(Broadcast(payload=encode_message(VoteBatch(votes=votes))))
        for round_, block_id in sorted(work.candidates.wanted):
            self._ask(work, round_, block_id)
        round_ = work.state.round
        if (
            work.state.step is Step.PROPOSE
            and work.candidates.first(round_) is None
            and not work.proposes(round_)
        ):
            want = Want(height=work.height, round=round_, block_id=NIL)
            work.emit(Send(organisation=work.proposer(round_), payload=encode_message(want)))
        self.set_timer(work, Timeout.REBROADCAST)

    def want(self, work: Work, certificate: Certificate) -> None:
        """P3: ask those who voted for a block that we lack."""
        if work.candidates.want(certificate.round, certificate.block_id):
            self._ask(work, certificate.round, certificate.block_id)

    def _ask(self, work: Work, round_: Round, block_id: Hash) -> None:
        turn = work.candidates.wanted[round_, block_id]
        work.candidates.wanted[round_, block_id] = turn + 1
        voters = work.voters_for(round_, block_id)
        if voters:
            want = Want(height=work.height, round=round_, block_id=block_id)
            work.emit(Send(organisation=voters[turn % len(voters)], payload=encode_message(want)))

    def set_timer(self, work: Work, timeout: Timeout) -> None:
        """Start a timer for the round under way."""
        round_ = work.state.round
        silent = timeout is Timeout.PROPOSE and self._intake.is_silent(work.proposer(round_), work.height)
        duration = self._timeouts.duration_ms(timeout, round_, silent=silent)
        work.emit(SetTimer(timeout=timeout, height=work.height, round=round_, duration_ms=duration))
