from __future__ import annotations

from nodes.network.limits import Limits
from nodes.network.penalties import Penalties
from tests.nodes.network.cluster import peer_of

LIMITS = Limits(penalty_first_s=10, penalty_cap_s=35, penalty_memory_s=100)


def test_penalties_grow_end_and_are_forgotten() -> None:
    now = [0.0]
    penalties = Penalties(LIMITS, lambda: now[0])
    a, b = peer_of("a"), peer_of("b")
    assert penalties.remaining_s(a) == 0
    assert penalties.add(a) == 10
    now[0] = 4.0
    assert (penalties.remaining_s(a), penalties.remaining_s(b)) == (6, 0)
    assert [penalties.add(a), penalties.add(a), penalties.add(a)] == [20, 35, 35]
    now[0] = 39.0
    assert penalties.remaining_s(a) == 0
    now[0] = 4.0 + 101
    assert penalties.add(a) == 10
