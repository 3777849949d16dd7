"""Who may sign what: the one place that holds the validator's BLS secret.

A signer never signs two different things for one place (height, round, step), nor
anything for a place before the last (J1, J2); asked again for the same, it answers
with the same bytes. It writes what it signs to its journal, and what it returned
may be sent only after `flush`. All calls come from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.bls import BlsBackend
from ledger.primitives import Hash, Height, Round
from ledger.seal import VoteType, precommit_bytes, prevote_bytes, proposal_bytes
from nodes.bft.effects import PersistLock, PersistRound, SignProposal, SignVote
from nodes.bft.messages import Proposal, Vote, decode_message, encode_message
from nodes.bft.recovery import (
    AbstainRecord,
    AlarmRecord,
    CommittedRecord,
    LockRecord,
    Record,
    Recovered,
    RoundRecord,
    SignedRecord,
    recover,
)
from nodes.bft.said import STEPS, Place, Said, last_place_of


class RefusedToSign(Exception):
    """Signing this would contradict or precede something signed before, or falls into an abstention."""


class Journal(Protocol):
    """Where a signer remembers; see `nodes.bft.journal` for the one on disk."""

    fresh: bool
    """Whether there was no journal before: what the key signed in the past is then unknown."""

    def records(self) -> Sequence[Record]:
        """Everything since the last committed height, oldest first."""
        ...

    def locks(self) -> Sequence[LockRecord]:
        """Lock records that were there when it was opened, committed heights' too, until `compact`."""
        ...

    def append(self, record: Record) -> None:
        """Add a record, durable after the next `sync`."""
        ...

    def is_long(self) -> bool:
        """Whether it is time to `compact`."""
        ...

    def compact(self) -> None:
        """Let go of what is no longer among the records, once the witness log has its polkas (F3)."""
        ...

    def sync(self) -> None:
        """Return when all records are durable."""
        ...

    def close(self) -> None:
        """Make everything durable and let go."""
        ...


class Signer(Protocol):
    """What the engine needs of a signer, local or remote."""

    public_key: bytes

    def sign_vote(self, request: SignVote) -> Vote:
        """The signed vote; raises `RefusedToSign`."""
        ...

    def sign_proposal(self, request: SignProposal) -> tuple[Proposal, bytes]:
        """The signed proposal and its bytes; raises `RefusedToSign`."""
        ...

    def lock(self, request: PersistLock) -> None:
        """Remember what a lock rests on."""
        ...

    def end_round(self, request: PersistRound) -> None:
        """Remember what ended a round."""
        ...

    def committed(self, height: Height) -> None:
        """Forget what only mattered until this height was committed."""
        ...

    def abstains_until(self) -> Height | None:
        """The last height at which nothing is signed; None while even that is unknown (J6)."""
        ...

    def abstain(self, until: Height) -> None:
        """Settle that nothing is signed up to a height."""
        ...

    def last_place(self) -> Place:
        """Up to where nothing new is signed any more; may be asked from any thread."""
        ...

    def shown(self, said: Said) -> bool:
        """K1: others showed what this key signed. True when that raises the alarm, which is durable then."""
        ...

    def alarm(self) -> Place | None:
        """Where this key signed what is not in the journal (K1); may be asked from any thread."""
        ...

    def recovered(self, height: Height) -> Recovered | None:
        """Where to resume in a height."""
        ...

    def rested_on(self, height: Height) -> tuple[LockRecord, ...]:
        """F3: the polkas of heights up to `height` that were still in the journal when it was opened."""
        ...

    def is_long(self) -> bool:
        """Whether it is time to `compact`."""
        ...

    def compact(self) -> None:
        """Let go of committed heights, whose polkas must be on disk in the witness log (F3)."""
        ...

    def flush(self) -> None:
        """Return when everything signed is durable."""
        ...

    def close(self) -> None:
        """Flush, and sign nothing more."""
        ...


