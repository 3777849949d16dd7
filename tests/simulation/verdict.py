"""What a seed has come to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Verdict:
    """What came of a seed."""

    seed: int
    violation: str
    trace: str
    heights: int
    virtual_s: float
    faults: int
    calls: int
    slack: float
    """Share of the time allowed after the faults that was needed."""
    counts: dict[str, int]
    scenario: str
    transcript: list[str] = field(default_factory=list)
