"""How the API says no: problem details (RFC 9457) with a stable code, a sentence and what to do.

Each `ProblemKind` is one row of the reference of API problems; refusals of the
contracts keep their own codes. An exception that nobody expected becomes a
problem that tells its reader an incident number and nothing of the inside.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.refusals import Refusal, shorten
from nodes.contents import ContentsError
from nodes.proofs import ProofUnavailable
from nodes.storage import StorageError

MEDIA_TYPE = "application/problem+json"

_AUTHENTICATE = MappingProxyType({"WWW-Authenticate": 'Signature realm="sealane"'})
_CLOSE = MappingProxyType({"Connection": "close"})
_RETRY = MappingProxyType({"Retry-After": "1"})

_log = structlog.get_logger("api")


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The document that is sent."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    field: str = ""
    final: bool | None = None
    id: str = ""
    instance: str = ""


class ApiProblem(Exception):
    """A request cannot be served; carries everything that the answer says."""

    def __init__(self, body: ProblemBody, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(f"{body.code}: {body.detail}")
        self.body = body
        self.headers = headers

    def response(self) -> Response:
        """The answer."""
        return Response(
            msgspec.json.encode(self.body),
            status_code=self.body.status,
            headers=dict(self.headers),
            media_type=MEDIA_TYPE,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    """One way in which the API says no."""

    code: str
    """Stable code."""
    status: int
    """HTTP status."""
    title: str
    """What is wrong, the same for every case."""
    hint: str
    """What to do about it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that such an answer carries."""

    def __call__(self, detail: str, *, at: str = "", instance: str = "") -> ApiProblem:
        """The problem for one case, `at` the field or header at fault."""
        body = ProblemBody(
            type=f"urn:sealane:problem:{self.code}",
            title=self.title,
            status=self.status,
            detail=detail,
            code=self.code,
            hint=self.hint,
            field=shorten(at),
            instance=instance,
        )
        return ApiProblem(body, self.headers)


INVALID = ProblemKind(
    code="request.invalid",
    status=400,
    title="The request is malformed",
    hint="Correct the field; /openapi.json describes each request.",
)
UNSIGNED = ProblemKind(
    code="request.unsigned",
    status=401,
    title="This needs a member's signed request",
    hint="Sign the request with a member's key (RFC 9421, label `sealane`), as the sealane client does.",
    headers=_AUTHENTICATE,
)
BAD_SIGNATURE = ProblemKind(
    code="request.signature",
    status=401,
    title="The signature of the request does not verify",
    hint="Check the member, its current key, and that nothing between changes the request.",
    headers=_AUTHENTICATE,
)
STALE = ProblemKind(
    code="request.stale",
    status=401,
    title="The request was signed too long ago or ahead of time",
    hint="Check the clock of the signing machine and sign again.",
    headers=_AUTHENTICATE,
)
REPLAYED = ProblemKind(
    code="request.replayed",
    status=401,
    title="The request was seen before",
    hint="Sign each request anew, with a fresh nonce.",
    headers=_AUTHENTICATE,
)
FORBIDDEN = ProblemKind(
    code="request.forbidden",
    status=403,
    title="The member may not do this now",
    hint="An active member of an organisation in good standing must ask.",
)
NOT_FOUND = ProblemKind(
    code="not-found",
    status=404,
    title="There is nothing here",
    hint="Check the address; what was submitted a moment ago may not be sealed yet.",
)
PRUNED = ProblemKind(
    code="entry.pruned",
    status=410,
    title="This node no longer keeps these entries",
    hint="Ask a node that does: `pruned_below` in /v1/status is 0 on one that keeps all. Headers, seals, "
    "records and their evidence are still here.",
)
METHOD = ProblemKind(
    code="request.method",
    status=405,
    title="The method is not possible here",
    hint="/openapi.json lists the methods of each address.",
)
TOO_SLOW = ProblemKind(
    code="request.too-slow",
    status=408,
    title="The request took too long to arrive",
    hint="Send it again over a better line.",
    headers=_CLOSE,
)
SEALED_BEFORE = ProblemKind(
    code="statement.known",
    status=409,
    title="The ledger holds this statement",
    hint="Nothing is to be done; an archive node can show the entry.",
)
TOO_LARGE = ProblemKind(
    code="request.too-large",
    status=413,
    title="The request is too large",
    hint="Divide it; contents stay off the ledger.",
    headers=_CLOSE,
)
HEAD_TOO_LARGE = ProblemKind(
    code="request.head-too-large",
    status=431,
    title="Address and headers are too large",
    hint="Send fewer or shorter headers.",
    headers=_CLOSE,
)
TOO_MANY = ProblemKind(
    code="request.too-many",
    status=429,
    title="Too many requests",
    hint="Wait as long as Retry-After says, ask for larger pages, or follow /v1/events.",
    headers=MappingProxyType({"Retry-After": "10"}),
)
INTERNAL = ProblemKind(
    code="node.internal",
    status=500,
    title="The node failed on this request",
    hint="Report the incident number to the node's operator, or ask another node.",
)
BUSY = ProblemKind(
    code="node.busy",
    status=503,
    title="The node is busy",
    hint="Send the same request again in a moment, or ask another node.",
    headers=_RETRY,
)
POOL_FULL = ProblemKind(
    code="pool.full",
    status=503,
    title="The pool of pending statements is full",
    hint="Send the same statement again in a moment, or to another node.",
    headers=_RETRY,
)
STORAGE = ProblemKind(
    code="node.storage",
    status=503,
    title="The node cannot read its database",
    hint="Ask another node; the operator finds the cause in the log.",
    headers=MappingProxyType({"Retry-After": "10"}),
)
UNPROVABLE = ProblemKind(
    code="evidence.unavailable",
    status=404,
    title="This cannot be proven here",
    hint="Check the key and the checkpoint, or ask another node.",
)

OTHER_CONTENTS = ProblemKind(
    code="contents.other",
    status=409,
    title="The contents were not stored or shown",
    hint="Contents are for the parties of their record, and must be what it commits to.",
)

KINDS = tuple(value for value in list(globals().values()) if isinstance(value, ProblemKind))
"""Every kind, for the reference."""

_CONTENTS_STATUS = {
    "contents.not-entitled": 403,
    "contents.unavailable": 404,
    "contents.too-many": 429,
    **dict.fromkeys(("contents.other", "contents.sealed", "contents.seal-first", "contents.no-key"), 409),
    "contents.erased": 410,
}
_UNAUTHENTIC = frozenset({"statement.bad-signature", "actor.unknown-member", "actor.unknown-key"})
_MALFORMED = frozenset({"statement.encoding", "statement.signature", "statement.statement", "statement.key"})


def too_many(detail: str, wait_s: int) -> ApiProblem:
    """The problem for one who asks too often and may ask again after so many seconds."""
    return ApiProblem(TOO_MANY(detail).body, {"Retry-After": str(wait_s)})


FINAL_HINT = "This statement will never be accepted; sign another one if the act is still wanted."
LATER_HINT = "Not now: the same statement can still be accepted until its validity ends."


def refusal_status(code: str) -> int:
    """The HTTP status of a refusal."""
    if code in _MALFORMED:
        return 400
    if code in _UNAUTHENTIC:
        return 401
    return SEALED_BEFORE.status if code == SEALED_BEFORE.code else 422


def refusal_problem(refusal: Refusal, statement_id: str = "") -> ApiProblem:
    """The problem that tells a refusal."""
    status = refusal_status(refusal.code)
    body = ProblemBody(
        type=f"urn:sealane:problem:{refusal.code}",
        title="The statement was refused",
        status=status,
        detail=refusal.message,
        code=refusal.code,
        hint=FINAL_HINT if refusal.final else LATER_HINT,
        field=refusal.field,
        final=refusal.final,
        id=statement_id,
    )
    return ApiProblem(body, _AUTHENTICATE if status == HTTPStatus.UNAUTHORIZED else {})


def internal_problem(error: BaseException, where: str) -> ApiProblem:
    """The problem for an exception that nobody expected, which goes to the log under an incident number."""
    incident = secrets.token_hex(8)
    _log.error("request failed", incident=incident, where=where, exc_info=error)
    return INTERNAL(
        f"The incident {incident} is in the node's log.", instance=f"urn:sealane:incident:{incident}"
    )


async def on_problem(_request: Request, error: Exception) -> Response:
    """Answer an `ApiProblem`."""
    if not isinstance(error, ApiProblem):
        raise error
    return error.response()


async def on_validation(_request: Request, error: Exception) -> Response:
    """Answer a parameter that is not as described."""
    if not isinstance(error, RequestValidationError):
        raise error
    first: Any = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    return INVALID(f"{place}: {first['msg']}.", at=place).response()


async def on_http(_request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses: unknown addresses and methods."""
    if not isinstance(error, HTTPException):
        raise error
    kind = {404: NOT_FOUND, 405: METHOD, 413: TOO_LARGE}.get(error.status_code, INVALID)
    problem = kind(str(error.detail))
    response = problem.response()
    response.headers.update(error.headers or {})
    return response


async def on_contents(_request: Request, error: Exception) -> Response:
    """Answer a content that was not stored or shown."""
    if not isinstance(error, ContentsError):
        raise error
    status = _CONTENTS_STATUS.get(error.code, 400)
    kind = replace(OTHER_CONTENTS, code=error.code, status=status)
    return kind(error.message, at=error.field).response()


async def on_unprovable(_request: Request, error: Exception) -> Response:
    """Answer evidence that cannot be made."""
    if not isinstance(error, ProofUnavailable):
        raise error
    return UNPROVABLE(f"{error}.").response()


async def on_storage(request: Request, error: Exception) -> Response:
    """Answer a database that cannot be read."""
    _log.error("storage failed", where=request.url.path, reason=str(error))
    return STORAGE("The database does not answer.").response()


HANDLERS: dict[Any, Any] = {
    ApiProblem: on_problem,
    RequestValidationError: on_validation,
    HTTPException: on_http,
    ContentsError: on_contents,
    ProofUnavailable: on_unprovable,
    StorageError: on_storage,
}
"""What the application answers to which exception; anything else is `internal_problem`."""
