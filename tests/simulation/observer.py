"""Hands what happens to the invariants, and keeps the trace by which two runs are compared."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.refusals import Refusal
from nodes.bft.effects import Decided, Effect, Input, SignVote, StartHeight, Verified, Verify
from nodes.bft.verify import VoteJob
from nodes.network.interface import Channel, PeerError, PeerId
from nodes.outcomes import SealedBlock
from nodes.storage.writes import BlockWrite
from tests.simulation.coverage import Coverage
from tests.simulation.invariants.base import Committed, Invariant, Violation
from tests.simulation.loop import LIFE, VirtualLoop

if TYPE_CHECKING:
    from tests.simulation.machine import Machine

MEASURED_EVERY = 64
"""Inputs of a core between two looks at its memory."""


class Observer:
    """See the module. The first violation ends the simulation."""

    def __init__(self, loop: VirtualLoop, coverage: Coverage) -> None:
        self._loop = loop
        self.coverage = coverage
        self.invariants: list[Invariant] = []
        self._listeners: dict[str, list[Invariant]] = {}
        """By hook."""
        self.violation: str = ""
        self.heights: dict[str, int] = {}
        self.machines: dict[PeerId, Machine] = {}
        self._decisions: dict[str, int] = {}
        """The last height that each node decided by itself."""
        self._hash = hashlib.sha256()
        self._jobs: dict[tuple[str, int], VoteJob] = {}
        self.transcript: list[str] | None = None
        """Lines for a reader, when one has asked for them."""
        self.decided = 0
        self.settling = False
        """Whether all is over but for what is still being written."""
        self.rounds: dict[str, int] = {}
        """The round each node is in."""
        self.on_height: Callable[[Machine, BlockWrite], None] = lambda _machine, _block: None

    # ----- trace ----------------------------------------------------------------

    def note(self, who: str, what: str, detail: str = "") -> None:
        """Write into trace and transcript."""
        self._hash.update(f"{self._loop.time():.6f} {who} {what} {detail}\n".encode())
        if self.transcript is not None:
            self.transcript.append(f"{self._loop.time():11.6f}  {who:<22} {what} {detail}".rstrip())

    def trace(self) -> str:
        """The hash of everything that happened."""
        return self._hash.hexdigest()

    def violate(self, text: str) -> None:
        if not self.violation:
            self.violation = text
            self.note("simulation", "VIOLATION", text)
            self._loop.stop()

    def _tell(self, hook: str, *args: Any, **more: Any) -> None:
        """Call a hook of the invariants that have one."""
        told = self._listeners.get(hook)
        if told is None:
            told = [
                one for one in self.invariants if getattr(type(one), hook) is not getattr(Invariant, hook)
            ]
            self._listeners[hook] = told
        for invariant in told:
            try:
                getattr(invariant, hook)(*args, **more)
            except Violation as violation:
                self.violate(f"{invariant.name}: {violation}")
                return

    # ----- what machines report ---------------------------------------------------

    def height_of(self, machine: Machine) -> int:
        return self.heights.get(machine.name, 0)

    def committed(self, machine: Machine, block: BlockWrite) -> None:
        self.heights[machine.name] = block.height
        self.note(machine.name, "commits", f"{block.height} {block.block_id.hex()[:8]}")
        self.decided = max(self.decided, block.height)
        if self._decisions.get(machine.name) != block.height:
            self.coverage.reach("C3 caught up")
        if machine.engine._trial_height > 0:
            self.coverage.reach("W3 tried what was passed over")
        if machine.honest:
            self._tell(
                "committed",
                machine.name,
                Committed(
                    height=block.height,
                    block_id=block.block_id,
                    header=block.header,
                    leaves=tuple(entry.leaf for entry in block.entries),
                    statement_ids=tuple(entry.statement_id for entry in block.entries),
                    records=tuple((one.key, one.value) for one in block.records),
                    seal=block.seals[block.height],
                ),
            )
        self.on_height(machine, block)

    def acknowledged(self, machine: Machine, block: SealedBlock) -> None:
        if machine.honest:
            ids = tuple(bytes.fromhex(entry.id) for entry in block.entries)
            self._tell("acknowledged", machine.name, block.height, ids)

    def refused(self, machine: Machine, statement_id: bytes, refusal: Refusal) -> None:
        self.coverage.reach("W4 refused for good")
        if machine.honest:
            self._tell("refused", machine.name, statement_id, refusal.code)

    def turned_away(self, machine: Machine, leaf: bytes) -> None:
        if machine.honest:
            self._tell("turned_away", machine.name, leaf)

    def crashed(self, machine: Machine) -> None:
        if machine.honest:
            self._tell("crashed", machine.name)

    def restored(self, machine: Machine, height: int) -> None:
        """A machine's database ends elsewhere: blocks were lost, or passed over by a snapshot."""
        self.heights[machine.name] = height
        self.note(machine.name, "is back", f"at {height}")
        if machine.honest:
            self._tell("restored", machine.name, height)

    def synced(self, machine: Machine, path: Path, data: bytes, *, replaced: bool) -> None:
        if machine.honest and path.suffix == ".journal":
            self._tell("synced", machine.name, path.name, data, replaced=replaced)

    # ----- what the hub reports ---------------------------------------------------

    def sent(self, source: PeerId, target: PeerId, channel: Channel, payload: bytes) -> None:
        if channel is Channel.CONSENSUS and self.machines[source].honest:
            self._tell("sent", str(source), payload)

    def arrived(self, source: PeerId, target: PeerId, channel: Channel, payload: bytes) -> None:
        self._hash.update(struct.pack(">dB", self._loop.time(), channel))
        self._hash.update(payload)
        if channel is Channel.CHARGES:
            self.coverage.reach("F4 told of a charge")
        if self.transcript is not None:
            self.note(str(target), "receives", f"{describe(channel, payload)} from {source}")

    def blamed(self, by: PeerId, error: PeerError) -> None:
        self.note(str(by), "throws out", str(error))
        self.coverage.reach("peer thrown out")
        if self.machines[by].honest:
            self._tell("blamed", str(by), str(error.peer), str(error))

    # ----- what the core takes and gives ------------------------------------------

    def watch(self, machine: Machine) -> None:
        """Look over the shoulder of a machine's core."""
        core = machine.engine._runner.core
        inner, count = core.step, 0

        def step(item: Input) -> tuple[Effect, ...]:
            nonlocal count
            count += 1
            if isinstance(item, StartHeight) and machine.honest:
                self._tell("began", machine.name)
            before = core.work
            asleep = before is not None and not before.awake
            effects = inner(item)
            work = core.work
            if asleep and work is before and work is not None and work.awake and isinstance(item, Verified):
                self.coverage.reach("W2 woken by votes")
            self.coverage.stepped(machine.organisation, item, effects, work)
            if work is not None:
                self.rounds[machine.name] = work.state.round
            for effect in effects:
                if isinstance(effect, Decided):
                    self._decisions[machine.name] = effect.height
                elif isinstance(effect, SignVote) and work is not None:
                    self.coverage.votes(machine, work, effect.seat)
            if machine.honest:
                self._votes_checked(machine, item, effects)
                if count % MEASURED_EVERY == 0:
                    self._tell("measured", machine.name, work, sizes_of(machine))
            return effects

        core.step = step  # type: ignore[method-assign]
        self.coverage.watch(machine)

    def _votes_checked(self, machine: Machine, item: Input, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Verify) and isinstance(effect.job, VoteJob):
                self._jobs[machine.name, effect.job.number] = effect.job
        if isinstance(item, Verified):
            job = self._jobs.pop((machine.name, item.verdict.number), None)
            if job is not None and not self.settling:
                self._tell("checked", machine.name, job.message, item.verdict.genuine)

    def log(self, _logger: Any, method: str, event: dict[str, Any]) -> str:
        """What structlog calls with every line that a node logs."""
        life = LIFE.get()
        who = "simulation" if life is None else life.name
        text = event.pop("event")
        self.coverage.logged(text)
        detail = " ".join(f"{k}={v}" for k, v in event.items() if k != "exc_info")
        if "exc_info" in event:
            detail += f" {event['exc_info']!r}"
        self.note(who, f"logs {method}: {text}", detail)
        return ""


