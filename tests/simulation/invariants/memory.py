"""Whatever peers send, a node keeps no more of it than docs/spec/consensus.md allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.invariants.base import Invariant, Violation

if TYPE_CHECKING:
    from nodes.bft.work import Work

ROUNDS_KEPT = 8 + 1 + 1
"""V1: the current round, the next, and 8 past ones, for the votes of all."""
FAR_ROUNDS = 2
"""V1: beyond the next, a validator's own, in its 2 newest rounds."""
VERIFIED_VOTES, TYPES = 2, 2
"""Two genuine votes of a seat convict it; prevotes and precommits."""


class Memory(Invariant):
    """Clauses V1, V2, P2, P3, C2 and the section Limits."""

    name = "memory"

    def measured(self, node: str, work: Work | None, sizes: dict[str, int]) -> None:
        for what, limit in self.limits().items():
            if sizes.get(what, 0) > limit:
                raise Violation(f"{node} keeps {sizes[what]} {what}, the limit is {limit}")

    def limits(self) -> dict[str, int]:
        """What there may be of each kind."""
        n = self.setting.timeline.most
        near = ROUNDS_KEPT * TYPES * n
        return {
            # A slot for each sender, type and seat, one more for its own seat; far rounds are its own only.
            "doubted votes": near * (n + 1) + FAR_ROUNDS * TYPES * n * 2,
            "genuine votes": (near + FAR_ROUNDS * TYPES * n) * VERIFIED_VOTES,
            # One proposal a round from its proposer, and two at a time from each who answers a wish.
            "proposals": (ROUNDS_KEPT + 1) + 2 * n + 4,
            "early messages": (16 + 2) * n,
            "statements in the pool": 20_000,
            "bytes in the pool": 67_108_864,
            "statements in the inbox": 8_192,
            "claims": 1_024,
        }
