"""Statements that a running network refuses: with a stable code, the field and what to do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cli.client import ApiError, Client, Signer
from cli.errors import CliError
from cli.issuing import issue_bill
from cli.story_papers import another_version
from contracts.execution import make_body
from ledger.keys import SigningKey
from tests.e2e import hostile
from tests.e2e.hostile import sign1, submit
from tests.e2e.trade import Trade, issue, parties
from tests.e2e.world import (
    BUYER,
    CARRIER,
    CLERK,
    FORWARDER,
    HAIPHONG,
    OBSERVER,
    PORT,
    QINZHOU,
    TERMINAL,
    World,
)

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("unharmed"), pytest.mark.timeout(180)]

ISSUER = CLERK[CARRIER]
SUBJECT = "member/coral-line/zhou-yan"


def envelope(world: World, **changes: Any) -> dict[str, Any]:
    time_ms = world.status(PORT)["time_ms"]
    usual = {"network": world.network.hex(), "last_valid_ms": time_ms + 600_000}
    return hostile.payload(**(usual | changes))


def statement(world: World, body: bytes) -> bytes:
    return sign1(world.key(ISSUER), ISSUER, SUBJECT, body)


def with_payload(change: Callable[[bytes], bytes], **changes: Any) -> Callable[[World], bytes]:
    return lambda world: statement(world, change(hostile.canonical(envelope(world, **changes))))


def same(data: bytes) -> bytes:
    return data


def good(world: World) -> bytes:
    return statement(world, hostile.canonical(envelope(world, body={"reason": "left"})))


DEEP_CBOR = b"\x81" * 5_000 + b"\x00"
DEEP_JSON: Any = json.loads("[" * 20 + "]" * 20)

MALFORMED: dict[str, tuple[Callable[[World], bytes], str]] = {
    "nothing": (lambda world: b"", "statement"),
    "JSON": (lambda world: b'{"act":"bill.issue"}', "statement"),
    "noise": (lambda world: bytes(range(256)), "statement"),
    "cut short": (lambda world: good(world)[:-1], "statement"),
    "something behind it": (lambda world: good(world) + b"\x00", "statement"),
    "untagged": (lambda world: good(world)[1:], "statement"),
    "another tag": (lambda world: b"\xd8\x62" + good(world)[1:], "statement"),
    "deep CBOR": (lambda world: DEEP_CBOR, "statement"),
    "endless CBOR": (lambda world: b"\xd2\x9f" + good(world)[2:] + b"\xff", "statement"),
    "a huge length": (lambda world: b"\xd2\x84\x5b\x7f" + b"\xff" * 7, "statement"),
    "repeated labels": (
        lambda world: good(world).replace(b"\xa0\x58", b"\xa2\x01\x01\x01\x02\x58"),
        "statement",
    ),
    "a short signature": (lambda world: good(world).replace(b"\x58\x40", b"\x58\x3f")[:-1], "signature"),
    "another order of keys": (
        lambda world: statement(world, json.dumps(dict(reversed(envelope(world).items()))).encode()),
        "payload",
    ),
    "a space": (with_payload(lambda data: data + b" "), "payload"),
    "no JSON": (with_payload(lambda data: data[:-1]), "payload"),
    "bad UTF-8": (with_payload(lambda data: data.replace(b"revoke", b"rev\xffke")), "payload"),
    "an escaped letter": (with_payload(lambda data: data.replace(b"revoke", b"rev\\u006fke")), "payload"),
    "a key twice": (
        with_payload(lambda data: data.replace(b'"version":1', b'"version":1,"version":1')),
        "payload",
    ),
    "a float that is whole": (
        with_payload(lambda data: data.replace(b'version":1,', b'version":1.0,')),
        "payload.expected_version",
    ),
    "a field that nobody knows": (with_payload(same, more=1), "payload"),
    "a fraction": (with_payload(same, last_valid_ms=1.5), "payload.last_valid_ms"),
    "a number too large": (with_payload(same, expected_version=2**53), "payload.expected_version"),
    "a negative version": (with_payload(same, expected_version=-1), "payload.expected_version"),
    "a version to come": (with_payload(same, version=2), "payload.version"),
    "a short nonce": (with_payload(same, nonce="abc"), "payload.nonce"),
    "a body that is a list": (with_payload(same, body=[]), "payload.body"),
    "a body with a key twice": (
        with_payload(lambda data: data.replace(b'"body":{}', b'"body":{"reason":"left","reason":"left"}')),
        "payload.body",
    ),
    "a body with a long exponent": (
        with_payload(lambda data: data.replace(b'"body":{}', b'"body":{"reason":1e400}')),
        "payload.body.[...]",
    ),
    "deep JSON": (with_payload(same, body={"reason": DEEP_JSON}), "payload"),
    "deepest JSON": (
        with_payload(lambda data: data.replace(b"{}", b'{"a":' * 8_000 + b"1" + b"}" * 8_000)),
        "payload",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_statement(world: World, case: str) -> None:
    make, field = MALFORMED[case]
    reply = submit(world.url(CARRIER), make(world))
    assert reply.problem["code"] in ("statement.encoding", "statement.statement", "statement.signature")
    assert reply.refused(400, reply.problem["code"], field)["final"] is True


BODIES: dict[str, tuple[bytes, str]] = {
    "a float": (b'{"reason":1.5}', "body.reason"),
    "a word that is not in the list": (b'{"reason":"bored"}', "body.reason"),
    "nothing in it": (b"{}", "body"),
    "a field too many": (b'{"more":1,"reason":"left"}', "body"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_the_act_does_not_take(world: World, case: str) -> None:
    body, field = BODIES[case]
    data = hostile.canonical(envelope(world)).replace(b'"body":{}', b'"body":' + body)
    problem = submit(world.url(CARRIER), statement(world, data)).refused(422, "act.malformed", field)
    assert problem["final"] is True


def test_another_network(world: World) -> None:
    data = statement(world, hostile.canonical(envelope(world, network="ab" * 32)))
    problem = submit(world.url(CARRIER), data).refused(422, "statement.other-network", "network")
    assert "Sign it again for this network" in problem["detail"]


def test_an_act_that_nobody_knows(world: World) -> None:
    data = statement(world, hostile.canonical(envelope(world, type="bill.burn")))
    submit(world.url(CARRIER), data).refused(422, "act.unknown", "type")


def test_an_act_on_the_wrong_kind_of_thing(world: World, traded: Trade) -> None:
    data = hostile.canonical(envelope(world, body={"reason": "left"}))
    message = sign1(world.key(ISSUER), ISSUER, traded.bill, data)
    submit(world.url(CARRIER), message).refused(422, "act.subject", "subject")


def test_an_unknown_key(world: World) -> None:
    stranger = SigningKey.from_entropy(os.urandom(48))
    data = hostile.canonical(envelope(world, body={"reason": "left"}))
    submit(world.url(CARRIER), sign1(stranger, ISSUER, SUBJECT, data)).refused(
        401, "actor.unknown-key", "kid"
    )
    nobody = sign1(stranger, "coral-line/nobody", SUBJECT, data)
    submit(world.url(CARRIER), nobody).refused(401, "actor.unknown-member", "issuer")


def test_a_bad_signature(world: World) -> None:
    message = bytearray(good(world))
    message[-1] ^= 1
    submit(world.url(CARRIER), bytes(message)).refused(401, "statement.bad-signature", "signature")
    forger = SigningKey.from_entropy(os.urandom(48))
    data = hostile.canonical(envelope(world, body={"reason": "left"}))
    known = world.key(ISSUER).public_key.thumbprint
    forged = sign1(forger, ISSUER, SUBJECT, data, kid=known)
    submit(world.url(OBSERVER), forged).refused(401, "statement.bad-signature", "signature")


def test_a_revoked_member_can_neither_act_nor_read(world: World) -> None:
    secret = SigningKey.from_entropy(os.urandom(48))
    name = f"coral-line/temp-{os.urandom(3).hex()}"
    fields: dict[str, Any] = {"key": secret.public_key.text, "permissions": ["signer"]}
    world.act(CARRIER, "member.enrol", f"member/{name}", fields)
    client = world.fresh_client(name, CARRIER, signer=Signer(member=name, key=secret))
    assert client.record(f"member/{name}") is not None
    world.act(CARRIER, "member.revoke", f"member/{name}", {"reason": "left"})
    data = hostile.canonical(envelope(world, body={"reason": "left"}))
    for node in (CARRIER, OBSERVER):
        reply = submit(world.url(node), sign1(secret, name, SUBJECT, data))
        assert reply.problem["code"] in ("actor.revoked", "actor.unknown-key")
        assert reply.status in (401, 422)
    with pytest.raises(ApiError) as caught:
        client.record(f"member/{name}")
    assert caught.value.code in ("request.forbidden", "request.signature")
    client.close()


def test_the_same_statement_again_takes_effect_once(world: World) -> None:
    message = world.container()
    first = submit(world.url(PORT), message)
    assert first.status == 201
    sealed = world.note(json.loads(first.body))
    for node in (PORT, QINZHOU, OBSERVER):
        again = submit(world.url(node), message)
        assert again.status == 200, again
        for name in ("id", "status", "index", "height", "block_id", "subject", "version"):
            assert json.loads(again.body)[name] == sealed[name], (node, name)


def test_a_second_spelling_is_the_same_statement(world: World) -> None:
    key, subject = world.key(CLERK[PORT]), f"container/{os.urandom(16).hex()}"
    body: dict[str, Any] = {
        "classifier": "actual",
        "container": {"commitment": os.urandom(32).hex(), "operator": CARRIER},
        "event": "gate_in",
        "event_ms": int(time.time() * 1000),
        "facility": "CNQZH",
        "purpose": "export",
    }
    data = hostile.canonical(envelope(world, type="movement.record", body=body, expected_version=0))
    low, high = (sign1(key, CLERK[PORT], subject, data, high_s=high) for high in (False, True))
    assert low != high
    first, second = submit(world.url(PORT), high), submit(world.url(PORT), low)
    assert (first.status, second.status) == (201, 200)
    assert json.loads(first.body)["id"] == json.loads(second.body)["id"]
    world.note(json.loads(first.body))


def test_two_at_the_same_time_are_one(world: World) -> None:
    message = world.container()
    with ThreadPoolExecutor(4) as threads:
        nodes = (PORT, PORT, QINZHOU, OBSERVER)
        replies = list(threads.map(lambda node: submit(world.url(node), message), nodes))
    assert {reply.status for reply in replies} <= {200, 201}
    assert len({(json.loads(r.body)["index"], json.loads(r.body)["height"]) for r in replies}) == 1
    world.note(json.loads(replies[0].body))


def test_an_expired_statement(world: World) -> None:
    late = envelope(world, body={"reason": "left"})
    late["last_valid_ms"] = world.status(CARRIER)["time_ms"] - 1
    message = statement(world, hostile.canonical(late))
    problem = submit(world.url(CARRIER), message).refused(422, "statement.expired", "last_valid_ms")
    assert problem["final"] is True
    late["last_valid_ms"] = world.status(CARRIER)["time_ms"] + 10 * 86_400_000
    message = statement(world, hostile.canonical(late))
    submit(world.url(CARRIER), message).refused(422, "statement.too-far-ahead", "last_valid_ms")


def refusal(work: Callable[[], object]) -> CliError:
    with pytest.raises(CliError) as caught:
        work()
    assert caught.value.why
    return caught.value


def test_out_of_turn(world: World, traded: Trade) -> None:
    client, body = world.client(BUYER), make_body("bill.accept", {"contents": traded.commitment})
    error = refusal(lambda: client.act("bill.accept", traded.bill, body))
    assert error.code == "bill.not-offered"
    assert error.final is False
    lift = make_body("clearance.lift", {"hold": "scan"})
    error = refusal(lambda: world.client(HAIPHONG).act("clearance.lift", traded.declaration, lift))
    assert error.code in ("clearance.nothing-held", "record.wrong-state")
    error = refusal(
        lambda: world.client(HAIPHONG).act(
            "clearance.release", traded.declaration, make_body("clearance.release", {})
        )
    )
    assert error.code == "record.wrong-state"


def test_in_the_wrong_role(world: World, traded: Trade) -> None:
    body = make_body("clearance.accept", {})
    error = refusal(lambda: world.client(CARRIER).act("clearance.accept", traded.declaration, body))
    assert error.code == "actor.role"
    error = refusal(lambda: world.client(QINZHOU).act("clearance.accept", traded.declaration, body))
    assert error.code == "clearance.not-office"
    give = make_body("bill.transfer", {"to": TERMINAL, "expires_ms": int(time.time() * 1000) + 3_600_000})
    error = refusal(lambda: world.client(BUYER).act("bill.transfer", traded.bill, give))
    assert error.code == "bill.not-possessor"


def test_the_same_number_cannot_be_issued_twice(world: World, traded: Trade) -> None:
    for node in (CARRIER, OBSERVER):
        client = world.client(CARRIER, node)
        error = refusal(
            lambda client=client: issue_bill(  # type: ignore[misc]
                client, another_version(traded.papers.bill), world.numbering_secret(), parties()
            )
        )
        assert (error.code, error.final) == ("record.exists", True)


def offer(client: Client, to: str, subject: str, at: int, expires_ms: int) -> dict[str, Any] | CliError:
    body = make_body("bill.transfer", {"to": to, "expires_ms": expires_ms})
    try:
        return client.act("bill.transfer", subject, body, expected_version=at)
    except CliError as error:
        return error


def test_of_two_racing_transfers_one_wins_and_the_other_hears_why(world: World) -> None:
    for _ in range(3):
        _, package = issue(world)
        version = world.client(FORWARDER).record(package.subject) or {}
        expires_ms = world.status(OBSERVER)["time_ms"] + 3_600_000
        clients = [world.fresh_client(CLERK[FORWARDER], node) for node in (OBSERVER, QINZHOU)]
        clients.append(world.fresh_client("landbridge-forwarding/pham-quoc-bao", HAIPHONG))

        with ThreadPoolExecutor(3) as threads:
            work = [
                threads.submit(offer, client, to, package.subject, version["version"], expires_ms)
                for client, to in zip(clients, (BUYER, TERMINAL, PORT), strict=True)
            ]
            outcomes = [one.result() for one in work]
        for client in clients:
            client.close()
        won = [outcome for outcome in outcomes if isinstance(outcome, dict)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, CliError)]
        assert len(won) == 1, outcomes
        assert [(error.code, error.final) for error in lost] == [("record.version-passed", True)] * 2
        assert all("bill.transfer" in error.why for error in lost), "they do not hear what came before"
        world.note(won[0])
        for node in world.places:
            found = world.client(FORWARDER, node).record(package.subject)
            assert found is not None
            assert found["version"] == version["version"] + 1


def test_an_act_on_an_old_version(world: World, traded: Trade) -> None:
    _, package = issue(world)
    expires_ms = world.status(OBSERVER)["time_ms"] + 3_600_000
    body = make_body("bill.transfer", {"to": BUYER, "expires_ms": expires_ms})
    world.note(world.client(FORWARDER).act("bill.transfer", package.subject, body, expected_version=1))
    cancel = make_body("bill.cancel", {})
    error = refusal(
        lambda: world.client(FORWARDER).act("bill.cancel", package.subject, cancel, expected_version=1)
    )
    assert (error.code, error.final, error.field) == ("record.version-passed", True, "expected_version")
