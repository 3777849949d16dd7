"""Carries out the core's effects: signing, checking, timers, sending, and the calls to the application.

Signing runs in one thread, in order, with one journal sync for as many messages
as are waiting; nothing signed is sent before that sync. Checks of signatures run
in a pool. Calls to the application are made one at a time, in order (duty E6).
Which height to work on, and everything outside the protocol, is for `engine`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

import structlog

from ledger.block import Block
from ledger.bls import BlsBackend
from ledger.errors import InvariantViolated, LedgerError
from ledger.primitives import Height, Round
from nodes.bft.driver import Core
from nodes.bft.effects import (
    Behind,
    Blame,
    Broadcast,
    Build,
    Built,
    Caught,
    Decided,
    Effect,
    Halt,
    Input,
    Judge,
    Judged,
    PersistLock,
    PersistRound,
    Send,
    SetTimer,
    Shown,
    SignedProposal,
    SignedVote,
    SignProposal,
    SignVote,
    Verified,
    Verify,
)
from nodes.bft.messages import encode_message
from nodes.bft.said import Said
from nodes.bft.signer import RefusedToSign, Signer
from nodes.bft.timers import Tasks, Timers
from nodes.bft.verify import Verdict, run_job

_log = structlog.get_logger("bft")

CHECKING_THREADS = 2
"""Checks at once. A round needs two, one after the other; more would take the processor from execution."""


class Host(Protocol):
    """What the runner needs of the engine around it."""

    def broadcast(self, payload: bytes) -> None:
        """To all validators."""
        ...

    def send(self, organisation: str, payload: bytes) -> None:
        """To one."""
        ...

    async def build(self, height: Height, round_: Round) -> Block | None:
        """A block for this round; None when the height has passed."""
        ...

    async def judge(self, block: Block) -> None:
        """Raises `LedgerError` for an invalid block."""
        ...

    async def decided(self, decision: Decided) -> None:
        """Commit."""
        ...

    def caught(self, evidence: Caught) -> None:
        """A validator contradicted itself."""
        ...

    def blame(self, organisation: str, reason: str) -> None:
        """A peer broke the protocol."""
        ...

    def behind(self) -> None:
        """Others are ahead."""
        ...


SigningWork = SignVote | SignProposal | PersistLock | PersistRound | Said | Height
"""What the signing thread does; a height says that it was committed, and the rest what others showed us."""


class Runner:
    """The core and what it runs on."""

    def __init__(
        self, core: Core, host: Host, signers: Mapping[bytes, Signer], bls: BlsBackend, tasks: Tasks
    ) -> None:
        """`signers` are those of this node, by public key; none for an observer."""
        self.core = core
        self._host = host
        self._signers = signers
        self._bls = bls
        self._tasks = tasks
        self._timers = Timers(self.feed)
        self._checking = ThreadPoolExecutor(CHECKING_THREADS, thread_name_prefix="sealane-check")
        self._signing = ThreadPoolExecutor(1, thread_name_prefix="sealane-sign")
        self._to_sign: list[tuple[Signer, SigningWork]] = []
        self._sign_news = asyncio.Event()
        self._halted = True

    def start(self) -> None:
        """Begin to take inputs."""
        self._halted = False
        if self._signers:
            self._tasks.spawn(self._sign_forever(), "sign")

    def halt(self) -> None:
        """Take no further input."""
        self._halted = True
        self._timers.cancel_all()

    async def stop(self) -> None:
        """End timers and threads, after the tasks have ended; everything signed is then durable."""
        self.halt()
        for signer in self._signers.values():
            await self.in_signing_thread(signer.close)
        self._signing.shutdown()
        self._checking.shutdown()

    def feed(self, item: Input) -> None:
        """Give the core an input and carry out what follows."""
        if self._halted:
            return
        for effect in self.core.step(item):
            _CARRY[type(effect)](self, effect)

    async def in_signing_thread(self, call: Callable[[], Any]) -> Any:
        """Run something that touches the signer or the files beside it."""
        return await asyncio.get_running_loop().run_in_executor(self._signing, call)

    async def in_checking_thread(self, call: Callable[[], Any]) -> Any:
        """Run a check of signatures."""
        return await asyncio.get_running_loop().run_in_executor(self._checking, call)

    def committed(self, height: Height, shown: Said | None) -> None:
        """Let the signer forget a height, in its turn; `shown` is what our seat said in its seal (K2)."""
        if shown is not None:
            self._queue_signing(shown)
        self._queue_signing(height)

    # ----- effects ----------------------------------------------------------

    def _broadcast(self, effect: Broadcast) -> None:
        self._host.broadcast(effect.payload)

    def _send(self, effect: Send) -> None:
        self._host.send(effect.organisation, effect.payload)

    def _queue_signing(self, work: SigningWork) -> None:
        """G5: for whoever holds the key that the set of the height under way names; else it is not signed."""
        height = self.core.work
        seat = None if height is None else height.seat
        if height is None or seat is None:
            return
        signer = self._signers.get(height.start.validators.keys[seat])
        if signer is not None:
            self._to_sign.append((signer, work))
            self._sign_news.set()

    def _set_timer(self, effect: SetTimer) -> None:
        self._timers.set(effect)

    def _build(self, effect: Build) -> None:
        self._tasks.spawn(self._build_and_answer(effect), f"build {effect.height}/{effect.round}")

    async def _build_and_answer(self, effect: Build) -> None:
        block = await self._host.build(effect.height, effect.round)
        if block is not None:
            self.feed(Built(height=effect.height, round=effect.round, block=block))

    def _judge(self, effect: Judge) -> None:
        self._tasks.spawn(self._judge_and_answer(effect), f"judge {effect.height}")

    async def _judge_and_answer(self, effect: Judge) -> None:
        error = ""
        try:
            await self._host.judge(effect.block)
        except LedgerError as problem:
            error = str(problem) or type(problem).__name__
            _log.warning("invalid block", block=effect.block_id.hex(), height=effect.height, reason=error)
        self.feed(Judged(height=effect.height, block_id=effect.block_id, error=error))

    def _verify(self, effect: Verify) -> None:
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._checking, run_job, effect.job, self._bls)
        self._tasks.spawn(self._check_and_answer(future), f"check {effect.job.number}")

    async def _check_and_answer(self, future: asyncio.Future[Verdict]) -> None:
        self.feed(Verified(verdict=await future))

    def _decided(self, effect: Decided) -> None:
        self._timers.cancel_all()
        self._tasks.spawn(self._host.decided(effect), f"commit {effect.height}")

    def _caught(self, effect: Caught) -> None:
        self._host.caught(effect)

    def _shown(self, effect: Shown) -> None:
        """K1: what our seat said concerns a signer only while the seat's key is its own (G5)."""
        self._queue_signing(effect.said)

    def _blame(self, effect: Blame) -> None:
        self._host.blame(effect.organisation, effect.reason)

    def _behind(self, effect: Behind) -> None:
        self._host.behind()

    def _halt(self, effect: Halt) -> None:
        self._tasks.spawn(_raise(InvariantViolated(effect.reason)), "halt")

    # ----- signing ----------------------------------------------------------

    async def _sign_forever(self) -> None:
        while True:
            await self._sign_news.wait()
            self._sign_news.clear()
            batch, self._to_sign = self._to_sign, []
            for payload, item in await self.in_signing_thread(partial(_sign_batch, batch)):
                self._host.broadcast(payload)
                self.feed(item)


