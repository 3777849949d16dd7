"""Breadth-first search over everything that can happen in `model`, up to symmetry, and the way there.

Symmetry: honest validators that propose in no round are interchangeable, and so are
the two values. Of states that differ only by such an exchange one is visited. The
properties are the same for all of them, since they name no seat and no value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from time import process_time

from ledger.accountability import Kind
from ledger.accountability.attestation import Attestation
from ledger.accountability.charge import contradiction
from nodes.bft.round import RoundState
from tests.exploration.model import BLOCKS, Node, Setting, SignedTwice, Tally, beginning, steps

State = tuple[int, ...]
"""For each honest validator the number of its node."""


@dataclass
class Found:
    """What a search came to."""

    states: int = 0
    transitions: int = 0
    seconds: float = 0.0
    """Of processor time."""
    violation: str = ""
    trace: tuple[str, ...] = ()
    """How it came about, a line a step."""
    forks: list[tuple[Node, ...]] = field(default_factory=list)
    """States in which two blocks can be sealed, where these are expected."""

    def line(self, name: str) -> str:
        """For people."""
        said = self.violation or "nothing wrong"
        return (
            f"{name}: {self.states:,} states, {self.transitions:,} transitions, {self.seconds:.1f} s: {said}"
        )


class Search:
    """One search. With `forks`, disagreement is collected and not gone beyond, instead of a violation."""

    def __init__(self, setting: Setting, *, forks: bool = False) -> None:
        self._setting = setting
        self._forks = forks
        self._numbers: dict[Node, int] = {}
        self._nodes: list[Node] = []
        self._swapped: list[int] = []
        proposers = {setting.proposer(round_) for round_ in range(setting.rounds)}
        self._alike = [i for i, seat in enumerate(setting.honest) if seat not in proposers]
        self._came_from: dict[State, tuple[State, str] | None] = {}
        self._successors: dict[object, list[tuple[str, int]]] = {}

    def run(self, limit: int | None = None) -> Found:
        """Visit everything, or until a violation, or `limit` states."""
        found, began = Found(), process_time()
        queue: deque[State] = deque()
        try:
            for choice in product(*beginning(self._setting)):
                self._visit(tuple(self._number(node) for node in choice), None, queue, found)
            while queue and not found.violation and (limit is None or len(self._came_from) < limit):
                self._expand(queue.popleft(), queue, found)
        except SignedTwice as error:
            found.violation = f"an honest validator signed twice: {error}"
        found.states, found.seconds = len(self._came_from), process_time() - began
        return found

    def _expand(self, state: State, queue: deque[State], found: Found) -> None:
        nodes = tuple(self._nodes[number] for number in state)
        tally = Tally(self._setting, nodes)
        for index, seat in enumerate(self._setting.honest):
            for why, number in self._steps(state[index], seat, tally, tally.view()):
                found.transitions += 1
                after = (*state[:index], number, *state[index + 1 :])
                self._visit(after, (state, f"{self._name(index)} {why}"), queue, found)

    def _name(self, index: int) -> str:
        """Who it is, up to symmetry."""
        alike = self._alike if index in self._alike else [index]
        return f"seat {' or '.join(str(self._setting.honest[i]) for i in alike)}:"

    def _steps(self, number: int, seat: int, tally: Tally, view: object) -> list[tuple[str, int]]:
        """What a node may do depends on itself and on the counts, so the same need not be asked twice."""
        key = (number, seat, view)
        known = self._successors.get(key)
        if known is None:
            node = self._nodes[number]
            known = [(why, self._number(after)) for why, after in steps(self._setting, node, seat, tally)]
            self._successors[key] = known
        return known

    def _visit(
        self, state: State, origin: tuple[State, str] | None, queue: deque[State], found: Found
    ) -> None:
        canonical = self._canonical(state)
        if canonical in self._came_from:
            return
        self._came_from[canonical] = origin
        nodes = tuple(self._nodes[number] for number in canonical)
        sealable = Tally(self._setting, nodes).sealable()
        if len(sealable) > 1 and self._forks:
            found.forks.append(nodes)
            return
        if len(sealable) > 1:
            self._report(found, canonical, f"two values can be sealed, in rounds {sealable}")
        for node in nodes:
            if (offence := accused(node)) is not None:
                self._report(found, canonical, f"an honest validator would be accused: {offence}")
        queue.append(canonical)

    def _report(self, found: Found, state: State, violation: str) -> None:
        found.violation = violation
        lines = [violation]
        at: State | None = state
        while at is not None and (origin := self._came_from[at]) is not None:
            lines.append(f"{origin[1]}   -> {self._show(at)}")
            at = origin[0]
        found.trace = tuple(reversed(lines))

    def _show(self, state: State) -> str:
        return " | ".join(show(self._nodes[number]) for number in state)

    # ----- symmetry ---------------------------------------------------------

    def _canonical(self, state: State) -> State:
        return min(self._sorted(state), self._sorted(tuple(self._swapped[n] for n in state)))

    def _sorted(self, state: State) -> State:
        if len(self._alike) < 2:
            return state
        after = list(state)
        for index, number in zip(self._alike, sorted(state[i] for i in self._alike), strict=True):
            after[index] = number
        return tuple(after)

    def _number(self, node: Node) -> int:
        """The node's number; with it, the number of the node in which the values are exchanged."""
        number = self._numbers.get(node)
        if number is None:
            other = exchanged(node)
            for each in dict.fromkeys((node, other)):
                self._numbers[each] = len(self._nodes)
                self._nodes.append(each)
            number, twin = self._numbers[node], self._numbers[other]
            self._swapped += [twin, number] if twin != number else [number]
        return number


