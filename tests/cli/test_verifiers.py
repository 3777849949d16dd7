"""Checks done by other processes: in order, bounded, and the first fault wins."""

from __future__ import annotations

import pytest

from cli import verifiers
from cli.verifiers import FaultAt, Verifiers, check_signature
from ledger.errors import SignatureError
from ledger.keys import SigningKey

KEY = SigningKey.from_entropy(b"k" * 64)
GOOD = KEY.sign(b"message")
BAD = KEY.sign(b"another")


def add(queue: Verifiers, place: int, signature: bytes = GOOD) -> None:
    queue.add(f"place {place}", check_signature, KEY.public_key.data, signature, b"message")


def check_all(queue: Verifiers, signatures: list[bytes]) -> None:
    for place, signature in enumerate(signatures):
        add(queue, place, signature)
    queue.drain()


@pytest.mark.parametrize("processes", [1, 2])
def test_all_that_verifies_passes(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifiers, "BATCH", 3)
    with Verifiers(processes) as queue:
        for place in range(20):
            add(queue, place)
        queue.drain()


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("faults", [(0,), (7,), (19,), (4, 5), (3, 18)])
def test_the_first_fault_is_the_one_that_is_raised(
    processes: int, faults: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifiers, "BATCH", 3)
    with Verifiers(processes) as queue:
        with pytest.raises(FaultAt) as caught:
            check_all(queue, [BAD if place in faults else GOOD for place in range(20)])
        assert caught.value.place == f"place {faults[0]}"
        assert isinstance(caught.value.error, SignatureError)
        assert caught.value.error.field == "signature"
        queue.drain()


def test_no_process_is_started_for_a_few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifiers, "ProcessPoolExecutor", None)
    with Verifiers(8) as queue:
        for place in range(10):
            add(queue, place)
        queue.drain()


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifiers, "BATCH", 1)
    monkeypatch.setattr(verifiers, "PENDING_BATCHES", 2)
    with Verifiers(2) as queue:
        for place in range(30):
            add(queue, place)
            assert len(queue._waiting) <= 4
        queue.drain()
