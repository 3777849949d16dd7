"""`sealane movement timeline`, `expect`, `correct`, `withdraw`, `weigh`, and seals."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture

BOX = "SLNU1002356"
MINE = "APZU4812090"


def at(hour: int) -> str:
    return f"2026-01-02T{hour:02}:00Z"


def record(trade: Corridor, who: str, event: str, place: str, hour: int, *args: str) -> dict[str, Any]:
    return trade.done(who, "movement", "record", BOX, event, "--at", place, "--time", at(hour), *args)


def exported(trade: Corridor, who: str, folder: Path, box: str = BOX) -> list[dict[str, Any]]:
    path = folder / f"{len(list(folder.iterdir()))}-events.json"
    trade.done(who, "movement", "timeline", box, "--dcsa", str(path))
    events: list[dict[str, Any]] = json.loads(path.read_text())
    return events


def timeline(trade: Corridor, who: str, box: str = BOX) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = trade.done(who, "movement", "timeline", box)["items"]
    return items


def sailed(trade: Corridor) -> str:
    """Into the port, weighed, loaded against the rules, and away."""
    trade.issue()
    key = str(record(trade, "beibu-gulf-port", "gate_in", "CNQZH", 8, "--purpose", "export")["key"])
    breach = ("movement", "breach", BOX, "load", "--at", "CNQZH", "--time", at(9))
    trade.done("beibu-gulf-port", *breach)
    return key


def test_planned_and_estimated_are_held_against_what_happened(trade: Corridor) -> None:
    key = sailed(trade)
    eta = ("movement", "expect", BOX, "vessel_departure", "--at", "CNQZH", "--time")
    trade.done("coral-line", *eta, "2100-01-01T10:00Z", "--planned")
    trade.done("coral-line", *eta, "2100-01-01T11:00Z")
    trade.done("coral-line", *eta, "2100-01-01T12:30Z")
    assert "vessel_departure at CNQZH" in trade.run("coral-line", "movement", "show", BOX).stdout
    record(trade, "coral-line", "vessel_departure", "CNQZH", 10)
    items = timeline(trade, "coral-line")
    actual = next(i for i in items if i["event"] == "vessel_departure" and i["classifier"] == "actual")
    assert (actual["type"], actual["code"], actual["mode"]) == ("TRANSPORT", "DEPA", "VESSEL")
    assert actual["planned_ms"] == 4_102_480_800_000
    assert actual["estimated_ms"] == 4_102_480_800_000 + 9_000_000
    assert sorted(i["standing"] for i in items if i["classifier"] != "actual") == ["met", "met", "replaced"]
    assert [i["event"] for i in items if i["type"] == "SHIPMENT"] == ["bill.issue"]
    broken = next(i for i in items if i["event"] == "load")
    assert broken["broke"] == ["linkage.no-declaration", "linkage.no-verified-mass"]
    shown = trade.run("coral-line", "movement", "timeline", BOX).stdout
    assert "earlier than planned" in shown
    assert "against the rules: linkage.no-declaration" in shown
    assert "expected" not in trade.record(key)


def test_an_event_is_corrected_by_who_recorded_it_and_within_thirty_days(trade: Corridor) -> None:
    key = sailed(trade)
    gate_in, _ = (item["version"] for item in timeline(trade, "beibu-gulf-port") if item["key"] == key)
    fix = ("movement", "correct", BOX, str(gate_in), "--time", "2026-01-02T07:30Z", "--reason", "clock")
    assert trade.refused("coral-line", *fix)["code"] == "movement.nothing-recorded"
    assert "movement correct" not in trade.run("coral-line", "movement", "next", BOX).stdout
    assert trade.refused("beibu-gulf-port", *fix)["code"] == "movement.too-late"


def test_a_recent_event_is_corrected_and_another_withdrawn(trade: Corridor, tmp_path: Path) -> None:
    trade.issue()
    gate_in = ("movement", "record", BOX, "gate_in", "--at", "CNQZH", "--purpose", "export")
    key = trade.done("beibu-gulf-port", *gate_in)["key"]
    trade.done("beibu-gulf-port", "movement", "record", BOX, "inspection", "--at", "CNQZH")
    first, second = (event["version"] for event in trade.record(key)["events"])
    earlier = (trade.record(key)["events"][0]["event_ms"] - 60_000) // 1000 * 1000
    text = datetime.fromtimestamp(earlier / 1000, UTC).isoformat()
    fix = ("movement", "correct", BOX, str(first), "--time", text, "--reason", "clock")
    trade.done("beibu-gulf-port", *fix)
    undo = ("movement", "withdraw", BOX, str(second), "--reason", "did-not-happen")
    trade.done("beibu-gulf-port", *undo)
    found = {item["version"]: item for item in timeline(trade, "beibu-gulf-port") if item["key"] == key}
    assert (found[first]["standing"], found[first]["event_ms"]) == ("corrected", earlier)
    assert found[first]["corrections"][0]["reason"] == "clock"
    assert found[second]["standing"] == "withdrawn"
    shown = trade.run("beibu-gulf-port", "movement", "timeline", BOX).stdout
    assert "first said" in shown
    assert "withdrawn (did not happen)" in shown
    events = exported(trade, "beibu-gulf-port", tmp_path)
    said = [event for event in events if event["eventType"] == "EQUIPMENT"]
    assert [event.get("retractedEventID") for event in said] == [
        None,
        None,
        said[0]["eventID"],
        None,
        said[1]["eventID"],
    ]
    assert said[3]["eventDateTime"] == text.replace("+00:00", ".000Z")


def test_only_whom_it_concerns_sees_a_timeline(trade: Corridor) -> None:
    key = sailed(trade)
    error = trade.refused("haiphong-customs", "movement", "timeline", key)
    assert error["code"] == "contents.not-entitled"
    error = trade.refused("coral-line", "movement", "timeline", "container/" + "0" * 32)
    assert error["code"] == "not-found"


class TestMass:
    def test_by_hand_for_its_readers(self, trade: Corridor) -> None:
        trade.issue()
        weigh = (
            "movement",
            "weigh",
            BOX,
            "--kilograms",
            "24310",
            "--method",
            "sm1",
            "--reader",
            "coral-line",
        )
        key = trade.done("beibu-gulf-port", *weigh, "--reader", "coral-line")["key"]
        mass = trade.record(key)["verified_mass"]
        assert mass["method"] == "SM1"
        document = f"document/{mass['document']}"
        trade.done("coral-line", "document", "get", document, "-o", "vgm.json")
        found = json.loads((trade.folder / "vgm.json").read_text())
        assert found["VGM"]["weight"] == {"value": 24310, "unit": "KGM"}
        again = ("movement", "weigh", BOX, "--document", document, "--method", "SM2")
        trade.done("beibu-gulf-port", *again)
        assert trade.record(key)["verified_mass"] == {"document": mass["document"], "method": "SM2"}

    def test_what_is_left_out_is_asked_for(self, trade: Corridor) -> None:
        trade.issue()
        weigh = ("movement", "weigh", BOX)
        assert trade.refused("beibu-gulf-port", *weigh, exit_code=2)["field"] == "--method"
        error = trade.refused("beibu-gulf-port", *weigh, "--method", "SM1", exit_code=2)
        assert error["field"] == "--kilograms"
        error = trade.refused("beibu-gulf-port", *weigh, "--document", "0" * 32, exit_code=2)
        assert "--method" in error["what"]

    @pytest.mark.conformance
    def test_a_published_declaration_of_another_box_or_retracted_is_not_taken(
        self, trade: Corridor, conformance_data: Path
    ) -> None:
        trade.issue()
        text = (conformance_data / "dcsa/examples/vgm-api-100-post-request.json").read_text()
        (trade.folder / "vgm.json").write_text(text)
        weigh = ("movement", "weigh", BOX, "--from", "vgm.json")
        error = trade.refused("beibu-gulf-port", *weigh, exit_code=2)
        assert error["field"] == "VGMDeclarations"
        (trade.folder / "vgm.json").write_text(text.replace(MINE, BOX))
        error = trade.refused("beibu-gulf-port", *weigh, exit_code=2)
        assert error["field"] == "isRetracted"
        standing = text.replace(MINE, BOX).replace('"isRetracted": true', '"isRetracted": false')
        (trade.folder / "vgm.json").write_text(standing)
        key = trade.done("beibu-gulf-port", *weigh)["key"]
        assert trade.record(key)["verified_mass"]["method"] == "SM1"


class TestSeals:
    def test_a_seal_is_checked_without_being_shown(self, trade: Corridor) -> None:
        trade.issue()
        record(trade, "beibu-gulf-port", "gate_in", "CNQZH", 8, "--purpose", "export")
        key = record(trade, "beibu-gulf-port", "seal", "CNQZH", 9, "--seal", "CN-449213")["key"]
        assert "449213" not in json.dumps(trade.record(key))
        record(trade, "beibu-gulf-port", "inspection", "CNQZH", 10, "--seal", "cn449213")
        args = ("--at", "CNQZH", "--time", at(11), "--seal", "CN449214")
        said = trade.run("beibu-gulf-port", "movement", "record", BOX, "inspection", *args)
        assert said.exit_code == 0
        assert "seal differs" in said.stderr

    def test_without_the_salt_there_is_nothing_to_commit_to(self, trade: Corridor) -> None:
        trade.issue()
        key = record(trade, "beibu-gulf-port", "gate_in", "CNQZH", 8, "--purpose", "export")["key"]
        args = ("movement", "record", key, "seal", "--at", "CNQZH", "--seal", "CN449213")
        assert trade.refused("beibu-gulf-port", *args, exit_code=2)["field"] == "--seal"
        args = ("movement", "record", BOX, "seal", "--at", "CNQZH", "--seal", "№ 1")
        assert trade.refused("beibu-gulf-port", *args, exit_code=2)["field"] == "--seal"
