"""What the API says of entries that are pruned: what is gone, who may still have it, and all else as ever."""

from __future__ import annotations

import pytest

from nodes.writing import read_model
from tests.nodes.api.rig import Rig, problem

BELOW = 3


@pytest.fixture
async def pruned(rig: Rig) -> Rig:
    """A node that pruned the first of its blocks; two of its entries changed the same member."""
    revocation = rig.statement(
        "member.revoke", "member/harbour/first", {"reason": "left"}, expected_version=1
    )
    for data in (rig.enrolment("first"), revocation, rig.enrolment("second"), rig.enrolment("third")):
        assert (await rig.submit(data)).status_code == 201
    rig.services.store.prune(BELOW, read_model)
    return rig


async def test_the_status_says_down_to_where_entries_are_kept(pruned: Rig) -> None:
    assert (await pruned.client.get("/v1/status")).json()["pruned_below"] == BELOW


async def test_a_pruned_entry_is_gone_and_the_answer_says_whom_to_ask(pruned: Rig) -> None:
    body = problem(await pruned.get("/v1/entries/1"), 410, "entry.pruned", "index")
    assert "blocks below 3" in body["detail"]
    assert "pruned_below" in body["hint"]
    problem(await pruned.get("/v1/entries/99"), 404, "not-found", "index")
    assert (await pruned.get("/v1/entries/2")).status_code == 200
    assert (await pruned.get("/v1/entries/0")).status_code == 200


async def test_a_list_that_would_have_gaps_is_refused_and_says_where_to_begin(pruned: Rig) -> None:
    body = problem(await pruned.get("/v1/entries"), 410, "entry.pruned", "index")
    assert "begin after 2" in body["detail"]
    found = (await pruned.get("/v1/entries", after=2)).json()
    assert [item["index"] for item in found["items"]] == [3, 4]


async def test_a_pruned_block_is_gone_and_its_header_is_not(pruned: Rig) -> None:
    problem(await pruned.get("/v1/blocks/1"), 410, "entry.pruned", "height")
    assert (await pruned.client.get("/v1/headers/1")).status_code == 200
    assert (await pruned.get("/v1/blocks/4")).status_code == 200


async def test_an_unknown_statement_may_be_a_pruned_one(pruned: Rig) -> None:
    body = problem(await pruned.get(f"/v1/statements/{'ab' * 32}"), 404, "not-found", "id")
    assert "an archive node might" in body["detail"]
