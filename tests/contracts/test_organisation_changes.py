"""What an organisation is, changed by ballot: roles, jurisdiction, name and numbering key."""

from __future__ import annotations

from contracts.views import summary
from tests.contracts.test_governance import network
from tests.contracts.test_standing import TRADER, VOTERS, ballot, reinstate, replace_by, suspend
from tests.contracts.world import bls_pair


def test_roles_and_jurisdiction_change_by_ballot() -> None:
    world = network(*VOTERS)
    change = {"type": "change_organisation", "organisation": "guangxi-bank"}
    ballot(world, {**change, "roles": ["bank", "agency"], "jurisdiction": "CN", "name": "Bank"})
    record = world.record("organisation/guangxi-bank")
    assert (record.roles, record.jurisdiction, record.name) == (("agency", "bank"), "CN", "Bank")
    ballot(world, {**change, "roles": ["bank"]}, 2)
    assert world.record("organisation/guangxi-bank").jurisdiction == "CN"


def test_a_carrier_gets_another_numbering_key_and_keeps_the_old_for_its_bills() -> None:
    world = network(*VOTERS)
    pair = bls_pair("numbers")
    old = world.record("organisation/beibu-line").numbering_key
    change = {
        "type": "change_organisation",
        "organisation": "beibu-line",
        "numbering_key": pair["bls_key"],
        "numbering_possession": pair["possession"],
    }
    ballot(world, change)
    record, now = world.record("organisation/beibu-line"), world.now
    assert record.numbering_keys(now - 1) == (old,)
    assert record.numbering_keys(now) == (old, pair["bls_key"]), "which came first in that block is not said"
    assert record.numbering_keys(now + 1) == (pair["bls_key"],)
    assert world.record("organisation/guangxi-bank").numbering_keys(now) == ()


def test_every_change_of_standing_is_said_in_words() -> None:
    world = network(*VOTERS)
    for number, change in enumerate((suspend(TRADER), replace_by(TRADER), reinstate(TRADER)), start=1):
        ballot(world, change, number)
        assert TRADER in summary(world.record(f"proposal/{number:032x}"))["asks"]
    named = {"type": "change_organisation", "organisation": TRADER, "name": "Parts"}
    ballot(world, named, 9)
    assert "name to Parts" in summary(world.record(f"proposal/{9:032x}"))["asks"]
