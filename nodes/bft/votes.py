"""The vote keeper of one height: what comes in, what is checked, which thresholds hold.

Votes count only once they are genuine. Until then they wait in slots, one for
each sender, type and seat of a round (two for its own seat, so that it can convict
itself), and nothing a peer sends displaces what another sent (V2). When the
waiting votes could reach a threshold that matters, `due` returns the check to
make, and `resolve` takes the verdict (V3). A quorum on one ballot is known by its
certificate: the aggregate that was verified, or one that a peer brought along.
What thresholds lead to is for `driver` and `round`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.accountability import Place
from ledger.primitives import Hash, Height, Round
from ledger.seal import VoteType, precommit_bytes, prevote_bytes
from ledger.validators import ValidatorSet, encode_signers
from nodes.bft.accountability import Accuser
from nodes.bft.effects import Blame, Caught, Shown
from nodes.bft.messages import Certificate, Vote
from nodes.bft.said import Said
from nodes.bft.tallies import Ballot, Bucket, Convicting, Tally
from nodes.bft.verify import Signed, Verdict, VoteJob

Finding = Caught | Shown

PAST_ROUNDS = 8
"""Rounds whose votes are kept after they are left: later, a peer's polka or sealed block serves instead."""

FAR_ROUNDS = 2
"""Rounds beyond the next in which a validator's own votes are kept: honest ones speak of two at a time."""

BALLOTS_PER_SEAT = 2
"""Genuine votes kept for a seat, type and round: two prove the fault, a third adds nothing."""


