"""When the ledger has forked, what honest nodes keep names at least f + 1 of the guilty, and nobody else.

The report is made by production code, as an auditor would; whom it may name, and
whether each charge in it holds, is judged here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ledger import canonical
from ledger.accountability import Proof, check_report, make_report
from ledger.accountability.witness import WitnessRecord, parse_line
from ledger.block import Header
from ledger.bls import BlsBackend
from ledger.errors import EncodingError
from ledger.evidence import GenesisAnchor, SealedHeader
from ledger.seal import Seal
from tests.simulation.invariants.base import Committed, Setting, Violation
from tests.simulation.invariants.evidence import Evidence


class Accountability(Evidence):
    """Clause F2."""

    name = "accountability"

    def __init__(
        self, setting: Setting, anchor: GenesisAnchor, bls: BlsBackend, reached: Callable[[str], None]
    ) -> None:
        super().__init__(setting)
        self._anchor = anchor
        self._bls = bls
        self._reached = reached
        self._blocks: dict[int, dict[bytes, Committed]] = {}
        """What was committed at each height, by id."""

    @property
    def fork(self) -> int | None:
        """The lowest height at which honest nodes have committed different blocks."""
        return min((height for height, blocks in self._blocks.items() if len(blocks) > 1), default=None)

    def committed(self, node: str, block: Committed) -> None:
        self._blocks.setdefault(block.height, {}).setdefault(block.block_id, block)

    def finished(self, databases: dict[str, Any], witnesses: dict[str, bytes]) -> None:
        super().finished(databases, witnesses)
        height = self.fork
        if height is None:
            return
        self._reached("F2 the ledger forked")
        records = [(node, record) for node, data in witnesses.items() for record in _kept(data, height)]
        blocks = list(self._blocks[height].items())[:2]
        one, other = (_proof(block) for _, block in blocks)
        report = make_report(one, other, records, self._anchor, self._bls)
        named, seats = set(report.guilty), self.setting.at(height)
        if not named <= self.setting.traitors:
            raise Violation(f"the report on height {height} names {', '.join(sorted(named))}")
        if len(named) <= seats.faults or not report.complete:
            raise Violation(f"the report on height {height} names {len(named)}: {report.missing}")
        charged: set[str] = set()
        for charge in json.loads(canonical.encode(report)).get("charges", ()):
            self._check("the report", height, charge)
            charged |= set(charge["guilty"])
            self._reached(f"F2 named for {charge['offence']}")
        if charged != named:
            raise Violation(f"the report on height {height} names {named}, its charges {charged}")
        check_report(canonical.encode(report), self._anchor, self._bls)


def _proof(block: Committed) -> Proof:
    header = canonical.decode(block.header, Header, max_bytes=10**6)
    seal = canonical.decode(block.seal, Seal, max_bytes=10**6)
    return Proof(headers=(SealedHeader(header=header, seal=seal),))


def _kept(data: bytes, height: int) -> list[WitnessRecord]:
    """The records of a height whose lines are whole."""
    found = []
    for line in data.split(b"\n"):
        try:
            record = parse_line(line + b"\n", field="witness")
        except EncodingError:
            continue
        if record.height == height:
            found.append(record)
    return found
