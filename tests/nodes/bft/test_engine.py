"""Duties E1 to E6 of the embedded engine: whole engines, real signatures, real journals."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.refusals import Refusal
from ledger.genesis import Parameters
from ledger.seal import VoteType
from nodes.bft.messages import Proposal, Vote, decode_message
from nodes.engine import PoolFull
from nodes.mempool import PoolLimits
from nodes.network.interface import Channel
from tests.nodes.bft.engine_rig import Town, make_statement
from tests.nodes.bft.fakes import fake_bls
from tests.witnesses import read_witness


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    yield town
    await town.stop()


def signed_by(town: Town, name: str) -> dict[tuple[int, int, str], set[bytes]]:
    """Everything a validator ever sent under its own signature, by place."""
    said: dict[tuple[int, int, str], set[bytes]] = {}
    seat = town.validators.index(name)
    for channel, payload in town.machines[name].network.sent:
        if channel is not Channel.CONSENSUS:
            continue
        message = decode_message(payload, max_bytes=4_000_000)
        if isinstance(message, Vote) and message.seat == seat:
            said.setdefault((message.height, message.round, VoteType(message.type).name), set()).add(payload)
        elif isinstance(message, Proposal) and message.seat == seat:
            said.setdefault((message.height, message.round, "PROPOSAL"), set()).add(payload)
    return said


async def test_e5_four_engines_seal_what_is_submitted(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    await town.start()
    await town.ready()
    times = []
    for number in range(12):
        name = town.validators[number % 4]
        started = time.perf_counter()
        await town.machines[name].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
        times.append((time.perf_counter() - started) * 1000)
    with capsys.disabled():
        print(f"\nfinality on all four nodes, one process: median {statistics.median(times):.0f} ms")
    ids = {tuple(m.application.ledger.block_id(h) for h in range(1, 13)) for m in town.machines.values()}
    assert len(ids) == 1
    for machine in town.machines.values():
        heights = [h for call, h, _ in machine.application.calls if call == "commit"]
        assert heights == list(range(1, 13)), "E5: in order, each exactly once"


async def test_e6_propose_and_judge_come_after_the_commit_before(town: Town) -> None:
    await town.start()
    await town.ready()
    for number in range(40):
        await town.machines["org-b"].engine.submit(make_statement(number, town.id))
    await town.until(lambda: all(m.engine.status().pool_entries == 0 for m in town.machines.values()))
    for machine in town.machines.values():
        assert machine.application.calls
        assert all(height == committed + 1 for _, height, committed in machine.application.calls)


async def test_e1_one_stopped_the_others_go_on_and_it_catches_up_and_votes_again(town: Town) -> None:
    await town.start()
    await town.ready()
    await town.machines["org-a"].engine.submit(make_statement(0, town.id))
    await town.until_height(1)
    await town.stop("org-d")
    before = signed_by(town, "org-d")
    rest = ("org-a", "org-b", "org-c")
    for number in range(1, 6):
        await town.machines["org-a"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1, *rest)
    await town.restart("org-d")
    await town.until_height(6, "org-d")
    await town.ready("org-d")
    for number in range(6, 12):
        await town.machines["org-b"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
    after = signed_by(town, "org-d")
    assert any(kind == "PRECOMMIT" and height > 6 for height, _, kind in after)
    for place in before.keys() & after.keys():
        assert before[place] == after[place], "the same bytes again, or nothing"
    for name in town.validators:
        assert all(len(payloads) == 1 for payloads in signed_by(town, name).values())


async def test_e1_a_node_alone_does_not_take_part(town: Town) -> None:
    await town.start("org-a", "org-b")
    await town.machines["org-a"].engine.submit(make_statement(0, town.id))
    await asyncio.sleep(0.3)
    status = town.machines["org-a"].engine.status()
    assert not status.ready
    assert status.reasons == ("connected to fewer validators than a quorum",)
    assert signed_by(town, "org-a") == {}
    await town.start("org-c", "org-d")
    await town.until_height(1)


async def test_e2_stop_leaves_a_journal_that_another_engine_can_open(town: Town) -> None:
    await town.start()
    await town.ready()
    for number in range(30):
        await town.machines["org-c"].engine.submit(make_statement(number, town.id))
    await town.until_height(1)
    await town.stop()
    heights = town.heights()
    for name in town.validators:
        await town.restart(name)
    await town.machines["org-a"].engine.submit(make_statement(99, town.id))
    await town.until_height(max(heights.values()) + 1)
    for name in town.validators:
        assert all(len(payloads) == 1 for payloads in signed_by(town, name).values())


async def test_e3_submit_raises_when_the_pool_is_full(tmp_path: Path) -> None:
    town = Town(
        tmp_path, count=1, pool=PoolLimits(max_entries=2, max_member_share=1, max_organisation_share=1)
    )
    machine = town.machines["org-a"]
    first = make_statement(0, town.id)
    await machine.engine.submit(first)
    await machine.engine.submit(first)
    await machine.engine.submit(make_statement(1, town.id))
    with pytest.raises(PoolFull):
        await machine.engine.submit(make_statement(2, town.id))
    assert machine.engine.status().pool_entries == 2
    assert machine.engine.status().reasons == ("not running",)
    await machine.engine.stop()


async def test_e3_a_refused_statement_is_reported_once_and_leaves_every_pool(town: Town) -> None:
    await town.start()
    await town.ready()
    bad, good = make_statement(1, town.id), make_statement(2, town.id)
    refusal = Refusal(code="bill.not-possessor", field="", message="No.", final=True)
    for machine in town.machines.values():
        machine.application.refuse[bad.id] = refusal
    await town.machines["org-a"].engine.submit(bad)
    await town.machines["org-a"].engine.submit(good)
    await town.until(lambda: all(m.engine.status().pool_entries == 0 for m in town.machines.values()))
    assert town.machines["org-a"].refused == {bad.id: refusal}
    entries = [e for block, _ in town.machines["org-a"].application.ledger.blocks for e in block.entries]
    assert entries == [good.leaf]


async def test_e3_what_can_only_wait_causes_no_more_than_one_empty_block_and_is_offered_again(
    town: Town,
) -> None:
    await town.start()
    await town.ready()
    early = make_statement(1, town.id)
    later = Refusal(code="bill.not-yet", field="", message="Not now.", final=False)
    for machine in town.machines.values():
        machine.application.refuse[early.id] = later
    await town.machines["org-a"].engine.submit(early)
    await town.until_height(1)
    await asyncio.sleep(1.5)
    assert set(town.heights().values()) == {1}
    for machine in town.machines.values():
        machine.application.refuse.clear()
    await town.machines["org-b"].engine.submit(make_statement(2, town.id))
    await town.until(lambda: all(m.engine.status().pool_entries == 0 for m in town.machines.values()))


async def test_e3_an_observers_statement_is_sealed_and_it_follows(tmp_path: Path) -> None:
    town = Town(tmp_path, observers=1)
    await town.start()
    await town.ready()
    await town.machines["watch-0"].engine.submit(make_statement(0, town.id))
    await town.until_height(1)
    assert signed_by_nobody(town, "watch-0")
    await town.stop()


def signed_by_nobody(town: Town, name: str) -> bool:
    return all(channel is not Channel.CONSENSUS for channel, _ in town.machines[name].network.sent)


async def test_no_empty_blocks_but_the_heartbeat(tmp_path: Path) -> None:
    town = Town(tmp_path, bls=fake_bls(), parameters=Parameters(heartbeat_ms=1_500))
    started = time.monotonic()
    await town.start()
    await town.until_height(1)
    first = time.monotonic()
    assert first - started >= 1.5, "a network that starts has no time for its late validators"
    await town.until_height(2)
    assert time.monotonic() - first > 1.0
    assert all(not block.entries for block, _ in town.machines["org-a"].application.ledger.blocks)
    await town.stop()


async def test_e4_a_broken_application_surfaces(town: Town) -> None:
    await town.start()
    await town.ready()
    town.machines["org-b"].application.broken = "judge"
    await town.machines["org-a"].engine.submit(make_statement(0, town.id))
    broken = town.machines["org-b"]
    with pytest.raises(AssertionError, match="judge is broken"):
        await town.until_height(1, "org-b")
    status = broken.engine.status()
    assert not status.ready
    assert status.reasons == ("stopped by a fault: RuntimeError: judge is broken",)
    broken.failures.clear()
    await town.until_height(1, "org-a", "org-c", "org-d")


async def test_e4_a_wrong_clock_is_reported(town: Town) -> None:
    town.machines["org-c"].clock.offset_ms = -90_000
    await town.start()
    await town.until(lambda: "clock" in " ".join(town.machines["org-c"].engine.status().reasons))
    assert not town.machines["org-c"].engine.status().ready
    await town.ready("org-a", "org-b", "org-d")


async def test_j6_a_validator_that_lost_its_journal_abstains_for_two_heights(town: Town) -> None:
    await town.start()
    await town.ready()
    for number in range(3):
        await town.machines["org-a"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
    await town.stop("org-d")
    before = signed_by(town, "org-d")
    town.journal("org-d").unlink()
    await town.restart("org-d")
    await town.ready("org-d")
    for number in range(3, 9):
        await town.machines["org-a"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
    places = signed_by(town, "org-d").keys() - before.keys()
    assert min(height for height, _, _ in places) == 6, (
        "3 committed, 4 and 5 may have been signed before the loss"
    )


async def test_c3_a_sealed_block_with_other_entries_is_the_peers_fault(tmp_path: Path) -> None:
    town = Town(tmp_path, observers=1)
    await town.start(*town.validators)
    await town.ready(*town.validators)
    await town.machines["org-a"].engine.submit(make_statement(0, town.id))
    await town.until_height(1, *town.validators)
    liar = town.machines["org-b"].application.ledger
    block, seal = liar.blocks[0]
    liar.blocks[0] = (type(block)(header=block.header, entries=(b"other",), parent_seal=None), seal)
    await town.start("watch-0")
    await town.until_height(1)
    assert town.machines["watch-0"].application.ledger.blocks[0][0].entries == block.entries
    await town.stop()


async def test_bad_bytes_from_a_peer_are_blamed(town: Town) -> None:
    await town.start()
    network = town.machines["org-a"].network
    for channel in (Channel.CONSENSUS, Channel.STATEMENTS, Channel.SYNC):
        network.broadcast(channel, b"\x01\xff\xff")
        network.broadcast(channel, b"\x09")
    await asyncio.sleep(0.05)
    assert len(town.machines["org-b"].network.dropped) == 6


async def test_sustained_load_is_sealed_completely(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    await town.start()
    await town.ready()
    statements = [make_statement(n, town.id) for n in range(1_000)]
    started = time.perf_counter()
    for index, statement in enumerate(statements):
        await town.machines[town.validators[index % 4]].engine.submit(statement)
        if index % 50 == 0:
            await asyncio.sleep(0.001)
    await town.until(
        lambda: all(m.engine.status().pool_entries == 0 for m in town.machines.values()), limit_s=40
    )
    took = time.perf_counter() - started
    ledger = town.machines["org-a"].application.ledger
    entries = [entry for block, _ in ledger.blocks for entry in block.entries]
    assert sorted(entries) == sorted(s.leaf for s in statements)
    with capsys.disabled():
        print(
            f"\n1,000 statements in {took:.1f} s in {len(ledger.blocks)} blocks, four engines in one process"
        )


async def test_an_interrupted_height_is_taken_up_with_the_lock_of_before(town: Town) -> None:
    """All four stop in the middle of heights, many times; nothing is signed twice and all of it is sealed."""
    await town.start()
    await town.ready()
    statements = [make_statement(n, town.id) for n in range(6)]
    for turn, statement in enumerate(statements):
        for name in town.validators:
            await town.machines[name].engine.submit(statement)
        await asyncio.sleep(0.004 * turn)
        await town.stop()
        for name in town.validators:
            await town.restart(name)
        for name in town.validators:
            if statement.leaf not in sealed(town, name):
                await town.machines[name].engine.submit(statement)
        await town.until(lambda leaf=statement.leaf: all(leaf in sealed(town, n) for n in town.validators))
    for name in town.validators:
        assert all(len(payloads) == 1 for payloads in signed_by(town, name).values())


def sealed(town: Town, name: str) -> set[bytes]:
    return {e for block, _ in town.machines[name].application.ledger.blocks for e in block.entries}


async def test_f2_the_witness_file_holds_seal_and_polka_of_every_height(town: Town) -> None:
    await town.start()
    await town.ready()
    for number in range(3):
        await town.machines["org-a"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
    await town.stop()
    records = list(read_witness(town.folder / "org-b.witness"))
    assert [r.height for r in records] == [1, 2, 3]
    ledger = town.machines["org-b"].application.ledger
    for record in records:
        sealed = ledger.block_id(record.height).hex()
        assert {p.block_id for p in record.polkas} == {sealed}
        assert record.seal is not None
        assert record.seal.block_id == sealed
