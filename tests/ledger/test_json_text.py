"""JSON that is merely read holds text that can be written again."""

from __future__ import annotations

import pytest

from ledger.canonical import parse_json
from ledger.errors import EncodingError


@pytest.mark.parametrize(
    "data", [b'"\\ud800"', b'{"\\uDC00": 1}', b'["\xed\xa0\x80"]', '"a"'.encode("utf-16"), b"\xff"]
)
def test_half_a_surrogate_pair_and_other_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(EncodingError, match="not JSON"):
        parse_json(data)


def test_what_stands_for_a_character_is_read_as_that() -> None:
    assert parse_json(b'\xef\xbb\xbf["\\ud83d\\ude00", "\\\\ud800"]') == ["\U0001f600", "\\ud800"]
