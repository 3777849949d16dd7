"""What checks say: how much of it, and how much they repeat of someone else's text."""

from __future__ import annotations

import pytest

from contracts.documents.findings import (
    MAX_FINDINGS,
    MAX_SHOWN,
    Severity,
    bounded,
    error,
    errors,
    shown,
    warning,
)


def test_only_errors_stop_a_document() -> None:
    one, doubt, other = error("a.a", "x", "A."), warning("a.b", "y", "B."), error("a.c", "z", "C.")
    assert errors([one, doubt, other]) == [one, other]
    assert doubt.severity is Severity.WARNING


def test_findings_that_fit_are_all_told() -> None:
    every = [error("a.a", str(number), "A.") for number in range(MAX_FINDINGS)]
    assert bounded(every, code="a.too-many") == every


def test_of_too_many_findings_the_last_says_so_and_no_more_are_looked_for() -> None:
    every = iter([error("a.a", str(number), "A.") for number in range(MAX_FINDINGS + 10)])
    told = bounded(every, code="a.too-many")
    assert [one.field for one in told[:-1]] == [str(number) for number in range(MAX_FINDINGS - 1)]
    assert (told[-1].code, told[-1].field, told[-1].severity) == ("a.too-many", "", Severity.ERROR)
    assert f"More than {MAX_FINDINGS - 1} findings" in told[-1].message
    assert len(list(every)) == 9


@pytest.mark.parametrize(
    ("value", "repeated"),
    [
        ("a", "'a'"),
        ("a\nb", r"'a\nb'"),
        (7, "'7'"),
        (["a"], """"['a']\""""),
        ("x" * MAX_SHOWN, f"'{'x' * MAX_SHOWN}'"),
        ("x" * (MAX_SHOWN + 1), f"'{'x' * (MAX_SHOWN - 1)}…'"),
    ],
)
def test_a_message_repeats_foreign_text_quoted_and_cut(value: object, repeated: str) -> None:
    assert shown(value) == repeated
