"""Which charges are known, and how many: what is new enough to keep and to pass on (clause F4).

Whoever lies can lie without end, and each lie is a genuine charge. So of each
validator a few are kept, of different heights or offences: its guilt needs one.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.accountability import Charge, Offence, WitnessRecord

CHARGES_EACH = 8
"""Charges against one validator that are kept and passed on: some 10 kB."""


class Docket:
    """All of one node. Mutable."""

    def __init__(self) -> None:
        self._against: dict[str, set[tuple[str, int, Offence]]] = {}
        """By organisation: validator set, height and offence."""
        self._records: list[WitnessRecord] = []

    def is_news(self, record: WitnessRecord) -> bool:
        """Whether a charge is against somebody of whom nothing like it is kept, and not much else."""
        return any(self._room(name, key) for charge in record.charges for name, key in _keys(record, charge))

    def _room(self, name: str, key: tuple[str, int, Offence]) -> bool:
        known = self._against.get(name, set())
        return key not in known and len(known) < CHARGES_EACH

    def add(self, record: WitnessRecord) -> bool:
        """Keep verified charges; False when they are no news."""
        if not self.is_news(record):
            return False
        for charge in record.charges:
            for name, key in _keys(record, charge):
                if self._room(name, key):
                    self._against.setdefault(name, set()).add(key)
        self._records.append(record)
        return True

    def records(self) -> Sequence[WitnessRecord]:
        """What is kept, oldest first."""
        return self._records

    def guilty(self) -> tuple[str, ...]:
        """Every organisation against which there is a charge, sorted."""
        return tuple(sorted(self._against))


def _keys(record: WitnessRecord, charge: Charge) -> list[tuple[str, tuple[str, int, Offence]]]:
    return [(name, (record.validators, record.height, charge.offence)) for name in charge.guilty]
