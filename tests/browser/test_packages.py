"""Packages as an officer meets them in the offline file: every record by itself, and what is not there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_offline_file import Desk, desk, give, inspect, offline, trust
from tools.make_vectors import PACKAGES

__all__ = ["desk", "offline"]


def package(name: str) -> tuple[bytes, str]:
    """A package among the vectors, and its network."""
    text = json.loads((PACKAGES / f"{name}.json").read_bytes())["package"]
    return text.encode(), json.loads(text)["network"]


def test_a_package_is_judged_record_by_record(desk: Desk) -> None:
    page = desk.open()
    data, network = package("verified-whole")
    give(page, data, name="consignment.package.json")
    expect(page.locator(".verdict")).to_contain_text("Anybody can make a network")
    page.locator(".part").first.click()
    assert page.locator("#result table").count() == 0, "nothing is shown of a network that nobody trusts"
    trust(page, network)
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    assert page.locator(".part > .passed").count() == 4
    expect(page.locator("#result")).to_contain_text("As of block 1")
    page.locator('.part[data-part^="document/"] summary').click()
    expect(page.locator('.part[data-part^="document/"]')).to_contain_text("2026-117")
    assert page.locator("#lab").count() == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bad-missing", "belongs to the consignment and is missing"),
        ("bad-seal-other-round", "A seal is not that of the organisations which may give it"),
        ("bad-belongs-stranger", "nothing proves that it belongs to this consignment"),
        ("bad-contents-salt", "The document is not the one that the ledger commits to"),
        ("bad-file-left-out-twice", "This is no evidence file"),
    ],
)
def test_of_a_bad_package_the_record_at_fault_is_named_and_no_contents_shown(
    desk: Desk, name: str, sentence: str
) -> None:
    page = desk.open()
    data, network = package(name)
    trust(page, network)
    give(page, data)
    expect(page.locator(".verdict.not_verified")).to_contain_text(sentence)
    for part in page.locator(".part summary").all():
        part.click()
    assert page.locator("#result table").count() == 0
    assert "2026-117" not in page.locator("#result").inner_text()


def test_a_package_without_a_declaration_that_may_matter_is_a_caution(desk: Desk) -> None:
    page = desk.open()
    data, network = package("caution-open")
    trust(page, network)
    give(page, data)
    expect(page.locator(".verdict.caution")).to_contain_text("records of the same goods are not in it")
    expect(page.locator("#result")).to_contain_text("Ask the sender for the records named below")
    expect(page.locator("#result")).to_contain_text("declaration/")


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["day-desk", "night-phone"]
)
def test_every_view_of_a_package_fits_and_everybody_can_use_it(desk: Desk, scheme: str, size: Any) -> None:
    page = desk.open(color_scheme=scheme, viewport=size)
    data, network = package("verified-whole")
    give(page, data, name="consignment.package.json")
    inspect(page)
    trust(page, network)
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    for part in page.locator(".part > summary").all():
        part.click()
    expect(page.locator(".part .answers")).to_have_count(4)
    inspect(page)
    page.emulate_media(media="print")
    head = page.locator("#result thead th").first
    assert head.evaluate("(one) => getComputedStyle(one).position") == "static", "it would cover rows"
    page.emulate_media(media="screen")
    for name in ("caution-open", "caution-left-out", "bad-missing", "bad-contents-salt"):
        give(page, package(name)[0])
        for part in page.locator(".part > summary").all():
            part.click()
        inspect(page)


def test_a_package_is_read_by_keyboard_alone_and_in_words(desk: Desk) -> None:
    page = desk.open(locale="vi-VN")
    data, network = package("verified-whole")
    page.locator("#trust summary").press("Enter")
    page.locator("#fingerprint").fill(network)
    page.locator("#fingerprint").press("Enter")
    page.locator("#age").select_option("0")
    give(page, data)
    parts = page.locator(".part")
    expect(parts.first.locator("summary")).to_contain_text("đã phát hành")
    parts.first.locator("summary").press("Enter")
    expect(parts.first.locator(".answers")).to_contain_text("đã phát hành")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.part') !== null"), "what opens comes next"
