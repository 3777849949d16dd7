"""What a mutant is: a small change, said in words, and how it gets into the running program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One small change of the rules."""

    file: str
    """Where, relative to the root; of a table the module of its contract."""
    line: int
    """Line of the change; 0 for a row of a table."""
    place: str
    """Function or row that is changed."""
    change: str
    """What is changed, in words."""
    number: int = 1
    """Which of those that read the same in one place, from 1."""
    of: str
    """Digest of what is changed, as it was: a result counts while that stays."""
    covers: tuple[tuple[str, object], ...]
    """Lines of a file, or the row of an act, of which a test must run one to be able to notice; none when
    nothing that lives can be changed."""
    apply: Callable[[], None]
    """Makes the change in this process."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where} {self.place}: {self.change}"

    @property
    def name(self) -> str:
        """What it is called in files: without its line, so that edits elsewhere do not matter."""
        return f"{self.file} {self.place}: {self.change}"
