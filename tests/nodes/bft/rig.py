"""One core under a microscope: the test plays all other validators, with a BLS that it can forge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ledger.block import Block, header_id
from ledger.genesis import Parameters
from ledger.primitives import Hash, Height, Round, TimeMs
from ledger.seal import NO_ROUND, VoteType, precommit_bytes, prevote_bytes, proposal_bytes
from ledger.validators import encode_signers
from nodes.bft.driver import Core
from nodes.bft.effects import (
    Build,
    Built,
    Effect,
    Input,
    Judge,
    Judged,
    Received,
    SignedProposal,
    SignedVote,
    SignProposal,
    SignVote,
    StartHeight,
    TimerFired,
    Verified,
    Verify,
    Wake,
)
from nodes.bft.messages import Certificate, Message, Proposal, Vote, encode_message
from nodes.bft.recovery import Recovered
from nodes.bft.round import Timeout
from nodes.bft.timing import Timeouts
from nodes.bft.verify import run_job
from tests.nodes.bft.fakes import START_MS, FakeLedger, fake_bls, make_set, names, secret_of

E = TypeVar("E", bound=Effect)


class Rig:
    """Validator `me` of `count`, at height 1, awake. Effects of every input are in `log`."""

    def __init__(
        self,
        me: int = 0,
        count: int = 4,
        *,
        awake: bool = True,
        voting: bool = True,
        recovered: Recovered | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        self.bls = fake_bls()
        self.names = names(count)
        self.validators = make_set(self.names, self.bls)
        self.ledger = FakeLedger.new(self.validators, self.bls)
        self.network = self.ledger.tip.network
        self.me = me
        self.log: list[Effect] = []
        self.judge_error = ""
        self.auto_judge = True
        self.clock = START_MS + 1_000
        self.core = Core(network=self.network, organisation=self.names[me], timeouts=Timeouts())
        self.parameters = parameters or Parameters()
        self.feed(self.start(voting=voting, recovered=recovered))
        if awake:
            self.feed(Wake())

    def start(self, *, voting: bool, recovered: Recovered | None = None) -> StartHeight:
        return StartHeight(
            height=Height(1),
            parent=self.ledger.tip.block_id,
            frontier=self.ledger.tip.frontier,
            validators=self.validators,
            next_validators=self.validators,
            parameters=self.parameters,
            voting=voting,
            recovered=recovered,
        )

    # ----- driving ----------------------------------------------------------

    def feed(self, item: Input) -> list[Effect]:
        """Feed an input and answer the effects that have one answer: checks, judging, building, signing."""
        first = len(self.log)
        pending = list(self.core.step(item))
        while pending:
            effect = pending.pop(0)
            self.log.append(effect)
            if (answer := self._answer(effect)) is not None:
                pending.extend(self.core.step(answer))
        return self.log[first:]

    def _answer(self, effect: Effect) -> Input | None:
        if isinstance(effect, Verify):
            return Verified(verdict=run_job(effect.job, self.bls))
        if isinstance(effect, Judge) and self.auto_judge:
            return Judged(height=effect.height, block_id=effect.block_id, error=self.judge_error)
        if isinstance(effect, Build):
            return Built(height=effect.height, round=effect.round, block=self.block(self.me))
        if isinstance(effect, SignVote):
            return SignedVote(
                vote=self.vote(effect.type, effect.round, effect.block_id, effect.seat, effect.valid_round)
            )
        if isinstance(effect, SignProposal):
            proposal = self.proposal(effect.block, effect.round, effect.valid_round, effect.polka)
            return SignedProposal(proposal=proposal, raw=encode_message(proposal))
        return None

    def receive(self, sender: int, message: Message) -> list[Effect]:
        raw = encode_message(message)
        return self.feed(
            Received(sender=self.names[sender], message=message, raw=raw, clock_ms=TimeMs(self.clock))
        )

    def fire(self, timeout: Timeout, round_: int) -> list[Effect]:
        return self.feed(TimerFired(timeout=timeout, height=Height(1), round=Round(round_)))

    def votes(
        self, kind: VoteType, round_: int, block_id: Hash, seats: Sequence[int], valid_round: int = -1
    ) -> list[Effect]:
        first = len(self.log)
        for seat in seats:
            self.receive(seat, self.vote(kind, round_, block_id, seat, valid_round))
        return self.log[first:]

    # ----- making -----------------------------------------------------------

    def block(self, proposer: int, time_ms: int | None = None, entry: bytes = b"x") -> Block:
        return self.ledger.build(self.names[proposer], time_ms or self.clock, [entry])

    def _data(self, kind: VoteType, round_: int, block_id: Hash, valid_round: int) -> bytes:
        place = (self.network, self.validators.hash, Height(1), Round(round_), block_id)
        return (
            prevote_bytes(*place, Round(valid_round)) if kind is VoteType.PREVOTE else precommit_bytes(*place)
        )

    def vote(self, kind: VoteType, round_: int, block_id: Hash, seat: int, valid_round: int = -1) -> Vote:
        return Vote(
            type=kind,
            height=Height(1),
            round=Round(round_),
            block_id=block_id,
            valid_round=Round(valid_round),
            seat=seat,
            signature=self.bls.sign(self._secret(seat), self._data(kind, round_, block_id, valid_round)),
        )

    def _secret(self, seat: int) -> bytes:
        return secret_of(self.names[seat], self.bls)

    def certificate(
        self, kind: VoteType, round_: int, block_id: Hash, seats: Sequence[int], valid_round: int = -1
    ) -> Certificate:
        votes = [self.vote(kind, round_, block_id, seat, valid_round) for seat in seats]
        return Certificate(
            type=kind,
            height=Height(1),
            round=Round(round_),
            block_id=block_id,
            valid_round=Round(valid_round),
            signers=encode_signers(tuple(seats), len(self.names)),
            signature=self.bls.aggregate([v.signature for v in votes]),
        )

    def proposal(
        self,
        block: Block,
        round_: int = 0,
        valid_round: int = NO_ROUND,
        polka: Certificate | None = None,
        seat: int | None = None,
    ) -> Proposal:
        seat = (1 + round_) % len(self.names) if seat is None else seat
        data = proposal_bytes(
            self.network,
            self.validators.hash,
            Height(1),
            Round(round_),
            header_id(block.header),
            Round(valid_round),
        )
        return Proposal(
            height=Height(1),
            round=Round(round_),
            valid_round=Round(valid_round),
            seat=seat,
            signature=self.bls.sign(self._secret(seat), data),
            polka=polka,
            block=block,
        )


def only(effects: Sequence[Effect], kind: type[E]) -> list[E]:
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]
