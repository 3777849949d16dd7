"""Reading the ledger through the API: each address, its shape, and its bad inputs."""

from __future__ import annotations

import csv
import io
import json

import cbor2
import pytest

from ledger.block import header_id
from ledger.canonical import encode
from ledger.evidence import GenesisAnchor, verify_evidence
from ledger.primitives import Height, decode_base64url
from ledger.receipt import verify_receipt
from ledger.statement import parse_statement
from tests.nodes.api.rig import CLERK, NODE_KEY, TRADER, Rig, key_of, problem

SECOND = "member/harbour/second"


async def enrol(rig: Rig, *names: str) -> list[bytes]:
    made = [rig.enrolment(name) for name in names]
    for data in made:
        assert (await rig.submit(data)).status_code == 201
    return made


async def test_the_index(rig: Rig) -> None:
    body = (await rig.client.get("/")).json()
    assert body == {
        "software": "sealane/test",
        "network": rig.network_id.hex(),
        "organisation": "harbour",
        "node": "node-1",
        "openapi": "/openapi.json",
        "status": "/v1/status",
    }


async def test_the_status(rig: Rig) -> None:
    await enrol(rig, "second")
    body = (await rig.client.get("/v1/status")).json()
    tip = rig.application.info()
    assert (body["height"], body["block_id"], body["log_size"]) == (1, tip.block_id.hex(), 2)
    assert (body["network_name"], body["validator"], body["engine"]) == ("Test corridor", True, "bft")
    assert (body["ready"], body["reasons"], body["peers"]) == (True, [], ["river/node-1"])
    assert (body["log_root"], body["state_root"]) == (tip.header.log_root, tip.header.state_root)


async def test_readiness_and_health(rig: Rig) -> None:
    assert (await rig.client.get("/healthz")).json() == {"status": "alive"}
    assert (await rig.client.get("/readyz")).json() == {
        "ready": True,
        "reasons": [],
        "network": rig.application.info().network.hex(),
        "organisation": rig.services.config.node.organisation,
    }
    rig.engine.ready = False
    answer = await rig.client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["no quorum is connected"])


async def test_the_genesis_is_its_canonical_bytes(rig: Rig) -> None:
    assert (await rig.client.get("/v1/genesis")).content == encode(rig.genesis)


async def test_headers(rig: Rig) -> None:
    await enrol(rig, "second")
    latest = (await rig.client.get("/v1/headers/latest")).json()
    assert latest == (await rig.client.get("/v1/headers/1")).json()
    assert latest["block_id"] == header_id(rig.application.info().header).hex()
    assert latest["seal"]["block_id"] == latest["block_id"]
    assert (await rig.client.get("/v1/headers/0")).json()["seal"] is None
    problem(await rig.client.get("/v1/headers/2"), 404, "not-found", "height")
    for bad in ("-1", "01", "first", "9" * 17):
        problem(await rig.client.get(f"/v1/headers/{bad}"), 400, "request.invalid", "height")


async def test_validators(rig: Rig) -> None:
    body = (await rig.client.get("/v1/validators")).json()
    assert (body["height"], body["quorum"], body["faults"]) == (1, 1, 0)
    assert [seat["organisation"] for seat in body["validators"]] == ["harbour"]
    assert body["hash"] == rig.application.info().validators.hash.hex()
    problem(await rig.client.get("/v1/validators?height=3"), 404, "not-found", "height")
    problem(await rig.client.get("/v1/validators?height=0"), 400, "request.invalid", "height")


async def test_entries(rig: Rig) -> None:
    (data,) = await enrol(rig, "second")
    statement = parse_statement(data)
    body = (await rig.get("/v1/entries/1")).json()
    assert body["body"] == json.loads(bytes(statement.payload.body))
    assert decode_base64url(body["leaf"], field="leaf") == data
    assert (body["id"], body["kid"]) == (statement.id.hex(), statement.kid.hex())
    assert (body["issuer"], body["act"], body["subject"]) == (CLERK, "member.enrol", SECOND)
    first = (await rig.get("/v1/entries/0")).json()
    assert (first["act"], first["id"]) == ("genesis", rig.network_id.hex())
    problem(await rig.get("/v1/entries/2"), 404, "not-found", "index")


async def test_entries_are_paged_and_filtered(rig: Rig) -> None:
    await enrol(rig, "second", "third", "fourth")
    page = (await rig.get("/v1/entries", limit=2)).json()
    assert ([item["index"] for item in page["items"]], page["next_after"]) == ([0, 1], 1)
    rest = (await rig.get("/v1/entries", after=1)).json()
    assert ([item["index"] for item in rest["items"]], rest["next_after"]) == ([2, 3], None)
    found = (await rig.get("/v1/entries", subject=SECOND)).json()
    assert [item["index"] for item in found["items"]] == [1]
    for bad in ({"limit": 0}, {"limit": 1_001}, {"after": -2}, {"limit": "x"}):
        problem(await rig.get("/v1/entries", **bad), 400, "request.invalid", next(iter(bad)))


