"""The ledger as each node tells it over its API, and as its database holds it."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.client import Client

PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A committed block."""

    height: int
    id: str
    time_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the log."""

    index: int
    id: str
    height: int
    leaf: bytes
    subject: str
    act: str
    actor: str
    body: dict[str, Any]
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What one node says the ledger is, up to a height."""

    node: str
    blocks: tuple[Block, ...]
    entries: tuple[Entry, ...]
    """Without entry 0, the genesis."""


def read_ledger(node: str, client: Client, height: int) -> Ledger:
    """A node's blocks and entries up to a height, oldest first."""
    blocks = []
    before: int | None = height + 1
    while before is not None:
        page = client.get("/v1/blocks", before=before, limit=PAGE)
        blocks += [Block(height=b["height"], id=b["block_id"], time_ms=b["time_ms"]) for b in page["items"]]
        before = page.get("next_before")
    entries = [entry for entry in _entries(client) if entry.height <= height]
    return Ledger(node=node, blocks=tuple(reversed(blocks)), entries=tuple(entries))


def _entries(client: Client) -> Iterator[Entry]:
    after: int | None = 0
    while after is not None:
        page = client.get("/v1/entries", after=after, limit=PAGE)
        for item in page["items"]:
            yield Entry(
                index=item["index"],
                id=item["id"],
                height=item["height"],
                leaf=_base64url(item["leaf"]),
                subject=item["subject"],
                act=item["act"],
                actor=item["issuer"],
                body=item["body"],
                expected=item["expected_version"],
            )
        after = page.get("next_after")


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


Rows = list[tuple[Any, ...]]


def told_rows(ledger: Ledger) -> tuple[Rows, Rows]:
    """What a node's database must hold, going by its API."""
    blocks: Rows = [(block.height, block.id, block.time_ms) for block in ledger.blocks]
    entries: Rows = [(entry.index, entry.id, entry.height, entry.leaf) for entry in ledger.entries]
    return blocks, entries


def stored_rows(database: Path, height: int) -> tuple[Rows, Rows]:
    """The same of a stopped node's database, read without the node's software."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as file:
        blocks = file.execute(
            "SELECT height, lower(hex(id)), time_ms FROM block WHERE height <= ? ORDER BY height", (height,)
        ).fetchall()
        entries = file.execute(
            'SELECT "index", lower(hex(statement_id)), height, leaf FROM entry '
            'WHERE "index" > 0 AND height <= ? ORDER BY "index"',
            (height,),
        ).fetchall()
    file.close()
    return blocks, entries


def store(ledger: Ledger, folder: Path) -> None:
    """Keep what a node told, for whoever looks into a finding."""
    lines = [
        json.dumps([e.index, e.height, e.id, e.act, e.subject, e.expected, e.actor]) for e in ledger.entries
    ]
    blocks = [json.dumps([b.height, b.id, b.time_ms]) for b in ledger.blocks]
    (folder / f"{ledger.node}.entries.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / f"{ledger.node}.blocks.jsonl").write_text("\n".join(blocks) + "\n", encoding="utf-8")
