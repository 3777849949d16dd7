"""Real nodes with emptied disks join a running network by a snapshot, and contradict nothing they said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cli.network_plan import corridor_plan, render_plan
from tests.e2e.agreement import signed_in
from tests.e2e.test_failures import signs_after
from tests.e2e.world import CARRIER, OBSERVER, PORT, QINZHOU, World, eventually, run_sealane, tracebacks
from tests.ports import reserve_ports

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SYNC = "\n[sync]\nsnapshot_every_s = 1\nsnapshot_threshold = 4\n"
"""Snapshots as often as blocks come, and worth it at once."""


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A network of its own, whose nodes take a snapshot every second of block time."""
    folder = tmp_path_factory.mktemp("eager")
    plan = corridor_plan()
    plan = replace(plan, port_base=reserve_ports(), parameters=replace(plan.parameters, heartbeat_ms=1_500))
    (folder / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
    run_sealane("network", "init", "net", "--config", "plan.toml", cwd=folder)
    found = World(folder / "net")
    for place in found.places.values():
        config = place.directory / "node.toml"
        config.write_text(config.read_text(encoding="utf-8") + SYNC, encoding="utf-8")
    try:
        found.sealane("network", "up", "net")
        yield found
    finally:
        found.close()


def offered(world: World, *nodes: str) -> bool:
    """Whether these have finished a snapshot that is high enough."""
    return all(
        any(int(offer.parent.name.partition("-")[0]) >= 4 for offer in files)
        for files in ((world.places[node].directory / "data").glob("snapshots/*/offer") for node in nodes)
    )


def says(world: World, node: str, event: str) -> None:
    """A node logs an event: it may be ready a moment before."""
    eventually(lambda: event in world.log(node), f"{node} says {event!r}")


def emptied(world: World, node: str) -> Path:
    """Kill a node and take everything that it stored; its directory."""
    world.kill(node)
    directory = world.places[node].directory
    shutil.rmtree(directory / "data")
    return directory


def test_an_emptied_observer_joins_by_a_snapshot_and_has_what_all_have(eager: World) -> None:
    for _ in range(5):
        eager.tick()
    eventually(lambda: offered(eager, PORT, CARRIER), "snapshots are taken")
    emptied(eager, OBSERVER)
    eager.start(OBSERVER)
    says(eager, OBSERVER, "joined by a snapshot")
    height = int(eager.tick(OBSERVER)["height"])
    eager.await_height(height, PORT, OBSERVER)
    header = f"/v1/headers/{height}"
    # The tip's seal may name other signers at another node: only the next header commits to one of them.
    found = [eager.client(PORT, node).get(header)["header"] for node in (OBSERVER, PORT)]
    assert found[0] == found[1]
    for statement_id, answer in eager.sealed.items():
        found = eager.client(PORT, OBSERVER).get(f"/v1/statements/{statement_id}")
        assert found["index"] == answer["index"], "the last hour came along"
    eager.kill(OBSERVER)
    check = eager.said("node", "check", eager.places[OBSERVER].directory)
    assert check["sound"], check
    eager.start(OBSERVER)


def test_a_validator_that_lost_its_disk_joins_by_a_snapshot_and_votes_without_contradiction(
    eager: World,
) -> None:
    eventually(lambda: offered(eager, PORT, CARRIER), "snapshots are taken")
    eager.tick()
    directory = emptied(eager, QINZHOU)
    (journal,) = (directory / "keys").glob("*.journal")
    before = signed_in(journal)
    journal.unlink()
    height = int(eager.tick()["height"])
    eager.start(QINZHOU)
    says(eager, QINZHOU, "joined by a snapshot")
    says(eager, QINZHOU, "abstaining: the signing journal is new")
    signs_after(eager, QINZHOU, height)
    after = signed_in(journal)
    assert after
    for place in before.keys() & after.keys():
        assert before[place] == after[place]
    assert min(place[0] for place in after) > height
    assert not tracebacks(eager)
