"""Nodes killed, hung and started again: the network goes on or waits, forgets nothing, and never forks."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.e2e.agreement import check_no_double_signing, check_nothing_lost, check_same_chain
from tests.e2e.hostile import Reply, ask
from tests.e2e.world import (
    CARRIER,
    HAIPHONG,
    OBSERVER,
    PORT,
    QINZHOU,
    VALIDATORS,
    World,
    eventually,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

FUTILE_WAIT_MS = 400
"""How long a submission is held where no quorum can seal it."""


def post(world: World, node: str, message: bytes, timeout_ms: int = FUTILE_WAIT_MS) -> Reply:
    path = f"/v1/statements?wait=final&timeout_ms={timeout_ms}"
    return ask(world.url(node), "POST", path, message, {"content-type": "application/cose"})


def pending(world: World, node: str, message: bytes) -> str:
    """Submit where nothing can be sealed; the statement's id."""
    reply = post(world, node, message)
    assert reply.status == 202, reply
    value = json.loads(reply.body)
    assert value["status"] == "pending"
    assert reply.headers["location"] == f"/v1/statements/{value['id']}"
    return str(value["id"])


def became(world: World, node: str, statement_id: str) -> dict[str, Any]:
    """What became of a statement, once it is not pending any more."""
    client, last = world.client(PORT, node), {"status": "pending"}

    def settled() -> bool:
        last.update(client.get(f"/v1/statements/{statement_id}"))
        return last["status"] != "pending"

    eventually(settled, f"{statement_id} is sealed or refused; {last}")
    return last


def signs_after(world: World, seat: str, height: int) -> None:
    """A validator's signature is in the seal of a block above a height."""
    looked, client = height, world.client(PORT, OBSERVER)

    def took_part() -> bool:
        nonlocal looked
        world.tick(OBSERVER)
        while looked < world.height(OBSERVER):
            looked += 1
            if seat in client.get(f"/v1/blocks/{looked}")["signed_by"]:
                return True
        return False

    eventually(took_part, f"{seat} signs a block above {height}")


def test_one_killed_validator_is_not_missed_and_comes_back(healed: World) -> None:
    healed.kill(QINZHOU)
    for node in (PORT, CARRIER, HAIPHONG, OBSERVER):
        height = int(healed.tick(node)["height"])
    block = healed.client(PORT, OBSERVER).get(f"/v1/blocks/{height}")
    assert QINZHOU in block["missing"]
    assert sorted(block["signed_by"]) == sorted((PORT, CARRIER, HAIPHONG))
    healed.start(QINZHOU)
    healed.await_height(height, QINZHOU)
    signs_after(healed, QINZHOU, healed.height(OBSERVER))


@pytest.mark.slow
@pytest.mark.parametrize("seat", [PORT, CARRIER, HAIPHONG])
def test_any_validator_can_be_the_one(healed: World, seat: str) -> None:
    healed.kill(seat)
    for _ in range(len(VALIDATORS)):
        healed.client(PORT, OBSERVER).submit(healed.container(node=OBSERVER))
    healed.start(seat)
    healed.await_height(healed.height(OBSERVER), seat)


def test_without_a_quorum_submissions_wait_and_are_not_lost(healed: World) -> None:
    down = (QINZHOU, HAIPHONG)
    healed.kill(*down)
    height = healed.height(OBSERVER)
    nodes = (PORT, CARRIER, OBSERVER)
    messages = {node: healed.container(node=node) for node in nodes}
    waiting = {node: pending(healed, node, messages[node]) for node in nodes}
    late = pending(healed, CARRIER, healed.container(node=CARRIER, valid_for_ms=3_000))
    signed_ms = time.time() * 1000
    for node in nodes:
        assert not healed.status(node)["ready"], "without a quorum no node should call itself ready"
        found = healed.client(PORT, node).get(f"/v1/statements/{waiting[node]}")
        assert found == {"id": waiting[node], "status": "pending"}
    eventually(lambda: time.time() * 1000 > signed_ms + 3_000, "the short statement is too late")
    assert healed.height(OBSERVER) <= height + 1, "two of four sealed a block"
    healed.start(HAIPHONG)
    for node in nodes:
        found = became(healed, node, waiting[node])
        assert found["status"] == "sealed", found
        healed.note(found)
    found = became(healed, CARRIER, late)
    assert (found["status"], found["code"], found["final"]) == ("refused", "statement.expired", True)
    again = healed.client(PORT).submit(messages[PORT])
    assert (again["id"], again["height"]) == (waiting[PORT], healed.sealed[waiting[PORT]]["height"])


