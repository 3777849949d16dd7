"""The page of the HTTP API, read from the OpenAPI document that every node serves.

The document is made by an application without a node: its routes and models are
known before there is anything behind them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from nodes.api.app import create_app
from nodes.api.problems import MEDIA_TYPE
from nodes.clock import SystemClock
from nodes.config import ApiSection
from nodes.services import NodeServices
from tools.docs.markdown import notice, page, table, wrapped

INTRODUCTION = """\
A node serves this at its API port, and the same as OpenAPI at `/openapi.json`. What a node answers is its
word; evidence is what proves it.

- **Reading.** Addresses marked *public* answer everyone. All others need a request signed by a member of the
  network: HTTP Message Signatures (RFC 9421), one signature labelled `sealane`, `ecdsa-p256-sha256`, over
  `@method`, `@authority`, `@path`, `@query`, `sealane-member` and, with a body, `content-digest` (RFC 9530).
  Its parameters are `created` (within 60 s of the node's clock), `nonce` (used once), `keyid` (the key's
  RFC 9679 thumbprint, hexadecimal) and `alg`. `ledger/requests.py` is both sides of it.
- **Writing.** Statements carry their own signature and need no other.
- **Errors** are problem documents (RFC 9457) with a stable `code`, the `field` at fault where there is one, a
  `hint`, and for refused statements whether that is `final`. Codes of refusals: [refusals](refusals.md).
- **Lists** come in pages; `next` of one page is the cursor of the following one. With `format=csv` or
  `format=json` the rest of a list is written out in full.

Every operation may also answer 429 (too often, see Retry-After), 431 (head too large), 500 (a fault) and 503
(busy); those that are not public also 401 (not signed, or not by a member), 403, 404 and 413."""

EVERYWHERE = frozenset({"400", "401", "403", "404", "413", "429", "431", "500", "503"})
"""Problems that the introduction explains once."""


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of a node."""
    nothing = SimpleNamespace(
        config=SimpleNamespace(api=ApiSection(port=1)), engine=None, store=None, clock=SystemClock()
    )
    return create_app(cast(NodeServices, nothing)).openapi()


def api_page() -> str:
    """The text of `docs/reference/api.md`."""
    document = openapi_document()
    schemas = document["components"]["schemas"]
    parts = ["# HTTP API", notice("nodes/api/"), INTRODUCTION]
    for tag, operations in _by_tag(document).items():
        parts.append(f"## {tag.capitalize()}")
        for method, path, operation in operations:
            parts += _operation(method, path, operation)
    parts += ["## Shapes", "What the answers above are made of. Fields marked * are always there."]
    for name in sorted(set(schemas) - {"HTTPValidationError", "ValidationError"}):
        parts += _model(name, schemas[name])
    return page(parts)


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            found.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return found


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### `{method} {path}`"
    signed = "security" in operation
    proven = "" if signed or method != "POST" else " Statements prove themselves."
    access = "Signed by a member." if signed else f"Public.{proven}"
    yield wrapped(f"{operation['description']} *{access}*")
    rows = [
        (f"`{item['name']}`", item["in"], type_words(item["schema"]), item.get("description", ""))
        for item in operation.get("parameters", ())
    ]
    yield table(("parameter", "in", "type", "meaning"), rows) if rows else ""
    body = operation.get("requestBody", {}).get("content", {})
    yield f"Body: {', '.join(f'`{kind}`' for kind in body)}." if body else ""
    yield table(("answer", "media type", "shape", "when"), _answers(operation))


def _answers(operation: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for status, answer in sorted(operation["responses"].items()):
        for kind, content in answer.get("content", {}).items():
            if status in EVERYWHERE and kind == MEDIA_TYPE:
                continue
            said = answer["description"].replace("Successful Response", "done")
            yield status, f"`{kind}`", type_words(content.get("schema", {})), said


def _model(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield wrapped(schema.get("description", ""))
    required = schema.get("required", ())
    rows = [
        (f"`{field}`{'*' if field in required else ''}", type_words(kind), kind.get("description", ""))
        for field, kind in schema.get("properties", {}).items()
    ]
    yield table(("field", "type", "meaning"), rows) if rows else f"One of {_values(schema)}."
    for example in schema.get("examples", ())[:1]:
        yield f"```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```"


def type_words(schema: dict[str, Any]) -> str:
    """A JSON schema in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(type_words(part) for part in schema["anyOf"] if part.get("type") != "null")
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return _values(schema)
    if schema.get("type") == "array":
        return f"list of {type_words(schema.get('items', {}))}"
    return {"object": "object", "integer": "integer", "boolean": "true or false", "string": "text"}.get(
        schema.get("type", ""), "any"
    )


def _values(schema: dict[str, Any]) -> str:
    return ", ".join(f"`{value}`" for value in schema.get("enum", ()))
