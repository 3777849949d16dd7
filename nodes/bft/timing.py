"""How long to wait, and whether a block's time is believable: pure arithmetic on numbers given.

Timeouts are each validator's own affair and only progress depends on them;
timeliness (clauses T1 to T4) uses the parameters of the height, which all share.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.genesis import Parameters
from ledger.primitives import Round, TimeMs
from nodes.bft.round import Timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a validator waits, in milliseconds."""

    propose_ms: int = 1_000
    """For the proposal of round 0."""
    prevote_ms: int = 500
    """For more prevotes, after a quorum of differing ones."""
    precommit_ms: int = 500
    """For more precommits, after a quorum of differing ones."""
    growth_ms: int = 500
    """Added with every round, so that some round outlasts any delay there is (L3)."""
    silent_ms: int = 200
    """For the proposal of round 0 when nothing was heard of the proposer for `SILENT_HEIGHTS` (L4)."""
    rebroadcast_ms: int = 500
    """Between saying the same votes again."""
    longest_ms: int = 60_000
    """No wait is longer."""

    def duration_ms(self, timeout: Timeout, round_: Round, *, silent: bool = False) -> int:
        """How long to wait in this round."""
        if timeout is Timeout.REBROADCAST:
            return self.rebroadcast_ms
        first = {
            Timeout.PROPOSE: self.silent_ms if silent else self.propose_ms,
            Timeout.PREVOTE: self.prevote_ms,
            Timeout.PRECOMMIT: self.precommit_ms,
        }[timeout]
        return min(first + self.growth_ms * round_, self.longest_ms)


SILENT_HEIGHTS = 3
"""Heights without a word after which a validator counts as silent."""


def delay_ms(parameters: Parameters, round_: Round) -> int:
    """How long a proposal may travel in this round: half as much again with every round (T3)."""
    return parameters.message_delay_ms * (2 + round_) // 2


def is_timely(time_ms: int, clock_ms: TimeMs, round_: Round, parameters: Parameters) -> bool:
    """Whether a fresh block's time agrees with the clock on receipt (T2)."""
    early = time_ms - parameters.precision_ms
    late = time_ms + delay_ms(parameters, round_) + parameters.precision_ms
    return early <= clock_ms <= late


def block_time_ms(parent_time_ms: TimeMs, clock_ms: TimeMs) -> TimeMs:
    """The time of a new block: the clock's, yet later than the parent's (T1)."""
    return TimeMs(max(parent_time_ms + 1, clock_ms))
