"""What goes into the core and what comes out of it: inputs and effects, all of them values.

The core (`driver.Core`) takes one input at a time and answers with effects, which
the runner carries out in the order given. Everything the core learns of the
world, the time included, is in an input; everything it wants is an effect. The
same inputs lead to the same effects, byte for byte, on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.accountability import Charge, Place
from ledger.block import Block
from ledger.genesis import Parameters
from ledger.merkle import Frontier
from ledger.primitives import Hash, Height, Round, TimeMs
from ledger.seal import Seal, VoteType
from ledger.validators import ValidatorSet
from nodes.bft.messages import Certificate, Message, Proposal, Vote
from nodes.bft.round import Timeout
from nodes.bft.said import Said
from nodes.bft.verify import Job, Verdict

if TYPE_CHECKING:
    from nodes.bft.recovery import Recovered


# ----- inputs ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHeight:
    """Work on the height after the last committed block. Replaces whatever was worked on."""

    height: Height
    parent: Hash
    """Id of the last committed block."""
    frontier: Frontier
    """The log after it."""
    validators: ValidatorSet
    """The set that seals this height."""
    next_validators: ValidatorSet
    """The set that seals the next one, to know whose early messages to keep."""
    parameters: Parameters
    """Numbers in force at this height."""
    voting: bool
    """Whether to sign. False while catching up, abstaining or observing: votes are then only followed."""
    recovered: Recovered | None = None
    """What the journal says of this height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A decoded message from a peer."""

    sender: str
    """The organisation of the peer, as its connection proves."""
    message: Message
    raw: bytes
    """The message's bytes, kept where they may have to be sent on."""
    clock_ms: TimeMs
    """Our wall clock on receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """There is something to agree on: statements wait, or the heartbeat is due (W1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The application built a block; answers `Build`."""

    height: Height
    round: Round
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The application judged a block; answers `Judge`."""

    height: Height
    block_id: Hash
    error: str
    """Why it is invalid; empty when it is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A job is done; answers `Verify`."""

    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedVote:
    """Our own vote, signed and durable; answers `SignVote`."""

    vote: Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedProposal:
    """Our own proposal, signed and durable; answers `SignProposal`."""

    proposal: Proposal
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer ran out; answers `SetTimer`."""

    timeout: Timeout
    height: Height
    round: Round


Input = StartHeight | Received | Wake | Built | Judged | Verified | SignedVote | SignedProposal | TimerFired


# ----- effects --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """Send to every validator of the height."""

    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send to one validator."""

    organisation: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistLock:
    """Write what the vote that follows rests on before it is sent (J3)."""

    height: Height
    validators_hash: Hash
    """Of the set that signs this height."""
    proposal: bytes
    """The message that held the block."""
    polka: Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistRound:
    """Write the precommits that ended a round before anything is signed in the next one (J3)."""

    votes: tuple[Vote, ...]
    """Genuine ones of a quorum or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignVote:
    """Sign, make durable, broadcast, and answer `SignedVote` (J1)."""

    type: VoteType
    height: Height
    round: Round
    block_id: Hash
    valid_round: Round
    seat: int
    validators_hash: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class SignProposal:
    """Sign, make durable, broadcast, and answer `SignedProposal` (J1)."""

    height: Height
    round: Round
    block_id: Hash
    valid_round: Round
    seat: int
    validators_hash: Hash
    block: Block
    polka: Certificate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Answer `TimerFired` after a while. A later timer of the same kind replaces this one."""

    timeout: Timeout
    height: Height
    round: Round
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Have the application propose a block; answer `Built`."""

    height: Height
    round: Round


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Have the application judge a block; answer `Judged`."""

    height: Height
    block_id: Hash
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Check signatures, anywhere; answer `Verified`."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The height is decided: commit, then `StartHeight` with the next."""

    height: Height
    round: Round
    block: Block
    block_id: Hash
    seal: Seal
    polkas: tuple[Certificate, ...]
    """Every polka seen at this height: what names the guilty should the height ever be sealed twice (F2)."""
    timely: bool
    """Whether our clock agreed with the block's time when it was first proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """Somebody signed what no honest validator signs both of (F1)."""

    place: Place
    charge: Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A peer holds something genuine of our own seat: the signer knows whether we said it (K1)."""

    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """A peer sent what no honest peer sends: disconnect it."""

    organisation: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A peer works on a later height than ours: catch up."""

    organisation: str
    height: Height


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A quorum decided what we judge invalid: stop, since one of us is broken (R8)."""

    reason: str


Effect = (
    Broadcast
    | Send
    | PersistLock
    | PersistRound
    | SignVote
    | SignProposal
    | SetTimer
    | Build
    | Judge
    | Verify
    | Decided
    | Caught
    | Shown
    | Blame
    | Behind
    | Halt
)
