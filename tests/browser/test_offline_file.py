"""The offline file as an officer meets it: opened from a stick, by mouse, keyboard, phone and ear."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, Route, expect

from ledger.evidence import encode_evidence
from ledger.primitives import decode_base64url
from tests.browser.conftest import DESKTOP, PHONE
from tests.ledger.builder import Chain
from tests.ledger.evidence.making import make, prove_entry
from tests.ledger.evidence.test_vectors import FOLDER
from tools.vectors.ground import SUBJECT

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = ROOT / "dist" / "sealane-verify.html"
DEMO = ROOT / "web" / "demo.evidence.json"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

MAX_OFFLINE_BYTES = 150_000

SEALS_MS = 60_000
"""A machine that does much else takes seconds for one seal."""

expect.set_options(timeout=SEALS_MS)


@pytest.fixture(scope="module")
def offline() -> Path:
    if not (OFFLINE.is_file() and AXE.is_file()):
        missing = "the offline file is not built: install node and npm, and run `make web`"
        if os.environ.get("SEALANE_REQUIRE_WEB") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return OFFLINE


class Desk:
    """A browser with nothing but the file."""

    def __init__(self, browser: Browser, offline: Path) -> None:
        self._browser, self._offline = browser, offline
        self.asked: list[str] = []
        self.complaints: list[str] = []

    def open(self, address: str = "", before: str = "", **options: Any) -> Page:
        """A fresh profile that opened the file; `address` serves it from there, as a shared folder may.

        `before` is a script that runs ahead of the file's own.
        """
        settings: dict[str, Any] = {"viewport": DESKTOP, "locale": "en-GB", "offline": not address} | options
        context = self._browser.new_context(**settings)
        context.add_init_script(before or "0")
        page = context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

        def serve(route: Route) -> None:
            route.fulfill(path=self._offline, content_type="text/html")

        if address:
            page.route(f"{address}/**", serve)
        page.goto(f"{address}/" if address else self._offline.as_uri())
        expect(page.locator("#trust")).to_be_visible()
        return page


@pytest.fixture
def desk(chromium: Browser, offline: Path) -> Iterator[Desk]:
    made = Desk(chromium, offline)
    yield made
    assert [
        url
        for url in made.asked
        if not url.startswith(("file:", "data:", "blob:", "http://officer.example/"))
    ] == []
    assert [text for text in made.complaints if "favicon" not in text] == []


def give(page: Page, data: bytes, name: str = "bill.evidence.json") -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "application/json", "buffer": data})
    expect(page.locator("#result")).to_be_visible()


def inspect(page: Page) -> None:
    """Nothing stands beyond the window's edge, and axe finds nothing that shuts somebody out."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run(document).then((all) => all.violations.map((one) => [one.id, one.nodes[0].html]))"
    )
    assert found == []


def vector(name: str) -> bytes:
    value = json.loads((FOLDER / f"{name}.json").read_bytes())
    if "evidence" in value:
        return str(value["evidence"]).encode()
    return decode_base64url(value["evidence_base64url"], field="evidence")


def trust(page: Page, network: str, age_s: int = 0) -> None:
    """Say that a network is trusted, as a reader does who was told its fingerprint; 0 for any age."""
    page.get_by_text("Networks that you trust").click()
    page.get_by_label("Fingerprint of a network").fill(network.upper())
    page.locator("#trust").get_by_role("button", name="Trust this network").click()
    page.get_by_label("A status may be as old as").select_option(str(age_s))


def test_the_file_is_small_and_is_the_one_whose_hash_is_published(offline: Path) -> None:
    data = offline.read_bytes()
    assert len(data) < MAX_OFFLINE_BYTES
    published = Path(f"{offline}.sha256").read_text(encoding="utf-8")
    assert published == f"{hashlib.sha256(data).hexdigest()}  {offline.name}\n"
    html = data.decode()
    assert "http://" not in html.replace("http://www.w3.org/", "")
    assert "https://" not in html


