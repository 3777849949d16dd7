"""Valid values of any msgspec type, drawn from what its annotations say."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from ledger.primitives import MAX_SAFE_INTEGER

_LENGTH = 4
"""Most items drawn where a type allows more; limits have tests of their own."""


@functools.cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """A strategy for a type that msgspec decodes; `TypeError` for one that no format of ours uses."""
    return _of(inspect.type_info(kind))


def _of(info: Any) -> st.SearchStrategy[Any]:
    maker = _MAKERS.get(type(info))
    if maker is None:
        raise TypeError(f"no values are known for {info!r}")
    return maker(info)


def _int(info: inspect.IntType) -> st.SearchStrategy[int]:
    low = info.ge if info.ge is not None else (info.gt + 1 if info.gt is not None else -MAX_SAFE_INTEGER)
    high = info.le if info.le is not None else (info.lt - 1 if info.lt is not None else MAX_SAFE_INTEGER)
    return st.sampled_from((low, high)) | st.integers(low, high)


def _text(info: inspect.StrType) -> st.SearchStrategy[str]:
    low, high = info.min_length or 0, info.max_length
    if info.pattern is not None:
        drawn = st.from_regex(info.pattern)
        return drawn.filter(lambda text: low <= len(text) <= (high or len(text)))
    characters = st.characters(exclude_categories=("Cs",))
    return st.text(characters, min_size=low, max_size=min(high or 24, max(low, 24)))


def _bytes(info: inspect.BytesType) -> st.SearchStrategy[bytes]:
    low = info.min_length or 0
    return st.binary(min_size=low, max_size=min(info.max_length or 64, max(low, 64)))


def _items(info: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    low = info.min_length or 0
    high = min(info.max_length if info.max_length is not None else _LENGTH, max(low, _LENGTH))
    return st.lists(_of(info.item_type), min_size=low, max_size=high).map(tuple)


def _dictionary(info: inspect.DictType) -> st.SearchStrategy[dict[Any, Any]]:
    return st.dictionaries(_of(info.key_type), _of(info.value_type), max_size=_LENGTH)


def _struct(info: inspect.StructType) -> st.SearchStrategy[Any]:
    required = {field.name: _of(field.type) for field in info.fields if field.required}
    optional = {field.name: _of(field.type) for field in info.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: info.cls(**given))


_MAKERS: dict[type, Any] = {
    inspect.IntType: _int,
    inspect.StrType: _text,
    inspect.BytesType: _bytes,
    inspect.AnyType: lambda _: st.none() | st.booleans() | st.integers(0, MAX_SAFE_INTEGER) | st.text("ab"),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.NoneType: lambda _: st.none(),
    inspect.RawType: lambda _: st.sampled_from((b"{}", b'{"a":1}')).map(msgspec.Raw),
    inspect.EnumType: lambda info: st.sampled_from(list(info.cls)),
    inspect.LiteralType: lambda info: st.sampled_from(info.values),
    inspect.UnionType: lambda info: st.one_of(*(_of(item) for item in info.types)),
    inspect.VarTupleType: _items,
    inspect.ListType: _items,
    inspect.TupleType: lambda info: st.tuples(*(_of(item) for item in info.item_types)),
    inspect.DictType: lambda info: st.dictionaries(
        _of(info.key_type), _of(info.value_type), max_size=_LENGTH
    ),
    inspect.StructType: _struct,
}
