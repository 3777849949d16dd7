"""`sealane clearance lodge --batch`: a table of declarations, lodged together, and given again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.client import Client
from ledger.sealing import ContentsKey, Keyring
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture

FORWARDER, OFFICE = "landbridge-forwarding", "haiphong-customs"
NUMBERS = ("HP-2026-1", "HP-2026-12")
"""One begins like the other: an index finds both by the first."""


def declaration(trade: Corridor, number: str, **fields: object) -> str:
    """A file beside the table."""
    value = json.loads((trade.folder / "declaration-import.json").read_text())
    name = f"{number}.json"
    (trade.folder / "day").mkdir(exist_ok=True)
    (trade.folder / "day" / name).write_text(json.dumps(value | {"local_reference_number": number} | fields))
    return name


def table(trade: Corridor, *rows: str, header: str = "file,bill,ahead") -> Path:
    (trade.folder / "day").mkdir(exist_ok=True)
    path = trade.folder / "day" / "rows.csv"
    path.write_text("\n".join((header, *rows)))
    return path


def lodge(path: Path, *more: str) -> tuple[object, ...]:
    return ("clearance", "lodge", "--batch", path, "--office", OFFICE, *more)


@pytest.fixture(name="day")
def day_fixture(trade: Corridor) -> Path:
    """Two declarations under one bill."""
    bill = trade.issue()
    first, second = (declaration(trade, number) for number in NUMBERS)
    return table(trade, f"{first},{bill},yes", f"{second},{bill},")


def lodged(trade: Corridor) -> dict[str, Any]:
    return {key: trade.record(key) for key in trade.node.state if key.startswith("declaration/")}


def test_a_table_is_lodged_together_and_given_again_does_nothing(trade: Corridor, day: Path) -> None:
    height = trade.node.height
    done = trade.done(FORWARDER, *lodge(day))
    assert trade.node.height == height + 1
    assert tuple(part["number"] for part in done["parts"]) == NUMBERS
    records = [trade.record(part["subject"]) for part in done["parts"]]
    assert [record.get("awaits_goods", False) for record in records] == [True, False]
    assert {record["contents"] for record in records} <= set(trade.node.contents)
    again = trade.run(FORWARDER, *lodge(day))
    assert "Nothing to do" in again.stdout
    for part in done["parts"]:
        assert f"{part['number']} is passed over: it is lodged as {part['subject']} (prelodged)" in " ".join(
            again.stderr.split()
        )
    assert trade.node.height == height + 1
    assert trade.done(FORWARDER, *lodge(day))["parts"] == []


def test_what_a_longer_table_adds_is_lodged(trade: Corridor, day: Path) -> None:
    trade.done(FORWARDER, *lodge(day))
    before = set(lodged(trade))
    third = declaration(trade, "HP-2026-123")
    day.write_text(f"{day.read_text()}\n{third},{trade.record(before.copy().pop())['bills'][0]},")
    said = trade.run(FORWARDER, *lodge(day)).stdout
    (new,) = set(lodged(trade)) - before
    assert f"HP-2026-123: {new}" in said


def test_the_same_declaration_lodged_by_itself_is_known(trade: Corridor, day: Path) -> None:
    bill = f"bill/{next(key for key in trade.node.state if key.startswith('bill/')).partition('/')[2]}"
    trade.done(FORWARDER, "clearance", "lodge", f"day/{NUMBERS[0]}.json", "--office", OFFICE, "--bill", bill)
    done = trade.done(FORWARDER, *lodge(day))
    assert [part["number"] for part in done["parts"]] == [NUMBERS[1]]


def test_a_number_with_other_contents_is_refused_until_customs_reject_it(trade: Corridor, day: Path) -> None:
    done = trade.done(FORWARDER, *lodge(day))
    first = done["parts"][0]["subject"]
    declaration(trade, NUMBERS[0], customs_office_code="VN03TH")
    error = trade.refused(FORWARDER, *lodge(day), exit_code=2)
    assert error["code"] == "declaration.number"
    assert first in error["why"]
    assert "line 2, column file" in error["why"]
    trade.done(OFFICE, "clearance", "reject", first, "--error", "CDS12077")
    done = trade.done(FORWARDER, *lodge(day))
    assert [part["number"] for part in done["parts"]] == [NUMBERS[0]]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("missing.json,BILL,", "line 4, column file"),
        ("HP-2026-1.json,BILL,", "stands in the table twice"),
        ("good.json,BILL,perhaps", "line 4, column ahead"),
        ("wrong.json,BILL,", "line 4"),
        ("good.json,bill/00,", "line 4"),
    ],
)
def test_one_row_that_cannot_be_lodged_is_named_and_nothing_is_stored(
    trade: Corridor, day: Path, row: str, what: str
) -> None:
    (trade.folder / "day/wrong.json").write_text("{}")
    (trade.folder / "day/good.json").write_bytes((trade.folder / "declaration-import.json").read_bytes())
    bill = next(key for key in trade.node.state if key.startswith("bill/"))
    day.write_text(f"{day.read_text()}\n{row.replace('BILL', bill)}")
    height, contents = trade.node.height, dict(trade.node.contents)
    result = trade.run(FORWARDER, *lodge(day), "--json")
    assert result.exit_code in (1, 2), result.stdout
    error = json.loads(result.stderr.splitlines()[-1])["error"]
    assert what in f"{error['what']} {error['why']}"
    assert (trade.node.height, dict(trade.node.contents)) == (height, contents)


def test_json_lines_name_several_bills(trade: Corridor) -> None:
    name, bill = declaration(trade, NUMBERS[0]), trade.issue()
    path = table(trade, header=json.dumps({"file": name, "bill": [bill], "office": OFFICE, "ahead": True}))
    done = trade.done(FORWARDER, "clearance", "lodge", "--batch", path)
    assert trade.record(done["parts"][0]["subject"])["awaits_goods"] is True


def test_an_office_is_named(trade: Corridor, day: Path) -> None:
    error = trade.refused(FORWARDER, "clearance", "lodge", "--batch", day, exit_code=2)
    assert "--office" in error["do"]


def test_a_node_that_reads_no_references_is_not_relied_on(
    trade: Corridor, day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Client, "keyring", Keyring([ContentsKey.from_bytes(bytes(31) + b"\1")]))
    height = trade.node.height
    error = trade.refused(FORWARDER, *lodge(day), exit_code=2)
    assert (error["code"], trade.node.height) == ("contents.sealed", height)


def test_nothing_is_lodged_while_an_earlier_lodgement_may_still_take_effect(
    trade: Corridor, day: Path
) -> None:
    trade.done(FORWARDER, *lodge(day))
    leaf = trade.node.chain.leaves[-1]
    folder = trade.node.directory / "pending"
    folder.mkdir(exist_ok=True)
    file = folder / "one.cose"
    file.write_bytes(leaf)
    try:
        error = trade.refused(FORWARDER, *lodge(day), exit_code=3)
        assert error["code"] == "statement.pending"
        assert str(file) in error["do"]
        trade.node.now_ms += 3_600_001
        assert trade.done(FORWARDER, *lodge(day))["parts"] == []
    finally:
        file.unlink()
