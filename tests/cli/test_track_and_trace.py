"""DCSA track-and-trace events, out of timelines and into the ledger."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CliError
from cli.track_and_trace_reading import MAX_EVENTS, read_events
from contracts.movement.events import EVENTS
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture
from tests.cli.test_movement_timeline import BOX, MINE, exported, record, sailed


def file_of(trade: Corridor, events: Any) -> str:
    (trade.folder / "events.json").write_text(json.dumps(events))
    return "events.json"


def test_what_is_exported_is_dcsa_and_can_be_recorded_elsewhere(trade: Corridor, tmp_path: Path) -> None:
    sailed(trade)
    events = exported(trade, "beibu-gulf-port", tmp_path)
    for event in events:
        assert str(uuid.UUID(event["eventID"])) == event["eventID"]
        assert event["eventClassifierCode"] == "ACT"
        if event["eventType"] == "EQUIPMENT":
            assert event["equipmentReference"] == BOX
            assert event["emptyIndicatorCode"] in ("LADEN", "EMPTY")
            assert event["eventLocation"]["UNLocationCode"] == "CNQZH"
    codes = [event.get("equipmentEventTypeCode", event.get("shipmentEventTypeCode")) for event in events]
    assert codes == ["ISSU", "GTIN", "LOAD"]
    assert events[2]["transportCall"]["modeOfTransport"] == "VESSEL"
    args = ("movement", "record", "--from", file_of(trade, events), "--purpose", "export")
    again = trade.done("beibu-gulf-port", *args)
    assert [done["passed_over"].partition(" ")[0] for done in again["events"]] == ["shipment", "it", "it"]


def test_an_exported_retraction_withdraws_what_it_retracts(trade: Corridor, tmp_path: Path) -> None:
    trade.issue()
    args = ("movement", "record", BOX, "gate_in", "--at", "CNQZH", "--purpose", "export")
    key = trade.done("beibu-gulf-port", *args)["key"]
    event = exported(trade, "beibu-gulf-port", tmp_path)[-1]
    retraction = {
        "eventID": "6f0c0a5e-43d1-4c55-9d25-8f2b4f9d0001",
        "eventCreatedDateTime": "2026-03-01T00:00:00Z",
        "eventType": "EQUIPMENT",
        "retractedEventID": event["eventID"],
    }
    args = ("movement", "record", "--from", file_of(trade, [retraction]))
    assert "names no container" in trade.refused("beibu-gulf-port", *args, exit_code=2)["what"]
    args = ("movement", "record", BOX, "--from", "events.json")
    trade.done("beibu-gulf-port", *args)
    assert "events" not in trade.record(key)
    assert "passed_over" in trade.done("beibu-gulf-port", *args)["events"][0]
    stranger = retraction | {"retractedEventID": "6f0c0a5e-43d1-4c55-9d25-8f2b4f9d0002"}
    args = ("movement", "record", BOX, "--from", file_of(trade, [stranger]))
    assert trade.refused("beibu-gulf-port", *args, exit_code=2)["code"] == "events.unknown"


@pytest.mark.conformance
class TestPublishedExamples:
    """What DCSA publishes as T&T 3.0 requests, replayed."""

    def test_the_equipment_event_is_recorded(self, trade: Corridor, conformance_data: Path) -> None:
        path = conformance_data / "dcsa/examples/tnt-300-request-equipment.json"
        document = json.loads(path.read_text())
        first = json.loads(json.dumps(document["events"][0]))
        first["eventID"] = "evt-before"
        first["eventDateTime"] = "2026-01-20T08:00:00Z"
        first["eventClassification"]["equipmentEventTypeCode"] = "GTIN"
        document["events"].insert(0, first)
        args = ("movement", "record", "--from", file_of(trade, document), "--operator", "coral-line")
        error = trade.refused("beibu-gulf-port", *args)
        assert error["code"] == "linkage.no-declaration", "loaded for export, and nobody declared it"
        assert error["what"].startswith("events.1 (evt-equip-001")
        box = next(key for key in trade.node.state if key.startswith("container/"))
        assert f"sealane movement record {box} --from FILE" in error["do"]
        document["events"][0]["equipmentDetails"]["movementType"] = "TRANSSHIPMENT"
        document["events"][1]["equipmentDetails"]["emptyIndicatorCode"] = "EMPTY"
        done = trade.done("beibu-gulf-port", *args[:3], file_of(trade, document), *args[4:])
        assert [one["act"] for one in done["events"]] == ["movement.record"] * 2
        assert done["containers"][MINE].startswith(MINE + "=")
        assert trade.record(done["events"][0]["key"])["state"] == "on_vessel"

    def test_the_transport_event_is_recorded_of_the_box_that_it_concerns(
        self, trade: Corridor, conformance_data: Path
    ) -> None:
        path = conformance_data / "dcsa/examples/tnt-300-request-transport.json"
        (trade.folder / "events.json").write_text(path.read_text())
        sailed(trade)
        args = ("movement", "record", BOX, "--from", "events.json")
        error = trade.refused("coral-line", *args)
        assert error["code"] == "movement.out-of-order", "no vessel arrives that did not leave"
        record(trade, "coral-line", "vessel_departure", "CNQZH", 10)
        key = trade.done("coral-line", *args)["events"][0]["key"]
        assert trade.record(key)["facility"] == "DEHAM"

    def test_shipment_events_follow_from_other_acts(self, trade: Corridor, conformance_data: Path) -> None:
        path = conformance_data / "dcsa/examples/tnt-300-request-shipment.json"
        (trade.folder / "events.json").write_text(path.read_text())
        done = trade.done("coral-line", "movement", "record", "--from", "events.json")
        assert "bills and declarations" in done["events"][0]["passed_over"]
        assert trade.node.height == 0


FLAT = {
    "eventID": "3cecb101-7a1a-43a4-9d62-e88a131651e4",
    "eventCreatedDateTime": "2021-01-09T14:12:56Z",
    "eventType": "EQUIPMENT",
    "eventClassifierCode": "EST",
    "eventDateTime": "2019-11-12T07:41:00+08:30",
    "equipmentEventTypeCode": "LOAD",
    "equipmentReference": MINE,
    "emptyIndicatorCode": "EMPTY",
    "transportCall": {"UNLocationCode": "FRPAR", "modeOfTransport": "VESSEL"},
    "seals": [{"sealNumber": "133534", "sealSource": "CUS"}],
}

BY_TRUCK = {"UNLocationCode": "FRPAR", "modeOfTransport": "TRUCK"}
LADEN_GATE_IN = {
    "equipmentEventTypeCode": "GTIN",
    "eventClassifierCode": "ACT",
    "emptyIndicatorCode": "LADEN",
}
ARRIVAL = {
    "eventType": "TRANSPORT",
    "transportEventTypeCode": "ARRI",
    "transportCall": {"UNLocationCode": "FRPAR"},
}


def test_the_shape_of_2_2_is_read() -> None:
    (heard,) = read_events([FLAT])
    assert (heard.equipment, heard.seal) == (MINE, "133534")
    assert heard.fields == {
        "event": "load",
        "classifier": "estimated",
        "facility": "FRPAR",
        "event_ms": 1_573_513_860_000,
        "purpose": None,
    }


def test_of_a_size_only_the_length_is_kept_and_only_of_what_happened() -> None:
    happened = {**FLAT, "eventClassifierCode": "ACT", "ISOEquipmentCode": "45G1"}
    plain = [read_events([value])[0].fields for value in (happened, {**happened, "ISOEquipmentCode": "4500"})]
    assert [fields and fields.get("length") for fields in plain] == ["4", None]
    expected = read_events([{**FLAT, "ISOEquipmentCode": "45G1"}])[0].fields
    assert expected is not None
    assert "length" not in expected


def test_the_shape_with_metadata_is_read() -> None:
    value = {
        "metadata": {"eventID": "c0ea5971", "eventType": "TRANSPORT"},
        "payload": {
            "eventClassifierCode": "ACT",
            "eventDateTime": "2022-11-12T07:41:00+08:30",
            "transportEventTypeCode": "ARRI",
            "transportCall": {"modeOfTransport": "RAIL", "location": {"UNLocationCode": "NLAMS"}},
            "references": [{"type": "FF", "value": "x"}, {"type": "EQ", "value": MINE}],
        },
    }
    (heard,) = read_events({"events": [value]})
    assert heard.equipment == MINE
    assert heard.fields is not None
    assert (heard.fields["event"], heard.fields["facility"]) == ("rail_arrival", "NLAMS")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"eventID": None}, "events.0.eventID"),
        ({"eventType": "IOT"}, "events.0.eventType"),
        ({"eventClassifierCode": "REQ"}, "events.0.eventClassifierCode"),
        ({"eventDateTime": "2019-11-12T07:41:00"}, "events.0.eventDateTime"),
        ({"equipmentEventTypeCode": "FLY"}, "events.0"),
        ({"equipmentEventTypeCode": 7}, "events.0.equipmentEventTypeCode"),
        ({"transportCall": BY_TRUCK}, "events.0.transportCall.modeOfTransport"),
        ({"transportCall": {"modeOfTransport": "VESSEL"}}, "events.0.eventLocation.UNLocationCode"),
        ({"seals": [{"sealSource": "CUS"}]}, "events.0.seals.0.sealNumber"),
        (LADEN_GATE_IN, "events.0"),
        (ARRIVAL, "events.0.transportCall.modeOfTransport"),
    ],
)
def test_what_is_not_understood_is_named(change: dict[str, Any], field: str) -> None:
    event = {name: value for name, value in {**FLAT, **change}.items() if value is not None}
    with pytest.raises(CliError) as caught:
        read_events([event])
    assert caught.value.field == field


@pytest.mark.parametrize("value", [None, "events", {"events": 7}, {}, [FLAT] * (MAX_EVENTS + 1)], ids=repr)
def test_what_is_no_list_of_events_is_refused(value: Any) -> None:
    with pytest.raises(CliError) as caught:
        read_events(value)
    assert caught.value.field == "events"


def test_every_event_of_the_table_can_be_read_back() -> None:
    for event, row in EVENTS.items():
        kind = "transport" if row.is_transport else "equipment"
        call = {"UNLocationCode": "CNQZH"} | ({"modeOfTransport": row.mode.value} if row.mode else {})
        value = {**FLAT, "eventType": kind.upper(), f"{kind}EventTypeCode": row.code, "transportCall": call}
        (heard,) = read_events([value])
        assert heard.fields is not None
        assert heard.fields["event"] == ("reseal" if event.value == "seal" else event.value)
