"""`sealane document`: registered by commitment, read by the entitled, revoked by their registrar."""

from __future__ import annotations

import json

import pytest

from cli.document import MAX_FILE_BYTES, WRAPPED, file_of, read_file
from cli.errors import CliError
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture


def add(trade: Corridor, file: str, *args: str) -> str:
    bill = trade.issue()
    key: str = trade.done(
        "landbridge-forwarding", "document", "add", file, "--type", "invoice", "--bill", bill, *args
    )["key"]
    return key


def test_a_json_document_goes_to_its_readers_as_it_is(trade: Corridor) -> None:
    key = add(trade, "corridor-invoice.json", "--reader", "red-river-imports")
    assert trade.record(key)["readers"] == ["red-river-imports"]
    trade.done("red-river-imports", "document", "get", key, "-o", "got.json")
    original = json.loads((trade.folder / "corridor-invoice.json").read_text())
    assert json.loads((trade.folder / "got.json").read_text()) == original


def test_others_do_not_get_it(trade: Corridor) -> None:
    key = add(trade, "corridor-invoice.json")
    error = trade.refused("coral-line", "document", "get", key, "-o", "got.json")
    assert error["code"] == "contents.not-entitled"
    assert not (trade.folder / "got.json").exists()


def test_any_file_comes_back_byte_for_byte(trade: Corridor) -> None:
    data = bytes(range(256)) * 4
    (trade.folder / "certificate.pdf").write_bytes(data)
    key = add(trade, "certificate.pdf", "--reader", "red-river-imports")
    got = trade.done("red-river-imports", "document", "get", key, "-o", "got.pdf")
    assert (trade.folder / "got.pdf").read_bytes() == data
    assert got["bytes"] == len(data)


def test_a_revoked_document_says_so(trade: Corridor) -> None:
    key = add(trade, "corridor-invoice.json", "--reader", "red-river-imports")
    error = trade.refused("red-river-imports", "document", "revoke", key, "--reason", "replaced")
    assert error["code"] == "document.not-registrar"
    trade.done("landbridge-forwarding", "document", "revoke", key, "--reason", "replaced")
    result = trade.run("red-river-imports", "document", "get", key)
    assert result.exit_code == 0
    assert "was revoked" in result.stderr
    assert trade.done("red-river-imports", "document", "next", key)["actions"] == []
    assert "Revoked (replaced)." in trade.run("red-river-imports", "document", "show", key).stdout


def test_a_document_belongs_somewhere(trade: Corridor) -> None:
    args = ("document", "add", "corridor-invoice.json", "--type", "invoice")
    assert trade.refused("landbridge-forwarding", *args)["code"] == "document.not-linked"


@pytest.mark.parametrize("title", ["../../etc/passwd", "/etc/passwd", "a/b/c.pdf"])
def test_a_name_from_someone_else_stays_in_the_current_directory(title: str) -> None:
    name, _ = file_of({"format": WRAPPED, "title": title, "content": ""}, "document/1")
    assert "/" not in name


def test_a_damaged_wrapping(trade: Corridor) -> None:
    with pytest.raises(CliError, match="no readable file"):
        file_of({"format": WRAPPED, "title": "a", "content": "!!"}, "document/1")
    (trade.folder / "broken.json").write_text('{"a": 1')
    with pytest.raises(CliError, match="is not JSON"):
        read_file(trade.folder / "broken.json")
    (trade.folder / "large.bin").write_bytes(bytes(MAX_FILE_BYTES + 1))
    with pytest.raises(CliError, match="larger than"):
        read_file(trade.folder / "large.bin")


def test_the_owner_sees_who_was_given_it_and_erases_it(trade: Corridor) -> None:
    key = add(trade, "corridor-invoice.json", "--reader", "red-river-imports")
    trade.done("red-river-imports", "document", "get", key, "-o", "got.json")
    seen = trade.done("landbridge-forwarding", "document", "reads", key)
    assert [item["organisation"] for item in seen["items"]] == ["red-river-imports"]
    shown = trade.run("landbridge-forwarding", "document", "reads", key).stdout
    assert "red-river-imports/do-thi-mai" in shown
    assert f"{key}: given 1 times" in shown
    done = trade.done("landbridge-forwarding", "document", "erase", key, "--yes")
    assert (done["key"], done["erased"]) == (key, 1)
    assert any("red-river-imports" in line for line in done["remains"])
    error = trade.refused("landbridge-forwarding", "document", "get", key, "-o", "again.json")
    assert error["code"] == "contents.unavailable"
    error = trade.refused("landbridge-forwarding", "document", "erase", key, "--yes")
    assert error["code"] == "contents.unavailable"
    evidence = trade.done("landbridge-forwarding", "evidence", "get", key, "-o", "after.evidence.json")
    assert evidence["subject"] == key


def test_what_has_no_contents_cannot_be_erased_or_shared(trade: Corridor) -> None:
    for command in ("reads", "erase", "share"):
        options = ("--yes",) if command == "erase" else ()
        error = trade.refused(
            "coral-line", "document", command, "organisation/coral-line", *options, exit_code=2
        )
        assert error["code"] == "subject.kind"


def test_chosen_fields_are_shown_and_verify_offline(trade: Corridor) -> None:
    key = add(trade, "corridor-invoice.json")
    invoice = json.loads((trade.folder / "corridor-invoice.json").read_text())
    name, nested = next(n for n, v in invoice.items() if isinstance(v, str)), _nested(invoice)
    fields = ("--field", name, "--field", nested)
    made = trade.done("landbridge-forwarding", "document", "disclose", key, *fields, "-o", "some.json")
    genesis = trade.node.directory / "genesis.json"
    result = trade.run_offline("verify", trade.folder / "some.json", "--genesis", genesis, "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["verdict"]) == (0, "verified")
    assert said["shown_by"] == "landbridge-forwarding/wei-ling"
    shown = {item["field"]: item["value"] for item in said["fields"]}
    assert shown[name] == invoice[name]
    assert nested in shown
    assert len(shown) == 2
    text = trade.run_offline("verify", trade.folder / "some.json", "--genesis", genesis).stdout
    assert f"{name}: {invoice[name]}" in text
    assert made["sd_jwt"].endswith("~")
    hidden = [v for n, v in invoice.items() if isinstance(v, str) and n != name and len(v) > 5]
    assert hidden
    data = (trade.folder / "some.json").read_text()
    assert not [value for value in hidden if value in text or value in data]


def _nested(invoice: dict[str, object]) -> str:
    """The path of a field within a list or object of the invoice."""
    from ledger.disclosure import conceal, spell

    concealed = conceal(invoice, bytes(16))
    inner = [path for path in concealed.disclosures if len(path) > 2]
    return spell(max(inner, key=lambda path: (len(path), spell(path))))


def test_a_field_that_is_not_there_is_named_with_those_that_are(trade: Corridor) -> None:
    key = add(trade, "corridor-invoice.json")
    error = trade.refused(
        "landbridge-forwarding", "document", "disclose", key, "--field", "nonsense", exit_code=2
    )
    assert error["code"] == "document.no-field"
    assert not list(trade.folder.glob("*.evidence.json"))
