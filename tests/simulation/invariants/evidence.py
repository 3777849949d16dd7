"""Whoever contradicts itself before an honest node is charged in an honest witness log, and nobody else is.

A node that verified two contradicting votes has seen an equivocation. Unless it
crashed soon afterwards, what convicts the seat lies on an honest disk in the end:
that very offence, or as many others of the same seat as a node keeps.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import Any

from tests.simulation.invariants.base import Invariant, Setting, Violation
from tests.simulation.invariants.said import Said, ballot_of, in_message

ENOUGH = 8
"""Charges against one validator after which a node keeps no more of them (F4)."""

Offence = tuple[str, int, str]
"""Who, at which height, did what."""


class Evidence(Invariant):
    """Clauses F1 to F4."""

    name = "evidence"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._verified: dict[tuple[str, int, int, int, str], set[bytes]] = {}
        """What each node found genuine, by node, seat, height, round and step."""
        self.seen: dict[Offence, set[str]] = {}
        """Which nodes saw it, of those that have not crashed since."""

    def checked(self, node: str, message: bytes, seats: tuple[int, ...]) -> None:
        ballot = ballot_of(message)
        if ballot is None:
            return
        for seat in seats:
            name = self.setting.at(ballot.height).names[seat]
            place = (node, seat, ballot.height, ballot.round, ballot.step)
            contents = self._verified.setdefault(place, set())
            contents.add(ballot.content)
            if len(contents) > 1 and name != node.partition("/")[0]:
                self.seen.setdefault((name, ballot.height, f"two-{ballot.step}s"), set()).add(node)

    def began(self, node: str) -> None:
        """What a node verified before, it compares with nothing any more."""
        for key in [k for k in self._verified if k[0] == node]:
            del self._verified[key]

    def crashed(self, node: str) -> None:
        self.began(node)
        for nodes in self.seen.values():
            nodes.discard(node)

    def finished(self, databases: dict[str, Any], witnesses: dict[str, bytes]) -> None:
        kept: set[Offence] = set()
        for node, data in witnesses.items():
            for record in _records(data):
                for charge in record["charges"]:
                    self._check(node, record["height"], charge)
                    kept |= {(name, record["height"], charge["offence"]) for name in charge["guilty"]}
        for offence, nodes in self.seen.items():
            name, height, what = offence
            if nodes and offence not in kept and sum(name == other for other, _, _ in kept) < ENOUGH:
                raise Violation(
                    f"{', '.join(sorted(nodes))} saw {what} of {name} at height {height}, "
                    "and no honest witness log has them"
                )

    def _check(self, node: str, height: int, charge: Any) -> None:
        """A charge must hold, and name no honest validator."""
        first, second = charge["first"], charge["second"]
        if not _contradict(first, second):
            raise Violation(f"{node} keeps as evidence what is no contradiction: {charge}")
        validators = self.setting.at(height)
        both = _seats(first) & _seats(second)
        if both and max(both) >= len(validators.names):
            raise Violation(f"{node} charges a seat that there is not at height {height}")
        guilty = {validators.names[seat] for seat in both}
        if guilty != set(charge["guilty"]) or not guilty <= self.setting.traitors:
            raise Violation(f"{node} charges {', '.join(charge['guilty'])}; guilty: {', '.join(guilty)}")
        for one in (first, second):
            keys = [validators.keys[seat] for seat in sorted(_seats(one))]
            try:
                self.setting.verify(keys, self._message(height, one), _decode(one["signature"]))
            except Exception as error:
                raise Violation(f"{node} keeps evidence that does not verify: {error}") from error

    def _message(self, height: int, one: Any) -> bytes:
        said = Said(0, height, one["round"], one["kind"], _content(one)[0], one["valid_round"], b"")
        set_hash = self.setting.at(height).hash
        if one["kind"] != "proposal":
            return in_message(self.setting.network, set_hash, said)
        place = bytes([0]) + height.to_bytes(8, "big") + said.round.to_bytes(4, "big")
        domain = hashlib.sha256(b"sealane/proposal/1").digest() + self.setting.network + set_hash
        return domain + place + said.block_id + said.valid_round.to_bytes(4, "big", signed=True)


def _seats(attestation: Any) -> set[int]:
    bitmap = int.from_bytes(_decode(attestation["signers"]), "little")
    return {seat for seat in range(bitmap.bit_length()) if bitmap >> seat & 1}


def _records(data: bytes) -> Iterator[Any]:
    """The records of a witness log whose checksum holds."""
    for line in data.split(b"\n"):
        checksum, _, payload = line.partition(b" ")
        if payload and checksum == b"%08x" % zlib.crc32(payload):
            record = json.loads(payload)
            yield {"charges": [], **record}


def _contradict(first: Any, second: Any) -> bool:
    if first["kind"] == second["kind"]:
        return bool(first["round"] == second["round"] and _content(first) != _content(second))
    commit, vote = (first, second) if first["kind"] == "precommit" else (second, first)
    nil = bytes(32)
    return bool(
        (commit["kind"], vote["kind"]) == ("precommit", "prevote")
        and nil not in (_content(commit)[0], _content(vote)[0])
        and _content(commit)[0] != _content(vote)[0]
        and vote["valid_round"] < commit["round"] < vote["round"]
    )


def _content(attestation: Any) -> tuple[bytes, int]:
    return bytes.fromhex(attestation["block_id"]), attestation["valid_round"]


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
