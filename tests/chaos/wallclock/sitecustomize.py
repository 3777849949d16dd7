"""A wall clock that somebody else can set, for one node process.

CLOCK_REALTIME belongs to no namespace, and libfaketime breaks the absolute
monotonic sleeps of Python 3.11, so the jump is made where Python reads the clock:
`time.time` and `time.time_ns`, through which the node sees the wall clock. The offset in milliseconds,
a signed little-endian integer of eight bytes, is read from the file that
`CHAOS_CLOCK` names at every call. Monotonic clocks are left alone. The interpreter imports this
module by its name when its folder is on the path.
"""

import mmap
import os
import struct
import time

_OFFSET = struct.Struct("<q")


def _install(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - loaded at every start of the interpreter
        shared = mmap.mmap(file.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)
    true_ns = time.time_ns

    def time_ns() -> int:
        return true_ns() + _OFFSET.unpack_from(shared)[0] * 1_000_000

    def time_s() -> float:
        return time_ns() / 1e9

    time.time_ns, time.time = time_ns, time_s


if "CHAOS_CLOCK" in os.environ:
    _install(os.environ["CHAOS_CLOCK"])
