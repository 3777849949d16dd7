"""K1 to K4: a key that signs elsewhere, a journal that has forgotten, and the operator's word."""

from __future__ import annotations

import shutil

from ledger.block import header_id
from ledger.primitives import Hash, Height, Round
from ledger.seal import NO_ROUND, VoteType, make_seal, precommit_bytes
from nodes.bft.effects import SignVote
from nodes.bft.journal import FileJournal
from nodes.bft.messages import Vote, decode_message, encode_message
from nodes.bft.signer import JournalSigner
from nodes.network.interface import Channel, PeerId
from tests.nodes.bft.engine_rig import Town, make_statement
from tests.nodes.bft.fakes import FakeLedger, secret_of
from tests.nodes.bft.keys import alarmed, grow, never_contradicts, town
from tests.nodes.bft.test_engine import signed_by

__all__ = ["town"]

OTHER = Hash(b"o" * 32)


def foreign_vote(town: Town, name: str, height: int, round_: int = 0) -> Vote:
    """A prevote that a validator's key signed on another machine."""
    with FileJournal(town.folder / f"foreign-{name}-{height}-{round_}.journal") as journal:
        elsewhere = JournalSigner(
            secret=secret_of(name, town.bls),
            network=town.id,
            journal=journal,
            bls=town.bls,
            max_message_bytes=4_000_000,
        )
        elsewhere.abstain(Height(0))
        return elsewhere.sign_vote(
            SignVote(
                type=VoteType.PREVOTE,
                height=Height(height),
                round=Round(round_),
                block_id=OTHER,
                valid_round=NO_ROUND,
                seat=town.validators.index(name),
                validators_hash=town.set.hash,
            )
        )


def deliver(town: Town, to: str, sender: str, vote_: Vote) -> None:
    handler = town.machines[to].network.handlers[Channel.CONSENSUS]
    handler.on_message(PeerId(sender, "node"), encode_message(vote_))


async def test_k1_a_vote_of_our_key_from_elsewhere_stops_us_and_only_us(town: Town) -> None:
    await town.start()
    await town.ready()
    await grow(town, 2)
    deliver(town, "org-d", "org-b", foreign_vote(town, "org-d", 3))
    await town.until(lambda: alarmed(town, "org-d"))
    before = signed_by(town, "org-d")
    await grow(town, 3)
    assert signed_by(town, "org-d") == before
    assert town.heights()["org-d"] == 5, "it follows"
    await town.stop("org-d")
    await town.restart("org-d")
    await town.until(lambda: alarmed(town, "org-d"))
    await grow(town, 1)
    assert signed_by(town, "org-d") == before, "a restart does not forget"
    never_contradicts(town, "org-d")


async def test_k1_a_forged_vote_of_our_seat_is_nothing(town: Town) -> None:
    await town.start()
    await town.ready()
    await grow(town, 1)
    true = foreign_vote(town, "org-d", 2)
    forged = Vote(
        type=true.type,
        height=true.height,
        round=true.round,
        block_id=true.block_id,
        valid_round=true.valid_round,
        seat=true.seat,
        signature=foreign_vote(town, "org-c", 2).signature,
    )
    deliver(town, "org-d", "org-c", forged)
    await grow(town, 3)
    assert not alarmed(town, "org-d")
    assert town.machines["org-d"].engine.status().ready


async def test_k1_old_votes_said_again_by_anyone_are_nothing(town: Town) -> None:
    await town.start()
    await town.ready()
    await grow(town, 2)
    old = [
        decode_message(payload, max_bytes=4_000_000)
        for channel, payload in town.machines["org-d"].network.sent
        if channel is Channel.CONSENSUS
    ]
    for message in old:
        if isinstance(message, Vote):
            deliver(town, "org-d", "org-b", message)
    deliver(town, "org-d", "org-b", foreign_vote(town, "org-d", 1))
    await grow(town, 2)
    assert not alarmed(town, "org-d")


