"""The list of all invariants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.simulation.invariants.accountability import Accountability
from tests.simulation.invariants.acknowledged import Acknowledged
from tests.simulation.invariants.agreement import Agreement
from tests.simulation.invariants.base import Invariant, Setting
from tests.simulation.invariants.batches import Batches
from tests.simulation.invariants.blame import Blame
from tests.simulation.invariants.double_sign import DoubleSign
from tests.simulation.invariants.evidence import Evidence
from tests.simulation.invariants.finality import Finality
from tests.simulation.invariants.locks import Locks
from tests.simulation.invariants.memory import Memory
from tests.simulation.invariants.seals import Seals
from tests.simulation.invariants.sets import Sets
from tests.simulation.invariants.state import State
from tests.simulation.invariants.validity import Validity


def in_a_fork(setting: Setting, accountability: Accountability) -> list[Invariant]:
    """What still holds when there are more traitors than the protocol bears."""
    return [
        Sets(setting),
        Seals(setting),
        DoubleSign(setting),
        Locks(setting),
        Memory(setting),
        accountability,
    ]


def all_invariants(
    setting: Setting,
    *,
    signed: Mapping[bytes, Any],
    batches: Sequence[bytes],
    reached: Callable[[str], None],
    founding: dict[str, bytes],
    genesis_leaf: bytes,
    entries: int,
    size: int,
) -> list[Invariant]:
    """One of each, for one simulation."""
    return [
        Sets(setting),
        Agreement(setting),
        Validity(setting, signed, entries=entries, size=size),
        Batches(setting, batches, reached),
        Seals(setting),
        DoubleSign(setting),
        Locks(setting),
        State(setting, founding, genesis_leaf),
        Acknowledged(setting),
        Finality(setting),
        Blame(setting),
        Evidence(setting),
        Memory(setting),
    ]
