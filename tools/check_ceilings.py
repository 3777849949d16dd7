"""Files and functions stay short enough to read in one go.

A file over 350 lines must be listed, with its reason, in `[tool.sealane.ceilings]`
of `pyproject.toml`; a file over 500 and a function over 60 are refused whatever
the reason. A listed file that no longer needs its entry is reported as well, so
that the table stays true. Database migrations are exempt: nobody edits them.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.tree import ROOT, project_files

FILE_LINES_REASON = 350
"""Above this a file needs a reason."""

FILE_LINES_MAX = 500
"""Above this no reason is good enough."""

FUNCTION_LINES_MAX = 60
"""Longest function, its signature and docstring included."""

SOURCE_SUFFIXES = frozenset({".css", ".js", ".mjs", ".py", ".sh", ".ts"})
"""Files that people write and read; data, prose and lock files have no ceiling."""


def read_reasons(root: Path) -> dict[str, str]:
    """The table of excused files: path -> reason."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(config.get("tool", {}).get("sealane", {}).get("ceilings", {}))


def check_file(name: str, lines: int, reasons: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the length of one file."""
    excused = bool(reasons.get(name, "").strip())
    if lines > FILE_LINES_MAX:
        yield f"{name}: {lines} lines, never more than {FILE_LINES_MAX}: divide it"
    elif lines > FILE_LINES_REASON and not excused:
        yield f"{name}: {lines} lines: divide it, or give the reason in [tool.sealane.ceilings]"
    elif lines <= FILE_LINES_REASON and name in reasons:
        yield f"{name}: {lines} lines: it needs no entry in [tool.sealane.ceilings]"


def check_functions(name: str, source: str) -> Iterator[str]:
    """What is wrong with the length of the functions in one Python file."""
    for node in ast.walk(ast.parse(source, filename=name)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield f"{name}:{node.lineno}: {node.name} has {lines} lines, never more than {FUNCTION_LINES_MAX}"


def check(root: Path = ROOT) -> list[str]:
    """Everything over its ceiling below `root`."""
    reasons = read_reasons(root)
    found: list[str] = []
    seen: set[str] = set()
    for path in project_files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix not in SOURCE_SUFFIXES or "migrations" in path.parts:
            continue
        seen.add(name)
        source = path.read_text(encoding="utf-8")
        found += check_file(name, len(source.splitlines()), reasons)
        if path.suffix == ".py":
            found += check_functions(name, source)
    found += [f"{name}: listed in [tool.sealane.ceilings] but absent" for name in sorted(set(reasons) - seen)]
    return found


def main() -> int:
    """Print what is over its ceiling; 1 when anything is."""
    found = check()
    print("\n".join(found) if found else "ceilings: every file and function is within its length")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
