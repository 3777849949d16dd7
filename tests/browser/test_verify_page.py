"""The verify page as a node serves it: with its program, without scripts, and for ids from anywhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from cli.network_files import NodePlace
from nodes.pages.assets import ASSETS
from tests.browser.scene import Scene
from tests.browser.test_offline_file import DEMO, SEALS_MS, give
from tests.browser.test_pages import LOADED, MAX_PAGE_BYTES

expect.set_options(timeout=SEALS_MS)


@pytest.fixture
def verify(page: Page) -> Page:
    if "verify-en.js" not in ASSETS:
        pytest.skip("the program of the page is not built: run `make web`")
    page.goto("/verify")
    expect(page.locator("#trust")).to_be_visible()
    return page


@pytest.mark.parametrize("language", ["en", "zh", "vi", "km"])
def test_the_page_is_light(verify: Page, language: str) -> None:
    verify.goto(f"/verify?lang={language}", wait_until="load")
    assert 40_000 < verify.evaluate(LOADED) < MAX_PAGE_BYTES


def test_the_page_checks_in_the_browser(verify: Page) -> None:
    verify.get_by_role("button", name="Try the demo document").click()
    expect(verify.get_by_role("heading", name="Verified")).to_be_visible()
    give(verify, DEMO.read_bytes())
    expect(verify.locator(".verdict")).to_contain_text("Anybody can make a network")
    assert "as trustworthy as that node" in verify.locator("main").inner_text()


def test_an_id_is_asked_of_this_node_whatever_host_stands_before_it(verify: Page) -> None:
    bill = "bill/" + "ab" * 32
    verify.get_by_label("Or type or paste the id of a record").fill(f"https://evil.example/verify?id={bill}")
    with verify.expect_response(lambda answer: answer.url.endswith(f"/evidence/{bill}")) as asked:
        verify.get_by_role("button", name="Get its evidence").click()
    assert asked.value.status == 401
    expect(verify.locator("#record-note")).to_contain_text("sign in first")
    verify.get_by_label("Or type or paste the id of a record").fill("no such thing")
    verify.get_by_role("button", name="Get its evidence").click()
    expect(verify.locator("#record-note")).to_contain_text("That is no id")


def test_who_is_signed_in_gets_the_evidence_of_a_record_by_its_id(desk: Page, scene: Scene) -> None:
    if "verify-en.js" not in ASSETS:
        pytest.skip("the program of the page is not built: run `make web`")
    desk.goto("/verify")
    desk.get_by_label("Or type or paste the id of a record").fill(f"https://evil.example/{scene.bill}")
    desk.get_by_role("button", name="Get its evidence").click()
    expect(desk.locator(".verdict.caution")).to_contain_text("Anybody can make a network")
    desk.locator("#result").get_by_role("button", name="Trust this network").click()
    expect(desk.get_by_role("heading", name="Verified")).to_be_visible()
    expect(desk.locator("#result")).to_contain_text(scene.bill)
    expect(desk.locator("#result")).to_contain_text("The status is: issued")
    desk.get_by_label("Or type or paste the id of a record").fill("bill/" + "ab" * 32)
    desk.get_by_role("button", name="Get its evidence").click()
    expect(desk.locator("#record-note")).to_contain_text("did not give evidence")


def test_without_scripts_the_node_checks_and_says_so(chromium: Browser, place: NodePlace) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{place.url}/verify")
    page.set_input_files("#sent", DEMO)
    page.get_by_role("button", name="Send the file to this node").click()
    expect(page.locator(".verdict.caution")).to_be_visible()
    expect(page.locator("main")).to_contain_text("you take its word for it")
    context.close()