def test_the_demo_document_is_verified_and_five_questions_are_answered_in_order(desk: Desk) -> None:
    page = desk.open()
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    assert [text.split("?")[0] for text in page.locator(".answers h3").all_inner_texts()] == [
        "Whose document is it", "Is it unaltered", "Is it on the ledger", "Which organisations sealed it",
        "What is its status, and as of when",
    ]  # fmt: skip
    assert page.locator(".answers > .passed").count() == 5
    answers = page.locator(".answers").inner_text()
    assert "Bill CORL:BG26QZ000001" in answers
    assert "qinzhou-customs" in answers
    assert "The status is: surrendered for delivery." in answers
    assert "UTC)" in page.get_by_role("row", name="changed_ms").inner_text(), "a time is read, not counted"
    expect(page.locator("#result")).to_be_focused()


def test_an_unknown_network_is_a_caution_until_the_reader_trusts_it_and_the_browser_remembers(
    desk: Desk,
) -> None:
    page = desk.open()
    page.get_by_text("Networks that you trust").click()
    page.get_by_label("A status may be as old as").select_option("0")
    give(page, DEMO.read_bytes())
    expect(page.locator(".verdict")).to_contain_text("Caution")
    expect(page.locator(".verdict")).to_contain_text("Anybody can make a network")
    assert page.locator("#result table").count() == 0
    told = page.locator("#result").text_content() or ""
    for claim in ("BG26QZ000001", "the one you trust", "sealed by", "The record says", "Signed by"):
        assert claim not in told, "of a network that anybody may have made"
    assert page.locator(".checks > .caution").get_attribute("data-check") == "anchor"
    page.locator("#result").get_by_role("button", name="Trust this network").click()
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    page.reload()
    give(page, DEMO.read_bytes())
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    page.get_by_text("Networks that you trust").click()
    page.get_by_role("button", name="Trust China-ASEAN land-sea corridor no longer").click()
    expect(page.locator(".verdict")).to_contain_text("Caution")


def test_a_stale_proof_is_a_caution(desk: Desk) -> None:
    page = desk.open()
    trust(page, json.loads(DEMO.read_bytes())["network"], age_s=600)
    give(page, DEMO.read_bytes())
    expect(page.locator(".verdict")).to_contain_text("older than you allow")
    assert page.locator(".answers > .caution").count() == 1
    expect(page.locator("#result")).to_contain_text("for fresh evidence of the same record")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bad-signature-other-key", "The signature is not that of the key that it names."),
        ("bad-seal-other-signers", "A seal is not that of the organisations which may give it."),
        ("bad-contents-document", "The document is not the one that the ledger commits to."),
        ("bad-file-not-text", "This is no evidence file, or it was changed after it was made."),
    ],
)
def test_of_a_bad_file_one_sentence_is_shown_and_no_contents(desk: Desk, name: str, sentence: str) -> None:
    page = desk.open()
    give(page, vector(name))
    expect(page.locator(".verdict.not_verified")).to_contain_text(sentence)
    assert page.locator("#result table").count() == 0
    assert page.locator(".answers").count() == 0
    shown = page.locator("#result").inner_text()
    assert "CRLN" not in shown
    assert "alpha" not in shown
    assert "Do not rely on this file" in shown


LONG_BLOCKS = 250
"""Seals of so many blocks take any device far longer than pressing a button."""


