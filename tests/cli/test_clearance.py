"""`sealane clearance`: lodged with a check, decided by the office, held by whoever holds."""

from __future__ import annotations

import json

import pytest

from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture

REFERENCE = "HP-2026-00577"


def lodge(trade: Corridor) -> str:
    bill = trade.issue()
    trade.done(
        "red-river-imports",
        "mandate",
        "grant",
        "landbridge-forwarding",
        "--act",
        "clearance.*",
        "--office",
        "haiphong-customs",
    )
    key: str = trade.done(
        "landbridge-forwarding",
        "clearance",
        "lodge",
        "declaration-import.json",
        "--office",
        "haiphong-customs",
        "--bill",
        bill,
        "--on-behalf-of",
        "red-river-imports",
    )["key"]
    return key


def office(trade: Corridor, act: str, *args: str) -> dict[str, object]:
    return trade.done("haiphong-customs", "clearance", act, REFERENCE, *args)


def test_a_declaration_is_lodged_and_covers_the_containers_of_its_bill(trade: Corridor) -> None:
    key = lodge(trade)
    record = trade.record(key)
    assert (record["type"], record["office"]) == ("import", "haiphong-customs")
    assert (record["declarant"], record["representative"]) == ("red-river-imports", "landbridge-forwarding")
    bill = trade.record(f"bill/{record['bills'][0]}")
    for container in bill["containers"]:
        assert key.partition("/")[2] in trade.record(f"container/{container}")["declarations"]
    assert b"8409" not in b"".join(trade.node.state.values())


def test_a_declaration_can_list_a_container_by_its_number(trade: Corridor) -> None:
    trade.issue()
    key = trade.done(
        "landbridge-forwarding",
        "clearance",
        "lodge",
        "declaration-import.json",
        "--office",
        "haiphong-customs",
        "--container",
        "SLNU1002356",
    )["key"]
    assert len(trade.record(key)["containers"]) == 1


def test_a_wrong_declaration_is_not_lodged(trade: Corridor) -> None:
    value = json.loads((trade.folder / "declaration-import.json").read_text())
    value["goods_items"][0]["net_mass_grams"] = 99_000_000
    (trade.folder / "wrong.json").write_text(json.dumps(value))
    bill = trade.issue()
    before = trade.node.height
    error = trade.refused(
        "landbridge-forwarding",
        "clearance",
        "lodge",
        "wrong.json",
        "--office",
        "haiphong-customs",
        "--bill",
        bill,
    )
    assert error["code"] == "declaration.net-exceeds-gross"
    assert "goods_items[0].net_mass_grams" in error["why"]
    assert trade.node.height == before


def test_only_parties_of_the_bill_declare_it(trade: Corridor) -> None:
    bill = trade.issue("corridor-to-order.json", "--titleholder", "landbridge-forwarding")
    error = trade.refused(
        "red-river-imports",
        "clearance",
        "lodge",
        "declaration-import.json",
        "--office",
        "haiphong-customs",
        "--bill",
        bill,
    )
    assert error["code"] == "clearance.not-party"
    assert error["field"] == "body.bills.0"


def test_from_acceptance_to_clearance(trade: Corridor) -> None:
    key = lodge(trade)
    accepted = office(trade, "accept", "--reference", "26VN03TG0000577")
    assert set(accepted["opening"]) == {"text", "salt"}  # type: ignore[call-overload]
    assert "26VN03TG" not in json.dumps(trade.record(key))
    office(trade, "control", "--control", "documents")
    question = office(trade, "query", "--query", "value", "--question", "Which invoice?")
    assert trade.record(key)["state"] == "queried"
    assert question["opening"]["text"] == "Which invoice?"  # type: ignore[index]
    assert (
        trade.refused("haiphong-customs", "clearance", "release", REFERENCE)["code"] == "clearance.query-open"
    )
    answer = ("--query", "value", "--text", "Number 318", "--on-behalf-of", "red-river-imports")
    trade.done("landbridge-forwarding", "clearance", "answer", REFERENCE, *answer)
    office(trade, "conclude", "--control", "documents", "--result", "satisfactory")
    office(trade, "release")
    office(trade, "clear")
    assert trade.record(key)["state"] == "cleared"


