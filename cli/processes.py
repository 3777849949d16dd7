"""Node processes on this machine: started detached, found again, stopped.

A running node holds a lock on its `node.pid` for as long as it lives; the
operating system lets go of it whatever the end. So a pid is believed only while
the lock is held: it can never be a stranger's that came to have the same number,
and two processes can never run one node, which for a validator would be fatal.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cli.errors import CliError, ExitCode

PID_FILE = "node.pid"
LOG_FILE = "node.log"

STOP_GRACE_S = 10.0
"""How long a node may take to finish what is in flight before it is killed."""

_POLL_S = 0.05
_LOCK_PATIENCE_S = 1.0
"""Whoever looks whether a node runs holds its lock for a moment: a starting node waits that out."""

_LOCK_OFFSET = 1 << 30
"""Windows locks bytes and bars others from reading them: lock one far behind the text."""

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCK_OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    _try_look = _try_lock
    """Windows has no shared lock here: two who look at once may take each other for the node."""

    _DETACHED = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    _KILL = signal.SIGTERM
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        return _flock(descriptor, fcntl.LOCK_EX)

    def _try_look(descriptor: int) -> bool:
        return _flock(descriptor, fcntl.LOCK_SH)

    def _flock(descriptor: int, kind: int) -> bool:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    _DETACHED = 0
    _KILL = signal.SIGKILL


@contextmanager
def running_as_node(directory: Path) -> Iterator[None]:
    """Hold the lock of a node's directory and say which process holds it.

    Raises `CliError` when another process runs this node.
    """
    with _held(directory) as descriptor:
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        yield


@contextmanager
def kept_still(directories: Iterable[Path]) -> Iterator[None]:
    """Let no node of these directories start; `CliError` when one runs, or another command does the same.

    Nobody takes this process for a node: no process is named.
    """
    with ExitStack() as stack:
        for directory in directories:
            stack.enter_context(_held(directory))
        yield


@contextmanager
def _held(directory: Path) -> Iterator[int]:
    """The lock of a node's directory, and the file that it is on, emptied."""
    descriptor = os.open(directory / PID_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                pid = _read_pid(directory)
                raise CliError(
                    f"the node in {directory} {'is running already' if pid else 'cannot start now'}",
                    why=f"Process {pid} holds {PID_FILE}." if pid else "Another command keeps it still.",
                    do="sealane network status",
                    exit_code=ExitCode.REFUSED,
                    code="node.running",
                )
            time.sleep(_POLL_S)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.truncate(directory / PID_FILE, 0)
        yield descriptor
    finally:
        os.close(descriptor)


def running_pid(directory: Path) -> int | None:
    """The process that runs the node in a directory, or None when none does.

    The look is a shared lock: others who look at the same moment are not taken for the node. It changes
    nothing, so whoever may only read the directory can look too.
    """
    try:
        descriptor = os.open(directory / PID_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _try_look(descriptor) else _read_pid(directory)
    finally:
        os.close(descriptor)


def _read_pid(directory: Path) -> int | None:
    text = (directory / PID_FILE).read_text(encoding="ascii", errors="replace").strip()
    return int(text) if text.isdecimal() else None


def start_node(directory: Path) -> subprocess.Popen[bytes]:
    """Start a node that outlives this command, writing to its log."""
    return start_detached(["-m", "cli.main", "node", "run", str(directory.resolve())], directory)


def start_detached(arguments: list[str], directory: Path) -> subprocess.Popen[bytes]:
    """Start this interpreter as a process that outlives this command, and logs to `directory`."""
    log_file = str((directory / LOG_FILE).resolve())
    with (directory / LOG_FILE).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=child_environment() | {"SEALANE_LOG__FILE": log_file},
            start_new_session=os.name == "posix",
            creationflags=_DETACHED,
        )


def child_environment() -> dict[str, str]:
    """The environment in which this interpreter, started anew, finds the same Sealane."""
    return os.environ | {"PYTHONSAFEPATH": "1"} | _source_checkout()


def _source_checkout() -> dict[str, str]:
    """What lets the child find a source checkout that is not installed; nothing for an installation."""
    root = Path(__file__).resolve().parents[1]
    if str(root) == sysconfig.get_path("purelib"):
        return {}
    given = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*([given] if given else []), str(root)])}


def stop_node(directory: Path, *, grace_s: float = STOP_GRACE_S) -> str | None:
    """Stop the node in a directory: `stopped`, `killed` after the grace time, or None when it did not run.

    Windows has no request to end that a process without a console could hear,
    so there a node is ended at once; what it had committed is safe either way.
    """
    pid = running_pid(directory)
    if pid is None:
        return None
    _send(pid, signal.SIGTERM)
    if wait_until(lambda: running_pid(directory) is None, timeout_s=grace_s):
        return "stopped"
    pid = running_pid(directory)
    if pid is not None:
        _send(pid, _KILL)
        wait_until(lambda: running_pid(directory) is None, timeout_s=grace_s)
    return "killed"


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], bool], *, timeout_s: float) -> bool:
    """Whether a condition came true in time; it is looked at twenty times a second."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def port_is_free(host: str, port: int) -> bool:
    """Whether a TCP port can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # Connections of a node that was just stopped linger; the node may bind nevertheless.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def log_tail(directory: Path, lines: int = 8) -> str:
    """The last lines of a node's log."""
    path = directory / LOG_FILE
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 16_384))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
