"""Evidence and receipts that a node makes, verified by those who do not trust it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import nodes.application as application_module
from contracts.documents.package import encode_package
from ledger.errors import EvidenceError
from ledger.evidence import CheckpointAnchor, Expectation, GenesisAnchor, parse_evidence, verify_evidence
from ledger.primitives import Height
from ledger.receipt import verify_receipt
from ledger.seal import verify_seal
from ledger.statement import parse_statement
from ledger.validators import ValidatorSet
from nodes.proofs import EvidenceRequest, Proofs, ProofUnavailable
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    GENESIS,
    HOUR_MS,
    MEMBERS,
    PORT,
    TRADER,
    Solo,
    bill_package,
    issue_body,
    member_key,
    node_key,
)

KEY = node_key(CARRIER)


@pytest.fixture
def proofs(solo: Solo) -> Proofs:
    return make_proofs(solo)


def make_proofs(solo: Solo) -> Proofs:
    return Proofs(solo.store, solo.genesis, solo.application, KEY, f"{CARRIER}/node-1")


def by_hash() -> GenesisAnchor:
    """A verifier who knows the network's id and nothing else."""
    return GenesisAnchor(network=GenesisAnchor.of(GENESIS).network)


async def evidence(proofs: Proofs, subject: str, **more: Any) -> bytes:
    return await proofs.evidence(EvidenceRequest(subject=subject, **more))


def acts(data: bytes, anchor: Any = None) -> list[str]:
    report = verify_evidence(data, anchor or by_hash())
    return [statement.act for statement in report.statements]


async def transfer(solo: Solo, subject: str, to: str = FORWARDER) -> None:
    body = {"to": to, "expires_ms": solo.clock.time_ms + HOUR_MS}
    await solo.do("bill.transfer", subject, TRADER, body)


