"""Walking a document that may be wrongly shaped.

Rules ask for every value at a path and of a kind; whatever has another type is
left out here, because the shape check has already reported it. So no rule can
crash on a hostile document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

Document = dict[str, Any]
"""A trade document as `ledger.canonical.parse_document` returns it."""

T = TypeVar("T")


def each(document: Any, path: str, kind: type[T], *, base: str = "") -> Iterator[tuple[str, T]]:
    """Every value of type `kind` at `path` below `document`, with its dotted field.

    `path` is like `consignmentItems[].cargoItems[].equipmentReference`; `[]`
    stands for every item of a list. `base` is the field of `document` itself.
    """
    for field, value in _walk(document, path.split("."), base):
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            yield field, value


def _walk(value: Any, names: list[str], field: str) -> Iterator[tuple[str, Any]]:
    if not names:
        yield field, value
        return
    name = names[0].removesuffix("[]")
    if not isinstance(value, dict) or name not in value:
        return
    inner, inner_field = value[name], join(field, name)
    if not names[0].endswith("[]"):
        yield from _walk(inner, names[1:], inner_field)
    elif isinstance(inner, list):
        for index, item in enumerate(inner):
            yield from _walk(item, names[1:], f"{inner_field}[{index}]")


def join(field: str, name: str) -> str:
    """The dotted field of `name` inside `field`."""
    return f"{field}.{name}" if field else name


def pointer(field: str) -> str:
    """The JSON pointer (RFC 6901) of a field with names of the standard: `/transports/vesselVoyages/0`."""
    return "".join(f"/{part}" for part in field.replace("[", ".").replace("]", "").split(".") if part)


def pointer_into(field: str, name: str) -> str:
    """The JSON pointer of whatever name a document has inside `field`."""
    return f"{pointer(field)}/{name.replace('~', '~0').replace('/', '~1')}"


def first(document: Any, path: str, kind: type[T]) -> T | None:
    """The first value of type `kind` at `path`, or None."""
    return next((value for _, value in each(document, path, kind)), None)
