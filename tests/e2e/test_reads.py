"""What a running network shows, to whom, and how anyone can check it."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cbor2
import pytest

from ledger.keys import PublicKey
from ledger.primitives import decode_base64url
from ledger.receipt import verify_receipt
from ledger.requests import Request, sign_request
from tests.cli.doctored import assert_documented
from tests.e2e.trade import Trade, trade
from tests.e2e.world import (
    BUYER,
    CARRIER,
    CLERK,
    FORWARDER,
    HAIPHONG,
    OBSERVER,
    PATIENCE_S,
    PORT,
    QINZHOU,
    World,
    tracebacks,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture(scope="module", name="traded")
def traded_fixture(world: World) -> Trade:
    """A trade of which no other test has read anything yet."""
    world.heal()
    return trade(world)


@pytest.fixture(scope="module", autouse=True)
def _sound(world: World) -> Iterator[None]:
    world.heal()
    yield
    assert not tracebacks(world)


# Events


def signed_headers(world: World, node: str, who: str, path: str, query: str = "") -> dict[str, str]:
    request = Request(
        method="GET",
        authority=urlsplit(world.url(node)).netloc,
        path=path,
        query=query,
        member=CLERK[who],
        body=b"",
    )
    return sign_request(world.key(CLERK[who]), request, created_s=int(time.time()), nonce=os.urandom(16))


@contextmanager
def listening(world: World, node: str, who: str) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    """The events of a node as they come."""
    parts = urlsplit(world.url(node))
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
    line.request("GET", "/v1/events", headers=signed_headers(world, node, who, "/v1/events"))
    answer = line.getresponse()
    try:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)
    finally:
        answer.close()
        line.close()


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for raw in iter(answer.readline, b""):
        field, _, value = raw.decode().strip().partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


@pytest.mark.parametrize("node", [OBSERVER, HAIPHONG])
def test_events_tell_every_block_and_entry(world: World, node: str) -> None:
    with listening(world, node, BUYER) as events:
        name, ready = next(events)
        assert (name, ready["ready"]) == ("ready", True)
        wanted = {answer["id"]: answer for answer in (world.tick(PORT), world.tick(node))}
        heights = [ready["height"]]
        for name, data in events:
            if name == "block":
                assert data["height"] == heights[-1] + 1, "a block was left out"
                heights.append(data["height"])
            elif data["id"] in wanted:
                answer = wanted.pop(data["id"])
                for field in ("index", "height", "subject"):
                    assert data[field] == answer[field]
            if not wanted:
                break
    assert heights[-1] > ready["height"]


# Search, records and what comes next


def found(world: World, who: str, **query: str) -> set[str]:
    return {item["key"] for item in world.client(who).get("/v1/search", **query)["items"]}


def test_numbers_are_found_where_the_contents_are_and_by_the_entitled(world: World, traded: Trade) -> None:
    number = traded.papers.number
    reference, container = number.partition(":")[2], next(iter(traded.containers))
    local = traded.papers.import_["local_reference_number"]
    for query in ({"bill": number}, {"bill": reference}):
        assert traded.bill in found(world, CARRIER, **query)
    assert traded.bill in found(world, CARRIER, container=container)
    assert traded.declaration in found(world, FORWARDER, declaration=local)
    assert traded.bill in found(world, CARRIER, party="Red River Imports")
    # At the node of the forwarder the carrier's members see nothing of the declaration, and vice versa.
    strangers = world.client(PORT, FORWARDER)
    assert strangers.get("/v1/search", declaration=local)["items"] == []
    for who in (QINZHOU, HAIPHONG):
        assert traded.bill not in found(world, who, bill=number), f"{who} holds no contents"
    assert world.client(QINZHOU, CARRIER).get("/v1/search", bill=number)["items"] == []
    assert world.client(QINZHOU, CARRIER).get("/v1/search", container=container)["items"] == []


def test_contents_travel_to_the_entitled_and_are_then_found(world: World, traded: Trade) -> None:
    local = traded.papers.import_["local_reference_number"]
    office = world.client(HAIPHONG)
    record = office.record(traded.declaration)
    assert record is not None
    commitment = record["record"]["contents"]
    data = office.get_bytes(f"/v1/contents/{commitment}", subject=traded.declaration)
    assert json.loads(data)["document"] == traded.papers.import_
    assert traded.declaration in found(world, HAIPHONG, declaration=local)
    bill = world.client(BUYER).get_bytes(f"/v1/contents/{traded.commitment}", subject=traded.bill)
    assert (
        json.loads(bill)["document"]["transportDocumentReference"] == traded.papers.number.partition(":")[2]
    )
    assert traded.bill in found(world, BUYER, bill=traded.papers.number)


def test_parties_are_found_on_the_ledger_at_every_node(world: World, traded: Trade) -> None:
    for who in (CARRIER, QINZHOU, BUYER):
        keys = found(world, who, party=BUYER)
        assert {traded.bill, traded.declaration} <= keys, who


def test_a_record_tells_its_history_and_what_comes_next(world: World, traded: Trade) -> None:
    history = world.client(QINZHOU).get(f"/v1/records/{traded.bill}/history")["items"]
    assert [(item["version"], item["act"], item["issuer"]) for item in history] == [
        (1, "bill.issue", CLERK[CARRIER])
    ]
    ready = {
        who: {
            action["act"]
            for action in (world.client(who).record(traded.bill) or {})["allowed_actions"]
            if action["ready"]
        }
        for who in (FORWARDER, BUYER, CARRIER)
    }
    assert "bill.transfer" in ready[FORWARDER]
    assert "bill.transfer" not in ready[BUYER] | ready[CARRIER]


def test_the_command_shows_what_comes_next(world: World, traded: Trade) -> None:
    number = traded.papers.number
    said = world.said("bill", "next", number, as_=FORWARDER)
    assert "bill.transfer" in json.dumps(said)
    shown = world.sealane("bill", "next", number, as_=FORWARDER).stdout
    assert "sealane bill transfer" in shown
    history = world.sealane("bill", "history", number, as_=CARRIER).stdout
    assert "issued it" in history
    next_ = world.said("clearance", "next", traded.declaration, as_=HAIPHONG)
    assert "clearance.accept" in json.dumps(next_)


# Proof


@pytest.mark.parametrize("what", ["bill", "declaration", "container", "member", "document", "number"])
def test_evidence_is_fetched_and_verifies(world: World, traded: Trade, tmp_path: Path, what: str) -> None:
    subject = {
        "bill": traded.bill,
        "declaration": traded.declaration,
        "container": next(iter(traded.containers.values())),
        "member": f"member/{CLERK[CARRIER]}",
        "document": traded.document,
        "number": traded.papers.number,
    }[what]
    path = tmp_path / f"{what}.evidence.json"
    more = ("--contents", "--history") if what in ("bill", "number", "declaration") else ()
    world.sealane("evidence", "get", subject, "-o", path, *more, as_=FORWARDER)
    report = world.said("verify", path, "--genesis", world.directory / "genesis.json", "--max-age", "1h")
    assert report["verdict"] == "verified"
    assert report["subject"].partition("/")[0] in (what, "bill")
    assert ("transportDocumentReference" in json.dumps(report["document"])) == (what in ("bill", "number"))


def test_evidence_of_nothing_is_refused(world: World, tmp_path: Path) -> None:
    path = tmp_path / "none.evidence.json"
    for subject in ("bill/" + "0" * 64, "CORL:NOSUCHBILL", "member/coral-line/nobody"):
        error = world.said("evidence", "get", subject, "-o", path, as_=FORWARDER, exit_code=1)
        assert error["code"] in ("evidence.unavailable", "subject.unknown", "not-found"), error
        assert error["do"]
    assert not path.exists()


def test_a_foreign_tool_verifies_receipts_of_every_node(world: World, traded: Trade) -> None:
    scitt_cose = pytest.importorskip("scitt_cose", reason="the receipts extra is not installed")
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    answer = world.tick()
    for node in world.places:
        world.await_height(int(answer["height"]), node)
        client = world.client(PORT, node)
        receipt = client.get_bytes(f"/v1/receipts/{answer['index']}")
        leaf = decode_base64url(client.get(f"/v1/entries/{answer['index']}")["leaf"], field="leaf")
        (cose,) = cbor2.loads(client.get_bytes("/.well-known/scitt-keys"))
        key = PublicKey.from_bytes(bytes([2 + cose[-3][-1] % 2]) + cose[-2])
        assert verify_receipt(receipt, leaf, key).index == answer["index"]
        pem = key.to_cryptography().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        good = scitt_cose.verify_receipt(receipt, leaf_entry_hex=leaf.hex(), log_public_key_pem=pem)
        assert (good.ok, good.leaf_index) == (True, answer["index"])
        other = leaf[:-1] + bytes([leaf[-1] ^ 1])
        bad = scitt_cose.verify_receipt(receipt, leaf_entry_hex=other.hex(), log_public_key_pem=pem)
        assert not bad.ok


@pytest.mark.parametrize("node", [OBSERVER, QINZHOU])
def test_an_audit_verifies_a_node_from_its_genesis(world: World, traded: Trade, node: str) -> None:
    figures = world.said("audit", "--node", node, as_=PORT)
    height = figures["height"]
    header = world.client(PORT, CARRIER).get(f"/v1/headers/{height}")
    assert (figures["block_id"], figures["state_root"]) == (
        header["block_id"],
        header["header"]["state_root"],
    )
    assert figures["seals"] == height
    assert figures["entries"] > 3


def test_an_audit_of_another_genesis_is_refused(world: World) -> None:
    error = world.said("audit", "--genesis", "ab" * 32, as_=PORT, exit_code=1)
    assert error["code"].startswith("audit."), error


def test_the_doctor_finds_nothing_wrong(world: World) -> None:
    found = world.said("doctor", as_=PORT)
    assert found["wrong"] == 0, found
    names = {check["name"] for check in found["checks"]}
    assert {"python", "keys", "ports", "quorum"} <= names
    (member,) = [check for check in found["checks"] if check["name"] == "member"]
    assert member["outcome"] == "passed"


def test_the_doctor_finds_a_key_that_is_not_the_members(world: World, tmp_path: Path) -> None:
    world.sealane("key", "new", tmp_path / "other.pem")
    found = world.said("doctor", "--key", tmp_path / "other.pem", as_=PORT, exit_code=1)
    (member,) = [check for check in found["checks"] if check["name"] == "member"]
    assert_documented(member)
    assert "sealane member rotate " in member["do"]


def test_lists_are_exported_in_full(world: World, traded: Trade) -> None:
    client = world.client(CARRIER)
    whole = json.loads(client.get_bytes("/v1/blocks", format="json"))
    assert [line["height"] for line in whole] == list(range(len(whole) - 1, -1, -1))
    csv = client.get_bytes("/v1/blocks", format="csv").decode()
    assert len(csv.splitlines()) >= len(whole) + 1
    page, seen = client.get("/v1/blocks", limit=2), []
    while True:
        seen += [line["height"] for line in page["items"]]
        if page["next_before"] is None:
            break
        page = client.get("/v1/blocks", limit=2, before=page["next_before"])
    assert seen[-len(whole) :] == [line["height"] for line in whole]
