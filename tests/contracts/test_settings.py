"""Parameters and rules by ballot: what is in force at which height."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.catalogue import ACTS, RULES
from contracts.execution import RulesUnknown, context_at, remembered_ms, terms_after
from contracts.governance.model import ProposalState
from contracts.governance.settings import BOUNDS
from contracts.membership.model import MAX_PLANS
from contracts.views import summary
from ledger.genesis import Parameters
from ledger.primitives import Height, TimeMs
from nodes.bft.messages import largest_message_bytes
from nodes.network.limits import MAX_PAYLOAD_BYTES
from tests.contracts.test_governance import FOUR, network
from tests.contracts.world import NETWORK, World

HOUR_MS = 3_600_000


def decided(world: World, change: dict[str, Any], number: int = 1) -> str:
    key = f"proposal/{number:032x}"
    world.propose(change, key=key, who=FOUR[0]).ballots(*FOUR[:3], key=key)
    assert world.record(key).state is ProposalState.PASSED
    return key


def numbers(height: int, **parameters: int) -> dict[str, Any]:
    return {"type": "change_parameters", "from_height": height, "parameters": parameters}


def rules(height: int, version: int) -> dict[str, Any]:
    return {"type": "change_rules", "from_height": height, "rules_version": version}


def parameters(world: World, height: int) -> Parameters:
    return terms_after(world, Height(height)).parameters


def test_what_a_quorum_decides_is_in_force_from_the_stated_height() -> None:
    world = network(*FOUR)
    key = decided(world, numbers(20, heartbeat_ms=10_000, precision_ms=500))
    assert [parameters(world, height).heartbeat_ms for height in (6, 19, 20, 900)] == [
        30_000,
        30_000,
        10_000,
        10_000,
    ]
    assert parameters(world, 20).precision_ms == 500
    assert parameters(world, 20).message_delay_ms == 4_000, "what is not named stays"
    assert world.record(key).effective_height == 20
    said = summary(world.record(key))
    assert said["status"] == "Passed; it applies from block 20 on."
    assert said["asks"] == "Set precision_ms 500, heartbeat_ms 10000 from block 20 on."
    assert "heartbeat_ms 10000 from block 20 on" in summary(world.record("network/parameters"))["planned"]


def test_plans_come_into_force_in_order_of_height_and_the_later_decision_wins() -> None:
    world = network(*FOUR)
    decided(world, numbers(30, heartbeat_ms=3_000), 1)
    decided(world, numbers(20, heartbeat_ms=2_000, precision_ms=200), 2)
    decided(world, numbers(30, heartbeat_ms=4_000), 3)
    assert [parameters(world, h).heartbeat_ms for h in (19, 20, 29, 30)] == [30_000, 2_000, 2_000, 4_000]
    world.height = 24
    decided(world, numbers(40, precision_ms=400), 4)
    record = world.record("network/parameters")
    assert record.parameters.heartbeat_ms == 2_000, "what is in force by now is taken over"
    assert [plan.from_height for plan in record.planned] == [30, 30, 40]
    assert [parameters(world, h).precision_ms for h in (25, 39, 40)] == [200, 200, 400]


def test_statements_stay_valid_for_as_long_as_the_window_in_force_allows() -> None:
    world = network(*FOUR)
    decided(world, numbers(20, statement_window_ms=HOUR_MS // 2))
    far = world.now + HOUR_MS // 2 + 1
    body = {"key": "A" * 44, "permissions": ["signer"]}
    world.height = 19
    early = world.try_("member.enrol", "member/beibu-port/x", "beibu-port", body, last_valid_ms=far)
    assert early.code == "member.bad-key", "the window was not what refused it"
    world.height = 20
    late = world.refuse("member.enrol", "member/beibu-port/x", "beibu-port", body, last_valid_ms=far)
    assert late.code == "statement.too-far-ahead"


def test_statements_are_remembered_for_the_longest_window_there_ever_was() -> None:
    """One accepted under a longer window could be accepted again when the window is short."""
    world = network(*FOUR)
    assert remembered_ms(world) == HOUR_MS
    decided(world, numbers(20, statement_window_ms=2 * HOUR_MS), 1)
    assert remembered_ms(world) == 2 * HOUR_MS, "also before it is in force"
    world.height = 20
    decided(world, numbers(30, statement_window_ms=HOUR_MS // 2), 2)
    world.height = 40
    decided(world, numbers(50, heartbeat_ms=1_000), 3)
    assert parameters(world, 41).statement_window_ms == HOUR_MS // 2
    assert remembered_ms(world) == 2 * HOUR_MS


def test_unknown_rules_are_decided_by_all_alike_and_executed_by_nobody_who_lacks_them() -> None:
    world = network(*FOUR)
    decided(world, rules(20, 2))
    assert context_at(world, Height(19), TimeMs(world.now), NETWORK).rules_version == 1
    with pytest.raises(RulesUnknown, match=r"from block 20 on .* rules version 2"):
        context_at(world, Height(20), TimeMs(world.now), NETWORK)


def test_each_height_has_the_acts_of_its_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, 2, {name: act for name, act in ACTS.items() if name != "member.enrol"})
    world = network(*FOUR)
    decided(world, rules(20, 2))
    body = {"key": "A" * 44, "permissions": ["signer"]}
    world.height = 19
    assert world.refuse("member.enrol", "member/beibu-port/x", "beibu-port", body).code == "member.bad-key"
    world.height = 20
    assert world.refuse("member.enrol", "member/beibu-port/x", "beibu-port", body).code == "act.unknown"


def test_new_rules_take_the_place_of_those_planned_and_the_old_take_them_back() -> None:
    world = network(*FOUR)
    decided(world, numbers(25, heartbeat_ms=1_000), 1)
    decided(world, rules(20, 2), 2)
    decided(world, rules(30, 3), 3)
    assert [plan.from_height for plan in world.record("network/parameters").planned] == [25, 30]
    decided(world, rules(30, 1), 4)
    assert terms_after(world, Height(99)).rules_version == 1
    assert parameters(world, 25).heartbeat_ms == 1_000


def full_of_plans() -> World:
    """As many changes of numbers ahead as there may be, years away."""
    world = network(*FOUR)
    for number in range(1, MAX_PLANS):
        decided(world, numbers(1_000_000 + number, heartbeat_ms=1_000 * number), number)
    return world


def test_numbers_planned_far_ahead_keep_out_no_rules() -> None:
    world = full_of_plans()
    change = {"title": "One more", "expires_ms": world.now + HOUR_MS, "change": numbers(20, precision_ms=100)}
    refusal = world.refuse("proposal.open", f"proposal/{99:032x}", FOUR[0], change)
    assert (refusal.code, refusal.field) == ("proposal.plans-full", "body.change.from_height")
    assert f"{MAX_PLANS - 1} changes" in refusal.message
    decided(world, rules(20, 2), 100)
    assert len(world.record("network/parameters").planned) == MAX_PLANS
    decided(world, rules(30, 3), 101)


def test_a_ballot_takes_the_place_of_all_numbers_that_are_planned() -> None:
    world = full_of_plans()
    decided(world, rules(3_000_000, 2), 99)
    key = decided(world, {**numbers(50, precision_ms=100), "instead": True}, 100)
    assert [plan.from_height for plan in world.record("network/parameters").planned] == [50, 3_000_000]
    assert parameters(world, 49).precision_ms == Parameters().precision_ms
    assert (parameters(world, 50).precision_ms, parameters(world, 2_000_000).heartbeat_ms) == (100, 30_000)
    said = "Set precision_ms 100 from block 50 on, and no others that are planned."
    assert summary(world.record(key))["asks"] == said


def test_a_ballot_takes_numbers_back_and_nothing_that_is_due() -> None:
    world = network(*FOUR)
    decided(world, numbers(world.height + 2, heartbeat_ms=1_000), 1)
    decided(world, numbers(50, heartbeat_ms=2_000), 2)
    world.height += 1
    key = decided(world, {**numbers(20), "instead": True}, 3)
    assert world.record("network/parameters").planned == ()
    assert [parameters(world, h).heartbeat_ms for h in (world.height + 1, 99)] == [1_000, 1_000]
    assert summary(world.record(key))["asks"] == "Take back every change of parameters that is planned."


def test_the_largest_block_that_a_ballot_allows_travels_as_one_message() -> None:
    most = Parameters(**{name: bounds[1] for name, bounds in BOUNDS.items()})
    assert largest_message_bytes(most) <= MAX_PAYLOAD_BYTES
    assert set(BOUNDS) == set(Parameters.__struct_fields__)