class JournalSigner:
    """A signer with its secret in memory and its memory in a journal."""

    def __init__(
        self, *, secret: bytes, network: Hash, journal: Journal, bls: BlsBackend, max_message_bytes: int
    ) -> None:
        """Take up where the journal ends; a fresh journal abstains until `abstain` settles how long."""
        self.public_key = bls.public_key(secret)
        self._secret = secret
        self._network = network
        self._journal = journal
        self._bls = bls
        self._max_bytes = max_message_bytes
        self._last: Place = (Height(0), Round(-1), 0)
        self._said: Vote | Proposal | None = None
        self._until: Height | None = Height(0)
        self._signed: dict[Place, Said] = {}
        """What was signed since the last committed height."""
        self._committed = Height(0)
        """Up to here the journal no longer knows what was signed (J5)."""
        self._alarm: Place | None = None
        if journal.fresh:
            journal.append(AbstainRecord(until=None))
            journal.sync()
        for record in journal.records():
            self._remember(record)

    def _remember(self, record: Record) -> None:
        if isinstance(record, CommittedRecord):
            self._last = max(self._last, last_place_of(record.height))
            self._forget(record.height)
        elif isinstance(record, AbstainRecord):
            self._until, self._alarm = record.until, None
        elif isinstance(record, AlarmRecord):
            self._alarm = (record.height, record.round, record.step)
        elif isinstance(record, SignedRecord):
            message = decode_message(record.payload, max_bytes=self._max_bytes)
            if isinstance(message, Vote | Proposal):
                self._keep(message)

    def _forget(self, height: Height) -> None:
        self._committed = max(self._committed, height)
        self._signed = {place: said for place, said in self._signed.items() if place[0] > height}

    def sign_vote(self, request: SignVote) -> Vote:
        """Sign a vote, or return the same one again."""
        place = (request.height, request.round, STEPS[request.type])
        position = (self._network, request.validators_hash, request.height, request.round, request.block_id)
        if request.type is VoteType.PREVOTE:
            data = prevote_bytes(*position, request.valid_round)
        else:
            data = precommit_bytes(*position)
        again = self._allow(place, request.block_id, request.valid_round)
        if isinstance(again, Vote):
            return again
        vote = Vote(
            type=request.type,
            height=request.height,
            round=request.round,
            block_id=request.block_id,
            valid_round=request.valid_round,
            seat=request.seat,
            signature=self._bls.sign(self._secret, data),
        )
        self._record(vote, encode_message(vote))
        return vote

    def sign_proposal(self, request: SignProposal) -> tuple[Proposal, bytes]:
        """Sign a proposal, or return the same one again."""
        place = (request.height, request.round, 1)
        again = self._allow(place, request.block_id, request.valid_round)
        if isinstance(again, Proposal):
            return again, encode_message(again)
        data = proposal_bytes(
            self._network,
            request.validators_hash,
            request.height,
            request.round,
            request.block_id,
            request.valid_round,
        )
        proposal = Proposal(
            height=request.height,
            round=request.round,
            valid_round=request.valid_round,
            seat=request.seat,
            signature=self._bls.sign(self._secret, data),
            polka=request.polka,
            block=request.block,
        )
        raw = encode_message(proposal)
        self._record(proposal, raw)
        return proposal, raw

    def _allow(self, place: Place, block_id: Hash, valid_round: Round) -> Vote | Proposal | None:
        """J2: None when the place is new, what was said there when it is the same; raises otherwise."""
        height, round_, step = place
        if self._alarm is not None:
            raise RefusedToSign(f"this key signed at height {self._alarm[0]} what is not in its journal")
        if self._until is None or height <= self._until:
            raise RefusedToSign(
                f"abstaining at height {height}: an earlier journal of this key may have been lost"
            )
        if place > self._last:
            return None
        if self._said is not None and Said.of(self._said) == Said(
            place=place, block_id=block_id, valid_round=valid_round
        ):
            return self._said
        raise RefusedToSign(f"height {height}, round {round_}, step {step} is not after {self._last}")

    def _record(self, message: Vote | Proposal, raw: bytes) -> None:
        self._journal.append(SignedRecord(payload=raw))
        self._keep(message)

    def _keep(self, message: Vote | Proposal) -> None:
        said = Said.of(message)
        self._last, self._said = said.place, message
        self._signed[said.place] = said

    def lock(self, request: PersistLock) -> None:
        """Write what a lock rests on; the precommit that follows is written after it."""
        self._journal.append(
            LockRecord(
                proposal=request.proposal, polka=request.polka, validators_hash=request.validators_hash
            )
        )

    def end_round(self, request: PersistRound) -> None:
        """Write what ended a round; what is signed in the next one is written after it."""
        self._journal.append(RoundRecord(votes=request.votes))

    def committed(self, height: Height) -> None:
        """Let the journal forget the records of a height, yet nothing up to it is ever signed again."""
        place = last_place_of(height)
        if place > self._last:
            self._last, self._said = place, None
            self._forget(height)
            self._journal.append(CommittedRecord(height=height))

    def abstains_until(self) -> Height | None:
        """The last height at which nothing is signed; None while unknown."""
        return self._until

    def abstain(self, until: Height) -> None:
        """Settle the abstention, durably."""
        self._journal.append(AbstainRecord(until=until))
        self._journal.sync()
        self._until, self._alarm = until, None

    def last_place(self) -> Place:
        """Up to where nothing new is signed any more; may be asked from any thread."""
        return self._last

    def shown(self, said: Said) -> bool:
        """K1: whether the journal would have to know this and does not. Committed heights it has forgotten
        (J5), and of those it abstains from an earlier journal knew (J6): they prove nothing.
        """
        height, round_, step = said.place
        if self._alarm is not None or self._until is None:
            return False
        if height <= max(self._until, self._committed) or self._signed.get(said.place) == said:
            return False
        self._journal.append(AlarmRecord(height=height, round=round_, step=step, block_id=said.block_id))
        self._journal.sync()
        self._alarm = said.place
        return True

    def alarm(self) -> Place | None:
        """Where this key signed what is not in the journal; may be asked from any thread."""
        return self._alarm

    def recovered(self, height: Height) -> Recovered | None:
        """Where to resume in a height."""
        return recover(self._journal.records(), height, self._max_bytes)

    def rested_on(self, height: Height) -> tuple[LockRecord, ...]:
        """F3: of heights up to `height`, or that the journal saw committed, as it was when it was opened."""
        settled = max(height, self._committed)
        return tuple(lock for lock in self._journal.locks() if lock.polka.height <= settled)

    def is_long(self) -> bool:
        """Whether it is time to `compact`."""
        return self._journal.is_long()

    def compact(self) -> None:
        """Let go of committed heights."""
        self._journal.compact()

    def flush(self) -> None:
        """Make everything signed durable."""
        self._journal.sync()

    def close(self) -> None:
        """Make everything durable and let go of the journal."""
        self._journal.close()
