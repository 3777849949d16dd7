"""Signed requests: who may read, and every way in which a signature does not count."""

from __future__ import annotations

import httpx2
import pytest

from nodes.api import problems
from nodes.api.auth import known_authorities
from nodes.api.nonces import KEPT_S, Nonces
from nodes.config import ApiSection
from tests.nodes.api.rig import CLERK, STRANGER, TRADER, Rig, key_of, problem

HEX, COMMITMENT = "0" * 64, "1" * 64
MEMBERS_ONLY = (
    "/v1/entries",
    "/v1/entries/0",
    "/v1/records/organisation/harbour",
    "/v1/records/organisation/harbour/history",
    "/v1/blocks",
    "/v1/blocks/0",
    "/v1/evidence/organisation/harbour",
    "/v1/receipts/1",
    "/v1/search?text=tiles",
    "/v1/events",
    f"/v1/statements/{HEX}",
    f"/v1/contents/{COMMITMENT}",
)


@pytest.mark.parametrize("path", MEMBERS_ONLY)
async def test_reads_need_a_signature(rig: Rig, path: str) -> None:
    answer = await rig.client.get(path)
    problem(answer, 401, "request.unsigned", "signature")
    assert answer.headers["www-authenticate"] == 'Signature realm="sealane"'


async def test_storing_needs_a_signature(rig: Rig) -> None:
    problem(await rig.client.put(f"/v1/contents/{COMMITMENT}", content=b"{}"), 401, "request.unsigned")


async def test_a_member_reads(rig: Rig) -> None:
    for member in (CLERK, TRADER):
        assert (await rig.get("/v1/entries", member=member)).status_code == 200


async def test_a_stranger_and_a_foreign_key_get_the_same_answer(rig: Rig) -> None:
    stranger = await rig.get("/v1/entries", member=STRANGER)
    forged = await rig.client.send(rig.signed("GET", "/v1/entries", key=key_of("x/y")))
    assert problem(stranger, 401, "request.signature") == problem(forged, 401, "request.signature")


async def test_a_signature_for_other_bytes(rig: Rig) -> None:
    good = rig.signed("GET", "/v1/entries", {"limit": 1})
    for url in ("/v1/entries?limit=2", "/v1/blocks?limit=1", "/v1/entries"):
        altered = rig.client.build_request("GET", url, headers=good.headers)
        problem(await rig.client.send(altered), 401, "request.signature", "signature")
    renamed = httpx2.Request("GET", good.url, headers={**good.headers, "sealane-member": TRADER})
    problem(await rig.client.send(renamed), 401, "request.signature")


async def test_a_stale_and_an_early_request(rig: Rig) -> None:
    rig.clock.turn(100)
    now_s = rig.clock.time_ms // 1000
    for created_s in (now_s - 61, now_s + 61):
        answer = await rig.client.send(rig.signed("GET", "/v1/entries", created_s=created_s))
        problem(answer, 401, "request.stale", "created")
    for created_s in (now_s - 60, now_s + 60):
        answer = await rig.client.send(rig.signed("GET", "/v1/entries", created_s=created_s))
        assert answer.status_code == 200


async def test_what_was_signed_before_the_start_is_refused(rig: Rig) -> None:
    """Its nonce may have been used, which a restarted node cannot know."""
    started_s = rig.clock.time_ms // 1000
    rig.clock.turn(10)
    answer = await rig.client.send(rig.signed("GET", "/v1/entries", created_s=started_s - 1))
    problem(answer, 401, "request.stale", "created")
    answer = await rig.client.send(rig.signed("GET", "/v1/entries", created_s=started_s))
    assert answer.status_code == 200


