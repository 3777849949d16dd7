"""Driving a network through its public API and seeing for itself what was sealed."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import cbor2
import httpx2

BATCH = 100
"""Statements a request."""

IN_FLIGHT = 6
"""Requests under way at each node: enough to keep the pool filled, few enough not to flood it."""


@dataclass(slots=True)
class Outcome:
    """What the clients saw."""

    sealed: dict[str, int] = field(default_factory=dict)
    """Index of each statement that a node called sealed, by statement id."""
    refused: list[dict[str, Any]] = field(default_factory=list)
    """Refusals, of which there should be none."""
    latency_s: list[float] = field(default_factory=list)
    """From sending to the answer that says sealed."""
    retries: int = 0
    """Requests sent again because a node was gone or busy."""


async def submit_batches(urls: list[str], leaves: list[bytes], outcome: Outcome) -> float:
    """Send everything, spread over the nodes, until all of it is sealed; the seconds it took."""
    batches: asyncio.Queue[list[bytes]] = asyncio.Queue()
    for start in range(0, len(leaves), BATCH):
        batches.put_nowait(leaves[start : start + BATCH])
    begun = time.perf_counter()
    async with httpx2.AsyncClient(timeout=60) as client, asyncio.TaskGroup() as group:
        for turn in range(len(urls) * IN_FLIGHT):
            group.create_task(_sender(client, urls, turn, batches, outcome))
    return time.perf_counter() - begun


async def _sender(
    client: httpx2.AsyncClient,
    urls: list[str],
    turn: int,
    batches: asyncio.Queue[list[bytes]],
    outcome: Outcome,
) -> None:
    while not batches.empty():
        batch = batches.get_nowait()
        while batch:
            begun = time.perf_counter()
            try:
                url = f"{urls[turn % len(urls)]}/v1/statements/batch?wait=final&timeout_ms=30000"
                answer = await client.post(
                    url, content=cbor2.dumps(batch), headers={"content-type": "application/cbor"}
                )
                answer.raise_for_status()
                results = answer.json()["results"]
            except (httpx2.HTTPError, json.JSONDecodeError):
                outcome.retries += 1
                turn += 1
                await asyncio.sleep(0.2)
                continue
            batch = _sort(batch, results, outcome, time.perf_counter() - begun)


def _sort(batch: list[bytes], results: list[dict[str, Any]], outcome: Outcome, seconds: float) -> list[bytes]:
    """Note the outcomes; what is still pending or was turned away for lack of room is to be sent again."""
    again = []
    for leaf, result in zip(batch, results, strict=True):
        if result["status"] == "sealed":
            outcome.sealed[result["id"]] = result["index"]
            outcome.latency_s.append(seconds)
        elif result["status"] == "pending" or result.get("code") == "pool.full":
            outcome.retries += 1
            again.append(leaf)
        else:
            outcome.refused.append(result)
    return again


async def submit_singly(url: str, leaves: list[bytes], pause_s: float) -> list[float]:
    """Send one statement after another to an idle network; seconds until each was final."""
    seconds = []
    async with httpx2.AsyncClient(timeout=60) as client:
        for leaf in leaves:
            begun = time.perf_counter()
            answer = await client.post(
                f"{url}/v1/statements?wait=final",
                content=leaf,
                headers={"content-type": "application/cose"},
            )
            answer.raise_for_status()
            seconds.append(time.perf_counter() - begun)
            await asyncio.sleep(pause_s)
    return seconds
