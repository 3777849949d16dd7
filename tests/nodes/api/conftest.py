from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.nodes.api.rig import Rig


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A node with its API, stopped in the end."""
    made = Rig(tmp_path)
    yield made
    await made.close()
