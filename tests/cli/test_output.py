"""What is printed where, and how."""

from __future__ import annotations

import json

import pytest

from cli.errors import CliError, ExitCode
from cli.output import Output, clean, duration, fields, moment, short, table


def test_the_result_goes_to_stdout_and_notes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.note("working")
    output.result({"a": 1}, "one")
    output.next("sealane doctor")
    printed = capsys.readouterr()
    assert printed.out == "one\n"
    assert printed.err == "working\nnext: sealane doctor\n"


def test_json_is_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=True)
    output.note("working")
    output.result({"name": "北部湾"}, "not shown")
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"name": "北部湾"}
    assert "北部湾" in printed.out
    assert printed.err == ""


def test_a_warning_is_shown_in_every_mode(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).warn("old")
    assert capsys.readouterr().err == "warning: old\n"


def test_an_error_has_a_json_shape(capsys: pytest.CaptureFixture[str]) -> None:
    error = CliError(
        "refused",
        why="w",
        do="d",
        exit_code=ExitCode.REFUSED,
        code="bill.not-possessor",
        field="body.to",
        final=False,
    )
    Output(json=True).error(error)
    assert json.loads(capsys.readouterr().err) == {
        "error": {
            "code": "bill.not-possessor",
            "what": "refused",
            "why": "w",
            "do": "d",
            "field": "body.to",
            "final": False,
            "exit_code": 1,
        }
    }


def test_columns_are_aligned_and_wide_characters_count_double() -> None:
    text = table(("name", "n"), [("钦州海关", 1), ("Hải Phòng", 22)])
    assert text.splitlines() == ["NAME       N", "钦州海关   1", "Hải Phòng  22"]


def test_fields_leave_out_what_is_not_there() -> None:
    assert fields({"a": 1, "bcd": "x", "e": None}) == "a    1\nbcd  x"


def test_a_table_without_rows_still_has_its_headers() -> None:
    assert table(("a", "b"), []) == "A  B"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 文字", "plain 文字"),
        ("red \x1b[31m", "red �[31m"),
        ("hidden \u202e txt", "hidden � txt"),
        ("two\nlines\tand tab", "two\nlines\tand tab"),
        ("\x07\x00", "��"),
    ],
)
def test_text_from_elsewhere_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_colour_only_where_wanted() -> None:
    assert Output(colour=False).paint("x", "red") == "x"
    assert Output(colour=True).paint("x", "red") == "\x1b[31mx\x1b[0m"


def test_no_color_and_dumb_terminals_are_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Output.detect(as_json=False).colour
    monkeypatch.setenv("NO_COLOR", "")
    assert not Output.detect(as_json=False).colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not Output.detect(as_json=False).colour


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "✓"), ("gbk", "[ok]"), ("ascii:strict", "[ok]")])
def test_marks_fall_back_to_ascii(encoding: str, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    assert Output.detect(as_json=False).mark("passed") == mark


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (0, "0 seconds"),
        (1000, "1 second"),
        (61_000, "1 minute"),
        (7_200_000, "2 hours"),
        (90_000_000, "1 day"),
    ],
)
def test_lengths_of_time(length_ms: int, text: str) -> None:
    assert duration(length_ms) == text


def test_moments_are_in_utc() -> None:
    assert moment(1_790_000_000_000) == "2026-09-21 14:13:20 UTC"


def test_short_hashes() -> None:
    assert short("ab" * 32) == "abababababab…"
    assert short("abc") == "abc"
