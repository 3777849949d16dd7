"""The forms of records for the browser's verifier, as TypeScript: what `contracts.catalogue` decodes.

A package of evidence is complete only if every link of every record was seen, so its
verifiers refuse a record with a field that they do not know. Written out by hand the
forms would drift from the rules.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from contracts.catalogue import KINDS
from contracts.model import Record

Schema = Mapping[str, Any]

_HEAD = """\
/**
 * The forms of records, as `contracts.catalogue.decode_record` takes them.
 *
 * Made from `contracts/` by `python -m tools.docs --write`. Change the contracts, not this file.
 */

import {{ {imports} }} from "./shape.ts";
"""

_TAG = "kind"
"""The field that names a record's kind. It may be absent, since the key says it as well."""

_WORDS = ("title", "description", "default")
"""What a schema says to people."""

_STAMP = [field.name for field in msgspec.structs.fields(Record)]
"""The fields that every record has."""


class _Writer:
    """Turns a schema into calls of the functions in `shape.ts`; what it does not know it refuses."""

    def __init__(self) -> None:
        self.used = set[str]()
        self.leaves = Counter[str]()
        self.stamp: dict[str, str] = {}

    def shape(self, schema: Schema) -> str:
        """The expression of a shape; texts and lists that it holds are counted."""
        known = {name: value for name, value in schema.items() if name not in _WORDS}
        if (reference := known.pop("$ref", None)) is not None:
            return _constant(str(reference))
        if (options := known.pop("anyOf", None)) is not None:
            return self._either(options, known)
        if (values := known.pop("enum", None)) is not None:
            return self._call("oneOf", *map(json.dumps, values))
        write = {
            "string": self._text,
            "integer": self._integer,
            "boolean": lambda rest: self._name("flag"),
            "array": self._list,
            "object": self._object,
        }[known.pop("type")]
        written = write(known)
        if known:
            raise ValueError(f"the browser's verifier does not know {sorted(known)}")
        return written

    def _either(self, options: list[Schema], rest: dict[str, Any]) -> str:
        kinds = [option for option in options if option.get("type") != "null"]
        if len(kinds) == 1:
            return self._call("orNull", self.shape(kinds[0]))
        mapping = rest.pop("discriminator")
        names = {tag: _constant(str(name)) for tag, name in mapping["mapping"].items()}
        cases = ", ".join(f"{tag}: {name}" for tag, name in names.items())
        return self._call("tagged", json.dumps(mapping["propertyName"]), f"{{ {cases} }}")

    def _text(self, rest: dict[str, Any]) -> str:
        least, most, pattern = (rest.pop(name, None) for name in ("minLength", "maxLength", "pattern"))
        given = [str(least or 0), "Infinity" if most is None else str(most)]
        if pattern is not None:
            given.append(_regexp(pattern))
        written = self._call("text", *([] if given == ["0", "Infinity"] else given))
        self.leaves[written] += 1
        return written

    def _integer(self, rest: dict[str, Any]) -> str:
        if (rest.pop("minimum"), rest.pop("maximum")) != (0, 2**53 - 1):
            raise ValueError("the browser's verifier knows only whole numbers from 0 to 2^53 - 1")
        return self._name("uint")

    def _list(self, rest: dict[str, Any]) -> str:
        least, most = rest.pop("minItems", 0), rest.pop("maxItems", None)
        bounds = [] if (least, most) == (0, None) else [str(least), "Infinity" if most is None else str(most)]
        return self._call("list", self.shape(rest.pop("items")), *bounds)

    def _object(self, rest: dict[str, Any]) -> str:
        if rest.pop("additionalProperties") is not False:
            raise ValueError("a record may hold only fields that it names")
        needed = set(rest.pop("required"))
        fields = {name: self.shape(inner) for name, inner in rest.pop("properties").items()}
        is_record = fields.keys() >= set(_STAMP)
        needed -= {_TAG} if is_record else set()
        required = {name: written for name, written in fields.items() if name in needed}
        optional = {name: written for name, written in fields.items() if name not in needed}
        if is_record:
            self.stamp = {name: optional.pop(name) for name in _STAMP}
            optional = {"...": "stamp"} | optional
        return self._call("object", _fields(required), *([_fields(optional)] if optional else []))

    def _call(self, function: str, *given: str) -> str:
        return f"{self._name(function)}({', '.join(given)})"

    def _name(self, function: str) -> str:
        self.used.add(function)
        return function


def records_module() -> str:
    """The text of `web/src/verify/records.ts`."""
    _, schemas = msgspec.json.schema_components([kind.record for kind in KINDS], ref_template="{name}")
    writer = _Writer()
    shapes = {_constant(name): writer.shape(schemas[name]) for name in _in_order(schemas)}
    kinds = [(_constant(kind.record.__name__), kind.pattern.pattern) for kind in KINDS]
    lines = [_HEAD.format(imports=", ".join(["type Shape", *sorted(writer.used)]))]
    body = f"const stamp = {_fields(writer.stamp)};\n"
    body += "\n".join(f"const {name} = {shape};" for name, shape in shapes.items())
    often = [leaf for leaf, count in writer.leaves.most_common() if count > 1]
    for place, leaf in enumerate(often, start=1):
        lines.append(f"const text{place} = {leaf};")
        body = body.replace(leaf, f"text{place}")
    lines += [body, "", "/** Every kind of record: what its keys match, and its form. */"]
    lines.append("export const RECORDS: readonly (readonly [RegExp, Shape])[] = [")
    lines += [f"  [{_regexp(pattern)}, {name}]," for name, pattern in kinds]
    return "\n".join([*lines, "];", ""])


def _in_order(schemas: Mapping[str, Schema]) -> Iterator[str]:
    """The names of shapes, each after those that it refers to."""
    done = set[str]()

    def visit(name: str) -> Iterator[str]:
        if name not in done:
            done.add(name)
            for inner in _references(schemas[name]):
                yield from visit(inner)
            yield name

    for name in schemas:
        yield from visit(name)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for inner in schema.values():
            yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _constant(name: str) -> str:
    return name[0].lower() + name[1:]


def _fields(shapes: Mapping[str, str]) -> str:
    spelled = (f"...{shape}" if name == "..." else f"{name}: {shape}" for name, shape in shapes.items())
    return "{ " + ", ".join(spelled) + " }" if shapes else "{}"


def _regexp(pattern: str) -> str:
    inner = pattern.replace("\\A", "^").replace("\\Z", "$").replace("/", "\\/")
    return f"/{inner}/"
