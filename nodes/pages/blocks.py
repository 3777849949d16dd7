"""The chain: blocks, who signed them, and what they hold."""

from __future__ import annotations

from collections.abc import Callable

from ledger.block import header_id
from ledger.primitives import MAX_SAFE_INTEGER, EntryIndex, Height
from ledger.seal import seal_signers
from nodes.api import problems, queries, schemas
from nodes.api.state import reading
from nodes.pages.models import SignedBlock
from nodes.pages.routing import Ask, Rows, Shown, page_routes
from nodes.storage import Store

LATEST_BLOCKS = 8
"""Lines of the first page's list."""

MAX_HEIGHT_DIGITS = 15


async def blocks(ask: Ask) -> Shown:
    """All blocks, the newest first; headers are public, and so is how many entries a block has."""
    store = ask.api.services.store

    def fetch(before: int, limit: int) -> tuple[list[schemas.BlockLine], int | None]:
        found = store.blocks_before(Height(before), limit)
        return [queries.block_line(row) for row in found.items], found.next

    return Shown(
        template="blocks.html",
        rows=Rows(kind=schemas.BlockLine, fetch=fetch, start=MAX_SAFE_INTEGER, read_cursor=read_height),
    )


async def block(ask: Ask) -> Shown:
    """One block. Whoever can reach the node sees who signed it, a member also what it holds."""
    store, tip = ask.api.services.store, ask.api.services.application.info().height
    asked = ask.path("height")
    try:
        height = tip if asked == "latest" else read_height(asked)
    except ValueError:
        raise problems.NOT_FOUND("A block has a height, such as 42.", at="height") from None
    head = await reading(signed_block, store, height)
    rows = None
    if ask.actor is not None:
        first = head.log_size - head.entries
        await reading(queries.check_kept, store, first)
        rows = Rows(
            kind=schemas.EntryLine,
            fetch=_entries(store, first, head.log_size),
            start=first - 1,
            read_cursor=read_height,
        )
    return Shown(template="block.html", head=head, rows=rows, values={"newest": tip})


def _entries(
    store: Store, first: int, end: int
) -> Callable[[int, int], tuple[list[schemas.EntryLine], int | None]]:
    """Reads the entries from an index to below another, wherever an address says that a page ended."""

    def fetch(after: int, limit: int) -> tuple[list[schemas.EntryLine], int | None]:
        after = max(after, first - 1)
        wanted = min(limit, end - 1 - after)
        if wanted <= 0:
            return [], None
        found = store.entries_after(after, wanted)
        last = found.items[-1].index if found.items else end
        return [queries.entry_line(row) for row in found.items], last if last < end - 1 else None

    return fetch


def signed_block(store: Store, height: int) -> SignedBlock:
    """A block's header in full, and who signed it; the problem `not-found` when there is none."""
    header = store.header(Height(height))
    if header is None:
        raise problems.NOT_FOUND(f"There is no block {height} here.", at="height")
    seal, validators = store.seal(Height(height)), store.validators_at(Height(max(height, 1)))
    seats = () if seal is None else seal_signers(seal, validators)
    names = [seat.organisation for seat in validators.validators]
    return SignedBlock(
        height=height,
        block_id=header_id(header).hex(),
        time_ms=header.time_ms,
        proposer=header.proposer,
        round=None if seal is None else seal.round,
        entries=header.log_size - header.log_size_before,
        log_size=header.log_size,
        log_root=header.log_root,
        state_root=header.state_root,
        rules_version=header.rules_version,
        parent=header.parent,
        quorum=validators.quorum,
        signed_by=tuple(names[seat] for seat in seats),
        missing=() if seal is None else tuple(n for seat, n in enumerate(names) if seat not in seats),
    )


async def entry(ask: Ask) -> Shown:
    """One entry of the log."""
    ask.member()
    store = ask.api.services.store
    try:
        index = read_height(ask.path("index"))
    except ValueError:
        raise problems.NOT_FOUND("An entry has a number, such as 42.", at="index") from None
    row = await reading(store.entry, EntryIndex(index))
    if row is None:
        await reading(queries.check_kept, store, index)
        raise problems.NOT_FOUND(f"The log has no entry {index}.", at="index")
    return Shown(template="entry.html", head=queries.entry(row))


def read_height(text: str) -> int:
    """A height or place in the log; raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_HEIGHT_DIGITS):
        raise ValueError(text)
    return int(text)


ROUTES = [
    *page_routes("/blocks", blocks),
    *page_routes("/blocks/{height}", block),
    *page_routes("/entries/{index}", entry),
]