_OTHER = {None: None, 0: 0, 1: 2, 2: 1}
_OTHER_BLOCK = {None: None, BLOCKS[1]: BLOCKS[2], BLOCKS[2]: BLOCKS[1]}


def exchanged(node: Node) -> Node:
    """The node with values 1 and 2 exchanged."""
    state = node.state

    def pairs(said):  # type: ignore[no-untyped-def]
        return tuple(p if p is None else (_OTHER[p[0]], p[1]) for p in said)

    return Node(
        state=RoundState(
            round=state.round,
            step=state.step,
            locked_round=state.locked_round,
            locked_id=_OTHER_BLOCK[state.locked_id],
            valid_round=state.valid_round,
            valid_id=_OTHER_BLOCK[state.valid_id],
            polka_seen=state.polka_seen,
        ),
        proposals=pairs(node.proposals),
        prevotes=pairs(node.prevotes),
        precommits=tuple(_OTHER[v] for v in node.precommits),
        polkas=frozenset((r, _OTHER[v], vr) for r, v, vr in node.polkas),  # type: ignore[misc]
    )


# ----- what must hold -------------------------------------------------------

_ACCUSED: dict[object, object] = {}


def accused(node: Node) -> object:
    """The offence that what a validator signed amounts to, by the ledger's own judgement; None for none."""
    said = (node.proposals, node.prevotes, node.precommits)
    if said not in _ACCUSED:
        every = list(attestations(node))
        offences = (contradiction(a, b) for i, a in enumerate(every) for b in every[:i])
        _ACCUSED[said] = next((offence for offence in offences if offence is not None), None)
    return _ACCUSED[said]


def attestations(node: Node, signers: str = "AQ") -> Iterator[Attestation]:
    """Everything that a validator signed."""
    for round_, proposal in enumerate(node.proposals):
        if proposal is not None:
            yield attest(Kind.PROPOSAL, round_, *proposal, signers)
    for round_, prevote in enumerate(node.prevotes):
        if prevote is not None:
            yield attest(Kind.PREVOTE, round_, *prevote, signers)
    for round_, precommit in enumerate(node.precommits):
        if precommit is not None:
            yield attest(Kind.PRECOMMIT, round_, precommit, -1, signers)


def attest(kind: Kind, round_: int, value: int, valid_round: int, signers: str) -> Attestation:
    return Attestation(
        kind=kind,
        round=round_,
        block_id=BLOCKS[value].hex(),
        valid_round=valid_round,
        signers=signers,
        signature="A" * 128,
    )


def show(node: Node) -> str:
    """A node in short: round, step, lock, prevotes and precommits."""
    state = node.state
    lock = "" if state.locked_id is None else f" locked {state.locked_round}"
    return f"r{state.round} {state.step.name.lower()}{lock} {node.prevotes} {node.precommits}"
