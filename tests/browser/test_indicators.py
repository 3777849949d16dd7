"""The page of indicators after the story, at the width of a desk and of a pocket, in light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_indicators_are_drawn_and_fit(page: Page, size: dict[str, int], scheme: str) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto("/indicators")
    pictures = page.get_by_role("img").filter(has=page.locator("rect"))
    assert pictures.count() >= 2, "blocks and signatures are shown to everybody"
    for picture in pictures.all():
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] > 250
        assert box["x"] + box["width"] <= size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    table = page.locator("details").first
    table.locator("summary").press("Enter")
    assert table.locator("td").first.is_visible()
