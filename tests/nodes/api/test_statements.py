"""Submitting statements: what the API answers to each outcome and to each bad input."""

from __future__ import annotations

import asyncio

import cbor2
import pytest

from ledger.genesis import network_id
from ledger.keys import ORDER
from ledger.primitives import Hash
from ledger.statement import parse_statement
from nodes.api import limits
from nodes.api.limits import MAX_BATCH_STATEMENTS
from tests.nodes.api.rig import CLERK, STRANGER, TRADER, Rig, key_of, problem


async def test_a_sealed_statement_is_answered_with_its_place(rig: Rig) -> None:
    data = rig.enrolment("second")
    answer = await rig.submit(data)
    assert answer.status_code == 201
    tip = rig.application.info()
    assert answer.json() == {
        "id": parse_statement(data).id.hex(),
        "status": "sealed",
        "index": 1,
        "height": 1,
        "time_ms": tip.header.time_ms,
        "block_id": tip.block_id.hex(),
        "round": 0,
        "subject": "member/harbour/second",
        "version": 1,
        "writes": ["member/harbour/second"],
    }


async def test_submitting_again_answers_the_same(rig: Rig) -> None:
    data = rig.enrolment("second")
    first, again = await rig.submit(data), await rig.submit(data)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


async def test_submitting_again_after_its_validity_is_answered_from_the_database(rig: Rig) -> None:
    data = rig.enrolment("second")
    first = await rig.submit(data)
    rig.clock.turn(700)
    rig.outcomes._sealed.clear()
    again = await rig.submit(data)
    assert again.status_code == 200
    assert again.json() == first.json()


async def test_two_waiting_submissions_of_one_statement_both_hear(rig: Rig) -> None:
    data = rig.enrolment("second")
    answers = await asyncio.gather(rig.submit(data), rig.submit(data))
    assert {answer.json()["index"] for answer in answers} == {1}


async def test_without_waiting_it_is_pending_and_can_be_looked_up(rig: Rig) -> None:
    rig.engine.working = False
    data = rig.enrolment("second")
    answer = await rig.submit(data, "?wait=none")
    assert answer.status_code == 202
    place = answer.headers["location"]
    assert place == f"/v1/statements/{answer.json()['id']}"
    assert (await rig.get(place)).json() == answer.json() == {"id": answer.json()["id"], "status": "pending"}
    await rig.engine.seal_block()
    assert (await rig.get(place)).json()["status"] == "sealed"
    rig.outcomes._sealed.clear()
    assert (await rig.get(place)).json()["version"] == 1


async def test_a_wait_that_ends_too_early_says_pending(rig: Rig) -> None:
    rig.engine.working = False
    answer = await rig.submit(rig.enrolment("second"), "?timeout_ms=10")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert rig.outcomes._waiting == {}


async def test_a_refusal_by_the_contracts(rig: Rig) -> None:
    await rig.submit(rig.enrolment("second"))
    body = problem(await rig.submit(rig.enrolment("second")), 422, "record.exists", "expected_version")
    assert body["final"] is True


async def test_a_refusal_when_the_block_is_made_is_told_and_remembered(rig: Rig) -> None:
    rig.engine.working = False
    first, second = rig.enrolment("second"), rig.enrolment("second")
    waiting = asyncio.gather(rig.submit(first), rig.submit(second))
    await rig.engine.arrivals.get()
    await rig.engine.arrivals.get()
    await rig.engine.seal_block()
    won, lost = await waiting
    assert won.status_code == 201
    body = problem(lost, 422, "record.exists")
    found = (await rig.get(f"/v1/statements/{body['id']}")).json()
    # The block that refused it was not decided yet, so the refusal can still turn out otherwise (W4).
    assert (found["status"], found["code"], found["final"]) == ("refused", "record.exists", False)


async def test_malformed_cbor(rig: Rig) -> None:
    problem(await rig.submit(b"\x00"), 400, "statement.statement", "statement")
    problem(await rig.submit(b"\xff\xff"), 400, "statement.encoding", "statement")
    problem(await rig.submit(b""), 400, "statement.encoding", "statement")
    data = rig.enrolment("second")
    problem(await rig.submit(data[:-1]), 400, "statement.encoding")
    problem(await rig.submit(data + b"\x00"), 400, "statement.encoding")


async def test_an_oversized_statement(rig: Rig) -> None:
    problem(await rig.submit(bytes(65_537)), 413, "request.too-large")

    async def parts() -> object:
        for _ in range(100):
            yield bytes(1_024)

    answer = await rig.client.post(
        "/v1/statements", content=parts(), headers={"content-type": "application/cose"}
    )
    problem(answer, 413, "request.too-large")


async def test_a_wrong_network(rig: Rig) -> None:
    other = Hash(bytes(32))
    assert network_id(rig.genesis) != other
    problem(
        await rig.submit(rig.enrolment("second", network=other)), 422, "statement.other-network", "network"
    )


async def test_a_bad_signature_and_an_unknown_key(rig: Rig) -> None:
    data = bytearray(rig.enrolment("second"))
    data[-40] ^= 1
    answer = await rig.submit(bytes(data))
    problem(answer, 401, "statement.bad-signature")
    assert "www-authenticate" in answer.headers
    problem(await rig.submit(rig.enrolment("second", key=key_of("x/y"))), 401, "actor.unknown-key", "kid")
    problem(await rig.submit(rig.enrolment("second", member=STRANGER)), 401, "actor.unknown-member", "issuer")


async def test_a_second_spelling_of_a_signature_is_the_same_statement(rig: Rig) -> None:
    data = rig.enrolment("second")
    low = int.from_bytes(data[-32:], "big")
    high = data[:-32] + (ORDER - low).to_bytes(32, "big")
    first, again = await rig.submit(data), await rig.submit(high)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


