"""The schedule is a function of its seed, meets every fault, and stays within what a network must stand."""

from __future__ import annotations

from itertools import islice

from tests.chaos.schedule import KINDS, Fault, Phase, phases

FOUR, SEVEN = [f"v{n}" for n in range(4)], [f"v{n}" for n in range(7)]


def first(count: int, seed: int = 5, names: list[str] = FOUR, only: tuple[str, ...] = ()) -> list[Phase]:
    return list(islice(phases(seed, names, ["o"], only), count))


def test_a_seed_gives_the_same_schedule_and_another_a_different_one() -> None:
    assert first(30) == first(30)
    assert first(30) != first(30, seed=6)
    assert "\n".join(map(str, first(30))) == "\n".join(map(str, first(30)))


def test_every_kind_of_fault_comes_within_a_run_of_ten_minutes() -> None:
    for seed in range(20):
        assert {fault.kind for phase in first(22, seed) for fault in phase.faults} == set(KINDS)


def test_faults_of_a_phase_overlap() -> None:
    for phase in first(50):
        assert max(f.begin_s for f in phase.faults) < min(f.end_s for f in phase.faults)


def test_wrong_clocks_never_exceed_what_is_tolerated() -> None:
    """Far more than f wrong clocks could seal a time to come, which nothing promises to survive."""
    for phase in first(200, names=SEVEN):
        jumps = [fault for fault in phase.faults if fault.kind == "clock-jump"]
        assert all(len(fault.nodes) == 1 and abs(fault.number) > 2_000 for fault in jumps)
        skews = [fault for fault in phase.faults if fault.kind == "clock-skew"]
        assert all(2 * fault.number < 1_000 for fault in skews), "less apart than the precision"


def test_several_killed_are_f_validators_and_an_observer() -> None:
    for names, tolerated in ((FOUR, 1), (SEVEN, 2)):
        kills = [f for p in first(100, names=names) for f in p.faults if f.kind == "kill-several"]
        assert kills
        assert all(len(set(fault.nodes) & set(names)) == tolerated for fault in kills)


def test_a_quorum_is_spared_when_f_validators_are_hit_at_most() -> None:
    def phase(*faults: tuple[str, tuple[str, ...]]) -> Phase:
        dealt = [Fault(kind=kind, begin_s=0, end_s=1, nodes=nodes) for kind, nodes in faults]
        return Phase(number=1, faults=tuple(dealt))

    weather, skew = ("loss", (*FOUR, "o")), ("clock-skew", (*FOUR, "o"))
    assert phase(weather, skew, ("kill-one", ("v1",))).spared(FOUR) == {"v0", "v2", "v3"}
    assert phase(("kill-one", ("o",))).spared(FOUR) == set(FOUR)
    assert phase(("kill-one", ("v1",)), ("isolation", ("v1",))).spared(FOUR) == {"v0", "v2", "v3"}
    assert phase(("kill-one", ("v1",)), ("isolation", ("v2",))).spared(FOUR) == set()
    assert phase(("bridge", ("o",))).spared(FOUR) == set()
    assert phase(("pause-several", ("v1", "v2", "v3"))).spared(SEVEN) == set()


def test_only_some_kinds_when_asked() -> None:
    found = {fault.kind for phase in first(10, only=("loss",)) for fault in phase.faults}
    assert found == {"loss"}
