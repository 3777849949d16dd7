"""Pages have one encoding, and nothing else decodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import EncodingError
from ledger.state.page import SLOTS, Page

slots = st.lists(
    st.sampled_from([0, 32, 64]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    min_size=SLOTS,
    max_size=SLOTS,
).filter(any)


def page_of(contents: list[bytes]) -> Page:
    page = Page.empty()
    page.nodes[SLOTS:] = contents
    page.rehash(range(SLOTS, 2 * SLOTS))
    return page


@given(slots)
def test_a_page_survives_encoding(contents: list[bytes]) -> None:
    page = page_of(contents)
    again = Page.decode(page.encode())
    assert again.nodes[2:] == page.nodes[2:]
    assert again.root() == page.root()
    assert again.encode() == page.encode()


@given(slots, st.integers(0, SLOTS - 1), st.binary(min_size=64, max_size=64))
def test_rehashing_one_slot_equals_rehashing_all(contents: list[bytes], index: int, leaf: bytes) -> None:
    page = page_of(contents)
    page.nodes[SLOTS + index] = leaf
    root = page.rehash([SLOTS + index])
    fresh = page_of([*contents[:index], leaf, *contents[index + 1 :]])
    assert root == fresh.root()
    assert page.encode() == fresh.encode()


@given(slots)
def test_other_lengths_are_refused(contents: list[bytes]) -> None:
    encoded = page_of(contents).encode()
    for wrong in (encoded[:-1], encoded[:-32], encoded + b"\x00", encoded + bytes(32)):
        with pytest.raises(EncodingError):
            Page.decode(wrong)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x01" + bytes(4),
        b"\x01" + bytes(36),
        b"\x00\x40\x00\x00\x00" + bytes(32),
        b"\x02\x40\x00\x00\x00" + bytes(32),
        b"\x01\xc0\x00\x00\x00" + bytes(96),
        b"\x01\x00\x00\x00\x03" + bytes(96),
    ],
    ids=[
        "empty",
        "version only",
        "no slots",
        "bytes of no slot",
        "version 0",
        "version 2",
        "kind 3",
        "kind 3 last",
    ],
)
def test_malformed_pages_are_refused(data: bytes) -> None:
    with pytest.raises(EncodingError):
        Page.decode(data)
