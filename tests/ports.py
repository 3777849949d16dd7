"""Ports for nodes under test that no other test, in this process or another, gets at the same time."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

from cli.processes import port_is_free

_FIRST, _END, _STEP = 20_000, 32_000, 120
"""Below the ports that systems hand out; a network uses those from 1, 51 and 101 above its base."""

_NODES = 10
_held: list[int] = []


def reserve_ports() -> int:
    """A base for `--port-base` whose ports are free and stay this process's until it ends.

    That a port is free now says nothing about later: nodes are started seconds
    after, and tests kill and start them again. So a base is locked, in a file that
    all test processes of this machine share.
    """
    folder = Path(tempfile.gettempdir()) / "sealane-test-ports"
    folder.mkdir(exist_ok=True)
    bases = list(range(_FIRST, _END, _STEP))
    random.SystemRandom().shuffle(bases)
    for base in bases:
        descriptor = os.open(folder / str(base), os.O_RDWR | os.O_CREAT, 0o666)
        ports = [base + offset + place for offset in (1, 51, 101) for place in range(_NODES)]
        if _lock(descriptor) and all(port_is_free("127.0.0.1", port) for port in ports):
            _held.append(descriptor)
            return base
        os.close(descriptor)
    raise AssertionError("no free ports")


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
