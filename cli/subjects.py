"""What a person calls a thing, turned into the key of its record.

A record key (`bill/9f2c...`) stands for itself. A bill's number `CODE:REF`, a
container's, or a declaration's is looked up in the index of the node, which
knows the contents it may hold; the ledger itself does not know numbers.
"""

from __future__ import annotations

import re
from typing import Any

from cli.client import Client
from cli.errors import CliError, ExitCode

SHOWN = 5
"""Most candidates that an error lists."""

_KEY = re.compile(r"[a-z_]+/[a-z0-9-]+(/[a-z0-9-]+)*")
_BILL = re.compile(r"[A-Za-z0-9]{2,4}:[^\s:]+(:[^\s:]+)?")
_CONTAINER = re.compile(r"[A-Za-z]{4}[0-9]{7}")


def resolve_subject(client: Client, text: str, *, kind: str | None = None) -> str:
    """The record key that `text` names.

    `kind` (`bill`, `declaration`, ...) narrows a search, and lets 64 hexadecimal
    digits alone stand for a key. Raises `CliError` when nothing, or more than one
    thing, is found.
    """
    if _KEY.fullmatch(text):
        return text
    if kind is not None and re.fullmatch(r"[0-9a-f]{32,64}", text):
        return f"{kind}/{text}"
    return str(find_one(client, text, kind=kind)["key"])


def find_one(client: Client, text: str, *, kind: str | None = None) -> dict[str, Any]:
    """The one thing that the node's index knows under a number; `CliError` otherwise."""
    found = search(client, text, kind=kind)
    items = [item for item in found if kind is None or item["kind"] == kind]
    if len(items) == 1:
        return items[0]
    noun = kind or "record"
    if not items:
        raise CliError(
            f"the node knows no {noun} {text}",
            why="A node can look up only what it holds the contents of.",
            do="Give the record key, or ask the node of a party: --node ORG.",
            exit_code=ExitCode.REFUSED,
            code="subject.unknown",
        )
    raise CliError(
        f"{text} names more than one {noun}",
        why="; ".join(_describe(item) for item in items[:SHOWN]),
        do="Give the record key of the one you mean.",
        code="subject.unclear",
    )


def search(client: Client, text: str, *, kind: str | None = None) -> list[dict[str, Any]]:
    """What the node's index finds under a number of a container, bill or declaration, or any text."""
    if kind == "declaration" and not (_CONTAINER.fullmatch(text) or _BILL.fullmatch(text)):
        query = {"declaration": text}
    elif _CONTAINER.fullmatch(text):
        query = {"container": text.upper()}
    elif _BILL.fullmatch(text):
        query = {"bill": text}
    else:
        query = {"text": text}
    items: list[dict[str, Any]] = client.get("/v1/search", **query)["items"]
    return items


def _describe(item: dict[str, Any]) -> str:
    summary = item.get("summary") or {}
    words = ", ".join(str(value) for value in summary.values()) if isinstance(summary, dict) else str(summary)
    return f"{item['key']} ({words})" if words else str(item["key"])
