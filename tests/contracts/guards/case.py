"""How a guard is broken alone: an act that would be accepted, and one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.world import World


def nothing(world: World) -> None:
    """No change."""


@dataclass(frozen=True, kw_only=True)
class Good:
    """An act that is accepted."""

    act: str
    subject: str
    who: str
    body: Callable[[World], Mapping[str, Any]] = lambda world: {}
    prepare: Callable[[World], Any] = nothing


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The same act with one thing wrong."""

    act: str
    code: str
    field: str
    who: str | None = None
    """Someone else acts."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """Fields that replace those of the good body; None leaves a field out."""
    spoil: Callable[[World], Any] = nothing
    """What is different in the world."""
    subject: str | None = None
    """Another record is acted on."""
    says: str = ""
    """What the message must mention."""
    also: tuple[str, ...] = ()
    """Codes of later conditions that cannot hold when this one does not."""

    def __str__(self) -> str:
        return f"{self.act}-{self.code}-{self.field}"
