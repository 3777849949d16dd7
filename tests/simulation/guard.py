"""No real time, chance, socket or thread while a simulation runs.

The project's own code must ask its clock: reading the machine's raises. Libraries
below it (the database toolkit stamps its connections) are told the virtual time.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

OURS = ("nodes", "contracts", "ledger", "tests")

CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")


class TouchedTheWorld(BaseException):
    """Something real was about to be used inside a simulation."""


def _clock(name: str, now_s: Callable[[], float], whole: bool) -> Callable[[], float]:
    def read() -> float:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if caller.partition(".")[0] in OURS:
            raise TouchedTheWorld(f"{caller} reads time.{name}")
        return int(now_s() * 1e9) if whole else now_s()

    return read


def _forbidden(what: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise TouchedTheWorld(what)

    return refuse


@contextmanager
def nothing_real(now_s: Callable[[], float]) -> Iterator[None]:
    """Turn off the world; `now_s` is the virtual time."""
    replaced: list[tuple[Any, str, Any]] = []

    def put(owner: Any, name: str, value: Any) -> None:
        replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    for name in CLOCKS:
        put(time, name, _clock(name, now_s, name.endswith("_ns")))
    put(time, "sleep", _forbidden("time.sleep"))
    put(os, "urandom", _forbidden("os.urandom"))
    put(secrets, "token_bytes", _forbidden("secrets.token_bytes"))
    put(secrets, "token_hex", _forbidden("secrets.token_hex"))
    for name in ("random", "randrange", "choice", "shuffle", "uniform", "getrandbits"):
        put(random, name, _forbidden(f"random.{name}"))
    put(threading.Thread, "start", _forbidden("a thread"))
    put(socket, "socket", _forbidden("a socket"))
    try:
        yield
    finally:
        for owner, name, value in reversed(replaced):
            setattr(owner, name, value)
