"""The promises of `tests/conftest.py` itself: no network, and no silent skip."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = (Path(__file__).resolve().parent.parent / "conftest.py").read_text(encoding="utf-8")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("SEALANE_REQUIRE_CONFORMANCE", raising=False)
    monkeypatch.setenv("SEALANE_CONFORMANCE_DATA", str(pytester.path / "absent"))
    pytester.makeconftest(CONFTEST)
    plain = "addopts = -p no:schemathesis -p no:cacheprovider"
    pytester.makeini(f"[pytest]\n{plain}\nmarkers =\n    conformance\n    loopback\n")
    pytester.makepyfile(
        """
        import pytest

        def test_reads(conformance_data):
            assert conformance_data.is_dir()

        @pytest.mark.conformance
        @pytest.mark.parametrize("case", [])
        def test_finds_no_case(case):
            raise AssertionError

        def test_skips_for_another_reason():
            pytest.skip("not about data")
        """
    )
    return pytester


def test_absent_data_is_a_skip_by_default(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess().assert_outcomes(skipped=3)


def test_absent_data_is_a_failure_where_it_is_required(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALANE_REQUIRE_CONFORMANCE", "1")
    outcomes = suite.runpytest_subprocess().parseoutcomes()
    assert outcomes.get("skipped") == 1
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == 2


def test_data_that_is_there_is_read(suite: pytest.Pytester) -> None:
    (suite.path / "absent").mkdir()
    suite.runpytest_subprocess("-k", "reads").assert_outcomes(passed=1)


def test_a_socket_is_refused() -> None:
    with pytest.warns(UserWarning, match="tried to use socket"), pytest.raises(RuntimeError, match="socket"):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


@pytest.mark.loopback
def test_loopback_is_open_to_a_test_that_asks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())


@pytest.mark.loopback
def test_beyond_loopback_nothing_is_open() -> None:
    client = socket.socket()
    # 192.0.2.1 is reserved for documentation (RFC 5737).
    with pytest.warns(UserWarning, match="tried to use"), pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        client.connect(("192.0.2.1", 9))


async def test_an_event_loop_runs_without_network() -> None:
    assert await asyncio.to_thread(lambda: "woken from a thread") == "woken from a thread"
