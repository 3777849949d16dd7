"""What becomes of statements."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from nodes.api import examples
from nodes.api.schemas.base import described


class Sealed(BaseModel):
    """A statement that the ledger accepted."""

    model_config = described(examples.SEALED)

    id: str
    status: Literal["sealed"]
    index: int
    height: int
    time_ms: int
    block_id: str
    round: int
    subject: str
    version: int
    """Version of the subject after the act."""
    writes: tuple[str, ...]
    """Keys of all records that the act wrote. Of a statement sealed long ago, or before the
    node's last start, only the subject is named."""


class Pending(BaseModel):
    """A statement on its way."""

    model_config = described({"id": examples.HASH, "status": "pending"})

    id: str
    status: Literal["pending"]


class RefusedStatement(BaseModel):
    """A statement that was not accepted."""

    model_config = described(examples.REFUSED)

    id: str = ""
    """Empty when the statement could not be read."""
    status: Literal["refused"]
    code: str
    field: str
    detail: str
    final: bool
    """Whether the same statement can never be accepted."""


class Batch(BaseModel):
    """The outcomes of a batch, in its order."""

    model_config = described({"results": [examples.SEALED, examples.REFUSED]})

    results: tuple[Sealed | Pending | RefusedStatement, ...]
