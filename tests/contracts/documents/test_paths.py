"""Values found in a document that may be wrongly shaped, and the ways to them."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.documents.paths import each, first, join, pointer, pointer_into

DOCUMENT: dict[str, Any] = {
    "boxes": [{"seal": 1}, {"seal": "x"}, 5, {"seal": True}, {"seals": [7, "8"]}],
    "name": "text",
    "port": {"code": "VNHPH"},
}


@pytest.mark.parametrize(
    ("path", "kind", "found"),
    [
        ("boxes[].seal", int, [("boxes[0].seal", 1)]),
        ("boxes[].seal", str, [("boxes[1].seal", "x")]),
        ("boxes[].seal", bool, [("boxes[3].seal", True)]),
        ("boxes[].seals[]", int, [("boxes[4].seals[0]", 7)]),
        ("boxes[]", int, [("boxes[2]", 5)]),
        ("port.code", str, [("port.code", "VNHPH")]),
        ("port.code", int, []),
        ("boxes.seal", int, []),
        ("name[]", str, []),
        ("name.code", str, []),
        ("port[].code", str, []),
        ("colour", str, []),
    ],
)
def test_only_values_of_the_kind_are_found(path: str, kind: type, found: list[tuple[str, Any]]) -> None:
    assert list(each(DOCUMENT, path, kind)) == found
    assert first(DOCUMENT, path, kind) == (found[0][1] if found else None)


def test_a_field_inside_another_bears_both_names() -> None:
    assert list(each({"code": "VNHPH"}, "code", str, base="ports[0]")) == [("ports[0].code", "VNHPH")]
    assert (join("", "code"), join("ports[0]", "code")) == ("code", "ports[0].code")


@pytest.mark.parametrize(
    ("field", "json_pointer"),
    [
        ("", ""),
        ("port", "/port"),
        ("transports.vesselVoyages[0].vesselName", "/transports/vesselVoyages/0/vesselName"),
        ("boxes[4].seals[1]", "/boxes/4/seals/1"),
    ],
)
def test_a_field_is_also_a_json_pointer(field: str, json_pointer: str) -> None:
    """RFC 6901, section 3."""
    assert pointer(field) == json_pointer


def test_a_pointer_escapes_a_foreign_name() -> None:
    """RFC 6901, section 3: `~` is `~0` and `/` is `~1`, in this order."""
    assert pointer_into("", "colour") == "/colour"
    assert pointer_into("boxes[1]", "a/b~1") == "/boxes/1/a~1b~01"
