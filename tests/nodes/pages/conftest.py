from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from contracts.documents.package import encode_package
from ledger.sealing import encode_sealed
from tests.nodes.api.rig import CLERK, TRADER, Rig
from tests.nodes.api.test_privacy import Trade, genesis
from tests.nodes.pages.browser import Browser


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A customs office's node whose carrier can issue bills."""
    made = Rig(tmp_path, genesis=genesis())
    yield made
    await made.close()


@pytest_asyncio.fixture
async def anybody(rig: Rig) -> AsyncIterator[Browser]:
    """A browser that nobody let in."""
    made = Browser(rig)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def clerk(rig: Rig) -> AsyncIterator[Browser]:
    """A browser of the customs clerk."""
    made = Browser(rig)
    assert (await made.sign_in(CLERK)).status_code == 303
    yield made
    await made.close()


class TradeHere(Trade):
    """The same, at a node that may open what the trader reads."""

    async def read(self) -> None:
        self.rig.network.held[self.bill.commitment().hex().encode()] = encode_sealed(self.sealed(self.bill))
        for package in self.packages:
            path = f"/v1/contents/{package.commitment().hex()}"
            answer = await self.rig.get(path, member=TRADER, subject=package.subject)
            assert answer.content == encode_package(package)


@pytest_asyncio.fixture
async def trade(rig: Rig) -> Trade:
    """A bill, its import declaration with an open question, and an invoice."""
    made = TradeHere(rig)
    await made.play()
    return made