async def test_k1_of_two_machines_with_one_key_none_contradicts_the_other_for_long(town: Town) -> None:
    """The copied key: both live. Whatever either signs that the other has not stops the other."""
    await town.start()
    await town.ready()
    shutil.copy(town.journal("org-d"), town.journal("twin"))
    town.twin("org-d", "twin").clock.offset_ms = 40  # so that what they propose differs
    await town.start("twin")
    for number in range(12):
        await town.machines["org-a"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1, "org-a", "org-b", "org-c")
    await town.until(lambda: alarmed(town, "org-d") or alarmed(town, "twin"))
    await grow(town, 2, "org-a", "org-b", "org-c")
    heads = {town.machines[n].application.ledger.block_id(10) for n in ("org-a", "org-b", "org-c")}
    assert len(heads) == 1, "one faulty key among four cannot split the ledger"


async def test_k2_an_old_journal_beside_a_newer_database_is_found_at_the_start(town: Town) -> None:
    """The signing journal came from a backup, the database did not."""
    await town.start()
    await town.ready()
    await grow(town, 1)
    await town.stop("org-d")
    shutil.copy(town.journal("org-d"), town.folder / "backup")
    await town.restart("org-d")
    await town.ready()
    # Only three run, so that every seal needs the fourth.
    await town.stop("org-c")
    await grow(town, 3, "org-a", "org-b", "org-d")
    await town.stop("org-d")
    before = signed_by(town, "org-d")
    shutil.copy(town.folder / "backup", town.journal("org-d"))
    await town.restart("org-d")
    assert alarmed(town, "org-d"), "before anything was heard from anybody"
    await town.restart("org-c")
    await grow(town, 2, "org-a", "org-b", "org-c")
    assert signed_by(town, "org-d") == before


async def test_k2_an_old_database_with_its_old_journal_is_found_while_catching_up(town: Town) -> None:
    """A snapshot of the whole machine, started again."""
    await town.start()
    await town.ready()
    await grow(town, 1)
    await town.stop("org-d")
    shutil.copy(town.journal("org-d"), town.folder / "backup")
    old = town.machines["org-d"].application.ledger
    image = FakeLedger(old.tip, list(old.blocks), town.bls)
    await town.restart("org-d")
    await town.ready()
    await town.stop("org-c")
    await grow(town, 3, "org-a", "org-b", "org-d")
    await town.stop("org-d")
    before = signed_by(town, "org-d")
    shutil.copy(town.folder / "backup", town.journal("org-d"))
    town.machines["org-d"].application.ledger = image
    await town.restart("org-c")
    await town.restart("org-d")
    await town.until(lambda: alarmed(town, "org-d"))
    await grow(town, 2, "org-a", "org-b", "org-c")
    assert signed_by(town, "org-d") == before
    never_contradicts(town, "org-d")


async def test_k2_a_crash_between_database_and_journal_is_no_alarm(town: Town) -> None:
    """The database has block h, the journal only our votes for it: every crash may leave that."""
    await town.start()
    await town.ready()
    await town.stop("org-c")
    await grow(town, 2, "org-a", "org-b", "org-d")
    ledger = town.machines["org-d"].application.ledger
    block, _ = ledger.blocks[1]
    await town.stop("org-d")
    town.journal("org-d").unlink()
    with FileJournal(town.journal("org-d")) as journal:
        again = JournalSigner(
            secret=secret_of("org-d", town.bls),
            network=town.id,
            journal=journal,
            bls=town.bls,
            max_message_bytes=4_000_000,
        )
        again.abstain(Height(0))
        again.committed(Height(1))
        again.sign_vote(
            SignVote(
                type=VoteType.PRECOMMIT,
                height=Height(2),
                round=Round(0),
                block_id=header_id(block.header),
                valid_round=NO_ROUND,
                seat=3,
                validators_hash=town.set.hash,
            )
        )
    seats = {
        seat: town.bls.sign(
            secret_of(town.validators[seat], town.bls),
            precommit_bytes(town.id, town.set.hash, Height(2), Round(0), header_id(block.header)),
        )
        for seat in (0, 1, 3)
    }
    ledger.blocks[1] = (block, make_seal(Height(2), Round(0), header_id(block.header), 4, seats, town.bls))
    await town.restart("org-c")
    await town.restart("org-d")
    await town.ready()
    assert not alarmed(town, "org-d")
