"""An exercise's ground without a network: records, nodes and blocks are what a test says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli.errors import CliError
from cli.lab.ground import Ground, Missing
from cli.lab.model import Exercise
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState, BillType
from contracts.governance.model import Proposal

BILL_KEY = f"bill/{'ab' * 32}"
BILL = Bill(
    version=1,
    type=BillType.STRAIGHT,
    state=BillState.ISSUED,
    carrier="coral-line",
    possessor="landbridge-forwarding",
    contents="00" * 32,
    place_of_loading="CNQZH",
    place_of_delivery="VNHPH",
)
"""A bill in the forwarder's hands."""


class FakeGround(Ground):
    """Answers from tables instead of asking nodes."""

    def __init__(self, folder: Path, facts: dict[str, str], answer: str | None = None) -> None:
        super().__init__(folder, facts, answer)
        self.records: dict[Any, Any] = {}
        """By key, and for one node's view by (node, key)."""
        self.statuses: dict[str, dict[str, Any]] = {}
        self.blocks: dict[int, dict[str, Any]] = {}
        self.up: list[str] = []
        self.asked: list[tuple[str, Proposal]] = []

    def record(self, member: str, key: str, kind: type[Any], *, node: str | None = None) -> Any:
        found = self.records.get((node, key), self.records.get(key))
        assert found is None or isinstance(found, kind)
        return found

    def running(self) -> list[str]:
        return self.up

    def proposals(self, member: str) -> list[tuple[str, Proposal]]:
        return self.asked

    def status(self, organisation: str) -> dict[str, Any]:
        if organisation not in self.statuses:
            raise CliError(f"{organisation} is silent", code="node.unreachable")
        return self.statuses[organisation]

    def block(self, member: str, height: int) -> dict[str, Any]:
        return self.blocks[height]


def lacks(exercise: Exercise, step: str, ground: Ground) -> str:
    """What a step says is missing; empty when its check passes."""
    found = next(one for one in exercise.steps if one.id == step)
    try:
        found.check(ground)
    except Missing as missing:
        return missing.text
    return ""
