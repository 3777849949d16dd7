"""Submitting statements and learning what became of them.

The hot path of the API: raw routes without the framework's models, so that a
submission costs little beside its signature. The wait for an outcome begins
before the statement is handed to the engine, so no outcome is missed; a
statement that is sealed already is answered like its first submission.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from contracts.refusals import Refusal, Refused
from ledger.errors import LedgerError
from ledger.primitives import Hash, decode_hash
from ledger.statement import MAX_STATEMENT_BYTES, Statement, parse_statement
from nodes.api import problems, schemas
from nodes.api.auth import CurrentMember
from nodes.api.byte_strings import read_byte_strings
from nodes.api.limits import DEFAULT_WAIT_MS, MAX_BATCH_BYTES, MAX_BATCH_STATEMENTS, MAX_WAIT_MS
from nodes.api.queries import sealed_statement
from nodes.api.state import Api, ApiState, api_of, reading
from nodes.engine import PoolFull
from nodes.outcomes import Outcome, Sealed

router = APIRouter(tags=["statements"])

StatementId = Annotated[str, Path(alias="id", description="Statement id, 64 hexadecimal digits.")]

STATEMENT_TYPE = "application/cose"
BATCH_TYPE = "application/cbor"

_SEALED_BEFORE = frozenset({"statement.known", "statement.expired"})
"""Refusals that a statement meets which was sealed some time ago."""

POOL_FULL = Refusal(
    code=problems.POOL_FULL.code,
    field="",
    message="The pool of pending statements is full. Send the same statement again in a moment.",
    final=False,
)


class SealedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that the ledger accepted."""

    id: str
    status: str = "sealed"
    index: int
    height: int
    time_ms: int
    block_id: str
    round: int
    subject: str
    version: int
    writes: tuple[str, ...]


class PendingResult(msgspec.Struct, frozen=True, kw_only=True):
    """A statement on its way."""

    id: str
    status: str = "pending"


class RefusedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that was not accepted."""

    id: str = ""
    status: str = "refused"
    code: str
    field: str
    detail: str
    final: bool


class Wait(StrEnum):
    """How long a submission is held."""

    FINAL = "final"
    """Until the statement is sealed or refused."""
    NONE = "none"
    """Until it is in the pool."""


@dataclass(frozen=True, slots=True)
class _Entered:
    """A statement that passed the check, or what became of it already."""

    id: str
    outcome: Outcome | None
    future: asyncio.Future[Outcome] | None
    repeated: bool = False
    """Sealed before this submission."""


async def submit(request: Request) -> Response:
    """POST /v1/statements."""
    api = api_of(request)
    wait, timeout_s = _wait(request)
    _check_type(request, STATEMENT_TYPE)
    async with api.limits.body(request, MAX_STATEMENT_BYTES) as data:
        with api.limits.waiting.holding():
            (entered,) = await _submit(api, [data], wait, timeout_s)
    return _answer(entered)


async def submit_batch(request: Request) -> Response:
    """POST /v1/statements/batch."""
    api = api_of(request)
    wait, timeout_s = _wait(request)
    _check_type(request, BATCH_TYPE)
    async with api.limits.body(request, MAX_BATCH_BYTES) as data:
        try:
            statements = read_byte_strings(
                data, max_items=MAX_BATCH_STATEMENTS, max_item_bytes=MAX_STATEMENT_BYTES
            )
        except LedgerError as error:
            raise problems.INVALID(f"{error.message}.", at=error.field) from None
        with api.limits.waiting.holding(len(statements)):
            outcomes = await _submit(api, statements, wait, timeout_s)
    results = [_result(entered) for entered in outcomes]
    return _json(msgspec.json.encode({"results": results}), 200)


@router.get("/v1/statements/{id}", response_model=schemas.Sealed | schemas.Pending | schemas.RefusedStatement)
async def get_statement(id_: StatementId, api: ApiState, _: CurrentMember) -> Response:
    """What became of a statement, as far as this node knows."""
    try:
        statement_id = decode_hash(id_, field="id")
    except LedgerError as error:
        raise problems.INVALID(f"{error.message}.", at="id") from None
    outcomes = api.services.outcomes
    found = outcomes.sealed(statement_id) or await reading(sealed_statement, api.services.store, statement_id)
    if found is None and outcomes.pending(statement_id):
        return _json(msgspec.json.encode(PendingResult(id=id_)), 200)
    outcome = found or outcomes.refusal(statement_id)
    if outcome is None:
        pruned = api.services.store.pruned().height
        older = f" It keeps none of blocks below {pruned}: an archive node might." if pruned else ""
        raise problems.NOT_FOUND(f"This node knows no such statement.{older}", at="id")
    return _json(msgspec.json.encode(_result(_Entered(id_, outcome, None))), 200)


def _wait(request: Request) -> tuple[Wait, float]:
    """How the query asks to wait, and for how many seconds."""
    query = request.query_params
    try:
        wait = Wait(query.get("wait", Wait.FINAL))
    except ValueError:
        raise problems.INVALID("Expected `final` or `none`.", at="wait") from None
    text = query.get("timeout_ms", str(DEFAULT_WAIT_MS))
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= MAX_WAIT_MS):
        raise problems.INVALID(f"Expected 0 to {MAX_WAIT_MS} milliseconds.", at="timeout_ms")
    return wait, int(text) / 1000


def _check_type(request: Request, wanted: str) -> None:
    given = request.headers.get("content-type", wanted).partition(";")[0].strip().lower()
    if given not in (wanted, "application/octet-stream"):
        raise problems.INVALID(f"Expected a body of type {wanted}.", at="content-type")


async def _submit(api: Api, statements: Sequence[bytes], wait: Wait, timeout_s: float) -> list[_Entered]:
    """Check all, hand them to the engine in their order, and wait for their outcomes together."""
    arrived_s = api.metrics.now_s()
    if len(statements) == 1:
        checked = [await _check(api, statements[0])]
    else:
        checked = await asyncio.gather(*(_check(api, data) for data in statements))
    entered: list[_Entered] = []
    try:
        for item in checked:
            entered.append(item if isinstance(item, _Entered) else await _enter(api, item))
        futures = [item.future for item in entered if item.future is not None]
        if futures and wait is Wait.FINAL and timeout_s > 0:
            await asyncio.wait(futures, timeout=timeout_s)
        return [await _settle(api, item, arrived_s) for item in entered]
    finally:
        for item in entered:
            if item.future is not None:
                api.services.outcomes.release(Hash(bytes.fromhex(item.id)), item.future)


async def _check(api: Api, data: bytes) -> Statement | _Entered:
    try:
        return await api.services.application.check(data)
    except Refused as refused:
        return await _refused(api, data, refused.refusal)


async def _refused(api: Api, data: bytes, refusal: Refusal) -> _Entered:
    """A refused statement; one that was sealed before is answered with that."""
    try:
        statement_id = parse_statement(data, normalise=True).id
    except LedgerError:
        api.metrics.refused(refusal.code)
        return _Entered("", refusal, None)
    return await _recall(api, statement_id, refusal)


async def _recall(api: Api, statement_id: Hash, refusal: Refusal) -> _Entered:
    if refusal.code in _SEALED_BEFORE:
        outcomes = api.services.outcomes
        found = outcomes.sealed(statement_id) or await reading(
            sealed_statement, api.services.store, statement_id
        )
        if found is not None:
            return _Entered(statement_id.hex(), found, None, repeated=True)
    api.metrics.refused(refusal.code)
    return _Entered(statement_id.hex(), refusal, None)


async def _enter(api: Api, statement: Statement) -> _Entered:
    """Hand a checked statement to the engine, its outcome already expected."""
    outcomes = api.services.outcomes
    future = outcomes.expect(statement.id)
    outcomes.submitted(statement.id)
    try:
        await api.services.engine.submit(statement)
    except BaseException as error:
        outcomes.withdrawn(statement.id)
        outcomes.release(statement.id, future)
        if not isinstance(error, PoolFull):
            raise
        api.metrics.refused(POOL_FULL.code)
        return _Entered(statement.id.hex(), POOL_FULL, None)
    return _Entered(statement.id.hex(), None, future)


async def _settle(api: Api, entered: _Entered, arrived_s: float) -> _Entered:
    """What is known of a statement once the wait is over."""
    if entered.future is None or not entered.future.done():
        return entered
    outcome = entered.future.result()
    if isinstance(outcome, Sealed):
        api.metrics.sealed(arrived_s)
        return _Entered(entered.id, outcome, entered.future)
    recalled = await _recall(api, Hash(bytes.fromhex(entered.id)), outcome)
    return _Entered(entered.id, recalled.outcome, entered.future, recalled.repeated)


def _result(entered: _Entered) -> SealedResult | PendingResult | RefusedResult:
    outcome = entered.outcome
    if outcome is None:
        return PendingResult(id=entered.id)
    if isinstance(outcome, Refusal):
        return RefusedResult(
            id=entered.id,
            code=outcome.code,
            field=outcome.field,
            detail=outcome.message,
            final=outcome.final,
        )
    block, entry = outcome.block, outcome.entry
    return SealedResult(
        id=entry.id,
        index=entry.index,
        height=block.height,
        time_ms=block.time_ms,
        block_id=block.block_id,
        round=block.round,
        subject=entry.subject,
        version=entry.version,
        writes=entry.writes,
    )


def _answer(entered: _Entered) -> Response:
    outcome = entered.outcome
    if isinstance(outcome, Refusal):
        if outcome is POOL_FULL:
            raise problems.POOL_FULL("The node cannot take another statement now.")
        raise problems.refusal_problem(outcome, entered.id)
    body = msgspec.json.encode(_result(entered))
    if outcome is None:
        return _json(body, 202, location=f"/v1/statements/{entered.id}")
    return _json(body, 200 if entered.repeated else 201)


def _json(body: bytes, status: int, location: str = "") -> Response:
    headers = {"location": location} if location else None
    return Response(body, status_code=status, headers=headers, media_type="application/json")


class _RawRoute(Route):
    """A route outside the framework's own, counted under its path like the others."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        return match, {**found, "route": self}


RAW_ROUTES = (
    _RawRoute("/v1/statements", submit, methods=["POST"]),
    _RawRoute("/v1/statements/batch", submit_batch, methods=["POST"]),
)
"""The hot path; `openapi` describes it."""
