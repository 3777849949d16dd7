"""What surrounds a clearance, by command: goods to come, lanes, requests, duties, withdrawal, evidence."""

from __future__ import annotations

import json

from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture

REFERENCE = "HP-2026-00577"
DECLARANT = "landbridge-forwarding"


def lodge(trade: Corridor, file: str = "declaration-import.json", *more: str) -> str:
    args = ("--office", "haiphong-customs", "--bill", trade.issue(), *more)
    key: str = trade.done(DECLARANT, "clearance", "lodge", file, *args)["key"]
    return key


def office(trade: Corridor, act: str, *args: str) -> dict[str, object]:
    return trade.done("haiphong-customs", "clearance", act, REFERENCE, *args)


def declarant(trade: Corridor, act: str, *args: str) -> dict[str, object]:
    return trade.done(DECLARANT, "clearance", act, REFERENCE, *args)


def test_a_wco_declaration_is_lodged_from_xml(trade: Corridor) -> None:
    key = lodge(trade, "declaration-import.xml")
    record = trade.record(key)
    assert (record["type"], record["state"]) == ("import", "prelodged")
    shown = trade.done(DECLARANT, "clearance", "show", REFERENCE)
    assert shown["contents"]["goods"].startswith("Motorcycle engine parts")


def test_a_wco_declaration_that_cannot_be_mapped_says_which_element(trade: Corridor) -> None:
    path = trade.folder / "declaration-import.xml"
    path.write_text(path.read_text().replace("420", "some").replace("HP-2026-00577", ""))
    before = trade.node.height
    args = ("--office", "haiphong-customs", "--bill", "bill/" + "0" * 64)
    error = trade.refused(DECLARANT, "clearance", "lodge", "declaration-import.xml", *args)
    assert error["code"] == "wco.missing-element"
    assert "GovernmentAgencyGoodsItem/Packaging/QuantityQuantity" in error["why"]
    path.write_text("<!DOCTYPE a><a/>")
    error = trade.refused(DECLARANT, "clearance", "lodge", "declaration-import.xml", *args, exit_code=2)
    assert "DOCTYPE" in error["why"]
    assert trade.node.height == before


def test_goods_declared_ahead_are_registered_presented_and_accepted(trade: Corridor) -> None:
    path = trade.folder / "declaration-import.xml"
    path.write_text(path.read_text().replace("IMA", "IMD"))
    key = lodge(trade, "declaration-import.xml")
    assert trade.record(key)["awaits_goods"] is True
    office(trade, "register", "--reference", "26VN03TG0000577")
    error = trade.refused("haiphong-customs", "clearance", "accept", REFERENCE)
    assert error["code"] == "clearance.not-presented"
    error = trade.refused("haiphong-customs", "clearance", "expire", REFERENCE)
    assert error["code"] == "clearance.not-overdue"
    declarant(trade, "present")
    office(trade, "accept")
    assert trade.record(key)["state"] == "accepted"


def test_a_rejection_says_what_to_mend(trade: Corridor) -> None:
    key = lodge(trade, "declaration-import.json", "--ahead")
    office(trade, "reject", "--error", "CDS12077:42A/67A/68A#1/166", "--error", "CDS12016")
    assert trade.record(key)["errors"] == [
        {"code": "CDS12077", "pointer": "42A/67A/68A#1/166"},
        {"code": "CDS12016"},
    ]


def test_a_lane_is_followed_before_release(trade: Corridor) -> None:
    key = lodge(trade)
    office(trade, "accept")
    office(trade, "route", "--lane", "yellow", "--reason", "selectivity")
    assert trade.refused("haiphong-customs", "clearance", "release", REFERENCE)["code"] == "clearance.lane"
    office(trade, "control", "--control", "documents")
    office(trade, "conclude", "--control", "documents", "--result", "satisfactory")
    office(trade, "assess", "--text", "Duty 1,250.00 USD", "--status", "67")
    office(trade, "release")
    office(trade, "withdraw", "--reason", "mistake")
    record = trade.record(key)
    assert (record["state"], record["routing"]["lane"]) == ("accepted", "yellow")
    assert [notice["notice"] for notice in record["notices"]] == ["debt"]


