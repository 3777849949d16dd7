"""An honest node that precommitted a block prevotes nothing later on the strength of an older polka, or none.

This is the lock (D4), seen from outside: a precommit in round r and a prevote for
any block in a later round with a valid round below r are what convicts of amnesia.
"""

from __future__ import annotations

from tests.simulation.invariants.base import Invariant, Setting, Violation
from tests.simulation.invariants.said import said_in

NIL = bytes(32)


class Locks(Invariant):
    """Over everything that a node ever sent, through all crashes."""

    name = "locks"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._precommits: dict[tuple[str, int], dict[int, bytes]] = {}
        self._prevotes: dict[tuple[str, int], dict[int, int]] = {}
        self._last: dict[str, bytes] = {}

    def sent(self, node: str, payload: bytes) -> None:
        if self._last.get(node) is payload:
            return
        self._last[node] = payload
        for one in said_in(payload):
            if one.seat != self.setting.at(one.height).seat(node) or one.block_id == NIL:
                continue
            if one.step == "precommit":
                self._precommits.setdefault((node, one.height), {})[one.round] = one.block_id
            elif one.step == "prevote":
                self._prevotes.setdefault((node, one.height), {})[one.round] = one.valid_round
            self._compare(node, one.height)

    def _compare(self, node: str, height: int) -> None:
        for locked in self._precommits.get((node, height), ()):
            for round_, valid_round in self._prevotes.get((node, height), {}).items():
                if valid_round < locked < round_:
                    raise Violation(
                        f"{node} precommitted a block at height {height} round {locked}, and prevoted one in "
                        f"round {round_} on a polka of round {valid_round}"
                    )
