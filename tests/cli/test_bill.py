"""`sealane bill`: passed on by offer and acceptance, endorsed, surrendered, and found by its number."""

from __future__ import annotations

import pytest

from cli.recent import recent_of
from tests.cli.acts import STRAIGHT, Corridor, change, trade_fixture  # noqa: F401 - a fixture


def test_a_bill_travels_by_offer_and_acceptance(trade: Corridor) -> None:
    key = trade.issue()
    trade.done(
        "landbridge-forwarding", "bill", "transfer", STRAIGHT, "--to", "red-river-imports", "--days", "3"
    )
    assert trade.record(key)["possessor"] == "landbridge-forwarding"
    result = trade.run("red-river-imports", "bill", "accept", key[:20])
    assert result.exit_code == 0, result.stderr
    assert "Motorcycle engine parts" in result.stderr
    assert "red-river-imports possesses it now" in result.stdout
    assert trade.record(key)["possessor"] == "red-river-imports"
    error = trade.refused("landbridge-forwarding", "bill", "transfer", STRAIGHT, "--to", "coral-line")
    assert error["code"] == "bill.not-possessor"


def test_an_offer_can_be_declined_or_taken_back(trade: Corridor) -> None:
    key = trade.issue()
    offer = ("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    trade.done(*offer)
    trade.done("red-river-imports", "bill", "reject", key, "--reason", "not-expected")
    trade.done(*offer)
    trade.done("landbridge-forwarding", "bill", "cancel", key)
    assert "offer" not in trade.record(key)
    error = trade.refused("red-river-imports", "bill", "reject", key, "--reason", "bored", exit_code=2)
    assert "not_expected|contents_wrong" in error["do"]


def test_what_was_mistyped_is_guessed(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "show", STRAIGHT)
    assert STRAIGHT in recent_of(trade.node.directory, "bill")
    nobody = trade.refused("landbridge-forwarding", "bill", "transfer", key, "--to", "haiphong-custom")
    assert nobody["do"] == "Did you mean haiphong-customs?"
    unknown = trade.refused("landbridge-forwarding", "bill", "show", STRAIGHT[:-1] + "9")
    assert unknown["why"].endswith(f"Did you mean {STRAIGHT}?")
    why = ("--reason", "contents_rong")
    reason = trade.refused("red-river-imports", "bill", "reject", key, *why, exit_code=2)
    assert reason["why"] == "Did you mean contents_wrong?"
    who = trade.refused("landbridge-forwardin/wei-ling", "bill", "show", key, exit_code=2)
    assert who["why"] == "Did you mean landbridge-forwarding/wei-ling?"


@pytest.mark.parametrize("days", ["0", "31", "-1", "x", "1.5"])
def test_an_offer_stands_for_1_to_30_days(trade: Corridor, days: str) -> None:
    trade.issue()
    args = ("bill", "transfer", STRAIGHT, "--to", "red-river-imports", f"--days={days}")
    assert "1 to 30" in trade.refused("landbridge-forwarding", *args, exit_code=2)["why"]


def test_a_bill_to_order_is_endorsed(trade: Corridor) -> None:
    key = trade.issue("corridor-to-order.json", "--titleholder", "landbridge-forwarding")
    trade.done("landbridge-forwarding", "bill", "endorse-to-order", key, "--to", "red-river-imports")
    assert trade.record(key)["titleholder"] == "red-river-imports"
    error = trade.refused("landbridge-forwarding", "bill", "blank-endorse", key)
    assert error["code"] == "bill.not-endorsee"
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    trade.done("red-river-imports", "bill", "accept", key)
    trade.done("red-river-imports", "bill", "endorse", key, "--to", "landbridge-forwarding")
    assert trade.refused("red-river-imports", "bill", "blank-endorse", key)["code"] == "bill.not-endorsee"


def test_blank_endorsement_makes_a_bearer_bill(trade: Corridor) -> None:
    key = trade.issue("corridor-to-order.json", "--titleholder", "landbridge-forwarding")
    trade.done("landbridge-forwarding", "bill", "blank-endorse", key)
    assert "titleholder" not in trade.record(key)


def test_show_tells_where_a_bill_stands_and_its_contents_to_the_entitled(trade: Corridor) -> None:
    key = trade.issue()
    shown = trade.run("landbridge-forwarding", "bill", "show", STRAIGHT)
    assert "Straight bill of lading of coral-line" in shown.stdout
    assert "Issued; landbridge-forwarding possesses it." in shown.stdout
    assert "SLNU1002356, SLNU5601286" in shown.stdout
    stranger = trade.run("qinzhou-customs", "bill", "show", key)
    assert stranger.exit_code == 0, stranger.stderr
    assert "not shown" in stranger.stdout
    assert "SLNU1002356" not in stranger.stdout


def test_history_is_a_chain_of_names(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", key, "--to", "red-river-imports")
    trade.done("red-river-imports", "bill", "accept", key)
    text = trade.run("red-river-imports", "bill", "history", key).stdout
    assert "Coral Line (lin-tao)" in text
    assert "issued it to Landbridge Forwarding" in text
    assert "offered it to Red River Imports, until" in text
    assert "accepted it, having checked the contents" in text
    items = trade.done("red-river-imports", "bill", "history", key)["items"]
    assert [item["act"] for item in items] == ["bill.issue", "bill.transfer", "bill.accept"]


def test_next_says_what_to_type(trade: Corridor) -> None:
    key = trade.issue()
    text = trade.run("landbridge-forwarding", "bill", "next", key).stdout
    assert "Landbridge Forwarding may now:" in text
    assert f"sealane bill transfer {key} --to ORG" in text
    assert "nothing to do here now" in trade.run("qinzhou-customs", "bill", "next", key).stdout


@pytest.mark.parametrize("text", ["NOPE1", "BBLN:NOPE", "container/" + "0" * 32, "deadbeefdead"])
def test_a_bill_that_is_not_there(trade: Corridor, text: str) -> None:
    result = trade.run("landbridge-forwarding", "bill", "show", text)
    assert result.exit_code in (1, 2)
    assert "error:" in result.stderr


def test_a_number_that_begins_another_is_still_found(trade: Corridor) -> None:
    key = trade.issue()
    change(trade, "longer.json", transportDocumentReference="BBLN26QZ0003180")
    parties = ("--to", "landbridge-forwarding", "--titleholder", "red-river-imports")
    trade.done("coral-line", "bill", "issue", "longer.json", *parties)
    assert trade.done("coral-line", "bill", "show", "BBLN26QZ000318")["key"] == key
    assert (
        trade.refused("coral-line", "bill", "show", "BBLN26QZ0003", exit_code=2)["code"] == "subject.unclear"
    )


def test_a_number_that_the_own_node_has_not_heard_of_is_asked_for(trade: Corridor) -> None:
    key = trade.issue()
    trade.done("landbridge-forwarding", "bill", "transfer", STRAIGHT, "--to", "red-river-imports")
    found = trade.run("red-river-imports", "bill", "show", STRAIGHT)
    assert key in found.stdout
    assert "asking the parties' nodes" in found.stderr
    again = trade.run("red-river-imports", "bill", "show", STRAIGHT)
    assert "asking" not in again.stderr, "its node knows the number now"
    assert trade.refused("qinzhou-customs", "bill", "show", STRAIGHT)["code"] == "subject.unknown"


def test_list_names_the_bills_that_concern_an_organisation(trade: Corridor) -> None:
    key = trade.issue()
    text = trade.run("landbridge-forwarding", "bill", "list").stdout
    assert key in text
    assert "Issued; landbridge-forwarding possesses it." in text
    assert trade.done("qinzhou-customs", "bill", "list")["items"] == []
    assert "No bill names you." in trade.run("qinzhou-customs", "bill", "list").stdout


def test_contents_that_nobody_has_do_not_stop_the_search_for_others(trade: Corridor) -> None:
    lost = trade.issue("corridor-to-order.json", "--titleholder", "landbridge-forwarding")
    key = trade.issue()
    del trade.node.contents[trade.record(lost)["contents"]]
    found = trade.run("landbridge-forwarding", "bill", "show", STRAIGHT)
    assert key in found.stdout
    assert "No party's node holds these contents." in found.stderr
