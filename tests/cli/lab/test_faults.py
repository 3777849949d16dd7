"""Exercises about failures: what each step's check lacks, as nodes, blocks and the relay are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cli.lab import kill_leader, relay, split_network
from contracts.bill.model import Offer
from tests.cli.lab.ground import BILL, BILL_KEY, FakeGround, lacks

LEADER, OBSERVER, ALONE = "coral-line", "landbridge-forwarding", "haiphong-customs"
OFFERED = replace(BILL, offer=Offer(to="red-river-imports", expires_ms=1))


def block(proposer: str, *signers: str) -> dict[str, Any]:
    return {"header": {"proposer": proposer}, "signed_by": signers}


@pytest.fixture(name="ground")
def ground_fixture(tmp_path: Path, corridor: Path) -> FakeGround:
    facts = {"bill": BILL_KEY, "number": "CORL:1", "leader": LEADER, "leader_height": "7"}
    ground = FakeGround(tmp_path, facts)
    ground.network.symlink_to(corridor, target_is_directory=True)
    return ground


def test_the_leader_must_be_dead(ground: FakeGround) -> None:
    ground.up = [LEADER]
    assert lacks(kill_leader.EXERCISE, "kill_leader", ground) == "leader_back"
    ground.up = []
    assert lacks(kill_leader.EXERCISE, "kill_leader", ground) == ""
    del ground.facts["leader"]
    assert lacks(kill_leader.EXERCISE, "kill_leader", ground) == "leader_alive"


def test_the_others_must_have_gone_on_without_it(ground: FakeGround) -> None:
    ground.blocks[7] = block("qinzhou-customs", "qinzhou-customs", ALONE)
    assert lacks(kill_leader.EXERCISE, "go_on", ground) == "not_offered"
    ground.records[BILL_KEY] = BILL
    assert lacks(kill_leader.EXERCISE, "go_on", ground) == "not_offered"
    ground.records[BILL_KEY] = OFFERED
    assert lacks(kill_leader.EXERCISE, "go_on", ground) == ""
    for wrong in (block(LEADER, ALONE), block(ALONE, ALONE, LEADER)):
        ground.blocks[7] = wrong
        assert lacks(kill_leader.EXERCISE, "go_on", ground) == "leader_took_part"


def test_the_leader_must_be_back_and_have_caught_up(ground: FakeGround) -> None:
    ground.statuses = {OBSERVER: {"height": 9}, LEADER: {"height": 8}}
    assert lacks(kill_leader.EXERCISE, "come_back", ground) == "leader_down"
    ground.up = [LEADER]
    assert lacks(kill_leader.EXERCISE, "come_back", ground) == "leader_behind"
    ground.statuses[LEADER] = {"height": 9}
    assert lacks(kill_leader.EXERCISE, "come_back", ground) == ""


class Lines:
    """A relay of which a test says what it has cut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: tuple[tuple[str, ...], ...] | None = ()
        monkeypatch.setattr(relay, "applied", self.applied)

    def applied(self, network: Path) -> relay.Groups | None:
        return None if self.groups is None else relay.Groups(groups=self.groups)


@pytest.fixture(name="lines")
def lines_fixture(monkeypatch: pytest.MonkeyPatch) -> Lines:
    return Lines(monkeypatch)


def test_one_must_be_cut_off_and_have_noticed(ground: FakeGround, lines: Lines) -> None:
    step = "cut_one"
    ground.statuses[ALONE] = {"peers": ["coral-line/node-1"]}
    for groups in (None, (), split_network.HALVES):
        lines.groups = groups
        assert lacks(split_network.EXERCISE, step, ground) == "not_alone"
    lines.groups = split_network.ONE
    assert lacks(split_network.EXERCISE, step, ground) == "lines_open"
    ground.statuses[ALONE] = {"peers": []}
    assert lacks(split_network.EXERCISE, step, ground) == ""


def test_the_majority_must_decide_what_the_minority_does_not_know(ground: FakeGround, lines: Lines) -> None:
    ground.statuses[ALONE] = {"peers": []}
    assert lacks(split_network.EXERCISE, "majority", ground) == "not_alone"
    lines.groups = split_network.ONE
    assert lacks(split_network.EXERCISE, "majority", ground) == "bill_gone"
    ground.records[BILL_KEY] = BILL
    assert lacks(split_network.EXERCISE, "majority", ground) == "offer_missing"
    ground.records[OBSERVER, BILL_KEY] = OFFERED
    assert lacks(split_network.EXERCISE, "majority", ground) == ""
    ground.records[ALONE, BILL_KEY] = OFFERED
    assert lacks(split_network.EXERCISE, "majority", ground) == "minority_knows"


def test_an_acceptance_must_wait_in_a_half(ground: FakeGround, lines: Lines) -> None:
    ground.statuses = {ALONE: {"peers": ["coral-line/node-1"]}, OBSERVER: {"pool_entries": 0}}
    lines.groups = split_network.ONE
    assert lacks(split_network.EXERCISE, "halves", ground) == "not_halved"
    lines.groups = split_network.HALVES
    assert lacks(split_network.EXERCISE, "halves", ground) == "nothing_waits"
    ground.statuses[OBSERVER] = {"pool_entries": 1}
    assert lacks(split_network.EXERCISE, "halves", ground) == ""


def test_every_node_must_say_the_same_at_the_end(ground: FakeGround, lines: Lines) -> None:
    ground.records[BILL_KEY] = replace(BILL, possessor="red-river-imports")
    for groups in (None, split_network.HALVES):
        lines.groups = groups
        assert lacks(split_network.EXERCISE, "mend", ground) == "not_mended"
    lines.groups = ()
    assert lacks(split_network.EXERCISE, "mend", ground) == ""
    ground.records[ALONE, BILL_KEY] = OFFERED
    assert lacks(split_network.EXERCISE, "mend", ground) == "not_settled"
