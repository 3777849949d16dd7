"""Fields of any act, drawn from its type and from what is in the world; a new act needs no generator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from contracts.catalogue import ACTS
from tests.contracts.world import COMMITMENT, CONTENTS, DAY_MS, ORGANISATIONS, World, digest, key_text

PLACES = ("CNQZH", "VNHPH", "KHKOS", "CNCKG")
PLAIN = ("one", "two", "x")
OTHERS = (CONTENTS, COMMITMENT, digest("another"), key_text("someone"))


@st.composite
def bodies(draw: st.DrawFn, act: str, world: World) -> dict[str, Any]:
    """Fields for an act: right in form, and about this world."""
    words = (*_ids(world), *ORGANISATIONS, *PLACES, *OTHERS, *PLAIN)
    fields: dict[str, Any] = _value(draw, inspect.type_info(ACTS[act].body), words, world.now)
    return fields


def _ids(world: World) -> Sequence[str]:
    """The ids of the records there are, and some of records there could be."""
    kinds = ("bill/", "declaration/", "container/", "document/")
    known = [key.partition("/")[2] for key in sorted(world.state) if key.startswith(kinds)]
    return (*known, digest("new")[:32], digest("new"))


def _value(draw: st.DrawFn, info: Any, words: Sequence[str], now: int) -> Any:
    if isinstance(info, inspect.UnionType):
        kinds = [kind for kind in info.types if not isinstance(kind, inspect.NoneType)]
        return _value(draw, draw(st.sampled_from(kinds)), words, now)
    if isinstance(info, inspect.StructType):
        given = {f.name: f.type for f in info.fields if f.required or draw(st.integers(0, 2)) == 0}
        fields = {name: _value(draw, kind, words, now) for name, kind in given.items()}
        return fields if info.tag is None else {info.tag_field: info.tag, **fields}
    if isinstance(info, inspect.VarTupleType):
        count = draw(st.integers(info.min_length or 0, max(info.min_length or 0, 2)))
        return [_value(draw, info.item_type, words, now) for _ in range(count)]
    return _plain(draw, info, words, now)


def _plain(draw: st.DrawFn, info: Any, words: Sequence[str], now: int) -> Any:
    if isinstance(info, inspect.EnumType):
        return draw(st.sampled_from([item.value for item in info.cls]))
    if isinstance(info, inspect.BoolType):
        return draw(st.booleans())
    return _number(draw, info, now) if isinstance(info, inspect.IntType) else _text(draw, info, words)


def _number(draw: st.DrawFn, info: Any, now: int) -> int:
    low = info.ge if info.ge is not None else 0
    high = info.le if info.le is not None else max(now + DAY_MS, low)
    pool = (now, now + DAY_MS, now + 1_000, now - 1_000, low, low + 1, 2, 3)
    return draw(st.sampled_from([number for number in pool if low <= number <= high]))


def _text(draw: st.DrawFn, info: Any, words: Sequence[str]) -> str:
    low, high = info.min_length or 0, info.max_length or 256
    fitting = [word for word in words if low <= len(word) <= high]
    if info.pattern is not None:
        fitting = [word for word in fitting if re.search(info.pattern, word)]
        if not fitting:
            return draw(st.from_regex(info.pattern))
    return draw(st.sampled_from(fitting))
