"""Evidence that every check passes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger import canonical
from ledger.evidence import (
    SealedHeader,
    encode_evidence,
)
from tools.vectors.ground import ANCHOR, CHAIN, FULL, Vector, checkpointed, entry, sealed


def good() -> Iterator[Vector]:
    """Evidence that every check passes."""
    yield Vector(
        name="good-full",
        description="A statement, a record, a change of validators and the disclosed document.",
        anchor=ANCHOR,
        evidence=encode_evidence(FULL),
        expect={"bill": "CRLN:CRLN0001", "status": "void|issued", "document.declaredValue": "1231.5"},
        max_age_ms=60_000,
        now_ms=CHAIN.tip.header.time_ms + 60_000,
    )
    bare = msgspec.structs.replace(FULL, genesis=None, contents=None)
    yield Vector(
        name="good-genesis-given",
        description="The reader has the genesis document, so the file needs none.",
        anchor={**ANCHOR, "genesis": canonical.encode(CHAIN.genesis).decode()},
        evidence=encode_evidence(bare),
    )
    early = msgspec.structs.replace(
        FULL, headers=(sealed(1),), entries=(entry(2, 1),), record=None, set_changes=(), contents=None
    )
    yield Vector(
        name="good-statement-only",
        description="One statement in block 1, before the validators changed, and no record.",
        anchor=ANCHOR,
        evidence=encode_evidence(early),
    )
    both = msgspec.structs.replace(
        FULL,
        headers=(sealed(1), sealed(4), sealed(5)),
        entries=(entry(2, 1), entry(3, 4)),
        contents=None,
    )
    yield Vector(
        name="good-history",
        description="Both statements about the bill, each under the header of its own block.",
        anchor=ANCHOR,
        evidence=encode_evidence(both),
    )
    for height in (2, 3):
        anchor, evidence = checkpointed(height)
        yield Vector(
            name=f"good-checkpoint-{height}",
            description=f"Led from block {height}, which the reader trusts.",
            anchor=anchor,
            evidence=encode_evidence(evidence),
        )
    anchor, evidence = checkpointed(4)
    own = (SealedHeader(header=CHAIN.blocks[4].header), FULL.headers[1])
    yield Vector(
        name="good-checkpoint-is-the-header",
        description="The statement stands in the trusted block itself, which needs no seal.",
        anchor=anchor,
        evidence=encode_evidence(msgspec.structs.replace(evidence, headers=own)),
    )
