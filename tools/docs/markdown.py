"""Pieces of Markdown that several generators need."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 110
"""Longest line of prose."""


def notice(source: str) -> str:
    """The comment that says what a page is made from."""
    return f"<!-- Made from {source} by `python -m tools.docs --write`; do not edit. -->"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table; line breaks and bars within cells are made harmless."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def page(parts: Iterable[str]) -> str:
    """A page of parts, an empty line between each two, empty parts left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def wrapped(text: str) -> str:
    """Prose, its paragraphs filled anew."""
    fill = textwrap.TextWrapper(width=WIDTH, break_long_words=False, break_on_hyphens=False).fill
    return "\n\n".join(fill(" ".join(part.split())) for part in text.split("\n\n"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
