"""Words that commands take, and which of them was perhaps meant."""

from __future__ import annotations

import importlib
from collections.abc import Iterable


def words_of(source: str) -> list[str]:
    """The words of an enumeration or the names of a table, written `module:Name`."""
    module, _, name = source.partition(":")
    return [str(word) for word in getattr(importlib.import_module(module), name)]


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """`Did you mean X?` for the known word most like `text`; empty when none is."""
    from difflib import get_close_matches

    by_lower = {word.lower(): word for word in known}
    found = get_close_matches(text.lower(), by_lower, n=1)
    return f"Did you mean {by_lower[found[0]]}?" if found and by_lower[found[0]] != text else ""
