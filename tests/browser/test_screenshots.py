"""Pictures of the main pages for the documentation: `make screenshots` takes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from nodes.pages.paths import path_of
from tests.browser.scene import Scene

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


def test_pictures_of_the_main_pages(
    desk: Page, scene: Scene, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = Path(request.config.getoption("--screenshots", default=None) or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (path, size, scheme) in views(scene).items():
        desk.set_viewport_size(size)  # type: ignore[arg-type]
        desk.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        desk.goto(path)
        taken = desk.screenshot(path=folder / f"{name}.png")
        assert 5_000 < len(taken) < MAX_PICTURE_BYTES, name
