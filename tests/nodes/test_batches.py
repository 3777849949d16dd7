"""A batch on a node: its records, their history, what the log is asked, evidence, pruning and the check."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from contracts.refusals import Refused
from ledger import canonical
from ledger.batch import BATCH_ACT, Batch, Part
from ledger.errors import EvidenceError
from ledger.evidence import GenesisAnchor, parse_evidence, verify_evidence
from ledger.statement import parse_statement
from nodes.api import queries, search
from nodes.proofs import EvidenceRequest, Proofs
from nodes.writing import read_model
from tests.nodes.checking.ledger import check
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    GENESIS,
    TRADER,
    Solo,
    bill_package,
    boxes,
    digest,
    node_key,
)
from tests.parts import make_part

BATCH = f"batch/{digest('batch')[:32]}"
WINDOW_MS = GENESIS.parameters.statement_window_ms


def part(solo: Solo, act: str, subject: str, body: dict[str, Any] | None = None, ahead: int = 0) -> Part:
    return make_part(act, subject, solo.version(subject) + ahead, body)


def offer(solo: Solo, bill: str) -> Part:
    return part(solo, "bill.transfer", bill, {"to": FORWARDER, "expires_ms": solo.clock.time_ms + 60_000})


def signed(solo: Solo, *parts: Part, subject: str = BATCH) -> bytes:
    return solo.sign(BATCH_ACT, subject, TRADER, raw=Batch(parts=parts), version=0)


async def two_bills(solo: Solo) -> tuple[str, str]:
    first = await solo.issue()
    second = await solo.issue(bill_package("CRLQ2609002", containers=("APZU4812106",)))
    return first.subject, second.subject


def evidence_of(solo: Solo) -> Any:
    proofs = Proofs(solo.store, GENESIS, solo.application, node_key(CARRIER), f"{CARRIER}/node-1")
    return lambda key, **more: proofs.evidence(EvidenceRequest(subject=key, **more))


async def test_a_batch_is_one_entry_and_each_record_has_its_part_in_its_history(solo: Solo) -> None:
    first, second = await two_bills(solo)
    cancel = part(solo, "bill.cancel", second, ahead=1)
    block = await solo.accept(signed(solo, offer(solo, first), offer(solo, second), cancel))
    assert len(block.entries) == 1
    entry = solo.heard[-1].entries[0]
    assert (entry.act, entry.subject, entry.version, set(entry.writes)) == (
        BATCH_ACT,
        BATCH,
        0,
        {first, second},
    )
    history = queries.history(solo.store, second, 1, 10).items
    assert [(item.version, item.act, item.part) for item in history] == [
        (2, "bill.transfer", 2),
        (3, "bill.cancel", 3),
    ]
    assert history[0].body["to"] == FORWARDER
    assert history[1].body == {}
    assert {item.entry_index for item in history} == {entry.index}
    assert solo.record(second).offer is None
    assert solo.record(first).offer is not None


async def test_entries_about_a_record_include_the_batch_that_acted_on_it(solo: Solo) -> None:
    first, second = await two_bills(solo)
    await solo.accept(signed(solo, offer(solo, first)))
    found = [row.act for row in solo.store.entries_after(-1, 10, subject=first).items]
    assert found == ["bill.issue", BATCH_ACT]
    assert [row.act for row in solo.store.entries_after(-1, 10, subject=second).items] == ["bill.issue"]
    assert [row.subject for row in solo.store.entries_after(-1, 10, act=BATCH_ACT).items] == [BATCH]


async def test_evidence_of_one_record_proves_its_part(solo: Solo) -> None:
    first, second = await two_bills(solo)
    await solo.accept(signed(solo, offer(solo, first), offer(solo, second)))
    evidence = evidence_of(solo)
    report = verify_evidence(await evidence(second, history=True), GenesisAnchor.of(GENESIS))
    told = [(s.act, s.part, s.body.get("to")) for s in report.statements]
    assert told == [("bill.issue", 0, None), ("bill.transfer", 2, FORWARDER)]
    assert report.record is not None
    assert report.record["changed_part"] == 2


async def test_two_parts_on_one_record_are_both_proven_by_one_entry(solo: Solo) -> None:
    first, _ = await two_bills(solo)
    await solo.accept(signed(solo, offer(solo, first), part(solo, "bill.cancel", first, ahead=1)))
    data = await evidence_of(solo)(first)
    assert len(parse_evidence(data).entries) == 1
    report = verify_evidence(data, GenesisAnchor.of(GENESIS))
    assert [(s.act, s.part) for s in report.statements] == [("bill.transfer", 1), ("bill.cancel", 2)]


async def test_evidence_of_a_record_does_not_pass_with_a_batch_about_others(solo: Solo) -> None:
    first, second = await two_bills(solo)
    await solo.accept(signed(solo, offer(solo, first)))
    evidence = evidence_of(solo)
    about_first, about_second = parse_evidence(await evidence(first)), parse_evidence(await evidence(second))
    mixed = msgspec.structs.replace(about_second, entries=about_first.entries, headers=about_first.headers)
    with pytest.raises(EvidenceError) as caught:
        verify_evidence(canonical.encode(mixed), GenesisAnchor.of(GENESIS))
    assert "the statement is about" in caught.value.message


async def test_a_batch_with_a_part_that_lost_its_race_leaves_the_pool(solo: Solo) -> None:
    first, second = await two_bills(solo)
    waiting = await solo.application.check(signed(solo, offer(solo, first), offer(solo, second)))
    elsewhere = await solo.application.check(
        signed(solo, offer(solo, first), subject=f"batch/{digest('other')[:32]}")
    )
    rival = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + 60_000}
    await solo.do("bill.transfer", second, TRADER, rival)
    refused = solo.application.recheck([waiting, elsewhere])
    assert list(refused) == [waiting.id]
    assert (refused[waiting.id].code, refused[waiting.id].field) == (
        "record.version-passed",
        "body.parts.1.expected_version",
    )


async def test_a_refused_batch_does_not_pass_the_door(solo: Solo) -> None:
    first, second = await two_bills(solo)
    wrong = part(solo, "bill.endorse", second, {"endorsee": TRADER})
    with pytest.raises(Refused) as caught:
        await solo.application.check(signed(solo, offer(solo, first), wrong))
    assert caught.value.refusal.field == "body.parts.1.body.endorsee"


async def test_the_check_finds_nothing_and_a_pruned_ledger_proves_the_batch(solo: Solo) -> None:
    first, second = await two_bills(solo)
    for _ in range(2):
        await solo.do("bill.sign", first, TRADER)
    leaf = signed(solo, offer(solo, first), offer(solo, second), part(solo, "bill.cancel", second, ahead=1))
    await solo.accept(leaf)
    solo.clock.time_ms += WINDOW_MS
    for number in range(3):
        solo.clock.time_ms += 1_000
        await solo.accept(*boxes(solo, 1, f"later {number}"))
    evidence = evidence_of(solo)
    before = {key: await evidence(key) for key in (first, second)}
    solo.store.database.compact()
    assert check(solo.path).findings == []
    dropped = solo.store.prune(solo.height, read_model)
    assert dropped.entries > 0, "the first of two signatures"
    assert {key: await evidence(key) for key in before} == before
    assert solo.store.entry_by_statement(parse_statement(leaf).id) is not None


async def test_both_parties_of_a_mandate_find_it_and_nobody_else(solo: Solo) -> None:
    key = f"mandate/{TRADER}/{FORWARDER}"
    power = {"acts": ["bill.sign"], "until_ms": solo.clock.time_ms + 60_000}
    await solo.do("mandate.grant", key, TRADER, {"power": power})
    services = SimpleNamespace(application=solo.application, store=solo.store)
    api: Any = SimpleNamespace(services=services)
    for organisation, keys in ((TRADER, [key]), (FORWARDER, [key]), (CARRIER, [])):
        matches, _ = search.party_matches(api, organisation, "", 10)
        assert [match.key for match in matches] == keys
