"""What single pages show: a bill, a container, a queue, a block, and what a search leads to."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from contracts.documents.declaration import summarise_declaration
from tests.nodes.api.rig import CLERK, QUAY, TRADER, Rig
from tests.nodes.api.test_events import stream
from tests.nodes.api.test_privacy import SPY, Trade
from tests.nodes.pages.browser import Browser, data, of_trade, said


async def test_a_bill_says_who_has_it_what_customs_say_and_through_whose_hands_it_went(
    clerk: Browser, trade: Trade
) -> None:
    path = of_trade(trade)[0]
    page = said((await clerk.get(path)).text)
    assert "BBLN26QZ" in page, "this node holds the document, and customs may read it"
    assert "issued" in page
    assert "issued River possesses it. In possession of River" in page
    assert "Import, Harbour queried" in page
    numbers = set(trade.bill.containers)
    assert all(number in page for number in numbers), "the contents say which record is whose number"
    found, rows = await data(clerk, path)
    assert [(row["act"], row["possessor_before"], row["possessor"]) for row in rows] == [
        ("bill.issue", "", "river")
    ]
    assert found["record"]["record"]["possessor"] == "river"
    assert {box["declarations"][0]["state"] for box in found["goods"]} == {"queried"}
    assert {box["key"]: box["number"] for box in found["goods"]} == {
        f"container/{opening.id}": number for number, opening in trade.bill.containers.items()
    }


async def test_a_bill_goes_from_hand_to_hand(clerk: Browser, trade: Trade, rig: Rig) -> None:
    key = trade.bill.subject
    offer = {"to": "quay", "expires_ms": rig.clock.time_ms + 60_000}
    await trade.act("bill.transfer", key, offer, TRADER)
    await trade.act("bill.accept", key, {"contents": trade.bill.commitment().hex()}, QUAY)
    path = of_trade(trade)[0]
    _, rows = await data(clerk, path)
    assert [(row["act"], row["possessor_before"], row["possessor"]) for row in rows] == [
        ("bill.issue", "", "river"),
        ("bill.transfer", "river", "river"),
        ("bill.accept", "river", "quay"),
    ]
    assert rows[1]["remark"] == "to quay"
    later = (await clerk.get(f"{path}?after=2")).text
    assert (later.count("/entries/7"), later.count("/entries/6")) == (1, 0)


async def test_what_a_member_may_do_next_is_on_the_page(rig: Rig, trade: Trade) -> None:
    trader = Browser(rig)
    await trader.sign_in(TRADER)
    page = said((await trader.get(of_trade(trade)[1])).text)
    assert "Answer question clearance.answer" in page
    await trader.close()


async def test_the_timeline_of_a_container_is_for_whom_it_concerns(
    rig: Rig, clerk: Browser, trade: Trade
) -> None:
    path = of_trade(trade)[2]
    key = path.rpartition("/")[2]
    event = {"event": "gate_in", "facility": "CNQZH", "classifier": "actual", "purpose": "export"}
    event["event_ms"] = rig.clock.time_ms - 5_000
    await trade.act("movement.record", f"container/{key}", event, QUAY)
    page = said((await clerk.get(path)).text)
    assert "Gate in CNQZH" in page
    assert "Lodge declaration" in page
    assert "Last event Gate in, CNQZH" in page
    found, rows = await data(clerk, path)
    assert found["entitled"] is True
    (number,) = (number for number, opening in trade.bill.containers.items() if opening.id == key)
    assert found["number"] == number
    assert f"Container {number}" in page
    bill = next(one for one in page.split() if one.startswith("BBLN26QZ"))
    assert f"Bill of lading {bill}" in page
    assert f"Bill of lading {bill}" in said((await clerk.get(of_trade(trade)[1])).text), "what is declared"
    assert {row["event"] for row in rows} >= {"gate_in", "bill.issue", "clearance.lodge"}
    spy = Browser(rig)
    await spy.sign_in(SPY)
    assert "The timeline is for organisations" in said((await spy.get(path)).text)
    found, rows = await data(spy, path)
    assert (found["entitled"], found["number"], rows) == (False, None, [])
    bill = (await data(spy, of_trade(trade)[0]))[0]
    assert {box["number"] for box in bill["goods"]} == {None}
    await spy.close()


async def test_an_estimate_beyond_all_calendars_is_shown(rig: Rig, clerk: Browser, trade: Trade) -> None:
    path = of_trade(trade)[2]
    event = {"event": "gate_in", "facility": "CNQZH", "classifier": "estimated", "event_ms": 2**53 - 1}
    await trade.act("movement.expect", f"container/{path.rpartition('/')[2]}", event, QUAY)
    page = (await clerk.get(path)).text
    assert '<time datetime="9999-12-31T23:59:59.999Z">9007199254740991 ms</time>' in page


async def test_the_queue_shows_what_waits_and_what_is_held(clerk: Browser, trade: Trade) -> None:
    key = trade.declaration.subject
    page = said((await clerk.get("/queue")).text)
    assert "What waits at Harbour" in page
    assert "open queries: 1" in page
    assert "Declarations here: 1; held: 0." in page
    await trade.act("clearance.hold", key, {"hold": "h1", "reason": "quarantine"}, CLERK)
    await trade.act("clearance.route", key, {"lane": "red", "reason": "officer"}, CLERK)
    page = said((await clerk.get("/queue?office=harbour")).text)
    assert "h1: Harbour, quarantine" in page
    assert "red" in page
    (row,) = (await data(clerk, "/queue"))[0]["rows"]
    assert (row["key"], row["lane"], row["open_queries"]) == (key, "red", 1)
    assert [(one["name"], one["authority"]) for one in row["holds"]] == [("h1", "harbour")]
    number = summarise_declaration(trade.declaration.document).local_reference_number
    assert row["number"] == "".join(filter(str.isalnum, number)).upper()
    assert f"Import {row['number']}" in page
    assert row["waiting_ms"] > 0
    await clerk.get("/queue?office=quay", 404)
    await clerk.get("/queue?after=declaration", 400)
    declaration = said((await clerk.get(of_trade(trade)[1])).text)
    assert "held by Harbour" in declaration
    assert "River has to answer." in declaration
    assert "Open questions q1" in declaration
    assert "quarantine" in declaration
    assert "Harbour, 检疫" in said((await clerk.get("/queue?lang=zh")).text), "reasons are in every language"
    refusal = {"reason": "missing_licence"}
    await trade.act("clearance.lift", key, {"hold": "h1"}, CLERK)
    await trade.act("clearance.answer", key, {"query": "q1", "answer": "0" * 64}, TRADER)
    await trade.act("clearance.refuse", key, refusal, CLERK)
    refused = said((await clerk.get(of_trade(trade)[1] + "?lang=en")).text)
    assert "refused The goods stay." in refused
    assert "Refused for missing licence" in refused


async def test_an_empty_queue_says_so(clerk: Browser) -> None:
    assert "Nothing waits at Harbour" in said((await clerk.get("/queue")).text)


async def test_a_block_says_which_organisations_signed(anybody: Browser, trade: Trade) -> None:
    page = said((await anybody.get("/blocks/1")).text)
    assert "Sealed by 1 of 1 organisations; needed: 1." in page
    assert "Harbour signed" in page
    assert "The founding of the network" in said((await anybody.get("/blocks/0")).text)
    for path in ("/blocks/9999", "/blocks/x", "/blocks/-1", "/blocks/1e3", "/blocks/²"):
        await anybody.get(path, 404)


async def test_a_block_shows_its_own_entries_whatever_an_address_says(clerk: Browser, rig: Rig) -> None:
    for name in ("m1", "m2"):
        assert (await rig.submit(rig.enrolment(name))).status_code == 201
    tip = rig.application.info().height
    page = (await clerk.get(f"/blocks/{tip}?after=0")).text
    (row,) = (await data(clerk, f"/blocks/{tip}"))[1]
    assert re.findall(r'href="/entries/(\d+)"', page) == [row["index"]]


async def test_lists_go_on_and_their_data_is_whole(clerk: Browser, rig: Rig) -> None:
    for number in range(55):
        await rig.submit(rig.enrolment(f"m{number}"))
    tip = rig.application.info().height
    first = (await clerk.get("/blocks")).text
    (further,) = re.findall(r'href="(/blocks\?after=\d+)" rel="next"', first)
    assert f"{tip}" in first
    second = (await clerk.get(further)).text
    assert 'href="/blocks/1"' in second
    assert "To the beginning" in second
    found, rows = await data(clerk, "/blocks")
    assert [int(row["height"]) for row in rows] == list(range(tip, -1, -1))
    assert len(found["rows"]) == tip + 1
    await clerk.get("/blocks?after=x", 400)
    await clerk.get("/bills?after=%00~", 400)


async def test_a_search_goes_to_what_is_meant(clerk: Browser, trade: Trade, rig: Rig) -> None:
    bill, declaration, box, *_ = of_trade(trade)
    block = rig.application.info().block_id.hex()
    statement = rig.services.store.entry(1)
    assert statement is not None
    expected = {
        "1": "/blocks/1",
        block: f"/blocks/{rig.application.info().height}",
        statement.statement_id.hex(): "/entries/1",
        bill.rpartition("/")[2]: bill,
        trade.bill.subject: bill,
        declaration.rpartition("/")[2]: declaration,
        box.rpartition("/")[2].upper(): box,
        trade.bill.document["transportDocumentReference"]: bill,
    }
    for asked, path in expected.items():
        response = await clerk.get(f"/search?q={asked}", 303)
        assert response.headers["location"] == path, asked


async def test_a_search_lists_what_could_be_meant(clerk: Browser, trade: Trade) -> None:
    by_party = (await data(clerk, "/search?q=river"))[0]["rows"]
    assert {row["kind"] for row in by_party} == {"bill", "declaration", "document"}
    assert (await data(clerk, "/search?q=%20riVER"))[0]["rows"] == by_party, "its name, as people type it"
    assert [row["number"] for row in by_party if row["kind"] == "bill"] != [None]
    assert "Records to which River is a party" in said((await clerk.get("/search?q=River")).text)
    there = (await data(clerk, "/search?q=VNHPH"))[0]["rows"]
    assert [row["kind"] for row in there] == ["bill"]
    assert "Nothing that you may see matches" in said((await clerk.get("/search?q=zzzz")).text)
    assert "Nothing that you may see matches" in said((await clerk.get("/search?q=99999999")).text)
    await clerk.get(f"/search?q={'x' * 201}", 400)


async def test_what_was_made_last_at_a_place_comes_first_and_the_list_goes_on(
    clerk: Browser, trade: Trade
) -> None:
    found = (await data(clerk, "/search?q=CNQZH"))[0]["rows"]
    keys = [row["key"] for row in found]
    assert trade.bill.subject in keys
    made = [trade.rig.application.state().get(key) for key in keys]
    times = [json.loads(value or b"")["created_ms"] for value in made]
    assert times == sorted(times, reverse=True)
    await clerk.get("/search?q=CNQZH&after=bill/", 400)


async def test_anybody_finds_blocks_and_nothing_else(anybody: Browser, trade: Trade, rig: Rig) -> None:
    assert (await anybody.get("/search?q=1", 303)).headers["location"] == "/blocks/1"
    block = rig.application.info().block_id.hex()
    await anybody.get(f"/search?q={block}", 303)
    for asked in (trade.bill.subject, trade.bill.subject.partition("/")[2], "river", "BBLN26QZ"):
        await anybody.get(f"/search?q={asked}", 401)


async def test_evidence_is_the_apis(clerk: Browser, rig: Rig, trade: Trade) -> None:
    served = await clerk.get(f"/evidence/{trade.bill.subject}")
    assert served.headers["content-type"] == "application/vnd.sealane.evidence+json"
    assert served.json()["format"] == (await rig.get(f"/v1/evidence/{trade.bill.subject}")).json()["format"]
    page = (await clerk.get(of_trade(trade)[0])).text
    assert f'href="/evidence/{trade.bill.subject}"' in page
    assert "<svg" in page


async def test_the_newest_block_is_told_to_anybody(rig: Rig) -> None:
    async with stream(rig, "/live") as reader:
        assert (await reader.event())[0] == "ready"
        assert reader.headers["content-type"].startswith("text/event-stream")
        await rig.submit(rig.enrolment("second"))
        (told,) = (await asyncio.wait_for(reader.parts.get(), 5)).decode().split("\n\n")[:-1]
        assert told.startswith("id: 1\nevent: block\n")
        assert set(json.loads(told.partition("data: ")[2])) == {"height", "block_id", "time_ms", "entries"}


async def test_the_number_of_pages_that_follow_is_bounded(
    rig: Rig, anybody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rig.app.state.api.limits.onlookers, "_limit", 1)
    async with stream(rig, "/live") as reader:
        await reader.event()
        assert (await anybody.client.get("/live")).status_code == 503
        async with stream(rig) as member:
            assert (await member.event())[0] == "ready", "members' own streams are counted apart"


async def test_a_suspended_organisation_defends_its_keys_and_reads_nothing_private(
    rig: Rig, trade: Trade
) -> None:
    trader = Browser(rig)
    await trader.sign_in(TRADER)
    bill, _, box, *_ = of_trade(trade)
    assert "BBLN26QZ" in (await trader.get(bill)).text
    assert (await data(trader, box))[0]["entitled"] is True
    proposal = f"proposal/{'cd' * 16}"
    body = {
        "title": "Suspend River",
        "expires_ms": rig.clock.time_ms + 3_600_000,
        "change": {"type": "suspend_organisation", "organisation": "river"},
    }
    await trade.act("proposal.open", proposal, body, CLERK)
    await trade.act("proposal.vote", proposal, {"choice": "yes"}, CLERK)
    assert "BBLN26QZ" not in (await trader.get(bill)).text
    assert (await data(trader, box))[0]["entitled"] is False
    await trader.get("/search?q=BBLN26QZ", 403)
    await trader.get("/organisations/river")
    await trader.close()