def sizes_of(machine: Machine) -> dict[str, int]:
    """How much a node keeps of what peers sent."""
    engine = machine.engine
    core = engine._runner.core
    sizes = {
        "statements in the pool": len(engine._pooling.mempool),
        "bytes in the pool": engine._pooling.mempool.size_bytes,
        "statements in the inbox": len(engine._gossip._inbox),
        "claims": len(engine._sync._claims),
        "early messages": len(core._intake._early),
    }
    if core.work is not None:
        tallies = [t for bucket in core.work.keeper._rounds.values() for t in bucket.tallies.values()]
        sizes["doubted votes"] = sum(len(of) for tally in tallies for of in tally.doubted.values())
        sizes["genuine votes"] = sum(len(tally.genuine) for tally in tallies)
        sizes["proposals"] = len(core.work.candidates._held)
    return sizes


def describe(channel: Channel, payload: bytes) -> str:
    """A message in a few words."""
    from tests.simulation.invariants.said import said_in

    if channel is Channel.CONSENSUS:
        try:
            said = said_in(payload)
        except Exception:
            return f"{len(payload)} bytes of nonsense"
        if not said:
            return "a wish"
        return "; ".join(
            f"{one.step} {one.height}/{one.round} {one.block_id.hex()[:8]} "
            f"vr {one.valid_round} seat {one.seat}"
            for one in said
        )
    return f"{channel.name.lower()} of {len(payload)} bytes"
