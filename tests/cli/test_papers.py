"""`sealane bill` where the contents matter: drafted, checked, issued once, accepted only when they match."""

from __future__ import annotations

import json

import pytest

from tests.cli.acts import Corridor, change, trade_fixture  # noqa: F401 - a fixture
from tests.cli.conftest import Run


def test_a_bill_is_issued_with_its_contents_kept_off_the_ledger(trade: Corridor) -> None:
    key = trade.issue()
    bill = trade.record(key)
    assert bill["type"] == "straight"
    assert bill["possessor"] == bill["shipper"] == "landbridge-forwarding"
    assert bill["titleholder"] == "red-river-imports"
    assert (bill["place_of_loading"], bill["place_of_delivery"]) == ("CNCKG", "VNHPH")
    assert len(bill["containers"]) == 2
    ledger = b"".join(trade.node.state.values())
    assert b"BBLN26QZ000318" not in ledger
    assert b"SLNU1002356" not in ledger
    assert bill["contents"] in trade.node.contents


def test_issuing_says_number_key_and_block(trade: Corridor) -> None:
    result = trade.run(
        "coral-line",
        "bill",
        "issue",
        "corridor-to-order.json",
        "--to",
        "landbridge-forwarding",
        "--titleholder",
        "landbridge-forwarding",
    )
    assert result.exit_code == 0, result.stderr
    assert "Issued BBLN:BBLN26QZ000402 as bill/" in result.stdout
    assert "(block 1, entry 1)" in result.stdout
    assert "next: sealane bill show BBLN:BBLN26QZ000402" in result.stderr


def test_issuing_the_same_file_again_changes_nothing_and_says_so(trade: Corridor) -> None:
    key = trade.issue()
    again = trade.done(
        "coral-line",
        "bill",
        "issue",
        "corridor-straight.json",
        "--to",
        "landbridge-forwarding",
        "--titleholder",
        "red-river-imports",
    )
    assert again["already_issued"] is True
    assert again["key"] == key
    assert trade.node.height == 1


def test_another_document_under_the_same_number_is_refused_by_the_ledger(trade: Corridor) -> None:
    trade.issue()
    other = change(trade, "other.json", freightPaymentTermCode="COL")
    error = trade.refused(
        "coral-line", "bill", "issue", other, "--to", "coral-line", "--titleholder", "coral-line"
    )
    assert error["code"] == "record.exists"
    assert error["final"] is True
    assert "exists already" in error["why"]


def test_a_wrong_document_is_not_issued(trade: Corridor) -> None:
    wrong = change(trade, "wrong.json", transportDocumentTypeCode="SWB", isToOrder=True)
    error = trade.refused("coral-line", "bill", "issue", wrong, "--to", "landbridge-forwarding")
    assert error["code"].startswith("document.")
    assert error["field"]
    assert error["do"] == "Correct it: sealane bill check FILE"
    assert trade.node.height == 0


def test_a_titleholder_must_be_named(trade: Corridor) -> None:
    error = trade.refused(
        "coral-line", "bill", "issue", "corridor-straight.json", "--to", "landbridge-forwarding", exit_code=2
    )
    assert "Song Cam Trading" in error["what"]
    assert error["do"] == "--titleholder ORG"


def test_a_sea_waybill_goes_to_its_consignee(trade: Corridor) -> None:
    key = trade.done("coral-line", "bill", "issue", "corridor-sea-waybill.json", "--to", "red-river-imports")[
        "key"
    ]
    assert trade.record(key)["titleholder"] == "red-river-imports"
    assert "possessor" not in trade.record(key)
    assert trade.refused("red-river-imports", "bill", "surrender", key)["code"] == "bill.sea-waybill"


def test_an_issuance_request_is_unwrapped(trade: Corridor) -> None:
    document = json.loads((trade.folder / "corridor-straight.json").read_text())
    (trade.folder / "request.json").write_text(json.dumps({"document": document, "issueTo": {}}))
    assert (
        trade.issue()
        == trade.done(
            "coral-line",
            "bill",
            "issue",
            "request.json",
            "--to",
            "landbridge-forwarding",
            "--titleholder",
            "red-river-imports",
        )["key"]
    )


def test_the_contents_package_can_be_kept_and_only_by_its_owner(trade: Corridor) -> None:
    key = trade.issue("corridor-straight.json", "--contents-out", "package.json")
    path = trade.folder / "package.json"
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_bytes())["subject"] == key


