"""What members of a suspended organisation still see: what stands on the ledger, and nothing private."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nodes.api.rig import CLERK, START_MS, TRADER, Rig, key_of, problem
from tests.nodes.api.test_timeline import TIMELINE, recorded

PROPOSAL = "proposal/" + "5" * 32
KEEPER = "river/keeper"
CONTENTS = "/v1/contents/" + "0" * 64


async def suspend(rig: Rig, **caretaker: str) -> None:
    """The traders are suspended by the ballot of the only validator."""
    change = {"type": "suspend_organisation", "organisation": "river", **caretaker}
    body = {"title": "A stolen key", "expires_ms": START_MS + 3_600_000, "change": change}
    await accepted(rig, "proposal.open", body, 0)
    await accepted(rig, "proposal.vote", {"choice": "yes"}, 1)


async def accepted(rig: Rig, act: str, body: dict[str, Any], version: int) -> None:
    statement = rig.statement(act, PROPOSAL, body, member=CLERK, expected_version=version)
    answer = await rig.submit(statement)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (TIMELINE, {}),
        ("/v1/search", {"container": "SLNU"}),
        (CONTENTS, {}),
        ("/v1/evidence/organisation/river", {"contents": "true"}),
    ],
)
async def test_an_administrator_sees_nothing_private(rig: Rig, path: str, query: dict[str, str]) -> None:
    await recorded(rig)
    assert (await rig.get(TIMELINE, member=TRADER)).status_code == 200
    await suspend(rig)
    found = problem(await rig.get(path, member=TRADER, **query), 403, "request.forbidden", "sealane-member")
    assert "river is suspended" in found["detail"]


async def test_nor_erases_it(rig: Rig) -> None:
    await suspend(rig)
    problem(await rig.delete(CONTENTS, member=TRADER), 403, "request.forbidden", "sealane-member")


async def test_but_still_sees_what_stands_on_the_ledger(rig: Rig) -> None:
    await suspend(rig)
    assert (await rig.get("/v1/records/organisation/river", member=TRADER)).status_code == 200
    found = (await rig.get("/v1/search", member=TRADER, party="river")).json()
    assert found["items"] == []


async def test_a_caretaker_reads_what_its_duties_need(rig: Rig) -> None:
    await recorded(rig)
    await suspend(rig, caretaker="keeper", caretaker_key=key_of(KEEPER).public_key.text)
    assert (await rig.get(TIMELINE, member=KEEPER)).status_code == 200
