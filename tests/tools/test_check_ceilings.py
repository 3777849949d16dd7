"""Files and functions that are too long are found, and reasons that are no longer true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import check_ceilings


def lines(count: int) -> str:
    return "x = 1\n" * count


def function(length: int, keyword: str = "def") -> str:
    return f"{keyword} long():\n" + "    x = 1\n" * (length - 1)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "ledger").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.sealane.ceilings]\n"ledger/big.py" = "one table"\n')
    (tmp_path / "ledger" / "big.py").write_text(lines(351))
    return tmp_path


def test_the_longest_file_without_a_reason_passes(tree: Path) -> None:
    (tree / "ledger" / "other.py").write_text(lines(350))
    assert check_ceilings.check(tree) == []


def test_one_line_more_needs_a_reason(tree: Path) -> None:
    (tree / "ledger" / "other.py").write_text(lines(351))
    (found,) = check_ceilings.check(tree)
    assert found.startswith("ledger/other.py: 351 lines")


def test_an_empty_reason_is_none(tree: Path) -> None:
    (tree / "pyproject.toml").write_text('[tool.sealane.ceilings]\n"ledger/big.py" = " "\n')
    (found,) = check_ceilings.check(tree)
    assert "give the reason" in found


def test_no_reason_excuses_more_than_the_maximum(tree: Path) -> None:
    (tree / "ledger" / "big.py").write_text(lines(500))
    assert check_ceilings.check(tree) == []
    (tree / "ledger" / "big.py").write_text(lines(501))
    (found,) = check_ceilings.check(tree)
    assert "never more than 500" in found


def test_a_reason_that_is_no_longer_needed_is_reported(tree: Path) -> None:
    (tree / "ledger" / "big.py").write_text(lines(350))
    (found,) = check_ceilings.check(tree)
    assert "needs no entry" in found


def test_a_reason_for_a_file_that_is_gone_is_reported(tree: Path) -> None:
    (tree / "ledger" / "big.py").unlink()
    assert check_ceilings.check(tree) == ["ledger/big.py: listed in [tool.sealane.ceilings] but absent"]


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_a_function_has_sixty_lines_at_most(tree: Path, keyword: str) -> None:
    path = tree / "ledger" / "functions.py"
    path.write_text(function(60, keyword))
    assert check_ceilings.check(tree) == []
    path.write_text(function(61, keyword))
    assert check_ceilings.check(tree) == ["ledger/functions.py:1: long has 61 lines, never more than 60"]


def test_scripts_have_a_ceiling_and_migrations_and_prose_have_none(tree: Path) -> None:
    for folder in ("nodes/storage/migrations", "docs", "tools"):
        (tree / folder).mkdir(parents=True)
    (tree / "nodes/storage/migrations/0001.py").write_text(function(600))
    (tree / "docs/long.md").write_text("word\n" * 600)
    assert check_ceilings.check(tree) == []
    (tree / "tools/long.sh").write_text("true\n" * 600)
    (found,) = check_ceilings.check(tree)
    assert found.startswith("tools/long.sh: 600 lines")
