"""What became of each mutant, line by line in a file, so that a run can be ended and gone on with.

A mutant that was noticed counts as noticed until what it changes is changed
itself. One that was not is tried again as soon as a test, or anything that tests
share, is another, or when more tests may be asked.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tools.mutate.mutant import Mutant


class Outcome(enum.StrEnum):
    """What became of a mutant."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    UNSEEN = "unseen"
    """No test runs it."""


class Line(msgspec.Struct, frozen=True):
    """One line of the file."""

    mutant: str
    number: int
    of: str
    outcome: Outcome
    tests: str
    """Digest of the tests and all that they share."""
    asked: int
    """How many tests were to be asked at most."""
    by: str = ""
    """The test that noticed."""


class Results:
    """The file, and what it says last of each mutant."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_bytes().splitlines() if file.is_file() else []
        known = (msgspec.json.decode(line, type=Line) for line in lines)
        self._known = {(line.mutant, line.number): line for line in known}

    def known(self, mutant: Mutant, tests: str, asking: int) -> Outcome | None:
        """What became of it, where that still counts when so many tests can be asked."""
        line = self._known.get((mutant.name, mutant.number))
        if line is None or line.of != mutant.of:
            return None
        as_before = line.tests == tests and line.asked >= asking
        return line.outcome if line.outcome is Outcome.NOTICED or as_before else None

    def noticed_by(self, mutant: Mutant) -> str:
        """The test that noticed it when it was last tried; empty when none is known."""
        line = self._known.get((mutant.name, mutant.number))
        return "" if line is None else line.by

    def add(self, mutant: Mutant, outcome: Outcome, tests: str, asked: int, by: str = "") -> None:
        """Write one line."""
        line = Line(mutant.name, mutant.number, mutant.of, outcome, tests, asked, by)
        self._known[mutant.name, mutant.number] = line
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as out:
            out.write(msgspec.json.encode(line) + b"\n")


def explanation(mutant: Mutant, known: Mapping[str, str]) -> str | None:
    """Why a survivor means nothing."""
    return known.get(mutant.name)
