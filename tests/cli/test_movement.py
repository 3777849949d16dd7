"""`sealane movement`: events of containers that numbers are enough to name."""

from __future__ import annotations

import json

import pytest

from cli.errors import CliError
from cli.movement_group import milliseconds, size_fields
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture

BOX = "SLNU1002356"
EARLY = "2026-01-02T08:00Z"


def record(trade: Corridor, who: str, event: str, at: str, *args: str) -> dict[str, object]:
    return trade.done(who, "movement", "record", BOX, event, "--at", at, "--time", EARLY, *args)


def test_a_container_is_found_by_its_number(trade: Corridor) -> None:
    trade.issue()
    args = ("--purpose", "export", "--size", "22G1")
    key = str(record(trade, "beibu-gulf-port", "gate-in", "cnqzh", *args)["key"])
    assert trade.record(key)["length"] == "2"
    assert trade.record(key)["state"] == "in_facility"
    assert trade.record(key)["events"][0]["event_ms"] == milliseconds(EARLY)
    listed = trade.run("beibu-gulf-port", "movement", "list", BOX)
    assert "gate in" in listed.stdout
    assert "Beibu Gulf Port" in listed.stdout
    assert "CNQZH" in listed.stdout
    shown = trade.run("beibu-gulf-port", "movement", "show", BOX)
    assert "In the facility CNQZH." in shown.stdout


def test_loading_waits_for_customs_with_a_code(trade: Corridor) -> None:
    trade.issue()
    record(trade, "beibu-gulf-port", "gate_in", "CNQZH", "--purpose", "export")
    args = ("movement", "record", BOX, "load", "--at", "CNQZH", "--time", EARLY)
    error = trade.refused("beibu-gulf-port", *args)
    assert error["code"] == "linkage.no-declaration"
    assert "declaration" in error["why"]


def test_a_departure_against_the_rules_is_reported_not_lost(trade: Corridor) -> None:
    trade.issue()
    record(trade, "beibu-gulf-port", "gate_in", "CNQZH", "--purpose", "export")
    breach = ("movement", "breach", BOX, "load", "--at", "CNQZH", "--time", EARLY)
    key = trade.done("beibu-gulf-port", *breach)["key"]
    assert trade.record(key)["breaches"][0]["codes"] == [
        "linkage.no-declaration",
        "linkage.no-verified-mass",
    ]
    assert "against the rules" in trade.run("beibu-gulf-port", "movement", "list", BOX).stdout


def test_a_container_that_no_bill_announced_gets_a_record_for_the_carrier_to_use(trade: Corridor) -> None:
    result = trade.done(
        "beibu-gulf-port",
        "movement",
        "record",
        BOX.lower(),
        "gate_in",
        "--at",
        "CNQZH",
        "--purpose",
        "export",
        "--time",
        EARLY,
        "--operator",
        "coral-line",
    )
    assert trade.record(result["key"])["operator"] == "coral-line"
    passed_on = result["container"]
    bill = trade.issue("corridor-straight.json", "--container", passed_on)
    assert result["key"].partition("/")[2] in trade.record(bill)["containers"]
    error = trade.refused(
        "coral-line",
        "bill",
        "issue",
        "corridor-sea-waybill.json",
        "--to",
        "red-river-imports",
        "--container",
        passed_on,
        exit_code=2,
    )
    assert error["code"] == "container.unknown", "the waybill does not name this box"


def test_a_wrong_salt_is_noticed_before_issue(trade: Corridor) -> None:
    result = trade.done(
        "beibu-gulf-port",
        "movement",
        "record",
        BOX,
        "gate_in",
        "--at",
        "CNQZH",
        "--purpose",
        "export",
        "--time",
        EARLY,
        "--operator",
        "coral-line",
    )
    wrong = result["container"][:-22] + "A" * 22
    args = ("--to", "landbridge-forwarding", "--titleholder", "red-river-imports", "--container", wrong)
    error = trade.refused("coral-line", "bill", "issue", "corridor-straight.json", *args)
    assert (error["code"], error["field"]) == ("contents.mismatch", f"containers.{BOX}")


def test_a_number_of_no_form_gets_no_record(trade: Corridor) -> None:
    args = ("movement", "record", "BOX-1", "gate_in", "--at", "CNQZH", "--purpose", "export")
    error = trade.refused("beibu-gulf-port", *args, "--operator", "coral-line")
    assert error["field"] == "CONTAINER"
    assert trade.node.height == 0


def test_unknown_boxes_and_events(trade: Corridor) -> None:
    args = ("movement", "record", "SLNU9999999", "gate_in", "--at", "CNQZH")
    assert trade.refused("beibu-gulf-port", *args)["code"] == "subject.unknown"
    trade.issue()
    error = trade.refused("beibu-gulf-port", "movement", "record", BOX, "fly", "--at", "CNQZH", exit_code=2)
    assert "gate_in|gate_out" in error["do"]


def test_a_box_without_events(trade: Corridor) -> None:
    trade.issue()
    assert "No event yet." in trade.run("beibu-gulf-port", "movement", "list", BOX).stdout
    assert trade.done("beibu-gulf-port", "movement", "list", BOX)["items"] == []
    assert (
        "Records what happened to a container."
        in trade.run("beibu-gulf-port", "movement", "next", BOX).stdout
    )


def test_what_is_no_size_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(CliError, match="--size twenty is no ISO 6346") as caught:
        size_fields("twenty")
    assert caught.value.field == "--size"
    assert (size_fields(None), size_fields("l5r1")) == ({}, {"length": "L"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00Z", 0),
        ("2026-03-10T15:30+07:00", 1_773_131_400_000),
        ("2026-03-10T08:30:00.250Z", 1_773_131_400_250),
    ],
)
def test_times_with_an_offset(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    "text", ["2026-03-10T08:30", "yesterday", "", "2026-13-01T00:00Z", "1969-12-31T23:59Z"]
)
def test_times_that_two_ports_could_read_differently(text: str) -> None:
    with pytest.raises(CliError, match="is not understood"):
        milliseconds(text)


def test_a_box_on_its_second_trip_is_the_one_that_is_not_delivered(trade: Corridor) -> None:
    first = trade.record(trade.issue())["containers"]
    text = (trade.folder / "corridor-straight.json").read_text()
    (trade.folder / "corridor-straight.json").write_text(text.replace("BBLN26QZ000318", "BBLN26QZ000999"))
    second = trade.record(trade.issue())["containers"]
    args = ("movement", "show", BOX)
    error = trade.refused("beibu-gulf-port", *args, exit_code=2)
    assert error["code"] == "subject.unclear"
    assert first[0] in error["why"]
    departure = {"direction": "import", "facility": "VNHPH", "event_ms": 1}
    key = f"container/{first[0]}"
    delivered = trade.record(key) | {"state": "on_road", "departures": [departure]}
    trade.node.state[key] = json.dumps(delivered, sort_keys=True, separators=(",", ":")).encode()
    assert trade.done("beibu-gulf-port", *args)["key"] == f"container/{second[0]}"
