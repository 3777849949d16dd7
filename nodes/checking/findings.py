"""What a check finds: one damaged thing, what is wrong with it, and what cures it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

MAX_FINDINGS = 100
"""After this many a check stops: the list is long enough to show how bad it is."""


class Cure(enum.StrEnum):
    """What helps against a finding."""

    REBUILD = "rebuild"
    """Blocks lead to it: `sealane node repair` computes it again."""
    REFETCH = "refetch"
    """Part of the chain: `sealane node repair` drops it, and peers send it again, sealed."""
    RESTORE = "restore"
    """Only this node had it: a backup has it, or the parties to the record send it again."""
    BY_HAND = "by-hand"
    """The sentence says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One damaged thing."""

    place: str
    """The table, or the file."""
    row: str
    """The row by its key, such as `height 7`; empty for the whole."""
    problem: str
    """What is wrong, as the rest of a sentence."""
    cure: Cure

    def as_json(self) -> dict[str, str]:
        """The stable JSON shape."""
        return {
            "place": self.place,
            "row": printable(self.row),
            "problem": printable(self.problem),
            "cure": self.cure.value,
        }

    @property
    def sentence(self) -> str:
        """All of it in a line. Bytes that are no text show as escapes."""
        text = f"{self.place} {self.row}: {self.problem}" if self.row else f"{self.place}: {self.problem}"
        return printable(text)


def printable(text: str) -> str:
    """Text that any terminal and any JSON reader takes, whatever a damaged row held."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
