"""Blocks and entries as they are committed, as server-sent events (WHATWG HTML section 9.2).

A stream begins with `ready` and goes on with the `block` and `entry` events
above the height that it names, until the reader leaves, lags too far behind,
or the node stops. Whoever reconnects
reads what it missed from `/v1/entries?after=`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from nodes.api import problems
from nodes.api.auth import CurrentMember
from nodes.api.state import Api, ApiState
from nodes.api.streams import HeldStream
from nodes.outcomes import SealedBlock, SealedEntry, Subscription

router = APIRouter(tags=["events"])

EVENT_TYPES = ("block", "entry", "ready")

KEEP_ALIVE_S = 15.0
"""Silence after which a comment is sent, so that proxies keep the line and dead readers are noticed."""

STREAM_TYPE = "text/event-stream"


@router.get("/v1/events", response_class=Response)
async def get_events(
    api: ApiState,
    member: CurrentMember,
    types: Annotated[
        str, Query(max_length=64, description="Comma-separated kinds of event to send: all unless told.")
    ] = ",".join(EVENT_TYPES),
) -> Response:
    """Follow the ledger."""
    wanted = frozenset(types.split(","))
    if not wanted <= set(EVENT_TYPES):
        raise problems.INVALID(f"Expected some of {', '.join(EVENT_TYPES)}.", at="types")
    return HeldStream(
        follow(api, wanted),
        api.limits.subscribers.holding(),
        api.limits.subscribing(member.member),
        media_type=STREAM_TYPE,
        headers={"x-accel-buffering": "no"},
    )


async def follow(api: Api, wanted: frozenset[str]) -> AsyncIterator[bytes]:
    """The stream of these kinds of event, from the newest block on."""
    outcomes = api.services.outcomes
    subscription = outcomes.subscribe()
    try:
        tip = api.services.application.info()
        ready = {
            "height": tip.height,
            "time_ms": tip.header.time_ms,
            "ready": api.services.engine.status().ready,
        }
        yield _event("ready", ready) if "ready" in wanted else b": stream\n\n"
        while True:
            try:
                block = await _next(subscription)
            except TimeoutError:
                yield b": waiting\n\n"
                continue
            if block is None:
                return
            if block.height <= tip.height:
                continue  # it was committed before the stream began and told after
            data = b"".join(_events(block, wanted))
            if data:
                yield data
    finally:
        outcomes.unsubscribe(subscription)


async def _next(subscription: Subscription) -> SealedBlock | None:
    async with asyncio.timeout(KEEP_ALIVE_S):
        return await subscription.queue.get()


def _events(block: SealedBlock, wanted: frozenset[str]) -> Iterator[bytes]:
    if "block" in wanted:
        line = {
            "height": block.height,
            "block_id": block.block_id,
            "time_ms": block.time_ms,
            "entries": len(block.entries),
        }
        yield b"id: %d\n" % block.height + _event("block", line)
    if "entry" in wanted:
        for entry in block.entries:
            yield _event("entry", _entry(entry, block.height))


def _entry(entry: SealedEntry, height: int) -> dict[str, object]:
    return {
        "index": entry.index,
        "id": entry.id,
        "act": entry.act,
        "subject": entry.subject,
        "issuer": entry.issuer,
        "height": height,
    }


def _event(name: str, data: Mapping[str, object]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode("ascii"), msgspec.json.encode(data))
