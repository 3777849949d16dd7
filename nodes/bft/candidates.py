"""The proposals and blocks of one height: what is held, what was checked, what is wanted.

A proposal is taken from the round's own proposer, or from whoever answers our
wish for a block that a quorum voted for (P2, P3); so a peer can make us hold one
block for each of two rounds, and nothing else. Checks are asked for here and
their answers recorded; what follows from them is for `driver`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.block import Block, header_id
from ledger.primitives import Hash, Round
from nodes.bft.messages import Proposal

UNVERIFIED_ANSWERS = 2
"""Proposals of one sender that may be under check at once because their block is missing (P3)."""


@dataclass(slots=True)
class Candidate:
    """One block that may be decided."""

    block: Block
    block_id: Hash
    raw: bytes = b""
    """A genuine message that holds it; empty while there is none."""
    verdict: str | None = None
    """None until judged; empty when valid; else why it is not."""
    own: bool = False
    """Whether we built it, so that the journal has it with our own proposal."""
    asked: bool = False
    """Whether the application was asked to judge it."""


@dataclass(slots=True)
class Held:
    """One proposal."""

    proposal: Proposal
    candidate: Candidate
    sender: str
    raw: bytes
    timely: bool
    """By the round's proposer and with a believable time, or a re-proposal, of which neither is asked."""
    checks: set[int] = field(default_factory=set)
    """Numbers of the checks not yet answered."""
    rejected: bool = False
    """Whether a check failed."""

    @property
    def genuine(self) -> bool:
        """Whether signature and polka verified."""
        return not self.checks and not self.rejected


Key = tuple[Round, Hash, Round]
"""Round, block id, valid round."""


class Candidates:
    """All of one height. Mutable, and owned by the core."""

    def __init__(self) -> None:
        self._held: dict[Key, Held] = {}
        self._blocks: dict[Hash, Candidate] = {}
        self.wanted: dict[tuple[Round, Hash], int] = {}
        """What a quorum voted for and we lack, with how often we asked."""
        self._asked: dict[tuple[Round, Hash], int] = {}
        """How often we asked for what came, should it have been something else."""
        self._false: set[str] = set()
        """Who sent a proposal that did not verify: an honest node never does."""

    def takes(
        self, proposal: Proposal, block_id: Hash, sender: str, *, proposer: str, current: Round
    ) -> bool:
        """Whether this proposal may come in: P2, P3."""
        if (proposal.round, block_id, proposal.valid_round) in self._held or sender in self._false:
            return False
        if self._wished_for(proposal.round, block_id):
            return (
                sum(h.sender == sender and bool(h.checks) for h in self._held.values()) < UNVERIFIED_ANSWERS
            )
        if sender != proposer or not current <= proposal.round <= current + 1:
            return False
        return all(round_ != proposal.round for round_, _, _ in self._held)

    def _wished_for(self, round_: Round, block_id: Hash) -> bool:
        """Whether this very proposal is missing, or its block by whatever proposal."""
        lacking = block_id not in self._blocks
        return any(wish == block_id and (of == round_ or lacking) for of, wish in self.wanted)

    def hold(self, proposal: Proposal, block_id: Hash, sender: str, raw: bytes, *, timely: bool) -> Held:
        """Keep a proposal, and its block unless it is kept already."""
        candidate = self._blocks.setdefault(block_id, Candidate(block=proposal.block, block_id=block_id))
        held = Held(proposal=proposal, candidate=candidate, sender=sender, raw=raw, timely=timely)
        self._held[proposal.round, block_id, proposal.valid_round] = held
        return held

    def settle(self, held: Held) -> None:
        """Note that a proposal is genuine: it can be handed on, and nobody need be asked for its block."""
        held.candidate.raw = held.candidate.raw or held.raw
        for wish in [wish for wish in self.wanted if wish[1] == held.candidate.block_id]:
            self._asked[wish] = self.wanted.pop(wish)

    def add_own(self, block: Block) -> Candidate:
        """Keep a block that we built ourselves, which needs no judging."""
        block_id = header_id(block.header)
        candidate = self._blocks.setdefault(block_id, Candidate(block=block, block_id=block_id))
        candidate.verdict, candidate.own = "", True
        return candidate

    def was_timely(self, block_id: Hash) -> bool:
        """Whether every proposal of the block that we held agreed with our clock."""
        return all(held.timely for held in self._held.values() if held.candidate.block_id == block_id)

    def drop(self, held: Held) -> None:
        """Forget a proposal that turned out false, and take none from its sender any more.

        Its block stays: another proposal may hold it too.
        """
        held.rejected = True
        self.distrust(held.sender)
        key = (held.proposal.round, held.candidate.block_id, held.proposal.valid_round)
        if self._held.get(key) is held:
            del self._held[key]

    def distrust(self, sender: str) -> None:
        """Take no more proposals from a sender at this height."""
        self._false.add(sender)

    def distrusts(self, sender: str) -> bool:
        """Whether a sender's proposals are not looked at any more."""
        return sender in self._false

    def candidate(self, block_id: Hash | None) -> Candidate | None:
        """The block of that id."""
        return self._blocks.get(block_id) if block_id is not None else None

    def first(self, round_: Round) -> Held | None:
        """The genuine proposal of a round that came first."""
        return next((held for held in self.of_round(round_) if held.genuine), None)

    def of_round(self, round_: Round) -> Iterator[Held]:
        """The proposals of a round, oldest first."""
        return (held for key, held in self._held.items() if key[0] == round_)

    def exact(self, round_: Round, block_id: Hash, valid_round: Round) -> Held | None:
        """The genuine proposal of this block with this valid round in this round."""
        held = self._held.get((round_, block_id, valid_round))
        return held if held is not None and held.genuine else None

    def want(self, round_: Round, block_id: Hash) -> bool:
        """Note that a proposal is missing; True when that is news."""
        if (round_, block_id) in self.wanted:
            return False
        self.wanted[round_, block_id] = self._asked.get((round_, block_id), 0)
        return True

    def prune(self, current: Round, keep: frozenset[Hash]) -> None:
        """Forget the proposals of rounds before the last, and the blocks that nothing refers to any more."""
        for key in [key for key in self._held if key[0] < current - 1]:
            del self._held[key]
        named = keep | {block_id for _, block_id, _ in self._held}
        for block_id in [block_id for block_id in self._blocks if block_id not in named]:
            del self._blocks[block_id]
        for wishes in (self.wanted, self._asked):
            for wish in [wish for wish in wishes if wish[0] < current - 1 and wish[1] not in keep]:
                del wishes[wish]
