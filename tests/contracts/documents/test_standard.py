"""Our table of fields against the published standard, read with a reader of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.documents.model_document import TRANSPORT_DOCUMENT
from contracts.documents.shape import Flag, ListOf, Number, Record, Text, Whole


def published_schemas(text: str) -> dict[str, Any]:
    """`components.schemas` of an OpenAPI file in block-style YAML, descriptions left out."""
    body = text[text.index("\n  schemas:\n") + 1 :]
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return block([(len(line) - len(line.lstrip()), line.strip()) for line in lines])["schemas"]


def block(lines: list[tuple[int, str]]) -> Any:
    """The mapping or list that starts at the first line; `lines` is consumed as far as it reaches."""
    depth = lines[0][0]
    values: dict[str, Any] = {}
    items: list[Any] = []
    while lines and lines[0][0] == depth:
        _, line = lines.pop(0)
        if line.startswith("- "):
            entry = line[2:]
            if not entry.startswith(("'", '"')) and (entry.endswith(":") or ": " in entry):
                lines.insert(0, (depth + 2, entry))
                items.append(block(lines))
            else:
                items.append(scalar(entry))
            continue
        name, _, value = line.partition(":")
        deeper = bool(lines) and lines[0][0] > depth
        if not value.strip() and deeper:
            values[scalar(name)] = block(lines)
        else:
            values[scalar(name)] = scalar(value.strip())
            while lines and lines[0][0] > depth:
                lines.pop(0)
    return items or values


def scalar(text: str) -> Any:
    return int(text) if text.isdigit() else text.strip("'\"")


def as_written(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of the published standard with its reference followed."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def compare(schemas: dict[str, Any], schema: dict[str, Any], node: Any, where: str, seen: set[str]) -> int:
    """Assert that our table says what the standard says; the number of fields compared."""
    name = schema.get("$ref", "")
    if name in seen and name.endswith("InnerPackaging"):
        return 0
    schema = as_written(schemas, schema)
    if schema["type"] == "array":
        assert isinstance(node, ListOf), where
        assert node.least == schema.get("minItems", 0), where
        displayed = where.endswith("displayedAddress")
        assert node.most == (None if displayed else schema.get("maxItems")), where
        return compare(schemas, schema["items"], node.item, f"{where}[]", seen | {name})
    if schema["type"] != "object":
        if isinstance(node, Text):
            assert node.choices == tuple(schema.get("enum", node.choices)), where
            assert node.choices or node.most == schema["maxLength"], where
            assert node.least == schema.get("minLength", 0), where
        kinds = {"boolean": Flag, "number": Number, "integer": Whole}
        assert isinstance(node, kinds.get(schema["type"], object)), where
        return 1
    assert isinstance(node, Record), where
    alternatives = [inner for kind in ("oneOf", "anyOf") for inner in schema.get(kind, [])]
    fields = dict(schema.get("properties", {}))
    for alternative in alternatives:
        fields.update(alternative["properties"])
    assert set(node.required) == set(schema.get("required", [])), where
    assert {*node.required, *node.optional} == set(fields), where
    return sum(
        compare(schemas, inner, node.node(field), f"{where}.{field}", seen | {name})
        for field, inner in fields.items()
    )


def test_the_table_agrees_with_the_published_standard(conformance_data: Path) -> None:
    schemas = published_schemas((conformance_data / "dcsa/specs/EBL_v3.0.4.yaml").read_text(encoding="utf-8"))
    assert compare(schemas, {"$ref": "/TransportDocument"}, TRANSPORT_DOCUMENT, "", set()) > 300
