"""What holds for every page: as HTML, JSON and CSV, for anybody and for members, in every language."""

from __future__ import annotations

from urllib.parse import quote

import pytest

import texts
from contracts.bill.vocabulary import BillState, BillType, LegMode
from contracts.catalogue import ACTS, KINDS
from contracts.clearance.vocabulary import DeclarationState, HoldReason, Lane, RefusalReason
from contracts.governance.model import Choice, ProposalState
from contracts.mandate.model import MandateState
from contracts.membership.model import MemberState, OrganisationState, Role
from contracts.movement.vocabulary import ContainerState, EventType
from contracts.registry.model import DocumentState
from nodes.api.streams import FORMULA_STARTS
from tests.nodes.api.rig import Rig
from tests.nodes.api.test_privacy import SPY, Trade
from tests.nodes.pages.browser import HTML, Browser, Text, data, of_trade, said

PUBLIC = (
    *("/", "/blocks", "/blocks/0", "/blocks/1", "/validators", "/organisations"),
    *("/indicators", "/search", "/sign-in"),
)
MEMBERS = (
    *("/bills", "/queue", "/governance", "/entries/1"),
    *("/organisations/harbour", "/records/member/harbour/clerk"),
)


async def test_anybody_sees_what_the_api_shows_anybody_and_no_more(anybody: Browser, trade: Trade) -> None:
    for path in PUBLIC:
        await anybody.get(path)
    for path in (*MEMBERS, *of_trade(trade), f"/evidence/{trade.bill.subject}", "/search?q=VNHPH"):
        page = await anybody.get(path, 401)
        assert "This is for members" in page.text
        if "?" not in path and "evidence" not in path:
            for form in (".json", ".csv"):
                assert (await anybody.client.get(path + form)).status_code == 401
    held = said((await anybody.get("/blocks/1")).text)
    assert "What a block holds is for members." in held
    head, rows = await data(anybody, "/blocks/1")
    assert "rows" not in head
    assert [row["height"] for row in rows] == ["1"]


async def test_every_page_has_its_data(clerk: Browser, trade: Trade) -> None:
    for path in (*PUBLIC[1:7], *MEMBERS, *of_trade(trade), "/search?q=quay"):
        await clerk.get(path)
        found, rows = await data(clerk, path)
        if "rows" in found:
            assert len(found["rows"]) == len(rows), path


async def test_a_number_is_for_those_who_may_read_the_document(rig: Rig, trade: Trade) -> None:
    spy = Browser(rig)
    await spy.sign_in(SPY)
    assert "BBLN26QZ" not in (await spy.get(of_trade(trade)[0])).text
    assert (await data(spy, of_trade(trade)[0]))[0]["number"] is None
    assert (await data(spy, "/search?q=BBLN26QZ"))[0]["rows"] == []
    await spy.close()


async def test_no_page_tells_a_competitor_what_others_documents_say(rig: Rig, trade: Trade) -> None:
    spy, secrets = Browser(rig), trade.secrets()
    await spy.sign_in(SPY)
    for path in (*MEMBERS[:4], *of_trade(trade)[:3], "/search?q=VNHPH", "/search?q=river"):
        address, _, query = path.partition("?")
        for form in ("", ".json"):
            asked = f"{address}{form}?{query}"
            found = await spy.client.get(asked, headers={"accept": HTML}, follow_redirects=True)
            assert found.status_code == 200, path
            assert not [secret for secret in secrets if secret in found.content], path
    await spy.close()


HOSTILE = '<script>alert("1")</script>&amp;'


