"""`--batch FILE` and `sealane batch run`: what files may say, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.batching import MAX_FILE_BYTES, read_rows
from cli.errors import CliError
from cli.main import app
from ledger.batch import MAX_BATCH_PARTS
from tests.cli.acts import Corridor, change, trade_fixture  # noqa: F401 - a fixture

BUYER, FORWARDER = "red-river-imports", "landbridge-forwarding"


def issue(trade: Corridor, count: int) -> list[str]:
    """Bills to the forwarder, with numbers of their own and the same container on all."""
    numbers = [f"BBLN26QZ0004{place:02}" for place in range(count)]
    return [
        trade.issue(change(trade, f"{n}.json", transportDocumentReference=n), *parties()) for n in numbers
    ]


def parties() -> tuple[str, ...]:
    return ("--to", FORWARDER, "--shipper", FORWARDER, "--titleholder", BUYER)


def write(trade: Corridor, text: str, name: str = "rows.csv") -> Path:
    path = trade.folder / name
    path.write_text(text)
    return path


def batch_transfer(trade: Corridor, path: Path, *more: str) -> tuple[str, ...]:
    return ("bill", "transfer", "--batch", str(path), "--to", BUYER, *more)


def test_bills_of_a_file_are_offered_together(trade: Corridor) -> None:
    keys = issue(trade, 3)
    path = write(
        trade,
        "\ufeffBill,Days,To\n" + "".join(f"{key},,\n" for key in keys[:2]) + f"{keys[2]},9,coral-line\n",
    )
    height = trade.node.height
    done = trade.done(FORWARDER, *batch_transfer(trade, path))
    assert trade.node.height == height + 1
    assert [part["subject"] for part in done["parts"]] == keys
    offers = [trade.record(key)["offer"] for key in keys]
    assert [one["to"] for one in offers] == [BUYER, BUYER, "coral-line"]
    assert offers[2]["expires_ms"] - offers[0]["expires_ms"] > 86_400_000
    shown = trade.run(FORWARDER, "bill", "history", keys[1]).stdout
    assert "offered it to Red River Imports, until" in shown
    assert "Done together" not in shown


def test_what_is_printed_to_people(trade: Corridor) -> None:
    keys = issue(trade, 2)
    result = trade.run(FORWARDER, *batch_transfer(trade, write(trade, "bill\n" + "\n".join(keys))))
    assert "Done together: 2 bill.transfer (block" in result.stdout


def test_one_that_is_refused_is_named_and_none_is_done(trade: Corridor) -> None:
    keys = issue(trade, 2)
    trade.done(FORWARDER, "bill", "transfer", keys[1], "--to", BUYER)
    path = write(trade, "bill\n" + "\n".join(keys))
    refused = trade.refused(FORWARDER, *batch_transfer(trade, path))
    assert (refused["code"], refused["field"]) == ("bill.offer-open", "body.parts.1.subject")
    assert f"Part 2 of 2, bill.transfer on {keys[1]}" in refused["why"]
    assert "offer" not in trade.record(keys[0])


def test_evidence_of_a_bill_of_the_batch_verifies(trade: Corridor) -> None:
    keys = issue(trade, 2)
    trade.done(FORWARDER, *batch_transfer(trade, write(trade, "bill\n" + "\n".join(keys))))
    out = trade.folder / "one.evidence.json"
    trade.done(FORWARDER, "evidence", "get", keys[1], "-o", str(out))
    genesis = trade.node.directory / "genesis.json"
    verified = CliRunner().invoke(app, ["verify", str(out), "--genesis", str(genesis), "--json"])
    report = json.loads(verified.stdout)
    assert report["verdict"] == "verified"
    last = report["statements"][-1]
    assert (last["act"], last["part"]) == ("bill.transfer", 2)


def test_acts_of_several_kinds_from_json_lines(trade: Corridor) -> None:
    keys = issue(trade, 2)
    until = trade.node.now_ms + 86_400_000
    rows: list[dict[str, Any]] = [
        {"act": "bill.transfer", "subject": keys[0], "body": {"to": BUYER, "expires_ms": until}},
        {"act": "bill.cancel", "subject": keys[0]},
        {"act": "bill.transfer", "subject": keys[1], "version": 1, "to": BUYER, "expires_ms": until},
    ]
    path = write(trade, "\n\n".join(json.dumps(row) for row in rows), "acts.jsonl")
    done = trade.done(FORWARDER, "batch", "run", path)
    assert [part["act"] for part in done["parts"]] == ["bill.transfer", "bill.cancel", "bill.transfer"]
    assert trade.record(keys[0])["version"] == 3
    again = trade.refused(FORWARDER, "batch", "run", path)
    assert again["field"] == "body.parts.2.expected_version"


def test_acts_from_a_table_with_numbers_and_columns_of_fields(trade: Corridor) -> None:
    trade.issue()
    at = trade.node.now_ms - 1_000
    header = "act,subject,event,classifier,facility,event_ms,purpose\n"
    path = write(trade, header + f"movement.record,SLNU1002356,gate_in,actual,CNQZH,{at},export\n")
    done = trade.done("beibu-gulf-port", "batch", "run", path)
    assert trade.record(done["parts"][0]["subject"])["facility"] == "CNQZH"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no rows"),
        ("bill\n", "no rows"),
        ("bill,bill\nx,y\n", "line 1"),
        ("bill,\nx,y\n", "every column needs a name"),
        ("bill\nx,y\n", "2 cells, the header has 1"),
        ('bill\n"x\n', "line"),
        ('{"bill": \n', "line 1"),
        ('{"bill": "x"}\n[1]\n', "expected a JSON object"),
        ("{" * 200, "nested"),
        ("bill\n" + "x\n" * (MAX_BATCH_PARTS + 1), f"at most {MAX_BATCH_PARTS} parts"),
        ("bill\n" + "x" * MAX_FILE_BYTES, "larger than"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "rows"
    path.write_text(text)
    with pytest.raises(CliError) as caught:
        read_rows(path)
    assert caught.value.code == "batch.file"
    assert why.lower() in f"{caught.value.what} {caught.value.why}".lower()


@pytest.mark.parametrize(
    "text",
    [
        "bill,to\r\nX,a b\r\n",
        "\ufeffbill;to\r\n\r\nX;a b\r\n",
        "bill\tto\nX\ta b\n",
        'bill;to\nX;"a b"\n',
        '{"bill": "X", "to": "a b"}\r\n',
    ],
    ids=["commas", "semicolons, as with a comma in numbers", "tabs", "quotes", "lines of JSON"],
)
def test_a_table_as_spreadsheets_write_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rows"
    file.write_bytes(text.encode())
    ((_, row),) = read_rows(file)
    assert row == {"bill": "X", "to": "a b"}


def test_a_line_of_json_ends_where_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "rows"
    file.write_text('{"bill": "a\u2028b"}\n{"bill": "c"}\n', encoding="utf-8")
    assert read_rows(file) == [(1, {"bill": "a\u2028b"}), (2, {"bill": "c"})]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(b"bill\n\xff\n")
    with pytest.raises(CliError) as caught:
        read_rows(path)
    assert "Not UTF-8" in caught.value.why


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("bill,colour\nx,red\n", "there is no colour here; columns are bill, to, days"),
        ("days\n3\n", "the row names no bill"),
        ("bill,days\nKEY,31\n", "line 2"),
        ("bill\nbill/00\n", "line 2"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_signed(
    trade: Corridor, text: str, what: str
) -> None:
    key = issue(trade, 1)[0]
    height = trade.node.height
    result = trade.run(FORWARDER, *batch_transfer(trade, write(trade, text.replace("KEY", key))))
    assert result.exit_code in (1, 2)
    assert what.lower() in " ".join(result.stderr.split()).lower()
    assert trade.node.height == height


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"subject": "x"}, "names no act"),
        ({"act": "bill.fly", "subject": "x"}, "there is no act bill.fly"),
        ({"act": "bill.cancel"}, "names no subject"),
        ({"act": "bill.cancel", "subject": "bill/" + "0" * 64, "version": "two"}, "no version"),
        ({"act": "bill.cancel", "subject": "bill/" + "0" * 64, "body": 3}, "no JSON object"),
        ({"act": "bill.transfer", "subject": "bill/" + "0" * 64, "body": {"to": 3}}, "cannot be written so"),
    ],
)
def test_an_act_that_cannot_be_written(trade: Corridor, row: dict[str, Any], what: str) -> None:
    path = write(trade, json.dumps(row), "acts.jsonl")
    refused = trade.refused(FORWARDER, "batch", "run", path, exit_code=2)
    assert what in refused["what"]
    assert "line 1" in refused["why"]


def test_one_of_record_and_file_is_given(trade: Corridor) -> None:
    key = issue(trade, 1)[0]
    for more in ((), (key, "--batch", "rows.csv")):
        refused = trade.refused(FORWARDER, "bill", "cancel", *more, exit_code=2)
        assert "--batch FILE" in refused["do"]


def test_every_row_that_cannot_be_used_is_told_by_line_and_column(trade: Corridor) -> None:
    keys = issue(trade, 1)
    rows = f"bill,reason\n{keys[0]},contents_wrong\n{keys[0]},contents_rong\n\n{keys[0]},late\n"
    reject = ("bill", "reject", "--reason", "other", "--batch", write(trade, rows))
    refused = trade.refused(BUYER, *reject, exit_code=2)
    assert "line 3, column reason. Did you mean contents_wrong?" in refused["why"]
    assert refused["why"].endswith("; line 5, column reason: --reason late is not known")


def test_a_days_gate_moves_are_recorded_together_and_again_without_effect(trade: Corridor) -> None:
    trade.issue()
    boxes = ("SLNU1002356", "SLNU5601286")
    rows = "".join(f"{box},gate_in,2026-01-02T08:0{place}Z\n" for place, box in enumerate(boxes))
    table = write(trade, f"container,event,time\n{rows}")
    line = ("movement", "record", "--batch", table, "--at", "CNQZH", "--purpose", "export")
    done = trade.done("beibu-gulf-port", *line)
    assert [part["act"] for part in done["parts"]] == ["movement.record"] * 2
    assert trade.record(done["parts"][1]["subject"])["state"] == "in_facility"
    height = trade.node.height
    assert trade.done("beibu-gulf-port", *line) == {"parts": []}
    assert trade.node.height == height
    table.write_text(
        f"container,event,operator,time\n{boxes[0]},gate_in,,\n{boxes[1]},gate_in,coral-line,"
        "2026-01-02T08:00Z\n"
    )
    refused = trade.refused("beibu-gulf-port", *line, exit_code=2)
    assert (refused["what"], refused["field"]) == ("the row has no time", "time")
    assert "line 3, column operator: a batch introduces no containers" in refused["why"]


@pytest.mark.parametrize(
    ("words", "header"),
    [
        (("bill", "transfer"), "bill,to,days"),
        (("movement", "record"), "container,event,at,purpose,time,seal,seal_found,size,operator"),
        (("bill.transfer",), "act,subject,to,expires_ms"),
    ],
)
def test_a_template_has_the_columns_that_a_table_may_have(
    trade: Corridor, words: tuple[str, ...], header: str
) -> None:
    result = trade.run_offline("batch", "template", *words)
    assert result.stdout == f"{header}\n"
    assert all(f"{column}: " in result.stderr for column in header.split(","))


def test_a_template_of_what_takes_no_table_is_refused(trade: Corridor) -> None:
    result = trade.run_offline("batch", "template", "bill", "transfr")
    assert result.exit_code == 2
    assert "Did you mean bill transfer?" in result.stderr
