"""Proposals and what they change at their edges: what mutation testing found that no other test held."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.execution import Accepted, make_body
from contracts.governance.model import ProposalState, named_key
from contracts.governance.words import change_said
from contracts.membership.model import (
    MemberState,
    RevocationReason,
)
from contracts.views import summary
from ledger.canonical import encode
from ledger.errors import EncodingError
from tests.contracts.guards.governance import (
    ADD,
    ADMIT,
    CHANGE,
    DECIDE,
    NEW_RULES,
    NUMBERS,
    NUMBERS_OF,
    REINSTATE,
    REMOVE,
    REPLACE,
    REPLACE_CHIEF,
    SEATED,
    SUSPEND,
    VALIDATORS,
    full,
    full_of_numbering,
    seat,
    suspended,
)
from tests.contracts.guards.membership import SMALL_ORDER, contents_key
from tests.contracts.world import BILL, DAY_MS, PROPOSAL, World, bls_pair, key_text

OFFICE: dict[str, Any] = {
    **{name: value for name, value in ADMIT.items() if not name.startswith("numbering")},
    "roles": ["customs"],
    "jurisdiction": "KH",
    "contents_key": contents_key("office"),
}
LINE, BANK, PARAMETERS = "organisation/beibu-line", "organisation/guangxi-bank", "network/parameters"


def open_(world: World, change: dict[str, Any], number: int = 1) -> Any:
    body = {"title": "t", "expires_ms": world.now + DAY_MS, "change": change}
    return world.try_("proposal.open", f"proposal/{number:032x}", SEATED, body)


def decide(world: World, change: dict[str, Any], number: int = 1) -> World:
    """The only validator proposes it and says yes."""
    key = f"proposal/{number:032x}"
    world.propose(change, key=key).ballots(SEATED, key=key)
    assert world.record(key).state is ProposalState.PASSED
    return world


# ----- who is admitted, and what of organisations changes -----------------------------


def test_a_customs_office_is_admitted_with_its_country_and_the_key_for_contents() -> None:
    world = decide(World(), OFFICE)
    record = world.record("organisation/pearl-line")
    assert (record.roles, record.jurisdiction, record.numbering_key) == (("customs",), "KH", None)
    assert record.contents_key == OFFICE["contents_key"]
    body = {"key": OFFICE["contents_key"]}
    refusal = world.refuse("organisation.set_contents_key", BANK, "guangxi-bank", body)
    assert refusal.code == "organisation.contents-key-used"
    assert "pearl-line" in refusal.message


def test_nobody_is_admitted_with_a_contents_key_that_keeps_no_secret() -> None:
    refusal = open_(World(), {**OFFICE, "contents_key": SMALL_ORDER})
    assert (refusal.code, refusal.field) == ("proposal.bad-key", "body.change.contents_key")


def test_a_contents_key_that_was_named_is_not_admitted() -> None:
    world = World()
    world.do("organisation.set_contents_key", BANK, "guangxi-bank", {"key": OFFICE["contents_key"]})
    refusal = open_(world, OFFICE)
    assert (refusal.code, refusal.field) == ("proposal.key-used", "body.change.contents_key")


def test_a_carrier_is_admitted_with_a_country_too() -> None:
    record = decide(World(), {**ADMIT, "jurisdiction": "CN"}).record("organisation/pearl-line")
    assert (record.jurisdiction, record.numbering_key) == ("CN", ADMIT["numbering_key"])


def test_a_proof_without_its_numbering_key_changes_nothing() -> None:
    change = {**CHANGE, "organisation": "beibu-line", "name": "Beibu"}
    refusal = open_(World(), {**change, "numbering_possession": NUMBERS_OF["numbering_possession"]})
    assert (refusal.code, refusal.field) == ("proposal.numbering", "body.change.numbering_key")


def test_who_becomes_a_carrier_gets_a_numbering_key_and_has_no_former_one() -> None:
    record = decide(World(), {**CHANGE, **NUMBERS_OF, "roles": ["bank", "carrier"]}).record(BANK)
    assert (record.numbering_key, record.former_numbering) == (NUMBERS_OF["numbering_key"], ())


def test_a_carrier_that_changes_otherwise_keeps_its_numbering_key() -> None:
    before = (world := World()).record(LINE)
    record = decide(world, {**CHANGE, "organisation": "beibu-line", "name": "Beibu"}).record(LINE)
    assert (record.name, record.numbering_key, record.former_numbering) == ("Beibu", before.numbering_key, ())
    assert record.roles == before.roles


def test_one_role_of_an_authority_among_others_needs_a_country() -> None:
    refusal = open_(World(), {**CHANGE, "roles": ["agency", "bank"]})
    assert (refusal.code, refusal.field) == ("proposal.jurisdiction", "body.change.jurisdiction")


def test_a_suspended_organisation_can_still_be_changed() -> None:
    world = World()
    suspended("guangxi-bank")(world)
    assert decide(world, {**CHANGE, "name": "Bank"}).record(BANK).name == "Bank"


def test_nobody_decides_over_a_bill_that_is_not_there() -> None:
    refusal = open_(World(), DECIDE)
    assert (refusal.code, refusal.field) == ("proposal.no-dispute", "body.change.bill")


def test_a_key_is_named_by_its_bytes() -> None:
    assert named_key("AAAA") != named_key("AAAB")
    with pytest.raises(EncodingError, match="base64url") as caught:
        named_key("A+A")
    assert caught.value.field == "key"


@pytest.mark.parametrize("full_", [True, False])
def test_former_numbering_keys_keep_out_no_other_change(full_: bool) -> None:
    world = World()
    if full_:
        full_of_numbering(world)
    change = {**CHANGE, "organisation": "beibu-line", "name": "Beibu"}
    assert isinstance(open_(world, change), Accepted)
    numbered = open_(world, {**change, **NUMBERS_OF}, 2)
    assert numbered.code == "record.full" if full_ else isinstance(numbered, Accepted)


def test_reinstating_ends_the_tasks_of_others_and_says_that_no_key_was_lost() -> None:
    world = decide(World(), {**SUSPEND, "caretaker": "deputy", "caretaker_key": key_text("deputy")})
    decide(world, REPLACE_CHIEF, 2)
    decide(world, REINSTATE, 3)
    record = world.record(LINE)
    assert (record.caretaker, record.replacement, record.regained) == (None, None, False)
    for name in ("deputy", "heir"):
        member = world.record(f"member/beibu-line/{name}")
        assert (member.state, member.reason) == (MemberState.REVOKED, RevocationReason.OTHER)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (ADMIT, "Admit pearl-line (Pearl Line) as carrier."),
        ({**OFFICE, "roles": ["customs", "agency"]}, "Admit pearl-line (Pearl Line) as customs, agency."),
        (ADD, "Add beibu-line as a validator."),
        (REMOVE, f"Remove {SEATED} from the validators."),
        ({**ADD, "type": "rotate_validator"}, "Replace the validator key of beibu-line."),
        (REPLACE, "Replace the key of the node beibu-line/node-1."),
        ({**CHANGE, "roles": ["bank", "trader"]}, "Change guangxi-bank: roles to bank, trader."),
        (
            {**CHANGE, **NUMBERS_OF, "jurisdiction": "CN"},
            "Change guangxi-bank: jurisdiction to CN; numbering key to a new one.",
        ),
        (SUSPEND, "Suspend beibu-line."),
        ({**SUSPEND, "caretaker": "deputy"}, "Suspend beibu-line, with deputy as its caretaker."),
        (REINSTATE, "Reinstate beibu-line."),
        (REPLACE_CHIEF, "Let heir take over beibu-line after 14 days, unless vetoed."),
        (DECIDE, f"Decide the dispute over {BILL} for chongqing-parts, who possesses it then."),
        (NUMBERS, "Set heartbeat_ms 10000 from block 20 on."),
        (
            {**NUMBERS, "instead": True},
            "Set heartbeat_ms 10000 from block 20 on, and no others that are planned.",
        ),
        ({**NUMBERS, "parameters": {}}, "Take back every change of parameters that is planned."),
        (NEW_RULES, "Go over to rules version 2 from block 20 on."),
    ],
)
def test_who_votes_reads_what_a_change_does(change: dict[str, Any], said: str) -> None:
    body: Any = make_body("proposal.open", {"title": "t", "expires_ms": 0, "change": change})
    assert change_said(body.change) == said


# ----- seats and ballots -----------------------------------------------------------------


@pytest.mark.parametrize("change", [REMOVE | {"organisation": "other-1"}, SUSPEND])
def test_where_all_seats_are_taken_other_changes_are_possible(change: dict[str, Any]) -> None:
    world = World()
    full(world)
    someone = world.record("organisation/oversight")
    for holder in world.record(VALIDATORS).validators[1:]:
        world.state[f"organisation/{holder.organisation}"] = encode(replace(someone, id=holder.organisation))
    assert isinstance(open_(world, change), Accepted)


def test_where_no_quorum_is_in_good_standing_it_can_be_asked_for_again() -> None:
    world = World()
    seat(SEATED, "beibu-line", "tonkin-line")(world)
    suspended("beibu-line", "tonkin-line")(world)
    assert isinstance(open_(world, REINSTATE), Accepted)
    assert open_(world, {**ADD, "organisation": "guangxi-bank"}, 2).code == "proposal.no-quorum"


def test_who_says_yes_again_and_again_counts_once() -> None:
    world = World()
    seat(SEATED, "beibu-line", "tonkin-line")(world)
    world.propose({**ADD, "organisation": "guangxi-bank"})
    for _ in range(3):
        world.ballots(SEATED)
    proposal = world.record(PROPOSAL)
    assert (proposal.state, len(proposal.ballots)) == (ProposalState.OPEN, 1)
    assert summary(proposal)["yes"] == SEATED


@pytest.mark.parametrize("other", ["beibu-line", "tonkin-line"])
def test_another_seat_keeps_its_key_when_one_is_rotated(other: str) -> None:
    world = World()
    seat(SEATED, "beibu-line", "tonkin-line")(world)
    before = {one.organisation: one.bls_key for one in world.record(VALIDATORS).validators}
    rotate = {"type": "rotate_validator", "organisation": SEATED, **bls_pair("fresh")}
    world.propose(rotate).ballots(SEATED, "beibu-line", "tonkin-line")
    after = {one.organisation: one.bls_key for one in world.record(VALIDATORS).validators}
    assert after == {**before, SEATED: rotate["bls_key"]}
