"""Printed codes, read by the camera and from photos, in a browser that sees a picture in place of a camera.

The page is the program that nodes serve, under their policy; what stands in for the node
records what it is asked for.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from cli.network_files import NodePlace, load_network
from nodes.pages.assets import ASSETS
from nodes.pages.frame import HEADERS
from nodes.pages.qr import qr_code
from tests.browser.conftest import CHROMIUM, DESKTOP, PHONE
from tests.browser.test_offline_file import AXE, DEMO, inspect
from tests.e2e.world import run_sealane
from tests.ports import reserve_ports

BILL = "bill/" + "ab" * 32
GLUED_ON = f"https://evil.example/verify?id={BILL}"
"""What a code may say that somebody glued over the printed one."""

PAPER = {"width": 640, "height": 480}

ORIGIN = "http://127.0.0.1:8401"
"""Loopback, which browsers trust with a camera; nothing listens there, since the test answers."""

HALL = "hall.example"
"""A laptop as other machines call it."""

PAGE = f"""<!doctype html><html lang="en"><head><title>-</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/style.css"><link rel="stylesheet" href="/static/verify.css"></head>
<body><main>
<div id="verify" data-network="{"0" * 64}" data-network-name="Corridor" data-evidence="/evidence/"
 data-scanner="/static/scan.js" data-demo="/static/demo.evidence.json"></div></main>
