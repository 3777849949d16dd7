"""No honest node throws out another: what it sends can never look like a breach of the protocol."""

from __future__ import annotations

from tests.simulation.invariants.base import Invariant, Violation


class Blame(Invariant):
    """Who is accused."""

    name = "blame"

    def blamed(self, by: str, whom: str, reason: str) -> None:
        if whom.partition("/")[0] not in self.setting.traitors:
            raise Violation(f"{by} throws out {whom}, which is honest: {reason}")
