"""Decoded records are shared by all who read the same bytes, so nothing in one may ever change."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec.inspect
import pytest

from contracts.catalogue import KINDS
from contracts.context import View, decode_stored
from contracts.membership.model import Member, Organisation
from ledger.errors import InvariantViolated
from tests.contracts.world import World


def parts(kind: msgspec.inspect.Type, known: set[type]) -> Iterator[msgspec.inspect.Type]:
    """A type and every type within it, once."""
    yield kind
    if isinstance(kind, msgspec.inspect.StructType):
        if kind.cls in known:
            return
        known.add(kind.cls)
    for name in ("fields", "item_type", "item_types", "types"):
        inner = getattr(kind, name, ())
        for one in inner if isinstance(inner, tuple) else (inner,):
            yield from parts(getattr(one, "type", one), known)


@pytest.mark.parametrize("kind", [one.record for one in KINDS], ids=lambda kind: kind.__name__)
def test_a_record_cannot_change(kind: type) -> None:
    found = list(parts(msgspec.inspect.type_info(kind), set()))
    structs = [one for one in found if isinstance(one, msgspec.inspect.StructType)]
    assert structs
    assert all(one.cls.__struct_config__.frozen for one in structs)
    mutable = (msgspec.inspect.ListType, msgspec.inspect.DictType, msgspec.inspect.SetType)
    assert [one for one in found if isinstance(one, mutable)] == []


def test_the_same_bytes_are_decoded_once_and_damage_is_never_remembered() -> None:
    key, data = next((k, v) for k, v in World().state.items() if k.startswith("organisation/"))
    assert decode_stored(key, data, Organisation) is decode_stored(key, bytes(bytearray(data)), Organisation)
    for _ in range(2):
        with pytest.raises(InvariantViolated, match="is damaged"):
            decode_stored(key, data[:-1], Organisation)


class Counted(World):
    """Counts how often each record is read."""

    def get(self, key: str) -> bytes | None:
        self.reads.append(key)
        return super().get(key)

    @property
    def reads(self) -> list[str]:
        found: list[str] = self.__dict__.setdefault("_reads", [])
        return found


def test_an_act_reads_each_record_once_an_absent_one_too_and_as_one_kind() -> None:
    world = Counted()
    view, there, absent = View(world), "organisation/beibu-line", "organisation/nobody"
    for _ in range(3):
        assert view.get(there, Organisation) is view.get(there, Organisation)
        assert view.get(absent, Organisation) is None
    assert world.reads == [there, absent]
    with pytest.raises(InvariantViolated, match="read as Organisation and as Member"):
        view.get(there, Member)
    assert view.get(absent, Member) is None
    with pytest.raises(InvariantViolated, match="does not exist"):
        view.require(absent, Organisation)
