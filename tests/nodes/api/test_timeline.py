"""A container's timeline over HTTP: for whom it concerns, from what the node keeps."""

from __future__ import annotations

from typing import Any

from ledger.contents import container_commitment
from nodes.writing import read_model
from tests.nodes.api.rig import CLERK, QUAY, TRADER, Rig, problem

ID = "ab" * 16
CONTAINER = f"container/{ID}"
TIMELINE = f"/v1/containers/{ID}/timeline"


async def act(rig: Rig, name: str, body: dict[str, Any], version: int) -> None:
    statement = rig.statement(name, CONTAINER, body, member=QUAY, expected_version=version)
    answer = await rig.submit(statement)
    assert answer.status_code == 201, answer.text


async def recorded(rig: Rig) -> None:
    """Expected at the gate, in through it, and that corrected."""
    event = {"event": "gate_in", "facility": "VNHPH"}
    new = {
        "commitment": container_commitment(bytes(16), "SLNU1002356").hex(),
        "operator": "quay",
        "parties": ["river"],
    }
    start_ms = rig.clock.time_ms
    expected = {**event, "classifier": "planned", "event_ms": start_ms + 60_000, "container": new}
    await act(rig, "movement.expect", expected, 0)
    actual = {**event, "classifier": "actual", "event_ms": start_ms - 1_000, "purpose": "export"}
    await act(rig, "movement.record", actual, 1)
    fix = {"event": 2, "event_ms": start_ms - 2_000, "reason": "clock"}
    await act(rig, "movement.correct", fix, 2)


async def test_a_party_sees_what_was_planned_what_happened_and_what_was_put_right(rig: Rig) -> None:
    await recorded(rig)
    body = (await rig.get(TIMELINE, member=TRADER)).json()
    assert (body["key"], body["complete"]) == (CONTAINER, True)
    actual, planned = body["items"]
    assert (planned["classifier"], planned["standing"]) == ("planned", "met")
    assert (actual["code"], actual["standing"], actual["version"]) == ("GTIN", "corrected", 2)
    assert actual["first_ms"] - actual["event_ms"] == 1_000
    assert actual["planned_ms"] == planned["event_ms"]
    (correction,) = actual["corrections"]
    assert (correction["issuer"], correction["reason"]) == (QUAY, "clock")


async def test_others_do_not(rig: Rig) -> None:
    await recorded(rig)
    problem(await rig.get(TIMELINE, member=CLERK), 403, "contents.not-entitled")
    problem(await rig.get(f"/v1/containers/{'0' * 32}/timeline"), 404, "not-found", "container")
    problem(await rig.get("/v1/containers/SLNU1002356/timeline"), 404, "not-found", "key")
    problem(await rig.client.get(TIMELINE), 401, "request.unsigned")


async def test_a_node_that_pruned_some_of_it_says_so(rig: Rig) -> None:
    await recorded(rig)
    rig.services.store.prune(3, read_model)
    body = (await rig.get(TIMELINE, member=TRADER)).json()
    assert body["complete"] is False
    (actual,) = body["items"]
    assert (actual["standing"], actual["planned_ms"]) == ("corrected", None), "the plan is gone"
