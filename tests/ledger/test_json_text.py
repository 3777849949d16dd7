"""JSON that is read holds text that can be written again, and no key twice."""

from __future__ import annotations

import pytest

from ledger.canonical import _unique_keys, parse_json
from ledger.errors import EncodingError


@pytest.mark.parametrize(
    "data", [b'"\\ud800"', b'{"\\uDC00": 1}', b'["\xed\xa0\x80"]', '"a"'.encode("utf-16"), b"\xff"]
)
def test_half_a_surrogate_pair_and_other_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(EncodingError, match="not JSON"):
        parse_json(data)


def test_what_stands_for_a_character_is_read_as_that() -> None:
    assert parse_json(b'\xef\xbb\xbf["\\ud83d\\ude00", "\\\\ud800"]') == ["\U0001f600", "\\ud800"]


class Counted(str):
    """A name that counts how often it is compared."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)


def test_a_key_that_appears_twice_is_found_in_one_pass() -> None:
    pairs = [(Counted(f"{number:05}"), 1) for number in range(2_000)]
    with pytest.raises(EncodingError, match="'01999' appears twice"):
        _unique_keys([*pairs, (Counted("01999"), 2)])
    assert Counted.compared < 100
