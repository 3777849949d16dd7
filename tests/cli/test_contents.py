"""Packages: built so that the ledger can be held to them, and nothing taken on trust when they come back."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.contents import bill_package, opening_from, places, plain_package, read_document
from cli.errors import CliError
from cli.notes import new_note
from cli.story_papers import examples_folder
from contracts.documents.package import ContainerOpening, check_package, encode_package, parse_package
from contracts.documents.summary import summarise
from ledger.bls import backend
from ledger.canonical import parse_document
from ledger.contents import check_commitment
from ledger.primitives import decode_base64url, decode_hash
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture
from tests.ledger.builder import bls_secret

SECRET = bls_secret("carrier")
DOCUMENT = parse_document((examples_folder() / "corridor-straight.json").read_bytes())


def counting() -> Callable[[int], bytes]:
    numbers = itertools.count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def test_a_bill_package_survives_the_trip_and_its_checks() -> None:
    package = bill_package(DOCUMENT, SECRET, entropy=counting())
    again = parse_package(encode_package(package))
    assert again == package
    check_package(again, package.commitment(), numbering_key=backend().public_key(SECRET))
    assert list(package.containers) == ["SLNU1002356", "SLNU5601286"]


def test_a_number_has_one_id_and_a_document_many_commitments() -> None:
    one, two = bill_package(DOCUMENT, SECRET), bill_package(DOCUMENT, SECRET)
    assert one.subject == two.subject
    assert one.commitment() != two.commitment()
    assert bill_package(DOCUMENT, bls_secret("other carrier")).subject != one.subject


def test_salts_and_ids_are_all_different() -> None:
    package = bill_package(DOCUMENT, SECRET, entropy=counting())
    used = [package.salt, *(o.salt for o in package.containers.values())]
    used += [bytes.fromhex(o.id) for o in package.containers.values()]
    assert len(set(used)) == len(used)


def test_a_known_container_keeps_its_record() -> None:
    opening = ContainerOpening(id="ab" * 16, salt=b"s" * 16)
    package = bill_package(DOCUMENT, SECRET, openings={"SLNU1002356": opening})
    assert package.containers["SLNU1002356"] == opening
    with pytest.raises(CliError, match="does not name container APZU4812090"):
        bill_package(DOCUMENT, SECRET, openings={"APZU4812090": opening})


def test_other_packages_have_random_ids() -> None:
    one, two = plain_package("declaration", {"a": 1}), plain_package("declaration", {"a": 1})
    assert one.subject != two.subject
    assert one.subject.startswith("declaration/")
    assert one.commitment() != two.commitment()


def test_inland_places_come_before_ports() -> None:
    assert places(summarise(DOCUMENT)) == ("CNCKG", "VNHPH")
    to_order = parse_document((examples_folder() / "corridor-to-order.json").read_bytes())
    assert places(summarise(to_order)) == ("CNCKG", "KHPNH")


def test_a_note_is_opened_by_its_text_and_salt() -> None:
    note = new_note("Which invoice?")
    opening = note.opening()
    check_commitment(
        decode_hash(note.commitment, field="commitment"),
        decode_base64url(opening["salt"], field="salt"),
        {"text": opening["text"]},
    )


def test_a_container_is_passed_on_as_text() -> None:
    record, salt = "0f" * 16, "A" * 22
    assert opening_from(f"slnu1002356={record}") == ("SLNU1002356", record, None)
    assert opening_from(f"SLNU1002356=container/{record}:{salt}") == ("SLNU1002356", record, bytes(16))


@pytest.mark.parametrize(
    "text",
    ["", "SLNU1002356", "SLNU1002356=", "=" + "0f" * 16, "X=0f", "X=" + "0f" * 16 + ":A", "X=" + "zz" * 16],
)
def test_text_that_passes_no_container_on(text: str) -> None:
    with pytest.raises(CliError, match="is not understood"):
        opening_from(text)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"{" * 50])
def test_files_that_hold_no_document(trade: Corridor, data: bytes) -> None:
    path = trade.folder / "file.json"
    path.write_bytes(data)
    with pytest.raises(CliError) as error:
        read_document(path)
    assert error.value.code == "document.unreadable"


def test_a_mark_before_the_text_is_no_part_of_the_document(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b'\xef\xbb\xbf{"a":"b"}')
    assert read_document(path) == {"a": "b"}


def test_what_a_node_sends_for_another_record_is_refused(trade: Corridor) -> None:
    key = trade.issue()
    name = trade.record(key)["contents"]
    package = json.loads(trade.node.contents[name])
    trade.node.contents[name] = json.dumps(package | {"subject": "bill/" + "0" * 64}).encode()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    error = trade.refused("red-river-imports", "bill", "accept", key)
    assert (error["code"], error["field"]) == ("contents.mismatch", "package.subject")
