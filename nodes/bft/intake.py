"""The core's door: which messages are let in, what is checked about them, and what waits.

Votes wait in the keeper, proposals are held while signature and polka are
checked, early messages of the next height wait in a bounded place, and
later ones say that we are behind. Nothing let in here counts before it verified.
"""

from __future__ import annotations

from ledger.block import Block, header_id
from ledger.errors import LedgerError
from ledger.primitives import Hash, Height
from ledger.seal import NIL, NO_ROUND, prevote_bytes, proposal_bytes
from ledger.validators import ValidatorSet, encode_signers
from nodes.bft.body import check_body
from nodes.bft.candidates import Held
from nodes.bft.effects import Behind, Blame, Judge, Received, Send, Shown, Verify
from nodes.bft.messages import Certificate, Proposal, Vote, VoteBatch, Want
from nodes.bft.proposer import proposer_seat
from nodes.bft.rivals import compare_held, suspect, suspicion_checked
from nodes.bft.said import Said
from nodes.bft.timing import SILENT_HEIGHTS, is_timely
from nodes.bft.verify import AggregateJob, Verdict
from nodes.bft.work import Work

EARLY_VOTES = 16
"""Votes of the next height kept from each validator: two a round, while we commit."""

EARLY_ROUNDS = 2
"""Rounds of the next height whose proposal is kept, one each."""

ANSWERS = 2
"""Wishes granted to each validator between two rebroadcasts: an answer can be a whole block (B4)."""


