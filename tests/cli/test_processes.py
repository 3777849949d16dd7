"""Node processes: locked while they live, never mistaken for a stranger's, stopped for certain."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import processes
from cli.errors import CliError, ExitCode
from cli.processes import log_tail, port_is_free, running_as_node, running_pid, stop_node, wait_until

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import signal, sys, time
from pathlib import Path
from cli.processes import running_as_node
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with running_as_node(Path(sys.argv[1])):
    print("holding", flush=True)
    time.sleep(60)
"""

Hold = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    """Start a process that holds the lock of `tmp_path`, as a node does."""
    started: list[subprocess.Popen[bytes]] = []

    def start(manner: str = "polite") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", HOLDER, str(tmp_path), manner]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"holding\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_running_node_is_found_by_its_lock(hold: Hold, tmp_path: Path) -> None:
    process = hold()
    assert running_pid(tmp_path) == process.pid


def test_two_processes_cannot_run_one_node(
    hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_LOCK_PATIENCE_S", 0.0)
    process = hold()
    with pytest.raises(CliError) as caught, running_as_node(tmp_path):
        pytest.fail("the lock was given twice")
    assert caught.value.code == "node.running"
    assert str(process.pid) in caught.value.why


def test_a_killed_node_is_not_running_whatever_its_pid_file_says(hold: Hold, tmp_path: Path) -> None:
    process = hold()
    process.kill()
    process.wait()
    assert (tmp_path / "node.pid").read_text().strip() == str(process.pid)
    assert running_pid(tmp_path) is None


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a look cannot be shared")
def test_two_who_look_at_once_are_not_taken_for_the_node(hold: Hold, tmp_path: Path) -> None:
    process = hold()
    process.kill()
    process.wait()
    looking = os.open(tmp_path / "node.pid", os.O_RDWR)
    try:
        assert processes._try_look(looking)
        assert running_pid(tmp_path) is None
    finally:
        os.close(looking)


def test_whoever_may_only_read_can_look(hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As doctor does where root has run a node once, and on a disk that is mounted to be read."""
    process = hold()
    opening = os.open

    def reading(path: Path, flags: int, *mode: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opening(path, flags, *mode)

    monkeypatch.setattr("cli.processes.os.open", reading)
    assert running_pid(tmp_path) == process.pid


def test_a_strangers_pid_is_never_signalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node.pid").write_text(f"{os.getpid()}\n")
    monkeypatch.setattr(processes.os, "kill", lambda *_: pytest.fail("signalled"))
    assert stop_node(tmp_path) is None


def test_a_directory_without_a_node_has_none(tmp_path: Path) -> None:
    assert running_pid(tmp_path) is None
    assert stop_node(tmp_path) is None


def test_a_polite_node_is_stopped(hold: Hold, tmp_path: Path) -> None:
    process = hold()
    assert stop_node(tmp_path) == "stopped"
    assert process.wait() == -signal.SIGTERM
    assert running_pid(tmp_path) is None


@pytest.mark.skipif(os.name != "posix", reason="elsewhere no node can refuse to end")
def test_a_stubborn_node_is_killed_after_the_grace_time(hold: Hold, tmp_path: Path) -> None:
    process = hold("stubborn")
    assert stop_node(tmp_path, grace_s=0.1) == "killed"
    assert process.wait() == -signal.SIGKILL


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with running_as_node(tmp_path):
            assert (tmp_path / "node.pid").read_text() == f"{os.getpid()}\n"


@pytest.mark.loopback
def test_a_port_in_use_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free("127.0.0.1", port)
    assert port_is_free("127.0.0.1", port)


def test_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    assert log_tail(tmp_path) == ""
    (tmp_path / "node.log").write_bytes(b"x" * 20_000 + b"\nline 1\n\xffline 2\n")
    assert log_tail(tmp_path, lines=2) == "line 1\n�line 2"


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wait_until(lambda: True, timeout_s=0)
    assert not wait_until(lambda: False, timeout_s=0)


def test_node_run_needs_a_node_directory(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from cli.main import app

    result = CliRunner().invoke(app, ["node", "run", str(tmp_path)])
    assert result.exit_code == ExitCode.USAGE
    assert "no node.toml" in result.stderr
