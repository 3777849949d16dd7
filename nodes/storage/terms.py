"""Search terms: how a number or a text is written down so that it can be found again.

Numbers (bills, containers, declarations) lose case and separators. Texts lose
case, accents and punctuation and fall into words; scripts that put no spaces
between words (Thai, Khmer, Chinese and those after them in Unicode) fall into
overlapping pairs of characters instead. A search finds terms that begin with
what was typed. The terms are as private as the contents they come from.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable

MAX_TERM_CHARACTERS = 64
"""Longer words and numbers are cut, in the index and in searches alike."""

MAX_TERMS = 2_000
"""Most terms of one content; what comes after is not indexed."""

MAX_WORDS = 8
"""Most words of one search; what comes after is ignored."""

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = "\u0e00"
"""First character of the first script that is written without spaces (Thai)."""


class TermKind(enum.StrEnum):
    """What a term is."""

    BILL = "bill"
    """Number of a bill of lading."""
    CONTAINER = "container"
    """Container number."""
    DECLARATION = "declaration"
    """Reference of a customs declaration."""
    PARTY = "party"
    """Words of a party's name."""
    TEXT = "text"
    """Words of anything else."""


NUMBERS = (TermKind.BILL, TermKind.CONTAINER, TermKind.DECLARATION)
"""Kinds that are one term each, not words."""


def normalise_number(text: str) -> str:
    """A number without case and separators; empty when nothing is left."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in folded if character.isalnum())[:MAX_TERM_CHARACTERS]


def index_terms(kind: TermKind, text: str) -> tuple[str, ...]:
    """The terms under which `text` is found, each once."""
    if kind in NUMBERS:
        number = normalise_number(text)
        return (number,) if number else ()
    return tuple(dict.fromkeys(term for word in _words(text) for term in _pairs(word, whole=True)))


def content_terms(terms: Iterable[tuple[str, str]]) -> list[tuple[TermKind, str]]:
    """What one content is indexed under, given pairs of term kind and text."""
    found = [(TermKind(kind), term) for kind, text in terms for term in index_terms(TermKind(kind), text)]
    return found[:MAX_TERMS]


def search_terms(kind: TermKind, text: str) -> tuple[str, ...]:
    """The beginnings of terms that a content must all have to match `text`; none for an empty search."""
    if kind in NUMBERS:
        return index_terms(kind, text)
    terms = dict.fromkeys(term for word in _words(text) for term in _pairs(word, whole=False))
    return tuple(terms)[:MAX_WORDS]


def _words(text: str) -> Iterable[str]:
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d")
    bare = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    for word in _WORD.findall(bare):
        yield from re.findall(rf"[{_UNSPACED}-\U0010ffff]+|[^{_UNSPACED}-\U0010ffff]+", word)


def _pairs(word: str, *, whole: bool) -> Iterable[str]:
    """The word itself, or its overlapping pairs; an index (`whole`) also takes the last character alone."""
    if word[0] < _UNSPACED:
        return (word[:MAX_TERM_CHARACTERS],)
    count = len(word) if whole or len(word) == 1 else len(word) - 1
    return [word[start : start + 2] for start in range(count)]