class Intake:
    """Lets messages in. Remembers across heights only who was heard, and what came early."""

    def __init__(self) -> None:
        self._early: list[Received] = []
        self._early_height: Height = Height(0)
        self._heard: dict[str, Height] = {}

    # ----- messages ---------------------------------------------------------

    def receive(self, work: Work, item: Received) -> None:
        """Let a message in, or not."""
        message = item.message
        if isinstance(message, VoteBatch):
            for vote in message.votes:
                if vote.height == work.height:
                    self._vote(work, item.sender, vote)
        elif message.height > work.height:
            self._later(work, item, message)
        elif message.height == work.height and item.sender in work.organisations:
            if isinstance(message, Vote):
                self._vote(work, item.sender, message)
            elif isinstance(message, Proposal):
                self._proposal(work, item, message)
            else:
                self._want(work, item.sender, message)

    def _vote(self, work: Work, sender: str, vote: Vote) -> None:
        if sender in work.organisations and work.keeper.add(vote, sender, work.state.round):
            self._heard[work.organisations[vote.seat]] = work.height

    def _want(self, work: Work, sender: str, want: Want) -> None:
        """B4: hand out a proposal, ours or the one a quorum voted for."""
        granted = work.answered.get(sender, 0)
        found = [
            held.raw
            for held in work.candidates.of_round(want.round)
            if held.genuine and want.block_id in (NIL, held.candidate.block_id)
        ]
        candidate = work.candidates.candidate(want.block_id)
        if candidate is not None and candidate.raw:
            found.append(candidate.raw)
        if found and granted < ANSWERS:
            work.answered[sender] = granted + 1
            work.emit(Send(organisation=sender, payload=found[0]))

    def _later(self, work: Work, item: Received, message: Vote | Proposal | Want) -> None:
        """Keep what is early by one height, within bounds; anything later means that we lag (C2)."""
        if message.height > work.height + 1:
            if item.sender in work.organisations:
                work.emit(Behind(organisation=item.sender, height=Height(message.height - 1)))
            return
        if self._early_height != message.height:
            self._early_height, self._early = message.height, []
        if self._has_room(work.start.next_validators, item.sender, message):
            self._early.append(item)

    def _has_room(self, validators: ValidatorSet, sender: str, message: Vote | Proposal | Want) -> bool:
        if validators.index_of(sender) is None or isinstance(message, Want):
            return False
        mine = [early for early in self._early if early.sender == sender]
        if isinstance(message, Vote):
            return sum(isinstance(early.message, Vote) for early in mine) < EARLY_VOTES
        due = proposer_seat(message.height, message.round, validators)
        taken = any(isinstance(e.message, Proposal) and e.message.round == message.round for e in mine)
        return (
            message.round < EARLY_ROUNDS and validators.validators[due].organisation == sender and not taken
        )

    def early(self, work: Work) -> list[Received]:
        """What came early for this height, now due. Who has a seat only now was not silent before."""
        self._heard = {name: self._heard.get(name, work.height) for name in work.organisations}
        due = self._early if self._early_height == work.height else []
        self._early = []
        return due

    def is_silent(self, organisation: str, height: Height) -> bool:
        """Whether nothing was heard of a validator for some heights (L4)."""
        return height - self._heard.get(organisation, height) > SILENT_HEIGHTS

    # ----- proposals --------------------------------------------------------

    def hold_own(self, work: Work, proposal: Proposal, raw: bytes) -> None:
        """Hold a proposal that we signed, or locked on, and therefore need not check."""
        block_id = header_id(proposal.block.header)
        held = work.candidates.hold(proposal, block_id, "", raw, timely=True)
        held.candidate.verdict = ""
        work.candidates.settle(held)

    def _proposal(self, work: Work, item: Received, proposal: Proposal) -> None:
        """P1 to P3."""
        proposer = work.proposer(proposal.round)
        if work.organisations[proposal.seat : proposal.seat + 1] != (proposer,):
            work.emit(
                Blame(organisation=item.sender, reason="a proposal by another than the round's proposer")
            )
            return
        header = proposal.block.header
        block_id = header_id(header)
        if not work.candidates.takes(
            proposal, block_id, item.sender, proposer=proposer, current=work.state.round
        ):
            suspect(work, item.sender, proposal, block_id)
            return
        polka = proposal.polka
        if polka is not None and not self._could_be_polka(work, polka, block_id):
            work.emit(Blame(organisation=item.sender, reason="a polka without a quorum, or of another block"))
            return
        if not self._is_whole(work, proposal.block):
            work.candidates.distrust(item.sender)
            work.emit(Blame(organisation=item.sender, reason="a block that is not what its header says"))
            return
        self._heard[proposer] = work.height
        timely = proposal.valid_round != NO_ROUND or (
            header.proposer == proposer
            and is_timely(header.time_ms, item.clock_ms, proposal.round, work.start.parameters)
        )
        held = work.candidates.hold(proposal, block_id, item.sender, item.raw, timely=timely)
        self._ask_signature(work, held, block_id)
        if polka is not None:
            self._ask_polka(work, held, polka)
        if held.candidate.verdict is None and not held.candidate.asked:
            held.candidate.asked = True
            work.emit(Judge(height=work.height, block_id=block_id, block=proposal.block))

    def _is_whole(self, work: Work, block: Block) -> bool:
        """P5: whether the body is that of the header; a block on another parent is for judging."""
        if block.header.parent != work.start.parent.hex():
            return True
        try:
            check_body(block, work.start.frontier)
        except LedgerError:
            return False
        return True

    def _could_be_polka(self, work: Work, polka: Certificate, block_id: Hash) -> bool:
        """Whether the certificate is of this block and names a quorum."""
        validators = work.start.validators
        if len(polka.signers) != (validators.size + 7) // 8 or polka.block_id != block_id:
            return False
        seats = work.seats(polka)
        return len(seats) >= validators.quorum and encode_signers(seats, validators.size) == polka.signers

    def _ask_signature(self, work: Work, held: Held, block_id: Hash) -> None:
        proposal, validators = held.proposal, work.start.validators
        message = proposal_bytes(
            work.network, validators.hash, work.height, proposal.round, block_id, proposal.valid_round
        )
        self._ask(work, held, None, message, (validators.keys[proposal.seat],), proposal.signature)

    def _ask_polka(self, work: Work, held: Held, polka: Certificate) -> None:
        validators = work.start.validators
        message = prevote_bytes(
            work.network, validators.hash, work.height, polka.round, polka.block_id, polka.valid_round
        )
        keys = tuple(validators.keys[seat] for seat in work.seats(polka))
        self._ask(work, held, polka, message, keys, polka.signature)

    def _ask(
        self,
        work: Work,
        held: Held,
        subject: Certificate | None,
        message: bytes,
        keys: tuple[bytes, ...],
        signature: bytes,
    ) -> None:
        number = work.next_number()
        held.checks.add(number)
        work.checks[number] = (held, subject)
        work.emit(Verify(job=AggregateJob(number=number, message=message, keys=keys, signature=signature)))

    def checked(self, work: Work, verdict: Verdict) -> bool:
        """Take the verdict on a check asked for here; False when it is about votes."""
        if verdict.number not in work.checks:
            return suspicion_checked(work, verdict)
        held, subject = work.checks.pop(verdict.number)
        held.checks.discard(verdict.number)
        if verdict.error:
            work.candidates.drop(held)
            work.emit(
                Blame(organisation=held.sender, reason=f"a proposal that does not verify: {verdict.error}")
            )
        elif subject is not None:
            seats = work.seats(subject)
            for caught in work.keeper.add_certificate(subject, seats):
                work.emit(caught)
            if work.seat in seats:
                work.emit(Shown(said=Said.of(subject)))
        if held.genuine:
            work.candidates.settle(held)
            compare_held(work, held)
            if held.proposal.seat == work.seat:
                work.emit(Shown(said=Said.of(held.proposal)))
        return True