async def test_an_expired_statement_that_was_never_sealed(rig: Rig) -> None:
    data = rig.enrolment("second", valid_ms=1_000)
    rig.clock.turn(10)
    problem(await rig.submit(data), 422, "statement.expired", "last_valid_ms")


async def test_someone_elses_organisation(rig: Rig) -> None:
    answer = await rig.submit(rig.enrolment("second", member=TRADER))
    assert answer.status_code == 422
    assert answer.json()["final"] is False


async def test_a_full_pool(rig: Rig) -> None:
    rig.engine.full = True
    data = rig.enrolment("second")
    answer = await rig.submit(data)
    problem(answer, 503, "pool.full")
    assert answer.headers["retry-after"] == "1"
    assert not rig.outcomes.pending(parse_statement(data).id)
    rig.engine.full = False
    assert (await rig.submit(data)).status_code == 201


async def test_a_failing_engine_is_an_incident_without_internals(rig: Rig) -> None:
    rig.engine.failing = RuntimeError("secret detail")
    answer = await rig.submit(rig.enrolment("second"))
    body = problem(answer, 500, "node.internal")
    assert "secret" not in answer.text
    assert body["instance"].startswith("urn:sealane:incident:")
    assert rig.outcomes._waiting == {}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?wait=soon", "wait"),
        ("?timeout_ms=-1", "timeout_ms"),
        ("?timeout_ms=30001", "timeout_ms"),
        ("?timeout_ms=x", "timeout_ms"),
    ],
)
async def test_bad_parameters(rig: Rig, query: str, field: str) -> None:
    problem(await rig.submit(rig.enrolment("second"), query), 400, "request.invalid", field)


async def test_a_wrong_media_type(rig: Rig) -> None:
    answer = await rig.client.post(
        "/v1/statements", content=b"{}", headers={"content-type": "application/json"}
    )
    problem(answer, 400, "request.invalid", "content-type")


async def test_too_many_waiting_submissions(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.app.state.api.limits.waiting._limit = 1
    rig.engine.working = False
    first = asyncio.create_task(rig.submit(rig.enrolment("second")))
    await rig.engine.arrivals.get()
    problem(await rig.submit(rig.enrolment("third")), 503, "node.busy")
    await rig.engine.seal_block()
    assert (await first).status_code == 201
    assert rig.app.state.api.limits.waiting.used == 0


async def test_too_many_bytes_in_bodies(rig: Rig) -> None:
    rig.app.state.api.limits.bodies._limit = 100
    problem(await rig.submit(bytes(101)), 503, "node.busy")
    assert rig.app.state.api.limits.bodies.used == 0


async def test_a_body_that_arrives_too_slowly(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_TIMEOUT_S", 0.01)

    async def parts() -> object:
        yield b"\xd2"
        await asyncio.Event().wait()

    answer = await rig.client.post(
        "/v1/statements", content=parts(), headers={"content-type": "application/cose"}
    )
    problem(answer, 408, "request.too-slow")


async def batch(rig: Rig, value: object, query: str = "") -> object:
    data = value if isinstance(value, bytes) else cbor2.dumps(value)
    return await rig.client.post(
        f"/v1/statements/batch{query}", content=data, headers={"content-type": "application/cbor"}
    )


async def test_a_batch_tells_each_outcome_in_order(rig: Rig) -> None:
    good, other = rig.enrolment("second"), rig.enrolment("third", network=Hash(bytes(32)))
    answer = await batch(rig, [good, b"\x00", other, rig.enrolment("fourth")])
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [item["status"] for item in results] == ["sealed", "refused", "refused", "sealed"]
    assert [item.get("code") for item in results[1:3]] == ["statement.statement", "statement.other-network"]
    assert results[0]["index"] < results[3]["index"]


async def test_a_chain_of_acts_in_one_batch(rig: Rig) -> None:
    key = {"key": key_of("harbour/new").public_key.text, "overlap_until_ms": 0}
    enrol = rig.enrolment("second")
    rotate = rig.statement("member.rotate", "member/harbour/second", key, member=CLERK, expected_version=1)
    results = (await batch(rig, [enrol, rotate])).json()["results"]
    assert [(item["status"], item["version"]) for item in results] == [("sealed", 1), ("sealed", 2)]


async def test_a_batch_that_meets_a_full_pool(rig: Rig) -> None:
    rig.engine.full = True
    results = (await batch(rig, [rig.enrolment("second")])).json()["results"]
    assert (results[0]["code"], results[0]["final"]) == ("pool.full", False)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x80",
        b"\x9f\xff",
        {"a": 1},
        [1],
        ["text"],
        [[b"nested"]],
        b"\x81\x5f\x41\x00\xff",
        b"\x81\x59\xff",
        b"\x81\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81\x42\x00",
        b"\x81\x41\x00\x00",
        [bytes(65_537)],
        [b"\x00"] * (MAX_BATCH_STATEMENTS + 1),
    ],
)
async def test_malformed_batches(rig: Rig, value: object) -> None:
    problem(await batch(rig, value), 400, "request.invalid")


async def test_an_oversized_batch(rig: Rig) -> None:
    problem(await batch(rig, bytes(4 * 1_048_576 + 1)), 413, "request.too-large")


async def test_unknown_statements(rig: Rig) -> None:
    problem(await rig.get(f"/v1/statements/{'0' * 64}"), 404, "not-found", "id")
    problem(await rig.get("/v1/statements/xyz"), 400, "request.invalid", "id")
    problem(await rig.get(f"/v1/statements/{network_id(rig.genesis).hex()}"), 404, "not-found", "id")
