"""Reference pages that are made from the code, and the check that they are current.

A generator is a function without arguments that returns the whole text of one
page. It reads the code it documents and nothing else: no clock, no network, no
order that changes between runs. A new page is one more line in `GENERATORS`.

`python -m tools.docs --write` writes the pages, `--check` fails when one differs.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from contracts import reference
from tools.docs.api import api_page
from tools.docs.commands import commands_page
from tools.docs.configuration import configuration_page
from tools.docs.containers import compose_file, postgres_env, project_env
from tools.docs.glossary import glossary_page
from tools.docs.hashing import hashing_page
from tools.docs.limits import limits_page
from tools.docs.records import records_module
from tools.docs.shapes import shapes_page

Generator = Callable[[], str]
"""Makes the text of one page."""

_ACTS = reference.render()

GENERATORS: Mapping[str, Generator] = {
    "docs/reference/hashing.md": hashing_page,
    "docs/reference/cli.md": commands_page,
    "docs/reference/json.md": shapes_page,
    "docs/reference/api.md": api_page,
    "docs/reference/configuration.md": configuration_page,
    "docs/reference/limits.md": limits_page,
    "docs/glossary.md": glossary_page,
    "web/src/verify/records.ts": records_module,
    "docker/compose.yaml": compose_file,
    "docker/postgres.env": postgres_env,
    "docker/.env": project_env,
    **{path: partial(_ACTS.__getitem__, path) for path in _ACTS},
}
"""Path of each generated page, relative to the root -> what makes it."""


def write(root: Path, generators: Mapping[str, Generator] = GENERATORS) -> list[str]:
    """Bring every page up to date; the paths of those that changed."""
    changed: list[str] = []
    for name, generate in generators.items():
        path, text = root / name, generate()
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(name)
    return changed


def check(root: Path, generators: Mapping[str, Generator] = GENERATORS) -> list[str]:
    """A unified diff for every page that is not what the code says now."""
    stale: list[str] = []
    for name, generate in generators.items():
        kept, text = _read(root / name), generate()
        if kept != text:
            lines = difflib.unified_diff(
                (kept or "").splitlines(), text.splitlines(), f"{name} (kept)", f"{name} (now)", lineterm=""
            )
            stale.append("\n".join(lines))
    return stale


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
