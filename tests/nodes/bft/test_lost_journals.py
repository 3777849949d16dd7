"""J6, K4: validators that lost their journals, with or without their databases, and the operators' word."""

from __future__ import annotations

import asyncio

import pytest

from ledger.primitives import Height
from nodes.bft.journal import FileJournal
from nodes.bft.recovery import AbstainRecord
from tests.nodes.bft.engine_rig import Town, make_statement
from tests.nodes.bft.fakes import FakeLedger
from tests.nodes.bft.keys import alarmed, grow, never_contradicts, town
from tests.nodes.bft.test_engine import signed_by

__all__ = ["town"]


@pytest.mark.parametrize("database", ["kept", "old", "lost"])
async def test_j6_a_lost_journal_never_contradicts_itself_whatever_became_of_the_database(
    town: Town, database: str
) -> None:
    """A lost disk, a lost journal, an old database without a journal."""
    await town.start()
    await town.ready()
    await grow(town, 2)
    old = town.machines["org-d"].application.ledger
    image = FakeLedger(old.tip, list(old.blocks), town.bls)
    await grow(town, 2)
    await town.stop("org-d")
    town.journal("org-d").unlink()
    if database != "kept":
        lost = FakeLedger.new(town.set, town.bls)
        town.machines["org-d"].application.ledger = image if database == "old" else lost
    await town.restart("org-d")
    async with asyncio.timeout(40):  # how long it abstains follows what it heard of the heights under way
        while not town.machines["org-d"].engine._votes():
            await grow(town, 1, "org-a", "org-b", "org-c")
    sealed = max(town.heights().values())
    await town.stop("org-c")
    await grow(town, 2, "org-a", "org-b", "org-d")
    assert not alarmed(town, "org-d")
    said = signed_by(town, "org-d")
    assert {place[0] for place in said} >= {sealed + 1, sealed + 2}, "it votes again"
    never_contradicts(town, "org-d")


async def test_k4_a_network_that_lost_more_than_f_journals_goes_on_by_its_operators_word(town: Town) -> None:
    await town.start()
    await town.ready()
    await grow(town, 3)
    await town.stop()
    for name in ("org-c", "org-d"):
        town.journal(name).unlink()
    for name in town.validators:
        town.machines[name] = town._machine(name, town.machines[name].application)
    await town.start()
    await town.machines["org-a"].engine.submit(make_statement(70, town.id))
    abstains = [town.machines[n].engine._participation.signer() for n in ("org-c", "org-d")]
    await town.until(lambda: all(s is not None and s.abstains_until() == 5 for s in abstains))
    for _ in range(20):
        await asyncio.sleep(0.02)
    assert set(town.heights().values()) == {3}, "nobody seals the heights that two of four abstain for"
    await town.stop()
    for name in ("org-c", "org-d"):
        with FileJournal(town.journal(name)) as journal:
            journal.append(AbstainRecord(until=Height(3)))
    for name in town.validators:
        town.machines[name] = town._machine(name, town.machines[name].application)
    await town.start()
    await town.machines["org-a"].engine.submit(make_statement(71, town.id))
    await town.until_height(4)
    await grow(town, 2)
    for name in town.validators:
        never_contradicts(town, name)
