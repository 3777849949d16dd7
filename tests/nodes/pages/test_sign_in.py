"""Signing in with a key that never goes near the browser, and what must not work instead."""

from __future__ import annotations

import pytest

from ledger.primitives import Hash
from nodes.api.problems import ApiProblem
from nodes.api.sessions import (
    CODE_S,
    IDLE_S,
    MAX_CODES,
    MAX_MEMBER_CODES,
    MAX_MEMBER_SESSIONS,
    SESSION_S,
    Codes,
    Grant,
    Sessions,
)
from tests.nodes.api.rig import AUTHORITY, CLERK, TRADER, Rig, key_of, problem
from tests.nodes.pages.browser import ORIGIN, Browser, code_for

KEY = Hash(bytes(32))


def grant(member: str = CLERK) -> Grant:
    return Grant(member=member, key=KEY)


async def test_a_member_signs_in_and_out(rig: Rig, anybody: Browser) -> None:
    await anybody.get("/bills", 401)
    answer = await anybody.sign_in(CLERK)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = await anybody.get("/bills")
    assert CLERK in page.text
    mark = await anybody.mark("/bills", "/sign-out")
    assert (await anybody.post("/sign-out", {"mark": mark})).status_code == 303
    await anybody.get("/bills", 401)
    assert len(rig.app.state.api.sessions) == 0


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(anybody: Browser) -> None:
    answer = await anybody.sign_in(CLERK)
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "session" in one.partition("=")[0]]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    assert "secure" not in parts, "this node speaks plain http on its own machine"


async def test_under_tls_the_cookie_never_leaves_it(rig: Rig, anybody: Browser) -> None:
    anybody.client.base_url = f"https://{AUTHORITY}"
    mark, code = await anybody.mark(), await code_for(rig, CLERK)
    answer = await anybody.post("/sign-in", {"mark": mark, "code": code}, origin=f"https://{AUTHORITY}")
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "session" in one.partition("=")[0]]
    assert cookie.startswith("__Host-sealane-session-")
    assert "; secure" in cookie.lower()


async def test_a_code_works_once_and_not_for_long(rig: Rig, anybody: Browser) -> None:
    code = await code_for(rig, CLERK)
    assert f"{CLERK} at harbour/node-1" in (await anybody.get(f"/sign-in?code={code}")).text
    assert (await anybody.post("/sign-in", {"mark": await anybody.mark(), "code": code})).status_code == 303
    other = Browser(rig)
    failed = await other.post("/sign-in", {"mark": await other.mark(), "code": code})
    assert (failed.status_code, "wrong, was used" in failed.text) == (403, True)
    late = await code_for(rig, CLERK)
    rig.clock.turn(CODE_S)
    assert (await other.post("/sign-in", {"mark": await other.mark(), "code": late})).status_code == 403
    await other.close()


async def test_a_code_may_be_typed_as_people_type(rig: Rig, anybody: Browser) -> None:
    code = (await code_for(rig, CLERK)).replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert (await anybody.post("/sign-in", {"mark": await anybody.mark(), "code": code})).status_code == 303


async def test_only_a_signed_request_for_this_node_and_network_gets_a_code(rig: Rig) -> None:
    right = {"network": rig.network_id.hex(), "node": "harbour/node-1"}
    problem(await rig.client.post("/v1/sign-ins", params=right), 401, "request.unsigned")
    for field, value in (("network", "0" * 64), ("node", "river/node-1")):
        request = rig.signed("POST", "/v1/sign-ins", {**right, field: value})
        problem(await rig.client.send(request), 400, "request.invalid", field)
    elsewhere = rig.signed("POST", "/v1/sign-ins", right, authority="other.example:8401")
    problem(await rig.client.send(elsewhere), 401, "request.signature", "@authority")
    request = rig.signed("POST", "/v1/sign-ins", right)
    assert (await rig.client.send(request)).status_code == 200
    problem(await rig.client.send(request), 401, "request.replayed", "nonce")


