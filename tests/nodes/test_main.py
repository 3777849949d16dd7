"""What a node's process takes from the system before it serves anybody."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from nodes.main import MAX_FILES, allow_files

if sys.platform == "win32":
    pytest.skip("Windows has no such limits", allow_module_level=True)

import resource


@pytest.fixture
def granted() -> Iterator[int]:
    """What the system grants, with a shell's limit below it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_node_takes_the_files_that_the_system_grants(granted: int) -> None:
    allow_files()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == (MAX_FILES if granted == resource.RLIM_INFINITY else min(granted, MAX_FILES))
    assert hard == granted


def test_a_larger_limit_stays(granted: int) -> None:
    larger = MAX_FILES + 1
    if granted != resource.RLIM_INFINITY and granted < larger:
        pytest.skip("the system grants fewer files than a node has use for")
    resource.setrlimit(resource.RLIMIT_NOFILE, (larger, granted))
    allow_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == larger
