"""One machine: a disk, a database and a clock that outlive the node which runs on them.

`start` puts a production node together on them, as `nodes.node` does, without its
API; `crash` ends it between two instructions. Everything in between is production
code, but for the clock, the wires and the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from contracts.refusals import Refusal
from ledger.primitives import Hash, Height, TimeMs
from nodes.application import LedgerApplication
from nodes.bft.engine import BftEngine
from nodes.bft.journal import FileJournal, JournalError
from nodes.bft.messages import max_message_bytes
from nodes.bft.signer import JournalSigner, Signer
from nodes.clock import Clock
from nodes.engine import Application
from nodes.network.interface import PeerId
from nodes.outcomes import SealedBlock
from nodes.snapshots.service import LedgerSnapshots
from nodes.snapshots.taking import Taker
from nodes.storage import Store
from nodes.storage.errors import DatabaseUnavailable
from nodes.storage.snapshots import SnapshotWrite
from nodes.storage.writes import BlockWrite
from tests.simulation import world as worlds
from tests.simulation.disk import SimulatedDisk
from tests.simulation.loop import LIFE, Crashed, Life
from tests.simulation.network import Endpoint
from tests.simulation.snapshots import EVERY_MS, THRESHOLD, DiskShelf
from tests.simulation.world import PARAMETERS, START_MS

if TYPE_CHECKING:
    from tests.simulation.adversaries.base import Adversary
    from tests.simulation.simulation import Simulation

WITNESS = Path("witness-log")

MESSAGE_BYTES = max_message_bytes(
    block_bytes=PARAMETERS.max_block_bytes, block_entries=PARAMETERS.max_block_entries
)


def journal_of(place: int) -> Path:
    """The journal of a machine's first, second, ... validator key."""
    return Path(f"validator-{place}.journal")


