"""The reader of journals and witness files, on files as nodes write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.accountability import Place, WitnessRecord, charge_for
from ledger.primitives import Hash, Height, Round
from ledger.seal import Seal, VoteType
from nodes.bft.accountability import certificate_attestation
from nodes.bft.journal import FileJournal
from nodes.bft.messages import Vote, encode_message
from nodes.bft.recovery import CommittedRecord, SignedRecord
from nodes.bft.witness import CHARGES_FILE, WitnessLog, charge_record, decided_record
from tests.chaos.journals import Said, UnknownFormat, caught, contradictions, gather
from tests.nodes.bft.rig import Rig


def vote(block: int, round_: int = 0) -> Vote:
    return Vote(
        type=VoteType.PRECOMMIT, height=Height(5), round=Round(round_), block_id=Hash(bytes([block]) * 32),
        valid_round=Round(-1), seat=2, signature=bytes(96),
    )  # fmt: skip


def journal_of(folder: Path, *votes: Vote) -> Path:
    """A journal in which each vote was synced by itself, so that there are marks between them."""
    path = folder / "validator.journal"
    with FileJournal(path) as journal:
        for item in votes:
            journal.append(SignedRecord(payload=encode_message(item)))
            journal.sync()
        journal.append(CommittedRecord(height=Height(5)))
    return path


def found_in(path: Path) -> list[str]:
    said = Said(set)
    gather(path, said)
    assert said
    return list(contradictions("alpha", said))


def test_the_same_vote_again_and_votes_of_two_rounds_are_in_order(tmp_path: Path) -> None:
    assert found_in(journal_of(tmp_path, vote(1), vote(1), vote(2, round_=1))) == []


def test_two_votes_for_one_place_are_found(tmp_path: Path) -> None:
    (finding,) = found_in(journal_of(tmp_path, vote(1), vote(2)))
    assert "alpha signed 2 different messages" in finding


def test_a_torn_tail_is_left_out(tmp_path: Path) -> None:
    path = journal_of(tmp_path, vote(1), vote(2))
    whole = path.read_bytes()
    for length in range(len(whole) - 40, len(whole)):
        path.write_bytes(whole[:length])
        assert len(found_in(path)) <= 1


def test_another_layout_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "validator.journal"
    path.write_bytes(b"sealane-journal/2\n")
    with pytest.raises(UnknownFormat):
        gather(path, Said(set))


def test_what_a_node_caught_is_found(tmp_path: Path) -> None:
    log = WitnessLog(tmp_path)
    log.append(decided())
    assert list(caught("alpha", tmp_path / CHARGES_FILE)) == []
    rig = Rig()
    ids = Hash(bytes(32)), Hash(bytes([1]) * 32)
    one, other = (certificate_attestation(rig.certificate(VoteType.PRECOMMIT, 0, i, [2, 3])) for i in ids)
    place = Place(network=rig.network, validators=rig.validators, height=Height(1))
    charge = charge_for(one, other, place)
    assert charge is not None
    log.append(charge_record(place, charge))
    log.close()
    (finding,) = caught("alpha", tmp_path / CHARGES_FILE)
    assert finding == "alpha caught a validator that contradicted itself at height 1"


def decided() -> WitnessRecord:
    seal = Seal(height=1, round=0, block_id="00" * 32, signers="Bw", signature="A" * 128)
    return decided_record(Height(1), bytes(32), seal, ())
