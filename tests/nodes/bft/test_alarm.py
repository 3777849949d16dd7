"""K1, K3 in the signer and its journal: what raises the alarm, what does not, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.primitives import Hash, Height, Round
from ledger.seal import VoteType
from nodes.bft.journal import FileJournal
from nodes.bft.recovery import AbstainRecord, AlarmRecord, CommittedRecord, standing
from nodes.bft.said import Said
from nodes.bft.signer import RefusedToSign
from tests.nodes.bft.fakes import MemoryJournal
from tests.nodes.bft.test_signer import PREVOTE, V, signer, vote

OTHER = Hash(b"o" * 32)


def test_k1_what_the_journal_knows_raises_no_alarm_and_what_it_lacks_does_for_good() -> None:
    journal = MemoryJournal()
    one = signer(journal)
    known = Said.of(one.sign_vote(PREVOTE))
    assert not one.shown(known)
    assert one.alarm() is None
    assert one.shown(replace(known, block_id=OTHER))
    assert one.alarm() == known.place
    with pytest.raises(RefusedToSign, match="not in its journal"):
        one.sign_vote(vote(VoteType.PRECOMMIT, 1, 2, V))
    journal.crash()
    again = signer(journal)
    assert again.alarm() == known.place
    with pytest.raises(RefusedToSign):
        again.sign_vote(PREVOTE)
    assert not again.shown(replace(known, block_id=OTHER)), "one alarm is enough"


def test_k1_an_unknown_place_counts_even_where_nothing_was_signed() -> None:
    one = signer(MemoryJournal())
    assert one.shown(Said.precommit(Height(3), Round(0), V))


def test_k1_replayed_votes_of_committed_heights_prove_nothing() -> None:
    """J5: the journal has dropped them. Anyone may replay them at any time."""
    journal = MemoryJournal()
    one = signer(journal)
    known = Said.of(one.sign_vote(PREVOTE))
    one.committed(Height(1))
    assert not one.shown(known)
    one.flush()
    assert not signer(journal).shown(known)
    assert not signer(journal).shown(replace(known, block_id=OTHER))


def test_k1_what_a_lost_journal_knew_proves_nothing_to_the_new_one() -> None:
    """J6: unknown how far, then up to the height to which it abstains, not beyond."""
    journal = MemoryJournal()
    journal.fresh = True
    one = signer(journal)
    assert not one.shown(Said.precommit(Height(9), Round(0), V))
    one.abstain(Height(9))
    assert not one.shown(Said.precommit(Height(9), Round(0), V))
    assert one.shown(Said.precommit(Height(10), Round(0), V))


def test_k3_an_abstention_ends_the_alarm() -> None:
    journal = MemoryJournal()
    one = signer(journal)
    assert one.shown(Said.precommit(Height(3), Round(0), V))
    journal.append(AbstainRecord(until=None))
    journal.sync()
    again = signer(journal)
    assert again.alarm() is None
    with pytest.raises(RefusedToSign, match="abstaining"):
        again.sign_vote(PREVOTE)


def test_the_journal_keeps_an_alarm_beyond_the_height_and_through_its_rotation(tmp_path: Path) -> None:
    alarm = AlarmRecord(height=Height(3), round=Round(0), step=3, block_id=V)
    with FileJournal(tmp_path / "one.journal") as journal:
        journal.append(alarm)
        journal.append(AbstainRecord(until=Height(4)))
        journal.append(replace_height(alarm, 9))
        journal.append(CommittedRecord(height=Height(9)))
        journal.compact()
    with FileJournal(tmp_path / "one.journal") as journal:
        assert list(standing(journal.records())) == [
            AbstainRecord(until=Height(4)),
            replace_height(alarm, 9),
        ]


def replace_height(alarm: AlarmRecord, height: int) -> AlarmRecord:
    return AlarmRecord(height=Height(height), round=alarm.round, step=alarm.step, block_id=alarm.block_id)
