"""What a mandate was granted on is asked again at each use: agents and principals change meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.execution import allowed_actions
from contracts.membership.model import OrganisationState
from contracts.views import may_read
from tests.contracts.world import BILL, DAY_MS, DECLARATION, LODGE, World

BUYER, BROKER, SHIPPER = "haiphong-motors", "red-river-brokers", "chongqing-parts"
OFFICE = "haiphong-customs"


def granted() -> World:
    """A bill, and a broker who may declare its goods for the buyer and take the bill over."""
    return World().issue(parties=[BUYER]).grant("clearance.lodge", "clearance.answer", "bill.accept")


def lost_its_role(world: World) -> None:
    world.change(f"organisation/{BROKER}", roles=("trader",))


def became_customs(world: World) -> None:
    world.change(f"organisation/{BUYER}", roles=("customs", "trader"), jurisdiction="VN")


def refused(world: World, act: str, subject: str, body: dict[str, Any]) -> tuple[str, str]:
    refusal = world.refuse(act, subject, BROKER, body, principal=BUYER)
    assert not refusal.final, "roles come back"
    return refusal.code, refusal.field


class TestAgent:
    def test_who_is_no_representative_any_more_declares_for_nobody(self) -> None:
        world = granted()
        world.copy().lodge(principal=BUYER)
        lost_its_role(world)
        refusal = refused(world, "clearance.lodge", DECLARATION, LODGE)
        assert refusal == ("mandate.not-representative", "on_behalf_of")

    def test_nor_goes_on_with_what_it_declared(self) -> None:
        world = granted().lodge(principal=BUYER).accept_declaration().query()
        lost_its_role(world)
        answer = {"query": "value", "answer": "0" * 64}
        refusal = refused(world, "clearance.answer", DECLARATION, answer)
        assert refusal == ("mandate.not-representative", "on_behalf_of")

    def test_but_does_what_needs_no_representative(self) -> None:
        world = granted().offer()
        lost_its_role(world)
        world.do("bill.accept", BILL, BROKER, {"contents": world.record(BILL).contents}, principal=BUYER)

    def test_what_it_may_not_do_is_not_shown_as_next(self) -> None:
        world = granted()
        lost_its_role(world)
        assert allowed_actions(world, DECLARATION, BROKER, world.context, on_behalf_of=BUYER) == []


class TestPrincipal:
    def test_who_became_an_authority_decides_for_itself(self) -> None:
        world = granted().offer()
        became_customs(world)
        body = {"contents": world.record(BILL).contents}
        assert refused(world, "bill.accept", BILL, body) == ("mandate.authority", "on_behalf_of")
        world.do("bill.accept", BILL, BUYER, body)


class TestReading:
    def reads(self, world: World, organisation: str = BROKER, key: str = DECLARATION) -> bool:
        return may_read(organisation, key, world.state[key], world, world.now)

    def declared(self) -> World:
        return granted().lodge(who=BUYER)

    def test_a_representative_reads_what_it_declares(self) -> None:
        assert self.reads(self.declared())
        assert self.reads(self.declared(), key=BILL)

    @pytest.mark.parametrize("spoil", [lost_its_role, became_customs])
    def test_who_may_not_act_may_not_read(self, spoil: Any) -> None:
        world = self.declared()
        spoil(world)
        assert not self.reads(world)

    def test_who_only_takes_the_bill_over_reads_only_that(self) -> None:
        world = self.declared()
        lost_its_role(world)
        assert self.reads(world, key=BILL)
        assert not self.reads(world)

    @pytest.mark.parametrize("suspended", [BROKER, BUYER])
    def test_nobody_reads_for_another_while_one_of_the_two_is_suspended(self, suspended: str) -> None:
        world = self.declared()
        world.change(f"organisation/{suspended}", state=OrganisationState.SUSPENDED, caretaker="chief")
        assert not self.reads(world)

    @pytest.mark.parametrize("reader", [BUYER, OFFICE])
    def test_a_suspended_organisation_reads_for_its_duties_only(self, reader: str) -> None:
        world = self.declared()
        assert self.reads(world, reader)
        world.change(f"organisation/{reader}", state=OrganisationState.SUSPENDED)
        assert not self.reads(world, reader)
        world.change(f"organisation/{reader}", caretaker="keeper")
        assert self.reads(world, reader)

    def test_who_is_not_on_the_ledger_reads_nothing(self) -> None:
        world = self.declared()
        del world.state[f"organisation/{BUYER}"]
        assert not self.reads(world, BUYER)


def test_a_power_that_lasts_is_used_to_its_end() -> None:
    world = granted()
    world.now += DAY_MS - 1
    world.lodge(principal=BUYER)