class VoteKeeper:
    """The votes of one height. Mutable, and owned by the core."""

    def __init__(self, network: Hash, height: Height, validators: ValidatorSet, own: int | None = None):
        """`own` is our seat: what others have of it is checked at once (K1)."""
        self._own = own
        self._network = network
        self._height = height
        self._validators = validators
        self._organisations = tuple(v.organisation for v in validators.validators)
        self._rounds: dict[Round, Bucket] = {}
        self._far: dict[str, list[Round]] = {}
        self._forgers: set[str] = set()
        """Whose own vote was false: not listened to at this height."""
        self._misled: set[str] = set()
        """Who relayed a false vote: not listened to about others in this round."""
        self._jobs: dict[int, tuple[Ballot, VoteJob]] = {}
        self.accuser = Accuser(Place(network=network, validators=validators, height=height))
        self._seen_from: tuple[Round, bool] | None = None
        """Round and sleep in which checks were last asked for: which are due depends on both."""

    # ----- what comes in ----------------------------------------------------

    def add(self, vote: Vote, sender: str, current: Round) -> bool:
        """Let a vote of this height wait, if there is a place for it (V1, V2). True when it was taken."""
        if vote.seat >= self._validators.size or sender in self._forgers:
            return False
        own = self._organisations[vote.seat] == sender
        if sender in self._misled and not own:
            return False
        if vote.round < current - PAST_ROUNDS or (vote.round > current + 1 and not own):
            return False
        ballot = Ballot(vote.type, vote.round, vote.block_id, vote.valid_round)
        if not self._useful(ballot, vote.seat, sender, places=BALLOTS_PER_SEAT if own else 1):
            return False
        if vote.round > current + 1:
            self._make_far(sender, vote.seat, vote.round)
        bucket = self._rounds.setdefault(vote.round, Bucket())
        tally = bucket.tallies.setdefault(ballot, Tally())
        bucket.slots[vote.type, vote.seat, sender] += 1
        tally.doubted.setdefault(vote.seat, {})[sender] = vote.signature
        bucket.changed = True
        return True

    def _useful(self, ballot: Ballot, seat: int, sender: str, *, places: int) -> bool:
        bucket = self._rounds.get(ballot.round)
        if bucket is None:
            return True
        tally = bucket.tallies.get(ballot)
        if tally is not None and (seat in tally.genuine or sender in tally.doubted.get(seat, ())):
            return False
        count = sum(b.type is ballot.type and seat in t.genuine for b, t in bucket.tallies.items())
        return count < BALLOTS_PER_SEAT and bucket.slots[ballot.type, seat, sender] < places

    def _make_far(self, sender: str, seat: int, round_: Round) -> None:
        """Keep a validator's votes of its newest far rounds only; it displaces nobody's but its own."""
        rounds = self._far.setdefault(sender, [])
        if round_ in rounds:
            return
        rounds.append(round_)
        rounds.sort()
        if len(rounds) > FAR_ROUNDS:
            self._drop_seat(rounds.pop(0), seat, sender)

    def _drop_seat(self, round_: Round, seat: int, sender: str) -> None:
        bucket = self._rounds.get(round_)
        if bucket is None:
            return
        for ballot in list(bucket.tallies):
            tally = bucket.tallies[ballot]
            self._take_out(bucket, ballot, tally, seat, sender)
            self._tidy(bucket, ballot, seat)
        if not bucket.tallies:
            del self._rounds[round_]

    def add_known(self, vote: Vote) -> None:
        """Count a vote that needs no check: our own, or one that the journal says was genuine."""
        ballot = Ballot(vote.type, vote.round, vote.block_id, vote.valid_round)
        bucket = self._rounds.setdefault(vote.round, Bucket())
        bucket.tallies.setdefault(ballot, Tally()).genuine[vote.seat] = vote.signature
        bucket.changed = True

    def add_certificate(self, certificate: Certificate, seats: tuple[int, ...]) -> list[Caught]:
        """Count a certificate that verified (V4), and say whom it convicts (F1)."""
        ballot = Ballot(certificate.type, certificate.round, certificate.block_id, certificate.valid_round)
        bucket = self._rounds.setdefault(certificate.round, Bucket())
        tally = bucket.tallies.setdefault(ballot, Tally())
        bucket.changed = True
        if tally.certificate is None:
            tally.certificate, tally.certified = certificate, seats
        return self.accuser.certificate(certificate, seats, self._rounds)

    def forget_before(self, current: Round) -> None:
        """Drop rounds too far behind, except for their polkas, which name the guilty of a fork (F2).

        Who relayed a false vote may relay again: that it did was perhaps the work of colluders (V5).
        """
        self._misled.clear()
        for round_ in [r for r in self._rounds if r < current - PAST_ROUNDS]:
            bucket = self._rounds[round_]
            bucket.tallies = {
                ballot: Tally(certificate=tally.certificate, certified=tally.certified)
                for ballot, tally in bucket.tallies.items()
                if tally.certificate is not None
            }
            bucket.slots.clear()
            if not bucket.tallies:
                del self._rounds[round_]

    # ----- verification -----------------------------------------------------

    def due(self, current: Round, number: int, *, asleep: bool) -> list[VoteJob]:
        """The checks to make now (V3), numbered from `number` on.

        Only rounds in which something changed are looked at: what is not let in costs its decoding only.
        """
        jobs: list[VoteJob] = []
        if self._seen_from != (current, asleep):
            self._seen_from = (current, asleep)
            for bucket in self._rounds.values():
                bucket.changed = True
        for round_ in sorted(r for r, bucket in self._rounds.items() if bucket.changed):
            bucket = self._rounds[round_]
            bucket.changed = False
            every = self._checks_all(bucket, round_, current, asleep=asleep)
            convicting = bucket.convicting(self._organisations)
            for ballot, tally in bucket.tallies.items():
                if tally.job is None and (ballot.type in every or self._checks(ballot, tally, convicting)):
                    job = self._job(ballot, tally, number + len(jobs))
                    tally.job = job.number
                    self._jobs[job.number] = (ballot, job)
                    jobs.append(job)
        return jobs

    def _checks(self, ballot: Ballot, tally: Tally, convicting: Convicting) -> bool:
        """A candidate quorum on one ballot, a second vote of one seat, or one of ours from elsewhere."""
        may_decide = tally.certificate is None and tally.may_reach(self._validators.quorum)
        if may_decide or self._own in tally.doubted:
            return True
        return any(
            convicting.genuine[ballot.type, seat] > (seat in tally.genuine)
            or (self._organisations[seat] in votes and convicting.delivered[ballot.type, seat] > 1)
            for seat, votes in tally.doubted.items()
        )

    def _checks_all(self, bucket: Bucket, round_: Round, current: Round, *, asleep: bool) -> list[VoteType]:
        """The types whose doubted votes matter whatever they say: L34, L47, L55."""
        skip = self._validators.faults + 1
        if round_ > current or (asleep and round_ == current):
            enough = len(bucket.known(None)) >= skip or len(bucket.possible(None)) < skip
            return [] if enough or bucket.busy(None) else self._waiting(bucket)
        if round_ < current:
            return []
        quorum = self._validators.quorum
        return [
            kind
            for kind in self._waiting(bucket)
            if len(bucket.known(kind)) < quorum <= len(bucket.possible(kind))
            # A quorum that may agree on one ballot is checked first, alone.
            and not (bucket.busy(kind) or bucket.may_reach(kind, quorum))
        ]

    def _waiting(self, bucket: Bucket) -> list[VoteType]:
        waiting = [b.type for b, t in bucket.tallies.items() if t.doubted]
        return [kind for kind in VoteType if kind in waiting]

    def _job(self, ballot: Ballot, tally: Tally, number: int) -> VoteJob:
        settled = [self._signed(seat, tally.genuine[seat], "") for seat in sorted(tally.genuine)]
        doubted = []
        for seat in sorted(tally.doubted.keys() - tally.genuine.keys()):
            votes = tally.doubted[seat]
            owner = self._organisations[seat]
            sender = owner if owner in votes else next(iter(votes))
            doubted.append(self._signed(seat, votes[sender], sender))
        message = self.message(ballot)
        return VoteJob(number=number, message=message, settled=tuple(settled), doubted=tuple(doubted))

    def _signed(self, seat: int, signature: bytes, sender: str) -> Signed:
        return Signed(seat, self._validators.keys[seat], signature, sender)

    def message(self, ballot: Ballot) -> bytes:
        """What a vote for this ballot signs."""
        place = (self._network, self._validators.hash, self._height, ballot.round, ballot.block_id)
        if ballot.type is VoteType.PREVOTE:
            return prevote_bytes(*place, ballot.valid_round)
        return precommit_bytes(*place)

    def resolve(self, verdict: Verdict) -> list[Blame | Finding]:
        """Count what a check found genuine, drop the rest, and say who is to blame (V5, F1)."""
        ballot, job = self._jobs.pop(verdict.number)
        bucket = self._rounds.get(ballot.round)
        tally = bucket.tallies.get(ballot) if bucket else None
        if bucket is None or tally is None or tally.job != verdict.number:
            return []
        tally.job, bucket.changed = None, True
        found: list[Blame | Finding] = []
        genuine = frozenset(verdict.genuine)
        for signed in job.doubted:
            self._take_out(bucket, ballot, tally, signed.seat, signed.sender)
            if signed.seat in genuine:
                found.extend(self._count(bucket, ballot, tally, signed))
            else:
                found.extend(self._reject(signed))
            self._tidy(bucket, ballot, signed.seat)
        for signed in job.settled:
            # Two that verified only together, and not apart: colluders. Neither counts.
            if signed.seat not in verdict.seats:
                tally.genuine.pop(signed.seat, None)
        if len(verdict.seats) >= self._validators.quorum and tally.certificate is None:
            tally.certificate = self._certificate(ballot, verdict)
            tally.certified = verdict.seats
        return found

    def _take_out(self, bucket: Bucket, ballot: Ballot, tally: Tally, seat: int, sender: str) -> None:
        if tally.doubted.get(seat, {}).pop(sender, None) is not None:
            bucket.slots[ballot.type, seat, sender] -= 1

    def _count(self, bucket: Bucket, ballot: Ballot, tally: Tally, signed: Signed) -> Iterator[Finding]:
        tally.genuine[signed.seat] = signed.signature
        if signed.seat == self._own:
            yield Shown(said=Said.of(self._vote(ballot, signed.seat, signed.signature)))
        for sender in list(tally.doubted.get(signed.seat, ())):
            self._take_out(bucket, ballot, tally, signed.seat, sender)
        yield from self.accuser.vote(ballot, signed.seat, signed.signature, self._rounds)

    def _reject(self, signed: Signed) -> Iterator[Blame]:
        """V5: a seat answers for its own vote; who relayed one may have been lied to."""
        if self._organisations[signed.seat] != signed.sender:
            self._misled.add(signed.sender)
        else:
            self._forgers.add(signed.sender)
            yield Blame(organisation=signed.sender, reason="a vote whose signature does not verify")

    def _tidy(self, bucket: Bucket, ballot: Ballot, seat: int) -> None:
        tally = bucket.tallies.get(ballot)
        if tally is None:
            return
        if not tally.doubted.get(seat, True):
            del tally.doubted[seat]
        if not tally.doubted and not tally.genuine and tally.certificate is None and tally.job is None:
            del bucket.tallies[ballot]

    def _vote(self, ballot: Ballot, seat: int, signature: bytes) -> Vote:
        return Vote(
            type=ballot.type,
            height=self._height,
            round=ballot.round,
            block_id=ballot.block_id,
            valid_round=ballot.valid_round,
            seat=seat,
            signature=signature,
        )

    def _certificate(self, ballot: Ballot, verdict: Verdict) -> Certificate:
        return Certificate(
            type=ballot.type,
            height=self._height,
            round=ballot.round,
            block_id=ballot.block_id,
            valid_round=ballot.valid_round,
            signers=encode_signers(verdict.seats, self._validators.size),
            signature=verdict.aggregate,
        )

    # ----- thresholds -------------------------------------------------------

    def certificate(self, ballot: Ballot) -> Certificate | None:
        """The proof that a quorum cast this ballot."""
        tally = self._rounds.get(ballot.round, Bucket()).tallies.get(ballot)
        return tally.certificate if tally else None

    def certificates(self, kind: VoteType) -> Iterator[Certificate]:
        """All certificates of a type, oldest round first."""
        for round_ in sorted(self._rounds):
            for ballot, tally in self._rounds[round_].tallies.items():
                if ballot.type is kind and tally.certificate is not None:
                    yield tally.certificate

    def any_quorum(self, kind: VoteType, round_: Round) -> bool:
        """Whether a quorum cast some vote of this type: `<PREVOTE, h, r, *>` of L34, L47."""
        bucket = self._rounds.get(round_)
        return bucket is not None and len(bucket.known(kind)) >= self._validators.quorum

    def skip_round(self, current: Round, *, asleep: bool) -> Round | None:
        """The highest later round with f + 1 voters (L55), or this one while we sleep in it (W2)."""
        first = current if asleep else current + 1
        enough = self._validators.faults + 1
        rounds = [r for r, b in self._rounds.items() if r >= first and len(b.known(None)) >= enough]
        return max(rounds, default=None)

    def voters(self, ballot: Ballot) -> tuple[int, ...]:
        """Seats known to have cast this ballot."""
        tally = self._rounds.get(ballot.round, Bucket()).tallies.get(ballot)
        return tuple(sorted(tally.seats())) if tally else ()

    def said(self, current: Round) -> tuple[Vote, ...]:
        """The votes to say again: the precommits that ended the round before, and all of this one (B2)."""
        return (*self.genuine(Round(current - 1), VoteType.PRECOMMIT), *self.genuine(current, *VoteType))

    def genuine(self, round_: Round, *kinds: VoteType) -> tuple[Vote, ...]:
        """The genuine votes of a round, of these types."""
        return tuple(
            self._vote(ballot, seat, signature)
            for ballot, tally in self._rounds.get(round_, Bucket()).tallies.items()
            if ballot.type in kinds
            for seat, signature in sorted(tally.genuine.items())
        )
