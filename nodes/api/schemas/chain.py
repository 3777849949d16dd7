"""Headers, seals, validators and blocks."""

from __future__ import annotations

from pydantic import BaseModel

from nodes.api import examples
from nodes.api.schemas.base import described


class Header(BaseModel):
    """The header of a block, as validators sign it (canonical JSON)."""

    model_config = described(examples.HEADER)

    version: int
    rules_version: int
    network: str
    height: int
    time_ms: int
    parent: str
    parent_seal_hash: str
    proposer: str
    log_size_before: int
    log_size: int
    log_root: str
    state_root: str
    validators_hash: str
    next_validators_hash: str


class Seal(BaseModel):
    """Aggregate BLS signature of a quorum over a header."""

    model_config = described(examples.SEAL)

    height: int
    round: int
    block_id: str
    signers: str
    """Bitmap of the seats that signed."""
    signature: str


class SealedHeader(BaseModel):
    """A header, its id and its seal."""

    model_config = described({"header": examples.HEADER, "block_id": examples.HASH, "seal": examples.SEAL})

    header: Header
    block_id: str
    seal: Seal | None
    """None for the genesis, and while the seal is on its way."""


class Validator(BaseModel):
    """One seat."""

    model_config = described({"organisation": "qinzhou-customs", "bls_key": examples.BLS_KEY})

    organisation: str
    bls_key: str


class Validators(BaseModel):
    """The set that seals a height."""

    model_config = described(examples.VALIDATORS)

    height: int
    validators: tuple[Validator, ...]
    quorum: int
    """How many must sign."""
    faults: int
    """How many may be faulty."""
    hash: str
    """What headers commit to."""


class BlockLine(BaseModel):
    """One line of a list of blocks."""

    model_config = described(examples.BLOCK_LINE)

    height: int
    block_id: str
    time_ms: int
    proposer: str
    entries: int
    """How many entries it holds."""
    log_size: int


class Blocks(BaseModel):
    """Blocks, newest first."""

    model_config = described({"items": [examples.BLOCK_LINE], "next_before": 512})

    items: tuple[BlockLine, ...]
    next_before: int | None
    """Pass as `before` for the rest; None at the end."""


class EntryLine(BaseModel):
    """An entry in short."""

    model_config = described(examples.ENTRY_LINE)

    index: int
    id: str
    act: str
    subject: str
    issuer: str


class Block(BaseModel):
    """A block with who signed it and what it holds."""

    model_config = described(examples.BLOCK)

    header: Header
    block_id: str
    seal: Seal | None
    parent_seal: Seal | None
    signed_by: tuple[str, ...]
    """Organisations whose signature is in the seal."""
    missing: tuple[str, ...]
    """Validators whose signature is not; they may have signed later."""
    entries: tuple[EntryLine, ...]
