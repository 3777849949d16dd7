"""Who may seal which height: the sets of validators as the records of the ledger appoint them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.simulation.invariants.said import tagged

RECORD = "network/validators"
"""G1: this record after block h is the set that seals h + 2."""
AHEAD = 2


@dataclass(frozen=True)
class Seats:
    """The validators of a height, by seat."""

    names: tuple[str, ...]
    keys: tuple[bytes, ...]
    """Their BLS public keys."""

    @cached_property
    def faults(self) -> int:
        """The most traitors that the protocol must bear: less than a third."""
        return next(f for f in range(len(self.names), -1, -1) if 3 * f < len(self.names))

    @property
    def quorum(self) -> int:
        """What is left of all when as many as may fail are missing."""
        return len(self.names) - self.faults

    @cached_property
    def hash(self) -> bytes:
        """What headers and votes commit to."""
        seats = [
            {"bls_key": base64.urlsafe_b64encode(key).decode().rstrip("="), "organisation": name}
            for name, key in zip(self.names, self.keys, strict=True)
        ]
        text = json.dumps({"validators": seats}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return tagged("sealane/validators/1", text.encode())

    def seat(self, node: str) -> int | None:
        """The seat of a node's organisation, if it has one."""
        organisation = node.partition("/")[0]
        return self.names.index(organisation) if organisation in self.names else None


def appointed(record: bytes) -> Seats:
    """The set that a record names."""
    seats: list[Any] = json.loads(record)["validators"]
    keys = (base64.urlsafe_b64decode(seat["bls_key"] + "=" * (-len(seat["bls_key"]) % 4)) for seat in seats)
    return Seats(tuple(seat["organisation"] for seat in seats), tuple(keys))


class Timeline:
    """Which set seals which height, as far as blocks have said."""

    def __init__(self, founding: Seats) -> None:
        self._sets = [(1, founding)]

    def at(self, height: int) -> Seats:
        """The set of a height; of one that is not known yet, the newest that is."""
        return next((seats for first, seats in reversed(self._sets) if first <= height), self._sets[0][1])

    def appoint(self, height: int, seats: Seats) -> None:
        """From a height on, others."""
        self._sets.append((height, seats))

    def all(self) -> list[Seats]:
        """Every set there was."""
        return [seats for _, seats in self._sets]

    @property
    def most(self) -> int:
        """The size of the largest that there was."""
        return max(len(seats.names) for seats in self.all())
