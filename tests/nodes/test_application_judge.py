"""Duty A4 of `nodes.engine`: judging a proposed block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.block import Block
from ledger.bls import backend
from ledger.errors import (
    ChainError,
    LedgerError,
    SealError,
    SignatureError,
    StatementError,
)
from ledger.keys import ORDER
from ledger.primitives import Height, Round
from ledger.seal import make_seal, precommit_bytes
from ledger.statement import parse_statement
from nodes.execution import Limits
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    HOUR_MS,
    VALIDATOR_SECRETS,
    Solo,
    altered,
    bill_package,
    boxes,
    make_genesis,
    seal_of,
    stored_block,
)


async def sealed_and_proposed(solo: Solo) -> Block:
    """A proposal at height 2, computed afresh when it is judged."""
    await solo.accept(*boxes(solo, 2, "first"))
    block = (await solo.propose(*boxes(solo, 3))).block
    solo.application._computed.clear()
    return block


WRONG: dict[str, Any] = {
    "version": 2,
    "rules_version": 2,
    "network": "00" * 32,
    "height": 3,
    "time_ms": 1,
    "parent": "11" * 32,
    "parent_seal_hash": "22" * 32,
    "proposer": FORWARDER,
    "log_size_before": 4,
    "log_size": 7,
    "log_root": "33" * 32,
    "state_root": "44" * 32,
    "validators_hash": "55" * 32,
    "next_validators_hash": "66" * 32,
}


def test_a4_every_header_field_has_a_wrong_value_here() -> None:
    from ledger.block import Header

    assert set(WRONG) == {field.name for field in msgspec.structs.fields(Header)}


@pytest.mark.parametrize("field", WRONG)
async def test_a4_a_wrong_header_field_is_refused(solo: Solo, field: str) -> None:
    block = await sealed_and_proposed(solo)
    with pytest.raises(ChainError) as wrong:
        await solo.application.judge(altered(block, **{field: WRONG[field]}))
    assert wrong.value.field == f"header.{field}"


async def test_a4_the_right_block_is_accepted(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    await solo.application.judge(block)
    await solo.application.judge(block)


async def test_a4_block_time_may_not_stand_still(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    same = solo.application.info().header.time_ms
    with pytest.raises(ChainError, match="later than the parent"):
        await solo.application.judge(altered(block, time_ms=same))


async def test_a4_another_validators_proposal_is_judged_by_its_own_header(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    await solo.application.judge(altered(block, proposer="qinzhou-customs"))


@pytest.mark.parametrize("change", ["dropped", "added", "swapped"])
async def test_a4_other_entries_than_the_headers_are_refused(solo: Solo, change: str) -> None:
    block = await sealed_and_proposed(solo)
    one, two, three = block.entries
    entries = {
        "dropped": (one, two),
        "added": (one, two, three, solo.gate_in("more")),
        "swapped": (two, one, three),
    }
    with pytest.raises(ChainError):
        await solo.application.judge(altered(block, entries=entries[change]))


async def test_a4_a_known_header_over_other_entries_is_refused(solo: Solo) -> None:
    """What was computed for a block is not taken for a block that only shares its header."""
    await solo.accept()
    block = (await solo.propose(*boxes(solo, 2))).block
    with pytest.raises(ChainError):
        await solo.application.judge(altered(block, entries=tuple(reversed(block.entries))))
    with pytest.raises(ChainError):
        await solo.application.judge(altered(block, parent_seal=None))


async def test_a4_an_entry_that_the_contracts_refuse_spoils_the_block(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    refused = solo.sign("bill.void", bill_package().subject, CARRIER, version=1)
    entries = (*block.entries[:-1], refused)
    with pytest.raises(ChainError, match=r"refused: record\.version-ahead") as wrong:
        await solo.application.judge(altered(block, entries=entries))
    assert wrong.value.field == "entries"


async def test_a4_a_forged_signature_spoils_the_block(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    forged = bytearray(block.entries[0])
    forged[-1] ^= 1
    with pytest.raises(LedgerError, match=r"bad-signature|out of range|second form"):
        await solo.application.judge(altered(block, entries=(bytes(forged), *block.entries[1:])))


async def test_a4_the_same_statement_twice_spoils_the_block(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    with pytest.raises(ChainError, match=r"refused: statement\.known"):
        await solo.application.judge(altered(block, entries=(block.entries[0], *block.entries)))


async def test_a4_a_statement_of_an_earlier_block_spoils_the_block(solo: Solo) -> None:
    leaf = solo.gate_in("early")
    await solo.accept(leaf)
    block = (await solo.propose(*boxes(solo, 1))).block
    with pytest.raises(ChainError, match=r"refused: statement\.known"):
        await solo.application.judge(altered(block, entries=(*block.entries, leaf)))


async def test_a4_a_second_encoding_of_an_entry_spoils_the_block(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    leaf = block.entries[0]
    high_s = leaf[:-32] + (ORDER - int.from_bytes(leaf[-32:], "big")).to_bytes(32, "big")
    import cbor2

    parts = list(cbor2.loads(leaf).value)
    parts[1] = {b"note": 1}
    decorated = cbor2.dumps(cbor2.CBORTag(18, parts))
    long_form = leaf.replace(b"\x58\x40", b"\x59\x00\x40", 1)
    for other in (high_s, decorated, long_form):
        assert parse_statement(other, normalise=True).leaf == leaf
        with pytest.raises(StatementError, match="second form"):
            await solo.application.judge(altered(block, entries=(other, *block.entries[1:])))


async def test_a4_bytes_that_are_no_statement_spoil_the_block(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    for junk in (b"", b"\xff" * 10, b"\x81" * 60_000):
        with pytest.raises(LedgerError):
            await solo.application.judge(altered(block, entries=(*block.entries, junk)))


async def test_a4_an_expired_entry_spoils_the_block(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    late = block.header.time_ms + 120_000
    with pytest.raises(ChainError, match=r"refused: statement\.expired"):
        await solo.application.judge(altered(block, time_ms=late))


async def test_a4_judging_depends_on_no_clock(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    for turned in (-10 * HOUR_MS, 1_000 * HOUR_MS):
        solo.clock.time_ms += turned
        solo.application._computed.clear()
        await solo.application.judge(block)


@pytest.mark.parametrize(
    ("limit", "field"), [({"max_block_entries": 2}, "2 entries"), ({"max_block_bytes": 700}, "700 bytes")]
)
async def test_a4_a_block_beyond_the_limits_is_refused(
    tmp_path: Path, limit: dict[str, Any], field: str
) -> None:
    solo = Solo(tmp_path, make_genesis(**limit))
    block = (await solo.propose(solo.gate_in("one"))).block
    entries = tuple(boxes(solo, 3))
    with pytest.raises(ChainError, match=f"more than {field}"):
        await solo.application.judge(altered(block, entries=entries))
    solo.close()


async def test_a4_a_block_that_makes_too_much_work_is_refused(
    solo: Solo, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = await sealed_and_proposed(solo)
    monkeypatch.setattr(Limits, "of", lambda _: Limits(2_000, 2_000_000, work=10))
    with pytest.raises(ChainError, match="read or write more than a block may"):
        await solo.application.judge(block)


async def test_a4_the_parents_seal_must_be_there_and_of_the_parent(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    assert block.parent_seal is not None
    for seal in (
        None,
        msgspec.structs.replace(block.parent_seal, height=5),
        msgspec.structs.replace(block.parent_seal, block_id="77" * 32),
    ):
        with pytest.raises(ChainError, match="parent's seal"):
            await solo.application.judge(altered(block, parent_seal=seal))


async def test_a4_the_genesis_has_no_seal(solo: Solo) -> None:
    first = (await solo.propose(*boxes(solo, 1))).block
    await solo.accept()
    seal = solo.seals[1]
    fresh = Solo(solo.path.parent, name="other.db")
    with pytest.raises(ChainError, match="genesis has no seal"):
        await fresh.application.judge(altered(first, parent_seal=seal))
    fresh.close()


async def test_a4_a_parent_seal_without_a_quorum_is_refused(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    parent, _ = await stored_block(solo, 1)
    weak = seal_of(parent, solo.network, solo.store.validators_at(Height(1)), signers=2)
    with pytest.raises(SealError):
        await solo.application.judge(altered(block, parent_seal=weak))


async def test_a4_a_parent_seal_that_does_not_verify_is_refused(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    tip = solo.application.info()
    message = precommit_bytes(tip.network, tip.validators.hash, Height(1), Round(1), tip.block_id)
    signatures = {
        seat: backend().sign(secret, message) for seat, secret in enumerate([*VALIDATOR_SECRETS.values()][:3])
    }
    other_round = make_seal(Height(1), Round(0), tip.block_id, 4, signatures, backend())
    with pytest.raises(SignatureError):
        await solo.application.judge(altered(block, parent_seal=other_round))


async def test_a4_another_valid_seal_of_the_parent_is_another_block(solo: Solo) -> None:
    """Nodes may know different quorums; the one in the block is what its header commits to."""
    block = await sealed_and_proposed(solo)
    parent, _ = await stored_block(solo, 1)
    four = seal_of(parent, solo.network, solo.store.validators_at(Height(1)), signers=4)
    with pytest.raises(ChainError) as wrong:
        await solo.application.judge(altered(block, parent_seal=four))
    assert wrong.value.field == "header.parent_seal_hash"
    from ledger.seal import seal_hash

    await solo.application.judge(altered(block, parent_seal=four, parent_seal_hash=seal_hash(four).hex()))


async def test_a4_judging_changes_nothing_visible(solo: Solo) -> None:
    block = await sealed_and_proposed(solo)
    tip, size = solo.application.info(), solo.path.stat().st_size
    await solo.application.judge(block)
    subject = parse_statement(block.entries[0]).subject
    assert solo.application.info() is tip
    assert solo.record(subject) is None
    assert solo.store.tip() == tip
    assert solo.path.stat().st_size == size
    await solo.application.check(block.entries[0])
