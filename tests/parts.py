"""Parts of batches, as tests of every layer make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from contracts.execution import make_body
from ledger import canonical
from ledger.batch import Part


def make_part(act: str, subject: str, version: int, body: Mapping[str, Any] | None = None) -> Part:
    """One act of a batch, whose body is that of the current rules."""
    raw = msgspec.Raw(canonical.encode(make_body(act, body or {})))
    return Part(type=act, subject=subject, expected_version=version, body=raw)
