"""The OpenAPI document: what the framework finds, and what only we know.

Added here: the raw routes of the hot path, the answers that are not JSON, the
problems that each operation can answer with, and how requests are signed.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from nodes.api import examples, problems, schemas
from nodes.api.events import STREAM_TYPE
from nodes.api.evidence import EVIDENCE_TYPE, KEYS_TYPE, RECEIPT_TYPE
from nodes.api.guard import UNCOUNTED
from nodes.api.limits import DEFAULT_WAIT_MS, MAX_BATCH_STATEMENTS, MAX_WAIT_MS
from nodes.api.metrics import CONTENT_TYPE
from nodes.api.statements import BATCH_TYPE, STATEMENT_TYPE

VERSION = "1"
DESCRIPTION = """\
One node's view of a Sealane ledger. Statements carry their own signature; everything else \
that is not public needs a member's signed request. Errors are problem details (RFC 9457) \
with a stable `code`. \
What a node answers is its word; evidence is what proves it.
"""
REFS = "#/components/schemas/"

PUBLIC: Final = frozenset(
    {
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/v1/status",
        "/v1/genesis",
        "/v1/indicators",
        "/v1/headers/{height}",
        "/v1/validators",
        "/.well-known/scitt-keys",
    }
)
"""Addresses that answer everyone."""

_EITHER: Final = "/v1/indicators"
"""The one of these that shows members more, and so verifies a signature where there is one."""

SUBMISSIONS: Final = frozenset({"/v1/statements", "/v1/statements/batch"})
"""Addresses whose bodies prove themselves."""

SECURITY_SCHEME: Final = {
    "type": "http",
    "scheme": "signature",
    "description": (
        "HTTP Message Signatures (RFC 9421): one signature labelled `sealane`, ecdsa-p256-sha256, over "
        "@method, @authority, @path, @query, sealane-member and, with a body, content-digest (RFC 9530); "
        "parameters created, nonce, keyid (the key's RFC 9679 thumbprint in hexadecimal) and alg."
    ),
}

_BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}
_TEXT = {"type": "string"}
_OBJECT = {"type": "object"}

_OTHER_ANSWERS: Final[dict[tuple[str, str], tuple[str, dict[str, Any], Any]]] = {
    ("/v1/genesis", "get"): ("application/json", _OBJECT, {"version": 1, "name": "Land-sea corridor"}),
    ("/metrics", "get"): (CONTENT_TYPE.partition(";")[0], _TEXT, examples.METRICS),
    ("/v1/events", "get"): (STREAM_TYPE, _TEXT, examples.EVENTS),
    ("/v1/evidence/{key}", "get"): (EVIDENCE_TYPE, _OBJECT, {"format": "sealane-evidence", "version": 1}),
    ("/v1/receipts/{index}", "get"): (RECEIPT_TYPE, _BINARY, "d28458..."),
    ("/.well-known/scitt-keys", "get"): (KEYS_TYPE, _BINARY, "81a7..."),
    ("/v1/contents/{commitment}", "get"): ("application/json", _OBJECT, examples.PACKAGE),
}
_EXPORTED: Final = frozenset({"/v1/entries", "/v1/blocks", "/v1/records", "/v1/search"})


class NodeApi(FastAPI):
    """An application that describes itself completely."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _document(self)
        return self.openapi_schema


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Sealane node API", version=VERSION, description=DESCRIPTION, routes=app.routes
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(_schemas(schemas.Problem, schemas.Batch))
    components["securitySchemes"] = {"memberSignature": SECURITY_SCHEME}
    document["paths"]["/v1/statements"] = {"post": _submit()}
    document["paths"]["/v1/statements/batch"] = {"post": _submit_batch()}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    return document


