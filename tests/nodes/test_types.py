"""Types made ready: threads that decode a type at the same moment for the first time."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

RACE = '''
import sys, threading, msgspec
from nodes.types import make_ready

SOURCE = """
import msgspec
class A(msgspec.Struct, frozen=True):
    x: int = 0
    y: tuple[int, ...] = ()
class B(msgspec.Struct, frozen=True):
    a: A
    b: tuple[A, ...] = ()
    c: str | None = None
class C(msgspec.Struct, frozen=True):
    a: A
    b: B
    c: tuple[B, ...] = ()
"""
DATA = b'{"a":{"x":1,"y":[1,2]},"b":{"a":{"x":1},"b":[{"x":2}]},"c":[{"a":{"x":3}}]}'
sys.setswitchinterval(1e-6)
kept = []
for number in range(150):
    names = {"__name__": f"nodes.raced{number}"}
    exec(SOURCE, names)
    kept.append(names)
    if sys.argv[1] == "ready":
        make_ready()
    together = threading.Barrier(6)
    def decode():
        together.wait()
        msgspec.json.decode(DATA, type=names["C"])
    threads = [threading.Thread(target=decode) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("done")
'''


def test_threads_decode_a_type_for_the_first_time_together() -> None:
    """Without `make_ready` this ends with a segmentation fault, nearly every time."""
    done = subprocess.run(
        [sys.executable, "-c", RACE, "ready"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
