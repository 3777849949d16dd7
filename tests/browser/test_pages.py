"""The main pages as a person meets them."""

from __future__ import annotations

from playwright.sync_api import Page


def test_the_first_page_says_whose_node_this_is(page: Page) -> None:
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "landbridge-forwarding/node-1" in page.locator("footer").inner_text()
