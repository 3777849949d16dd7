"""Generated pages: written once, noticed when stale, and never with a gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import docs
from tools.docs.hashing import hashing_page, read_tags

PAGES = {"docs/reference/one.md": lambda: "one\ntwo\n"}


def test_a_page_is_written_once(tmp_path: Path) -> None:
    assert docs.write(tmp_path, PAGES) == ["docs/reference/one.md"]
    assert (tmp_path / "docs/reference/one.md").read_bytes() == b"one\ntwo\n"
    assert docs.write(tmp_path, PAGES) == []
    assert docs.check(tmp_path, PAGES) == []


def test_a_stale_page_is_shown_with_its_difference(tmp_path: Path) -> None:
    docs.write(tmp_path, PAGES)
    (tmp_path / "docs/reference/one.md").write_text("one\n2\n")
    (found,) = docs.check(tmp_path, PAGES)
    assert "-2\n+two" in found


def test_a_missing_page_is_stale(tmp_path: Path) -> None:
    (found,) = docs.check(tmp_path, PAGES)
    assert "+one\n+two" in found


def test_every_tag_is_on_the_page() -> None:
    from ledger.hashing import Tag

    page = hashing_page()
    assert [f"| `{tag.name}` | `{tag.value}` |" in page for tag in Tag] == [True] * len(Tag)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "no class named Tag"),
        ("class Tag:\n    A = 'a'\n", "A needs a string, and its meaning beneath it"),
        ("class Tag:\n    A = 'a'\n    B = 'b'\n    'of b'\n", "A needs"),
        ("class Tag:\n    A = 1\n    'of a'\n", "A needs"),
    ],
)
def test_a_tag_without_meaning_is_refused(source: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_tags(source)


def test_a_meaning_is_one_line() -> None:
    (tag,) = read_tags("class Tag:\n    'All.'\n    A = 'a/1'\n    '''First\n    and last.'''\n")
    assert (tag.name, tag.tag, tag.meaning) == ("A", "a/1", "First and last.")
