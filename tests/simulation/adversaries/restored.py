"""Is brought back from a backup now and then, its signing journal with it: what it signed since, it forgets.

Its node is honest and does what the protocol asks of it; its operator does what
no operator should, and ends each alarm (K3) without having looked for its cause.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from ledger.primitives import Height
from nodes.bft.journal import FileJournal
from nodes.signing import rejoin_in
from tests.simulation.adversaries.base import Adversary
from tests.simulation.disk import Stored

if TYPE_CHECKING:
    from tests.simulation.machine import Machine


class Restored(Adversary):
    """See the module."""

    name = "restored"

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._copy: dict[Path, bytes] = {}

    def begin(self, machine: Machine) -> None:
        super().begin(machine)
        if self._copy and machine.told is None and self.random.random() < 0.6:
            machine.simulation.reached("an old journal restored")
            machine.disk.files.update({path: Stored(durable=data) for path, data in self._copy.items()})

    async def live(self) -> None:
        machine = self.machine
        while True:
            await asyncio.sleep(self.random.uniform(0.5, 3.0))
            if any(signer.alarm() for signer in machine.signers):
                machine.told = self._rejoin
                machine.simulation.stop_cleanly(machine)
            elif self.random.random() < 0.5:
                files = machine.disk.files.items()
                self._copy = {path: one.durable for path, one in files if path.suffix == ".journal"}
            else:
                machine.simulation.power_failed(machine, "to be restored")

    def _rejoin(self, journal: FileJournal, tip: Height) -> None:
        """K3: what its operator says when the node does not vote."""
        rejoin_in(journal)
        self.machine.simulation.reached("K3 ended an alarm")
