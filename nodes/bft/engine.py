"""The embedded engine: the pure core wired to the network, the journal, the pool and the application.

`BftEngine` implements `nodes.engine.Engine` (duties E1 to E6). It decides which
height is worked on, whether this node votes, and when there is something to
agree on. The protocol is in the core (`driver`), its effects are carried out by
`runner`, catching up is in `sync`, statements in `gossip` and `pooling`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import structlog

from contracts.refusals import Refusal
from ledger.block import Block
from ledger.bls import BlsBackend, backend
from ledger.errors import InvariantViolated, LedgerError
from ledger.evidence import SetChange
from ledger.primitives import Hash, Height, Round
from ledger.seal import Seal
from ledger.statement import Statement
from nodes.bft.charges import Charges
from nodes.bft.consensus_channel import ConsensusChannel, validator_names
from nodes.bft.disk import OS_DISK, Disk
from nodes.bft.driver import Core
from nodes.bft.effects import Caught, Decided, StartHeight, Wake
from nodes.bft.gossip import StatementGossip
from nodes.bft.joining import Joiner
from nodes.bft.lane import ApplicationLane
from nodes.bft.messages import largest_message_bytes
from nodes.bft.participation import Participation
from nodes.bft.pooling import Pooling
from nodes.bft.recovery import Recovered
from nodes.bft.runner import Runner
from nodes.bft.signer import Signer
from nodes.bft.snapshot import SnapshotChannel, Snapshots
from nodes.bft.sync import Syncer
from nodes.bft.timers import Tasks
from nodes.bft.timing import Timeouts
from nodes.bft.witness import WitnessLog
from nodes.clock import Clock
from nodes.engine import Application, EngineStatus
from nodes.mempool import Mempool
from nodes.network.interface import Channel, Network
from nodes.snapshots.messages import Offer
from nodes.snapshots.shelf import Folder

_log = structlog.get_logger("bft")

TICK_S = 0.25
"""How often heartbeat, repetition and status are considered."""

STATUS_TICKS = 8
"""Ticks between two status messages when nothing is committed."""


class BftEngine:
    """Orders statements by accountable Tendermint. Made in a running event loop, started and stopped once."""

    def __init__(
        self,
        *,
        application: Application,
        network: Network,
        organisation: str,
        signers: Sequence[Signer],
        clock: Clock,
        on_refused: Callable[[Hash, Refusal], None],
        timeouts: Timeouts | None = None,
        mempool: Mempool | None = None,
        witness: Path | None = None,
        disk: Disk = OS_DISK,
        snapshots: Snapshots | None = None,
        bls: BlsBackend | None = None,
        on_failure: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Register on the network's channels.

        `signers` hold one key of this node each. `witness` names the folder that keeps
        what would convict the guilty of a fork, on `disk`; None keeps nothing. `snapshots`
        are those to hand out and where to join with others'; None does neither. `on_failure`
        hears of the first task that died, after which the engine does nothing more.
        """
        self._application = application
        self._network = network
        self._organisation = organisation
        self._clock = clock
        self._on_failure = on_failure
        self._running = False
        self._joining = False
        self._failure: BaseException | None = None
        self._untimely = 0
        self._started_ms = 0.0
        self._trial_height = Height(-1)
        self._tasks = Tasks(self._failed)
        self._pooling = Pooling(
            application=application,
            mempool=Mempool() if mempool is None else mempool,
            organisation=organisation,
            on_refused=on_refused,
        )
        self._lane = ApplicationLane(application, self._pooling, clock)
        core = Core(
            network=application.info().network,
            organisation=organisation,
            timeouts=timeouts or Timeouts(),
        )
        keys = {signer.public_key: signer for signer in signers}
        self._runner = Runner(core, self, keys, bls or backend(), self._tasks)
        self._snapshots = snapshots
        self._open_channels(signers, bls or backend(), None if witness is None else WitnessLog(witness, disk))
        self._participation = Participation(
            application=application, signers=keys, organisation=organisation, sync=self._sync
        )

    def _open_channels(self, signers: Sequence[Signer], bls: BlsBackend, witness: WitnessLog | None) -> None:
        self._consensus = ConsensusChannel(
            network=self._network,
            clock=self._clock,
            limit=largest_message_bytes(self._application.parameters()),
            validators=lambda: validator_names(self._application.info()),
            received=self._runner.feed,
        )
        self._gossip = StatementGossip(
            application=self._application,
            mempool=self._pooling.mempool,
            clock=self._clock,
            broadcast=partial(self._consensus.broadcast_on, Channel.STATEMENTS),
            tasks=self._tasks,
            arrived=self._consider_waking,
        )
        self._sync = Syncer(
            application=self._application,
            network=self._network,
            clock=self._clock,
            bls=bls,
            commit=self._commit_synced,
            voting=self._votes,
            changed=self._reconsider,
        )
        self._charges = Charges(
            network=self._network,
            tip=self._application.info,
            witness=witness,
            signers=signers,
            bls=bls,
            tasks=self._tasks,
            runner=self._runner,
        )
        self._network.register(Channel.CONSENSUS, self._consensus)
        self._network.register(Channel.STATEMENTS, self._gossip)
        self._network.register(Channel.SYNC, self._sync)
        self._joiner: Joiner | None = None
        if self._snapshots is not None:
            self._network.register(Channel.SNAPSHOTS, SnapshotChannel(self._snapshots))
            self._joiner = Joiner(
                network=self._network,
                snapshots=self._snapshots,
                network_id=self._application.info().network,
                bls=bls,
                claims=self._sync.claims,
                height=lambda: self._application.info().height,
                adopt=self._adopt,
                blame=self.blame,
            )

    # ----- duties -----------------------------------------------------------

    async def start(self) -> None:
        """E1: resume after the last committed block; voting begins once caught up."""
        await self._lane.open()
        self._running = True
        self._started_ms = self._clock.monotonic_s() * 1000
        self._runner.start()
        await self._participation.review(self._runner.in_signing_thread)
        self._gossip.start()
        self._charges.start()
        self._tasks.spawn(self._catch_up(), "sync")
        self._tasks.spawn(self._tick_forever(), "tick")
        self._begin_height(voting=False)
        self._sync.announce()
        self._reconsider()
        await self._charges.take_over()

    async def _catch_up(self) -> None:
        """N6: by a snapshot, while that is possible and worth it; by blocks otherwise, and from then on."""
        if self._joiner is not None:
            self._tasks.spawn(self._joiner.run(), "snapshot")
            await self._joiner.settled.wait()
        await self._sync.run()

    async def stop(self) -> None:
        """E2: let the call to the application under way end, then everything else."""
        await self._lane.close()
        self._running = False
        await self._tasks.cancel()
        await self._runner.stop()
        self._charges.close()

    async def submit(self, statement: Statement) -> None:
        """E3: raises `PoolFull`."""
        self._gossip.submit(statement)

    def status(self) -> EngineStatus:
        """E4."""
        tip, work = self._application.info(), self._runner.core.work
        reasons = tuple(self._reasons())
        return EngineStatus(
            height=tip.height,
            round=Round(max(work.state.round, 0)) if work is not None else Round(0),
            ready=not reasons,
            reasons=reasons,
            peers=tuple(str(peer) for peer in self._network.peers()),
            pool_entries=len(self._pooling.mempool),
            pool_bytes=self._pooling.mempool.size_bytes,
            guilty=self._charges.guilty(),
        )

    def _reasons(self) -> list[str]:
        """Why the node cannot be relied on."""
        if self._failure is not None:
            return [f"stopped by a fault: {type(self._failure).__name__}: {self._failure}"]
        if not self._running:
            return ["not running"]
        return self._participation.reasons(self._application.parameters().precision_ms, self._untimely)

    # ----- heights ----------------------------------------------------------

    def _begin_height(self, *, voting: bool, recovered: Recovered | None = None) -> None:
        tip = self._application.info()
        height = Height(tip.height + 1)
        self._runner.feed(
            StartHeight(
                height=height,
                parent=tip.block_id,
                frontier=tip.frontier,
                validators=tip.validators,
                next_validators=tip.next_validators,
                parameters=self._application.parameters(),
                voting=voting,
                recovered=recovered,
            )
        )
        self._consider_waking()

    def _votes(self) -> bool:
        """Whether we vote at the height under way."""
        work = self._runner.core.work
        return work is not None and work.voting

    def _reconsider(self) -> None:
        """Begin to vote when nothing forbids it any more."""
        if not self._running or self._joining or self._votes():
            return
        if self._participation.may_join():
            self._joining = True
            self._tasks.spawn(self._join(), "join")

    async def _join(self) -> None:
        """E1, J4, J6: vote at the height under way, from where the journal ends."""
        async with self._lane.lock:
            self._joining = False
            recovered = await self._runner.in_signing_thread(self._participation.recover)
            if not self._votes() and self._participation.may_vote():
                _log.info("voting", height=self._application.info().height + 1)
                self._begin_height(voting=True, recovered=recovered)

    # ----- waking -----------------------------------------------------------

    def _consider_waking(self) -> None:
        """W1: wake the core for fresh statements, or when the heartbeat is due."""
        work, tip = self._runner.core.work, self._application.info()
        if work is None or work.awake or not work.voting or work.height != tip.height + 1:
            return
        heartbeat_ms = self._application.parameters().heartbeat_ms
        due = self._clock.now_ms() >= tip.header.time_ms + heartbeat_ms
        settled = self._clock.monotonic_s() * 1000 >= self._started_ms + heartbeat_ms
        if self._pooling.mempool.has_fresh or (due and settled):
            self._runner.feed(Wake())

    async def _tick_forever(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(TICK_S)
            ticks += 1
            self._gossip.repeat()
            if ticks % STATUS_TICKS == 0:
                self._sync.announce()
            self._sync.wake()
            self._reconsider()
            self._consider_waking()
            await self._try_deferred()

    async def _try_deferred(self) -> None:
        """W3: once a height, see whether statements that were passed over can take effect after all."""
        height = self._application.info().height
        if self._votes() and self._pooling.needs_trial() and height != self._trial_height:
            self._trial_height = height
            await self._lane.build(Height(height + 1), self._votes)
            self._consider_waking()

    # ----- what the runner asks for -----------------------------------------

    def broadcast(self, payload: bytes) -> None:
        """Send a consensus message to all validators."""
        self._consensus.broadcast_on(Channel.CONSENSUS, payload)

    def send(self, organisation: str, payload: bytes) -> None:
        """Send a consensus message to one validator."""
        self._consensus.send(organisation, payload)

    async def build(self, height: Height, round_: Round) -> Block | None:
        """E6: a block on top of the last committed one, or None when it is no longer wanted."""

        def wanted() -> bool:
            work = self._runner.core.work
            return work is not None and (work.height, work.state.round) == (height, round_)

        return await self._lane.build(height, wanted)

    async def judge(self, block: Block) -> None:
        """E6."""
        await self._lane.judge(block)

    async def decided(self, decision: Decided) -> None:
        """E5: commit what the core decided."""
        self._untimely = 0 if decision.timely else self._untimely + 1
        await self._commit(decision.block, decision.seal)

    def caught(self, evidence: Caught) -> None:
        """F1."""
        self._charges.caught(evidence)

    def blame(self, organisation: str, reason: str) -> None:
        """Have a peer disconnected at its next message."""
        _log.warning("peer at fault", organisation=organisation, reason=reason)
        self._consensus.blame(organisation, reason)

    def behind(self) -> None:
        """Look who is ahead."""
        self._sync.wake()

    # ----- committing -------------------------------------------------------

    async def _commit_synced(self, block: Block, seal: Seal) -> None:
        """C3: commit a block whose seal verified; that we find it invalid is a broken invariant."""
        try:
            await self._commit(block, seal)
        except LedgerError as error:
            raise InvariantViolated(f"a quorum sealed what we judge invalid: {error}") from error

    async def _commit(self, block: Block, seal: Seal) -> None:
        validators, height = self._application.info().validators, Height(block.header.height)
        rested_on = partial(self._participation.rested_on, height)
        kept = () if self._votes() else await self._runner.in_signing_thread(rested_on)
        if await self._lane.commit(block, seal):
            work = self._runner.core.work
            seen = work.polkas() if work is not None and work.height == height else ()
            self._runner.committed(height, self._participation.shown_by(seal, validators))
            self._sync.announce()
            self._begin_height(voting=self._participation.may_go_on())
            self._reconsider()
            await self._charges.decided(height, validators, seal, tuple(dict.fromkeys((*seen, *kept))))

    async def _adopt(self, offer: Offer, changes: Sequence[SetChange], folder: Folder) -> None:
        """N5: go on from a verified snapshot, unless blocks have come meanwhile."""
        async with self._lane.lock:
            if self._snapshots is None or self._application.info().height > 0:
                return
            tip = await self._snapshots.adopt(offer, changes, folder)
        await self._lane.open()
        _log.info("joined by a snapshot", height=tip.height)
        self._runner.committed(tip.height, None)
        self._sync.announce()
        self._begin_height(voting=False)
        self._reconsider()
        await self._charges.take_over()

    def _failed(self, error: BaseException) -> None:
        """Nothing fails silently: say so, report not ready, and take no further part."""
        if self._failure is None:
            self._failure = error
            self._running = False
            self._runner.halt()
            if isinstance(error, InvariantViolated):
                _log.critical("stopping: this software broke its own rule", reason=str(error))
            if self._on_failure is not None:
                self._on_failure(error)
