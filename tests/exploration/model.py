"""One height of a network in which some validators are traitors, as a set of messages that only grows.

What is real: every step of an honest validator is `nodes.bft.round.apply`, the
rules of the production core. What is modelled is the network and the driver, by
four decisions, each of which only *adds* behaviours, so that what never happens
here never happens there (`test_refinement` holds the real `Core` to that):

1. **Messages.** Whatever an honest validator signed may be used by any other at
   any time from then on, or never. A rule may fire when *some subset* of what was
   signed so far satisfies its condition. That covers every order, delay, loss and
   repetition of deliveries, and makes deliveries themselves no steps: two that
   commute are one. The real driver fires rules at once when a delivery enables
   them; here they may also wait.
2. **Traitors** need not act: each adds one to every count, for every ballot at once,
   in front of everybody, and as proposer it has proposed every value with every
   valid round for which a polka can exist, to whoever it likes.
3. **Timers** may fire whenever the real core would have set them. Their flags, and
   those that only guard against setting them twice, are set when they are needed.
4. **Decisions** are no steps: a validator that decided says nothing more, which is
   one that waits for ever. Agreement is judged by what could be sealed: any block
   with a quorum of precommits in a round, whether anybody noticed or not.

What is bounded: one height, rounds below `rounds`, and the values 1 and 2 (an honest
proposer without a valid block proposes either). A proposal that is invalid or
untimely leads to the same step as the timer of L57, so it is none of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ledger.primitives import Hash, Round
from ledger.seal import NIL, NO_ROUND, VoteType
from nodes.bft import round as rules
from nodes.bft.round import RoundState, Step, Timeout

NOTHING = 0

BLOCKS: dict[int, Hash] = {NOTHING: NIL, **{value: Hash(bytes([value]) * 32) for value in (1, 2, 3)}}
VALUE_OF: dict[Hash | None, int] = {block: value for value, block in BLOCKS.items()}

Prevote = tuple[int, int]
"""Value and valid round."""


class Node(NamedTuple):
    """An honest validator: the state of its rules, and everything that it ever signed at this height."""

    state: RoundState
    proposals: tuple[Prevote | None, ...]
    """By round: value and valid round."""
    prevotes: tuple[Prevote | None, ...]
    precommits: tuple[int | None, ...]
    polkas: frozenset[tuple[int, int, int]]
    """Round, value and valid round of the polkas that its steps rested on: its witness log."""


class Move(NamedTuple):
    """What one validator does next, and what for."""

    why: str
    node: Node


@dataclass(frozen=True)
class Setting:
    """Who takes part."""

    honest: tuple[int, ...]
    """Their seats."""
    traitors: int = 1
    rounds: int = 2
    values: tuple[int, ...] = (1, 2)
    quorum: int = 3
    skip: int = 2
    """f + 1 seats, that make others skip to their round."""
    apply: Callable[[RoundState, rules.Event], rules.Transition] = rules.apply
    """The rules; mutants have others."""

    @property
    def size(self) -> int:
        return len(self.honest) + self.traitors

    def proposer(self, round_: int) -> int:
        """The seat that proposes at height 1."""
        return (1 + round_) % self.size


class Tally:
    """What honest validators signed so far, counted; traitors add one each to everything."""

    def __init__(self, setting: Setting, nodes: tuple[Node, ...]) -> None:
        self._need = setting.quorum - setting.traitors
        self._skip = setting.skip - setting.traitors
        self.prevotes: dict[tuple[int, int, int], int] = {}
        self.precommits: dict[tuple[int, int], int] = {}
        self._prevoters = [0] * setting.rounds
        self._precommitters = [0] * setting.rounds
        self._voters = [0] * setting.rounds
        self.proposals: list[Prevote | None] = [None] * setting.rounds
        for node in nodes:
            for round_ in range(setting.rounds):
                self._count(node, round_)

    def _count(self, node: Node, round_: int) -> None:
        prevote, precommit = node.prevotes[round_], node.precommits[round_]
        if prevote is not None:
            key = (round_, *prevote)
            self.prevotes[key] = self.prevotes.get(key, 0) + 1
            self._prevoters[round_] += 1
        if precommit is not None:
            self.precommits[round_, precommit] = self.precommits.get((round_, precommit), 0) + 1
            self._precommitters[round_] += 1
        self._voters[round_] += prevote is not None or precommit is not None
        self.proposals[round_] = self.proposals[round_] or node.proposals[round_]

    def polka(self, round_: int, value: int, valid_round: int) -> bool:
        return self.prevotes.get((round_, value, valid_round), 0) >= self._need

    def polkas_of(self, round_: int, value: int) -> list[int]:
        """The valid rounds with which a block has a polka in a round."""
        return [vr for vr in range(-1, round_) if self.polka(round_, value, vr)]

    def any_prevotes(self, round_: int) -> bool:
        return self._prevoters[round_] >= self._need

    def any_precommits(self, round_: int) -> bool:
        return self._precommitters[round_] >= self._need

    def nil_precommits(self, round_: int) -> bool:
        return self.precommits.get((round_, NOTHING), 0) >= self._need

    def voters(self, round_: int) -> bool:
        """Whether f + 1 seats voted in a round."""
        return self._voters[round_] >= self._skip

    def view(self) -> tuple[object, ...]:
        """Everything that a validator's next step depends on, beside itself."""
        return (
            frozenset(key for key in self.prevotes if self.polka(*key)),
            tuple(map(self.any_prevotes, range(len(self._voters)))),
            tuple(map(self.any_precommits, range(len(self._voters)))),
            tuple(map(self.nil_precommits, range(len(self._voters)))),
            tuple(map(self.voters, range(len(self._voters)))),
            tuple(self.proposals),
        )

    def sealable(self) -> dict[int, list[int]]:
        """The rounds in which a quorum precommitted each value."""
        found: dict[int, list[int]] = {}
        for (round_, value), count in sorted(self.precommits.items()):
            if value != NOTHING and count >= self._need:
                found.setdefault(value, []).append(round_)
        return found


