"""Clauses of the protocol that are no event in a simulation: why not, and what shows them instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Elsewhere(NamedTuple):
    """Where a clause is shown."""

    reason: str
    where: str
    """A test, or an invariant that watches it in every run."""


_ALWAYS = "it holds at every step, and an invariant objects when it does not"
_FORMAT = "it says how messages look, which every message relies on"
_DEVIATION = "it names a difference from the paper, whose steps are clauses of their own"

ELSEWHERE: Mapping[str, Elsewhere] = {
    "B1": Elsewhere(
        "it is the timer of B2 and B3",
        "tests/nodes/bft/test_driver.py::test_vote_rebroadcast_repeats_the_same_bytes_and_those_of_others_that_verified",
    ),
    "C1": Elsewhere(
        "C3 and C5 begin with it",
        "tests/nodes/bft/test_limits.py::test_claims_of_any_number_of_peers_take_bounded_memory",
    ),
    "C4": Elsewhere(
        "heights are too few for an answer to reach its limits",
        "tests/nodes/bft/test_rejoining.py::test_c4_a_peer_gets_one_answer_at_a_time",
    ),
    "D1": Elsewhere(
        _DEVIATION, "tests/nodes/bft/test_driver.py::test_a_polka_counts_only_with_its_valid_round"
    ),
    "D2": Elsewhere(_DEVIATION, "tests/nodes/bft/test_round.py::test_clause"),
    "D3": Elsewhere(_DEVIATION, "tests/nodes/bft/test_round.py::test_clause"),
    "D5": Elsewhere(
        _DEVIATION, "tests/nodes/bft/test_driver.py::test_timeliness_is_not_asked_of_a_reproposal"
    ),
    "D6": Elsewhere(_DEVIATION, "tests/nodes/bft/test_intake.py::test_wishes_are_granted_within_bounds"),
    "D7": Elsewhere(
        _DEVIATION, "tests/nodes/bft/test_intake.py::test_asleep_it_starts_no_timer_and_proposes_nothing"
    ),
    "F3": Elsewhere(_ALWAYS, "tests/simulation/invariants/accountability.py"),
    "G3": Elsewhere(
        "the simulated members propose only what may pass",
        "tests/contracts/test_governance.py::test_a_removed_key_never_comes_back",
    ),
    "G4": Elsewhere(
        "it says that there is no bound",
        "tests/nodes/test_set_changes.py::test_the_whole_set_is_swapped_in_steps_under_load",
    ),
    "G8": Elsewhere(
        "it is about keys after the network has gone on without them",
        "tests/ledger/evidence/test_set_changes.py::test_retired_validators_seal_nothing_later",
    ),
    "J1": Elsewhere(_ALWAYS, "tests/simulation/invariants/double_sign.py"),
    "J5": Elsewhere(_ALWAYS, "tests/simulation/invariants/double_sign.py"),
    "M1": Elsewhere(_FORMAT, "tests/nodes/bft/test_messages.py::test_other_bytes_are_refused"),
    "M2": Elsewhere(_FORMAT, "tests/simulation/invariants/said.py"),
    "M3": Elsewhere(_FORMAT, "tests/nodes/bft/test_messages.py::test_round_trip"),
    "M4": Elsewhere(_FORMAT, "tests/simulation/invariants/said.py"),
    "M5": Elsewhere(_FORMAT, "tests/simulation/invariants/said.py"),
    "M6": Elsewhere(_FORMAT, "tests/nodes/bft/test_messages.py::test_round_trip"),
    "P2": Elsewhere(_ALWAYS, "tests/simulation/invariants/memory.py"),
    "P4": Elsewhere(_ALWAYS, "tests/simulation/invariants/seals.py"),
    "S1": Elsewhere(
        "honest nodes blame whoever proposes out of turn (P1), and no honest node may be blamed",
        "tests/simulation/invariants/blame.py",
    ),
    "T1": Elsewhere(_ALWAYS, "tests/simulation/invariants/validity.py"),
    "T3": Elsewhere(
        "it is the arithmetic of T2",
        "tests/nodes/bft/test_timing.py::test_timeliness_and_how_its_delay_grows",
    ),
    "V1": Elsewhere(_ALWAYS, "tests/simulation/invariants/memory.py"),
    "V2": Elsewhere(_ALWAYS, "tests/simulation/invariants/memory.py"),
}