def test_a_hold_is_lifted_by_who_placed_it(trade: Corridor) -> None:
    key = lodge(trade)
    office(trade, "accept")
    office(trade, "hold", "--hold", "plants", "--reason", "phytosanitary")
    error = trade.refused("haiphong-customs", "clearance", "release", REFERENCE)
    assert error["code"] == "clearance.hold-open"
    assert error["final"] is False
    error = trade.refused("qinzhou-customs", "clearance", "lift", key, "--hold", "plants")
    assert error["code"] == "clearance.not-your-hold"
    office(trade, "lift", "--hold", "plants")
    office(trade, "release")


def test_refusal_and_invalidation(trade: Corridor) -> None:
    key = lodge(trade)
    office(trade, "refuse", "--reason", "missing-licence")
    assert trade.record(key)["state"] == "refused"
    office(trade, "invalidate", "--reason", "replaced")
    assert trade.record(key)["state"] == "invalidated"


@pytest.mark.parametrize(
    ("act", "args", "known"),
    [
        ("hold", ("--hold", "x", "--reason", "mood"), "phytosanitary"),
        ("refuse", ("--reason", "mood"), "missing_licence"),
        ("control", ("--control", "mood"), "documents|physical"),
    ],
)
def test_unknown_words_are_met_with_the_known_ones(
    trade: Corridor, act: str, args: tuple[str, ...], known: str
) -> None:
    lodge(trade)
    error = trade.refused("haiphong-customs", "clearance", act, REFERENCE, *args, exit_code=2)
    assert known in error["do"]


def test_a_field_that_the_contracts_do_not_take_is_named_before_anything_is_signed(trade: Corridor) -> None:
    lodge(trade)
    before = len(trade.node.done)
    error = trade.refused(
        "haiphong-customs",
        "clearance",
        "hold",
        REFERENCE,
        "--hold",
        "Two Words",
        "--reason",
        "other",
        exit_code=2,
    )
    assert (error["code"], error["field"]) == ("act.malformed", "body.hold")
    assert len(trade.node.done) == before


def test_show_history_and_next(trade: Corridor) -> None:
    key = lodge(trade)
    office(trade, "accept")
    office(trade, "hold", "--hold", "plants", "--reason", "phytosanitary")
    shown = trade.run("haiphong-customs", "clearance", "show", REFERENCE).stdout
    assert "Import declaration in VN" in shown
    assert "plants by haiphong-customs (phytosanitary)" in shown
    assert "Motorcycle engine parts" in shown
    stranger = trade.run("coral-line", "clearance", "show", key).stdout
    assert "not shown" in stranger
    assert "Motorcycle" not in stranger
    chain = trade.run("haiphong-customs", "clearance", "history", key).stdout
    assert "lodged it with Hai Phong Customs for import" in chain
    assert "placed the hold plants (phytosanitary)" in chain
    following = trade.run("haiphong-customs", "clearance", "next", key).stdout
    assert "Releases the goods." in following
    assert "waits for you: lifts a hold that the authority placed itself (clearance.lift)" in following
    assert f"sealane clearance lift {key} --hold NAME" in following
    assert following.index("may now:") < following.index("Not yet:") < following.index("Later:")
    declarant = trade.run("landbridge-forwarding", "clearance", "next", key).stdout
    others = declarant.partition("Others may now:\n")[2]
    assert others.startswith("  Hai Phong Customs: clearance.route, ")
    assert "clearance.lift" in others
    assert "clearance.release" not in others


def test_the_office_lists_what_is_lodged_with_it(trade: Corridor) -> None:
    key = lodge(trade)
    text = trade.run("haiphong-customs", "clearance", "list").stdout
    assert key in text
    assert "Lodged; haiphong-customs has to accept it." in text
    assert trade.done("qinzhou-customs", "clearance", "list")["items"] == []
