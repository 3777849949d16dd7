"""Canonical JSON: one spelling for each value, and input that is hostile is refused at no cost."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import ledger
from ledger import canonical
from ledger.canonical import (
    MAX_DEPTH,
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENT_DEPTH,
    Canonical,
    canonical_document,
    check_depth,
    decode,
    document_checksum,
    encode,
    parse_document,
    parse_json,
)
from ledger.errors import EncodingError
from ledger.hashing import sha256
from ledger.primitives import MAX_SAFE_INTEGER, HexHash, UInt

VECTORS = ("arrays", "french", "structures", "unicode", "values", "weird")


class Inner(Canonical, frozen=True, kw_only=True):
    zeta: UInt
    alpha: str


class Sample(Canonical, frozen=True, kw_only=True):
    name: str
    count: UInt
    flag: bool
    inner: Inner
    items: tuple[Inner, ...] = ()
    digest: HexHash | None = None
    note: Annotated[str, msgspec.Meta(max_length=500)] | None = None


GOOD = b'{"count":1,"flag":true,"inner":{"alpha":"a","zeta":2},"name":"x"}'


def refused(data: bytes, *, max_bytes: int = 1_000_000) -> EncodingError:
    with pytest.raises(EncodingError) as caught:
        decode(data, Sample, max_bytes=max_bytes, field="sample")
    return caught.value


# The full RFC 8785, for trade documents


@pytest.mark.conformance
@pytest.mark.parametrize("name", VECTORS)
def test_rfc8785_vectors(conformance_data: Path, name: str) -> None:
    folder = conformance_data / "vectors" / "rfc8785-jcs"
    given_text = (folder / "input" / f"{name}.json").read_bytes()
    wanted = bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text())
    assert wanted == (folder / "output" / f"{name}.json").read_bytes().rstrip(b"\n")
    # A document is an object, so the vectors that are arrays stand within one.
    document = parse_document(b'{"v":' + given_text + b"}")
    assert canonical_document(document) == b'{"v":' + wanted + b"}"
    assert document_checksum(document) == sha256(b'{"v":' + wanted + b"}")
    if given_text.lstrip().startswith(b"{"):
        assert canonical_document(parse_document(given_text)) == wanted


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b'{"a":1,"a":2}', "a"),
        (b'{"outer":{"a":1,"a":1}}', "a"),
        (b'{"a":1,"\\u0061":2}', "a"),
        (b'{"a":NaN}', "doc"),
        (b'{"a":Infinity}', "doc"),
        (b'{"a":-Infinity}', "doc"),
        (b'{"a":1e400}', "doc"),
        (b'{"a":-1e400}', "doc"),
        (b'{"a":9007199254740992}', "doc"),
        (b'{"a":-9007199254740992}', "doc"),
        (b'{"a":' + b"9" * 100_000 + b"}", "doc"),
        (b'{"a":"\\ud800"}', "doc"),
        (b'{"\\udc00":1}', "doc"),
        (b'{"a":"\xed\xa0\x80"}', "doc"),
        (b'{"a":"\xff"}', "doc"),
        (b'\xef\xbb\xbf{"a":1}', "doc"),
        ('{"a":1}'.encode("utf-16"), "doc"),
        (b"[]", "doc"),
        (b'"a"', "doc"),
        (b"null", "doc"),
        (b"", "doc"),
        (b"{", "doc"),
        (b'{"a":1}x', "doc"),
        (b'{"a":01}', "doc"),
        (b'{"a":"\x01"}', "doc"),
        (b"{'a':1}", "doc"),
        (b'{"a":1,}', "doc"),
        (b'{"a":' + b" " * MAX_DOCUMENT_BYTES + b"1}", "doc"),
    ],
)
def test_documents_that_are_refused(data: bytes, field: str) -> None:
    with pytest.raises(EncodingError) as caught:
        parse_document(data, field="doc")
    assert caught.value.field == field


def test_documents_keep_the_numbers_they_had() -> None:
    document = parse_document(b'{"b":1.50,"a":-0,"c":9007199254740991,"d":1E2,"e":-0.0}')
    assert canonical_document(document) == b'{"a":0,"b":1.5,"c":9007199254740991,"d":100,"e":0}'


def test_document_depth_limit_is_exact() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)

    parse_document(nested(MAX_DOCUMENT_DEPTH))
    with pytest.raises(EncodingError, match="nested deeper"):
        parse_document(nested(MAX_DOCUMENT_DEPTH + 1))


# Our own formats: one spelling


def test_the_good_spelling_decodes_and_encodes_to_itself() -> None:
    value = decode(GOOD, Sample, max_bytes=1000)
    assert encode(value) == GOOD == rfc8785.dumps(msgspec.to_builtins(value))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (GOOD + b" ", "sample"),
        (b" " + GOOD, "sample"),
        (GOOD.replace(b":", b": ", 1), "sample"),
        (GOOD.replace(b",", b",\n", 1), "sample"),
        (b'{"flag":true,"count":1,"inner":{"alpha":"a","zeta":2},"name":"x"}', "sample"),
        (GOOD.replace(b'"alpha":"a","zeta":2', b'"zeta":2,"alpha":"a"'), "sample"),
        (GOOD.replace(b'"x"', b'"\\u0078"'), "sample"),
        (GOOD.replace(b'"x"', b'"\\/"'), "sample"),
        (GOOD.replace(b'"x"', b'"\\u00e9"'), "sample"),
        (GOOD.replace(b'"x"', b'"\\u001F"'), "sample"),
        (GOOD.replace(b'"name"', b'"nam\\u0065"'), "sample"),
        (GOOD.replace(b":1,", b":-0,"), "sample"),
        (GOOD.replace(b"}}", b"}}").replace(b',"name"', b',"items":[],"name"'), "sample"),
        (GOOD.replace(b',"name":"x"', b',"name":"x","note":null'), "sample"),
        (GOOD.replace(b'"count":1', b'"count":1,"count":1'), "sample"),
        (GOOD.replace(b'"count":1', b'"count":0,"count":1'), "sample"),
        (GOOD.replace(b":1,", b":1.0,"), "sample.count"),
        (GOOD.replace(b":1,", b":1e0,"), "sample.count"),
        (GOOD.replace(b":1,", b":-1,"), "sample.count"),
        (GOOD.replace(b":1,", b":9007199254740992,"), "sample.count"),
        (GOOD.replace(b":1,", b":" + b"9" * 5000 + b","), "sample.count"),
        (GOOD.replace(b":1,", b":1e400,"), "sample.count"),
        (GOOD.replace(b":1,", b":NaN,"), "sample"),
        (GOOD.replace(b":1,", b":01,"), "sample"),
        (GOOD.replace(b":1,", b":true,"), "sample.count"),
        (GOOD.replace(b":1,", b':"1",'), "sample.count"),
        (GOOD.replace(b":true,", b":1,"), "sample.flag"),
        (GOOD.replace(b'"x"', b'"\\ud800"'), "sample"),
        (GOOD.replace(b'"x"', b'"\xff"'), "sample"),
        (GOOD.replace(b'"x"', b'"\xed\xa0\x80"'), "sample"),
        (GOOD.replace(b'"zeta":2', b'"zeta":"2"'), "sample.inner.zeta"),
        (GOOD.replace(b'"zeta":2', b'"zeta":2,"eta":1'), "sample.inner"),
        (GOOD.replace(b',"name":"x"', b""), "sample"),
        (GOOD.replace(b'"flag"', b'"digest":"AB","flag"'), "sample.digest"),
        (GOOD.replace(b',"name"', b',"items":[{"alpha":"a"}],"name"'), "sample.items[0]"),
        (b"[]", "sample"),
        (b"null", "sample"),
        (b"", "sample"),
        (GOOD[:-1], "sample"),
    ],
)
def test_second_spellings_and_other_shapes_are_refused(data: bytes, field: str) -> None:
    assert data != GOOD
    assert refused(data).field == field


def test_a_trailing_newline_does_not_slip_past_a_pattern() -> None:
    digest = b"ab" * 32
    line = GOOD.replace(b'"flag"', b'"digest":"' + digest + b'\\n","flag"')
    assert refused(line).field == "sample.digest"


def test_size_limit_is_exact() -> None:
    decode(GOOD, Sample, max_bytes=len(GOOD))
    assert "the limit is" in refused(GOOD, max_bytes=len(GOOD) - 1).message


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBER = st.integers(0, MAX_SAFE_INTEGER)
INNER = st.builds(Inner, zeta=NUMBER, alpha=TEXT)
SAMPLES = st.builds(
    Sample,
    name=TEXT,
    count=NUMBER,
    flag=st.booleans(),
    inner=INNER,
    items=st.lists(INNER, max_size=3).map(tuple),
    digest=st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
    note=st.none() | TEXT,
)


@given(SAMPLES)
def test_the_fast_encoder_is_the_reference_encoder(value: Sample) -> None:
    data = encode(value)
    plain = {name: item for name, item in msgspec.to_builtins(value).items() if item not in (None, ())}
    assert data == rfc8785.dumps(plain)
    assert decode(data, Sample, max_bytes=100_000) == value


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_the_fast_encoder_agrees_on_plain_values_with_ascii_keys(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\ \nae01.-tfn', max_size=120).map(str.encode))
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    for read in (lambda: decode(data, Sample, max_bytes=1000), lambda: parse_document(data)):
        try:
            read()
        except EncodingError:
            continue


# Hostile nesting


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"a":[', b'[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_a_hundred_thousand_levels_are_refused_at_once(opening: bytes, closed: bool) -> None:
    closing = b"".join({91: b"]", 123: b"}"}[c] for c in reversed(opening) if c in b"[{") if closed else b""
    data = opening * 100_000 + b"1" + closing * 100_000
    start = time.process_time()
    for read in (
        lambda: decode(data, Sample, max_bytes=10_000_000),
        lambda: parse_document(data[:MAX_DOCUMENT_BYTES]),
    ):
        with pytest.raises(EncodingError, match="nested deeper"):
            read()
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "tail",
    [b'"' + b'\\"' * 500_000, b'"' * 1_000_000, b'"' + b"\\" * 999_999, b'"' + b"a" * 1_000_000, b'"\\'],
    ids=["escaped quotes without an end", "quotes", "backslashes", "one long string", "a lone backslash"],
)
def test_the_depth_check_takes_linear_time(tail: bytes) -> None:
    """Seventeen brackets and a string that never ends once cost time quadratic in its length."""
    data = b"[]" * 17 + tail
    start = time.process_time()
    check_depth(data, limit=MAX_DEPTH)
    assert time.process_time() - start < 2


def test_brackets_in_strings_do_not_count() -> None:
    check_depth(b'["' + b"[" * 50 + b'\\"' + b"{" * 50 + b'"]', limit=MAX_DEPTH)
    check_depth(b'["\\\\","' + b"[" * 50 + b'"]', limit=MAX_DEPTH)
    with pytest.raises(EncodingError):
        check_depth(b'["\\\\",' + b"[" * 50, limit=MAX_DEPTH)


@given(st.text(alphabet='[]{}"\\a', max_size=60))
def test_the_depth_check_is_what_counting_by_hand_says(text: str) -> None:
    depth = deepest = 0
    inside = escaped = False
    for letter in text:
        if inside:
            escaped, inside = (not escaped and letter == "\\"), (escaped or letter != '"')
        elif letter == '"':
            inside, escaped = True, False
        elif letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    if deepest > 2:
        with pytest.raises(EncodingError):
            check_depth(text.encode(), limit=2)
    else:
        check_depth(text.encode(), limit=2)


# Defaults


def _formats() -> list[type[Canonical]]:
    for module in pkgutil.walk_packages(ledger.__path__, "ledger."):
        importlib.import_module(module.name)
    found: list[type[Canonical]] = []
    waiting = [Canonical]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting.extend(children)
        found.extend(kind for kind in children if kind.__module__.startswith(("ledger.", "contracts.")))
    return found


@pytest.mark.parametrize("kind", _formats(), ids=lambda kind: kind.__qualname__)
def test_omitted_defaults_are_recognised_by_identity(kind: type[Canonical]) -> None:
    """The encoder omits a default only when it is the same object, which only these are for sure.

    With another, one value would have two spellings, and a hash would depend on where it came from.
    """
    for item in msgspec.structs.fields(kind):
        single = item.default in (None, (), "", False, 0) or item.default is msgspec.NODEFAULT
        assert item.default_factory is msgspec.NODEFAULT
        assert single or not kind.__struct_config__.omit_defaults, f"{kind.__qualname__}.{item.name}"


def test_plain_values_are_not_reordered_by_accident() -> None:
    assert canonical.encode({"b": [2, 1], "a": {"d": 1, "c": 2}}) == b'{"a":{"c":2,"d":1},"b":[2,1]}'


def test_plain_json_is_bounded_in_depth_however_deep_python_would_recurse() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)  # as some tools do, Hypothesis among them: then `json` ends the process
    try:
        with pytest.raises(EncodingError):
            parse_json(b"[" * 100_000)
    finally:
        sys.setrecursionlimit(limit)
    assert parse_json(b'{"a": [1.5, null]}') == {"a": [1.5, None]}
