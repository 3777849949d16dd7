"""What one check of `sealane doctor` found, and what to type about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    name: str
    outcome: Literal["passed", "failed", "warning"]
    sentence: str
    do: str = ""
    """What to type; empty when nothing is to be done."""
