"""The shape of a refusal: how a contract says no.

A refused act is an outcome, not an exception inside the core: it has a stable
code for programs, the field at fault, and a sentence for a person. Each contract
lists its codes as `RefusalCode` values in its own `codes.py`; `contracts.catalogue`
gathers them, and the reference pages are written from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.times import utc

MAX_FACT_CHARS = 160
"""Longest quotation of foreign text in a message, so that an answer stays short whatever was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a statement was not accepted."""

    code: str
    """Stable code, such as `bill.not-possessor`."""
    field: str
    """Dotted path of what is at fault; empty when it is the whole."""
    message: str
    """A sentence that says what is wrong and what to do."""
    final: bool
    """False when the same statement may still be accepted later."""


class Refused(Exception):
    """A statement was refused. Raised at the edges of the contracts and by those who call them."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.message}")
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalCode:
    """One way in which an act can be refused: a row of the refusal reference."""

    code: str
    """Stable code, never reused for another meaning."""
    sentence: str
    """What is wrong; names in braces are filled with the facts of the case."""
    hint: str
    """What to do about it."""
    final: bool = False
    """True when the same statement can never be accepted, whatever happens to the state."""

    def refuse(self, field: str = "", **facts: str) -> Refusal:
        """The refusal for one case; `facts` fill the braces of sentence and hint, times in UTC."""
        shown = {name: _said(name, value) for name, value in facts.items()}
        message = f"{self.sentence.format(**shown)} {self.hint.format(**shown)}"
        return Refusal(code=self.code, field=shorten(field), message=message, final=self.final)


def _said(name: str, fact: str) -> str:
    """A fact in a sentence: what is called `..._ms` is a time, or says in words that there is none."""
    return utc(int(fact)) if name.endswith("_ms") and fact.isdecimal() else shorten(fact)


def shorten(text: str) -> str:
    """Foreign text cut to `MAX_FACT_CHARS`."""
    return text if len(text) <= MAX_FACT_CHARS else f"{text[: MAX_FACT_CHARS - 3]}..."
