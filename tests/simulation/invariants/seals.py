"""Every committed block has a seal by a quorum of the set, over this block, that verifies."""

from __future__ import annotations

import base64
import json

from tests.simulation.invariants.base import Committed, Invariant, Violation
from tests.simulation.invariants.said import Said, in_message


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Seals(Invariant):
    """What proves finality."""

    name = "seals"

    def committed(self, node: str, block: Committed) -> None:
        seal = json.loads(block.seal)
        if (seal["height"], seal["block_id"]) != (block.height, block.block_id.hex()):
            raise Violation(f"{node} stored the seal of another block at height {block.height}")
        bitmap = int.from_bytes(_decode(seal["signers"]), "little")
        validators = self.setting.at(block.height)
        size = len(validators.names)
        seats = [seat for seat in range(size) if bitmap >> seat & 1]
        if bitmap >> size or len(seats) < validators.quorum:
            raise Violation(f"{node}: {len(seats)} of {size} sealed block {block.height}")
        vote = Said(0, block.height, seal["round"], "precommit", block.block_id, -1, b"")
        message = in_message(self.setting.network, validators.hash, vote)
        try:
            self.setting.verify([validators.keys[s] for s in seats], message, _decode(seal["signature"]))
        except Exception as error:
            raise Violation(f"{node}: the seal of block {block.height} does not verify: {error}") from error