def _schemas(*models: type[BaseModel]) -> dict[str, Any]:
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models], ref_template=REFS + "{model}"
    )
    found: dict[str, Any] = definitions["$defs"]
    return found


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add to an operation what holds for its kind."""
    responses = operation["responses"]
    if path not in SUBMISSIONS:
        responses.pop("422", None)
    if (path, method) in _OTHER_ANSWERS:
        media_type, schema, example = _OTHER_ANSWERS[path, method]
        responses["200"]["content"] = {media_type: {"schema": schema, "example": example}}
    if path in _EXPORTED:
        _add_exports(responses["200"]["content"])
    if path == "/readyz":
        content = responses["200"]["content"]
        responses["503"] = {"description": "Not ready", "content": content}
    if method == "put":
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _OBJECT, "example": examples.PACKAGE}},
        }
    member = path not in PUBLIC | SUBMISSIONS
    if member:
        operation["security"] = [{"memberSignature": []}]
    for kind in _problems(path, method, member):
        responses.setdefault(str(kind.status), _problem(kind))


def _add_exports(content: dict[str, Any]) -> None:
    """With `format=json` a list is one array of what a page holds, with `format=csv` a table."""
    page = content["application/json"]["schema"]
    rows = {"type": "array", "items": _OBJECT}
    content["application/json"]["schema"] = {"anyOf": [page, rows]}
    content["text/csv"] = {"schema": _TEXT, "example": "index,id,height\n"}


def _problems(path: str, method: str, member: bool) -> list[problems.ProblemKind]:
    found = [problems.HEAD_TOO_LARGE, problems.INTERNAL, problems.BUSY]
    if path not in UNCOUNTED:
        found.append(problems.TOO_MANY)
    if path in PUBLIC and "{" not in path and path not in ("/v1/validators", _EITHER):
        return found
    found += [problems.INVALID, problems.NOT_FOUND]
    if member or path == _EITHER:
        found += [problems.UNSIGNED, problems.FORBIDDEN, problems.TOO_LARGE]
    if path in SUBMISSIONS or method == "put":
        found += [problems.TOO_LARGE, problems.TOO_SLOW]
    if path.startswith("/v1/entries") or path == "/v1/blocks/{height}":
        found.append(problems.PRUNED)
    if path == "/v1/contents/{commitment}":
        found.append(problems.OTHER_CONTENTS)
    if path == "/v1/statements":
        found += [problems.UNSIGNED, problems.SEALED_BEFORE]
    return found


def _problem(kind: problems.ProblemKind) -> dict[str, Any]:
    body = kind(f"{kind.title}.").body
    example = {"type": body.type, "title": body.title, "status": body.status}
    example |= {"detail": body.detail, "code": body.code, "hint": body.hint}
    return {"description": kind.title, "content": _problem_content(example)}


def _problem_content(example: dict[str, Any]) -> dict[str, Any]:
    return {problems.MEDIA_TYPE: {"schema": {"$ref": f"{REFS}Problem"}, "example": example}}


def _json(model: type[BaseModel], description: str) -> dict[str, Any]:
    (example,) = model.model_json_schema()["examples"]
    schema = {"$ref": f"{REFS}{model.__name__}"}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _wait_parameters() -> list[dict[str, Any]]:
    return [
        {
            "name": "wait",
            "in": "query",
            "description": "Until the statement is sealed or refused, or only until it is in the pool.",
            "schema": {"type": "string", "enum": ["final", "none"], "default": "final"},
        },
        {
            "name": "timeout_ms",
            "in": "query",
            "description": "Longest wait.",
            "schema": {"type": "integer", "minimum": 0, "maximum": MAX_WAIT_MS, "default": DEFAULT_WAIT_MS},
        },
    ]


def _submit() -> dict[str, Any]:
    pending = _json(schemas.Pending, "In the pool; its outcome is not known yet")
    pending["headers"] = {
        "Location": {"schema": {"type": "string"}, "description": "Where to ask for the outcome."}
    }
    refused = {"description": "Refused by the contracts", "content": _problem_content(examples.PROBLEM)}
    return {
        "tags": ["statements"],
        "operationId": "submit_statement",
        "summary": "Submit Statement",
        "description": (
            "Submit one signed statement: the bytes of a COSE_Sign1 message. Submitting the same "
            "statement again is harmless and answers with its outcome."
        ),
        "parameters": _wait_parameters(),
        "requestBody": {
            "required": True,
            "content": {STATEMENT_TYPE: {"schema": _BINARY, "example": "d28458..."}},
        },
        "responses": {
            "200": _json(schemas.Sealed, "Sealed before"),
            "201": _json(schemas.Sealed, "Sealed"),
            "202": pending,
            "422": refused,
        },
    }


def _submit_batch() -> dict[str, Any]:
    return {
        "tags": ["statements"],
        "operationId": "submit_statements",
        "summary": "Submit Statements",
        "description": (
            f"Submit up to {MAX_BATCH_STATEMENTS} statements, a CBOR array of byte strings, in their order. "
            "Each has its own outcome."
        ),
        "parameters": _wait_parameters(),
        "requestBody": {
            "required": True,
            "content": {BATCH_TYPE: {"schema": _BINARY, "example": "8258d2..."}},
        },
        "responses": {"200": _json(schemas.Batch, "What became of each")},
    }
