"""Containers killed, paused and cut off: the network goes on or waits, and nothing acknowledged is lost."""

from __future__ import annotations

import pytest

from tests.docker.containers import Containers
from tests.e2e.agreement import check_nothing_lost, check_same_chain
from tests.e2e.test_failures import became, pending
from tests.e2e.world import CARRIER, HAIPHONG, OBSERVER, PORT, QINZHOU, tracebacks

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


@pytest.fixture(autouse=True)
def whole(world: Containers) -> None:
    """Each test begins on a network that seals."""
    world.await_ready()
    world.tick()


def test_a_killed_container_is_not_missed_and_catches_up(world: Containers) -> None:
    world.kill(QINZHOU)
    for node in (PORT, CARRIER, OBSERVER):
        height = int(world.tick(node)["height"])
    world.start(QINZHOU)
    world.await_height(height, QINZHOU)


def test_a_paused_container_catches_up(world: Containers) -> None:
    world.pause(HAIPHONG)
    try:
        height = int(world.tick(PORT)["height"])
    finally:
        world.resume(HAIPHONG)
    world.await_height(height, HAIPHONG)
    world.await_ready(HAIPHONG)


def test_one_cut_off_cannot_seal_and_catches_up(world: Containers) -> None:
    world.cut(CARRIER)
    try:
        height = int(world.tick(PORT)["height"])
        waiting = pending(world, CARRIER, world.container(node=CARRIER))
        assert world.height(CARRIER) < height
        assert world.client(PORT, CARRIER).get(f"/v1/statements/{waiting}")["status"] == "pending"
    finally:
        world.join(CARRIER)
    world.await_height(height, CARRIER)
    assert became(world, CARRIER, waiting)["status"] == "sealed"


def test_halves_wait_for_each_other(world: Containers) -> None:
    world.cut(QINZHOU, PORT)
    try:
        before = world.height(PORT), world.height(CARRIER)
        waiting = {node: pending(world, node, world.container(node=node)) for node in (PORT, CARRIER)}
        assert (world.height(PORT), world.height(CARRIER)) == before
    finally:
        world.join(QINZHOU, PORT)
    for node, statement_id in waiting.items():
        assert became(world, node, statement_id)["status"] == "sealed"


def test_the_power_fails_everywhere(world: Containers) -> None:
    world.kill(*world.places)
    world.start(*world.places)
    world.tick(OBSERVER)


def test_afterwards_every_node_has_everything(world: Containers) -> None:
    last = int(world.tick()["height"])
    world.await_height(last)
    assert len(world.sealed) >= 10
    check_nothing_lost(world)
    assert check_same_chain(world) >= last
    assert not tracebacks(world)
    for node in world.places:
        done = world.engine.inside(node, f"sealane node check /network/nodes/{node}")
        assert done.returncode == 0, done
