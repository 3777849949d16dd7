"""Executing statements in order, and remembering verified signatures."""

from __future__ import annotations

import pytest

from contracts.batch import MAX_BATCH_WRITES
from contracts.clearance.model import MAX_COVERED_CONTAINERS
from contracts.context import MAX_READ, Actor
from contracts.execution import Accepted, authenticate, execute
from contracts.model import MAX_RECORD_BYTES
from contracts.refusals import Refusal
from ledger.keys import ORDER
from ledger.statement import Statement, parse_statement
from nodes.execution import Executor, Limits, VerifiedSignatures
from nodes.state_cache import Overlay, ReadThrough
from tests.nodes.network_of_one import CARRIER, Solo, member_key

ENROL = {"key": member_key("somebody new").public_key.text, "permissions": ["signer"]}
WIDE = Limits(entries=1_000, size_bytes=1_000_000)


def actor_of(solo: Solo, statement: Statement) -> Actor:
    actor = authenticate(statement, solo.application.state(), solo.application.context())
    assert isinstance(actor, Actor)
    return actor


def run(solo: Solo, statements: list[Statement], limits: Limits = WIDE) -> tuple[list[bytes], list[str]]:
    executor = Executor(lambda _: False)
    overlay = Overlay(ReadThrough(solo.store.record_value, 1_000))
    execution = executor.run(statements, overlay, solo.application.context(), limits)
    leaves = [applied.statement.leaf for applied in execution.applied]
    return leaves, [refusal.code for refusal in execution.refused.values()]


def test_a_signature_is_verified_once(solo: Solo, monkeypatch: pytest.MonkeyPatch) -> None:
    statement = parse_statement(solo.gate_in("one"))
    actor, signatures = actor_of(solo, statement), VerifiedSignatures()
    assert signatures.verify(statement, actor) is None

    def never(*_: object) -> None:
        raise AssertionError("verified twice")

    monkeypatch.setattr(Statement, "verify", never)
    assert signatures.verify(statement, actor) is None


def test_a_failed_verification_is_not_remembered_as_a_good_one(solo: Solo) -> None:
    leaf = bytearray(solo.gate_in("one"))
    leaf[-40] ^= 1
    statement, signatures = parse_statement(bytes(leaf)), VerifiedSignatures()
    actor = actor_of(solo, statement)
    for _ in range(2):
        refusal = signatures.verify(statement, actor)
        assert isinstance(refusal, Refusal)
        assert (refusal.code, refusal.final) == ("statement.bad-signature", True)


def test_what_is_remembered_is_bound_to_the_key(solo: Solo) -> None:
    statement, signatures = parse_statement(solo.gate_in("one")), VerifiedSignatures()
    actor = actor_of(solo, statement)
    assert signatures.verify(statement, actor) is None
    other = actor_of(
        solo, parse_statement(solo.sign("bill.void", "bill/" + "0" * 64, "coral-line", version=1))
    )
    refusal = signatures.verify(statement, other)
    assert refusal is not None
    assert refusal.code == "statement.bad-signature"


def test_memory_of_signatures_is_bounded(solo: Solo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.execution.MAX_VERIFIED", 20)
    signatures = VerifiedSignatures()
    for number in range(60):
        statement = parse_statement(solo.gate_in(f"box {number}"))
        assert signatures.verify(statement, actor_of(solo, statement)) is None
        assert len(signatures._known) <= 20


def test_a_refused_statement_leaves_no_trace(solo: Solo) -> None:
    good, twin = solo.gate_in("one"), solo.gate_in("one")
    leaves, refused = run(solo, [parse_statement(good), parse_statement(twin)])
    assert (leaves, refused) == ([good], ["record.exists"])


def test_limits_stop_before_the_refused_are_judged(solo: Solo) -> None:
    statements = [parse_statement(solo.gate_in(f"box {number}")) for number in range(4)]
    leaves, refused = run(solo, statements, Limits(entries=2, size_bytes=1_000_000))
    assert (leaves, refused) == ([one.leaf for one in statements[:2]], [])
    assert run(solo, statements, Limits(entries=0, size_bytes=1_000_000)) == ([], [])
    assert run(solo, statements, Limits(entries=9, size_bytes=len(statements[0].leaf) - 1)) == ([], [])
    assert run(solo, statements, Limits(entries=9, size_bytes=len(statements[0].leaf)))[0] == leaves[:1]


def test_what_is_too_much_for_the_block_waits_with_all_that_follows_of_its_organisation(solo: Solo) -> None:
    statements = [parse_statement(solo.gate_in(f"box {number}")) for number in range(4)]
    outcomes = [
        execute(one, actor_of(solo, one), solo.application.state(), solo.application.context())
        for one in statements
    ]
    work = [one.read + len(one.writes) for one in outcomes if isinstance(one, Accepted)]
    size = [one.written_bytes for one in outcomes if isinstance(one, Accepted)]
    for limits, taken in (
        (Limits(9, 1_000_000, work=sum(work[:2])), 2),
        (Limits(9, 1_000_000, work=sum(work[:2]) - 1), 1),
        (Limits(9, 1_000_000, written_bytes=sum(size[:3])), 3),
        (Limits(9, 1_000_000, written_bytes=sum(size[:3]) - 1), 2),
    ):
        assert run(solo, statements, limits) == ([one.leaf for one in statements[:taken]], [])


@pytest.mark.parametrize("what", ["work", "written_bytes"])
def test_no_organisation_takes_all_the_work_of_a_proposal(
    solo: Solo, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    by_terminal = [parse_statement(solo.gate_in(f"box {number}")) for number in range(4)]
    by_carrier = parse_statement(solo.sign("member.enrol", f"member/{CARRIER}/new", CARRIER, ENROL))
    first, state = by_terminal[0], solo.application.state()
    outcome = execute(first, actor_of(solo, first), state, solo.application.context())
    assert isinstance(outcome, Accepted)
    each = {"work": outcome.read + len(outcome.writes), "written_bytes": outcome.written_bytes}[what] * 2
    limits = Limits(9, 1_000_000, **{what: 3 * each}).shared()
    judged: list[Statement] = []
    monkeypatch.setattr("nodes.execution.check_envelope", lambda statement, _: judged.append(statement))
    taken, _ = run(solo, [*by_terminal, by_carrier], limits)
    assert taken == [by_terminal[0].leaf, by_terminal[1].leaf, by_carrier.leaf]
    assert judged == [*by_terminal[:3], by_carrier], "what waits behind another is not looked at"


def test_the_widest_lodgement_fits_the_share_of_one_organisation() -> None:
    widest = (MAX_COVERED_CONTAINERS + 1) * MAX_RECORD_BYTES
    limits = Limits(9, 9).shared()
    assert (limits.written_each >= widest, limits.work_each >= MAX_READ + MAX_BATCH_WRITES) == (True, True)


def test_a_statement_given_twice_is_executed_once(solo: Solo) -> None:
    statement = parse_statement(solo.gate_in("one"))
    leaves, refused = run(solo, [statement, statement])
    assert (leaves, refused) == ([statement.leaf], ["statement.known"])


def test_high_s_does_not_verify_even_when_it_gets_this_far(solo: Solo) -> None:
    statement = parse_statement(solo.gate_in("one"))
    s = ORDER - int.from_bytes(statement.signature[32:], "big")
    import dataclasses

    high = dataclasses.replace(statement, signature=statement.signature[:32] + s.to_bytes(32, "big"))
    refusal = VerifiedSignatures().verify(high, actor_of(solo, statement))
    assert refusal is not None
    assert refusal.field == "signature"
