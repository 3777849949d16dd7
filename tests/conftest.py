"""What every test can rely on: no network, no silent skip, reproducible examples.

The network is off (pytest-socket). Unix sockets stay open because every event
loop wakes itself through one. A test marked with one of `LOOPBACK_MARKERS` may
reach this machine, and nothing beyond it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent

LOOPBACK = ["127.0.0.1", "::1"]
LOOPBACK_MARKERS = ("loopback", "e2e", "browser", "docker", "prometheus")

# Deadlines would time the machine and not the code. Runs repeat exactly, except
# under `thorough`, which looks further and for something new each time. Under
# `first`, any example that fails will do: mutation testing reads none of them.
hypothesis.settings.register_profile("default", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000, print_blob=True)
hypothesis.settings.register_profile(
    "first",
    deadline=None,
    derandomize=True,
    max_examples=60,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
)
hypothesis.settings.load_profile(os.environ.get("SEALANE_HYPOTHESIS", "default"))


def conformance_required() -> bool:
    """Whether skipping the outside test data is a failure."""
    return os.environ.get("SEALANE_REQUIRE_CONFORMANCE") == "1"


@pytest.fixture(scope="session")
def conformance_data() -> Path:
    """The folder of outside test data.

    `SEALANE_CONFORMANCE_DATA` names it; relative paths start at the root of the
    project, and the default is `../shared/data`. The test is skipped when the
    folder is absent, and fails when `SEALANE_REQUIRE_CONFORMANCE=1`.
    """
    folder = (ROOT / os.environ.get("SEALANE_CONFORMANCE_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        reason = "the outside test data is absent: set SEALANE_CONFORMANCE_DATA to its folder"
        if conformance_required():
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


OWN_NETWORK = ("tests/e2e/test_network.py", "tests/e2e/test_story.py")
"""End-to-end tests that start nodes of their own; all others share one network."""


class ByFile(LoadScopeScheduling):
    """Hands out whole files, in their order; to one worker all files that share a network of processes."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "tests/e2e" if file.startswith("tests/e2e/") and file not in OWN_NETWORK else file


def pytest_collection_finish() -> None:
    """As `nodes.main` does: tests start threads of nodes in this process."""
    from nodes.types import make_ready

    make_ready()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.get_closest_marker(name) for name in LOOPBACK_MARKERS):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
        elif sys.platform == "win32" and item.get_closest_marker("asyncio"):
            # There, an event loop wakes itself through a loopback connection.
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A conformance test that skips, for whatever reason, fails where the data is required."""
    report = yield
    reads_data = "conformance_data" in getattr(item, "fixturenames", ())
    if report.skipped and conformance_required() and (reads_data or item.get_closest_marker("conformance")):
        report.outcome = "failed"
        report.longrepr = f"skipped although SEALANE_REQUIRE_CONFORMANCE=1: {report.longrepr}"
    return report