async def test_hostile_names_are_text(clerk: Browser, rig: Rig) -> None:
    body = {
        "title": f"=1+1 {HOSTILE}",
        "reason": HOSTILE,
        "expires_ms": rig.clock.time_ms + 3_600_000,
        "change": {"type": "change_organisation", "organisation": "quay", "name": f"+{HOSTILE}"},
    }
    proposal = f"proposal/{'ab' * 16}"
    answer = await rig.submit(rig.statement("proposal.open", proposal, body))
    assert answer.status_code == 201, answer.text
    for path in (
        "/governance",
        f"/governance/{'ab' * 16}",
        "/organisations",
        "/organisations/quay",
        "/entries/1",
    ):
        page = Text((await clerk.get(path)).text)
        assert [tag for tag, _ in page.tags if tag == "script"] == ["script"], path
        assert not [name for _, found in page.tags for name in found if name.startswith("on")]
    found, rows = await data(clerk, "/governance")
    assert found["rows"][0]["title"].startswith("=1+1"), "JSON is what the ledger says"
    assert rows[0]["title"].startswith("'=1+1"), "a spreadsheet must not run it"
    answer = await rig.submit(rig.statement("proposal.vote", proposal, {"choice": "yes"}, expected_version=1))
    assert answer.status_code == 201, answer.text
    _, rows = await data(clerk, "/organisations")
    assert [row["name"] for row in rows if row["id"] == "quay"] == [f"'+{HOSTILE}"]
    found_by_name = await clerk.get(f"/search?q={quote('+' + HOSTILE)}", 303)
    assert found_by_name.headers["location"] == "/organisations/quay"
    called = Text((await clerk.get("/organisations/quay")).text)
    assert f"+{HOSTILE} quay" in called.text
    assert [tag for tag, _ in called.tags if tag == "script"] == ["script"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(FORMULA_STARTS)]
    page = said((await clerk.get(f"/governance/{'ab' * 16}")).text)
    assert "passed" in page
    assert "yes Harbour" in page


async def test_no_page_needs_an_exception_from_the_policy(clerk: Browser, trade: Trade) -> None:
    for path in (*PUBLIC, *MEMBERS, *of_trade(trade)):
        response = await clerk.get(path)
        assert "unsafe" not in response.headers["content-security-policy"]
        assert len(response.content) < 60_000
        for tag, attributes in Text(response.text).tags:
            assert "style" not in attributes, (path, tag)
            assert tag != "style"
            for name in ("href", "src", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#", "?")), (path, attributes)
            if tag == "script":
                assert (attributes["src"] or "").startswith("/static/")


async def test_what_does_not_exist_is_a_page(clerk: Browser) -> None:
    for path in (
        "/bills/" + "0" * 64,
        "/bills/x",
        "/bills/..%2f..%2fetc",
        "/containers/" + "0" * 32,
        "/records/../../etc/passwd",
        "/records/member%2Fharbour%2Fnobody",
        "/organisations/nobody",
        "/governance/" + "0" * 32,
        "/entries/999999",
        "/evidence/bill/x",
    ):
        assert "There is nothing here" in (await clerk.get(path, 404)).text, path
        foreign = said((await clerk.get(f"{path}?lang=vi", 404)).text)
        assert "Hãy kiểm tra địa chỉ" in foreign, "what to do is told in the reader's language"
        await clerk.get("/?lang=en")


@pytest.mark.parametrize("language", list(texts.LANGUAGES))
async def test_every_page_speaks_every_language(clerk: Browser, trade: Trade, language: str) -> None:
    for path in (*PUBLIC[:-1], *MEMBERS, *of_trade(trade)):
        page = (await clerk.get(f"{path}?lang={language}")).text
        assert f'<html lang="{language}">' in page


def test_there_are_words_for_everything_that_a_record_can_say() -> None:
    known = texts.load("pages", texts.REFERENCE)
    families = {
        "state": [
            *(BillState, DeclarationState, ContainerState, ProposalState),
            *(MemberState, OrganisationState, MandateState, DocumentState),
        ],
        "bill_type": [BillType],
        "lane": [Lane],
        "reason": [HoldReason],
        "refusal": [RefusalReason],
        "role": [Role],
        "choice": [Choice],
        "event": [EventType],
        "indicators_mode": [LegMode],
        "lead_bill": [BillState],
        "lead_declaration": [DeclarationState],
        "place": [ContainerState],
    }
    wanted = {
        f"{family}_{value.value}" for family, kinds in families.items() for kind in kinds for value in kind
    }
    wanted |= {f"kind_{kind.form.partition('/')[0]}" for kind in KINDS}
    wanted |= {f"act_{name.replace('.', '_')}" for name in (*ACTS, "batch.run", "genesis")}
    assert {key for key in wanted if key not in known} == set()