def _sign_batch(
    batch: Sequence[tuple[Signer, SigningWork]],
) -> list[tuple[bytes, SignedVote | SignedProposal]]:
    """Sign in order and sync once. What the signer refuses is not said at all (J2)."""
    signed: list[tuple[bytes, SignedVote | SignedProposal]] = []
    for signer, work in batch:
        try:
            if isinstance(work, SignVote):
                vote = signer.sign_vote(work)
                signed.append((encode_message(vote), SignedVote(vote=vote)))
            elif isinstance(work, SignProposal):
                proposal, raw = signer.sign_proposal(work)
                signed.append((raw, SignedProposal(proposal=proposal, raw=raw)))
            else:
                _note(signer, work)
        except RefusedToSign as refusal:
            _log.warning("not signed", reason=str(refusal))
    if signed:
        for signer in dict.fromkeys(signer for signer, _ in batch):
            signer.flush()
    return signed


def _note(signer: Signer, work: PersistLock | PersistRound | Said | Height) -> None:
    """Have the signer remember what it signs nothing for."""
    if isinstance(work, PersistLock):
        signer.lock(work)
    elif isinstance(work, PersistRound):
        signer.end_round(work)
    elif not isinstance(work, Said):
        signer.committed(work)
    elif signer.shown(work):
        _log.critical("this validator's key signed what its journal does not know", said=work)


async def _raise(error: Exception) -> None:
    raise error


_CARRY: Mapping[type[Effect], Callable[[Runner, Any], None]] = {
    Broadcast: Runner._broadcast,
    Send: Runner._send,
    PersistLock: Runner._queue_signing,
    PersistRound: Runner._queue_signing,
    SignVote: Runner._queue_signing,
    SignProposal: Runner._queue_signing,
    SetTimer: Runner._set_timer,
    Build: Runner._build,
    Judge: Runner._judge,
    Verify: Runner._verify,
    Decided: Runner._decided,
    Caught: Runner._caught,
    Shown: Runner._shown,
    Blame: Runner._blame,
    Behind: Runner._behind,
    Halt: Runner._halt,
}
