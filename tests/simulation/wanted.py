"""What a batch of seeds must have reached together."""

from __future__ import annotations

from collections.abc import Mapping

ENOUGH_SEEDS = 200
"""From so many seeds on, something never reached means that the simulation does not look there."""

WANTED: tuple[str, ...] = (
    "R1 began a round",
    "R2 prevoted a fresh proposal",
    "R8 decided",
)
"""Faults, adversaries and clauses, as `coverage` and the simulation name them."""


def missing(counts: Mapping[str, int]) -> list[str]:
    """What was never reached."""
    return [name for name in WANTED if not counts.get(name)]