def test_contents_that_are_gone_stop_an_acceptance(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    trade.node.contents.clear()
    assert trade.refused("red-river-imports", "bill", "accept", key)["code"] == "contents.unavailable"
    assert trade.record(key)["possessor"] == "landbridge-forwarding"


def test_contents_that_do_not_match_stop_an_acceptance(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    commitment = trade.record(key)["contents"]
    trade.node.contents[commitment] = trade.node.contents[commitment].replace(b"420", b"421", 1)
    error = trade.refused("red-river-imports", "bill", "accept", key)
    assert error["code"] == "contents.mismatch"
    assert trade.record(key)["possessor"] == "landbridge-forwarding"


@pytest.mark.parametrize(
    ("field", "value"),
    [("place_of_delivery", "KHKOS"), ("type", "to_order"), ("containers", [])],
)
def test_a_record_that_says_otherwise_than_its_document_stops_an_acceptance(
    trade: Corridor, field: str, value: object
) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    record = trade.record(key) | {field: value}
    trade.node.state[key] = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    error = trade.refused("red-river-imports", "bill", "accept", key)
    assert (error["code"], error["field"]) == ("contents.mismatch", field)


def test_a_container_record_of_another_number_stops_an_acceptance(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    container = f"container/{trade.record(key)['containers'][0]}"
    record = trade.record(container) | {"commitment": "0" * 64}
    trade.node.state[container] = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    error = trade.refused("red-river-imports", "bill", "accept", key)
    assert error["code"] == "contents.mismatch"
    assert error["field"].startswith("containers.SLNU")


def test_surrender_void_and_reissue(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "surrender", key, "--for", "amendment", "--reason", "COD")
    trade.done("coral-line", "bill", "reject-surrender", key, "--reason", "charges_unpaid")
    trade.done("landbridge-forwarding", "bill", "surrender", key, "--for", "amendment", "--reason", "COD")
    trade.done("coral-line", "bill", "accept-surrender", key)
    trade.done("coral-line", "bill", "void", key)
    other = change(trade, "other.json", transportDocumentReference="BBLN26QZ000319")
    parties = ("--to", "landbridge-forwarding", "--titleholder", "red-river-imports")
    new = trade.done("coral-line", "bill", "issue", other, *parties, "--replaces", key)["key"]
    assert trade.record(new)["replaces"] == key.partition("/")[2]
    assert trade.record(new)["containers"] == trade.record(key)["containers"]


def test_a_container_record_is_used_again_only_with_its_salt(trade: Corridor) -> None:
    trade.issue()
    other = change(trade, "other.json", transportDocumentReference="BBLN26QZ000319")
    args = ("bill", "issue", other, "--to", "landbridge-forwarding", "--titleholder", "red-river-imports")
    error = trade.refused("coral-line", *args, f"--container=SLNU1002356={'0' * 32}", exit_code=2)
    assert error["code"] == "container.unknown"
    error = trade.refused("coral-line", *args, "--container=SLNU1002356", exit_code=2)
    assert "NUMBER=ID" in error["do"]


def test_check_lists_findings(trade: Corridor, sealane: Run) -> None:
    trade_file = trade.folder / "corridor-straight.json"
    good = sealane("bill", "check", trade_file, "--json")
    assert good.exit_code == 0
    assert json.loads(good.stdout)["errors"] == 0
    wrong = change(trade, "wrong.json", isToOrder="yes")
    bad = sealane("bill", "check", trade.folder / wrong)
    assert bad.exit_code == 1
    assert "isToOrder" in bad.stdout


def test_check_refuses_what_is_no_document(trade: Corridor, sealane: Run) -> None:
    (trade.folder / "list.json").write_text("[]")
    (trade.folder / "twice.json").write_text('{"a":1,"a":2}')
    for name in ("list.json", "twice.json"):
        result = sealane("bill", "check", trade.folder / name)
        assert result.exit_code == 2
        assert "document.unreadable" in result.stderr
    assert sealane("bill", "check", trade.folder / "none.json").exit_code == 2


def test_draft_marks_what_the_carrier_must_fill(trade: Corridor, sealane: Run) -> None:
    instructions = trade.folder / "corridor-shipping-instructions.json"
    out = trade.folder / "draft.json"
    result = sealane("bill", "draft", instructions, "-o", out, "--name", "Coral Line", "--json")
    assert result.exit_code == 0, result.stderr
    fields = {finding["field"] for finding in json.loads(result.stdout)["findings"]}
    assert "transportDocumentReference" in fields
    draft = json.loads(out.read_text())
    assert draft["transportDocumentStatus"] == "DRAFT"
    assert draft["documentParties"]["issuingParty"]["partyName"] == "Coral Line"
    assert sealane("bill", "check", out).exit_code == 1
    assert sealane("bill", "draft", instructions, "-o", out).exit_code == 2, "never overwritten"
