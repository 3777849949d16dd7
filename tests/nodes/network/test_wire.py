from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.network.handshake import Refused, check_hello
from nodes.network.interface import Channel
from nodes.network.limits import MAX_REASON_BYTES
from nodes.network.wire import (
    MAX_BATCH_FRAMES,
    Frame,
    Kind,
    WireError,
    decode_frames,
    decode_hello,
    decode_reason,
    encode_frame,
    encode_hello,
    encode_reason,
)
from tests.nodes.network.cluster import hello_of, peer_of, replace_hello

FRAMES = st.builds(
    lambda kind, channel, number, payload: Frame(
        kind, channel, 0 if kind is Kind.MESSAGE else number, payload
    ),
    st.sampled_from(Kind),
    st.sampled_from(Channel),
    st.integers(1, 2**32 - 1),
    st.binary(max_size=100),
)


@given(st.lists(FRAMES, max_size=5))
def test_a_batch_of_frames_reads_as_it_was_written(frames: list[Frame]) -> None:
    assert list(decode_frames(b"".join(encode_frame(*frame) for frame in frames))) == frames


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_an_error_and_frames_have_one_spelling(data: bytes) -> None:
    try:
        frames = list(decode_frames(data))
    except WireError:
        return
    assert b"".join(encode_frame(*frame) for frame in frames) == data


def test_a_frame_is_ten_bytes_and_the_payload() -> None:
    frame = encode_frame(Kind.REQUEST, Channel.SYNC, 258, b"abc")
    assert frame.hex() == "0203" + "00000102" + "00000003" + "616263"


def test_a_message_holds_so_many_frames_and_no_more() -> None:
    frame = encode_frame(Kind.MESSAGE, Channel.SYNC, 0, b"")
    assert len(list(decode_frames(frame * MAX_BATCH_FRAMES))) == MAX_BATCH_FRAMES
    with pytest.raises(WireError, match="more than 1024 frames"):
        list(decode_frames(frame * (MAX_BATCH_FRAMES + 1)))


def test_a_greeting_reads_as_it_was_written() -> None:
    hello = hello_of("a")
    assert decode_hello(encode_hello(hello)) == hello


def test_a_later_version_is_readable_as_such() -> None:
    fields = {**msgspec.structs.asdict(hello_of("a")), "version": 2, "novelty": [1, 2]}
    assert decode_hello(msgspec.msgpack.encode(fields)).version == 2


@pytest.mark.parametrize(
    "data",
    [
        "text",
        b"",
        b"\xc1",
        msgspec.msgpack.encode({"version": 1}),
        msgspec.msgpack.encode({**msgspec.structs.asdict(hello_of("a")), "network": b"short"}),
        msgspec.msgpack.encode({**msgspec.structs.asdict(hello_of("a")), "node": "n" * 49}),
        msgspec.msgpack.encode({**msgspec.structs.asdict(hello_of("a")), "software": "\x1b[31m"}),
        msgspec.msgpack.encode({**msgspec.structs.asdict(hello_of("a")), "padding": b"x" * 1024}),
        b"\x91" * 1024,
    ],
)
def test_what_is_no_greeting_is_an_error(data: str | bytes) -> None:
    with pytest.raises(WireError):
        decode_hello(data)


def test_a_greeting_must_fit_the_key_that_was_proved() -> None:
    ours, theirs = hello_of("a"), hello_of("b")
    check_hello(theirs, ours, peer_of("b"))
    with pytest.raises(Refused, match="org-c/n1's key with org-b/n1's greeting"):
        check_hello(theirs, ours, peer_of("c"))
    with pytest.raises(Refused, match="version 3 meets version 1"):
        check_hello(replace_hello(theirs, {"version": 3}), ours, peer_of("b"))


@given(st.text(max_size=300))
def test_reasons_are_short_and_printable(text: str) -> None:
    data = encode_reason(text)
    assert len(data) <= MAX_REASON_BYTES
    shown = decode_reason(data)
    assert shown
    assert shown.isprintable()


def test_a_reason_shows_no_terminal_codes() -> None:
    assert decode_reason(b"no \x1b[31m\n\xff") == "no ?[31m?\N{REPLACEMENT CHARACTER}"