<script src="/static/verify-en.js" defer></script></body></html>"""

GREY = """
async (png) => {
  const picture = await createImageBitmap(await (await fetch(png)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, picture.width, picture.height);
  let text = "";
  for (let at = 0; at < data.length; at += 4) text += String.fromCharCode(data[at + 1]);
  return btoa(text);
}
"""


@pytest.fixture(scope="module")
def photo(chromium: Browser) -> bytes:
    """A paper on a desk, a little askew, with the code as the node's pages print it: a PNG."""
    page = chromium.new_page(viewport=PAPER)  # type: ignore[arg-type]
    style = "body{margin:0;background:#776}svg{width:300px;margin:70px 150px;transform:rotate(7deg)}"
    page.set_content(f"<style>{style}</style>{qr_code(GLUED_ON, 'code')}")
    taken = page.screenshot()
    page.close()
    return taken


@pytest.fixture(scope="module")
def camera(chromium: Browser, photo: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a film of one frame, in the form that Chromium takes for a camera: YUV4MPEG2."""
    page = chromium.new_page()
    grey = base64.b64decode(page.evaluate(GREY, "data:image/png;base64," + base64.b64encode(photo).decode()))
    page.close()
    width, height = PAPER["width"], PAPER["height"]
    assert len(grey) == width * height
    film = tmp_path_factory.mktemp("camera") / "paper.y4m"
    head = f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
    film.write_bytes(head + grey + bytes([128]) * (width * height // 2))
    return film


class Desk:
    """The page, and the requests that were made."""

    def __init__(self, page: Page) -> None:
        self.page, self.asked, self.loaded = page, list[str](), list[str]()
        page.context.route("**/*", self._answer)
        page.goto(f"{ORIGIN}/verify")
        expect(page.locator("#trust")).to_be_visible()

    def _answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if not route.request.url.startswith(ORIGIN) or address.path.startswith("/evidence/"):
            self.asked.append(route.request.url)
            route.fulfill(path=DEMO, content_type="application/json")
        elif address.path.startswith("/static/"):
            asset = ASSETS[address.path.removeprefix("/static/")]
            self.loaded.append(address.path)
            route.fulfill(body=asset.data, content_type=asset.media_type)
        else:
            route.fulfill(
                body=PAGE, content_type="text/html", headers={**HEADERS, "content-type": "text/html"}
            )


@pytest.fixture
def filming(chromium: Browser, camera: Path) -> Iterator[Browser]:
    """A browser with the paper before its camera, whose owner allows the camera; it knows the way to HALL."""
    if "scan.js" not in ASSETS:
        missing = "the program of the page is not built: run `make web`"
        if os.environ.get("SEALANE_REQUIRE_WEB") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    camera_flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]
    browser = chromium.browser_type.launch(
        executable_path=next(path for name in CHROMIUM if (path := shutil.which(name))),
        args=["--no-sandbox", f"--host-resolver-rules=MAP {HALL} 127.0.0.1", *camera_flags],
    )
    yield browser
    browser.close()


@pytest.fixture
def desk(filming: Browser) -> Iterator[Desk]:
    """A tab of that browser."""
    said: list[str] = []
    page = filming.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    yield Desk(page)
    assert said == []


def test_the_camera_reads_the_id_and_only_this_node_is_asked_whatever_host_the_code_names(desk: Desk) -> None:
    assert "/static/scan.js" not in desk.loaded, "nobody loads it who does not scan"
    desk.page.get_by_role("button", name="Scan the printed code").click()
    expect(desk.page.get_by_label("Or type or paste the id of a record")).to_have_value(BILL)
    expect(desk.page.locator(".verdict")).to_be_visible()
    assert desk.asked == [f"{ORIGIN}/evidence/{BILL}"]
    assert desk.page.locator("video").count() == 0, "the camera is given back"
    assert desk.page.url == f"{ORIGIN}/verify"


def test_a_photo_serves_who_has_no_camera_here(desk: Desk, photo: bytes) -> None:
    paper = {"name": "paper.png", "mimeType": "image/png", "buffer": photo}
    desk.page.set_input_files("#photo", paper)  # type: ignore[arg-type]
    expect(desk.page.get_by_label("Or type or paste the id of a record")).to_have_value(BILL)
    expect(desk.page.locator(".verdict")).to_be_visible()
    assert desk.asked == [f"{ORIGIN}/evidence/{BILL}"]


def test_of_a_photo_without_a_code_the_reader_is_told_what_to_do(desk: Desk) -> None:
    for data in (b"no picture", base64.b64decode(EMPTY_PNG)):
        file = {"name": "paper.png", "mimeType": "image/png", "buffer": data}
        desk.page.set_input_files("#photo", file)  # type: ignore[arg-type]
        expect(desk.page.locator("#record-note")).to_contain_text("Take it from nearer")
    assert desk.asked == []


def test_what_only_begins_like_an_id_is_asked_of_nobody(desk: Desk) -> None:
    """Browsers resolve dots before they ask: a code could have them ask the node for anything."""
    asking, note = (
        desk.page.get_by_label("Or type or paste the id of a record"),
        desk.page.locator("#record-note"),
    )
    for text in ("bill/../../live", "bill/..", "member/a/../b", "bill/A", "bill/", "bill/a?b", "bill/a/b/c"):
        asking.fill(text)
        asking.press("Enter")
        expect(note).to_contain_text("That is no id of a record")
        asking.fill("member/harbour")
        asking.press("Enter")
        expect(note).to_have_text("")
    assert set(desk.asked) == {f"{ORIGIN}/evidence/member/harbour"}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodePlace]:
    """The node of a network that was started for phones in the room."""
    folder = tmp_path_factory.mktemp("laptop")
    run_sealane("network", "init", "net", "--validators", 1, "--port-base", reserve_ports(), cwd=folder)
    try:
        run_sealane("network", "up", "net", "--tls", "--tls-name", HALL, cwd=folder)
        yield load_network(folder / "net")[1][0]
    finally:
        run_sealane("network", "down", "net", cwd=folder, exit_code=None)


def test_a_phone_in_the_room_has_a_camera_over_https_and_a_photo_without(
    filming: Browser, laptop: NodePlace, photo: bytes
) -> None:
    phone = filming.new_context(viewport=PHONE, ignore_https_errors=True)  # type: ignore[arg-type]
    page = phone.new_page()
    page.goto(f"https://{laptop.authorities[0]}/verify")
    page.get_by_role("button", name="Scan the printed code").click()
    expect(page.get_by_label("Or type or paste the id of a record")).to_have_value(BILL)
    expect(page.locator("#record-note")).to_contain_text("sign in", ignore_case=True)
    page.goto(f"http://{HALL}:{laptop.api_port}/verify")
    expect(page.locator("#photo")).to_be_attached()
    assert page.get_by_role("button", name="Scan the printed code").count() == 0
    phone.close()


EMPTY_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one pixel."""


BLANK = """
() => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  setInterval(() => context.fillRect(0, 0, canvas.width, canvas.height), 20);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
}
"""
"""A camera before which nothing is."""

REFUSED = "() => { navigator.mediaDevices.getUserMedia = async () => { throw new Error('no'); }; }"


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["day-desk", "night-phone"]
)
def test_whatever_the_camera_sees_the_page_fits_and_everybody_can_use_it(
    desk: Desk, scheme: str, size: dict[str, int]
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `make web`")
    page, note = desk.page, desk.page.locator("#record-note")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate(BLANK)
    page.get_by_role("button", name="Scan the printed code").press("Enter")
    expect(page.locator("video")).to_be_visible()
    inspect(page)
    page.get_by_role("button", name="Stop the camera").press("Enter")
    expect(page.locator("video")).to_have_count(0)
    page.evaluate(REFUSED)
    page.get_by_role("button", name="Scan the printed code").press("Enter")
    expect(note).to_contain_text("The camera could not be used.")
    inspect(page)
    blank = {"name": "wall.png", "mimeType": "image/png", "buffer": page.screenshot()}
    page.set_input_files("#photo", blank)  # type: ignore[arg-type]
    expect(note).to_contain_text("No code with an id was found in the photo.")
    inspect(page)
    assert desk.asked == []
