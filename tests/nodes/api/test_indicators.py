"""The indicators over HTTP: what members see, what everyone sees, and what Prometheus is given."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nodes.indicators.service import IndicatorService
from nodes.storage import DatabaseUnavailable
from tests.nodes.api.rig import QUAY, Rig, problem

BOX = f"container/{'ab' * 16}"


async def carried(rig: Rig) -> None:
    """An empty container goes by barge from Qinzhou to Hai Phong."""
    new = {"commitment": "cd" * 32, "operator": "quay"}
    acts: tuple[dict[str, Any], ...] = (
        {
            "event": "barge_departure",
            "facility": "CNQZH",
            "purpose": "empty",
            "length": "4",
            "container": new,
        },
        {"event": "barge_arrival", "facility": "VNHPH"},
    )
    for version, body in enumerate(acts):
        said = {**body, "classifier": "actual", "event_ms": rig.clock.time_ms}
        answer = await rig.submit(
            rig.statement("movement.record", BOX, said, member=QUAY, expected_version=version)
        )
        assert answer.status_code == 201, answer.text


async def samples(rig: Rig) -> dict[tuple[str, ...], float]:
    text = (await rig.client.get("/metrics")).text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_members_see_every_line_and_strangers_what_is_nobodys_alone(rig: Rig) -> None:
    await carried(rig)
    body = (await rig.get("/v1/indicators", days=7)).json()
    assert body["legs"] == [
        {
            "mode": "barge",
            "origin": "CNQZH",
            "destination": "VNHPH",
            "containers": 1,
            "teu_hundredths": 200,
            "unsized": 0,
        }
    ]
    assert (body["every_line"], body["whole"], body["days"]) == (True, True, 7)
    assert body["as_of"] == {"height": 2, "time_ms": rig.application.info().header.time_ms}
    assert body["surrendered"] == {"arrived": 0, "before": 0}
    public = (await rig.client.get("/v1/indicators?days=7")).json()
    assert (public["every_line"], public["legs"], public["surrendered"]) == (False, [], None)
    assert public["blocks"] == body["blocks"]
    assert body["blocks"]["attendance"] == [{"organisation": "harbour", "due": 1, "missed": 0}]


async def test_what_this_node_saw_itself(rig: Rig) -> None:
    await rig.submit(rig.enrolment("second"))
    await rig.submit(rig.enrolment("second"))
    here = (await rig.client.get("/v1/indicators")).json()["here"]
    assert here["refused"] == [{"code": "record.exists", "count": 1}]
    assert here["finality"]["count"] == 1
    assert here["since_ms"] <= rig.clock.time_ms


async def test_bad_requests(rig: Rig) -> None:
    problem(await rig.client.get("/v1/indicators?days=8"), 400, "request.invalid", "days")
    problem(await rig.client.get("/v1/indicators?days=x"), 400, "request.invalid", "days")
    problem(await rig.get("/v1/indicators", member="harbour/nobody"), 401, "request.signature")


async def test_a_failing_database_takes_no_other_metric_away(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseUnavailable("the disk is full")

    monkeypatch.setattr(rig.store.statistics, "blocks", fail)
    found = await samples(rig)
    assert found["sealane_ready",] == 1
    assert ("sealane_signatures_missed", "harbour") not in found


async def test_prometheus_is_given_what_strangers_may_see(rig: Rig) -> None:
    await carried(rig)
    leg = ("sealane_carried_teu", "VNHPH", "barge", "CNQZH")
    found = await samples(rig)
    assert leg not in found
    assert found["sealane_signatures_missed", "harbour"] == 0
    everyone = IndicatorService(rig.store, rig.clock, fewest=1)
    object.__setattr__(rig.app.state.api, "indicators", everyone)
    assert (await samples(rig))[leg] == 2.0
