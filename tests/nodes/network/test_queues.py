from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.network.interface import Channel
from nodes.network.queues import SendQueue, TokenBucket, backoff_s


def test_the_urgent_goes_first_and_the_rest_in_order() -> None:
    queue = SendQueue(max_frames=9, max_bytes=99)
    for channel, frame in [(4, b"d"), (2, b"b1"), (1, b"a"), (2, b"b2")]:
        assert queue.put(Channel(channel), frame)
    assert queue.take(1, 9) == b"a"
    assert queue.take(99, 9) == b"b1b2d"
    assert queue.take(99, 9) == b""
    assert queue.size_bytes == 0


def test_a_frame_larger_than_a_batch_travels_alone() -> None:
    queue = SendQueue(max_frames=9, max_bytes=99)
    for frame in (b"1", b"22222", b"3"):
        queue.put(Channel.SYNC, frame)
    assert [queue.take(4, 9), queue.take(4, 9), queue.take(4, 9)] == [b"1", b"22222", b"3"]


def test_nothing_overtakes_what_did_not_fit_the_batch() -> None:
    queue = SendQueue(max_frames=9, max_bytes=99)
    queue.put(Channel.CONSENSUS, b"1")
    queue.put(Channel.CONSENSUS, b"22222")
    queue.put(Channel.SYNC, b"3")
    assert queue.take(4, 9) == b"1"
    assert queue.take(9, 9) == b"222223"


def test_a_full_queue_gives_up_the_newest_of_the_least_urgent() -> None:
    queue = SendQueue(max_frames=3, max_bytes=99)
    dropped: list[str] = []
    queue.put(Channel.SYNC, b"s", lambda: dropped.append("s"))
    queue.put(Channel.CONTENTS, b"c1", lambda: dropped.append("c1"))
    queue.put(Channel.CONTENTS, b"c2", lambda: dropped.append("c2"))
    assert queue.put(Channel.CONSENSUS, b"v")
    assert dropped == ["c2"]
    assert not queue.put(Channel.CONTENTS, b"c3", lambda: dropped.append("c3"))
    assert queue.put(Channel.STATEMENTS, b"t")
    assert queue.put(Channel.STATEMENTS, b"t")
    assert not queue.put(Channel.STATEMENTS, b"t")
    assert dropped == ["c2", "c1", "s"]
    assert queue.dropped == 5
    assert queue.take(99, 9) == b"vtt"


def test_a_batch_is_bounded_in_frames() -> None:
    queue = SendQueue(max_frames=9, max_bytes=99)
    for frame in (b"1", b"2", b"3"):
        queue.put(Channel.SYNC, frame)
    assert [queue.take(99, 2), queue.take(99, 2)] == [b"12", b"3"]


def test_what_does_not_fit_anyway_displaces_nothing() -> None:
    queue = SendQueue(max_frames=9, max_bytes=10)
    queue.put(Channel.SYNC, b"12345")
    queue.put(Channel.CONSENSUS, b"1234")
    assert not queue.put(Channel.CONSENSUS, b"1234567")
    assert (len(queue), queue.size_bytes) == (2, 9)
    assert queue.put(Channel.CONSENSUS, b"123456")
    assert queue.take(99, 9) == b"1234123456"


@given(st.lists(st.tuples(st.sampled_from(Channel), st.integers(0, 30), st.booleans()), max_size=60))
def test_the_bounds_hold_and_every_frame_is_sent_or_dropped(steps: list[tuple[Channel, int, bool]]) -> None:
    queue = SendQueue(max_frames=5, max_bytes=60)
    sent_bytes = accepted_bytes = 0
    lost: list[int] = []
    for channel, size, take in steps:
        if queue.put(channel, bytes(size), lambda size=size: lost.append(size)):  # type: ignore[misc]
            accepted_bytes += size
        assert len(queue) <= 5
        assert queue.size_bytes <= 60
        if take:
            sent_bytes += len(queue.take(20, 9))
    assert accepted_bytes == sent_bytes + sum(lost) + queue.size_bytes


def test_a_bucket_holds_one_second_and_then_the_rate() -> None:
    bucket = TokenBucket(10.0, 100.0)
    assert bucket.take(10, 100.0) == 0
    assert bucket.take(5, 100.0) == pytest.approx(0.5)
    assert bucket.take(0, 100.5) == 0
    assert bucket.take(10, 1000.0) == 0
    assert bucket.take(1, 1000.0) == pytest.approx(0.1)


def test_pauses_double_up_to_the_cap() -> None:
    pauses = [backoff_s(failures, first_s=0.25, cap_s=3.0) for failures in (0, 1, 2, 3, 4, 5, 10_000)]
    assert pauses == [0, 0.25, 0.5, 1.0, 2.0, 3.0, 3.0]
