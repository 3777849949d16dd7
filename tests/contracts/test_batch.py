"""Batches: all parts take effect as if they came one after another, or none does and the part is named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts import batch, execution
from contracts.catalogue import ACTS
from contracts.context import MAX_READ
from contracts.execution import Accepted
from contracts.refusals import Refusal
from ledger.batch import BATCH_ACT, MAX_BATCH_PARTS, Batch, Part, parts_of, subjects_of
from ledger.errors import EncodingError
from tests.contracts.world import BILL, COMMITMENT, CONTENTS, DAY_MS, DECLARATION, LODGE, World, digest
from tests.parts import make_part

BATCH = "batch/" + digest("a batch")[:32]
SHIPPER, BUYER, CARRIER, FORWARDER = "chongqing-parts", "haiphong-motors", "beibu-line", "corridor-forwarding"


def bills(count: int) -> list[str]:
    return [f"bill/{digest(f'bill {place}')}" for place in range(1, count + 1)]


def issued(count: int) -> World:
    world = World()
    for key in bills(count):
        world.issue(key, containers=[])
    return world


def part(world: World, act: str, subject: str, body: Any = None, version: int | None = None) -> Part:
    return make_part(act, subject, world.version(subject) if version is None else version, body)


def offer(world: World, key: str, **more: Any) -> Part:
    return part(world, "bill.transfer", key, {"to": BUYER, "expires_ms": world.now + DAY_MS}, **more)


def run(world: World, who: str, *parts: Part, **more: Any) -> Accepted | Refusal:
    given = {"subject": BATCH, "version": 0, "raw": Batch(parts=parts), **more}
    subject = given.pop("subject")
    before = dict(world.state)
    outcome = world.try_(BATCH_ACT, subject, who, **given)
    if isinstance(outcome, Refusal):
        assert world.state == before
    return outcome


def accepted(world: World, who: str, *parts: Part, **more: Any) -> Accepted:
    outcome = run(world, who, *parts, **more)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def refused(world: World, who: str, *parts: Part, **more: Any) -> Refusal:
    outcome = run(world, who, *parts, **more)
    assert isinstance(outcome, Refusal)
    return outcome


def test_forty_bills_are_offered_in_one_statement() -> None:
    world = issued(40)
    outcome = accepted(world, SHIPPER, *(offer(world, key) for key in bills(40)))
    assert [key for key, _ in outcome.writes] == bills(40)
    for place, key in enumerate(bills(40), 1):
        bill = world.record(key)
        assert (bill.offer.to, bill.version, bill.changed_act) == (BUYER, 2, "bill.transfer")
        assert bill.changed_part == place
    assert BATCH not in world.state


def test_a_batch_leaves_what_its_parts_would_leave_one_by_one() -> None:
    together, apart = issued(3), issued(3)
    steps = [("bill.transfer", key, {"to": BUYER, "expires_ms": apart.now + DAY_MS}) for key in bills(3)]
    accepted(together, SHIPPER, *(part(together, *step) for step in steps))
    for act, key, body in steps:
        apart.do(act, key, SHIPPER, body)
    for key in bills(3):
        assert msgspec.structs.replace(together.record(key), changed_part=0) == apart.record(key)


def test_one_refused_part_refuses_all_and_is_named() -> None:
    world = issued(3)
    world.do("bill.surrender", bills(3)[1], SHIPPER, {"purpose": "delivery"})
    refusal = refused(world, SHIPPER, *(offer(world, key) for key in bills(3)))
    assert (refusal.code, refusal.field) == ("bill.not-possessor", "body.parts.1.issuer")
    assert refusal.message.startswith(f"Part 2 of 3, bill.transfer on {bills(3)[1]}: ")
    assert refusal.message.endswith("Nothing of the batch took effect.")
    assert refusal.final is False


def test_a_refusal_names_the_field_within_the_part() -> None:
    world = issued(2)
    bad = part(world, "bill.transfer", bills(2)[1], {"to": SHIPPER, "expires_ms": world.now + DAY_MS})
    refusal = refused(world, SHIPPER, offer(world, bills(2)[0]), bad)
    assert (refusal.code, refusal.field) == ("bill.to-self", "body.parts.1.body.to")


def test_a_part_sees_what_the_parts_before_it_left() -> None:
    world = issued(1)
    key = bills(1)[0]
    steps = (
        offer(world, key),
        part(world, "bill.cancel", key, version=2),
        part(world, "bill.blank_endorse", key, version=3),
    )
    outcome = accepted(world, SHIPPER, *steps)
    assert [k for k, _ in outcome.writes] == [key, key, key]
    versions = [msgspec.json.decode(value)["version"] for _, value in outcome.writes]
    acts = [msgspec.json.decode(value)["changed_act"] for _, value in outcome.writes]
    assert (versions, acts) == ([2, 3, 4], ["bill.transfer", "bill.cancel", "bill.blank_endorse"])
    assert (world.record(key).version, world.record(key).changed_part) == (4, 3)


def test_a_part_on_a_version_that_an_earlier_part_passed_is_refused() -> None:
    world = issued(1)
    key = bills(1)[0]
    refusal = refused(world, SHIPPER, offer(world, key), part(world, "bill.cancel", key))
    assert (refusal.code, refusal.field) == ("record.version-passed", "body.parts.1.expected_version")
    assert refusal.final is True


def test_a_part_on_a_version_to_come_lets_the_batch_wait() -> None:
    world = issued(2)
    late = offer(world, bills(2)[1], version=2)
    refusal = refused(world, SHIPPER, offer(world, bills(2)[0]), late)
    assert (refusal.code, refusal.final) == ("record.version-ahead", False)


def test_a_bill_and_the_declaration_of_it_can_come_together() -> None:
    world = World().issue()
    world.do("bill.transfer", BILL, SHIPPER, {"to": "red-river-brokers", "expires_ms": world.now + DAY_MS})
    lodge = part(world, "clearance.lodge", DECLARATION, LODGE)
    accepted(world, "red-river-brokers", part(world, "bill.accept", BILL, {"contents": CONTENTS}), lodge)
    assert world.record(BILL).possessor == "red-river-brokers"
    assert (world.record(DECLARATION).changed_part, world.record(DECLARATION).version) == (2, 1)


def test_a_batch_is_done_for_one_principal() -> None:
    world = issued(2).grant("bill.transfer", principal=SHIPPER, agent=FORWARDER, bills=[digest("bill 1")])
    accepted(world.copy(), FORWARDER, offer(world, bills(2)[0]), principal=SHIPPER)
    refusal = refused(world, FORWARDER, *(offer(world, key) for key in bills(2)), principal=SHIPPER)
    assert (refusal.code, refusal.field) == ("mandate.beyond-limits", "body.parts.1.on_behalf_of")


def test_a_mandate_is_narrowed_without_a_gap() -> None:
    world = issued(1).grant("bill.transfer", principal=SHIPPER, agent=FORWARDER)
    key = f"mandate/{SHIPPER}/{FORWARDER}"
    power = {"power": {"acts": ["bill.cancel"], "until_ms": world.now + DAY_MS}}
    accepted(
        world,
        SHIPPER,
        part(world, "mandate.revoke", key),
        part(world, "mandate.grant", key, power, version=2),
    )
    assert [power.acts for power in world.record(key).powers] == [("bill.cancel",)]


@pytest.mark.parametrize("act", ["member.rotate", "member.enrol", "proposal.vote", "validator.rotate"])
def test_what_decides_who_may_sign_comes_alone(act: str) -> None:
    world = issued(1)
    assert act in ACTS
    other = Part(type=act, subject="member/x/y", expected_version=0, body=msgspec.Raw(b"{}"))
    refusal = refused(world, SHIPPER, offer(world, bills(1)[0]), other)
    assert (refusal.code, refusal.field, refusal.final) == ("batch.act", "body.parts.1.type", True)


@pytest.mark.parametrize("act", ["bill.fly", BATCH_ACT])
def test_an_act_that_is_none_and_a_batch_within_a_batch(act: str) -> None:
    world = issued(1)
    other = Part(type=act, subject=BATCH, expected_version=0, body=msgspec.Raw(b"{}"))
    refusal = refused(world, SHIPPER, other)
    assert (refusal.code, refusal.field) == ("act.unknown", "body.parts.0.type")


def test_a_subject_of_another_kind_is_named() -> None:
    world = issued(1)
    refusal = refused(world, SHIPPER, part(world, "bill.cancel", DECLARATION, version=1))
    assert (refusal.code, refusal.field) == ("act.subject", "body.parts.0.subject")


@pytest.mark.parametrize("subject", [BILL, "batch/", "batch/xyz", f"{BATCH}/1", "batch/" + "A" * 32])
def test_a_batch_has_a_subject_of_its_own(subject: str) -> None:
    world = issued(1)
    refusal = refused(world, SHIPPER, offer(world, bills(1)[0]), subject=subject)
    assert (refusal.code, refusal.field, refusal.final) == ("act.subject", "subject", True)


def test_a_batch_has_no_version_of_its_own() -> None:
    world = issued(1)
    refusal = refused(world, SHIPPER, offer(world, bills(1)[0]), version=1)
    assert (refusal.code, refusal.field) == ("record.creation-version", "expected_version")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"parts": []}, "body.parts"),
        ({"parts": [{"type": "bill.cancel"}]}, "body.parts.0"),
        (
            {"parts": [{"body": {}, "expected_version": 1, "subject": "", "type": "bill.cancel"}]},
            "body.parts",
        ),
        ({"more": 1, "parts": []}, "body"),
    ],
)
def test_a_body_that_is_no_batch(body: Any, field: str) -> None:
    refusal = issued(1).refuse(BATCH_ACT, BATCH, SHIPPER, raw=body, version=0)
    assert (refusal.code, refusal.final) == ("act.malformed", True)
    assert refusal.field.startswith(field)


def test_one_part_more_than_the_limit_is_malformed() -> None:
    world = issued(1)
    part_ = offer(world, bills(1)[0])
    refusal = refused(world, SHIPPER, *([part_] * (MAX_BATCH_PARTS + 1)))
    assert (refusal.code, refusal.field) == ("act.malformed", "body.parts")


def test_a_batch_that_writes_too_much_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, limit in (("MAX_BATCH_WRITES", 2), ("MAX_BATCH_WRITTEN_BYTES", 1_500)):
        world = issued(3)
        with monkeypatch.context() as patch:
            patch.setattr(batch, name, limit)
            refusal = refused(world, SHIPPER, *(offer(world, key) for key in bills(3)))
            assert (refusal.code, refusal.final) == ("batch.full", False)
            assert refusal.field == "body.parts.2.subject"
        accepted(world, SHIPPER, *(offer(world, key) for key in bills(3)))


def test_a_batch_may_write_just_what_the_limit_says(monkeypatch: pytest.MonkeyPatch) -> None:
    world = issued(3)
    parts = tuple(offer(world, key) for key in bills(3))
    written = sum(len(data) for _, data in accepted(world.copy(), SHIPPER, *parts).writes)
    assert (batch.MAX_BATCH_WRITES, batch.MAX_BATCH_WRITTEN_BYTES) == (1_000, 2 << 20), "nodes agree on them"
    monkeypatch.setattr(batch, "MAX_BATCH_WRITES", 3)
    monkeypatch.setattr(batch, "MAX_BATCH_WRITTEN_BYTES", written)
    accepted(world.copy(), SHIPPER, *parts)
    monkeypatch.setattr(batch, "MAX_BATCH_WRITTEN_BYTES", written - 1)
    assert refused(world, SHIPPER, *parts).code == "batch.full"


def test_a_statement_may_look_at_just_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    world = issued(3)
    parts = tuple(offer(world, key) for key in bills(3))
    for do, looked_at in (
        (lambda world: run(world, SHIPPER, *parts), 6),
        (lambda world: world.try_("clearance.lodge", DECLARATION, SHIPPER, LODGE), 3),
    ):
        read = do(world.copy()).read
        assert read == looked_at
        for limit, code in ((read, ""), (read - 1, "statement.too-wide")):
            with monkeypatch.context() as patch:
                patch.setattr(batch, "MAX_READ", limit)
                patch.setattr(execution, "MAX_READ", limit)
                outcome = do(world.copy())
            assert getattr(outcome, "code", "") == code


def test_the_widest_lodgement_has_room_by_far() -> None:
    world, keys = World(), [f"bill/{digest(f'wide {number}')}" for number in range(3)]
    for key, count in zip(keys, (200, 200, 100), strict=True):
        boxes = [{"id": digest(f"{key} {n}")[:32], "commitment": COMMITMENT} for n in range(count)]
        world.issue(key, containers=boxes)
    body = {**LODGE, "bills": [key.partition("/")[2] for key in keys]}
    outcome = world.do("clearance.lodge", DECLARATION, SHIPPER, body)
    assert (len(outcome.writes), outcome.read < MAX_READ // 4) == (501, True)
    again = world.do("clearance.lodge", "declaration/" + digest("again")[:32], SHIPPER, body)
    assert again.read == outcome.read, "who declared before is asked where there is little room only"


def test_what_a_statement_is_about() -> None:
    world = issued(2)
    statement = world.statement(
        BATCH_ACT, BATCH, SHIPPER, raw=Batch(parts=tuple(offer(world, key) for key in bills(2))), version=0
    )
    assert subjects_of(statement) == set(bills(2))
    assert [part.subject for part in parts_of(statement)] == bills(2)
    single = world.statement("bill.cancel", BILL, SHIPPER)
    assert subjects_of(single) == {BILL}
    with pytest.raises(EncodingError) as caught:
        parts_of(world.statement(BATCH_ACT, BATCH, SHIPPER, raw={}, version=0))
    assert caught.value.field == "body"
