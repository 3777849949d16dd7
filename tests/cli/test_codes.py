"""`sealane codes`, and the operator's wishes about documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.acts import Corridor, change, trade_fixture  # noqa: F401 - a fixture

CARRIER = "coral-line"


@pytest.fixture
def settings(trade: Corridor) -> Iterator[Path]:
    """client.toml of the network, put back afterwards with the folder of codes."""
    path = trade.node.directory / "client.toml"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)
    for file in (trade.node.directory / "codes").glob("*"):
        file.unlink()


def test_a_list_is_loaded_shown_and_asked(trade: Corridor, settings: Path) -> None:
    (trade.folder / "places.csv").write_text("code,name\nVNHPH,Hai Phong\nCNQZH,Qinzhou\n")
    assert trade.refused(CARRIER, "codes", "find", "locode", "VNHPH", exit_code=2)["code"] == "codes.none"
    done = trade.done(CARRIER, "codes", "load", "locode", "places.csv")
    assert (done["codes"], Path(done["file"]).read_text()) == (2, "CNQZH\nVNHPH\n")
    counts = {item["kind"]: item["codes"] for item in trade.done(CARRIER, "codes", "list")["items"]}
    assert counts == {"locode": 2, "hs": 0, "scac": 0, "smdg": 0}
    trade.done(CARRIER, "codes", "find", "locode", "VNHPH")
    assert trade.refused(CARRIER, "codes", "find", "locode", "CNSHA")["code"] == "codes.unknown"


def test_what_is_no_list_leaves_the_one_before(trade: Corridor, settings: Path) -> None:
    (trade.folder / "good.txt").write_text("VNHPH\n")
    (trade.folder / "bad.txt").write_text("VNHPH\nnowhere\n")
    (trade.folder / "binary.txt").write_bytes(b"\xff\xfe")
    trade.done(CARRIER, "codes", "load", "locode", "good.txt")
    for name, why in (("bad.txt", "line 2"), ("binary.txt", "UTF-8")):
        refused = trade.refused(CARRIER, "codes", "load", "locode", name, exit_code=2)
        assert refused["code"] == "codes.unreadable"
        assert why in refused["why"]
    assert trade.refused(CARRIER, "codes", "load", "ports", "good.txt", exit_code=2)["field"] == "KIND"
    trade.done(CARRIER, "codes", "find", "locode", "VNHPH")


def test_issuing_warns_of_codes_on_no_list(trade: Corridor, settings: Path) -> None:
    (trade.folder / "places.txt").write_text("CNQZH\nCNCKG\n")
    trade.done(CARRIER, "codes", "load", "locode", "places.txt")
    parties = ("--to", "landbridge-forwarding", "--titleholder", "red-river-imports")
    result = trade.run(CARRIER, "bill", "issue", "corridor-straight.json", *parties)
    assert result.exit_code == 0, result.stderr
    assert "VNHPH is not on the list of places" in " ".join(result.stderr.split())


def test_unknown_fields_are_refused_with_a_pointer_until_the_operator_keeps_them(
    trade: Corridor, settings: Path
) -> None:
    file = change(trade, "newer.json", **{"green/claim": "yes"})
    parties = ("--to", "landbridge-forwarding", "--titleholder", "red-river-imports")
    refused = trade.refused(CARRIER, "bill", "issue", file, *parties)
    assert refused["code"] == "document.unknown-field"
    assert "/green~1claim" in refused["why"]
    settings.write_text("keep_unknown_fields = true\n" + settings.read_text())
    key = trade.done(CARRIER, "bill", "issue", file, *parties)["key"]
    contents = b"".join(trade.node.contents.values())
    assert key in trade.node.state
    assert b"green/claim" in contents


def test_a_setting_that_is_neither_is_said(trade: Corridor, settings: Path) -> None:
    settings.write_text('keep_unknown_fields = "perhaps"\n' + settings.read_text())
    assert trade.refused(CARRIER, "codes", "list", exit_code=2)["code"] == "settings"


def test_checking_offline_takes_both_wishes(trade: Corridor) -> None:
    file = change(trade, "newer.json", extra=1)
    folder = trade.folder / "lists"
    folder.mkdir()
    (folder / "hs.txt").write_text("010121\n")

    def check(*more: str) -> list[dict[str, str]]:
        result = CliRunner().invoke(app, ["bill", "check", file, "--json", *more])
        findings: list[dict[str, str]] = json.loads(result.stdout)["findings"]
        return findings

    assert [(one["code"], one["pointer"]) for one in check()] == [("document.unknown-field", "/extra")]
    assert check("--keep-unknown") == []
    listed = check("--keep-unknown", "--codes", str(folder))
    assert {one["code"] for one in listed} == {"identifier.hs-unknown"}
    assert listed[0]["pointer"].startswith("/consignmentItems/0/")
