"""The witness directory: after crashes, over many segments, and what is synced at once."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import msgspec
import pytest

from ledger.accountability import Place, WitnessRecord, charge_for, read_records, record_line
from ledger.errors import EncodingError
from ledger.primitives import Hash, Height
from ledger.seal import Seal, VoteType
from nodes.bft.accountability import certificate_attestation
from nodes.bft.recovery import LockRecord
from nodes.bft.witness import CHARGES_FILE, WitnessLog, charge_record, decided_record, rested_records
from tests.nodes.bft.rig import Rig
from tests.witnesses import read_witness, witness_segments


def record(height: int) -> WitnessRecord:
    seal = Seal(height=height, round=0, block_id="00" * 32, signers="Bw", signature="A" * 128)
    return decided_record(Height(height), bytes(32), seal, ())


def charge(height: int) -> WitnessRecord:
    rig = Rig()
    one, other = (
        certificate_attestation(rig.certificate(VoteType.PREVOTE, 0, Hash(bytes([n]) * 32), [2, 3]))
        for n in (1, 2)
    )
    place = Place(network=rig.network, validators=rig.validators, height=Height(height))
    found = charge_for(one, other, place)
    assert found is not None
    return charge_record(place, found)


def write(directory: Path, heights: range, **options: int) -> None:
    log = WitnessLog(directory, **options)
    for height in heights:
        log.append(record(height))
    log.close()


def heights(directory: Path) -> list[int]:
    return [record.height for record in read_witness(directory)]


@pytest.mark.parametrize("lost", [0, 1, 2, 100, 250])
def test_a_torn_record_does_not_hide_those_written_after_it(tmp_path: Path, lost: int) -> None:
    write(tmp_path, range(1, 4))
    (segment,) = witness_segments(tmp_path)
    os.truncate(segment, segment.stat().st_size - lost)
    write(tmp_path, range(4, 6))
    assert heights(tmp_path) == ([1, 2, 4, 5] if lost else [1, 2, 3, 4, 5])


def test_a_record_that_the_disk_never_wrote_does_not_hide_those_around_it(tmp_path: Path) -> None:
    """The power went: of the unsynced records a later one is on the disk, an earlier one is zeros."""
    write(tmp_path, range(1, 5))
    (segment,) = witness_segments(tmp_path)
    data, length = segment.read_bytes(), len(record_line(record(1)))
    segment.write_bytes(data[: 2 * length] + bytes(length) + data[3 * length :])
    write(tmp_path, range(5, 7))
    lines = segment.read_bytes().splitlines(keepends=True)
    found = []
    for height in (1, 2, 4, 5, 6):
        found += [r.height for _, r in read_records(lines, field="w", height=height)]
    assert found == [1, 2, 4, 5, 6]
    with pytest.raises(EncodingError, match="damaged"):
        heights(tmp_path)


def test_full_segments_are_left_alone_and_named_after_their_first_height(tmp_path: Path) -> None:
    length = len(record_line(record(10)))
    write(tmp_path, range(10, 17), segment_bytes=3 * length)
    assert [path.name for path in witness_segments(tmp_path)] == [
        "heights-000000000010.witness",
        "heights-000000000013.witness",
        "heights-000000000016.witness",
    ]
    full = witness_segments(tmp_path)[0]
    full.unlink()
    write(tmp_path, range(17, 18), segment_bytes=3 * length)
    assert heights(tmp_path) == [13, 14, 15, 16, 17]
    assert not full.exists(), "an operator may move full segments away"


def test_charges_are_synced_at_once_and_in_a_file_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = WitnessLog(tmp_path)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    log.append(charge(1))
    assert len(synced) == 1
    log.append(charge(2))
    assert len(synced) == 2
    assert [r.height for r in log.charges()] == [1, 2]
    monkeypatch.undo()
    log.close()
    assert (tmp_path / CHARGES_FILE).read_bytes() == record_line(charge(1)) + record_line(charge(2))


def test_a_changed_record_is_named(tmp_path: Path) -> None:
    write(tmp_path, range(1, 4))
    (segment,) = witness_segments(tmp_path)
    data = segment.read_bytes().replace(b'"height":2,', b'"height":7,', 1)
    segment.write_bytes(data)
    with pytest.raises(EncodingError, match=r"heights-000000000001.witness:4: .*damaged"):
        heights(tmp_path)
    lines = data.splitlines(keepends=True)
    assert [r.height for _, r in read_records(lines, field="w", height=3)] == [3], "others can still be read"


def lock(height: int, round_: int = 0) -> LockRecord:
    polka = Rig().certificate(VoteType.PREVOTE, round_, Hash(bytes([height]) * 32), [1, 2, 3])
    at = msgspec.structs.replace(polka, height=Height(height))
    return LockRecord(proposal=b"", polka=at, validators_hash=Hash(bytes(32)))


def test_what_journals_know_and_a_power_cut_took_is_found(tmp_path: Path) -> None:
    """F3: a lost line, a torn one and a flipped bit are missed; what is there whole is not written twice."""
    known = rested_records([lock(3), lock(1), lock(1, 2), lock(2), lock(4)])
    assert [(record.height, len(record.polkas)) for record in known] == [(1, 2), (2, 1), (3, 1), (4, 1)]
    log = WitnessLog(tmp_path)
    assert log.lacks(known) == known, "a folder without any segment"
    for one in known[:3]:
        log.append(one)
    log.close()
    (segment,) = witness_segments(tmp_path)
    whole = segment.read_bytes()
    lines = [record_line(one) for one in known[:3]]
    for lost, left in {
        (4,): whole,
        (3, 4): whole[:-9],
        (2, 4): whole.replace(lines[1], bytes(len(lines[1]))),
        (1, 4): whole.replace(lines[0], lines[0].replace(b"polkas", b"polkaz")),
    }.items():
        segment.write_bytes(left)
        log = WitnessLog(tmp_path)
        assert tuple(one.height for one in log.lacks(known)) == lost
        for one in log.lacks(known):
            log.append(one)
        assert log.lacks(known) == ()
        log.close()


def test_a_log_that_lost_a_record_does_not_say_that_all_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: whatever leaves the journals by this log's leave would be lost."""
    log = WitnessLog(tmp_path)
    log.append(record(1))
    log.sync()

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space left"):
        log.append(record(2))
    monkeypatch.undo()
    log.append(record(3))
    with pytest.raises(OSError, match="a record is missing"):
        log.sync()
    log.close()


@pytest.mark.parametrize("payload", [b"[" * 100_000, b'{"height": 1}', b'{"height":1}', b""])
def test_what_is_no_record_is_refused_whatever_its_checksum(payload: bytes) -> None:
    with pytest.raises(EncodingError):
        list(read_records([b"%08x %b\n" % (zlib.crc32(payload), payload)], field="w"))