async def test_what_a_browser_held_before_never_becomes_its_session(rig: Rig, anybody: Browser) -> None:
    """Session fixation: whoever planted the cookie does not know the session that follows."""
    await anybody.get("/sign-in")
    (form,) = list(anybody.client.cookies)
    name = form.replace("form", "session")
    anybody.client.cookies.set(name, "planted", domain="127.0.0.1")
    await anybody.sign_in(CLERK)
    first = anybody.client.cookies[name]
    assert first != "planted"
    thief = Browser(rig)
    thief.client.cookies.set(name, "planted")
    await thief.get("/bills", 401)
    await anybody.sign_in(TRADER)
    assert anybody.client.cookies[name] != first
    thief.client.cookies.set(name, first)
    await thief.get("/bills", 401)
    await thief.close()


async def test_behind_a_proxy_that_ends_tls_the_form_comes_from_a_page_of_https(
    rig: Rig, anybody: Browser
) -> None:
    fields = {"mark": await anybody.mark(), "code": await code_for(rig, CLERK)}
    assert (await anybody.post("/sign-in", fields, origin=f"https://{AUTHORITY}")).status_code == 303


async def test_under_tls_a_page_that_somebody_could_have_altered_on_its_way_sends_no_form(
    rig: Rig, anybody: Browser
) -> None:
    anybody.client.base_url = f"https://{AUTHORITY}"
    fields = {"mark": await anybody.mark(), "code": await code_for(rig, CLERK)}
    assert (await anybody.post("/sign-in", fields, origin=f"http://{AUTHORITY}")).status_code == 403


@pytest.mark.parametrize(
    "origin", [f"https://{AUTHORITY}0", "https://evil.example", "http://evil.example", "null", ""]
)
async def test_no_other_site_can_send_the_form(rig: Rig, anybody: Browser, origin: str) -> None:
    fields = {"mark": await anybody.mark(), "code": await code_for(rig, CLERK)}
    answer = await anybody.post("/sign-in", fields, origin=origin)
    assert answer.status_code == 403
    assert (await anybody.post("/sign-in", fields)).status_code == 303, "and the code is still good"


async def test_a_form_belongs_to_the_browser_that_it_was_made_for(rig: Rig, anybody: Browser) -> None:
    code, other = await code_for(rig, CLERK), Browser(rig)
    theirs = await other.mark()
    await anybody.mark()
    for mark in (theirs, "", "0" * 64, "ünicode"):
        assert (await anybody.post("/sign-in", {"mark": mark, "code": code})).status_code == 403
    anybody.client.cookies.clear()
    assert (await anybody.post("/sign-in", {"mark": theirs, "code": code})).status_code == 403
    await other.close()


async def test_nobody_is_signed_out_from_elsewhere(rig: Rig, clerk: Browser) -> None:
    mark = await clerk.mark("/", "/sign-out")
    assert (await clerk.post("/sign-out", {"mark": "0" * 64})).status_code == 403
    assert (await clerk.post("/sign-out", {"mark": mark}, origin="http://evil.example")).status_code == 403
    await clerk.get("/bills")


async def test_a_form_is_small_and_a_form(clerk: Browser) -> None:
    large = await clerk.post("/sign-in", {"mark": "0" * 64, "code": "x" * 4_000})
    assert large.status_code == 413
    json = await clerk.client.post("/sign-in", json={"code": "x"}, headers={"origin": ORIGIN})
    problem(json, 400, "request.invalid", "content-type")


async def test_who_loses_the_key_or_the_right_to_read_has_lost_the_session(rig: Rig) -> None:
    statement = rig.enrolment("second")
    assert (await rig.submit(statement)).status_code == 201
    browser = Browser(rig)
    await browser.sign_in("harbour/second")
    await browser.get("/bills")
    revoke = rig.statement("member.revoke", "member/harbour/second", {"reason": "left"}, expected_version=1)
    answer = await rig.submit(revoke)
    assert answer.status_code == 201, answer.text
    await browser.get("/bills", 401)
    assert len(rig.app.state.api.sessions) == 0
    await browser.close()