def test_a_file_that_takes_long_neither_stops_the_page_nor_cannot_be_stopped(desk: Desk) -> None:
    chain = Chain()
    for number in range(LONG_BLOCKS):
        chain.add((chain.statement("alpha/clerk", SUBJECT, "bill.note", {"number": number}),))
    entries = tuple(prove_entry(chain, height, height) for height in range(1, LONG_BLOCKS + 1))
    made = replace(make(chain, SUBJECT, entries=entries), genesis=chain.genesis)
    page = desk.open()
    file = {"name": "long.evidence.json", "mimeType": "application/json", "buffer": encode_evidence(made)}
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    expect(page.locator("#checking")).to_be_visible()
    page.get_by_text("Networks that you trust").click()
    expect(page.get_by_label("Fingerprint of a network")).to_be_visible()
    expect(page.locator("#checking")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("You stopped the check")
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()


def test_a_file_that_cannot_be_read_is_not_taken_for_the_one_before(desk: Desk) -> None:
    """A folder that is dropped, or a stick that was pulled out."""
    page = desk.open()
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    page.evaluate("() => { Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('gone')) }")
    file = {"name": "bill.evidence.json", "mimeType": "application/json", "buffer": vector("good-full")}
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    expect(page.locator("#outcome")).to_have_text("This device could not check that. Try it on another one.")


def test_it_works_where_a_browser_gives_no_worker(desk: Desk) -> None:
    page = desk.open(before="delete globalThis.Worker")
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()


def test_what_a_file_says_never_becomes_markup(desk: Desk) -> None:
    page = desk.open()
    give(page, b'{"<img src=x onerror=alert(1)>":1}', name="<img src=x>.json")
    assert page.locator("#result img").count() == 0
    give(page, b"[" * 300_000)
    expect(page.locator(".verdict.not_verified")).to_be_visible()


def test_everything_is_done_by_keyboard_alone(desk: Desk) -> None:
    page = desk.open()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Try the demo document":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(document.activeElement.textContent || '').trim().slice(0, 30)"))
    assert {"All checks, one by one", "Print a report", "Tamper lab", "Networks that you trust"} <= reached


def test_a_trainee_changes_a_letter_and_sees_which_check_turns_red(desk: Desk) -> None:
    page = desk.open()
    page.get_by_role("button", name="Try the demo document").click()
    page.get_by_text("Tamper lab").click()
    found = page.locator("#lab-found")
    for part, check in (
        ("document", "contents"), ("record", "record"), ("statement", "log"), ("key", "signature"),
        ("path", "log"), ("header", "seal"), ("seal", "seal"), ("signers", "seal"),
    ):  # fmt: skip
        page.get_by_role("button", name="Undo all changes").click()
        expect(found).to_contain_text("Nothing is changed yet")
        page.get_by_label("Change something in").select_option(part)
        page.get_by_role("button", name="Change one letter").click()
        expect(found).to_contain_text("The check that turned red")
        assert page.locator("#lab-found .failed").get_attribute("data-check") == check, part
    page.get_by_label("Change something in").select_option("document")
    broken = page.locator("#lab-text").input_value().replace('"document":"', '"document":"=')
    page.locator("#lab-text").fill(broken)
    page.get_by_role("button", name="Change one letter").click()
    expect(found).to_have_text("This file has no such part.")


def test_it_works_where_browsers_withhold_their_own_cryptography(desk: Desk) -> None:
    page = desk.open("http://officer.example")
    assert page.evaluate("[isSecureContext, typeof crypto.subtle]") == [False, "undefined"]
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.get_by_role("heading", name="Verified")).to_be_visible()


def test_the_reader_chooses_the_language_and_is_told_who_has_not_read_it(desk: Desk) -> None:
    page = desk.open(locale="vi-VN")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kiểm tra chứng từ")
    assert page.locator("html").get_attribute("lang") == "vi"
    page.locator("#language").select_option("zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("核验文件")
    expect(page.locator("#verify")).to_contain_text("此译文尚未经母语者审阅")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("核验文件")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_fits_and_everybody_can_use_it(desk: Desk, scheme: str, size: Any) -> None:
    page = desk.open(color_scheme=scheme, viewport=size)
    page.get_by_text("Networks that you trust").click()
    inspect(page)
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.locator("#result")).to_be_visible()
    page.get_by_text("All checks, one by one").click()
    page.get_by_text("Tamper lab").click()
    page.get_by_role("button", name="Change one letter").click()
    expect(page.locator("#lab-found .failed")).to_be_visible()
    inspect(page)
    give(page, vector("bad-signature-other-key"))
    inspect(page)


def test_a_report_is_printed_without_what_is_pressed(desk: Desk) -> None:
    page = desk.open()
    page.get_by_role("button", name="Try the demo document").click()
    expect(page.locator("#result")).to_be_visible()
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Print a report").is_visible()
    assert not page.locator("#trust").is_visible()
    expect(page.locator(".printed")).to_contain_text("Report on demo.evidence.json")
    expect(page.locator("#result")).to_contain_text("SHA-256 of the file")
    checks = page.locator("#result .checks")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(checks).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(checks).not_to_be_visible()
