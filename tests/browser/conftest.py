"""A network that played the corridor story, and a browser to look at its pages with.

Every test of this folder is marked `browser`: `make test-browser` runs them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from cli.network_files import NodePlace, load_network
from tests.e2e.world import OBSERVER, World, run_sealane
from tests.ports import reserve_ports

FOLDER = Path(__file__).resolve().parent

STORY_TIMEOUT_S = 300
"""A machine that does much else takes a minute."""

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))
            item.add_marker(pytest.mark.timeout(STORY_TIMEOUT_S))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Five nodes on which the corridor story was played to its end."""
    folder = tmp_path_factory.mktemp("browser")
    found = World(folder / "net")
    try:
        run_sealane("demo", "--keep", "--port-base", reserve_ports(), "--dir", "net", cwd=folder)
        yield found
    finally:
        found.close()


@pytest.fixture(scope="session")
def place(world: World) -> NodePlace:
    """The node of the forwarder, an observer, whose pages are looked at."""
    _, places = load_network(world.directory)
    return next(place for place in places if place.organisation == OBSERVER)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or what else the system has."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, place: NodePlace) -> Iterator[BrowserContext]:
    """A fresh browser that may speak to the node and to nobody else; it fails the test that tries."""
    made = chromium.new_context(base_url=place.url, viewport=DESKTOP, locale="en-GB")  # type: ignore[arg-type]
    strays: list[str] = []

    def only_the_node(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(place.url).netloc:
            route.continue_()
        else:
            strays.append(route.request.url)
            route.abort()

    made.route("**/*", only_the_node)
    yield made
    made.close()
    assert strays == []


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which neither scripts nor the policy against foreign ones complain."""
    made, said = context.new_page(), []
    made.on("pageerror", lambda error: said.append(str(error)))
    made.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    yield made
    assert [line for line in said if "Failed to load resource" not in line] == []
