"""The tree that a message of customs is read into, and the limits of what is read."""

from __future__ import annotations

import pytest

from contracts.documents.xml_tree import MAX_XML_BYTES, MAX_XML_ELEMENTS, Element, parse_xml
from ledger.errors import EncodingError

TREE = parse_xml(
    b"""<m:a xmlns:m="urn:m" m:kind="x" size="2">
    <b/><b>  one </b><b><c>deep<d>er</d></c></b> before <m:c>two<!-- not this -->!</m:c> after
    </m:a>"""
)


def test_names_and_attributes_are_local() -> None:
    assert (TREE.name, TREE.attributes["kind"], TREE.attributes["size"]) == ("a", "x", "2")
    assert [child.name for child in TREE.children] == ["b", "b", "b", "c"]


def test_an_element_has_the_text_inside_without_blanks_at_its_ends() -> None:
    assert [child.text for child in TREE.children] == ["", "one", "", "two!"]
    assert TREE.text.split() == ["before", "after"]


def test_brothers_of_one_name_are_numbered() -> None:
    assert [child.path for child in TREE.children] == ["a/b", "a/b[2]", "a/b[3]", "a/c"]
    assert [found.path for found in TREE.all("b/c/d")] == ["a/b[3]/c/d"]


def test_a_path_leads_to_the_first_that_is_not_empty() -> None:
    first = TREE.first("b")
    assert first is not None
    assert first.path == "a/b[2]"
    assert TREE.first("b/c") is not None, "something inside is enough"
    assert TREE.first("d") is None, "a path names every step"
    assert (TREE.text_of("b"), TREE.text_of("b/c"), TREE.text_of("x")) == ("one", "deep", "")
    inside = Element(name="a", path="a", attributes={}, children=[TREE])
    assert inside.first("a") is TREE


def test_an_element_without_text_is_found_for_what_is_inside() -> None:
    root = parse_xml(b"<a><b/><b><c/></b></a>")
    found = root.first("b")
    assert found is not None
    assert found.path == "a/b[2]"


def test_a_name_is_found_at_any_depth_the_outermost_and_first() -> None:
    assert TREE.find("a") is TREE
    found = TREE.find("d")
    assert found is not None
    assert found.path == "a/b[3]/c/d"
    first = TREE.find("c")
    assert first is not None
    assert first.path == "a/b[3]/c"
    assert TREE.find("x") is None


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8", "US-ASCII"])
def test_encodings_that_are_utf_8(encoding: str) -> None:
    assert parse_xml(f'<?xml version="1.0" encoding="{encoding}"?><a>b</a>'.encode()).text == "b"
    assert parse_xml(b'<?xml version="1.0"?><a>b</a>').text == "b"


def test_a_message_as_large_as_the_limit_is_read() -> None:
    padding = b" " * (MAX_XML_BYTES - len(b"<a></a>"))
    assert parse_xml(b"<a>" + padding + b"</a>").text == ""


NOT_READ = {
    "nothing": b"",
    "no end": b"<a>",
    "a zero": b"\0",
    "too many bytes": b"<a/>" + b" " * (MAX_XML_BYTES - 3),
    "too many levels": b"<a>" * 33 + b"</a>" * 33,
    "too many elements": b"<a>" + b"<b/>" * MAX_XML_ELEMENTS + b"</a>",
    "a document type": b"<!DOCTYPE a><a/>",
    "an instruction": b"<?b c?><a/>",
    "an encoding": b'<?xml version="1.0" encoding="latin-1"?><a/>',
}


@pytest.mark.parametrize("data", NOT_READ.values(), ids=NOT_READ)
def test_what_is_not_read_is_named_as_the_caller_calls_it(data: bytes) -> None:
    for given, named in ({}, "message"), ({"what": "declaration"}, "declaration"):
        with pytest.raises(EncodingError) as caught:
            parse_xml(data, **given)
        assert caught.value.field == named
