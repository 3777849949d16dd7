"""Several cores on one seeded network and clock, everything in memory and in one thread.

A heap of (time, sequence, action) drives it. Faults are drawn from the seed:
delay, reordering, loss, crashes with a journal that keeps exactly what was
durable. Agreement is checked at every commit.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from ledger.bls import BlsBackend
from ledger.errors import LedgerError
from ledger.genesis import Parameters
from ledger.primitives import Hash, Height, TimeMs
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
    Received,
    Send,
    SetTimer,
    SignedProposal,
    SignedVote,
    SignProposal,
    SignVote,
    StartHeight,
    TimerFired,
    Verified,
    Verify,
    Wake,
)
from nodes.bft.messages import decode_message, encode_message
from nodes.bft.signer import JournalSigner, RefusedToSign
from nodes.bft.timing import Timeouts
from nodes.bft.verify import VoteJob, run_job
from tests.nodes.bft.fakes import START_MS, FakeLedger, MemoryJournal, make_set, names, secret_of

MAX_BYTES = 4_000_000


@dataclass
class Faults:
    """What the network does to messages."""

    delay_ms: tuple[int, int] = (1, 5)
    loss: float = 0.0
    duplicate: float = 0.0


@dataclass
class Node:
    name: str
    core: Core
    ledger: FakeLedger
    journal: MemoryJournal
    signer: JournalSigner
    alive: bool = True
    life: int = 0
    sent: list[tuple[int, bytes]] = field(default_factory=list)
    blamed: list[Blame] = field(default_factory=list)
    caught: list[Caught] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    vote_jobs: int = 0


class Cluster:
    def __init__(
        self,
        count: int,
        *,
        bls: BlsBackend,
        seed: int = 0,
        faults: Faults | None = None,
        busy: bool = True,
        timeouts: Timeouts | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        self.bls = bls
        self.random = random.Random(seed)
        self.faults = faults or Faults()
        self.busy = busy
        self.timeouts = timeouts or Timeouts()
        self.parameters = parameters or Parameters()
        self.names = names(count)
        self.validators = make_set(self.names, bls)
        self.now = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._sequence = 0
        self.nodes: dict[str, Node] = {}
        self.filters: list[Callable[[str, str, bytes], bool]] = []
        self.chain: dict[int, Hash] = {}
        for name in self.names:
            self.nodes[name] = self._make(name, FakeLedger.new(self.validators, bls), MemoryJournal(), 0)

    @property
    def network(self) -> Hash:
        return self.nodes[self.names[0]].ledger.tip.network

    def _make(self, name: str, ledger: FakeLedger, journal: MemoryJournal, life: int) -> Node:
        core = Core(
            network=ledger.tip.network,
            organisation=name,
            timeouts=self.timeouts,
        )
        signer = JournalSigner(
            secret=secret_of(name, self.bls),
            network=ledger.tip.network,
            journal=journal,
            bls=self.bls,
            max_message_bytes=MAX_BYTES,
        )
        return Node(name, core, ledger, journal, signer, life=life)

    # ----- time -------------------------------------------------------------

    def at(self, delay_ms: int, action: Callable[[], None]) -> None:
        self._sequence += 1
        heapq.heappush(self._queue, (self.now + delay_ms, self._sequence, action))

    def run(self, until_ms: int) -> None:
        while self._queue and self._queue[0][0] <= until_ms:
            self.now, _, action = heapq.heappop(self._queue)
            action()
        self.now = until_ms

    def run_to_height(self, height: int, limit_ms: int, *, of: list[str] | None = None) -> int:
        """Run until these nodes have committed a height; the time it took."""
        wanted = of or [n for n in self.names if self.nodes[n].alive]
        while any(self.nodes[n].ledger.height() < height for n in wanted):
            assert self._queue, "nothing left to happen"
            assert self.now < limit_ms, f"no progress: {self.heights()}"
            self.now, _, action = heapq.heappop(self._queue)
            action()
        return self.now

    def heights(self) -> dict[str, int]:
        return {n: node.ledger.height() for n, node in self.nodes.items()}

    # ----- nodes ------------------------------------------------------------

    def start(self) -> None:
        for name in self.names:
            self.begin_height(self.nodes[name])
        self.at(300, self.catch_up)

    def crash(self, name: str) -> None:
        node = self.nodes[name]
        node.alive = False
        node.journal.crash()

    def restart(self, name: str) -> None:
        old = self.nodes[name]
        node = self._make(name, old.ledger, old.journal, old.life + 1)
        node.sent, node.caught, node.decided = old.sent, old.caught, old.decided
        self.nodes[name] = node
        self.begin_height(node)

    def begin_height(self, node: Node) -> None:
        tip = node.ledger.tip
        height = Height(tip.height + 1)
        self.feed(
            node,
            StartHeight(
                height=height,
                parent=tip.block_id,
                frontier=tip.frontier,
                validators=tip.validators,
                next_validators=tip.next_validators,
                parameters=self.parameters,
                voting=True,
                recovered=node.signer.recovered(height),
            ),
        )
        if self.busy:
            self.feed(node, Wake())

    def feed(self, node: Node, item: Input) -> None:
        if node.alive and self.nodes[node.name] is node:
            for effect in node.core.step(item):
                self.carry_out(node, effect)

    def soon(self, node: Node, item: Input, delay_ms: int = 1) -> None:
        self.at(delay_ms, lambda: self.feed(node, item))

    def carry_out(self, node: Node, effect: Effect) -> None:
        _CARRY[type(effect)](self, node, effect)

    # ----- effects ----------------------------------------------------------

    def _broadcast(self, node: Node, effect: Broadcast) -> None:
        for name in self.names:
            if name != node.name:
                self.post(node.name, name, effect.payload)

    def _send(self, node: Node, effect: Send) -> None:
        self.post(node.name, effect.organisation, effect.payload)

    def post(self, source: str, target: str, payload: bytes) -> None:
        self.nodes[source].sent.append((self.now, payload))
        if not all(keep(source, target, payload) for keep in self.filters):
            return
        if self.random.random() < self.faults.loss:
            return
        copies = 2 if self.random.random() < self.faults.duplicate else 1
        for _ in range(copies):
            self.at(
                self.random.randint(*self.faults.delay_ms), lambda: self._deliver(source, target, payload)
            )

    def _deliver(self, source: str, target: str, payload: bytes) -> None:
        message = decode_message(payload, max_bytes=MAX_BYTES)
        clock = TimeMs(START_MS + self.now)
        self.feed(self.nodes[target], Received(sender=source, message=message, raw=payload, clock_ms=clock))

    def _persist_lock(self, node: Node, effect: PersistLock) -> None:
        node.signer.lock(effect)

    def _persist_round(self, node: Node, effect: PersistRound) -> None:
        node.signer.end_round(effect)

    def _sign_vote(self, node: Node, effect: SignVote) -> None:
        try:
            vote = node.signer.sign_vote(effect)
        except RefusedToSign:
            return
        node.signer.flush()
        self._broadcast(node, Broadcast(payload=encode_message(vote)))
        self.soon(node, SignedVote(vote=vote), 0)

    def _sign_proposal(self, node: Node, effect: SignProposal) -> None:
        try:
            proposal, raw = node.signer.sign_proposal(effect)
        except RefusedToSign:
            return
        node.signer.flush()
        self._broadcast(node, Broadcast(payload=raw))
        self.soon(node, SignedProposal(proposal=proposal, raw=raw), 0)

    def _set_timer(self, node: Node, effect: SetTimer) -> None:
        item = TimerFired(timeout=effect.timeout, height=effect.height, round=effect.round)
        self.soon(node, item, effect.duration_ms)

    def _build(self, node: Node, effect: Build) -> None:
        if effect.height == node.ledger.height() + 1:
            block = node.ledger.build(node.name, START_MS + self.now, [f"{node.name} {self.now}".encode()])
            self.soon(node, Built(height=effect.height, round=effect.round, block=block))

    def _judge(self, node: Node, effect: Judge) -> None:
        error = ""
        try:
            node.ledger.judge(effect.block)
        except LedgerError as problem:
            error = str(problem)
        self.soon(node, Judged(height=effect.height, block_id=effect.block_id, error=error))

    def _verify(self, node: Node, effect: Verify) -> None:
        node.vote_jobs += isinstance(effect.job, VoteJob)
        self.soon(node, Verified(verdict=run_job(effect.job, self.bls)))

    def _decided(self, node: Node, effect: Decided) -> None:
        node.decided.append(effect)
        self.commit(node, effect)

    def commit(self, node: Node, effect: Decided) -> None:
        known = self.chain.setdefault(effect.height, effect.block_id)
        assert known == effect.block_id, f"disagreement at height {effect.height}"
        node.ledger.commit(effect.block, effect.seal)
        node.signer.committed(effect.height)
        self.at(1, lambda: self.begin_height(node))

    def catch_up(self) -> None:
        """What block sync does: a node takes the next sealed block from any other."""
        for name in self.names:
            node = self.nodes[name]
            best = max(self.nodes.values(), key=lambda other: other.ledger.height())
            if not node.alive or node.ledger.height() + (1 if node.decided else 0) > best.ledger.height():
                continue
            moved = False
            while node.ledger.height() < best.ledger.height():
                block, seal = best.ledger.blocks[node.ledger.height()]
                node.ledger.commit(block, seal)
                node.signer.committed(Height(block.header.height))
                moved = True
            if moved:
                self.begin_height(node)
        self.at(300, self.catch_up)

    def _blame(self, node: Node, effect: Blame) -> None:
        node.blamed.append(effect)

    def _caught(self, node: Node, effect: Caught) -> None:
        node.caught.append(effect)

    def _behind(self, node: Node, effect: Behind) -> None:
        pass

    def _halt(self, node: Node, effect: Halt) -> None:
        raise AssertionError(f"{node.name} halted: {effect.reason}")


_CARRY: dict[type[Effect], Callable[..., None]] = {
    Broadcast: Cluster._broadcast,
    Send: Cluster._send,
    PersistLock: Cluster._persist_lock,
    PersistRound: Cluster._persist_round,
    SignVote: Cluster._sign_vote,
    SignProposal: Cluster._sign_proposal,
    SetTimer: Cluster._set_timer,
    Build: Cluster._build,
    Judge: Cluster._judge,
    Verify: Cluster._verify,
    Decided: Cluster._decided,
    Blame: Cluster._blame,
    Caught: Cluster._caught,
    Behind: Cluster._behind,
    Halt: Cluster._halt,
}