async def test_no_file_is_made_that_verifiers_do_not_read(
    solo: Solo, proofs: Proofs, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = await solo.issue()
    offer = {"to": PORT, "expires_ms": solo.clock.time_ms + HOUR_MS}
    await solo.do("bill.transfer", package.subject, TRADER, offer)
    short, long = [len(await evidence(proofs, package.subject, history=history)) for history in (False, True)]
    monkeypatch.setattr("nodes.proofs.MAX_EVIDENCE_BYTES", short)
    assert len(await evidence(proofs, package.subject)) == short < long
    with pytest.raises(ProofUnavailable, match=f"have {long} bytes, .* leave out the history"):
        await evidence(proofs, package.subject, history=True)
    monkeypatch.setattr("nodes.proofs.MAX_EVIDENCE_BYTES", short - 1)
    with pytest.raises(ProofUnavailable, match="without contents"):
        await evidence(proofs, package.subject)


async def test_evidence_proves_a_bill_its_last_statement_and_its_contents(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    await transfer(solo, package.subject)
    await solo.accept(solo.gate_in("elsewhere"))
    data = await evidence(proofs, package.subject, package=encode_package(package))
    for anchor in (by_hash(), GenesisAnchor.of(GENESIS)):
        expect = (
            Expectation(field="subject", value=package.subject),
            Expectation(field="bill", value="CRLQ:CRLQ2609001"),
            Expectation(field="possessor", value=TRADER),
        )
        report = verify_evidence(data, anchor, expect=expect)
        assert [statement.act for statement in report.statements] == ["bill.transfer"]
        assert report.document == package.document
        assert report.status_header is not None
        assert report.status_header.height == solo.height
    assert len(data) < 40_000


async def test_without_the_genesis_inside_the_verifier_needs_the_file(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    data = await evidence(proofs, package.subject, genesis=False)
    assert acts(data, GenesisAnchor.of(GENESIS)) == ["bill.issue"]
    with pytest.raises(EvidenceError, match="genesis"):
        verify_evidence(data, by_hash())


async def test_history_holds_every_statement_in_order(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    for _ in range(3):
        await transfer(solo, package.subject)
        await solo.do("bill.cancel", package.subject, TRADER)
    data = await evidence(proofs, package.subject, history=True)
    assert acts(data) == ["bill.issue", *["bill.transfer", "bill.cancel"] * 3]


async def test_a_long_history_keeps_its_newest_part(
    solo: Solo, proofs: Proofs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last statement is the one that matters, however many came before it."""
    monkeypatch.setattr("nodes.proofs.MAX_HISTORY", 3)
    package = await solo.issue()
    for _ in range(3):
        await transfer(solo, package.subject)
        await solo.do("bill.cancel", package.subject, TRADER)
    await transfer(solo, package.subject)
    assert acts(await evidence(proofs, package.subject)) == ["bill.transfer"]
    history = await evidence(proofs, package.subject, history=True)
    assert acts(history) == ["bill.transfer", "bill.cancel", "bill.transfer"]


async def test_a_change_by_a_statement_about_another_record_is_no_statement_about_this_one(
    solo: Solo, proofs: Proofs
) -> None:
    package = bill_package()
    box = next(iter(package.containers.values()))
    await solo.issue(package)
    created = await evidence(proofs, f"container/{box.id}")
    assert acts(created) == []
    assert verify_evidence(created, by_hash()).record is not None
    event = {
        "event": "gate_in",
        "classifier": "actual",
        "facility": "CNQZH",
        "event_ms": solo.clock.time_ms - 5_000,
        "purpose": "export",
    }
    await solo.do("movement.record", f"container/{box.id}", PORT, event)
    other = bill_package("CRLQ2609002")
    await solo.issue(other)
    assert solo.version(f"container/{box.id}") == 3
    data = await evidence(proofs, f"container/{box.id}")
    report = verify_evidence(data, by_hash())
    assert [statement.act for statement in report.statements] == ["movement.record"]
    assert report.record is not None
    assert report.record["version"] == 3


async def test_a_founding_record_is_proven_without_a_statement(solo: Solo, proofs: Proofs) -> None:
    await solo.accept()
    for subject in ("organisation/coral-line", f"member/{MEMBERS[CARRIER]}", "network/validators"):
        report = verify_evidence(await evidence(proofs, subject), by_hash())
        assert report.statements == ()
        assert report.record is not None


async def test_a_statement_of_a_replaced_key_is_still_proven(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    member = MEMBERS[CARRIER]
    fresh = member_key(member, 1)
    body = {"key": fresh.public_key.text, "overlap_until_ms": 0}
    await solo.do("member.rotate", f"member/{member}", CARRIER, body)
    await solo.accept()
    assert [key.key for key in solo.record(f"member/{member}").keys] == [fresh.public_key.text]
    assert acts(await evidence(proofs, package.subject)) == ["bill.issue"]
    later = bill_package("CRLQ2609002", containers=())
    leaf = solo.sign("bill.issue", later.subject, CARRIER, issue_body(later), key=fresh)
    await solo.accept(leaf)
    assert acts(await evidence(proofs, later.subject)) == ["bill.issue"]
    assert acts(await evidence(proofs, f"member/{member}")) == ["member.rotate"]


async def test_evidence_leads_from_a_checkpoint(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    await solo.accept()
    checkpoint = solo.application.info()
    await transfer(solo, package.subject)
    await solo.accept()
    anchor = CheckpointAnchor(height=checkpoint.height, block_id=checkpoint.block_id)
    data = await evidence(proofs, package.subject, checkpoint=checkpoint.height)
    assert acts(data, anchor) == ["bill.transfer"]
    with pytest.raises(EvidenceError):
        verify_evidence(data, by_hash())


async def test_what_is_older_than_the_checkpoint_is_left_out_or_refused(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    await solo.accept()
    checkpoint = solo.application.info()
    await solo.accept()
    anchor = CheckpointAnchor(height=checkpoint.height, block_id=checkpoint.block_id)
    report = verify_evidence(await evidence(proofs, package.subject, checkpoint=checkpoint.height), anchor)
    assert report.statements == ()
    assert report.record is not None
    with pytest.raises(ProofUnavailable, match="older than the checkpoint"):
        await evidence(proofs, package.subject, checkpoint=checkpoint.height, history=True)


async def test_the_newest_block_may_be_the_checkpoint(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    tip = solo.application.info()
    anchor = CheckpointAnchor(height=tip.height, block_id=tip.block_id)
    data = await evidence(proofs, package.subject, checkpoint=tip.height)
    assert acts(data, anchor) == ["bill.issue"]


async def test_no_evidence_of_what_is_not_there(solo: Solo, proofs: Proofs) -> None:
    with pytest.raises(ProofUnavailable, match="no block is sealed"):
        await evidence(proofs, "organisation/coral-line")
    await solo.accept()
    for subject in ("bill/" + "0" * 64, "", "nonsense"):
        with pytest.raises(ProofUnavailable, match="no record"):
            await evidence(proofs, subject)
    with pytest.raises(ProofUnavailable, match="no block 9"):
        await evidence(proofs, "organisation/coral-line", checkpoint=Height(9))


async def test_a_block_whose_seal_is_still_to_come_cannot_be_proven(solo: Solo, proofs: Proofs) -> None:
    block = (await solo.propose(solo.gate_in("one"))).block
    await solo.application.commit(block, [])
    subject = parse_statement(block.entries[0]).subject
    with pytest.raises(ProofUnavailable, match="not sealed here yet"):
        await evidence(proofs, subject)
    with pytest.raises(ProofUnavailable, match="not sealed here yet"):
        await proofs.receipt(1)


async def test_evidence_follows_a_change_of_validators(
    solo: Solo, proofs: Proofs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The set that a block's state appoints seals the block after the next."""
    package = await solo.issue()
    before = solo.application.info()
    fewer = ValidatorSet(validators=before.validators.validators[:3])
    monkeypatch.setattr(application_module, "validators_after", lambda _: fewer)
    for _ in range(4):
        await solo.accept()
    assert solo.application.info().validators == fewer
    data = await evidence(proofs, package.subject)
    assert [change.header.height for change in parse_evidence(data).set_changes] == [3]
    report = verify_evidence(data, by_hash())
    assert len(report.signers) == 3
    late = solo.store.header(Height(4))
    assert late is not None
    from ledger.block import header_id

    anchor = CheckpointAnchor(height=4, block_id=header_id(late))
    from_checkpoint = await evidence(proofs, package.subject, checkpoint=Height(4))
    assert parse_evidence(from_checkpoint).set_changes == ()
    assert verify_evidence(from_checkpoint, anchor).record is not None
    solo.reopen()
    assert solo.application.info().validators == fewer


async def test_evidence_is_of_one_block_while_blocks_are_committed(solo: Solo, proofs: Proofs) -> None:
    """Proofs of records exist for the newest block only, so none may come between their parts."""
    package = await solo.issue()

    async def grow() -> None:
        for number in range(12):
            await solo.accept(*(solo.gate_in(f"box {number} {item}") for item in range(5)))

    async def watch() -> list[int]:
        heights = []
        while not growing.done():
            data = await evidence(proofs, package.subject, history=True)
            report = verify_evidence(data, by_hash())
            assert report.status_header is not None
            heights.append(report.status_header.height)
        return heights

    growing = asyncio.ensure_future(grow())
    heights = await watch()
    await growing
    assert len(set(heights)) > 1
    assert heights == sorted(heights)


async def test_evidence_that_was_tampered_with_fails(solo: Solo, proofs: Proofs) -> None:
    package = await solo.issue()
    data = await evidence(proofs, package.subject)
    value = msgspec.json.decode(data)
    value["record"]["value"]["possessor"] = CARRIER
    from ledger.canonical import encode

    with pytest.raises(EvidenceError):
        verify_evidence(encode(value), by_hash())


# Receipts


async def test_a_receipt_proves_an_entry_and_carries_the_seal(solo: Solo, proofs: Proofs) -> None:
    block = await solo.accept(*(solo.gate_in(f"box {number}") for number in range(5)))
    await solo.accept(solo.gate_in("later"))
    for index, leaf in enumerate(block.entries, 1):
        receipt = verify_receipt(await proofs.receipt(index), leaf, KEY.public_key)
        assert (receipt.index, receipt.issuer) == (index, f"{CARRIER}/node-1")
        assert receipt.subject == parse_statement(leaf).subject
        assert receipt.header == block.header
        verify_seal(receipt.seal, solo.network, solo.store.validators_at(Height(1)))


@pytest.mark.parametrize("index", [0, 2, 10_000])
async def test_there_is_no_receipt_without_a_statement(solo: Solo, proofs: Proofs, index: int) -> None:
    await solo.accept(solo.gate_in("one"))
    with pytest.raises(ProofUnavailable, match="no statement"):
        await proofs.receipt(index)


async def test_a_foreign_tool_verifies_a_receipt(solo: Solo, proofs: Proofs) -> None:
    scitt_cose = pytest.importorskip("scitt_cose", reason="the extra is not installed")
    block = await solo.accept(*(solo.gate_in(f"box {number}") for number in range(3)))
    receipt = await proofs.receipt(2)
    pem = KEY.public_key.to_cryptography().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    found = [
        scitt_cose.verify_receipt(receipt, leaf_entry_hex=leaf.hex(), log_public_key_pem=pem)
        for leaf in block.entries[:2]
    ]
    assert [result.ok for result in found] == [False, True]
    assert (found[1].leaf_index, found[1].tree_size) == (2, 4)
