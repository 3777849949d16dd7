"""The invariants object to a batch in part, twice, against what was told, or out of the order of versions."""

from __future__ import annotations

import json
from typing import Any

import cbor2
import pytest

from tests.simulation.invariants.base import Violation
from tests.simulation.invariants.batches import Batches
from tests.simulation.invariants.deeds import entry_of
from tests.simulation.invariants.validity import Validity
from tests.simulation.test_invariants import SETTING, block


def statement(act: str, subject: str, body: Any = None, *, version: int = 0) -> bytes:
    """A leaf, as far as its bytes say what it does."""
    protected = cbor2.dumps({15: {1: "port/clerk", 2: subject}})
    told = {"type": act, "expected_version": version, "last_valid_ms": 2_000, "body": body or {}}
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, json.dumps(told).encode(), b"signature"]))


def batch(*parts: tuple[str, int], subject: str = "batch/1") -> bytes:
    """Gate moves of containers from these versions, together."""
    told = [
        {"type": "movement.record", "subject": key, "expected_version": version, "body": {}}
        for key, version in parts
    ]
    return statement("batch.run", subject, {"parts": told})


def left(key: str, version: int, **changes: Any) -> tuple[str, bytes]:
    """A record as a gate move leaves it."""
    stamp = {"version": version, "changed_act": "movement.record", "changed_by": "port/clerk", **changes}
    return key, json.dumps(stamp).encode()


BOTH = batch(("container/1", 0), ("container/2", 4))
WRITES = (left("container/1", 1, changed_part=1), left("container/2", 5, changed_part=2))


def batches_of(*leaves: bytes) -> Batches:
    return Batches(SETTING, leaves, lambda _: None)


@pytest.mark.parametrize(
    ("records", "match"),
    [
        (WRITES[:1], "act 2 of 2 did not bring container/2 to version 5"),
        ((WRITES[0], left("container/2", 6, changed_part=2)), "act 2 of 2 did not"),
        ((WRITES[1], left("container/1", 1, changed_part=2)), "act 1 of 2 did not"),
        ((*WRITES, left("container/3", 1)), "for movement.record, which no entry did"),
        ((*WRITES, WRITES[1]), "for the second time"),
    ],
)
def test_a_batch_in_part_or_with_more_than_it_does(
    records: tuple[tuple[str, bytes], ...], match: str
) -> None:
    with pytest.raises(Violation, match=match):
        batches_of(BOTH).committed("a/node-1", block(1, leaves=(BOTH,), records=records))


def test_batches() -> None:
    """All of a sealed one is there, once; nothing of one that was refused."""
    reached: list[str] = []
    lost = batch(("container/1", 0), ("container/7", 0), subject="batch/2")
    invariant = Batches(SETTING, (BOTH, lost), reached.append)
    also = left("bill/1", 2, changed_part=2)
    invariant.committed("a/node-1", block(1, leaves=(BOTH,), records=(*WRITES, also)))
    invariant.acknowledged("a/node-1", 1, (entry_of(BOTH).id,))
    invariant.refused("a/node-1", entry_of(lost).id, "record.exists")
    assert reached == ["a batch took effect"]
    invariant.finished({"a/node-1": (1, dict(WRITES), {})}, {})
    assert reached[1:] == ["a batch was refused whole", "a batch lost its race"]
    with pytest.raises(Violation, match="a/node-1 has container/7"):
        invariant.finished({"a/node-1": (1, dict([*WRITES, left("container/7", 1)]), {})}, {})
    again = (left("container/1", 1),)
    single = statement("movement.record", "container/1")
    with pytest.raises(Violation, match="for the second time"):
        invariant.committed("a/node-1", block(2, leaves=(single,), records=again))


def test_a_batch_and_what_its_sender_was_told() -> None:
    unheld, held = batches_of(BOTH), batches_of(BOTH)
    unheld.acknowledged("b/node-1", 1, (entry_of(BOTH).id,))
    with pytest.raises(Violation, match="holds 0 times"):
        unheld.finished({}, {})
    held.turned_away("b/node-1", BOTH)
    held.committed("a/node-1", block(1, leaves=(BOTH,), records=WRITES))
    with pytest.raises(Violation, match="b/node-1 turned"):
        held.finished({}, {})


def test_the_parts_of_a_batch_build_on_versions_in_order() -> None:
    moves = batch(("container/1", 0), ("container/1", 1))
    invariant = Validity(SETTING, {moves: "", BOTH: ""}, entries=2, size=1_000)
    first = block(1, leaves=(moves,), header={"log_size_before": 1, "log_size": 2})
    invariant.committed("a/node-1", first)
    header = {"parent": first.block_id.hex(), "log_size_before": 2, "log_size": 3}
    with pytest.raises(Violation, match="on version 0 of container/1, which is at 2"):
        invariant.committed("a/node-1", block(2, leaves=(BOTH,), header=header))
    late = Validity(SETTING, {BOTH: ""}, entries=2, size=1_000)
    with pytest.raises(Violation, match="had expired"):
        late.committed("a/node-1", block(3, leaves=(BOTH,), header={"log_size_before": 2, "log_size": 3}))
