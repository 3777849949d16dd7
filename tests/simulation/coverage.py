"""Which faults, adversaries and clauses of the protocol a simulation has reached.

Derived from what goes into the core and comes out of it, from the transitions of
the round's state machine, and from what nodes log; production code knows nothing of
it. What a batch of seeds must reach together is in `wanted`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ledger.seal import NIL, NO_ROUND
from nodes.bft import effects as fx
from nodes.bft import round as rules
from nodes.bft.messages import Proposal
from nodes.bft.timing import Timeouts
from nodes.bft.verify import AggregateJob, VoteJob
from nodes.bft.work import Work

if TYPE_CHECKING:
    from tests.simulation.machine import Machine

SILENT_MS = Timeouts().silent_ms

LOGGED = {
    "not signed": "J2 refused to sign",
    "abstaining: the signing journal is new": "J6 abstained",
    "invalid block": "A4 judged invalid",
    "catching up failed": "C3 a peer failed to serve",
    "voting": "E1 began to vote",
    "snapshot taken": "N1 took a snapshot",
    "joined by a snapshot": "N2 N3 N4 N5 N6 joined by a snapshot",
    "this validator's key signed what its journal does not know": "K1 raised the alarm",
    "the signing journal is older than the database beside it": "K2 an older journal than the database",
}
"""Lines of the log that say something about a clause."""

BLAMED = {
    "a proposal by another than the round's proposer": "P1 blamed",
    "a block that is not what its header says": "P5 blamed",
    "a vote whose signature does not verify": "V5 blamed",
    "a polka without a quorum, or of another block": "V4 blamed",
}


class Coverage:
    """Counts by name."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._left: set[str] = set()
        """Nodes that have just been told to leave their round by a rule of their own."""
        self.node = ""

    def reach(self, name: str) -> None:
        """Note that something happened."""
        self.counts[name] += 1

    def logged(self, text: str) -> None:
        if text in LOGGED:
            self.reach(LOGGED[text])

    # ----- the round's state machine -------------------------------------------

    def watched(self, apply: Callable[..., rules.Transition]) -> Callable[..., rules.Transition]:
        """`nodes.bft.round.apply`, reporting what it allows."""

        def watch(state: rules.RoundState, event: Any) -> rules.Transition:
            transition = apply(state, event)
            if transition.allowed:
                self.counts.update(self._clauses(state, event, transition))
            return transition

        return watch

    def _clauses(self, state: rules.RoundState, event: Any, after: rules.Transition) -> list[str]:
        found = [_RULES[type(event)](state, event, after)]
        if isinstance(event, rules.StartRound):
            if event.round > 0 and self.node not in self._left:
                found.append("L55 skipped to a later round")
            if event.proposing and state.valid_id is not None:
                found.append("R1 proposed its valid block")
            self._left.discard(self.node)
        if any(isinstance(action, rules.NextRound) for action in after.actions):
            self._left.add(self.node)
        return found

    def watch(self, machine: Machine) -> None:
        """Report what only a node's inner parts say."""
        participation, pool = machine.engine._participation, machine.engine._pooling.mempool
        ahead, rebroadcast = participation.journal_ahead, pool.rebroadcast

        def journal_ahead() -> bool:
            found = ahead()
            if found:
                self.reach("J7 the journal is ahead of the ledger")
            return found

        def again(**limits: Any) -> Any:
            found = rebroadcast(**limits)
            if found:
                self.reach("S2 sent a statement again")
            return found

        participation.journal_ahead = journal_ahead  # type: ignore[method-assign]
        pool.rebroadcast = again  # type: ignore[method-assign]

    def votes(self, machine: Machine, work: Work, seat: int) -> None:
        """A vote is about to be signed."""
        named = work.start.validators.keys[seat]
        if machine.signers and named != machine.signers[0].public_key:
            self.reach("G5 voted with the key that replaced the first")
        if machine.organisation not in machine.simulation.founding.names:
            self.reach("G6 a validator that was added votes")

    # ----- the core ---------------------------------------------------------------

    def stepped(self, node: str, item: fx.Input, effects: tuple[fx.Effect, ...], work: Work | None) -> None:
        """Note what an input and its effects show."""
        if isinstance(item, fx.StartHeight) and item.validators != item.next_validators:
            self.reach("G1 the next set is another")
        if isinstance(item, fx.StartHeight) and item.recovered is not None:
            self.reach("J4 resumed from the journal")
            if item.recovered.locked is not None:
                self.reach("J4 resumed with a lock")
        elif isinstance(item, fx.Received) and isinstance(item.message, Proposal) and work is not None:
            self._proposal(work, item)
        elif isinstance(item, fx.Wake):
            self.reach("W1 woken")
        elif isinstance(item, fx.Verified) and item.verdict.error:
            self.reach("V3 a false signature of a proposal")
        for effect in effects:
            name = _EFFECTS.get(type(effect))
            if name is not None:
                self.counts.update(name(effect))

    def _proposal(self, work: Work, item: fx.Received) -> None:
        proposal = item.message
        if not isinstance(proposal, Proposal) or proposal.height != work.height:
            if proposal.height == work.height + 1:
                self.reach("C2 an early proposal")
            return
        if proposal.valid_round != NO_ROUND and proposal.block.header.proposer != item.sender:
            self.reach("T4 another re-proposes a block")
        if any(not held.timely for held in work.candidates.of_round(proposal.round)):
            self.reach("T2 untimely")


