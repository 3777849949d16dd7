"""One of more traitors than may be: two nodes with one key, each in another half of the network.

In its own half each of the two does what the protocol asks, so that both halves
seal, and the ledger forks. Neither looks at what its key is shown to have said.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from tests.simulation.adversaries.base import Adversary

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation


class Conspirator(Adversary):
    """See the module."""

    name = "conspirator"

    def signer(self, signer: Any) -> Any:
        signer.shown = lambda _said: False
        return signer


def split(simulation: Simulation, random: Random) -> None:
    """From now on there are two networks: half of the honest and one node of each conspirator in each."""
    honest = [machine.peer for machine in simulation.machines if machine.honest]
    random.shuffle(honest)
    one = {*honest[: len(honest) // 2]}
    one |= {m.peer for m in simulation.machines if not m.honest and m.peer.node == "node-1"}
    simulation.observer.note("conspirators", "split", " ".join(sorted(map(str, one))))
    for here in one:
        for there in simulation.hub.known:
            if there not in one:
                simulation.hub.strangers.add(frozenset((here, there)))
                simulation.hub.break_wire(here, there, within=1.0)