async def test_a_session_ends_when_it_is_idle_and_at_the_end_of_the_day(rig: Rig, clerk: Browser) -> None:
    for _ in range(int(SESSION_S / (IDLE_S - 1))):
        rig.clock.turn(IDLE_S - 1)
        await clerk.get("/bills")
    rig.clock.turn(IDLE_S - 1)
    await clerk.get("/bills", 401)
    await clerk.sign_in(CLERK)
    rig.clock.turn(IDLE_S)
    await clerk.get("/bills", 401)


async def test_a_page_with_a_form_lets_the_browser_say_where_it_comes_from(
    anybody: Browser, clerk: Browser
) -> None:
    assert (await anybody.get("/")).headers["referrer-policy"] == "no-referrer"
    assert (await anybody.get("/sign-in")).headers["referrer-policy"] == "same-origin"
    assert (await clerk.get("/")).headers["referrer-policy"] == "same-origin"


def test_codes_that_wait_are_bounded() -> None:
    codes = Codes()
    own = [codes.issue(grant(), 0.0) for _ in range(MAX_MEMBER_CODES + 1)]
    assert codes.look(own[0], 1.0) is None, "the oldest of the member gave way"
    assert codes.redeem(own[-1], 1.0) == grant()
    for number in range(MAX_CODES - MAX_MEMBER_CODES + 1):
        codes.issue(grant(f"firm-{number}/clerk"), 0.0)
    with pytest.raises(ApiProblem, match=r"node\.busy"):
        codes.issue(grant("harbour/late"), 1.0)
    assert codes.issue(grant("harbour/late"), CODE_S)


def test_no_organisation_has_all_codes_or_sessions() -> None:
    codes, sessions = Codes(), Sessions(limit=10)
    first = codes.issue(grant("crowd/m0"), 0.0), sessions.begin(grant("crowd/m0"), 0.0)
    for number in range(1, MAX_CODES):
        codes.issue(grant(f"crowd/m{number}"), 0.0)
        sessions.begin(grant(f"crowd/m{number}"), 0.0)
    assert (codes.look(first[0], 1.0), sessions.find(first[1], 1.0)) == (None, None)
    assert (len(codes._waiting), len(sessions)) == (MAX_CODES // 2, 5)
    assert codes.look(codes.issue(grant(), 1.0), 1.0) == grant()
    assert sessions.find(sessions.begin(grant(), 1.0), 1.0) is not None


def test_sessions_are_bounded() -> None:
    sessions = Sessions(limit=2 * MAX_MEMBER_SESSIONS)
    own = [sessions.begin(grant(), 0.0) for _ in range(MAX_MEMBER_SESSIONS)]
    assert sessions.find(own[0], 1.0) is not None
    sessions.begin(grant(), 2.0)
    assert sessions.find(own[1], 3.0) is None, "the one silent longest gave way"
    assert sessions.find(own[0], 3.0) is not None
    for number in range(MAX_MEMBER_SESSIONS):
        sessions.begin(grant(f"firm-{number}/clerk"), 3.0)
    with pytest.raises(ApiProblem, match=r"node\.busy"):
        sessions.begin(grant("late/clerk"), 4.0)
    assert sessions.begin(grant("late/clerk"), 3.0 + IDLE_S)


async def test_a_key_that_was_replaced_opens_nothing_more(rig: Rig) -> None:
    assert (await rig.submit(rig.enrolment("second"))).status_code == 201
    browser, member = Browser(rig), "harbour/second"
    await browser.sign_in(member)
    body = {"key": key_of("harbour/second's new key").public_key.text, "overlap_until_ms": rig.clock.time_ms}
    rotate = rig.statement("member.rotate", f"member/{member}", body, member=member, expected_version=1)
    answer = await rig.submit(rotate)
    assert answer.status_code == 201, answer.text
    await browser.get("/bills", 401)
    await browser.close()
