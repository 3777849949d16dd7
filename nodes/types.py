"""Types of messages and records, made ready before threads use them.

msgspec makes its table of a struct when the type is first decoded, and puts it in
place before it is complete: a second thread that decodes the same type then reads
what is not there and ends the process (seen with 0.22). A node therefore has every
table made while it has one thread.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

OURS = ("ledger.", "contracts.", "nodes.")


def make_ready() -> int:
    """Have the tables of all our structs that are defined so far made; how many there are."""
    made = 0
    for kind in _structs(msgspec.Struct):
        if kind.__module__.startswith(OURS):
            msgspec.json.Decoder(kind)
            made += 1
    return made


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in kind.__subclasses__():
        yield child
        yield from _structs(child)