async def test_entries_in_full_as_csv_and_json(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    await enrol(rig, "second", "third", "fourth")
    answer = await rig.get("/v1/entries", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["index"] for row in rows] == ["0", "1", "2", "3"]
    assert json.loads(rows[1]["body"])["permissions"] == ["signer"]
    whole = await rig.get("/v1/entries", format="json", after=0)
    assert [item["index"] for item in whole.json()] == [1, 2, 3]
    assert (await rig.get("/v1/entries", format="json", after=3)).json() == []
    problem(await rig.get("/v1/entries", format="xml"), 400, "request.invalid", "format")
    assert rig.app.state.api.limits.exports.used == 0
    rig.app.state.api.limits.exports._limit = 0
    problem(await rig.get("/v1/entries", format="csv"), 503, "node.busy")


async def test_a_record_says_what_can_be_done_next(rig: Rig) -> None:
    await enrol(rig, "second")
    body = (await rig.get(f"/v1/records/{SECOND}")).json()
    tip = rig.application.info()
    assert (body["key"], body["version"], body["height"], body["entry_index"]) == (SECOND, 1, 1, 1)
    assert body["record"]["kind"] == "member"
    assert body["summary"]
    expected = {"member.rotate", "member.revoke", "member.suspend"}
    assert expected == {action["act"] for action in body["allowed_actions"]}
    assert all(action["why"] for action in body["allowed_actions"])
    assert body["as_of"] == {"height": 1, "time_ms": tip.header.time_ms}
    others = (await rig.get(f"/v1/records/{SECOND}", member=TRADER)).json()
    assert others["allowed_actions"] == []


async def test_records_of_a_kind(rig: Rig) -> None:
    await enrol(rig, "second", "third")
    page = (await rig.get("/v1/records", kind="member", limit=2)).json()
    keys = [item["key"] for item in page["items"]]
    assert keys == sorted(keys)
    assert page["next"] == keys[-1]
    rest = (await rig.get("/v1/records", kind="member", after=page["next"])).json()
    assert rest["next"] is None
    every = (await rig.get("/v1/records", kind="member", format="json")).json()
    assert every == page["items"] + rest["items"]
    assert {SECOND, "member/harbour/third"} <= {item["key"] for item in every}
    (line,) = [item for item in every if item["key"] == SECOND]
    assert (line["version"], line["record"]["state"]) == (1, "active")
    assert line["summary"]["title"] == "Member second of harbour"
    assert (await rig.get("/v1/records", kind="proposal")).json() == {"items": [], "next": None}
    problem(await rig.get("/v1/records", kind="ship"), 400, "request.invalid", "kind")
    problem(await rig.get("/v1/records"), 400, "request.invalid", "kind")


async def test_records_that_do_not_exist(rig: Rig) -> None:
    problem(await rig.get("/v1/records/member/harbour/absent"), 404, "not-found", "key")
    problem(await rig.get("/v1/records/nonsense"), 404, "not-found", "key")
    problem(await rig.get("/v1/records/bill/xyz"), 404, "not-found", "key")
    problem(await rig.get("/v1/records/member/harbour/absent/history"), 404, "not-found", "key")
    problem(await rig.get(f"/v1/records/{'x' * 200}"), 400, "request.invalid", "key")


async def test_the_history_of_a_record(rig: Rig) -> None:
    await enrol(rig, "second")
    key = {"key": key_of("harbour/new").public_key.text, "overlap_until_ms": 0}
    assert (
        await rig.submit(rig.statement("member.rotate", SECOND, key, expected_version=1))
    ).status_code == 201
    body = (await rig.get(f"/v1/records/{SECOND}/history")).json()
    assert [(item["version"], item["act"], item["entry_index"]) for item in body["items"]] == [
        (1, "member.enrol", 1),
        (2, "member.rotate", 2),
    ]
    assert body["items"][1]["body"] == key
    assert body["next"] is None
    page = (await rig.get(f"/v1/records/{SECOND}/history", limit=1)).json()
    assert page["next"] == 1
    rest = (await rig.get(f"/v1/records/{SECOND}/history", after=1)).json()
    assert [item["version"] for item in rest["items"]] == [2]
    founding = (await rig.get("/v1/records/organisation/harbour/history")).json()
    assert (founding["items"][0]["act"], founding["items"][0]["body"]) == ("genesis", {})


async def test_blocks(rig: Rig) -> None:
    await enrol(rig, "second", "third")
    body = (await rig.get("/v1/blocks")).json()
    assert [item["height"] for item in body["items"]] == [2, 1, 0]
    page = (await rig.get("/v1/blocks", limit=1)).json()
    assert page["next_before"] == 2
    assert [item["height"] for item in (await rig.get("/v1/blocks", before=2)).json()["items"]] == [1, 0]
    text = (await rig.get("/v1/blocks", format="csv")).text
    assert [row["height"] for row in csv.DictReader(io.StringIO(text))] == ["2", "1", "0"]


async def test_a_block_with_its_signers(rig: Rig) -> None:
    await enrol(rig, "second", "third")
    body = (await rig.get("/v1/blocks/2")).json()
    assert (body["signed_by"], body["missing"]) == (["harbour"], [])
    assert [(line["index"], line["subject"]) for line in body["entries"]] == [(2, "member/harbour/third")]
    assert body["parent_seal"]["height"] == 1
    genesis = (await rig.get("/v1/blocks/0")).json()
    assert (genesis["seal"], genesis["signed_by"], genesis["missing"]) == (None, [], [])
    problem(await rig.get("/v1/blocks/3"), 404, "not-found", "height")
    problem(await rig.get("/v1/blocks/x"), 400, "request.invalid", "height")


async def test_evidence_verifies_offline(rig: Rig) -> None:
    await enrol(rig, "second")
    answer = await rig.get(f"/v1/evidence/{SECOND}", history="true")
    assert answer.headers["content-type"] == "application/vnd.sealane.evidence+json"
    report = verify_evidence(answer.content, GenesisAnchor.of(rig.genesis))
    assert report.subject == SECOND
    problem(await rig.get("/v1/evidence/member/harbour/absent"), 404, "evidence.unavailable")
    problem(await rig.get("/v1/evidence/nonsense"), 404, "not-found", "key")
    problem(await rig.get(f"/v1/evidence/{SECOND}", contents="true"), 404, "not-found", "key")
    problem(await rig.get(f"/v1/evidence/{SECOND}", checkpoint=7), 404, "evidence.unavailable")
    problem(await rig.get(f"/v1/evidence/{SECOND}", checkpoint="x"), 400, "request.invalid", "checkpoint")


async def test_a_receipt_verifies_with_the_published_key(rig: Rig) -> None:
    (data,) = await enrol(rig, "second")
    answer = await rig.get("/v1/receipts/1")
    assert answer.headers["content-type"] == "application/scitt-receipt+cose"
    receipt = verify_receipt(answer.content, data, NODE_KEY.public_key)
    assert (receipt.issuer, receipt.index) == ("harbour/node-1", 1)
    (key,) = cbor2.loads((await rig.client.get("/.well-known/scitt-keys")).content)
    assert key[2] == NODE_KEY.public_key.thumbprint
    assert (key[1], key[3], key[-1], len(key[-2])) == (2, -7, 1, 32)
    problem(await rig.get("/v1/receipts/0"), 404, "evidence.unavailable")
    problem(await rig.get("/v1/receipts/9"), 404, "evidence.unavailable")


async def test_unknown_addresses_and_methods(rig: Rig) -> None:
    for path in ("/nothing", "/docs", "/redoc", "/v1", "/v1/statements/x/y"):
        problem(await rig.client.get(path), 404, "not-found")
    answer = await rig.client.delete("/v1/status")
    problem(answer, 405, "request.method")
    assert answer.headers["allow"] == "GET"


async def test_headers_that_browsers_heed(rig: Rig) -> None:
    for path in ("/", "/nothing", "/openapi.json", "/v1/blocks"):
        headers = (await rig.client.get(path, headers={"origin": "https://elsewhere.example"})).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


async def test_a_head_that_is_too_large(rig: Rig) -> None:
    problem(await rig.client.get("/v1/status?" + "x" * 20_000), 431, "request.head-too-large")
    problem(await rig.client.get("/v1/status", headers={"x": "y" * 20_000}), 431, "request.head-too-large")


async def test_a_database_that_does_not_answer(rig: Rig) -> None:
    rig.store.close()
    problem(await rig.client.get("/v1/headers/0"), 503, "node.storage")


async def test_the_stored_header_is_the_one_served(rig: Rig) -> None:
    served = (await rig.client.get("/v1/headers/0")).json()["header"]
    stored = rig.store.header(Height(0))
    assert stored is not None
    assert json.dumps(served, sort_keys=True, separators=(",", ":")).encode() == encode(stored)
