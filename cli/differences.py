"""What one document says that another does not, field by field, for a person to look at."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from ledger.canonical import document_checksum

_ABSENT = object()


def differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The dotted path of each value that differs, with what it was and what it becomes, in order."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            inner = f"{path}.{name}" if path else str(name)
            yield from differences(old.get(name, _ABSENT), new.get(name, _ABSENT), inner)
    elif isinstance(old, list) and isinstance(new, list):
        for place, pair in enumerate(zip_longest(old, new, fillvalue=_ABSENT)):
            yield from differences(*pair, f"{path}.{place}")
    elif old is _ABSENT or new is _ABSENT or document_checksum({"": old}) != document_checksum({"": new}):
        yield path, f"{_said(old)} -> {_said(new)}"


def _said(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    return "something else" if isinstance(value, dict | list) else str(value)
