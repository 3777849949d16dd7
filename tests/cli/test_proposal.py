"""`sealane proposal`, `org` and `key new-validator`: what validators change about the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from contracts.model import VALIDATORS_KEY
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture
from tests.cli.test_member import trade_key

VALIDATORS = ("qinzhou-customs", "beibu-gulf-port", "coral-line", "haiphong-customs")
OBSERVER = "landbridge-forwarding"


def new_key(trade: Corridor, name: str = "validator-2.key") -> dict[str, str]:
    result = CliRunner().invoke(app, ["key", "new-validator", str(trade.folder / name), "--json"])
    assert result.exit_code == 0, result.stderr
    value: dict[str, str] = json.loads(result.stdout)
    return value


def seats(trade: Corridor) -> dict[str, str]:
    return {seat["organisation"]: seat["bls_key"] for seat in trade.record(VALIDATORS_KEY)["validators"]}


def opened(trade: Corridor, *change: object, who: str = VALIDATORS[0]) -> str:
    key: str = trade.done(who, "proposal", "open", *change)["key"]
    return key


def votes(trade: Corridor, key: str, *voters: str) -> list[str]:
    return [trade.done(who, "proposal", "vote", key, "yes")["state"] for who in voters]


def test_three_of_four_give_an_organisation_a_seat(trade: Corridor) -> None:
    made = new_key(trade)
    key = opened(trade, "--add", OBSERVER, "--new-key", trade.folder / "validator-2.key", "--days", "3")
    assert trade.record(key)["title"] == f"Add {OBSERVER} as a validator"
    assert votes(trade, key[:20], *VALIDATORS[:3]) == ["open", "open", "passed"]
    assert seats(trade)[OBSERVER] == made["bls_key"]
    rows = {row["organisation"]: row for row in trade.done(OBSERVER, "org", "list")["items"]}
    assert [name for name, row in rows.items() if row["validator"]] == sorted([*VALIDATORS, OBSERVER])
    assert trade.done(OBSERVER, "proposal", "next", key)["actions"] == []
    shown = trade.run(OBSERVER, "proposal", "show", key)
    assert "Passed; the new set seals from block" in shown.stdout
    assert "yes, by coral-line/lin-tao" in shown.stdout
    history = trade.run(OBSERVER, "proposal", "list")
    assert f"Add {OBSERVER} as a validator" in history.stdout


def test_a_ballot_can_be_replaced_and_a_proposal_rejected_or_withdrawn(trade: Corridor) -> None:
    key = opened(trade, "--remove", "coral-line", "--title", "Coral Line leaves", "--reason", "Sold")
    assert trade.record(key)["reason"] == "Sold"
    assert votes(trade, key, "coral-line") == ["open"]
    assert trade.done("coral-line", "proposal", "vote", key, "no")["state"] == "open"
    assert trade.done("haiphong-customs", "proposal", "vote", key, "no")["state"] == "rejected"
    assert trade.refused("qinzhou-customs", "proposal", "vote", key, "yes")["code"] == "record.wrong-state"
    other = opened(trade, "--remove", "coral-line")
    assert trade.refused("coral-line", "proposal", "withdraw", other)["code"] == "proposal.not-proposer"
    trade.done("qinzhou-customs", "proposal", "withdraw", other)
    assert trade.record(other)["state"] == "withdrawn"
    assert trade.done("coral-line", "proposal", "list", "--open")["items"] == []
    assert len(seats(trade)) == 4


def test_two_ballots_at_once_are_both_cast(trade: Corridor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second was signed for a version that the first has just replaced."""
    from cli import acting

    key, raced = opened(trade, "--remove", "coral-line"), []
    perform = acting.perform

    def slow(*args: Any, **more: Any) -> dict[str, Any]:
        if not raced:
            raced.append(1)
            votes(trade, key, "beibu-gulf-port")
        return perform(*args, **more)

    monkeypatch.setattr(acting, "perform", slow)
    assert trade.done("haiphong-customs", "proposal", "vote", key, "yes")["state"] == "open"
    assert [b["organisation"] for b in trade.record(key)["ballots"]] == [
        "beibu-gulf-port",
        "haiphong-customs",
    ]


