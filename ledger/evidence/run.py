"""One verification under way: the file, what the reader trusts, and what the checks established so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import rfc8785

from ledger.block import Header
from ledger.bls import BlsBackend
from ledger.disclosure import Path
from ledger.errors import EvidenceError
from ledger.evidence.anchor import Anchor, SetTimeline, VerifiedSeals
from ledger.evidence.model import Evidence
from ledger.evidence.report import Check, ProvenStatement
from ledger.primitives import Hash
from ledger.statement import Statement

CONTENTS_FIELD = "contents"
"""Field of a record that holds the commitment to its contents."""

STATUS_FIELD = "state"
"""Field of a record that says where it stands in its life cycle."""


@dataclass(slots=True)
class Run:
    """The checks made so far and what they established."""

    evidence: Evidence
    anchor: Anchor
    bls: BlsBackend
    verified: VerifiedSeals | None = None
    checks: list[Check] = field(default_factory=list)
    timeline: SetTimeline | None = None
    headers: dict[int, Header] = field(default_factory=dict)
    signers: tuple[str, ...] = ()
    statements: list[ProvenStatement] = field(default_factory=list)
    parsed: list[Statement] = field(default_factory=list)
    record: dict[str, object] | None = None
    document: dict[str, object] | None = None
    number: str = ""
    fields: tuple[tuple[Path, object], ...] = ()
    discloser: str = ""

    @property
    def network(self) -> Hash:
        """Network id that the file names."""
        return Hash(bytes.fromhex(self.evidence.network))

    def newest(self) -> Header:
        """The newest header that was shown to be sealed."""
        return self.headers[max(self.headers)]

    def sets(self) -> SetTimeline:
        """Which set seals which height, once the anchor is established."""
        if self.timeline is None:
            raise EvidenceError("the anchor was not established", field="network")
        return self.timeline


def written(value: object) -> str:
    """A value of a record or document as people write it: text as it is, anything else as RFC 8785 has it."""
    return value if isinstance(value, str) else rfc8785.dumps(value).decode()  # type: ignore[arg-type]
