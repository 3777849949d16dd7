"""`sealane mandate`, and acting with `--on-behalf-of`."""

from __future__ import annotations

from typing import Any

from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture

BUYER, FORWARDER = "red-river-imports", "landbridge-forwarding"
MANDATE = f"mandate/{BUYER}/{FORWARDER}"
FOR = ("--on-behalf-of", BUYER)


def grant(trade: Corridor, *more: str) -> dict[str, Any]:
    return trade.done(BUYER, "mandate", "grant", FORWARDER, *more)


def offered(trade: Corridor) -> str:
    key = trade.issue()
    trade.done(FORWARDER, "bill", "transfer", key, "--to", BUYER)
    return key


def test_a_forwarder_accepts_a_bill_for_the_buyer_and_reads_it_first(trade: Corridor) -> None:
    key = offered(trade)
    assert trade.refused(FORWARDER, "bill", "accept", key, *FOR)["code"] == "mandate.none"
    grant(trade, "--act", "bill.accept", "--bill", key, "--days", "30")
    trade.done(FORWARDER, "bill", "accept", key, *FOR)
    bill = trade.record(key)
    assert (bill["possessor"], bill["changed_for"]) == (BUYER, BUYER)
    assert bill["changed_by"].startswith(f"{FORWARDER}/")
    shown = trade.run(FORWARDER, "bill", "history", key).stdout
    assert "(wei-ling) for Red River Imports" in shown
    assert f"by {bill['changed_by']} for {BUYER} with" in trade.run(BUYER, "bill", "show", key).stdout


def test_what_an_agent_may_do_next(trade: Corridor) -> None:
    key = offered(trade)
    grant(trade, "--act", "bill.reject")
    offered_acts = [a["act"] for a in trade.done(FORWARDER, "bill", "next", key, *FOR)["actions"]]
    assert offered_acts == ["bill.reject"]
    listed = trade.done(FORWARDER, "bill", "list", *FOR)
    assert (listed["organisation"], [item["key"] for item in listed["items"]]) == (BUYER, [key])


def test_grants_add_up_and_are_shown_in_words(trade: Corridor) -> None:
    grant(trade, "--act", "bill.*")
    grant(trade, "--act", "clearance.lodge", "--country", "vn", "--days", "365")
    powers = trade.record(MANDATE)["powers"]
    assert [power.get("jurisdictions") for power in powers] == [None, ["VN"]]
    assert {"bill.transfer", "bill.accept"} < set(powers[0]["acts"])
    shown = trade.run(FORWARDER, "mandate", "show", f"{BUYER}/{FORWARDER}").stdout
    assert "landbridge-forwarding may act in the name of red-river-imports" in shown
    assert "clearance.lodge; with customs of VN; until" in shown
    for party in (BUYER, FORWARDER):
        assert [item["key"] for item in trade.done(party, "mandate", "list")["items"]] == [MANDATE]


def test_either_side_revokes(trade: Corridor) -> None:
    grant(trade, "--act", "bill.*")
    trade.done(FORWARDER, "mandate", "revoke", f"{BUYER}/{FORWARDER}")
    grant(trade, "--act", "bill.*")
    trade.done(BUYER, "mandate", "revoke", FORWARDER)
    assert trade.record(MANDATE)["state"] == "revoked"
    again = trade.refused(BUYER, "mandate", "revoke", FORWARDER)
    assert again["code"] == "record.wrong-state"


def test_acts_and_terms_are_checked_before_anything_is_signed(trade: Corridor) -> None:
    refused = trade.refused(BUYER, "mandate", "grant", FORWARDER, "--act", "clearance.release", exit_code=2)
    assert "clearance.lodge" in refused["do"]
    assert (
        "bill.*"
        in trade.refused(BUYER, "mandate", "grant", FORWARDER, "--act", "member.enrol", exit_code=2)["do"]
    )
    trade.refused(BUYER, "mandate", "grant", FORWARDER, "--act", "bill.*", "--days", "1099", exit_code=2)
    assert MANDATE not in trade.node.state


def test_a_mandate_that_is_not_there(trade: Corridor) -> None:
    assert trade.refused(BUYER, "mandate", "show", FORWARDER)["code"] == "subject.unknown"
