"""The model is no narrower than the real core: whatever the core does on random schedules, the model allows.

Without this, an exhaustive search of the model would say nothing about the node.
"""

from __future__ import annotations

from collections import Counter

import pytest

from nodes.bft import driver
from nodes.bft import round as rules
from tests.exploration.mutants import DEEPER, MUTANTS
from tests.exploration.walk import Differs, Walk

LENGTH = 400


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("traitor", range(4))
def test_every_step_of_the_real_core_is_one_of_the_model(traitor: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(60):
        walk = Walk(traitor, seed)
        walk.run(LENGTH)
        seen["calls"] += walk.compared
        seen["decided"] += len(walk.decided)
        seen[f"came to round {walk.furthest}"] += 1
        seen["locked"] += any(node.state.locked_id is not None for node in walk.nodes.values())
    print(dict(seen))
    assert seen["calls"] > 5_000
    assert seen["decided"] > 5, "walks that never come to anything compare little"
    assert seen["came to round 1"] + seen["came to round 2"] > 10
    assert seen["locked"] > 5


@pytest.mark.parametrize("name", ["ignores its lock", "hides the valid round", "forgets to lock"])
def test_a_core_with_a_broken_rule_is_not_the_models(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison notices: otherwise it would prove nothing."""
    mutant = {**MUTANTS, **DEEPER}[name]

    class Broken:
        """The module of the rules as the driver sees it, with another `apply`."""

        def __getattr__(self, attribute: str) -> object:
            return mutant if attribute == "apply" else getattr(rules, attribute)

    monkeypatch.setattr(driver, "rules", Broken())
    with pytest.raises(Differs):
        _walk_on(400)


def _walk_on(walks: int) -> None:
    for seed in range(walks):
        Walk(seed % 4, seed).run(LENGTH)