def test_a_proposal_whose_time_is_over_is_listed_as_ended(
    trade: Corridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened(trade, "--remove", "coral-line", "--days", "1")
    assert [item["expired"] for item in trade.done("coral-line", "proposal", "list", "--open")["items"]] == [
        False
    ]
    trade.node.now_ms += 86_400_001
    monkeypatch.setattr("tests.cli.ledger_node.time.time", lambda: trade.node.now_ms / 1000)
    assert trade.done("coral-line", "proposal", "list", "--open")["items"] == []
    assert "Ended without a decision." in trade.run("coral-line", "proposal", "list").stdout
    assert trade.refused("coral-line", "proposal", "vote", key, "yes")["code"] == "proposal.expired"


def test_an_organisation_rotates_its_own_seat(trade: Corridor) -> None:
    made = new_key(trade)
    result = trade.done(
        "coral-line", "org", "rotate-validator", "--new-key", trade.folder / "validator-2.key"
    )
    assert result["effective_height"] == result["height"] + 2
    assert seats(trade)["coral-line"] == made["bls_key"]
    new_key(trade, "validator-3.key")
    again = ("org", "rotate-validator", "--new-key", trade.folder / "validator-3.key")
    assert trade.refused("coral-line", *again)["code"] == "validator.rotated-lately"
    ballot = opened(trade, "--rotate", "coral-line", "--new-key", trade.folder / "validator-3.key")
    assert votes(trade, ballot, *VALIDATORS[:3])[-1] == "passed"
    error = trade.refused("red-river-imports", *again)
    assert error["code"] == "proposal.not-validator"


def test_an_organisation_replaces_the_key_of_its_node(trade: Corridor) -> None:
    fresh = json.loads(
        CliRunner().invoke(app, ["key", "new", str(trade.folder / "node.pem"), "--json"]).stdout
    )
    trade.done("coral-line", "org", "replace-node", "node-1", "--new-key", trade.folder / "node.pem")
    assert trade.record("organisation/coral-line")["nodes"] == [
        {"name": "node-1", "key": fresh["public_key"]}
    ]
    assert fresh["public_key"] in trade.run("coral-line", "org", "show").stdout
    lost = ("org", "replace-node", "node-9", "--new-key", trade.folder / "node.pem")
    assert trade.refused("coral-line", *lost)["code"] == "proposal.key-used"


def test_parameters_and_rules_change_at_a_height(trade: Corridor) -> None:
    change = ("parameters", "heartbeat_ms=10000", "precision_ms=500", "--from-height", "+50")
    key: str = trade.done(VALIDATORS[0], "proposal", *change)["key"]
    height = trade.record(key)["change"]["from_height"]
    assert height == trade.node.height - 1 + 50
    assert trade.record(key)["title"] == f"Set precision_ms 500, heartbeat_ms 10000 from block {height} on"
    assert votes(trade, key, *VALIDATORS[:3])[-1] == "passed"
    assert f"it applies from block {height} on" in trade.run(OBSERVER, "proposal", "show", key).stdout
    rules = trade.done(VALIDATORS[0], "proposal", "rules", "2", "--from-height", "900")["key"]
    assert votes(trade, rules, *VALIDATORS[:3])[-1] == "passed"
    planned = trade.record("network/parameters")["planned"]
    assert [plan["from_height"] for plan in planned] == [height, 900]
    back = ("proposal", "parameters", "--instead", "--from-height", "+50")
    taken: str = trade.done(VALIDATORS[0], *back)["key"]
    assert trade.record(taken)["title"] == "Take back every change of parameters that is planned"
    assert votes(trade, taken, *VALIDATORS[:3])[-1] == "passed"
    assert [plan["from_height"] for plan in trade.record("network/parameters")["planned"]] == [900]
    nothing = ("proposal", "parameters", "--from-height", "+50")
    assert trade.refused(VALIDATORS[0], *nothing)["code"] == "proposal.no-change"
    late = ("proposal", "rules", "3", "--from-height", "1")
    assert trade.refused(VALIDATORS[0], *late)["code"] == "proposal.height"


def test_an_organisation_is_suspended_and_its_caretaker_works(trade: Corridor) -> None:
    made = trade_key(trade, "duty.pem")
    office = "haiphong-customs"
    ask = ("suspend", office, "--caretaker", "duty", "--public-key", made["public_key"], "--reason", "Stolen")
    key: str = trade.done(VALIDATORS[0], "proposal", *ask)["key"]
    assert votes(trade, key, *VALIDATORS[:3])[-1] == "passed"
    own = ("proposal", "reinstate", office)
    assert trade.refused(office, *own)["code"] == "actor.suspended"
    shown = trade.run(VALIDATORS[0], "org", "show", office).stdout
    assert "Suspended; customs." in shown
    assert "duty" in shown
    said = trade.run(VALIDATORS[0], "org", "history", office).stdout
    assert f"Suspend {office}, with duty as its caretaker. {key}" in said
    back: str = trade.done(VALIDATORS[0], "proposal", "reinstate", office)["key"]
    assert votes(trade, back, *VALIDATORS[:3])[-1] == "passed"
    assert trade.record(f"organisation/{office}")["state"] == "active"
    assert "said yes" in trade.run(VALIDATORS[0], "proposal", "history", back).stdout


def test_a_new_administrator_is_vetoed_with_a_key_of_before(trade: Corridor) -> None:
    made = trade_key(trade, "heir.pem")
    for ask in (
        ("suspend", OBSERVER),
        ("replace-administrator", f"{OBSERVER}/heir", "--public-key", made["public_key"]),
    ):
        key: str = trade.done(VALIDATORS[0], "proposal", *ask)["key"]
        assert votes(trade, key, *VALIDATORS[:3])[-1] == "passed"
    assert "heir, from" in trade.run(VALIDATORS[0], "org", "show", OBSERVER).stdout
    early = ("org", "take-over", "--key", trade.folder / "heir.pem")
    assert trade.refused(f"{OBSERVER}/heir", *early)["code"] == "actor.unknown-key"
    trade.done(OBSERVER, "org", "veto")
    assert "replacement" not in trade.record(f"organisation/{OBSERVER}")
    assert trade.record(f"member/{OBSERVER}/heir")["state"] == "revoked"


def test_roles_and_numbering_key_change_by_ballot(trade: Corridor) -> None:
    made = new_key(trade, "numbering-2.key")
    before = trade.record("organisation/coral-line")["numbering_key"]
    ask = ("organisation", "coral-line", "--role", "carrier", "--role", "terminal", "--new-numbering")
    key: str = trade.done(VALIDATORS[0], "proposal", *ask, trade.folder / "numbering-2.key")["key"]
    assert votes(trade, key, *VALIDATORS[:3])[-1] == "passed"
    record = trade.record("organisation/coral-line")
    assert (record["roles"], record["numbering_key"]) == (["carrier", "terminal"], made["bls_key"])
    assert [one["key"] for one in record["former_numbering"]] == [before]


@pytest.mark.parametrize(
    "words",
    [
        ("parameters", "heartbeat=1", "--from-height", "50"),
        ("parameters", "heartbeat_ms=x", "--from-height", "50"),
        ("parameters", "heartbeat_ms=500", "--from-height", "-1"),
        ("rules", "2", "--from-height", "soon"),
    ],
)
def test_what_is_no_parameter_or_height_is_not_signed(trade: Corridor, words: tuple[str, ...]) -> None:
    assert trade.refused(VALIDATORS[0], "proposal", *words, exit_code=2)["code"] == "usage"


def test_key_show_gives_what_a_proposal_needs(trade: Corridor) -> None:
    made = new_key(trade)
    shown = CliRunner().invoke(app, ["key", "show", str(trade.folder / "validator-2.key"), "--json"])
    assert json.loads(shown.stdout) == made
    assert opened(trade, "--add", OBSERVER, "--bls-key", made["bls_key"], "--possession", made["possession"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((), "usage"),
        (("--remove", "coral-line", "--add", OBSERVER), "usage"),
        (("--add", OBSERVER), "usage"),
        (("--remove", "coral-line", "--bls-key", "x", "--possession", "y"), "usage"),
        (("missing.json",), "file"),
        (("corridor-straight.json",), "act.malformed"),
        (("--add", OBSERVER, "--bls-key", "x", "--possession", "y"), "act.malformed"),
        (("--remove", "coral-line", "--days", "91"), "usage"),
        (("--remove", "coral-line", "--days", "x"), "usage"),
    ],
)
def test_what_is_no_change_is_not_signed(trade: Corridor, change: tuple[str, ...], code: str) -> None:
    before = dict(trade.node.state)
    assert trade.refused(VALIDATORS[0], "proposal", "open", *change, exit_code=2)["code"] == code
    assert trade.node.state == before


@pytest.mark.parametrize(
    "data", [b"[" * 60_000, b'{"\\ud800": 1}', b"[]", b"", b"\xff", b"{}" + b" " * 70_000]
)
def test_a_file_that_holds_no_change(trade: Corridor, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "change.json").write_bytes(data)
    problem = trade.refused(VALIDATORS[0], "proposal", "open", str(tmp_path / "change.json"), exit_code=2)
    assert problem["code"] == "file"


def test_a_proposal_is_found_by_the_beginning_of_its_id(trade: Corridor) -> None:
    key = opened(trade, "--remove", "coral-line")
    assert trade.done("coral-line", "proposal", "show", key.partition("/")[2][:6])["key"] == key
    assert trade.refused("coral-line", "proposal", "show", "0000000")["code"] == "subject.unknown"
    opened(trade, "--remove", "coral-line")
    assert (
        trade.refused("coral-line", "proposal", "show", "proposal/", exit_code=2)["code"] == "subject.unclear"
    )


def test_a_network_directory_grows_by_an_organisation(trade: Corridor, tmp_path: Path) -> None:
    from nodes.config import load_config

    def sealane(*args: object, exit_code: int = 0) -> dict[str, Any]:
        result = CliRunner().invoke(app, [*(str(arg) for arg in args), "--json"])
        assert result.exit_code == exit_code, result.stderr
        value: dict[str, Any] = json.loads(
            result.stdout if exit_code == 0 else result.stderr.splitlines()[-1]
        )
        return value

    net = tmp_path / "net"
    sealane("network", "init", net, "--validators", 4)
    made = sealane("network", "add", "pearl-line", net, "--role", "carrier", "--role", "forwarder")
    admit, seat = (json.loads(Path(file).read_text()) for file in made["proposals"])
    assert (admit["type"], admit["roles"], admit["administrator"]) == (
        "admit_organisation",
        ["carrier", "forwarder"],
        "chief",
    )
    assert seat["organisation"] == "pearl-line"
    config = load_config(net / "nodes" / "pearl-line")
    assert len(config.peers) == 4
    assert "pearl-line" in {peer.organisation for peer in load_config(net / "nodes" / "org-1").peers}
    # What was written can be proposed as it is, on a ledger that knows other organisations.
    key = opened(trade, made["proposals"][0])
    assert votes(trade, key, *VALIDATORS[:3])[-1] == "passed"
    assert trade.record("member/pearl-line/chief")["keys"][0]["key"] == admit["administrator_key"]
    toml = net / "nodes" / "org-2" / "node.toml"
    replaced = 'node = "keys/node-2.pem"'
    toml.write_text(toml.read_text().replace('node = "keys/node.pem"', replaced))
    file = sealane("network", "rotate", "org-2", net)["file"]
    assert replaced in toml.read_text(), "which node key is in use stays as it was"
    assert [key.name for key in load_config(net / "nodes" / "org-2").keys.validators] == [
        "validator.key",
        "validator-2.key",
    ]
    Path(file).with_name("validator-2.0011223344556677.journal").touch()
    Path(file).unlink()
    again = sealane("network", "rotate", "org-2", net)["file"]
    assert Path(again).name == "validator-3.key", "a key never takes over the journal of another"
    error = sealane("network", "add", "org-1", net, exit_code=2)["error"]
    assert error["why"] == "Two organisations have the same id."
    error = sealane("network", "add", "Pearl Line", net, exit_code=2)["error"]
    assert error["code"] == "config"
    assert sealane("network", "rotate", "nobody", net, exit_code=2)["error"]["code"] == "node.missing"
