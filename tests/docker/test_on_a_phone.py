"""The README's way from an empty machine to a verified clearance in a window as narrow as a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE, chromium  # noqa: F401 - the fixture
from tests.docker.containers import FOLDER, Network

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900), pytest.mark.allow_hosts(["127.0.0.1", "::1"])]

PATIENCE_MS = 60_000
"""A machine that does much else takes seconds for one seal."""


def typed() -> list[list[str]]:
    """The lines for `docker/network.sh` of the first section, without what is said beside them."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    section = page.split("## From nothing to a verified clearance")[1].split("\n| more |")[0]
    lines = re.findall(r"(?m)^docker/network\.sh (.+)$", section)
    return [re.split(r"\s{2,}", line)[0].split() for line in lines]


def test_what_the_readme_says_leads_to_a_verified_clearance(
    corridor: Network,
    chromium: Browser,  # noqa: F811
    tmp_path: Path,
) -> None:
    said: dict[str, str] = {}
    for word, *more in typed():
        given = [str(tmp_path / name) for name in more] if word == "evidence" else more
        said[" ".join([word, *more][:2])] = corridor.script(word, *given)
    link = re.search(r"http://\S+/sign-in\?code=\S+", said["cli login"])
    assert link is not None
    page_of_customs = f"http://127.0.0.1:{corridor.settings['SEALANE_PORT_PREFIX']}04"
    (declaration, *_) = (tmp_path / "shown").rglob("import-declaration.evidence.json")
    page = chromium.new_context(viewport=PHONE, locale="en-GB").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{page_of_customs}/verify")
    if page.locator("#file").count():
        page.set_input_files("#file", declaration)
    else:
        page.set_input_files("#sent", declaration)
        page.get_by_role("button", name="Send the file to this node").click()
    trust = page.locator("#result").get_by_role("button", name="Trust this network")
    page.locator(".verdict").wait_for()
    if trust.count():
        trust.click()
        page.get_by_role("heading", name="Verified").wait_for()
    shown = page.locator("main").inner_text()
    assert "released" in shown.lower()
    assert "not verified" not in shown.lower()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "nothing sticks out"
    page.goto(link[0])
    page.get_by_role("button", name="Sign in this browser").click()
    page.get_by_text("haiphong-customs/nguyen-thi-lan").first.wait_for()
