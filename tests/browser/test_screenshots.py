"""Pictures of the main pages for the documentation: `make screenshots` takes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from nodes.pages.assets import ASSETS
from nodes.pages.paths import path_of
from tests.browser.scene import Scene
from tests.browser.test_offline_file import DEMO, SEALS_MS, give, vector

expect.set_options(timeout=SEALS_MS)

DESK, HAND = {"width": 1100, "height": 760}, {"width": 390, "height": 780}

MAX_PICTURE_BYTES = 150_000
"""Pictures are carried by every clone."""


def views(scene: Scene) -> dict[str, tuple[str, dict[str, int], str]]:
    """Name of a picture: address, size of the window, light or dark."""
    return {
        "overview": ("/", DESK, "light"),
        "queue": ("/queue", DESK, "light"),
        "bill": (path_of(scene.bill), DESK, "light"),
        "bill-phone": (path_of(scene.bill), HAND, "dark"),
        "declaration": (path_of(scene.declaration), DESK, "light"),
        "container": (path_of(scene.container), DESK, "dark"),
        "block": ("/blocks/1", DESK, "light"),
        "proposal": (path_of(scene.proposal), DESK, "light"),
        "validators-km": ("/validators?lang=km", HAND, "light"),
        "queue-zh": ("/queue?lang=zh", HAND, "light"),
    }


@pytest.fixture
def album(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Where pictures are kept: thrown away unless somebody wants them."""
    folder = Path(request.config.getoption("--screenshots", default=None) or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(page: Page, album: Path, name: str) -> None:
    taken = page.screenshot(path=album / f"{name}.png")
    assert 5_000 < len(taken) < MAX_PICTURE_BYTES, name


def test_pictures_of_the_main_pages(desk: Page, scene: Scene, album: Path) -> None:
    for name, (path, size, scheme) in views(scene).items():
        desk.set_viewport_size(size)  # type: ignore[arg-type]
        desk.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        desk.goto(path)
        take(desk, album, name)


@pytest.mark.parametrize(
    ("ending", "size", "scheme"), [("", DESK, "light"), ("-phone", HAND, "dark")], ids=["desk", "phone"]
)
def test_pictures_of_the_page_that_verifies(
    page: Page, album: Path, ending: str, size: Any, scheme: Any
) -> None:
    if "verify-en.js" not in ASSETS:
        pytest.skip("the program of the page is not built: run `make web`")
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.goto("/verify")
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.locator(".verdict.verified")).to_be_visible()
    take(page, album, f"verify{ending}")
    for name, data, verdict in (
        ("altered", vector("bad-contents-document"), "not_verified"),
        ("unknown", DEMO.read_bytes(), "caution"),
    ):
        give(page, data)
        expect(page.locator(f".verdict.{verdict}")).to_be_visible()
        take(page, album, f"verify-{name}{ending}")
