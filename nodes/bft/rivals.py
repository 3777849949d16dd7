"""Two proposals of one seat for one round: they convict it (clause F1).

Of one that is not let in nothing is kept but what its proposer signed, and one
check at a time is asked for each sender, so that nobody can make us hold or
verify more.
"""

from __future__ import annotations

from ledger.accountability import Offence
from ledger.accountability.attestation import signed_bytes
from ledger.primitives import Hash, Round
from nodes.bft.accountability import proposal_attestation
from nodes.bft.candidates import Held
from nodes.bft.effects import Blame, Verify
from nodes.bft.messages import Proposal
from nodes.bft.verify import AggregateJob, Verdict
from nodes.bft.work import Work


def suspect(work: Work, sender: str, proposal: Proposal, block_id: Hash) -> None:
    """Have a proposal that was not let in checked, if it contradicts the one that was."""
    first, accuser = work.candidates.first(proposal.round), work.keeper.accuser
    if (
        first is None
        or work.candidates.distrusts(sender)
        or accuser.has_charged(proposal.seat, Offence.TWO_PROPOSALS, proposal.round)
    ):
        return
    if (first.candidate.block_id, first.proposal.valid_round) == (block_id, proposal.valid_round):
        return
    if any(other == sender for other, _ in work.suspects.values()):
        return
    number, attestation = work.next_number(), proposal_attestation(proposal, accuser.place)
    work.suspects[number] = sender, attestation
    job = AggregateJob(
        number=number,
        message=signed_bytes(attestation, accuser.place),
        keys=(work.start.validators.keys[proposal.seat],),
        signature=proposal.signature,
    )
    work.emit(Verify(job=job))


def suspicion_checked(work: Work, verdict: Verdict) -> bool:
    """Take the verdict on a check asked for here; False when it is about something else."""
    if verdict.number not in work.suspects:
        return False
    sender, second = work.suspects.pop(verdict.number)
    if verdict.error:
        work.candidates.distrust(sender)
        work.emit(Blame(organisation=sender, reason=f"a proposal that does not verify: {verdict.error}"))
        return True
    first = work.candidates.first(Round(second.round))
    if first is not None:
        accuser = work.keeper.accuser
        for caught in accuser.proposals(proposal_attestation(first.proposal, accuser.place), second):
            work.emit(caught)
    return True


def compare_held(work: Work, held: Held) -> None:
    """Compare a genuine proposal with the first of its round, where both were let in."""
    first, accuser = work.candidates.first(held.proposal.round), work.keeper.accuser
    if first is None or first is held:
        return
    one, other = (proposal_attestation(h.proposal, accuser.place) for h in (first, held))
    for caught in accuser.proposals(one, other):
        work.emit(caught)