def test_an_amendment_is_asked_for_granted_and_carried_out(trade: Corridor) -> None:
    key = lodge(trade)
    office(trade, "accept")
    before = trade.record(key)["contents"]
    amended = json.loads((trade.folder / "declaration-import.json").read_text())
    amended["goods_items"][0]["description"] = "Motorcycle engine parts: cylinders only"
    (trade.folder / "amended.json").write_text(json.dumps(amended))
    declarant(trade, "request", "--kind", "amendment", "--ground", "value", "--contents", "amended.json")
    error = trade.refused("haiphong-customs", "clearance", "release", REFERENCE)
    assert error["code"] == "clearance.request-open"
    shown = trade.done(DECLARANT, "clearance", "show", REFERENCE, "--request", "request-1")
    assert "cylinders only" in shown["contents"]["goods"]
    assert "pistons" in trade.done(DECLARANT, "clearance", "show", REFERENCE)["contents"]["goods"]
    trade.refused(DECLARANT, "clearance", "show", REFERENCE, "--request", "another", exit_code=2)
    office(trade, "decide", "--outcome", "granted")
    office(trade, "amend", "--request", "request-1")
    record = trade.record(key)
    assert record["earlier"] == [before]
    assert record["contents"] == record["requests"][0]["contents"] != before
    shown = trade.done(DECLARANT, "clearance", "show", REFERENCE)
    assert "cylinders only" in shown["contents"]["goods"]


def test_a_cancellation_is_denied_with_a_ground_and_granted_without(trade: Corridor) -> None:
    key = lodge(trade)
    office(trade, "accept")
    declarant(trade, "request", "--kind", "cancellation", "--ground", "duplicate")
    office(trade, "decide", "--outcome", "denied", "--ground", "not_substantiated")
    declarant(trade, "request", "--kind", "cancellation", "--ground", "duplicate", "--request", "again")
    office(trade, "decide", "--outcome", "granted", "--request", "again")
    office(trade, "invalidate", "--reason", "requested")
    record = trade.record(key)
    assert record["state"] == "invalidated"
    assert [request["state"] for request in record["requests"]] == ["denied", "done"]


def test_an_import_relies_on_the_export_that_another_country_cleared(trade: Corridor) -> None:
    key = lodge(trade)
    bill = trade.record(key)["bills"][0]
    args = ("--office", "qinzhou-customs", "--bill", f"bill/{bill}", "--exit", "qinzhou-customs")
    export = trade.done(DECLARANT, "clearance", "lodge", "declaration-export.json", *args)["key"]
    refused = trade.refused(DECLARANT, "clearance", "cite", REFERENCE, "--export", export)
    assert refused["code"] == "clearance.no-evidence"
    trade.done("qinzhou-customs", "clearance", "accept", export)
    trade.done("qinzhou-customs", "clearance", "release", export)
    declarant(trade, "cite", "--export", export)
    office(trade, "accept")
    trade.done("qinzhou-customs", "clearance", "withdraw", export, "--reason", "mistake")
    error = trade.refused("haiphong-customs", "clearance", "release", REFERENCE)
    assert error["code"] == "clearance.evidence-fallen"
    trade.done("qinzhou-customs", "clearance", "release", export)
    office(trade, "release")
    trade.done("qinzhou-customs", "clearance", "exit", export)
    assert trade.record(export)["state"] == "exited"


def test_a_transit_passes_and_arrives(trade: Corridor) -> None:
    declaration = json.loads((trade.folder / "declaration-import.json").read_text())
    declaration["declaration_type"] = "transit"
    (trade.folder / "transit.json").write_text(json.dumps(declaration))
    bill = trade.issue()
    route = ("--office", "qinzhou-customs", "--destination", "haiphong-customs")
    args = (*route, "--transit", "haiphong-customs", "--bill", bill)
    key = trade.done(DECLARANT, "clearance", "lodge", "transit.json", *args)["key"]
    trade.done("qinzhou-customs", "clearance", "accept", key)
    trade.done("qinzhou-customs", "clearance", "release", key)
    for act in ("pass", "arrive", "clear"):
        trade.done("haiphong-customs", "clearance", act, key)
    record = trade.record(key)
    assert (record["state"], [p["office"] for p in record["passages"]]) == ("cleared", ["haiphong-customs"])
