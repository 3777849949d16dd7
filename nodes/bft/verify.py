"""Signature checks as values, so that pairings run wherever the runner likes.

The core asks for a `Job`; `run_job` is a pure function from a job to a `Verdict`,
which the runner calls in a thread pool and tests call in place. Votes are
checked lazily (clause V3): one aggregate over a candidate quorum, bisected only
when that fails. What a verdict aggregates is always a sum of groups that
verified as groups, so two signatures that are wrong in opposite ways can never
spoil a certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.bls import BlsBackend
from ledger.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Signed:
    """One seat's signature of the message in question."""

    seat: int
    key: bytes
    signature: bytes
    sender: str
    """The organisation that delivered it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteJob:
    """Which of these equal votes are genuine?"""

    number: int
    message: bytes
    settled: tuple[Signed, ...]
    """Votes known to be genuine, included so that the aggregate is a certificate."""
    doubted: tuple[Signed, ...]
    """Votes to check, at most one a seat, none of a settled seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateJob:
    """Did all these keys sign this message? For proposals (one key), polkas and seals."""

    number: int
    message: bytes
    keys: tuple[bytes, ...]
    signature: bytes


Job = VoteJob | AggregateJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to a job."""

    number: int
    genuine: tuple[int, ...] = ()
    """VoteJob: the doubted seats that did sign, in order."""
    seats: tuple[int, ...] = ()
    """VoteJob: the seats of the aggregate, in order."""
    aggregate: bytes = b""
    """VoteJob: one signature for those seats."""
    error: str = ""
    """AggregateJob: why it does not verify; empty when it does."""


def run_job(job: Job, bls: BlsBackend) -> Verdict:
    """The verdict on a job: pure, and as slow as its pairings."""
    if isinstance(job, VoteJob):
        return _run_votes(job, bls)
    try:
        bls.fast_aggregate_verify(job.keys, job.message, job.signature)
    except LedgerError as error:
        return Verdict(number=job.number, error=str(error))
    return Verdict(number=job.number)


def _run_votes(job: VoteJob, bls: BlsBackend) -> Verdict:
    everyone = job.settled + job.doubted
    groups = [(everyone, whole)] if (whole := _check(everyone, job.message, bls)) else _bisect(job, bls)
    good = {signed.seat for group, _ in groups for signed in group}
    return Verdict(
        number=job.number,
        genuine=tuple(sorted(signed.seat for signed in job.doubted if signed.seat in good)),
        seats=tuple(sorted(good)),
        aggregate=_sum([signature for _, signature in groups], bls),
    )


Group = tuple[Sequence[Signed], bytes]
"""Votes that verified together, and their aggregate."""


def _bisect(job: VoteJob, bls: BlsBackend) -> list[Group]:
    """The groups that verify. The settled ones are one group unless the aggregate proves otherwise."""
    found: list[Group] = []
    for votes in (job.settled, job.doubted):
        found.extend(_split(votes, job.message, bls))
    return found


def _split(votes: Sequence[Signed], message: bytes, bls: BlsBackend) -> list[Group]:
    if not votes:
        return []
    if aggregate := _check(votes, message, bls):
        return [(votes, aggregate)]
    if len(votes) == 1:
        return []
    middle = len(votes) // 2
    return _split(votes[:middle], message, bls) + _split(votes[middle:], message, bls)


def _sum(aggregates: list[bytes], bls: BlsBackend) -> bytes:
    if len(aggregates) > 1:
        return bls.aggregate(aggregates)
    return aggregates[0] if aggregates else b""


def _check(votes: Sequence[Signed], message: bytes, bls: BlsBackend) -> bytes:
    """The aggregate of these votes, or nothing when it does not verify."""
    try:
        aggregate = bls.aggregate([signed.signature for signed in votes])
        bls.fast_aggregate_verify([signed.key for signed in votes], message, aggregate)
    except LedgerError:
        return b""
    return aggregate
