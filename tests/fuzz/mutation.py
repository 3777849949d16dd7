"""From what is valid to what a hostile peer would rather send, at the level of bytes and of structure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.trees import ODDITIES, Lie, Pair, Pairs, read, write

Draw = st.DrawFn
Place = tuple[list[Any], int]
"""A container and a position in it."""

NUMBERS = (0, 1, -1, 2**15, 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1, -(2**63))
TEXTS = ("", "\x00", "a" * 300, "\u202e", "é", b"", bytes(32), b"\xff" * 96)
PLAIN = (None, True, False, 0.0, 1.5, *TEXTS, [], *NUMBERS, *ODDITIES)
"""Values of the wrong type or size for nearly every field."""


@st.composite
def mutated(draw: Draw, seeds: Sequence[bytes], form: str, prefix: int = 0) -> bytes:
    """A seed changed a few times. `form` is `json`, `msgpack`, `cbor`, `xml` or `bytes`.

    The first `prefix` bytes, a version, are no part of the structure.
    """
    data = draw(st.sampled_from(seeds))
    if form != "bytes" and draw(st.integers(0, 3)):
        tree = [read(form, data[prefix:])]
        for _ in range(draw(st.integers(1, 3))):
            _change(draw, tree)
        data = data[:prefix] + b"".join(write(form, item) for item in tree)
    for _ in range(draw(st.integers(0, 2))):
        data = _damaged(draw, data, draw(st.sampled_from(seeds)))
    return data


def _places(container: list[Any]) -> list[Place]:
    """Every position in a container and below it."""
    found: list[Place] = []
    todo = [container]
    while todo:
        here = todo.pop()
        for index, item in enumerate(here):
            found.append((here, index))
            inner = item.inner if isinstance(item, Lie) else item
            if isinstance(inner, list):
                todo.append(inner)
    return found


def _change(draw: Draw, tree: list[Any]) -> None:
    """One change of structure somewhere in a tree, in place."""
    places = _places(tree)
    if places:
        here, index = draw(st.sampled_from(places))
        # A map's pairs come and go as a whole; their keys and values are changed.
        changes = _REORDERING if isinstance(here, Pairs) else _REPLACING if isinstance(here, Pair) else _ALL
        draw(st.sampled_from(changes))(draw, here, index, places)


def _delete(draw: Draw, here: list[Any], index: int, places: list[Place]) -> None:
    del here[index]


def _repeat(draw: Draw, here: list[Any], index: int, places: list[Place]) -> None:
    here.insert(draw(st.integers(0, len(here))), copy.deepcopy(here[index]))


def _swap(draw: Draw, here: list[Any], index: int, places: list[Place]) -> None:
    there, other = draw(st.sampled_from(places))
    if type(there) is type(here):
        here[index], there[other] = copy.deepcopy(there[other]), copy.deepcopy(here[index])


def _replace(draw: Draw, here: list[Any], index: int, places: list[Place]) -> None:
    here[index] = copy.copy(draw(st.sampled_from(PLAIN)))


def _lie(draw: Draw, here: list[Any], index: int, places: list[Place]) -> None:
    here[index] = Lie(here[index], draw(st.sampled_from((-1, 1, 2**31))))


def _nest(draw: Draw, here: list[Any], index: int, places: list[Place]) -> None:
    for _ in range(draw(st.sampled_from((1, 7, 20)))):
        here[index] = [here[index]]


def _vary(draw: Draw, here: list[Any], index: int, places: list[Place]) -> None:
    """A value of the same type that differs a little."""
    value = here[index]
    if isinstance(value, bool) or value is None:
        here[index] = not value
    elif isinstance(value, int):
        here[index] = value + draw(st.sampled_from((-1, 1, 256, -(2**32))))
    elif isinstance(value, bytes):
        here[index] = _damaged(draw, value, value)
    elif isinstance(value, str):
        varied = (value.upper(), value + " ", value[:-1], value + "\n", "é" + value)
        here[index] = draw(st.sampled_from(varied))


Change = Callable[[Draw, list[Any], int, list[Place]], None]
_REORDERING: tuple[Change, ...] = (_delete, _repeat, _swap)
_REPLACING: tuple[Change, ...] = (_swap, _replace, _replace, _lie, _nest, _vary)
_ALL = (*_REORDERING, *_REPLACING)


def _damaged(draw: Draw, data: bytes, other: bytes) -> bytes:
    """One change: cut, shortened, repeated, inserted, overwritten, a bit flipped, or continued otherwise."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 64)))
    few = draw(st.binary(min_size=1, max_size=8))
    flipped = bytes(byte ^ (1 << (few[0] & 7)) for byte in data[start : start + 1])
    outcomes = (
        data[:start],
        data[:start] + data[end:],
        data[:end] + data[start:end] * 3 + data[end:],
        data[:start] + few + data[start:],
        data[:start] + few + data[start + len(few) :],
        data[:start] + flipped + data[start + 1 :],
        data[:start] + other[min(start + few[0] % 5, len(other)) :],
    )
    return draw(st.sampled_from(outcomes))
