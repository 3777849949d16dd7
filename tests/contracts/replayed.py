"""What statements come to, said as state roots: run as a process to compare it between environments.

Every act of every table, from the world of its good case, and the corridor story; or,
where their folder is given, the published customs scenarios.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.contracts.models.walk import GOOD, state_root
from tests.contracts.test_story import corridor
from tests.contracts.world import World


def tables() -> Iterator[str]:
    """A line for each act."""
    for act, good in sorted(GOOD.items()):
        world = World()
        good.prepare(world)
        world.do(act, good.subject, good.who, good.body(world))
        yield f"{act} {state_root(world.state).hex()}"


def scenarios(place: Path) -> Iterator[str]:
    """A line for each published scenario."""
    from cli.scenario import load_scenarios
    from cli.scenario_play import Player

    for scenario in load_scenarios(place):
        player = Player(scenario)
        player.play()
        yield f"{scenario.name} {player.state} {state_root(player._sandbox._records).hex()}"


def lines(place: Path | None) -> list[str]:
    """The scenarios at a place; without one, acts and story."""
    if place is not None:
        return list(scenarios(place))
    return [*tables(), f"corridor {state_root(corridor().state).hex()}"]


if __name__ == "__main__":
    print("\n".join(lines(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