def beginning(setting: Setting) -> tuple[list[Node], ...]:
    """For each honest validator, the nodes that it may be after it began round 0."""
    none = (None,) * setting.rounds
    blank = Node(RoundState(), none, none, none, frozenset())
    return tuple([move.node for move in _start(setting, blank, seat, 0, "begin")] for seat in setting.honest)


def _start(setting: Setting, node: Node, seat: int, round_: int, why: str) -> Iterator[Move]:
    event = rules.StartRound(Round(round_), setting.proposer(round_) == seat)
    return _fire(setting, node, seat, why, event)


def steps(setting: Setting, node: Node, seat: int, tally: Tally) -> Iterator[Move]:
    """Everything that one validator may do next."""
    step, round_ = node.state.step, node.state.round
    if step is Step.PROPOSE:
        yield from _answers(setting, node, seat, tally)
    if step in (Step.PREVOTE, Step.PRECOMMIT) and not node.state.polka_seen:
        for value, valid_round in _proposed(setting, tally, round_):
            if tally.polka(round_, value, valid_round):
                known = node._replace(polkas=node.polkas | {(round_, value, valid_round)})
                yield from _fire(
                    setting,
                    known,
                    seat,
                    f"polka for {value} of {valid_round} (L36)",
                    rules.Polka(BLOCKS[value]),
                )
    if step is Step.PREVOTE:
        if tally.polka(round_, NOTHING, NO_ROUND):
            yield from _fire(setting, node, seat, "polka for nil (L44)", rules.NilPolka())
        if tally.any_prevotes(round_):
            yield from _fire(
                setting,
                node,
                seat,
                "prevotes time out (L61)",
                rules.AnyPrevotes(),
                rules.Elapsed(Timeout.PREVOTE),
            )
    yield from _moves(setting, node, seat, tally)


def _answers(setting: Setting, node: Node, seat: int, tally: Tally) -> Iterator[Move]:
    """L22, L28, L57."""
    round_ = node.state.round
    yield from _fire(setting, node, seat, "proposal times out (L57)", rules.Elapsed(Timeout.PROPOSE))
    for value, valid_round in _proposed(setting, tally, round_):
        if valid_round == NO_ROUND:
            event: rules.Event = rules.FreshProposal(BLOCKS[value], acceptable=True)
            yield from _fire(setting, node, seat, f"fresh {value} (L22)", event)
            continue
        for older in tally.polkas_of(valid_round, value):
            known = node._replace(polkas=node.polkas | {(valid_round, value, older)})
            event = rules.Reproposal(BLOCKS[value], Round(valid_round), acceptable=True)
            yield from _fire(setting, known, seat, f"again {value} of {valid_round} (L28)", event)