def test_a_hung_validator_is_not_missed_and_catches_up(healed: World) -> None:
    healed.pause(CARRIER)
    for node in (PORT, OBSERVER, HAIPHONG):
        height = int(healed.tick(node)["height"])
    healed.resume(CARRIER)
    healed.await_height(height, CARRIER)
    healed.await_ready(CARRIER)
    signs_after(healed, CARRIER, healed.height(OBSERVER))


def test_two_hung_validators_stop_the_network_until_one_goes_on(healed: World) -> None:
    healed.pause(PORT, CARRIER)
    message = healed.container(node=OBSERVER)
    statement_id = pending(healed, OBSERVER, message)
    healed.resume(PORT)
    found = became(healed, OBSERVER, statement_id)
    assert found["status"] == "sealed"
    healed.resume(CARRIER)
    healed.note(found)


def test_a_killed_observer_comes_back_with_the_same_state(healed: World) -> None:
    height = int(healed.tick(OBSERVER)["height"])
    before = healed.client(PORT, OBSERVER).get(f"/v1/headers/{height}")
    healed.kill(OBSERVER)
    healed.client(PORT).submit(healed.container())
    healed.start(OBSERVER)
    after = healed.client(PORT, OBSERVER).get(f"/v1/headers/{height}")
    assert after["header"]["state_root"] == before["header"]["state_root"]
    assert after["block_id"] == before["block_id"]
    healed.await_height(healed.height(PORT), OBSERVER)
    assert healed.client(PORT, OBSERVER).get(f"/v1/headers/{healed.height(OBSERVER)}")


def test_all_killed_at_once_lose_nothing(healed: World) -> None:
    client = healed.client(PORT, OBSERVER)
    for _ in range(5):
        healed.sealed |= {a["id"]: a for a in [client.submit(healed.container(node=OBSERVER))]}
    fast = [healed.container(node=OBSERVER) for _ in range(20)]
    for message in fast:
        assert post(healed, OBSERVER, message, 0).status == 202
    healed.kill(*healed.places)
    healed.start(*healed.places)
    check_nothing_lost(healed)
    for message in fast:
        result = healed.client(PORT, OBSERVER).submit(message)
        assert result["status"] == "sealed"
        healed.sealed[result["id"]] = result
    height = max(int(answer["height"]) for answer in healed.sealed.values())
    healed.await_height(height)
    check_nothing_lost(healed)
    for seat in VALIDATORS:
        signs_after(healed, seat, height)


def test_an_orderly_end_and_a_new_start(healed: World) -> None:
    healed.sealane("network", "down", healed.directory)
    assert set(healed.pids().values()) == {None}
    for node in healed.places:
        healed.forget(node)
    status = healed.said("network", "status", healed.directory, exit_code=3)
    assert {row["state"] for row in status["nodes"]} == {"stopped"}
    error = healed.said("node", "status", "--node", healed.url(PORT), exit_code=3)
    assert error["code"] == "node.unreachable"
    check_no_double_signing(healed)
    for node in (PORT, OBSERVER):
        found = healed.said("node", "check", healed.places[node].directory)
        assert found["sound"], found
        assert "Everything agrees up to block" in found["finding"]
    healed.start(*healed.places)
    healed.tick(OBSERVER)


def test_a_second_process_for_one_node_is_refused(healed: World) -> None:
    before = healed.pids()
    error = healed.said("node", "run", healed.places[QINZHOU].directory, exit_code=1)
    assert error["code"] == "node.running"
    assert str(before[QINZHOU]) in error["why"]
    assert healed.pids() == before


def test_in_the_end_all_nodes_agree_and_nobody_signed_twice(healed: World) -> None:
    healed.tick(OBSERVER)
    assert check_same_chain(healed) > 0
    check_nothing_lost(healed)
    assert check_no_double_signing(healed) > 0
