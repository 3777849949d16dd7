"""Every type that is written as canonical JSON, and every message between nodes: one spelling, one reading.

The types are found by their base, so that a new one cannot be forgotten here.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

import contracts
import ledger
from ledger import canonical
from ledger.canonical import Canonical
from ledger.errors import EncodingError
from tests.fuzz.mutation import mutated
from tests.fuzz.values import values_of

for package in (ledger, contracts):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def _kinds(base: type[Canonical]) -> Iterator[type[Canonical]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


KINDS = sorted(set(_kinds(Canonical)), key=lambda kind: (kind.__module__, kind.__qualname__))


def test_types_are_found() -> None:
    names = {kind.__name__ for kind in KINDS}
    assert {"Header", "Seal", "Payload", "Evidence", "Genesis", "Bill", "Organisation"} <= names


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
@settings(max_examples=8)
@given(data=st.data())
def test_canonical_types(kind: type[Canonical], data: Any) -> None:
    check_type(kind, data)


@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
@settings(max_examples=300, derandomize=False, print_blob=True)
@given(data=st.data())
def test_canonical_types_in_depth(kind: type[Canonical], data: Any) -> None:
    check_type(kind, data)


def check_type(kind: type[Canonical], data: Any) -> None:
    value = data.draw(values_of(kind))
    encoded = canonical.encode(value)
    # Two encoders agree, on the value as another implementation would read it.
    assert encoded == rfc8785.dumps(json.loads(encoded))
    assert canonical.decode(encoded, kind, max_bytes=len(encoded)) == value
    hostile = data.draw(mutated((encoded,), "json"))
    try:
        again = canonical.decode(hostile, kind, max_bytes=100_000)
    except EncodingError:
        return
    assert canonical.encode(again) == hostile
    assert rfc8785.dumps(json.loads(hostile)) == hostile or _has_raw(kind)


def _has_raw(kind: type) -> bool:
    """Whether parts of it are other canonical documents, checked when they are read."""
    return "Raw" in repr(msgspec.inspect.type_info(kind))