def _proposed(setting: Setting, tally: Tally, round_: int) -> Iterator[Prevote]:
    """What is, or may be, proposed in a round."""
    if setting.proposer(round_) in setting.honest:
        proposal = tally.proposals[round_]
        if proposal is not None:
            yield proposal
        return
    for value in setting.values:
        yield (value, NO_ROUND)
        for valid_round in range(round_):
            if tally.polkas_of(valid_round, value):
                yield (value, valid_round)


def _moves(setting: Setting, node: Node, seat: int, tally: Tally) -> Iterator[Move]:
    """L47, L65, D3, L55."""
    round_ = node.state.round
    for later in range(round_ + 1, setting.rounds):
        if tally.voters(later):
            yield from _start(setting, node, seat, later, f"skip to {later} (L55)")
    if round_ + 1 < setting.rounds:
        if tally.any_precommits(round_):
            elapsed = rules.Elapsed(Timeout.PRECOMMIT)
            yield from _fire(setting, node, seat, "precommits time out (L65)", rules.AnyPrecommits(), elapsed)
        if tally.nil_precommits(round_):
            yield from _fire(setting, node, seat, "precommits for nil (D3)", rules.NilPrecommits())


def _fire(setting: Setting, node: Node, seat: int, why: str, *events: rules.Event) -> Iterator[Move]:
    """The nodes that a validator may be after these events, applied by the real rules."""
    found = [node]
    for event in events:
        found = [after for each in found for after in _apply(setting, each, seat, event)]
    return (Move(why, _settled(after)) for after in found)


def _apply(setting: Setting, node: Node, seat: int, event: rules.Event) -> list[Node]:
    transition = setting.apply(node.state, event)
    if not transition.allowed:
        return []
    found = [node._replace(state=transition.state)]
    for action in transition.actions:
        found = [after for each in found for after in _act(setting, each, seat, action)]
    return found


def _act(setting: Setting, node: Node, seat: int, action: rules.Action) -> list[Node]:
    round_ = node.state.round
    if isinstance(action, rules.CastVote):
        return [_cast(node, round_, action)]
    if isinstance(action, rules.Propose):
        valid = VALUE_OF[node.state.valid_id] if node.state.valid_id is not None else None
        fresh = [(value, NO_ROUND) for value in setting.values]
        choices = fresh if valid is None else [(valid, node.state.valid_round)]
        return [node._replace(proposals=_put(node.proposals, round_, choice)) for choice in choices]
    if isinstance(action, rules.NextRound):
        return [move.node for move in _start(setting, node, seat, round_ + 1, "")]
    return [node]


def _cast(node: Node, round_: int, action: rules.CastVote) -> Node:
    value = VALUE_OF[action.block_id]
    if action.type is VoteType.PREVOTE:
        return node._replace(prevotes=_put(node.prevotes, round_, (value, action.valid_round)))
    return node._replace(precommits=_put(node.precommits, round_, value))


class SignedTwice(Exception):
    """An honest validator signed something else where it had signed before."""


def _put(said: tuple, round_: int, content: object) -> tuple:  # type: ignore[type-arg]
    if said[round_] not in (None, content):
        raise SignedTwice(f"round {round_}: {said[round_]} and {content}")
    return (*said[:round_], content, *said[round_ + 1 :])


def _settled(node: Node) -> Node:
    """Without the flags that say only which timers were set: here they are set when they are needed."""
    state = node.state
    if not (state.prevote_timer or state.precommit_timer):
        return node
    return node._replace(
        state=RoundState(
            round=state.round,
            step=state.step,
            locked_round=state.locked_round,
            locked_id=state.locked_id,
            valid_round=state.valid_round,
            valid_id=state.valid_id,
            polka_seen=state.polka_seen,
        )
    )
