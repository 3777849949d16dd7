"""The verifier that browsers run, asked under node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
JUDGE = ROOT / "dist" / "web" / "judge.mjs"

ANSWER_TIMEOUT_S = 280


def ask(cases: Sequence[dict[str, Any]]) -> list[Any]:
    """What the verifier says to each case; the test is skipped where it is not built.

    With SEALANE_REQUIRE_WEB=1, as in `.ci/run`, that is a failure.
    """
    node = shutil.which("node")
    if node is None or not JUDGE.is_file():
        missing = "the verifier for browsers is not built: install node and npm, and run `make web`"
        if os.environ.get("SEALANE_REQUIRE_WEB") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    lines = "".join(json.dumps(case) + "\n" for case in cases).encode()
    done = subprocess.run(
        [node, str(JUDGE)], input=lines, capture_output=True, timeout=ANSWER_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(cases)
    return answers
