"""The same statements give the same state root on every node, whatever its environment."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    HOUR_MS,
    IMPORT_OFFICE,
    START_MS,
    TRADER,
    Solo,
    bill_package,
    issue_body,
    plain_package,
)

ROOT = Path(__file__).resolve().parents[2]


async def tell_story(folder: Path) -> str:
    """A bill, its transfer, a declaration and movements; the roots of every block."""
    solo = Solo(folder)
    package = bill_package(containers=("APZU4812090", "CRLU7770002"))
    declaration = plain_package("declaration", "one")
    roots = []
    steps: list[Callable[[], list[bytes]]] = [
        lambda: [solo.sign("bill.issue", package.subject, CARRIER, issue_body(package))],
        lambda: [solo.gate_in(f"box {number}") for number in range(40)],
        lambda: [
            solo.sign(
                "bill.transfer",
                package.subject,
                TRADER,
                {"to": FORWARDER, "expires_ms": START_MS + HOUR_MS},
            ),
            solo.sign(
                "clearance.lodge",
                declaration.subject,
                FORWARDER,
                solo.lodge_body(declaration, [package.subject]),
            ),
        ],
        lambda: [solo.sign("clearance.accept", declaration.subject, IMPORT_OFFICE)],
        lambda: [
            solo.sign(
                "clearance.hold", declaration.subject, IMPORT_OFFICE, {"hold": "value", "reason": "documents"}
            )
        ],
    ]
    for step in steps:
        solo.clock.time_ms += 1_000
        block = await solo.accept(*step())
        roots.append(f"{block.header.state_root} {block.header.log_root}")
    solo.close()
    return "\n".join(roots)


def run_elsewhere(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.nodes.test_determinism"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def test_roots_depend_on_nothing_but_the_statements(tmp_path: Path) -> None:
    here = await tell_story(tmp_path)
    assert len(set(here.splitlines())) == 5
    for environment in (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONOPTIMIZE": "1"},
    ):
        assert await asyncio.to_thread(run_elsewhere, **environment) == here


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(asyncio.run(tell_story(Path(place))))
