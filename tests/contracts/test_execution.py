"""The front door: envelope, actor, version, malformed acts, and what follows when the rules fail."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from contracts import execution, table
from contracts.catalogue import ACTS, CODES
from contracts.execution import Accepted
from contracts.membership.model import MemberState, OrganisationState
from contracts.refusals import Refusal, Refused
from ledger.errors import InvariantViolated
from ledger.statement import make_payload, parse_statement, sign_statement
from tests.contracts.world import (
    BILL,
    CONTAINER,
    CONTENTS,
    DAY_MS,
    DECLARATION,
    ISSUE,
    KEYS,
    LODGE,
    NETWORK,
    World,
    digest,
    signing_key,
)


def test_a_signed_statement_goes_all_the_way() -> None:
    world = World()
    body = execution.make_body("bill.issue", ISSUE)
    payload = make_payload(
        network=NETWORK,
        act="bill.issue",
        body=body,
        expected_version=0,
        last_valid_ms=world.now + 1,
        nonce=bytes(16),
    )
    leaf = sign_statement(KEYS["beibu-line"], issuer="beibu-line/chief", subject=BILL, payload=payload)
    statement = parse_statement(leaf)
    actor = world.actor("beibu-line")
    statement.verify(actor.key)
    outcome = execution.execute(statement, actor, world, world.context)
    assert isinstance(outcome, Accepted)
    assert [key for key, _ in outcome.writes] == sorted((BILL, CONTAINER))
    assert execution.execute(statement, actor, world, world.context) == outcome


class TestEnvelope:
    def refused(self, world: World, **changes: Any) -> Refusal | None:
        statement = world.statement("bill.issue", BILL, "beibu-line", ISSUE)
        payload = statement.payload
        for name, value in changes.items():
            payload = type(payload)(
                **{f: getattr(payload, f) for f in payload.__struct_fields__} | {name: value}
            )
        return execution.check_envelope(dataclasses.replace(statement, payload=payload), world.context)

    def test_fine(self) -> None:
        world = World()
        assert self.refused(world, last_valid_ms=world.now) is None
        assert self.refused(world, last_valid_ms=world.now + 3_600_000) is None

    def test_of_another_network(self) -> None:
        refusal = self.refused(World(), network=digest("elsewhere"))
        assert refusal is not None
        assert (refusal.code, refusal.field, refusal.final) == ("statement.other-network", "network", True)

    def test_too_late(self) -> None:
        world = World()
        refusal = self.refused(world, last_valid_ms=world.now - 1)
        assert refusal is not None
        assert (refusal.code, refusal.final) == ("statement.expired", True)

    def test_too_far_ahead_may_become_valid(self) -> None:
        world = World()
        refusal = self.refused(world, last_valid_ms=world.now + 3_600_001)
        assert refusal is not None
        assert (refusal.code, refusal.final) == ("statement.too-far-ahead", False)


class TestActor:
    @pytest.mark.parametrize(
        "issuer",
        ["", "nobody/chief", "beibu-line", "beibu-line/none", "Beibu-Line/chief", "a/b/c", "x" * 5000],
    )
    def test_unknown(self, issuer: str) -> None:
        world = World()
        statement = dataclasses.replace(world.statement("bill.cancel", BILL, "beibu-line"), issuer=issuer)
        outcome = execution.authenticate(statement, world, world.context)
        assert isinstance(outcome, Refusal)
        assert outcome.code == "actor.unknown-member"
        assert len(outcome.message) < 500

    def test_revoked(self) -> None:
        world = World()
        world.change("member/beibu-line/chief", state=MemberState.REVOKED)
        assert world.refuse("bill.issue", BILL, "beibu-line", ISSUE).code == "actor.revoked"

    def test_suspended(self) -> None:
        world = World()
        world.change("organisation/beibu-line", state=OrganisationState.SUSPENDED)
        assert world.refuse("bill.issue", BILL, "beibu-line", ISSUE).code == "actor.suspended"

    def test_a_foreign_key(self) -> None:
        world = World()
        world.members["beibu-line/chief"] = signing_key("someone else")
        refusal = world.refuse("bill.issue", BILL, "beibu-line", ISSUE)
        assert (refusal.code, refusal.field) == ("actor.unknown-key", "kid")

    def test_a_rotated_key_ends_with_its_overlap(self) -> None:
        world, member = World(), "member/beibu-line/chief"
        new = signing_key("beibu-line/chief", 2)
        end = world.now + DAY_MS
        body = {"key": new.public_key.text, "overlap_until_ms": end}
        world.do("member.rotate", member, "beibu-line", body)
        world.issue()
        world.now = end
        world.issue("bill/" + digest("another"))
        world.now = end + 1
        assert (
            world.refuse("bill.issue", "bill/" + digest("late"), "beibu-line", ISSUE).code
            == "actor.unknown-key"
        )
        world.members["beibu-line/chief"] = new
        world.issue("bill/" + digest("late"))

    def test_a_stolen_key_ends_at_once(self) -> None:
        world, member = World(), "member/beibu-line/chief"
        body = {"key": signing_key("fresh").public_key.text, "overlap_until_ms": 0}
        world.do("member.rotate", member, "beibu-line", body)
        assert world.refuse("bill.issue", BILL, "beibu-line", ISSUE).code == "actor.unknown-key"
        assert len(world.record(member).keys) == 1

    def test_an_enrolled_clerk_signs_until_revoked(self) -> None:
        world, clerk = World(), signing_key("clerk")
        world.members["beibu-line/clerk"] = clerk
        enrol = {"key": clerk.public_key.text, "permissions": ["signer"]}
        world.do("member.enrol", "member/beibu-line/clerk", "beibu-line", enrol)
        world.issue(who="beibu-line/clerk")
        revoke = {"reason": "left"}
        world.do("member.revoke", "member/beibu-line/clerk", "beibu-line", revoke)
        assert world.refuse("bill.issue", BILL, "beibu-line/clerk", ISSUE).code == "actor.revoked"

    def test_administrators_are_counted(self) -> None:
        world = World()
        enrol = {"key": signing_key("clerk").public_key.text, "permissions": ["administrator"]}
        world.do("member.enrol", "member/beibu-line/clerk", "beibu-line", enrol)
        organisation = world.record("organisation/beibu-line")
        assert organisation.administrators == ("chief", "clerk")
        assert organisation.version == 2
        world.do("member.revoke", "member/beibu-line/clerk", "beibu-line", {"reason": "left"})
        assert world.record("organisation/beibu-line").administrators == ("chief",)


@pytest.mark.parametrize(
    ("act", "exists", "expected", "code", "final"),
    [
        ("bill.cancel", False, 0, "record.absent", True),
        ("bill.cancel", False, 3, "record.version-ahead", False),
        ("bill.cancel", True, 0, "record.exists", True),
        ("bill.cancel", True, 1, "record.version-passed", True),
        ("bill.cancel", True, 3, "record.version-ahead", False),
        ("clearance.lodge", False, 1, "record.creation-version", True),
        ("clearance.lodge", True, 0, "record.exists", True),
        ("clearance.lodge", True, 2, "record.exists", True),
        ("bill.issue", False, 1, "record.version-ahead", False),
        ("bill.issue", True, 0, "record.exists", True),
    ],
)
def test_the_version_rule(act: str, exists: bool, expected: int, code: str, final: bool) -> None:
    lodging = act == "clearance.lodge"
    world, subject = World(), DECLARATION if lodging else BILL
    if exists:
        world.issue().offer().lodge().accept_declaration()
    body = {"bill.issue": ISSUE, "clearance.lodge": LODGE}.get(act, {})
    refusal = world.refuse(act, subject, "beibu-line", body, version=expected)
    assert (refusal.code, refusal.field, refusal.final) == (code, "expected_version", final)
    if exists and code != "record.version-ahead":
        last = "haiphong-customs/chief with clearance.accept"
        assert (last if lodging else "chongqing-parts/chief with bill.transfer") in refusal.message


def test_a_first_event_that_comes_second_is_refused() -> None:
    world = World().issue()
    body = world.event(
        "gate_in", "CNQZH", "export", container={"commitment": CONTENTS, "operator": "beibu-line"}
    )
    refusal = world.refuse("movement.record", CONTAINER, "qinzhou-terminal", body, version=0)
    assert refusal.code == "record.exists"


def test_every_write_raises_a_version_by_one_and_says_who() -> None:
    world = World().issue().lodge()
    container = world.record(CONTAINER)
    assert (container.version, container.changed_by, container.changed_act) == (
        2,
        "red-river-brokers/chief",
        "clearance.lodge",
    )
    assert world.record(BILL).version == 1
    world.now += 5
    world.offer()
    bill = world.record(BILL)
    assert (bill.version, bill.changed_ms - bill.created_ms) == (2, 5)


class TestMalformed:
    @pytest.mark.parametrize(
        ("raw", "field"),
        [
            ({"contents": CONTENTS, "note": "hello"}, "body"),
            ({}, "body"),
            ({"contents": CONTENTS.upper()}, "body.contents"),
            ({"contents": 5}, "body.contents"),
            ({"contents": CONTENTS + "\n"}, "body.contents"),
            ([], "body"),
            (None, "body"),
        ],
    )
    def test_bodies(self, raw: Any, field: str) -> None:
        world = World().issue().offer()
        statement = world.statement(
            "bill.accept", BILL, "haiphong-motors", raw=raw if raw is not None else "null"
        )
        outcome = world.run(statement)
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.field, outcome.final) == ("act.malformed", field, True)

    def test_a_default_written_out_is_a_second_spelling(self) -> None:
        world = World()
        outcome = world.run(world.statement("bill.issue", BILL, "beibu-line", raw={**ISSUE, "parties": []}))
        assert isinstance(outcome, Refusal)
        assert outcome.code == "act.malformed"
        assert "canonical" in outcome.message

    def test_foreign_text_is_quoted_briefly(self) -> None:
        world = World().issue()
        outcome = world.run(world.statement("bill.cancel", BILL, "beibu-line", raw={"x" * 20_000: 1}))
        assert isinstance(outcome, Refusal)
        assert len(outcome.message) + len(outcome.field) < 600

    @pytest.mark.parametrize(
        "subject",
        [
            "",
            "bill/",
            "bill/zz",
            BILL + "\n",
            BILL.upper(),
            DECLARATION,
            "bill/" + digest("x")[:32],
            "x" * 9000,
        ],
    )
    def test_subjects(self, subject: str) -> None:
        outcome = World().try_("bill.issue", subject, "beibu-line", ISSUE)
        assert (outcome.code, outcome.field, outcome.final) == ("act.subject", "subject", True)

    def test_an_unknown_act(self) -> None:
        world = World()
        outcome = world.run(world.statement("bill.sink", BILL, "beibu-line", raw={}, version=0))
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.final) == ("act.unknown", True)

    def test_too_large_a_record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table, "MAX_RECORD_BYTES", 300)
        assert World().refuse("bill.issue", BILL, "beibu-line", ISSUE).code == "record.full"


class TestMakeBody:
    def test_lists_become_what_the_act_needs(self) -> None:
        body = execution.make_body("clearance.lodge", LODGE)
        assert isinstance(body, ACTS["clearance.lodge"].body)

    @pytest.mark.parametrize(
        ("act", "fields", "code", "field"),
        [
            ("bill.sink", {}, "act.unknown", "type"),
            ("bill.transfer", {"to": "A B", "expires_ms": 1}, "act.malformed", "body.to"),
            ("bill.transfer", {"to": "a"}, "act.malformed", "body"),
            ("bill.issue", {**ISSUE, "parties": ["ok", "NOT OK"]}, "act.malformed", "body.parties.1"),
        ],
    )
    def test_what_does_not_fit_names_the_field(self, act: str, fields: Any, code: str, field: str) -> None:
        with pytest.raises(Refused) as caught:
            execution.make_body(act, fields)
        assert (caught.value.refusal.code, caught.value.refusal.field) == (code, field)


class TestFaults:
    def broken(self, monkeypatch: pytest.MonkeyPatch, effect: Any) -> None:
        row = dataclasses.replace(ACTS["bill.cancel"], effect=effect)
        monkeypatch.setitem(ACTS, "bill.cancel", row)  # type: ignore[arg-type]

    def test_an_exception_in_a_contract_is_a_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken(monkeypatch, lambda call: 1 // 0)
        refusal = World().issue().offer().refuse("bill.cancel", BILL, "chongqing-parts")
        assert (refusal.code, refusal.final) == ("contract.fault", True)

    def test_an_effect_outside_its_row_is_a_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken(monkeypatch, ACTS["bill.surrender"].effect)
        refusal = World().issue().offer().refuse("bill.cancel", BILL, "chongqing-parts")
        assert refusal.code == "contract.fault"

    def test_an_unreadable_state_is_not(self) -> None:
        world = World().issue().offer()
        actor = world.actor("chongqing-parts")
        statement = world.statement("bill.cancel", BILL, "chongqing-parts")

        class Broken:
            def get(self, key: str) -> bytes | None:
                raise OSError("disk")

        with pytest.raises(execution.StateUnavailable):
            execution.execute(statement, actor, Broken(), world.context)

    def test_nor_is_a_damaged_record(self) -> None:
        world = World().issue().offer()
        statement, actor = (
            world.statement("bill.cancel", BILL, "chongqing-parts"),
            world.actor("chongqing-parts"),
        )
        world.state[BILL] = b"{}"
        with pytest.raises(InvariantViolated):
            execution.execute(statement, actor, world, world.context)


def test_codes_are_well_formed() -> None:
    for name, code in CODES.items():
        assert name == code.code
        assert name.count(".") == 1
        assert code.sentence.endswith(".")
        assert code.hint.endswith(".")
