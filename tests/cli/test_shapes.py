"""The shapes of results; `tests/cli/conftest.py` holds every result of the other tests against them."""

from __future__ import annotations

import pytest

from cli.shapes import SHAPES, shapes_of
from cli.shapes.acts import Done, DoneTogether
from tests.cli.conftest import Run
from tests.shapes import assert_shape, command_of, promised
from tools.docs import shapes
from tools.docs.shapes import shapes_page

SEALED = {
    "id": "ab" * 32,
    "status": "sealed",
    "index": 7,
    "height": 3,
    "time_ms": 5,
    "block_id": "cd" * 32,
    "round": 0,
    "subject": "bill/x",
    "version": 2,
    "writes": ["bill/x"],
}


def test_acts_need_no_row_and_batches_have_another_shape() -> None:
    assert "bill void" not in SHAPES
    assert shapes_of("bill void") == (Done,)
    assert promised()["bill transfer"] == (Done, DoneTogether)


def test_a_field_too_many_too_few_or_of_another_type_is_seen() -> None:
    assert_shape("bill void", SEALED | {"key": "bill/x"})
    for wrong in (
        SEALED | {"extra": 1},
        {name: value for name, value in SEALED.items() if name != "writes"},
        SEALED | {"height": "3"},
    ):
        with pytest.raises(AssertionError, match="does not say"):
            assert_shape("bill void", wrong)


def test_results_of_commands_are_held_against_them(sealane: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.completion.SHELLS", {"bash": ("", 7)})
    result = sealane("completion", "bash")
    assert "AssertionError" in result.stderr


def test_command_lines_are_recognised() -> None:
    assert command_of(["verify", "file"]) == "verify"
    assert command_of(["bill", "show", "x"]) == "bill show"
    assert command_of(["node", "run"]) is None


def test_every_command_is_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = shapes_page()
    assert all(f"`sealane {name}`" in page for name in SHAPES)
    assert "### Done\n" in page
    monkeypatch.setattr(shapes, "SHAPES", SHAPES | {"bill burn": (Done,)})
    with pytest.raises(ValueError, match="there is no command bill burn"):
        shapes_page()
