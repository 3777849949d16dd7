"""`sealane evidence pack` and `verify` of what it writes: a consignment in one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cli import packing
from ledger.evidence import encode_evidence_package, parse_evidence_package
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture
from tests.cli.ledger_node import LedgerNode, Problem

FORWARDER, BUYER, CUSTOMS = "landbridge-forwarding", "red-river-imports", "haiphong-customs"
FILE = "consignment.package.json"


@pytest.fixture(name="bill")
def bill_fixture(trade: Corridor) -> str:
    """A bill with its containers, an invoice for the buyer and one for customs alone, and a declaration."""
    bill = trade.issue()
    links = ("--type", "invoice", "--bill", bill)
    trade.done(FORWARDER, "document", "add", "corridor-invoice.json", *links, "--reader", BUYER)
    (trade.folder / "secret.txt").write_text("not for the buyer")
    trade.done(FORWARDER, "document", "add", "secret.txt", *links)
    lodging = ("--office", CUSTOMS, "--bill", bill)
    trade.done(BUYER, "clearance", "lodge", "declaration-import.json", *lodging)
    return bill


def pack(trade: Corridor, bill: str, *options: str, who: str = BUYER) -> dict[str, Any]:
    return trade.done(who, "evidence", "pack", bill, "-o", FILE, *options)


def verify(trade: Corridor, *options: object, exit_code: int = 0) -> str:
    genesis = trade.node.directory / "genesis.json"
    result = trade.run_offline("verify", FILE, "--genesis", genesis, *options)
    assert result.exit_code == exit_code, result.output
    return result.stdout


def kinds(made: dict[str, Any]) -> list[str]:
    return [str(part["subject"]).partition("/")[0] for part in made["parts"]]


def test_the_whole_consignment_is_one_file_that_verifies_offline(trade: Corridor, bill: str) -> None:
    made = pack(trade, bill)
    covered = len(trade.record(bill)["containers"])
    assert kinds(made) == ["bill"] + ["container"] * covered + ["declaration"] + ["document"] * 2
    assert not any(part["contents"] for part in made["parts"])
    said = json.loads(verify(trade, "--json"))
    assert (said["verdict"], said["missing"], said["open"], said["left_out"]) == ("verified", [], [], [])
    assert said["as_of"]["height"] == said["as_of"]["newest_height"] == trade.node.height
    shown = verify(trade, "--expect", "status=issued")
    assert shown.count("pass ") == len(made["parts"])
    assert f"VERIFIED: the consignment of {bill}" in shown
    assert " seal " in verify(trade, "--all")


def test_the_same_ledger_gives_the_same_file(trade: Corridor, bill: str) -> None:
    pack(trade, bill)
    first = Path(FILE).read_bytes()
    assert trade.refused(BUYER, "evidence", "pack", bill, "-o", FILE, exit_code=2)
    pack(trade, bill, "--force")
    assert Path(FILE).read_bytes() == first
    assert first == encode_evidence_package(parse_evidence_package(first))
    assert first.count(b'"genesis":{') == 1


def test_contents_that_the_member_may_read_are_in_it_and_the_others_are_listed(
    trade: Corridor, bill: str
) -> None:
    made = pack(trade, bill, "--contents")
    enclosed = [part["subject"] for part in made["parts"] if part["contents"]]
    assert sorted(key.partition("/")[0] for key in enclosed) == ["bill", "declaration", "document"]
    (line,) = made["left_out"]
    assert (line["what"], line["reason"]) == ("contents", "contents.not-entitled")
    assert line["subject"] not in enclosed
    assert b"not for the buyer" not in Path(FILE).read_bytes()
    shown = verify(trade)
    assert shown.count("With its document.") == 3
    assert f"without contents of {line['subject']}: you are not entitled" in shown
    said = json.loads(verify(trade, "--json"))
    documents = {part["subject"]: part["document"] for part in said["parts"]}
    assert documents[bill]["transportDocumentReference"]
    assert documents[line["subject"]] is None


def test_what_was_erased_is_listed_and_its_record_still_proven(trade: Corridor, bill: str) -> None:
    gone = next(key for key in trade.node.state if key.startswith("document/"))
    trade.done(FORWARDER, "document", "erase", gone, "--yes")
    made = pack(trade, bill, "--contents", who=FORWARDER)
    reasons = {line["subject"]: line["reason"] for line in made["left_out"]}
    assert reasons[gone] == "contents.unavailable"
    assert gone in [part["subject"] for part in made["parts"]]
    verify(trade)


def test_one_altered_part_fails_the_file_and_only_its_checks_are_told(trade: Corridor, bill: str) -> None:
    pack(trade, bill)
    data = Path(FILE).read_bytes()
    Path(FILE).write_bytes(data.replace(b'"state":"registered"', b'"state":"revoked"', 1))
    shown = verify(trade, exit_code=1)
    assert shown.count("fail ") == 2  # the part, and the check that failed in it
    assert "NOT VERIFIED: parts." in shown
    said = json.loads(verify(trade, "--json", exit_code=1))
    assert [part["failed"] for part in said["parts"] if part["failed"]] == ["record"]


def test_a_part_taken_out_is_missed(trade: Corridor, bill: str) -> None:
    pack(trade, bill)
    package = parse_evidence_package(Path(FILE).read_bytes())
    parts = [part for part in package.parts if not part.subject.startswith("container/")]
    Path(FILE).write_bytes(encode_evidence_package(replace(package, parts=tuple(parts))))
    assert "belongs to the consignment and is missing" in verify(trade, exit_code=1)


def test_what_there_is_no_room_for_is_listed(
    trade: Corridor, bill: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MAX_PARTS", 2)
    made = pack(trade, bill)
    assert len(made["parts"]) == 2
    assert {line["reason"] for line in made["left_out"]} == {"package.too-large"}
    assert {line["what"] for line in made["left_out"]} == {"evidence"}
    assert "CAUTION" in verify(trade, exit_code=1)


def test_what_only_something_left_out_connects_is_left_out_too(
    trade: Corridor, bill: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declaration = next(key for key in trade.node.state if key.startswith("declaration/"))
    links = ("--type", "other", "--declaration", declaration)
    lonely = trade.done(BUYER, "document", "add", "secret.txt", *links)["key"]
    given = LedgerNode._evidence

    def some(node: LedgerNode, key: str, query: dict[str, str], member: str) -> bytes:
        if key == declaration:
            raise Problem(404, "evidence.unavailable", "pruned here")
        return given(node, key, query, member)

    monkeypatch.setattr(LedgerNode, "_evidence", some)
    made = pack(trade, bill, "--contents")
    evidence = {line["subject"]: line["reason"] for line in made["left_out"] if line["what"] == "evidence"}
    assert evidence == {declaration: "evidence.unavailable", lonely: "package.unconnected"}
    verify(trade, exit_code=1)


def test_a_declaration_taken_out_in_silence_is_a_caution(trade: Corridor, bill: str) -> None:
    """Its hold would be gone with it, and a gate would read VERIFIED."""
    pack(trade, bill)
    package = parse_evidence_package(Path(FILE).read_bytes())
    parts = tuple(part for part in package.parts if not part.subject.startswith("declaration/"))
    Path(FILE).write_bytes(encode_evidence_package(replace(package, parts=parts)))
    assert "CAUTION: the file is sound, but records of the same goods are not in it." in verify(
        trade, exit_code=1
    )


def test_a_name_from_a_stranger_does_not_reach_the_terminal_as_it_is(trade: Corridor, bill: str) -> None:
    pack(trade, bill)
    package = parse_evidence_package(Path(FILE).read_bytes())
    stray = replace(package.parts[0], subject="\x1b[2Jbill")
    Path(FILE).write_bytes(encode_evidence_package(replace(package, parts=(stray, *package.parts))))
    assert "\x1b" not in verify(trade, exit_code=1)


def test_a_file_of_another_network_or_too_old_is_a_caution(trade: Corridor, bill: str) -> None:
    pack(trade, bill)
    shown = verify(trade, "--max-age", "1s", exit_code=1)
    assert "CAUTION: the file is sound, but parts of it are older than you allow." in shown
    result = trade.run_offline("verify", FILE, "--genesis", "0" * 64, "--json")
    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (1, "caution")
    result = trade.run_offline("verify", FILE, "--genesis", "0" * 64)
    assert "CAUTION: the file is of a network that you did not name." in result.stdout
    Path(FILE).write_bytes(Path(FILE).read_bytes()[:-1])
    result = trade.run_offline("verify", FILE, "--genesis", "0" * 64)
    assert result.exit_code == 1
    assert "NOT VERIFIED: no well-formed package" in result.stdout


def test_a_consignment_is_that_of_a_bill_that_exists(trade: Corridor, bill: str) -> None:
    error = trade.refused(BUYER, "evidence", "pack", "bill/" + "0" * 64, "-o", FILE)
    assert error["code"] == "subject.unknown"
    container = next(key for key in trade.node.state if key.startswith("container/"))
    error = trade.refused(BUYER, "evidence", "pack", container, "-o", FILE, exit_code=2)
    assert error["code"] == "subject.kind"
    assert not Path(FILE).exists()
