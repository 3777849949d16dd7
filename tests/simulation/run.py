"""Running a seed: the one place that turns the process into a simulation, and back."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import structlog

from nodes.bft import round as rules
from tests.simulation import world as worlds
from tests.simulation.guard import nothing_real
from tests.simulation.loop import LIFE
from tests.simulation.remember import shared_results
from tests.simulation.scenario import Scenario, scenario_of
from tests.simulation.simulation import Simulation
from tests.simulation.snapshots import taken_at_once
from tests.simulation.verdict import Verdict


@contextmanager
def _setting_of(coverage_of: Callable[[], Simulation | None]) -> Iterator[None]:
    """Route the logs and the round's transitions to whichever simulation runs."""
    apply = rules.apply
    before = structlog.get_config()

    def log(logger: Any, method: str, event: dict[str, Any]) -> Any:
        simulation = coverage_of()
        if simulation is not None:
            simulation.observer.log(logger, method, event)
        raise structlog.DropEvent

    def watch(state: rules.RoundState, event: Any) -> rules.Transition:
        simulation = coverage_of()
        if simulation is None:
            return apply(state, event)
        life = LIFE.get()
        simulation.coverage.node = "" if life is None else life.name
        return simulation.coverage.watched(apply)(state, event)

    structlog.configure(processors=[log], cache_logger_on_first_use=False)
    rules.apply = watch
    try:
        yield
    finally:
        rules.apply = apply
        structlog.configure(**before)


def simulate(seed: int, *, transcript: bool = False, scenario: Scenario | None = None) -> Verdict:
    """Run one seed."""
    scenario = scenario or scenario_of(seed)
    current: list[Simulation] = []
    with ExitStack() as stack:
        bls = stack.enter_context(worlds.scheme(scenario.real_bls))
        stack.enter_context(shared_results())
        stack.enter_context(taken_at_once())
        world = worlds.world(scenario.size, scenario.real_bls)
        stack.enter_context(_setting_of(lambda: current[0] if current else None))
        simulation = Simulation(scenario, world, bls, transcript=transcript)
        current.append(simulation)
        collecting = gc.isenabled()
        gc.disable()
        try:
            with nothing_real(simulation.loop.time):
                return simulation.run()
        finally:
            if collecting:
                gc.enable()
