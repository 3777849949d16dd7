"""The engine across changes of parameters and rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.genesis import Parameters
from tests.nodes.bft.engine_rig import Town, make_statement
from tests.nodes.bft.fakes import fake_bls


async def test_a1_each_height_is_worked_on_with_its_own_parameters(tmp_path: Path) -> None:
    town = Town(tmp_path, bls=fake_bls())
    town.numbers[2] = Parameters(precision_ms=77, heartbeat_ms=60_000)
    await town.start()
    await town.ready()
    await town.machines["org-a"].engine.submit(make_statement(0, town.id))
    await town.until_height(1)
    works = [machine.engine._runner.core.work for machine in town.machines.values()]
    assert [(work.height, work.start.parameters) for work in works if work] == [(2, town.numbers[2])] * 4
    await town.stop()


async def test_a5_an_engine_that_lacks_the_next_rules_stops_after_the_block(tmp_path: Path) -> None:
    town = Town(tmp_path, bls=fake_bls())
    old = town.machines["org-b"]
    old.application.lacks_rules_after = 1
    await town.start()
    await town.ready()
    await town.machines["org-a"].engine.submit(make_statement(0, town.id))
    with pytest.raises(AssertionError, match="rules version 2"):
        await town.until(lambda: False)
    assert old.application.ledger.height() == 1
    assert not old.engine.status().ready
    assert "install a release" in old.engine.status().reasons[0]
    await town.stop()