class MachineClock:
    """`nodes.clock.Clock`: virtual time, off by `skew_ms` and running `drift` too fast."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self.skew_ms = 0.0
        self.drift = 0.0

    def now_ms(self) -> TimeMs:
        now = self._now_s() * 1000
        return TimeMs(int(START_MS + 1_000 + now * (1 + self.drift) + self.skew_ms))

    def monotonic_s(self) -> float:
        return self._now_s() * (1 + self.drift)


class WatchedStore:
    """The real store, with a boundary before and after each transaction, and a disk that can be full."""

    def __init__(self, store: Store, machine: Machine) -> None:
        self._store = store
        self._machine = machine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit_block(self, block: BlockWrite) -> None:
        disk = self._machine.disk
        disk.touch("before-commit")
        if disk.full:
            disk.was_full = True
            raise DatabaseUnavailable("the database failed: database or disk is full")
        self._store.commit_block(block)
        self._machine.simulation.observer.committed(self._machine, block)
        disk.touch("after-commit")

    def adopt(self, snapshot: SnapshotWrite) -> None:
        disk = self._machine.disk
        disk.touch("before-commit")
        disk.take_room()
        self._store.adopt(snapshot)
        self._machine.simulation.observer.restored(self._machine, self._store.tip().height)
        disk.touch("after-commit")


class Machine:
    """See the module."""

    def __init__(
        self,
        simulation: Simulation,
        peer: PeerId,
        *,
        key: str,
        store: Store,
        random: Random,
        adversary: Adversary | None = None,
    ) -> None:
        self.simulation = simulation
        self.peer = peer
        self.organisation = peer.organisation
        self.name = str(peer)
        self.secret = worlds.secret_of(key, simulation.world.real)
        """Of its first key; what a traitor signs with."""
        self.keys = [key]
        """Labels of the validator keys that its operator has given it."""
        self.held: tuple[str, ...] = ()
        """Those of them that the node which runs was started with."""
        self.store = store
        self.random = random
        self.adversary = adversary
        self.honest = adversary is None
        self.clock = MachineClock(simulation.loop.time)
        self.disk = SimulatedDisk(self._boundary)
        self.life: Life | None = None
        self.lives: list[Life] = []
        self.context: Context | None = None
        self.engine: BftEngine
        self.application: LedgerApplication
        self.slowness = 1.0
        self.crash_at: tuple[str, int] | None = None
        """The boundary, and how many more of it to pass, before the power fails."""
        self.starts = 0
        self.stopping = False
        self.forgot = False
        """Whether its journal was ever lost."""
        self.signers: list[JournalSigner] = []
        """One for each key held, before any adversary."""
        self.told: Callable[[FileJournal, Height], None] | None = None
        """What its operator says to each journal before the next start, given where the database ends."""
        self.behind = Height(0)
        """Up to where its database once held blocks that it has lost."""

    @property
    def running(self) -> bool:
        """Whether there is a node on it."""
        return self.life is not None and not self.life.dead

    @property
    def height(self) -> int:
        """The newest block in its database."""
        return self.simulation.observer.height_of(self)

    @property
    def abstains(self) -> bool:
        """Whether it signs nothing at the next height, having lost its journal (J6) or newest blocks (J7)."""
        known = [signer.abstains_until() for signer in self.signers] or [None]
        forgot = self.forgot and any(until is None or self.height < until for until in known)
        return forgot or self.height < self.behind

    @property
    def settled(self) -> bool:
        """J6: whether it knows of all its keys how long it abstains."""
        return bool(self.signers) and all(one.abstains_until() is not None for one in self.signers)

    # ----- power ----------------------------------------------------------------

    def _boundary(self, kind: str) -> None:
        if not self.running or LIFE.get() is not self.life:
            return
        self.simulation.reached(f"boundary {kind}")
        if self.crash_at is not None and self.crash_at[0] == kind:
            left = self.crash_at[1] - 1
            self.crash_at = (kind, left) if left > 0 else None
            if left <= 0:
                self.simulation.reached(f"crash {kind}")
                self.simulation.power_failed(self, kind)
                raise Crashed

    def crash(self, *, power: bool) -> None:
        """End the node where it stands. Without power, the disk keeps what it must and what it likes.

        With power, the process alone is gone: what it wrote is there to be read, and still not synced.
        """
        if self.life is not None and not self.life.dead:
            self.life.dead = True
            self.simulation.hub.detach(self.endpoint)
            if power:
                self.disk.release()
            else:
                self.disk.power_cut(self.random)

    def lose_journals(self) -> None:
        """What its keys signed is forgotten."""
        for path in [path for path in self.disk.files if path.suffix == ".journal"]:
            del self.disk.files[path]
        self.forgot, self.signers = True, []

    def restore(self, copy: Store) -> None:
        """Its database is an older copy; the blocks after it are to be had from others."""
        self.behind = max(self.behind, Height(self.height))
        worlds.overwrite(self.store, copy)
        self.simulation.observer.restored(self, self.store.tip().height)

    def start(self) -> None:
        """Put a node together and start it."""
        life = Life(self.name, slowness=self.slowness)
        self.life = life
        self.stopping = False
        self.disk.was_full = False
        self.lives.append(life)
        self.starts += 1
        context = copy_context()
        context.run(LIFE.set, life)
        self.context = context
        if self.adversary is not None:
            self.adversary.begin(self)
        try:
            context.run(self._assemble, life, context)
        except Crashed:
            return
        except (JournalError, OSError) as error:
            life.dead = True
            self.disk.power_cut(self.random)
            self.simulation.could_not_start(self, error)

    def _assemble(self, life: Life, context: Context) -> None:
        simulation, adversary = self.simulation, self.adversary
        self.endpoint = Endpoint(simulation.hub, self.peer, life, context)
        clock: Clock = self.clock
        store: Any = WatchedStore(self.store, self)
        every_ms = EVERY_MS if simulation.scenario.snapshots else 0
        shelf = DiskShelf(self.disk)
        self.application = LedgerApplication(
            store,
            simulation.world.genesis,
            clock,
            self._on_commit,
            Taker(self.store.database, shelf, every_ms).committed,
        )
        application: Application = self.application
        self._open_journals()
        signers: list[Signer] = list(self.signers)
        if adversary is not None:
            clock = adversary.clock(clock)
            application = adversary.application(application)
            signers = [adversary.signer(signer) for signer in signers]
            self.endpoint.tamper = adversary.outgoing
            self.endpoint.eavesdrop = adversary.incoming
        self.engine = BftEngine(
            application=application,
            network=self.endpoint,
            organisation=self.organisation,
            signers=signers,
            clock=clock,
            on_refused=self._on_refused,
            witness=WITNESS,
            disk=self.disk,
            bls=simulation.bls,
            snapshots=LedgerSnapshots(
                store=store,
                application=self.application,
                genesis=simulation.world.genesis,
                shelf=shelf,
                threshold=THRESHOLD,
                joins=simulation.scenario.snapshots,
                adopted=lambda: None,
            ),
            on_failure=self._on_failure,
        )
        simulation.observer.watch(self)
        if adversary is not None:
            adversary.watch(self)
        asyncio.get_running_loop().create_task(self._run(life), name="node")

    def _open_journals(self) -> None:
        """A signer for each key, and what the operator has to say to its journal."""
        simulation = self.simulation
        self.held = tuple(self.keys)
        if self.told is not None:
            for place in range(len(self.held)):
                with FileJournal(journal_of(place), self.disk) as journal:
                    self.told(journal, self.store.tip().height)
            self.told = None
        self.signers = [
            JournalSigner(
                secret=worlds.secret_of(key, simulation.world.real),
                network=simulation.world.network,
                journal=FileJournal(journal_of(place), self.disk),
                bls=simulation.bls,
                max_message_bytes=MESSAGE_BYTES,
            )
            for place, key in enumerate(self.held)
        ]

    async def _run(self, life: Life) -> None:
        await self.endpoint.start()
        await self.engine.start()
        if self.adversary is not None:
            await self.adversary.live()

    # ----- what the node says -----------------------------------------------------

    def _on_commit(self, block: SealedBlock) -> None:
        self.simulation.observer.acknowledged(self, block)

    def _on_refused(self, statement: Hash, refusal: Refusal) -> None:
        self.simulation.observer.refused(self, statement, refusal)

    def _on_failure(self, error: BaseException) -> None:
        self.simulation.node_failed(self, error)

    async def stop(self) -> None:
        """What `sealane node run` does when it is told to stop, or when its engine has failed."""
        life = self.life
        try:
            await self.engine.stop()
            await self.endpoint.stop()
        finally:
            if life is not None:
                life.dead = True
                self.disk.release()
                self.simulation.hub.detach(self.endpoint)
