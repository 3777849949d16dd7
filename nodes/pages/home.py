"""The first page: where to search, how the node is doing, and what was sealed last."""

from __future__ import annotations

from ledger.primitives import MAX_SAFE_INTEGER, Height
from nodes.api import queries
from nodes.api.state import reading
from nodes.api.status import status_of
from nodes.pages.blocks import LATEST_BLOCKS
from nodes.pages.routing import Ask, BrowserRoute, Form, Shown, answering


async def home(ask: Ask) -> Shown:
    """The first page."""
    found = await reading(ask.api.services.store.blocks_before, Height(MAX_SAFE_INTEGER), LATEST_BLOCKS)
    blocks = [queries.block_line(row) for row in found.items]
    return Shown(template="home.html", head=status_of(ask.api), values={"blocks": blocks})


ROUTES = [BrowserRoute("/", answering(home, Form.HTML), methods=["GET"])]
"""For people; programs get the API's answer at the same address."""
