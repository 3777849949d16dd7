"""Duty A6 of `nodes.engine`, and what a restart must not change."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.refusals import Refused
from ledger.block import header_id
from ledger.statement import Statement, parse_statement
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    HOUR_MS,
    TERMINAL,
    TRADER,
    Solo,
    bill_package,
    issue_body,
)


def offer(solo: Solo, subject: str, to: str, **more: Any) -> bytes:
    body = {"to": to, "expires_ms": solo.clock.time_ms + HOUR_MS}
    return solo.sign("bill.transfer", subject, TRADER, body, **more)


async def pooled(solo: Solo, *leaves: bytes) -> list[Statement]:
    return [await solo.application.check(leaf) for leaf in leaves]


async def test_a6_the_loser_of_a_race_hears_who_won(solo: Solo) -> None:
    package = await solo.issue()
    first, second = await pooled(
        solo, offer(solo, package.subject, FORWARDER), offer(solo, package.subject, TERMINAL)
    )
    assert first.payload.expected_version == second.payload.expected_version == 1
    await solo.accept(first.leaf)
    refused = solo.application.recheck([second])
    assert list(refused) == [second.id]
    why = refused[second.id]
    assert (why.code, why.field, why.final) == ("record.version-passed", "expected_version", True)
    assert "red-river-imports/do-thi-mai" in why.message


async def test_a6_a_race_within_one_proposal_has_one_winner(solo: Solo) -> None:
    package = await solo.issue()
    leaves = [offer(solo, package.subject, to) for to in (TERMINAL, FORWARDER)]
    proposed = await solo.propose(*leaves)
    assert proposed.block.entries == (leaves[0],)
    (why,) = proposed.refused.values()
    assert (why.code, why.final) == ("record.version-passed", False)
    loser = parse_statement(leaves[1])
    await solo.commit(proposed.block)
    (why,) = solo.application.recheck([loser]).values()
    assert (why.code, why.final) == ("record.version-passed", True)


async def test_a6_what_other_records_did_is_not_looked_at(solo: Solo) -> None:
    package = await solo.issue()
    (waiting,) = await pooled(solo, offer(solo, package.subject, FORWARDER))
    await solo.accept(solo.gate_in("elsewhere"))
    assert solo.application.recheck([waiting]) == {}


async def test_a6_what_waits_for_a_version_goes_on_waiting(solo: Solo) -> None:
    package = bill_package()
    (early,) = await pooled(solo, offer(solo, package.subject, FORWARDER, version=2))
    await solo.accept(solo.sign("bill.issue", package.subject, CARRIER, issue_body(package)))
    assert solo.application.recheck([early]) == {}


async def test_a6_what_has_expired_at_block_time_is_refused(solo: Solo) -> None:
    package = await solo.issue()
    (waiting,) = await pooled(solo, offer(solo, package.subject, FORWARDER, valid_ms=5_000))
    solo.clock.time_ms = waiting.payload.last_valid_ms - 1
    await solo.accept()
    assert solo.application.recheck([waiting]) == {}
    solo.clock.time_ms += 1
    await solo.accept()
    refused = solo.application.recheck([waiting])
    assert refused[waiting.id].code == "statement.expired"


async def test_a6_only_the_last_commit_counts(solo: Solo) -> None:
    package = await solo.issue()
    (waiting,) = await pooled(solo, offer(solo, package.subject, FORWARDER))
    await solo.accept(solo.gate_in("one"))
    await solo.accept(solo.gate_in("two"))
    assert solo.application.recheck([waiting]) == {}
    assert solo.application.recheck([]) == {}


# Restart


async def test_a_restarted_node_refuses_replays(solo: Solo) -> None:
    leaves = [solo.gate_in(f"box {number}", valid_ms=60_000 * number + 1_000) for number in range(1, 4)]
    await solo.accept(*leaves)
    solo.reopen()
    for leaf in leaves:
        with pytest.raises(Refused) as refused:
            await solo.application.check(leaf)
        assert refused.value.refusal.code == "statement.known"


async def test_a_restarted_node_judges_a_replay_as_before(solo: Solo) -> None:
    leaf = solo.gate_in("one")
    await solo.accept(leaf)
    statement = parse_statement(leaf)
    solo.reopen()
    proposed = await solo.application.propose(solo.request([statement]))
    assert proposed.block.entries == ()
    assert proposed.refused[statement.id].code == "statement.known"


async def test_a_restarted_node_goes_on_as_if_it_had_not_stopped(solo: Solo) -> None:
    """The same statements give the same blocks, restarted after each or never."""
    other = Solo(solo.path.parent, name="steady.db")
    package = bill_package()
    steps = [
        [solo.sign("bill.issue", package.subject, CARRIER, issue_body(package))],
        [offer(solo, package.subject, FORWARDER, version=1), solo.gate_in("one")],
        [],
        [
            solo.sign(
                "bill.accept", package.subject, FORWARDER, {"contents": package.commitment().hex()}, version=2
            )
        ],
    ]
    for leaves in steps:
        block = await solo.accept(*leaves)
        assert header_id((await other.accept(*leaves)).header) == header_id(block.header)
        solo.reopen()
        assert solo.application.info() == other.application.info()
    assert solo.record(package.subject) == other.record(package.subject)
    other.close()


async def test_recheck_after_a_restart_knows_of_no_last_commit(solo: Solo) -> None:
    """A pool does not survive a restart, so there is nothing that could have gone stale."""
    await solo.issue()
    solo.reopen()
    assert solo.application.recheck([]) == {}
