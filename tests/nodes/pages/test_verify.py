"""The verify page, with and without its program: what it says, what it refuses, and what the node finds."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from ledger.evidence import MAX_EVIDENCE_BYTES
from nodes.api.limits import MAX_VERIFICATIONS
from nodes.api.problems import ApiProblem
from nodes.pages import assets, verify
from nodes.pages.assets import Asset
from tests.nodes.api.rig import Rig

BROWSER = {"accept": "text/html"}
BOUNDARY = "b0undary"

PROGRAM = Asset(b"'use strict';", "text/javascript", "0" * 16)


async def posted(rig: Rig, data: bytes, status: int = 200) -> httpx2.Response:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.json"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = BROWSER | {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    response = await rig.client.post("/verify", content=body, headers=headers)
    assert response.status_code == status, response.text
    return response


async def evidence(rig: Rig) -> bytes:
    assert (await rig.submit(rig.enrolment("second"))).status_code == 201
    response = await rig.get("/v1/evidence/member/harbour/second")
    assert response.status_code == 200, response.text
    return bytes(response.content)


def built(monkeypatch: pytest.MonkeyPatch, **files: Asset) -> None:
    """As if these files were built, and no others."""
    known = {name: one for name, one in assets.ASSETS.items() if not name.startswith(("verify-", "sealane-"))}
    for module in (assets, verify):
        monkeypatch.setattr(module, "ASSETS", known | files)


async def test_without_its_program_the_page_sends_the_file_and_says_whose_word_that_is(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(monkeypatch)
    page = (await rig.client.get("/verify", headers=BROWSER)).text
    assert "the node itself checks the file" in page
    assert 'enctype="multipart/form-data"' in page
    assert "<script src=" not in page.partition("<main")[2]
    assert (await rig.client.get("/verify/offline")).status_code == 404


async def test_with_its_program_the_page_names_the_network_and_offers_the_offline_file(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = Asset(b"ab" * 32 + b"  sealane-verify.html\n", "text/plain", "1" * 16)
    file = Asset(b"<!doctype html>", "text/html", "2" * 16)
    files: dict[str, Any] = {
        "verify-en.js": PROGRAM, "sealane-verify.html": file, "sealane-verify.html.sha256": digest,
    }  # fmt: skip
    built(monkeypatch, **files)
    page = (await rig.client.get("/verify", headers=BROWSER)).text
    assert f'data-network="{rig.network_id.hex()}"' in page
    assert re.search(r'<script src="/static/verify-en\.js\?v=0{16}" defer>', page)
    assert "ab" * 32 in page
    assert "as trustworthy as that node" in page
    carried = await rig.client.get("/verify/offline")
    assert carried.content == file.data
    assert carried.headers["content-disposition"] == 'attachment; filename="sealane-verify.html"'


async def test_the_node_checks_a_file_and_shows_every_check(rig: Rig) -> None:
    data = await evidence(rig)
    good = (await posted(rig, data)).text
    assert 'class="verdict verified"' in good
    assert "Proven" in good
    altered = (await posted(rig, data.replace(b'"state":"active"', b'"state":"actives"'))).text
    assert 'class="verdict not_verified"' in altered
    assert "The ledger does not hold the record as the file has it." in altered
    foreign = (await posted(rig, data.replace(rig.network_id.hex().encode(), b"0" * 64))).text
    assert 'class="verdict caution"' in foreign
    assert "a package of evidence" in (await posted(rig, b'{"format":"sealane-package"}')).text
    assert "&lt;script&gt;" in (await posted(rig, b'{"<script>":1}')).text


async def test_what_is_no_form_with_a_file_is_refused(rig: Rig) -> None:
    for content_type, body in (
        ("application/json", b"{}"),
        ("multipart/form-data", b"--\r\n\r\n"),
        (f"multipart/form-data; boundary={BOUNDARY}", b"nothing"),
        (f"multipart/form-data; boundary={BOUNDARY}", f"--{BOUNDARY}\r\n\r\nx\r\n--{BOUNDARY}--".encode()),
    ):
        headers = {"content-type": content_type}
        response = await rig.client.post("/verify", content=body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "request.invalid"), content_type


def test_a_form_made_to_keep_the_node_busy_is_read_in_one_pass() -> None:
    """A general reader of mail recurses as deep as parts nest, and compares every line with each of them."""
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    delimiter = f"--{BOUNDARY}\r\n".encode()
    inner = b"".join(
        b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (n, n + 1) for n in range(9_000)
    )
    within = delimiter + b"Content-Type: multipart/mixed; boundary=0\r\n\r\n" + inner
    nested = delimiter + b'Content-Disposition: form-data; filename="' + b"(" * 20_000 + b'"\r\n\r\n{}'
    for body in (within, nested, delimiter * 50_000, (delimiter + b"\r\n") * 50_000):
        with pytest.raises(ApiProblem, match="one file"):
            verify.file_in(content_type, body)


def test_a_form_is_read_as_browsers_write_it() -> None:
    file = b'{"a":1}\r\n--not it\r\n\r\n'
    field = b'--xx\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    end = b"\r\n--xx--\r\n"
    plain, quoted = "multipart/form-data; boundary=xx", 'Multipart/Form-Data; a=b; boundary="xx"; c=d'
    for name in (b'filename="a b.json"', b"filename*=UTF-8''a.json", b"FileName=a.json"):
        head = b"--xx\r\ncontent-disposition: form-data; " + name + b"\r\nContent-Type: text/plain\r\n\r\n"
        part = head + file + end
        for content_type in (plain, quoted):
            for form in (part, b"before\r\n" + field + part, part.rstrip() + b"\r\nafter"):
                assert verify.file_in(content_type, form) == file
        for wrong in (field + b"--xx--\r\n" + part, head + file, part.replace(b"--xx", b"--xy")):
            with pytest.raises(ApiProblem, match="one file"):
                verify.file_in(plain, wrong)


async def test_a_file_larger_than_any_evidence_is_refused(rig: Rig) -> None:
    assert "Not verified" in (await posted(rig, b" " * (MAX_EVIDENCE_BYTES + 1))).text
    await posted(rig, b" " * verify.MAX_FORM_BYTES, status=413)


async def test_no_more_files_are_checked_at_once_than_cores_can_be_spared(rig: Rig) -> None:
    limits = rig.app.state.api.limits
    with limits.verifications.holding(MAX_VERIFICATIONS):
        await posted(rig, b"{}", status=503)
    await posted(rig, b"{}")
