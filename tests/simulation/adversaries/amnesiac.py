"""Forgets: what it is locked on at once, and what it signed whenever it restarts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger.seal import NO_ROUND
from nodes.bft.effects import Effect, Input
from tests.simulation.adversaries.base import Adversary
from tests.simulation.machine import Machine


class Amnesiac(Adversary):
    """See the module."""

    name = "amnesiac"

    def signer(self, signer: Any) -> Any:
        signer._allow = lambda *_: None
        signer.shown = lambda _said: False
        signer.recovered = lambda _height: None
        signer._until = 0
        return signer

    def watch(self, machine: Machine) -> None:
        core = machine.engine._runner.core
        inner = core.step

        def step(item: Input) -> tuple[Effect, ...]:
            effects = inner(item)
            if core.work is not None and core.work.state.locked_round != NO_ROUND:
                core.work.state = replace(core.work.state, locked_round=NO_ROUND, locked_id=None)
            return effects

        core.step = step  # type: ignore[method-assign]
