"""A network that played the corridor story, and a browser to look at its pages with.

Every test of this folder is marked `browser`: `make test-browser` runs them. Whoever
works on pages saves a minute each time with SEALANE_BROWSER_NETWORK=DIR: the network
is made there, and looked at again as long as it runs.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from cli.network_files import NodePlace, load_network
from tests.browser.scene import Scene, set_scene
from tests.e2e.world import CLERK, HAIPHONG, World, run_sealane
from tests.ports import reserve_ports

FOLDER = Path(__file__).resolve().parent

STORY_TIMEOUT_S = 300
"""A machine that does much else takes a minute."""

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
KEPT = os.environ.get("SEALANE_BROWSER_NETWORK")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))
            item.add_marker(pytest.mark.timeout(STORY_TIMEOUT_S))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", metavar="DIR", help="where tests/browser/test_screenshots.py keeps them"
    )


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Five nodes on which the corridor story was played to its end."""
    folder = Path(KEPT).resolve() if KEPT else tmp_path_factory.mktemp("browser")
    found = World(folder / "net")
    if KEPT and (folder / "net").is_dir():
        found.heal()
        yield found
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run_sealane("demo", "--keep", "--port-base", reserve_ports(), "--dir", "net", cwd=folder)
        yield found
    finally:
        if not KEPT:
            found.close()


@pytest.fixture(scope="session")
def scene(world: World) -> Scene:
    """What there is to see, the story aside: something that waits, something held, something to vote on."""
    kept = world.directory / "scene.json"
    if kept.is_file():
        return Scene(**json.loads(kept.read_text()))
    made = set_scene(world)
    kept.write_text(json.dumps(made.__dict__))
    return made


@pytest.fixture(scope="session")
def place(world: World) -> NodePlace:
    """The node whose pages are looked at: that of Hai Phong Customs."""
    _, places = load_network(world.directory)
    return next(place for place in places if place.organisation == HAIPHONG)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or what else the system has."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("SEALANE_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium is installed: apt install chromium")
        pytest.skip("no Chromium is installed: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(world: World, place: NodePlace, chromium: Browser) -> Any:
    """The cookies of a browser in which the customs officer signed in, as a person would."""
    return sign_in(world, place, chromium, CLERK[HAIPHONG])


def sign_in(world: World, place: NodePlace, chromium: Browser, member: str) -> Any:
    """The cookies of a browser in which a member signed in with a link."""
    link = world.said("login", "--node", place.url, as_=member)["link"]
    made = chromium.new_context(base_url=place.url)
    page = made.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in this browser").click()
    page.get_by_text(member).wait_for()
    state = made.storage_state()
    made.close()
    return state


@pytest.fixture
def strays(place: NodePlace) -> Iterator[list[str]]:
    """Requests to any other host than the node; one fails the test."""
    found: list[str] = []
    yield found
    assert found == []


def open_context(chromium: Browser, place: NodePlace, strays: list[str], **options: Any) -> BrowserContext:
    """A fresh browser that may speak to the node and to nobody else."""
    made = chromium.new_context(**{"base_url": place.url, "viewport": DESKTOP, "locale": "en-GB", **options})

    def only_the_node(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(place.url).netloc:
            route.continue_()
        else:
            strays.append(route.request.url)
            route.abort()

    made.route("**/*", only_the_node)
    return made


@pytest.fixture
def context(chromium: Browser, place: NodePlace, strays: list[str]) -> Iterator[BrowserContext]:
    """A fresh browser of somebody who is not signed in."""
    made = open_context(chromium, place, strays)
    yield made
    made.close()


@pytest.fixture
def officer(
    chromium: Browser, place: NodePlace, strays: list[str], signed_in: Any
) -> Iterator[BrowserContext]:
    """A fresh browser of the customs officer."""
    made = open_context(chromium, place, strays, storage_state=signed_in)
    yield made
    made.close()


def watched(context: BrowserContext, complaints: list[str]) -> Page:
    """A tab whose scripts, and whose policy against foreign ones, are listened to."""
    made = context.new_page()
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    return made


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab of somebody who is not signed in; complaints fail the test."""
    said: list[str] = []
    yield watched(context, said)
    assert [line for line in said if "Failed to load resource" not in line] == []


@pytest.fixture
def desk(officer: BrowserContext) -> Iterator[Page]:
    """A tab of the customs officer; complaints fail the test."""
    said: list[str] = []
    yield watched(officer, said)
    assert [line for line in said if "Failed to load resource" not in line] == []
