"""Counting: the votes of one round by ballot, genuine or not yet known to be.

Plain bookkeeping. Which votes come in, which are checked and what a count means is for `votes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.primitives import Hash, Round
from ledger.seal import VoteType
from nodes.bft.messages import Certificate


class Ballot(NamedTuple):
    """What equal votes have in common: the polka key (round, block id, valid round) and the type."""

    type: VoteType
    round: Round
    block_id: Hash
    valid_round: Round


@dataclass(slots=True)
class Tally:
    """The votes for one ballot."""

    genuine: dict[int, bytes] = field(default_factory=dict)
    """Verified signatures by seat."""
    doubted: dict[int, dict[str, bytes]] = field(default_factory=dict)
    """Signature by seat and sender."""
    certificate: Certificate | None = None
    """The proof that a quorum cast it."""
    certified: tuple[int, ...] = ()
    """Seats of the certificate."""
    job: int | None = None
    """The check under way."""

    def seats(self) -> set[int]:
        """Seats known to have cast it."""
        return self.genuine.keys() | set(self.certified)

    def possible(self) -> set[int]:
        """Seats that are said to have cast it."""
        return self.seats() | self.doubted.keys()

    def may_reach(self, count: int) -> bool:
        """Whether so many seats are said to have cast it; most ballots of a liar are told by their size."""
        most = len(self.genuine) + len(self.certified) + len(self.doubted)
        return most >= count and len(self.possible()) >= count


class Convicting(NamedTuple):
    """Of each type and seat, on how many ballots of a round there is a vote that could convict it."""

    genuine: Counter[tuple[VoteType, int]]
    """Verified."""
    delivered: Counter[tuple[VoteType, int]]
    """Not verified yet, and brought by the seat's own organisation."""


@dataclass(slots=True)
class Bucket:
    """All votes of one round."""

    tallies: dict[Ballot, Tally] = field(default_factory=dict)
    slots: Counter[tuple[VoteType, int, str]] = field(default_factory=Counter)
    """Places taken by doubted votes: type, seat, sender."""
    changed: bool = True
    """Whether anything came or went since it was last looked at for due checks."""

    def known(self, kind: VoteType | None) -> set[int]:
        """Seats with a genuine vote of this type, or of any."""
        return {s for b, t in self.tallies.items() if kind in (None, b.type) for s in t.seats()}

    def possible(self, kind: VoteType | None) -> set[int]:
        """Seats with any vote of this type, genuine or doubted."""
        waiting = {s for b, t in self.tallies.items() if kind in (None, b.type) for s in t.doubted}
        return waiting | self.known(kind)

    def may_reach(self, kind: VoteType, count: int) -> bool:
        """Whether any one ballot of this type may have that many seats."""
        return any(b.type is kind and t.may_reach(count) for b, t in self.tallies.items())

    def convicting(self, organisations: Sequence[str]) -> Convicting:
        """What could convict, counted once for all ballots: anyone can make as many as there are seats.

        `organisations` are those of the seats.
        """
        votes = self.tallies.items()
        return Convicting(
            genuine=Counter((b.type, seat) for b, t in votes for seat in t.genuine),
            delivered=Counter(
                (b.type, seat)
                for b, t in votes
                for seat, by in t.doubted.items()
                if organisations[seat] in by
            ),
        )

    def busy(self, kind: VoteType | None) -> bool:
        """Whether a check of this type, or of any, is under way."""
        return any(t.job is not None for b, t in self.tallies.items() if kind in (None, b.type))
