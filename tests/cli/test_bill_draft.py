"""`sealane bill`: drafts published and approved, amendments asked for and made, paper made electronic."""

from __future__ import annotations

import json

import pytest

from tests.cli.acts import STRAIGHT, Corridor, trade_fixture  # noqa: F401 - a fixture

FILE = "corridor-straight.json"
PARTIES = ("--to", "landbridge-forwarding", "--titleholder", "red-river-imports")
SHIPPER = ("--shipper", "landbridge-forwarding")
WAYBILL = "corridor-sea-waybill.json"


def corrected(trade: Corridor, source: str = FILE, name: str = "corrected.json", **fields: object) -> str:
    document = json.loads((trade.folder / source).read_text()) | fields
    (trade.folder / name).write_text(json.dumps(document))
    return name


def published(trade: Corridor, file: str = FILE) -> str:
    key: str = trade.done("coral-line", "bill", "publish", file, *SHIPPER)["key"]
    return key


def waybill(trade: Corridor) -> str:
    key: str = trade.done("coral-line", "bill", "issue", WAYBILL, "--to", "red-river-imports", *SHIPPER)[
        "key"
    ]
    return key


def test_a_draft_is_shown_approved_and_issued_as_it_is(trade: Corridor) -> None:
    key = published(trade)
    shown = trade.run("landbridge-forwarding", "bill", "show", STRAIGHT).stdout
    assert "A draft; landbridge-forwarding has to approve it" in shown
    assert "Motorcycle engine parts" in shown
    approved = trade.run("landbridge-forwarding", "bill", "approve", key)
    assert "Motorcycle engine parts" in approved.stderr
    assert f"Approved the draft of {STRAIGHT}" in approved.stdout
    contents = trade.record(key)["contents"]
    trade.done("coral-line", "bill", "issue", FILE, *PARTIES, *SHIPPER)
    assert (trade.record(key)["state"], trade.record(key)["contents"]) == ("issued", contents)
    text = trade.run("landbridge-forwarding", "bill", "history", key).stdout
    assert "published it as a draft, for Landbridge Forwarding to approve" in text
    assert "approved the draft" in text
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    trade.done("red-river-imports", "bill", "accept", key)


def test_another_document_than_the_draft_is_not_issued(trade: Corridor) -> None:
    published(trade)
    other = corrected(trade, termsAndConditions="others")
    error = trade.refused("coral-line", "bill", "issue", other, *PARTIES, *SHIPPER)
    assert error["code"] == "bill.not-the-draft"
    assert "publish" in error["do"]


def test_a_draft_is_corrected_at_the_shippers_request(trade: Corridor) -> None:
    key = published(trade)
    file = corrected(trade, termsAndConditions="as agreed")
    trade.done("landbridge-forwarding", "bill", "request-amendment", key, file)
    asked = trade.run("coral-line", "bill", "show", key, "--amendment")
    assert "termsAndConditions" in asked.stdout
    assert "-> as agreed" in asked.stdout
    assert "Motorcycle" not in asked.stdout, "what stays is not repeated"
    assert "asked for by landbridge-forwarding, not answered yet" in asked.stdout
    assert trade.refused("landbridge-forwarding", "bill", "approve", key)["code"] == "bill.amendment-open"
    trade.done("coral-line", "bill", "answer-amendment", key, "--outcome", "confirmed")
    assert published(trade, file) == key
    trade.done("landbridge-forwarding", "bill", "approve", key)
    trade.done("coral-line", "bill", "issue", file, *PARTIES, *SHIPPER)
    assert "answered the request: confirmed" in trade.run("coral-line", "bill", "history", key).stdout


def test_a_request_is_declined_with_a_reason_or_taken_back(trade: Corridor) -> None:
    key = trade.issue()
    ask = ("landbridge-forwarding", "bill", "request-amendment", key, corrected(trade))
    trade.done(*ask)
    answer = ("coral-line", "bill", "answer-amendment", key, "--outcome", "declined")
    assert trade.refused(*answer)["code"] == "bill.reason-for-outcome"
    trade.done(*answer, "--reason", "amendment-not-possible")
    assert "amendment" not in trade.record(key)
    trade.done(*ask)
    trade.done("landbridge-forwarding", "bill", "cancel-amendment", key)
    text = trade.run("coral-line", "bill", "history", key).stdout
    assert "answered the request: declined (amendment not possible)" in text
    assert "took the request for an amendment back" in text
    error = trade.refused("coral-line", "bill", "show", key, "--amendment", exit_code=2)
    assert error["what"] == f"no amendment of {key} is asked for"


@pytest.mark.parametrize("field", ["transportDocumentReference", "carrierCode"])
def test_an_amendment_keeps_the_number(trade: Corridor, field: str) -> None:
    key = trade.issue()
    file = corrected(trade, **{field: "OTHR"})
    error = trade.refused("landbridge-forwarding", "bill", "request-amendment", key, file, exit_code=2)
    assert (error["code"], error["field"]) == ("document.number", field)


def test_a_sea_waybill_is_amended_in_sight(trade: Corridor) -> None:
    key = waybill(trade)
    before = trade.record(key)["contents"]
    file = corrected(trade, WAYBILL, termsAndConditions="others")
    trade.done("coral-line", "bill", "amend", key, file, "--titleholder", "landbridge-forwarding")
    assert trade.record(key)["earlier"] == [before]
    shown = trade.run("landbridge-forwarding", "bill", "show", key).stdout
    assert "Issued; delivery is to landbridge-forwarding." in shown
    assert "once" in shown
    text = trade.run("coral-line", "bill", "history", key).stdout
    assert "issued it, for delivery to Red River Imports" in text
    assert "amended it, for delivery to Landbridge Forwarding" in text


def test_a_bill_takes_the_place_of_paper(trade: Corridor) -> None:
    made = ("identify-paper", "--serial", "QZH-7", "--place", "CNQZH", "--date", "2026-11-01", "-o", "p.json")
    assert trade.run_offline("bill", *made).exit_code == 0
    key = trade.issue(FILE, "--from-paper", "p.json")
    result = trade.done("coral-line", "bill", "statement", key, "--paper", "p.json")
    assert (
        "serial QZH-7, issued at CNQZH on 2026-11-01 in 3 originals, has no effect any more"
        in (result["statement"][0])
    )
    assert "a paper bill" in trade.run("coral-line", "bill", "show", key).stdout
