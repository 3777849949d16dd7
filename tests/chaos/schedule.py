"""What goes wrong when: a pure function of the seed, printed before it happens.

A run is a row of phases. In each, faults of several kinds overlap for some seconds;
then everything is healed and the network has to make progress. Kinds are dealt
from a shuffled deck, so a long run meets every one of them, several times. Processes and
kernels take their own time, so a seed gives the same faults at the same places, not the same run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PHASE_S = (8.0, 16.0)
"""How long faults of a phase last, from its beginning."""

WEATHER = ("loss", "latency", "duplication", "reordering")
PARTITIONS = ("halves", "isolation", "one-way", "rolling", "bridge")
PROCESSES = ("kill-one", "kill-several", "kill-all", "kill-catching-up", "pause-one", "pause-several")
MACHINES = ("clock-jump", "clock-skew", "disk-full")
APART = ("halves", "rolling", "bridge")
"""Partitions after which those who are not named may not hear each other either."""

KINDS = (*WEATHER, *PARTITIONS, *PROCESSES, *MACHINES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong for a while."""

    kind: str
    begin_s: float
    """Since the beginning of the phase."""
    end_s: float
    nodes: tuple[str, ...]
    """Whom it befalls; for partitions, one side, for a bridge, its middle."""
    number: int = 0
    """Milliseconds of a clock's error; 0 where there is nothing to count."""

    def __str__(self) -> str:
        number = f" {self.number:+d} ms" if self.number else ""
        return f"{self.begin_s:5.1f}-{self.end_s:5.1f} s  {self.kind:17}{number} {' '.join(self.nodes)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Faults that overlap."""

    number: int
    faults: tuple[Fault, ...]

    def spared(self, validators: Sequence[str]) -> frozenset[str]:
        """The validators that only weather hits, if they are a quorum and can hear each other; else none."""
        if any(fault.kind in APART for fault in self.faults):
            return frozenset()
        hit = {name for fault in self.faults if fault.kind not in WEATHER for name in fault.nodes
               if fault.kind != "clock-skew"}  # fmt: skip
        left = frozenset(validators) - hit
        return left if len(left) >= len(validators) - (len(validators) - 1) // 3 else frozenset()

    def __str__(self) -> str:
        return "\n".join([f"phase {self.number}", *(f"  {fault}" for fault in self.faults)])


def phases(
    seed: int, validators: Sequence[str], observers: Sequence[str], only: Sequence[str] = ()
) -> Iterator[Phase]:
    """Phases without end, of all kinds or of some only."""
    allowed = only or KINDS
    calmer = [kind for kind in WEATHER if kind in allowed]
    chance = random.Random(f"schedule/{seed}")
    deck: list[str] = []
    number = 0
    while True:
        number += 1
        while len(deck) < 2:
            fresh = list(allowed)
            chance.shuffle(fresh)
            deck = fresh + deck
        kinds = [deck.pop() for _ in range(chance.choice((1, 2, 2)))]
        if calmer and chance.random() < 0.4:
            kinds.append(chance.choice(calmer))
        length_s = chance.uniform(*PHASE_S)
        dealt = dict.fromkeys(kinds)
        faults = [_fault(kind, length_s, chance, validators, observers) for kind in dealt]
        yield Phase(number=number, faults=tuple(sorted(faults, key=lambda fault: fault.begin_s)))


def _fault(
    kind: str, length_s: float, chance: random.Random, validators: Sequence[str], observers: Sequence[str]
) -> Fault:
    begin_s = round(chance.uniform(0, length_s / 4), 1)
    end_s = round(chance.uniform(length_s * 3 / 4, length_s), 1)
    everyone = (*validators, *observers)
    tolerated = (len(validators) - 1) // 3
    nodes: tuple[str, ...] = ()
    number = 0
    if kind in ("isolation", "one-way", "bridge", "kill-one", "pause-one", "disk-full"):
        nodes = (chance.choice(everyone),)
    elif kind == "halves":
        nodes = tuple(sorted(chance.sample(everyone, len(everyone) // 2)))
    elif kind == "kill-several":
        # With four validators f is one: the observer is the other.
        nodes = (*sorted(chance.sample(list(validators), tolerated)), *observers[:1])
    elif kind == "pause-several":
        nodes = tuple(sorted(chance.sample(list(validators), tolerated + 1)))
    elif kind == "kill-catching-up":
        nodes = (chance.choice(validators),)
    elif kind == "clock-jump":
        # Beyond f wrong clocks nothing is promised.
        nodes = (chance.choice(validators),)
        number = chance.choice((-1, 1)) * chance.choice((2_500, 20_000, 600_000, 7_200_000))
    elif kind == "clock-skew":
        nodes = everyone
        number = chance.randint(100, 450)
    else:
        nodes = everyone
    return Fault(kind=kind, begin_s=begin_s, end_s=end_s, nodes=nodes, number=number)