async def test_a_replayed_request(rig: Rig) -> None:
    request = rig.signed("GET", "/v1/entries", created_s=rig.clock.time_ms // 1000 + 60)
    assert (await rig.client.send(request)).status_code == 200
    problem(await rig.client.send(request), 401, "request.replayed", "nonce")
    rig.clock.turn(119)
    problem(await rig.client.send(request), 401, "request.replayed", "nonce")
    rig.clock.turn(2)
    problem(await rig.client.send(request), 401, "request.stale")


async def test_a_request_that_failed_to_verify_uses_no_nonce(rig: Rig) -> None:
    nonce = bytes(16)
    await rig.client.send(rig.signed("GET", "/v1/entries", key=key_of("x/y"), nonce=nonce))
    assert len(rig.app.state.api.nonces) == 0
    assert (await rig.client.send(rig.signed("GET", "/v1/entries", nonce=nonce))).status_code == 200


async def test_a_request_signed_for_another_node(rig: Rig) -> None:
    request = rig.signed("GET", "/v1/entries", authority="node.evil.example")
    assert request.headers["host"] == "node.evil.example"
    problem(await rig.client.send(request), 401, "request.signature", "@authority")
    local = rig.signed("GET", "/v1/entries", authority="localhost:8401")
    assert (await rig.client.send(local)).status_code == 200


async def test_malformed_signature_headers(rig: Rig) -> None:
    good = rig.signed("GET", "/v1/entries")
    for name, value, code in (
        ("signature-input", "sealane=()", "request.invalid"),
        ("signature", "sealane=:AAAA:", "request.invalid"),
        ("sealane-member", "UPPER/case", "request.invalid"),
        ("signature-input", "x" * 2_000, "request.invalid"),
    ):
        request = httpx2.Request("GET", good.url, headers={**good.headers, name: value})
        problem(await rig.client.send(request), 400, code, name)
    twice = httpx2.Request("GET", good.url, headers=[*good.headers.items(), ("sealane-member", CLERK)])
    problem(await rig.client.send(twice), 400, "request.invalid", "sealane-member")


async def test_a_get_with_a_body(rig: Rig) -> None:
    request = rig.signed("GET", "/v1/entries", body=b"{}")
    problem(await rig.client.send(request), 413, "request.too-large")


async def test_a_revoked_member(rig: Rig) -> None:
    await rig.submit(rig.enrolment("second"))
    assert (await rig.get("/v1/entries", member="harbour/second")).status_code == 200
    revoke = rig.statement("member.revoke", "member/harbour/second", {"reason": "left"}, expected_version=1)
    assert (await rig.submit(revoke)).status_code == 201
    problem(await rig.get("/v1/entries", member="harbour/second"), 403, "request.forbidden", "sealane-member")


async def test_a_rotated_key(rig: Rig) -> None:
    body = {"key": key_of("harbour/new").public_key.text, "overlap_until_ms": rig.clock.time_ms + 60_000}
    rotate = rig.statement("member.rotate", f"member/{CLERK}", body, expected_version=1)
    assert (await rig.submit(rotate)).status_code == 201
    new = rig.signed("GET", "/v1/entries", key=key_of("harbour/new"))
    assert (await rig.client.send(new)).status_code == 200
    assert (await rig.get("/v1/entries")).status_code == 200
    rig.clock.turn(61)
    problem(await rig.get("/v1/entries"), 401, "request.signature")


def test_nonces_are_bounded_by_member_and_in_all() -> None:
    nonces = Nonces(limit=3, member_limit=2)
    nonces.use("a/x", "1", 0)
    nonces.use("a/x", "2", 1)
    with pytest.raises(problems.ApiProblem, match=r"request\.too-many"):
        nonces.use("a/x", "3", 2)
    nonces.use("b/y", "1", 2)
    with pytest.raises(problems.ApiProblem, match=r"node\.busy"):
        nonces.use("c/z", "1", 2)
    with pytest.raises(problems.ApiProblem, match=r"request\.replayed"):
        nonces.use("a/x", "1", KEPT_S - 1)
    nonces.use("a/x", "3", KEPT_S)
    assert len(nonces) == 3
    nonces.use("a/x", "4", 3 * KEPT_S)
    assert len(nonces) == 1


@pytest.mark.parametrize(
    ("host", "port", "extra", "known"),
    [
        ("127.0.0.1", 8401, (), {"127.0.0.1:8401", "localhost:8401", "[::1]:8401"}),
        ("10.0.0.7", 80, (), {"10.0.0.7:80", "10.0.0.7"}),
        ("fd00::7", 8401, ("Node.example",), {"[fd00::7]:8401", "node.example"}),
        ("0.0.0.0", 8401, (), None),
        ("0.0.0.0", 8401, ("node.example:443",), {"node.example:443"}),
        ("127.0.0.1", 0, (), None),
    ],
)
def test_the_names_of_a_node(host: str, port: int, extra: tuple[str, ...], known: set[str] | None) -> None:
    assert known_authorities(ApiSection(host=host, port=port), extra) == known
