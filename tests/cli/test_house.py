"""House bills and multimodal bills by command: what is said of them, and what their documents give."""

from __future__ import annotations

import json

from cli.legs import carriage_legs
from contracts.documents.summary import summarise
from tests.cli.acts import STRAIGHT, Corridor, change, trade_fixture  # noqa: F401 - a fixture

CARRIER, FORWARDER = "coral-line", "landbridge-forwarding"


def test_a_house_bill_under_a_master_elsewhere(trade: Corridor) -> None:
    key = trade.issue("corridor-straight.json", "--master-elsewhere", "MSCU-4711 on paper")
    assert "under" in trade.run(CARRIER, "bill", "show", key).stdout
    assert "a bill elsewhere, not yet given up" in trade.run(CARRIER, "bill", "show", key).stdout
    assert "4711" not in json.dumps(trade.record(key))
    assert trade.refused(FORWARDER, "bill", "prove-master", key, "--proof", "x")["code"] == "bill.not-carrier"
    done = trade.done(CARRIER, "bill", "prove-master", STRAIGHT, "--proof", "delivery order 4711")
    assert done["opening"]["text"] == "delivery order 4711"
    assert "given up" in trade.run(CARRIER, "bill", "show", key).stdout


def test_a_house_bill_under_a_master_that_is_not_its_own(trade: Corridor) -> None:
    master = trade.issue()
    house = change(trade, "house.json", transportDocumentReference="BBLN26QZ000999")
    refused = trade.refused(
        CARRIER, "bill", "issue", house, "--to", FORWARDER, "--titleholder", FORWARDER, "--master", master
    )
    assert (refused["code"], refused["field"]) == ("bill.master-not-held", "body.master.bill")


def test_one_kind_of_master_is_named(trade: Corridor) -> None:
    both = ("--to", FORWARDER, "--titleholder", FORWARDER, "--master", "X", "--master-elsewhere", "Y")
    refused = trade.refused(CARRIER, "bill", "issue", "corridor-straight.json", *both, exit_code=2)
    assert "--master or --master-elsewhere" in refused["do"]


def legs(trade: Corridor, **transports: object) -> list[dict[str, str]]:
    document = json.loads((trade.folder / "corridor-straight.json").read_text())
    ports = {name: {"UNLocationCode": code} for name, code in PORTS.items()}
    for name in ("placeOfReceipt", "placeOfDelivery", "preCarriageBy", "onCarriageBy"):
        document["transports"].pop(name, None)
    document["transports"] |= ports | transports
    return carriage_legs(summarise(document))


PORTS = {"portOfLoading": "CNQZH", "portOfDischarge": "VNHPH"}
INLAND = {"placeOfReceipt": {"UNLocationCode": "CNCKG"}, "placeOfDelivery": {"UNLocationCode": "VNHAN"}}


def test_the_legs_follow_from_the_document(trade: Corridor) -> None:
    modes = {"preCarriageBy": "RAIL", "onCarriageBy": "BARGE"}
    assert legs(trade, **INLAND, **modes) == [
        {"mode": "rail", "to": "CNQZH"},
        {"mode": "sea", "to": "VNHPH"},
        {"mode": "barge", "to": "VNHAN"},
    ]
    before = {"placeOfReceipt": INLAND["placeOfReceipt"], "preCarriageBy": "TRUCK"}
    assert legs(trade, **before) == [{"mode": "road", "to": "CNQZH"}, {"mode": "sea", "to": "VNHPH"}]


def test_what_the_document_does_not_say_is_not_made_up(trade: Corridor) -> None:
    assert legs(trade) == []
    assert legs(trade, **INLAND, preCarriageBy="RAIL") == []
    assert legs(trade, **INLAND, preCarriageBy="RAIL", onCarriageBy="DONKEY") == []


def test_a_multimodal_bill_keeps_its_legs_on_the_ledger(trade: Corridor) -> None:
    document = json.loads((trade.folder / "corridor-straight.json").read_text())
    inland = INLAND | {"preCarriageBy": "RAIL", "onCarriageBy": "TRUCK"}
    file = change(trade, "corridor-straight.json", transports=document["transports"] | inland)
    key = trade.issue(file)
    assert [leg["mode"] for leg in trade.record(key)["legs"]] == ["rail", "sea", "road"]
    assert "rail to CNQZH, sea to VNHPH, road to VNHAN" in trade.run(CARRIER, "bill", "show", key).stdout
