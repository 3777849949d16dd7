"""What a seed means: how many validators, which of them are traitors, which faults, for how long.

Every seed turns on some faults and leaves others off, since a network in which
everything goes wrong at once reaches less than many in which two things do.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.simulation.world import ROLES

SIZES = {4: 76, 5: 12, 7: 8, 10: 4}
"""How often each: mostly the smallest, where few messages make many schedules."""

ADVERSARIES = (
    "equivocator",
    "amnesiac",
    "silent",
    "withholder",
    "wrong_state_proposer",
    "stale_vote_replayer",
    "time_liar",
    "flooder",
    "twins",
    "restored",
)
"""The names of `tests.simulation.adversaries`."""

FAULTS = (
    "crash",
    "crash at a boundary",
    "crash of all",
    "clean restart",
    "partition",
    "one-way partition",
    "rolling partition",
    "slow node",
    "clock jump",
    "full disk",
    "lost journal",
    "lost journals of many",
    "lost disk",
    "old database",
)
"""What the schedule of a seed draws from; lossy links and crooked clocks are there from the start."""

TREASON_EVERY = 25
"""One seed of so many is of the mode `treason`."""

CHANGES = ("add", "remove", "rotation", "rotation by ballot")
"""Changes of the validator set."""

HEIGHTS = 20
"""Every seed decides at least so many."""

STORM_S = {"safety": 30.0, "liveness": 15.0, "treason": 20.0}
"""Most seconds of faults, before everything heals."""

STORM_HEIGHTS = {"safety": 20, "liveness": 12, "treason": 1_000}
"""Heights decided in the meantime, after which it heals sooner."""


@dataclass(frozen=True)
class Scenario:
    """One seed, spelled out."""

    seed: int
    mode: str
    """`safety`: faults until the heights are decided. `liveness`: a short storm, then peace.

    `treason`: more traitors than the protocol bears make the ledger fork, and are to be named.
    """
    size: int
    real_bls: bool
    traitors: tuple[tuple[int, str], ...]
    """Seats, and what sits in them."""
    delay: float
    jitter: float
    loss: float
    repeat: float
    reorder: float
    skew_ms: float
    """Clocks are off by up to this much; drift up to a thousandth."""
    faults: tuple[str, ...]
    pace_s: float
    """Mean time between two faults."""
    statements_s: float
    """Mean time between two statements."""
    pairs: bool
    """Whether clients like to submit two statements that contradict each other."""
    changes: tuple[str, ...]
    """What becomes of the validator set, in this order."""
    snapshots: bool
    """Whether nodes take snapshots, and join with them."""
    late: bool
    """Whether those who are to be added start their nodes later than the others."""

    @property
    def newcomers(self) -> int:
        """How many nodes there are besides the founding validators."""
        return self.changes.count("add")

    @property
    def largest(self) -> int:
        """Of how many validators a set may be."""
        return self.size + self.newcomers

    @property
    def faults_bearable(self) -> int:
        """How many may be faulty in each of the sets, whatever the order of changes."""
        return (self.size - self.changes.count("remove") - 1) // 3

    def __str__(self) -> str:
        traitors = ", ".join(f"{name} in seat {seat}" for seat, name in self.traitors) or "no traitor"
        bls = "real BLS" if self.real_bls else "quick signatures"
        return (
            f"{self.mode}, {self.size} validators, {traitors}, {bls}; links {self.delay * 1000:.0f} ms "
            f"+ {self.jitter * 1000:.0f} ms, loss {self.loss:.0%}, repeated {self.repeat:.0%}, reordered "
            f"{self.reorder:.0%}; clocks off by {self.skew_ms:.0f} ms; "
            f"{', '.join(self.faults) or 'no faults'}; set: {', '.join(self.changes) or 'unchanged'}"
        )


def scenario_of(seed: int) -> Scenario:
    """The scenario that a seed stands for."""
    random = Random(f"scenario {seed}")
    size = random.choices(list(SIZES), list(SIZES.values()))[0]
    traitors = _traitors(random, size)
    wild = random.random() < 0.3
    changes, traitors = _changes(Random(f"changes {seed}"), size, traitors)
    extra = Random(f"joining {seed}")
    late = "add" in changes and extra.random() < 0.6
    mode = "liveness" if seed % 3 == 0 else "safety"
    if seed % TREASON_EVERY == TREASON_EVERY - 1:
        mode, changes, traitors = "treason", (), _conspiracy(Random(f"conspiracy {seed}"), size)
    return Scenario(
        seed=seed,
        mode=mode,
        size=size,
        real_bls=seed % 10 == 9,
        traitors=traitors,
        delay=random.choice((0.001, 0.005, 0.02, 0.05, 0.2)),
        jitter=random.choice((0.001, 0.01, 0.05, 0.2)),
        loss=random.choice((0.0, 0.0, 0.01, 0.05, 0.3 if wild else 0.1)),
        repeat=random.choice((0.0, 0.0, 0.01, 0.1)),
        reorder=random.choice((0.0, 0.0, 0.01, 0.1)),
        skew_ms=random.choice((0.0, 50.0, 450.0, 1_500.0 if wild else 450.0)),
        faults=tuple(fault for fault in FAULTS if random.random() < 0.3),
        pace_s=random.choice((0.5, 1.5, 4.0)),
        statements_s=random.choice((0.2, 0.5, 1.5)),
        pairs=random.random() < 0.7,
        changes=changes,
        snapshots=extra.random() < 0.15 or (late and extra.random() < 0.5),
        late=late,
    )


def _changes(
    random: Random, size: int, traitors: tuple[tuple[int, str], ...]
) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """In one seed of four the set changes; sometimes to be rid of a traitor, who does not take it well."""
    if random.random() > 0.25:
        return (), traitors
    changes = [random.choice(CHANGES) for _ in range(random.randint(1, 3))]
    if traitors and random.random() < 0.4:
        traitors = ((traitors[0][0], "ousted"), *traitors[1:])
        changes = ["remove", *(change for change in changes if change != "remove")]
    elif len(traitors) > (size - changes.count("remove") - 1) // 3:
        changes = [change for change in changes if change != "remove"]
    room = len(ROLES) - size
    adds = [place for place, change in enumerate(changes) if change == "add"][room:]
    return tuple(change for place, change in enumerate(changes) if place not in adds), traitors


def _conspiracy(random: Random, size: int) -> tuple[tuple[int, str], ...]:
    """As many as it takes for two quorums that have nobody else in common."""
    quorum = 2 * size // 3 + 1
    return tuple((seat, "conspirator") for seat in sorted(random.sample(range(size), 2 * quorum - size)))


def _traitors(random: Random, size: int) -> tuple[tuple[int, str], ...]:
    faults = (size - 1) // 3
    if random.random() < 0.25:
        return ()
    seats = sorted(random.sample(range(size), random.randint(1, faults)))
    return tuple((seat, random.choice(ADVERSARIES)) for seat in seats)