def _any(name: str) -> Callable[..., str]:
    return lambda *_: name


def _fresh(state: rules.RoundState, event: rules.FreshProposal, after: rules.Transition) -> str:
    if event.acceptable and state.locked_round != NO_ROUND:
        return "D4 locked against a fresh proposal"
    return "R2 prevoted a fresh proposal" if event.acceptable else "R2 prevoted nil"


def _again(state: rules.RoundState, event: rules.Reproposal, after: rules.Transition) -> str:
    accepts = event.acceptable and state.locked_round <= event.valid_round
    if accepts and state.locked_id not in (None, event.block_id):
        return "R3 unlocked by a newer polka"
    return "R3 prevoted a re-proposal" if accepts else "R3 prevoted nil"


def _polka(state: rules.RoundState, event: rules.Polka, after: rules.Transition) -> str:
    return "R5 locked" if state.step is rules.Step.PREVOTE else "R5 valid without a lock"


def _decision(state: rules.RoundState, event: rules.Decision, after: rules.Transition) -> str:
    return "R8 decided a past round" if event.round < state.round else "R8 decided"


def _elapsed(state: rules.RoundState, event: rules.Elapsed, after: rules.Transition) -> str:
    return {
        rules.Timeout.PROPOSE: "R9 no proposal in time",
        rules.Timeout.PREVOTE: "R10 no agreement of prevotes in time",
        rules.Timeout.PRECOMMIT: "R11 no agreement of precommits in time",
    }[event.timeout]


_RULES: Mapping[type, Callable[..., str]] = {
    rules.StartRound: _any("R1 began a round"),
    rules.FreshProposal: _fresh,
    rules.Reproposal: _again,
    rules.AnyPrevotes: _any("R4 waited for prevotes"),
    rules.Polka: _polka,
    rules.NilPolka: _any("R6 precommitted nil after a nil polka"),
    rules.AnyPrecommits: _any("R7 waited for precommits"),
    rules.NilPrecommits: _any("R12 left a round that decides nothing"),
    rules.Decision: _decision,
    rules.Elapsed: _elapsed,
}


def _sent(effect: fx.Send) -> list[str]:
    kind, payload = effect.payload[2:3], effect.payload
    if kind == b"\x04":
        return ["B3 wished for the round's proposal" if NIL in payload else "P3 asked for a missing block"]
    return ["B4 granted a wish"]


def _timer(effect: fx.SetTimer) -> list[str]:
    found = []
    if effect.timeout is rules.Timeout.PROPOSE and effect.duration_ms == SILENT_MS:
        found.append("L4 a short wait for a silent proposer")
    if effect.round >= 3:
        found.append("L3 waits grew")
    return found


def _verify(effect: fx.Verify) -> list[str]:
    job = effect.job
    if isinstance(job, AggregateJob):
        return ["V4 checked a polka" if len(job.keys) > 1 else "P1 checked a proposal"]
    return ["V3 checked votes"] if isinstance(job, VoteJob) else []


_EFFECTS: Mapping[type, Callable[[Any], list[str]]] = {
    fx.Send: _sent,
    fx.SetTimer: _timer,
    fx.Verify: _verify,
    fx.PersistLock: lambda _: ["J3 wrote a lock"],
    fx.PersistRound: lambda _: ["J3 wrote what ended a round"],
    fx.Caught: lambda _: ["F1 caught a contradiction"],
    fx.Behind: lambda _: ["C2 noticed that it lags"],
    fx.Blame: lambda e: (
        [name for text, name in BLAMED.items() if e.reason == text] or ["V3 blamed for a proposal"]
    ),
    fx.Decided: lambda e: ["T5 decided an untimely block"] if not e.timely else ["E5 decided"],
    fx.Broadcast: lambda e: ["B2 said votes again"] if e.payload[2:3] == b"\x03" else [],
}
