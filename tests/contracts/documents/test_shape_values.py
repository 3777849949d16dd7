"""One value beside one node of a table: where each kind of value begins and ends."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.documents.shape import Date, Flag, ListOf, Node, Number, Record, Text, Whole, check_shape
from ledger.canonical import MAX_DOCUMENT_DEPTH

BORDERS: list[tuple[Node, list[Any], list[Any], str]] = [
    (Text(least=2, most=3), ["ab", "abc"], ["a", ""], "too-short"),
    (Text(least=2, most=3), ["ab", "abc"], ["abcd"], "too-long"),
    (Number(minimum=1, maximum=2), [1, 1.0, 1.5, 2], [0.99, 2.01, 3], "out-of-range"),
    (Number(above=0), [0.01, 1], [0, 0.0, -1], "out-of-range"),
    (Whole(maximum=2), [0, 1, 2], [-1, 3], "out-of-range"),
    (Whole(minimum=1, maximum=2), [1, 2], [0], "out-of-range"),
    (Whole(), [1], [1.0, "1", None, True, float("nan")], "wrong-type"),
    (Number(), [1, 1.5], ["1", None, False, float("nan"), float("-inf")], "wrong-type"),
    (Flag(), [True, False], [0, 1, "true", None], "wrong-type"),
    (ListOf(item=Flag(), least=1, most=2), [[True], [True] * 2], [[]], "too-few-items"),
    (ListOf(item=Flag(), least=1, most=2), [[True], [True] * 2], [[True] * 3], "too-many-items"),
    (ListOf(item=Flag()), [[], [True] * 99], ["", {}, None], "wrong-type"),
    (Date(), ["2024-02-29"], ["2023-02-29", "2024-02-29T08:00:00Z", "20240229"], "bad-date"),
    (
        Date(with_time=True),
        ["2024-02-29T23:59:59Z", "2024-02-29T08:00:00.123456789-03:30"],
        ["2024-02-29", "2024-02-30T08:00:00Z", "2024-02-29T08:60:00Z", "2024-02-29T08:00:00.Z"],
        "bad-date",
    ),
]


@pytest.mark.parametrize(("node", "good", "bad", "code"), BORDERS)
def test_borders_of_a_value(node: Node, good: list[Any], bad: list[Any], code: str) -> None:
    for value in good:
        assert list(check_shape(value, node, prefix="x")) == [], value
    for value in bad:
        assert [finding.code for finding in check_shape(value, node, prefix="x")] == [f"x.{code}"], value


@pytest.mark.parametrize(
    ("value", "is_a"),
    [
        (None, "null"),
        (True, "true or false"),
        ("a", "text"),
        (1, "a number"),
        (1.5, "a number"),
        ([], "a list"),
        ({}, "an object"),
        (b"", "something that JSON has not"),
    ],
)
def test_a_value_of_another_type_is_called_by_its_json_name(value: Any, is_a: str) -> None:
    node = Flag() if value is not True else Text(most=1)
    [finding] = check_shape(value, node, prefix="x")
    assert f"found {is_a};" in finding.message


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ({}, ["x.choose-one"]),
        ({"a": True}, []),
        ({"a": True, "b": True}, ["x.choose-one"]),
        ({"a": True, "b": True, "c": True}, ["x.choose-one"]),
    ],
)
def test_of_three_alternatives_one_is_given(value: dict[str, Any], codes: list[str]) -> None:
    node = Record(optional=dict.fromkeys("abc", Flag()), exactly_one_of=("a", "b", "c"))
    assert [finding.code for finding in check_shape(value, node, prefix="x")] == codes


@pytest.mark.parametrize(("length", "hint"), [(60, "did you mean"), (61, "remove it")])
def test_what_was_meant_is_not_looked_for_in_a_hostile_name(length: int, hint: str) -> None:
    node = Record(optional={"a" * length: Flag()})
    [finding] = check_shape({"a" * (length - 1) + "b": True}, node, prefix="x")
    assert finding.code == "x.unknown-field"
    assert hint in finding.message


def test_objects_nest_as_deep_as_a_document_may() -> None:
    fields: dict[str, Node] = {}
    node = Record(optional=fields)
    fields["a"] = node
    value: dict[str, Any] = {}
    for _ in range(MAX_DOCUMENT_DEPTH - 1):
        value = {"a": value}
    assert list(check_shape(value, node, prefix="x")) == []
    [finding] = check_shape({"a": value}, node, prefix="x")
    assert (finding.code, finding.field) == ("x.too-deep", ".".join("a" * MAX_DOCUMENT_DEPTH))
