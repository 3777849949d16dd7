"""What holds for every page: who gets one, in which language, with which headers, from which files."""

from __future__ import annotations

import httpx2
import pytest

from nodes.pages.assets import ASK, FOLDER, KEEP, asset_url, read_assets
from nodes.pages.language import preferred
from tests.nodes.api.rig import Rig

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def page(rig: Rig, path: str, status: int = 200, **headers: str) -> httpx2.Response:
    response = await rig.client.get(path, headers=BROWSER | headers)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response


async def test_the_first_address_answers_people_with_a_page_and_programs_with_data(rig: Rig) -> None:
    assert "<h1>Test corridor</h1>" in (await page(rig, "/")).text
    assert (await rig.client.get("/")).json()["network"] == rig.network_id.hex()
    assert (await rig.client.get("/", headers={"accept": "application/json"})).json()["node"] == "node-1"


async def test_nothing_inline_nothing_foreign_in_nobodys_frame(rig: Rig) -> None:
    for response in (await page(rig, "/"), await page(rig, "/nothing", 404)):
        policy = dict(
            part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "no-store"
        assert "<style" not in response.text
        assert " style=" not in response.text
        assert " onclick=" not in response.text


async def test_what_does_not_exist_is_a_page_for_people_and_a_problem_for_programs(rig: Rig) -> None:
    assert "There is nothing here" in (await page(rig, "/nothing", 404)).text
    assert (await rig.client.get("/nothing")).json()["code"] == "not-found"
    assert (await rig.client.get("/v1/nothing", headers=BROWSER)).json()["code"] == "not-found"


async def test_a_hostile_address_is_shown_as_text(rig: Rig) -> None:
    response = await page(rig, "/?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in response.text


async def test_the_language_is_the_one_asked_for_then_the_chosen_then_the_preferred(rig: Rig) -> None:
    first = await page(rig, "/", **{"accept-language": "vi-VN,vi;q=0.9,en;q=0.5"})
    assert '<html lang="vi">' in first.text
    assert "set-cookie" not in first.headers
    chosen = await page(rig, "/?lang=zh", **{"accept-language": "vi"})
    assert '<html lang="zh">' in chosen.text
    assert "httponly" in chosen.headers["set-cookie"].lower()
    assert '<html lang="zh">' in (await page(rig, "/", **{"accept-language": "vi"})).text
    assert '<html lang="zh">' in (await page(rig, "/?lang=../../en")).text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("km", "km"),
        ("fr, de", "en"),
        ("en;q=0.1, zh-Hans-CN;q=0.8", "zh"),
        ("zh;q=0, vi;q=0.2", "vi"),
        ("zh;q=nonsense, km;q=0.3", "km"),
        (";;;,,=,zh;level=1", "en"),
    ],
)
def test_what_a_browser_prefers(header: str, language: str) -> None:
    assert preferred(header) == language


async def test_files_are_kept_by_their_digest_and_asked_for_without(rig: Rig) -> None:
    kept = await rig.client.get(asset_url("style.css"))
    assert (kept.status_code, kept.headers["cache-control"]) == (200, KEEP)
    assert kept.headers["content-type"].startswith("text/css")
    asked = await rig.client.get("/static/style.css?v=older")
    assert asked.headers["cache-control"] == ASK
    again = await rig.client.get("/static/style.css", headers={"if-none-match": asked.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_files_are_packed_for_those_who_unpack(rig: Rig) -> None:
    style = (FOLDER / "style.css").read_bytes()
    for accepted, encoding in (("gzip, deflate, br, zstd", "gzip"), ("identity", None), ("xgzip;q=0", None)):
        found = await rig.client.get("/static/style.css", headers={"accept-encoding": accepted})
        assert (found.content, found.headers.get("content-encoding")) == (style, encoding)
        assert found.headers["vary"] == "Accept-Encoding"
        assert int(found.headers["content-length"]) == len(style) or encoding
    icon = await rig.client.get("/static/icon.svg", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in icon.headers, "what hardly gets smaller stays as it is"


@pytest.mark.parametrize(
    "path",
    [
        "../templates/base.html",
        "%2e%2e/frame.py",
        "..%2fframe.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "style.css%00",
        "",
    ],
)
async def test_no_address_leads_out_of_the_files(rig: Rig, path: str) -> None:
    response = await rig.client.get(httpx2.URL(f"http://127.0.0.1:8401/static/{path}"))
    assert response.status_code == (400 if "%00" in path else 404), path


def test_every_file_is_small() -> None:
    own = read_assets([FOLDER])  # what is built beside them, the build bounds
    assert sum(len(asset.data) for asset in own.values()) < 60_000
