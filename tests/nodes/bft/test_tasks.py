"""Tasks of the engine: none dies unseen, and the log says what its reader can use."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
import structlog

from ledger.errors import InvariantViolated
from nodes.bft.timers import Tasks
from nodes.storage import DatabaseUnavailable


async def logged(error: BaseException) -> Mapping[str, Any]:
    """What the log says of a task that ends with an error, once that was reported."""
    failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        raise error

    with structlog.testing.capture_logs() as logs:
        Tasks(failed.set_result).spawn(work(), "sign")
        assert await failed is error
    (line,) = logs
    return line


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), DatabaseUnavailable("the database failed: disk is full")],
)
async def test_trouble_of_the_machine_is_told_in_a_sentence(error: Exception) -> None:
    line = await logged(error)
    assert (line["event"], line["task"], line["reason"]) == ("task failed", "sign", str(error))
    assert "exc_info" not in line


async def test_a_mistake_of_the_software_is_told_with_its_traceback() -> None:
    error = InvariantViolated("asked to propose 3 on top of 7")
    assert (await logged(error))["exc_info"] is error
