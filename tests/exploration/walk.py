"""Real cores and a traitor on a random schedule, each step compared with what `model` allows.

The cores are those of production, with a BLS that can be forged. Every answer that
a core waits for (a check, a judgement, a block, a signature) and every timer comes
when chance says; every message too, or twice, or never.
After each call of `Core.step` the validator must be in a node that the model
reaches from the one before by steps of that validator alone.
"""

from __future__ import annotations

from collections import deque
from random import Random

from ledger.block import Block, header_id
from ledger.genesis import Parameters
from ledger.primitives import Hash, Height, Round, TimeMs
from ledger.seal import NO_ROUND, VoteType
from nodes.bft.driver import Core
from nodes.bft.effects import (
    Broadcast,
    Build,
    Built,
    Decided,
    Effect,
    Input,
    Judge,
    Judged,
    Received,
    Send,
    SetTimer,
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
from nodes.bft.messages import Message, Proposal, decode_message, encode_message
from nodes.bft.round import RoundState, Step
from nodes.bft.timing import Timeouts
from nodes.bft.verify import run_job
from tests.exploration.model import BLOCKS, NOTHING, Node, Setting, Tally, beginning, steps
from tests.nodes.bft.rig import Rig

ROUNDS = 3
"""The walk ends when somebody leaves these rounds."""

LOCAL_STEPS = 8
"""One call of `Core.step` fires fewer rules than this."""

VALUES = (1, 2, 3)
"""The block that each seat builds has the number of the seat; they propose in rounds 0, 1 and 2."""


class Differs(AssertionError):
    """The real core did what the model does not allow."""


class Walk:
    """One random schedule."""

    def __init__(self, traitor: int, seed: int) -> None:
        self.random = Random(seed)
        self.traitor = traitor
        self.patience = self.random.choice((0.0, 0.9, 0.99))
        self.honest = tuple(seat for seat in range(4) if seat != traitor)
        self.setting = Setting(honest=self.honest, rounds=ROUNDS, values=VALUES)
        self.forger = Rig()
        """Only to sign and build with."""
        self.blocks: dict[int, Block] = {n: self.forger.block(n, entry=b"block %d" % n) for n in VALUES}
        self.values = {header_id(block.header): value for value, block in self.blocks.items()}
        self.values[BLOCKS[NOTHING]] = NOTHING
        self.cores = {seat: self._core(seat) for seat in self.honest}
        none: tuple[None, ...] = (None,) * ROUNDS
        blank = Node(RoundState(), none, none, none, frozenset())
        self.said = dict.fromkeys(self.honest, blank)
        """What each core has signed; its round state is added when it is compared."""
        self.nodes: dict[int, Node] = {}
        self.pending: dict[int, list[Input]] = {seat: [] for seat in self.honest}
        self.compared = 0
        self.decided: dict[int, int] = {}
        self.furthest = 0

    def _core(self, seat: int) -> Core:
        name = self.forger.names[seat]
        return Core(network=self.forger.network, organisation=name, timeouts=Timeouts())

    # ----- running ----------------------------------------------------------

    def run(self, length: int) -> None:
        """Begin, and take that many random steps, or until the rounds end."""
        tip = self.forger.ledger.tip
        start = StartHeight(
            height=Height(1),
            parent=tip.block_id,
            frontier=tip.frontier,
            validators=tip.validators,
            next_validators=tip.validators,
            parameters=Parameters(),
            voting=True,
        )
        for seat, choices in zip(self.honest, beginning(self.setting), strict=True):
            own = [node for node in choices if node.proposals[0] in (None, (seat, NO_ROUND))]
            (self.nodes[seat],) = own
            self._give(seat, start)
            self._give(seat, Wake())
        for _ in range(length):
            if max(core.work.state.round for core in self.cores.values() if core.work) >= ROUNDS - 1:
                return
            self._anything()

    def _anything(self) -> None:
        seat = self.random.choice(self.honest)
        waiting = self.pending[seat]
        chance = self.random.random()
        if chance < 0.15:
            self._lie(seat)
        elif waiting and chance < 0.97:
            item = self._next(waiting)
            if not isinstance(item, Received) or self.random.random() < 0.9:
                waiting.remove(item)
            self._give(seat, item)
        elif waiting:
            lost = self.random.choice(waiting)
            if isinstance(lost, Received):
                waiting.remove(lost)

    def _next(self, waiting: list[Input]) -> Input:
        """Some walks are impatient, in some timers come last."""
        others = [item for item in waiting if not isinstance(item, TimerFired)]
        return self.random.choice(others if others and self.random.random() < self.patience else waiting)

    def _give(self, seat: int, item: Input) -> None:
        for effect in self.cores[seat].step(item):
            self._carry_out(seat, effect)
        self._compare(seat)

    def _carry_out(self, seat: int, effect: Effect) -> None:
        mine, rig = self.pending[seat], self.forger
        if isinstance(effect, Broadcast):
            self._send(seat, effect.payload, self.honest)
        elif isinstance(effect, Send):
            self._send(seat, effect.payload, [rig.names.index(effect.organisation)])
        elif isinstance(effect, Verify):
            mine.append(Verified(verdict=run_job(effect.job, rig.bls)))
        elif isinstance(effect, Judge):
            mine.append(Judged(height=effect.height, block_id=effect.block_id, error=""))
        elif isinstance(effect, SetTimer):
            mine.append(TimerFired(timeout=effect.timeout, height=effect.height, round=effect.round))
        elif isinstance(effect, Build):
            mine.append(Built(height=effect.height, round=effect.round, block=self.blocks[seat]))
        elif isinstance(effect, SignVote):
            self._vote(seat, effect)
        elif isinstance(effect, SignProposal):
            self._propose(seat, effect)
        elif isinstance(effect, Decided):
            self.decided[seat] = self.values[effect.block_id]

    def _send(self, seat: int, payload: bytes, targets: object) -> None:
        message = decode_message(payload, max_bytes=4_000_000)
        for target in self.honest:
            if target != seat and target in targets:  # type: ignore[operator]
                self.pending[target].append(self._received(seat, message))

    def _received(self, sender: int, message: Message) -> Received:
        rig = self.forger
        return Received(
            sender=rig.names[sender],
            message=message,
            raw=encode_message(message),
            clock_ms=TimeMs(rig.clock),
        )

    def _vote(self, seat: int, effect: SignVote) -> None:
        vote = self.forger.vote(effect.type, effect.round, effect.block_id, seat, effect.valid_round)
        self._send(seat, encode_message(vote), self.honest)
        self.pending[seat].append(SignedVote(vote=vote))
        value, said = self.values[effect.block_id], self.said[seat]
        if effect.type is VoteType.PREVOTE:
            votes = _put(said.prevotes, effect.round, (value, effect.valid_round))
            self.said[seat] = said._replace(prevotes=votes)
        else:
            self.said[seat] = said._replace(precommits=_put(said.precommits, effect.round, value))

    def _propose(self, seat: int, effect: SignProposal) -> None:
        rig = self.forger
        proposal = rig.proposal(effect.block, effect.round, effect.valid_round, effect.polka)
        raw = encode_message(proposal)
        self._send(seat, raw, self.honest)
        self.pending[seat].append(SignedProposal(proposal=proposal, raw=raw))
        content = (self.values[effect.block_id], effect.valid_round)
        said = self.said[seat]
        self.said[seat] = said._replace(proposals=_put(said.proposals, effect.round, content))

    # ----- lying ------------------------------------------------------------

    def _lie(self, target: int) -> None:
        """The traitor sends one validator whatever vote or proposal it likes."""
        round_ = self.random.randrange(ROUNDS)
        value = self.random.choice((NOTHING, *VALUES))
        if self.setting.proposer(round_) == self.traitor and self.random.random() < 0.5:
            proposal = self._false_proposal(round_, value or 1)
            if proposal is not None:
                self.pending[target].append(self._received(self.traitor, proposal))
            return
        kind = self.random.choice(list(VoteType))
        prevote = kind is VoteType.PREVOTE and value != NOTHING
        valid_round = self.random.randrange(-1, round_) if prevote else NO_ROUND
        vote = self.forger.vote(kind, round_, self._block_id(value), self.traitor, valid_round)
        self.pending[target].append(self._received(self.traitor, vote))

    def _false_proposal(self, round_: int, value: int) -> Proposal | None:
        """A fresh proposal of any block, or a re-proposal with a polka made of what was really signed."""
        rig, block = self.forger, self.blocks[value]
        valid_round = self.random.randrange(-1, round_)
        if valid_round == NO_ROUND:
            return rig.proposal(block, round_, seat=self.traitor)
        older = self.random.randrange(-1, valid_round)
        said = (value, older)
        signers = [s for s in self.honest if self.said[s].prevotes[valid_round] == said]
        if len(signers) + 1 < self.setting.quorum:
            return None
        seats = sorted([*signers, self.traitor])
        polka = rig.certificate(VoteType.PREVOTE, valid_round, self._block_id(value), seats, older)
        return rig.proposal(block, round_, valid_round, polka, seat=self.traitor)

    def _block_id(self, value: int) -> Hash:
        return next(block_id for block_id, each in self.values.items() if each == value)

    # ----- comparing --------------------------------------------------------

    def _compare(self, seat: int) -> None:
        """Find the node that the core is in now, among those that the model reaches from the one before."""
        work = self.cores[seat].work
        assert work is not None
        real = self.said[seat]._replace(state=self._state(work.state))
        self.furthest = max(self.furthest, work.state.round)
        if seat in self.decided:
            tally = Tally(self.setting, tuple(self.nodes.values()))
            if self.decided[seat] not in tally.sealable():
                raise Differs(f"seat {seat} decided {self.decided[seat]}, which cannot be sealed")
            if work.state.step is not Step.DECIDED:
                raise Differs("a decision that is not in the state")
        seen = {self.nodes[seat]}
        queue = deque([(self.nodes[seat], 0)])
        while queue:
            node, distance = queue.popleft()
            if _same(node, real):
                self.nodes[seat] = node
                self.compared += 1
                return
            if distance < LOCAL_STEPS:
                tally = Tally(self.setting, tuple({**self.nodes, seat: node}.values()))
                for _, after in steps(self.setting, node, seat, tally):
                    if after not in seen and self._own_blocks(after, seat):
                        seen.add(after)
                        queue.append((after, distance + 1))
        raise Differs(f"seat {seat}: the model does not lead from {self.nodes[seat]} to {real}")

    def _own_blocks(self, node: Node, seat: int) -> bool:
        """Whether a node proposes as fresh only the block that this core builds."""
        return all(p is None or p[1] != NO_ROUND or p[0] == seat for p in node.proposals)

    def _state(self, state: RoundState) -> RoundState:
        """The core's state with the model's blocks, without the flags of timers."""
        return RoundState(
            round=state.round,
            step=state.step,
            locked_round=state.locked_round,
            locked_id=self._named(state.locked_id),
            valid_round=state.valid_round,
            valid_id=self._named(state.valid_id),
            polka_seen=state.polka_seen,
        )

    def _named(self, block_id: Hash | None) -> Hash | None:
        return None if block_id is None else BLOCKS[self.values[block_id]]


def _same(node: Node, real: Node) -> bool:
    """Whether a core is in a node; a proposal that is still being built counts as made."""
    made = zip(node.proposals, real.proposals, strict=True)
    if any(theirs not in (None, ours) for ours, theirs in made):
        return False
    if (node.prevotes, node.precommits) != (real.prevotes, real.precommits):
        return False
    if real.state.step is not Step.DECIDED:
        return node.state == real.state
    after = node.state
    return (after.round, after.locked_id, after.valid_id) == (
        real.state.round,
        real.state.locked_id,
        real.state.valid_id,
    )


def _put(said: tuple, round_: Round, content: object) -> tuple:  # type: ignore[type-arg]
    if said[round_] not in (None, content):
        raise Differs(f"signed twice in round {round_}: {said[round_]} and {content}")
    return (*said[:round_], content, *said[round_ + 1 :])
