"""What `sealane doctor` may say: the sentences that docs/operations.md lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"

_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| ", re.MULTILINE)


def assert_documented(check: Mapping[str, Any]) -> None:
    """A finding that is no good news is one of the sentences of its check, and says what to do."""
    if check["outcome"] == "passed":
        return
    page = PAGE.read_text(encoding="utf-8")
    rows = _ROW.findall(page.partition("## What `sealane doctor` finds")[2].partition("\n## ")[0])
    known = [".*".join(map(re.escape, said.split("…"))) for name, said in rows if name == check["name"]]
    assert any(re.fullmatch(sentence, check["sentence"]) for sentence in known), (check, known)
    assert check["do"], check
