"""V3: one check when all are genuine, bisection when not, colluders who only verify together."""

from __future__ import annotations

from itertools import count

import pytest

from ledger.bls import BlsBackend
from nodes.bft.verify import AggregateJob, Signed, VoteJob, run_job
from tests.nodes.bft.fakes import fake_bls, names, real_bls, secret_of

MESSAGE = b"the same bytes"
BACKENDS = pytest.mark.parametrize("bls", [fake_bls(), real_bls()], ids=["fake", "real"])


def signed(bls: BlsBackend, seat: int, message: bytes = MESSAGE) -> Signed:
    name = names(7)[seat]
    secret = secret_of(name, bls)
    return Signed(seat, bls.public_key(secret), bls.sign(secret, message), name)


class Counting:
    """Counts the pairings that a backend is asked for."""

    def __init__(self, bls: BlsBackend) -> None:
        self.bls = bls
        self.calls = count()

    def aggregate(self, signatures: list[bytes]) -> bytes:
        return self.bls.aggregate(signatures)

    def fast_aggregate_verify(self, keys: list[bytes], message: bytes, signature: bytes) -> None:
        next(self.calls)
        self.bls.fast_aggregate_verify(keys, message, signature)


@BACKENDS
def test_a_genuine_quorum_costs_one_check_and_gives_the_certificate(bls: BlsBackend) -> None:
    counting = Counting(bls)
    job = VoteJob(
        number=4,
        message=MESSAGE,
        settled=(signed(bls, 0),),
        doubted=tuple(signed(bls, s) for s in (1, 2, 4, 6)),
    )
    verdict = run_job(job, counting)  # type: ignore[arg-type]
    assert (verdict.number, verdict.genuine, verdict.seats) == (4, (1, 2, 4, 6), (0, 1, 2, 4, 6))
    assert next(counting.calls) == 1
    keys = [signed(bls, s).key for s in verdict.seats]
    bls.fast_aggregate_verify(keys, MESSAGE, verdict.aggregate)


@BACKENDS
@pytest.mark.parametrize("bad", [{1}, {2, 5}, {1, 2, 3, 4, 5, 6}])
def test_bisection_finds_the_false_ones(bls: BlsBackend, bad: set[int]) -> None:
    doubted = tuple(signed(bls, s, b"other" if s in bad else MESSAGE) for s in range(1, 7))
    verdict = run_job(VoteJob(number=0, message=MESSAGE, settled=(signed(bls, 0),), doubted=doubted), bls)
    good = tuple(s for s in range(1, 7) if s not in bad)
    assert (verdict.genuine, verdict.seats) == (good, (0, *good))
    bls.fast_aggregate_verify([signed(bls, s).key for s in verdict.seats], MESSAGE, verdict.aggregate)


@BACKENDS
def test_bytes_that_are_no_signature(bls: BlsBackend) -> None:
    junk = Signed(3, signed(bls, 3).key, b"\x01" * 96, "org-d")
    verdict = run_job(VoteJob(number=0, message=MESSAGE, settled=(), doubted=(junk,)), bls)
    assert (verdict.genuine, verdict.seats, verdict.aggregate) == ((), (), b"")


def test_two_that_are_wrong_in_opposite_ways_never_spoil_an_aggregate() -> None:
    """With XOR for addition the attack is easy: swap the same error into two signatures."""
    bls = fake_bls()
    error = b"\x5a" * 96

    def skew(vote: Signed) -> Signed:
        wrong = bytes(a ^ b for a, b in zip(vote.signature, error, strict=True))
        return Signed(vote.seat, vote.key, wrong, vote.sender)

    pair = (skew(signed(bls, 1)), skew(signed(bls, 2)))
    together = run_job(VoteJob(number=0, message=MESSAGE, settled=(), doubted=pair), bls)
    assert together.seats == (1, 2), "as a group it is a proof that both signed"
    later = VoteJob(number=1, message=MESSAGE, settled=(pair[0],), doubted=(signed(bls, 4), signed(bls, 5)))
    verdict = run_job(later, bls)
    assert (verdict.genuine, verdict.seats) == ((4, 5), (4, 5))
    bls.fast_aggregate_verify([signed(bls, s).key for s in (4, 5)], MESSAGE, verdict.aggregate)


@BACKENDS
def test_aggregates(bls: BlsBackend) -> None:
    votes = [signed(bls, s) for s in (0, 3)]
    aggregate = bls.aggregate([v.signature for v in votes])
    keys = tuple(v.key for v in votes)
    assert run_job(AggregateJob(number=1, message=MESSAGE, keys=keys, signature=aggregate), bls).error == ""
    assert run_job(AggregateJob(number=1, message=b"x", keys=keys, signature=aggregate), bls).error
