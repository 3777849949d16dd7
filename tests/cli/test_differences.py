"""What differs between two documents, in words."""

from __future__ import annotations

from typing import Any

import pytest

from cli.differences import differences


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("a", "1 -> True")]),
        ({"a": "x"}, {"a": "y"}, [("a", "x -> y")]),
        ({"a": "x"}, {}, [("a", "x -> nothing")]),
        ({}, {"a": {"b": 1}}, [("a", "nothing -> something else")]),
        ({"a": {"b": 1}}, {"a": [1]}, [("a", "something else -> something else")]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", "2 -> 3")]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}]}, [("a.1", "something else -> nothing")]),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, [("a.1", "2 -> 3"), ("a.2", "nothing -> 4")]),
        ({"a": None}, {}, [("a", "None -> nothing")]),
    ],
)
def test_each_value_that_differs_is_named_once(old: Any, new: Any, found: list[tuple[str, str]]) -> None:
    assert list(differences(old, new)) == found
