"""`sealane bill`: disputed and resolved, surrendered at origin, switched to paper, released and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.acts import STRAIGHT, Corridor, trade_fixture  # noqa: F401 - a fixture

PAPER = ("--serial", "HPH-0041", "--place", "CNQZH", "--date", "2026-11-21", "--originals", "2")


def identified(trade: Corridor, name: str = "paper.json", *options: str) -> Path:
    result = trade.run_offline("bill", "identify-paper", *(options or PAPER), "-o", name)
    assert result.exit_code == 0, result.stderr
    return trade.folder / name


def on_paper(trade: Corridor) -> str:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "surrender", key, "--for", "amendment", "--reason", "SWTP")
    trade.done("coral-line", "bill", "accept-surrender", key)
    identified(trade)
    trade.done("coral-line", "bill", "switch-to-paper", key, "--paper", "paper.json")
    return key


def test_a_disputed_handover_is_returned(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    trade.done("red-river-imports", "bill", "accept", key)
    trade.done("landbridge-forwarding", "bill", "dispute", key, "--ground", "wrong-recipient")
    shown = trade.run("red-river-imports", "bill", "show", key).stdout
    assert "by landbridge-forwarding (wrong_recipient)" in shown
    error = trade.refused("red-river-imports", "bill", "surrender", key)
    assert (error["code"], "landbridge-forwarding disputes it" in error["why"]) == ("bill.disputed", True)
    waiting = trade.run("red-river-imports", "bill", "next", key).stdout
    assert f"sealane bill resolve {key} --outcome OUTCOME" in waiting
    trade.done("red-river-imports", "bill", "resolve", key, "--outcome", "returned")
    assert trade.record(key)["possessor"] == "landbridge-forwarding"
    text = trade.run("coral-line", "bill", "history", key).stdout
    assert "disputed control over it (wrong recipient): it is frozen" in text
    assert "ended the dispute: returned" in text


def test_a_dispute_that_nobody_ends_is_decided_by_ballot(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    trade.done("red-river-imports", "bill", "accept", key)
    ask = ("proposal", "decide-dispute", STRAIGHT, "--for", "landbridge-forwarding")
    assert trade.refused("coral-line", *ask)["code"] == "proposal.no-dispute"
    trade.done("landbridge-forwarding", "bill", "dispute", key, "--ground", "not-authorised")
    proposal = trade.done("coral-line", *ask, "--reason", "Court of Nanning, 2026-117")["key"]
    shown = trade.run("haiphong-customs", "proposal", "show", proposal).stdout
    assert f"Decide the dispute over {key} for landbridge-forwarding" in shown
    for validator in ("coral-line", "qinzhou-customs", "haiphong-customs"):
        trade.done(validator, "proposal", "vote", proposal, "yes")
    record = trade.record(key)
    assert (record["possessor"], record["titleholder"]) == ("landbridge-forwarding", "red-river-imports")
    assert "dispute" not in record


def test_a_bill_surrendered_at_origin_names_who_gets_the_goods(trade: Corridor) -> None:
    key = trade.issue()
    origin = ("bill", "surrender", key, "--for", "origin")
    error = trade.refused("landbridge-forwarding", *origin)
    assert (error["code"], error["field"]) == ("bill.receiver-for-purpose", "body.deliver_to")
    result = trade.run("landbridge-forwarding", *origin, "--deliver-to", "red-river-imports")
    assert "at origin, for delivery to red-river-imports; the carrier has to answer" in result.stdout
    trade.done("coral-line", "bill", "accept-surrender", key)
    text = trade.run("red-river-imports", "bill", "history", key).stdout
    assert "surrendered it at origin: the goods go to Red River Imports without it" in text
    assert key in trade.run("red-river-imports", "bill", "list").stdout


def test_the_goods_are_released_and_kept(trade: Corridor) -> None:
    key = trade.issue()
    error = trade.refused("coral-line", "bill", "release", key, "--to", "red-river-imports")
    assert error["code"] == "bill.circulates"
    trade.done("landbridge-forwarding", "bill", "surrender", key)
    trade.done("coral-line", "bill", "accept-surrender", key)
    trade.done("coral-line", "bill", "release", key, "--to", "red-river-imports")
    assert "released to red-river-imports" in trade.run("coral-line", "bill", "show", key).stdout
    trade.done("coral-line", "bill", "revoke-release", key, "--reason", "charges-unpaid")
    text = trade.run("coral-line", "bill", "history", key).stdout
    assert "released the goods to Red River Imports" in text
    assert "took the release of the goods back (charges unpaid)" in text


def test_signing_is_seen_in_the_history(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "sign", key)
    assert "signed it" in trade.run("coral-line", "bill", "history", key).stdout
    assert trade.refused("coral-line", "bill", "sign", key)["code"] == "bill.not-possessor"


def test_what_belongs_on_the_paper_is_printed(trade: Corridor) -> None:
    key = on_paper(trade)
    result = trade.done("red-river-imports", "bill", "statement", key, "--paper", "paper.json")
    text = " ".join(result["statement"])
    assert "This paper, serial HPH-0041, issued at CNQZH on 2026-11-21 in 2 originals" in text
    assert key in text
    assert f"entry {trade.node.history[key][-1]['entry_index']} " in text
    kind, _, rest = result["qr"].partition(" ")
    code = json.loads(rest)
    assert (kind, code["record"]) == ("SEALANE-PAPER-1", key)
    assert code["paper"] == json.loads((trade.folder / "paper.json").read_text())
    assert len(result["qr"]) < 800, "a code of that size can be scanned from a printed page"


def test_only_the_paper_that_the_ledger_names_gets_a_statement(trade: Corridor) -> None:
    key = on_paper(trade)
    identified(trade, "other.json")
    error = trade.refused("coral-line", "bill", "statement", key, "--paper", "other.json")
    assert error["code"] == "paper.other"


def test_a_bill_without_paper_has_no_statement(trade: Corridor) -> None:
    trade.issue()
    identified(trade)
    args = ("bill", "statement", STRAIGHT, "--paper", "paper.json")
    assert trade.refused("coral-line", *args, exit_code=2)["code"] == "paper.none"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--originals", "0"),
        ("--originals", "10"),
        ("--originals", "x"),
        ("--place", "Hai Phong"),
        ("--date", "21.11.2026"),
        ("--serial", ""),
        ("--serial", "S" * 36),
    ],
)
def test_paper_is_identified_properly(trade: Corridor, option: str, value: str) -> None:
    options = dict(zip(PAPER[::2], PAPER[1::2], strict=True)) | {option: value}
    given = [part for pair in options.items() for part in pair]
    result = trade.run_offline("bill", "identify-paper", *given, "-o", "bad.json")
    assert result.exit_code == 2, result.stdout
    assert not (trade.folder / "bad.json").exists()


@pytest.mark.parametrize("change", [{"salt": "AA"}, {"version": 2}, {"more": 1}, {"originals": 0}])
def test_a_paper_file_is_read_strictly(trade: Corridor, change: dict[str, object]) -> None:
    path = identified(trade)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    key = trade.issue()
    assert trade.refused("coral-line", "bill", "statement", key, "--paper", "paper.json", exit_code=2)
