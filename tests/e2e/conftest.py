"""One network of the corridor's cast for all tests of this folder, started as anyone would start it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from cli.network_plan import corridor_plan, render_plan
from tests.e2e.trade import Trade, trade
from tests.e2e.world import OBSERVER, World, run_sealane, tracebacks
from tests.ports import reserve_ports

ABSTAINED_HEIGHTS = 2
"""What a validator with a new journal leaves out when the chain has begun without it."""

HEARTBEAT_MS = 5_000
"""As in the demo: a network at rest still shows that it lives."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Four validators and an observer, made from a plan in a file, and ready."""
    folder = tmp_path_factory.mktemp("world")
    plan = corridor_plan()
    plan = replace(
        plan, port_base=reserve_ports(), parameters=replace(plan.parameters, heartbeat_ms=HEARTBEAT_MS)
    )
    (folder / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
    run_sealane("network", "init", "net", "--config", "plan.toml", cwd=folder)
    found = World(folder / "net")
    try:
        found.sealane("network", "up", "net")
        for _ in range(ABSTAINED_HEIGHTS + 1):
            found.tick()  # whoever started so late that a block was sealed without it votes from here on (J6)
        yield found
    finally:
        found.close()


@pytest.fixture(name="healed")
def healed_fixture(world: World) -> Iterator[World]:
    """The network, for a test that hurts it: whole before and after, and nothing unexpected in the logs."""
    world.heal()
    yield world
    world.heal()
    assert not tracebacks(world)


@pytest.fixture(scope="session")
def traded(world: World) -> Trade:
    """A bill with its declaration and invoice on the network."""
    world.heal()
    return trade(world)


@pytest.fixture(scope="module")
def unharmed(world: World, traded: Trade) -> Iterator[None]:
    """After a module's tests the same processes run, are ready, seal, and logged nothing unexpected."""
    world.heal()
    before = world.pids()
    yield
    assert world.pids() == before
    world.await_ready()
    world.await_height(int(world.tick(OBSERVER)["height"]))
    assert not tracebacks(world)
