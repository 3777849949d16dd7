"""Checking the state trie: every page against the one above it, the root against the newest header.

Pages come in the order of their paths, so each follows the page that holds its
hash, and what is still expected fits in memory. Whether the leaves are the
records is decided by the exclusive sums of both.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlalchemy import Connection, select

from ledger.primitives import HASH_BYTES
from ledger.state import key_hash, record_hash
from ledger.state.nodes import NO_NODE, join, node_hash
from ledger.state.page import SLOTS, Page
from nodes.checking.findings import Cure, Finding
from nodes.checking.rows import BATCH_ROWS, UNREADABLE
from nodes.storage.models import RECORD, STATE_PAGE


def check_trie(connection: Connection, state_root: str) -> Generator[Finding]:
    """What is wrong with `state_page`, given the state root that the newest header names."""
    expected: dict[str, bytes | None] = {"": bytes.fromhex(state_root)}
    leaves, sound = 0, True
    query = select(STATE_PAGE.c.path, STATE_PAGE.c.data).order_by(STATE_PAGE.c.path)
    for path, data in connection.execute(query, execution_options={"yield_per": BATCH_ROWS}):
        if path not in expected:
            yield _page(path, "is not a page that the trie refers to")
            continue
        wanted = expected.pop(path)
        page = _decoded(data)
        if page is None or (wanted is not None and node_hash(page.root()) != wanted):
            sound = False
            yield _page(path, "does not lead to the hash above it" if page else "cannot be read")
        trusted = page is not None and sound
        for digit in range(SLOTS):
            slot = page.nodes[SLOTS + digit] if page else b"?"
            if page is None or len(slot) == HASH_BYTES:
                expected[f"{path}{digit:x}"] = slot if trusted else None
            elif slot:
                leaves ^= int.from_bytes(slot, "big")
    for path, wanted in expected.items():
        if wanted is not None:
            sound = False
            yield _page(path, "is missing")
    if sound and leaves != _records(connection):
        problem = "the pages agree with the newest header, the records do not agree with the pages"
        yield Finding(place="record", row="", problem=problem, cure=Cure.REBUILD)


def _decoded(data: bytes) -> Page | None:
    """The page, or None when its bytes are none or the hashes within it contradict each other."""
    try:
        page = Page.decode(data)
        nodes = page.nodes
        inner = all(nodes[index] == join(nodes[2 * index], nodes[2 * index + 1]) for index in range(2, SLOTS))
    except UNREADABLE:
        return None
    return page if inner and page.root() != NO_NODE else None


def _records(connection: Connection) -> int:
    total = 0
    query = select(RECORD.c.key, RECORD.c.value)
    for key, value in connection.execute(query, execution_options={"yield_per": BATCH_ROWS}):
        try:
            total ^= int.from_bytes(key_hash(key) + record_hash(value), "big")
        except UNREADABLE:
            return -1
    return total


def _page(path: str, problem: str) -> Finding:
    return Finding(place="state_page", row=f"path {path!r}", problem=problem, cure=Cure.REBUILD)
