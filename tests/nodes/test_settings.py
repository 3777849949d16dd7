"""A node across changes of parameters and rules: each height is made, judged and replayed by its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.replay import Replay
from contracts.catalogue import ACTS, RULES
from contracts.versions import RulesUnknown
from ledger.errors import ChainError
from ledger.statement import parse_statement
from tests.nodes.network_of_one import GENESIS, Solo, altered, boxes, digest, member_key, stored_block

VOTERS = ("qinzhou-customs", "beibu-gulf-port", "coral-line")


async def decide(solo: Solo, change: dict[str, Any]) -> None:
    """One block opens the proposal, and one for each ballot; the last one decides."""
    key = f"proposal/{digest(str(change))[:32]}"
    body = {"title": "A change", "expires_ms": solo.clock.time_ms + 60_000, "change": change}
    await solo.do("proposal.open", key, VOTERS[0], body)
    for voter in VOTERS:
        await solo.do("proposal.vote", key, voter, {"choice": "yes"})


def rules(height: int) -> dict[str, Any]:
    return {"type": "change_rules", "from_height": height, "rules_version": 2}


async def test_a3_a4_blocks_are_as_large_as_their_height_allows(solo: Solo) -> None:
    change = {"type": "change_parameters", "from_height": 7, "parameters": {"max_block_entries": 2}}
    await decide(solo, change)
    five = (await solo.propose(*boxes(solo, 3))).block
    assert (five.header.height, len(five.entries)) == (5, 3)
    await solo.accept()
    await solo.accept()
    assert solo.application.parameters().max_block_entries == 2
    assert len((await solo.propose(*boxes(solo, 3))).block.entries) == 2
    solo.application._terms = type(solo.application._terms)(parameters=GENESIS.parameters, rules_version=1)
    greedy = (await solo.propose(*boxes(solo, 3))).block
    solo.reopen()
    with pytest.raises(ChainError, match="more than 2 entries"):
        await solo.application.judge(greedy)


async def test_a5_where_the_next_rules_are_unknown_the_block_before_is_the_last(solo: Solo) -> None:
    await decide(solo, rules(7))
    await solo.accept()
    block = (await solo.propose(*boxes(solo, 1))).block
    with pytest.raises(RulesUnknown, match=r"from block 7 on .* rules version 2"):
        await solo.commit(block)
    assert (solo.height, len(solo.heard)) == (6, 6), "durable, and told to those who listen"
    with pytest.raises(RulesUnknown, match="install a release"):
        solo.reopen()


async def test_software_with_the_new_rules_goes_on_where_the_old_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whoever replays the chain executes every block by the rules of its height."""
    solo = Solo(tmp_path)
    await decide(solo, rules(6))
    with pytest.raises(RulesUnknown):
        await solo.commit((await solo.propose()).block)
    monkeypatch.setitem(RULES, 2, {name: act for name, act in ACTS.items() if name != "movement.record"})
    solo.application.close()
    solo.store.close()
    solo.open()
    leaf = solo.gate_in("one")
    outcome = solo.application._try(
        parse_statement(leaf), solo.application.state(), solo.application.context()
    )
    assert getattr(outcome, "code", "") == "act.unknown"
    await solo.do("organisation.replace_node", "organisation/coral-line", "coral-line", node_key())
    assert [(await stored_block(solo, h))[0].header.rules_version for h in (5, 6)] == [1, 2]
    replay = Replay(GENESIS)
    for height in range(1, 7):
        block, _ = await stored_block(solo, height)
        replay.execute(block.header, block.entries)
        assert replay.root.hex() == block.header.state_root
        assert replay.rules_version == block.header.rules_version
    monkeypatch.delitem(RULES, 2)
    older = Replay(GENESIS)
    for height in range(1, 6):
        block, _ = await stored_block(solo, height)
        older.execute(block.header, block.entries)
    with pytest.raises(RulesUnknown):
        older.execute((await stored_block(solo, 6))[0].header, ())
    solo.close()


async def test_a4_a_block_by_other_rules_than_its_heights_is_refused(
    solo: Solo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, 2, ACTS)
    await decide(solo, rules(6))
    await solo.accept()
    block = (await solo.propose()).block
    assert block.header.rules_version == 2
    with pytest.raises(ChainError) as caught:
        await solo.application.judge(altered(block, rules_version=1))
    assert caught.value.field == "header.rules_version"


def node_key() -> dict[str, str]:
    return {"node": "node-1", "key": member_key("fresh node").public_key.text}
