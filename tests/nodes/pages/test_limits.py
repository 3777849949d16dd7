"""Limits and faults: people get a page in their language that says what to do, programs a problem."""

from __future__ import annotations

import httpx2
import pytest

import texts
from nodes.api.guard import SECURITY_HEADERS
from nodes.pages.errors import LIMITS
from tests.nodes.api.rig import CLERK, Rig
from tests.nodes.api.test_rates import served
from tests.nodes.pages.browser import ORIGIN, Browser
from tests.nodes.pages.test_frame import BROWSER, page

LONG = "x" * 20_000


def assert_page(response: httpx2.Response, status: int, limit: str, language: str = "en") -> None:
    said = texts.load("pages", language)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f'<html lang="{language}">' in response.text
    assert f"<h1>{said(f'limit_title_{limit}')}</h1>" in response.text
    assert "style-src 'self'" in response.headers["content-security-policy"]
    assert "accept" in response.headers["vary"].lower()
    assert {name.decode() for name, _ in SECURITY_HEADERS} <= response.headers.keys()


@pytest.mark.parametrize("language", texts.LANGUAGES)
async def test_who_asks_too_often_reads_when_to_come_again(rig: Rig, language: str) -> None:
    headers = BROWSER | {"accept-language": language}
    async with served(rig, requests_per_s=0.5) as client:
        for _ in range(5):
            assert (await client.get("/", headers=headers)).status_code == 200
        answer = await client.get("/", headers=headers)
        assert_page(answer, 429, "too_many", language)
        assert answer.headers["retry-after"] == "2"
        assert texts.load("pages", language)("limit_advice_too_many", seconds=2) in answer.text
        # Programs get the document, also where a browser's address bar asks the API.
        for path, accept in (("/", "application/json"), ("/", "*/*"), ("/v1/status", BROWSER["accept"])):
            refused = await client.get(path, headers={"accept": accept})
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["code"] == "request.too-many"


async def test_an_address_that_is_too_long_is_told_so_in_the_language_that_it_names(rig: Rig) -> None:
    answer = await page(rig, f"/search?lang=vi&q={LONG}", 431)
    assert_page(answer, 431, "head", "vi")
    assert answer.headers["connection"] == "close"
    assert LONG not in answer.text
    cookies = await page(rig, "/", 431, cookie=f"sealane-language=km; other={LONG}")
    assert_page(cookies, 431, "head", "km")


@pytest.mark.parametrize(
    "path", ["/search?q=a%00b", "/bills?after=0~%00", "/records/bill/%00", "/v1/blocks/%00"]
)
async def test_an_address_with_a_nul_goes_to_no_database(rig: Rig, path: str) -> None:
    answer = await rig.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    if not path.startswith("/v1/"):
        assert_page(await page(rig, f"{path}{'&' if '?' in path else '?'}lang=km", 400), 400, "unread", "km")
    assert "NUL" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/evidence/organisation/harbour", "/organisations/harbour", "/bills"])
async def test_a_member_asks_no_more_of_pages_than_by_signed_requests(
    rig: Rig, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await rig.submit(rig.enrolment("second"))).status_code == 201
    async with served(rig, member_requests_per_s=0.5) as client:
        monkeypatch.setattr(rig, "client", client)
        browser = Browser(rig)
        await browser.client.aclose()
        browser.client = client
        assert (await browser.sign_in(CLERK)).status_code == 303
        answers = [(await client.get(path)).status_code for _ in range(6)]
        assert answers == [200] * 4 + [429] * 2, "of five the request for the code was one"


async def test_a_refused_page_costs_no_look_at_the_session(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is refused must not make the node work."""
    monkeypatch.setattr("nodes.pages.visitors._find", lambda request: pytest.fail("it was looked at"))
    assert_page(await page(rig, f"/?q={LONG}", 431), 431, "head")


async def test_a_form_that_is_too_large(rig: Rig) -> None:
    fields = {"mark": "0" * 64, "code": "x" * 4_000}
    headers = BROWSER | {"origin": ORIGIN, "accept-language": "zh"}
    assert_page(await rig.client.post("/sign-in", data=fields, headers=headers), 413, "too_large", "zh")


async def test_a_fault_tells_its_number_and_nothing_else(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(rig.engine, "status", fail)
    answer = await page(rig, "/", 500)
    assert_page(answer, 500, "fault")
    assert "The incident " in answer.text
    assert "secret" not in answer.text


def test_every_limit_has_its_texts() -> None:
    said = texts.load("pages", texts.REFERENCE)
    for limit in LIMITS.values():
        assert f"limit_title_{limit}" in said
        assert f"limit_advice_{limit}" in said
