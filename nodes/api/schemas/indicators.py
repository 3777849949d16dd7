"""The indicators, as `docs/indicators.md` defines them."""

from __future__ import annotations

from pydantic import BaseModel

from nodes.api import examples
from nodes.api.schemas.base import described
from nodes.api.schemas.records import AsOf


class Spread(BaseModel):
    """Durations by the nearest rank."""

    model_config = described(examples.SPREAD)

    count: int
    median_ms: int
    p90_ms: int


class Passage(BaseModel):
    """How long containers took from discharge, at one customs office."""

    model_config = described(examples.PASSAGE)

    office: str
    """Empty for containers that no import declaration covers."""
    time: Spread
    ahead: int
    """How many were decided before discharge; they count as 0."""


class RefusedDocuments(BaseModel):
    """Declarations that an office turned away for one reason."""

    model_config = described(examples.REFUSED_DOCUMENTS)

    what: str
    """`refused` or `rejected`."""
    office: str
    reason: str
    """The reason of a refusal, or the first error code of a rejection."""
    count: int


class OpenHolds(BaseModel):
    """Holds of one authority that are open now."""

    model_config = described(examples.OPEN_HOLDS)

    authority: str
    age: Spread
    oldest_ms: int


class Surrendered(BaseModel):
    """Bills whose goods arrived, and those surrendered before."""

    model_config = described(examples.SURRENDERED)

    arrived: int
    before: int


class CarriedLeg(BaseModel):
    """Containers carried from one place to another."""

    model_config = described(examples.CARRIED_LEG)

    mode: str
    """`sea`, `rail`, `road` or `barge`."""
    origin: str
    destination: str
    containers: int
    teu_hundredths: int
    """Hundredths of a TEU, of the containers whose length is known."""
    unsized: int
    """Containers whose length is not."""


class Attendance(BaseModel):
    """How often one validator's signature is missing in seals."""

    model_config = described(examples.ATTENDANCE)

    organisation: str
    due: int
    missed: int


class MadeBlocks(BaseModel):
    """How blocks were made."""

    model_config = described(examples.MADE_BLOCKS)

    first: int
    last: int
    interval: Spread | None
    seals: int
    later_rounds: int
    """Seals that needed more than one round."""
    attendance: tuple[Attendance, ...]


class RefusedCode(BaseModel):
    """Submissions that this node refused with one code."""

    model_config = described({"code": "bill.not-possessor", "count": 3})

    code: str
    count: int


class AtThisNode(BaseModel):
    """What this node saw itself since it started: no other node can tell the same."""

    model_config = described(examples.AT_THIS_NODE)

    since_ms: int
    """When it started, by its clock."""
    finality: Spread | None
    """From a statement's arrival here to its commit here, of the latest ones."""
    refused: tuple[RefusedCode, ...]


class Indicators(BaseModel):
    """The indicators of a window of block time."""

    model_config = described(examples.INDICATORS)

    as_of: AsOf
    days: int
    from_ms: int
    """Where the window begins; it ends with the block."""
    every_line: bool
    """False for strangers, who are not shown lines of few organisations' business."""
    whole: bool
    """False when there was so much in the window that only the newest of it counted."""
    release: tuple[Passage, ...]
    """From discharge to customs release."""
    gate_out: tuple[Passage, ...]
    """From discharge to the gate."""
    refused: tuple[RefusedDocuments, ...]
    holds: tuple[OpenHolds, ...]
    surrendered: Surrendered | None
    """None for strangers, unless enough carriers' bills arrived."""
    legs: tuple[CarriedLeg, ...]
    blocks: MadeBlocks
    here: AtThisNode
