"""J4, J7, C5: a validator whose journal, database and peers tell different stories."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ledger.block import Block
from ledger.primitives import Hash, Height, Round
from ledger.seal import NIL, NO_ROUND, Seal, VoteType
from nodes.bft.accountability import certificate_attestation
from nodes.bft.effects import Effect, Input, PersistLock, SignVote, StartHeight
from nodes.bft.journal import FileJournal
from nodes.bft.messages import Certificate
from nodes.bft.signer import JournalSigner
from nodes.bft.sync import GetBlocks
from nodes.network.interface import PeerId, RequestFailed
from tests.nodes.bft.engine_rig import FakeApplication, Town, make_statement
from tests.nodes.bft.fakes import FakeLedger, secret_of
from tests.nodes.bft.test_engine import signed_by
from tests.witnesses import read_witness


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    yield town
    await town.stop()


def forge_journal(town: Town, name: str, height: int) -> None:
    """A journal that ends with a prevote for nil in the second round of a height."""
    with FileJournal(town.journal(name)) as journal:
        signed = JournalSigner(
            secret=secret_of(name, town.bls),
            network=town.id,
            journal=journal,
            bls=town.bls,
            max_message_bytes=4_000_000,
        )
        if signed.abstains_until() is None:
            signed.abstain(Height(0))
        signed.sign_vote(
            SignVote(
                type=VoteType.PREVOTE,
                height=Height(height),
                round=Round(1),
                block_id=NIL,
                valid_round=NO_ROUND,
                seat=town.validators.index(name),
                validators_hash=town.set.hash,
            )
        )


async def test_j4_a_height_reached_by_committing_is_taken_up_from_the_journal_too(town: Town) -> None:
    """The database is a block older than the journal: what was signed at 2 binds once 1 is committed."""
    for machine in town.machines.values():
        await machine.engine.stop()
    forge_journal(town, "org-d", 2)
    starts: list[StartHeight] = []
    for name in town.validators:
        town.machines[name] = town._machine(name, town.machines[name].application)
    core = town.machines["org-d"].engine._runner.core
    step = core.step

    def noted(item: Input) -> tuple[Effect, ...]:
        if isinstance(item, StartHeight):
            starts.append(item)
        return step(item)

    core.step = noted  # type: ignore[method-assign]
    await town.start()
    await town.ready("org-a", "org-b", "org-c")
    await town.machines["org-a"].engine.submit(make_statement(1, town.id))
    await town.until_height(1)
    await town.until(lambda: any(s.height == 2 and s.voting for s in starts))
    begun = next(s for s in starts if s.height == 2 and s.voting)
    assert begun.recovered is not None
    assert begun.recovered.state.round == 1
    assert not any(s.voting for s in starts if s.height == 1), "nothing is signed below the journal's end"


async def test_j7_a_journal_ahead_of_the_ledger_is_reported(town: Town) -> None:
    await town.stop()
    for machine in town.machines.values():
        await machine.engine.stop()
    forge_journal(town, "org-d", 40)
    for name in town.validators:
        town.machines[name] = town._machine(name, town.machines[name].application)
    await town.start()
    await town.ready("org-a", "org-b", "org-c")
    status = town.machines["org-d"].engine.status()
    assert status.reasons == ("the signing journal is ahead of the ledger: it ends at height 40",)
    await town.machines["org-a"].engine.submit(make_statement(1, town.id))
    await town.until_height(1)
    assert signed_by(town, "org-d") == {}


async def test_c5_peers_that_keep_no_old_blocks_do_not_make_an_empty_node_believe_that_it_is_up_to_date(
    town: Town,
) -> None:
    """J6: a validator without journal and database must not settle at height 0 because nobody has block 1."""
    await town.start()
    await town.ready()
    for number in range(3):
        await town.machines["org-a"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
    await town.stop("org-d")
    before = signed_by(town, "org-d")
    town.journal("org-d").unlink()

    async def pruned(_height: Height) -> None:
        return None

    for name in ("org-a", "org-b", "org-c"):
        town.machines[name].application.load_block = pruned  # type: ignore[assignment,method-assign]
    town.machines["org-d"] = town._machine(
        "org-d", FakeApplication(FakeLedger.new(town.set, town.bls), town.numbers)
    )
    await town.start("org-d")
    empty = town.machines["org-d"].engine
    await town.until(lambda: len(empty._sync._unproven) == 3)
    assert empty.status().reasons == ("catching up",)
    for _ in range(10):
        empty._reconsider()
        await asyncio.sleep(0.02)
    assert not empty._votes()
    assert signed_by(town, "org-d") == before


async def test_c4_a_peer_gets_one_answer_at_a_time(town: Town) -> None:
    await town.start()
    await town.ready()
    await town.machines["org-a"].engine.submit(make_statement(1, town.id))
    await town.until_height(1)
    open_gate = asyncio.Event()
    application = town.machines["org-a"].application
    load = application.load_block

    async def slow(height: Height) -> tuple[Block, Seal] | None:
        await open_gate.wait()
        return await load(height)

    application.load_block = slow  # type: ignore[method-assign]
    syncer = town.machines["org-a"].engine._sync
    ask = b"\x01" + msgspec.msgpack.encode(GetBlocks(first=Height(1), count=64))
    first = asyncio.create_task(syncer.on_request(PeerId("org-b", "node"), ask))
    await asyncio.sleep(0)
    with pytest.raises(RequestFailed):
        await syncer.on_request(PeerId("org-b", "node"), ask)
    open_gate.set()
    again = await syncer.on_request(PeerId("org-c", "node"), ask)
    assert again == await first == await syncer.on_request(PeerId("org-b", "node"), ask)


async def test_f2_what_a_vote_rested_on_is_kept_though_the_others_decided_without_it(town: Town) -> None:
    """It crashed after prevoting a block proposed again, and comes back when the height is long sealed."""
    polka = Certificate(
        type=VoteType.PREVOTE,
        height=Height(1),
        round=Round(1),
        block_id=Hash(b"v" * 32),
        valid_round=NO_ROUND,
        signers=b"\x0e",
        signature=bytes(96),
    )
    late = town.machines["org-a"]
    await late.engine.stop()
    with FileJournal(town.journal("org-a")) as journal:
        signer = JournalSigner(
            secret=secret_of("org-a", town.bls),
            network=town.id,
            journal=journal,
            bls=town.bls,
            max_message_bytes=4_000_000,
        )
        signer.abstain(Height(0))
        signer.lock(PersistLock(height=Height(1), validators_hash=town.set.hash, proposal=b"", polka=polka))
        signer.sign_vote(
            SignVote(
                type=VoteType.PREVOTE,
                height=Height(1),
                round=Round(2),
                block_id=polka.block_id,
                valid_round=Round(1),
                seat=0,
                validators_hash=town.set.hash,
            )
        )
    others = ("org-b", "org-c", "org-d")
    await town.start(*others)
    for number in range(1, 4):
        await town.machines["org-b"].engine.submit(make_statement(number, town.id))
        await town.until_height(number, *others)
    await town.restart("org-a")
    await town.until_height(3)
    await town.stop()
    (record,) = [r for r in read_witness(town.folder / "org-a.witness") if r.height == 1]
    assert certificate_attestation(polka) in record.polkas
