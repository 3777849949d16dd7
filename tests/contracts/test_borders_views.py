"""What records tell from outside the rules, at the edges: what mutation testing found that no test held."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import views
from contracts.bill.model import Amendment, AmendmentState, Master
from contracts.catalogue import kind_of
from contracts.clearance.model import Citation, Request
from contracts.clearance.vocabulary import DeclarationState, RequestGround, RequestKind, RequestState
from contracts.context import View
from contracts.governance.model import KeyPurpose, NamedKey
from contracts.mandate.model import Mandate
from contracts.membership.model import OrganisationState
from contracts.milestones import Kind, milestones_of
from contracts.model import (
    Direction,
    bill_key,
    container_key,
    declaration_key,
    document_key,
    id_of,
    mandate_key,
    member_key,
    organisation_key,
    proposal_key,
)
from contracts.movement.model import Departure, Event, Position
from contracts.movement.vocabulary import ContainerState, EventType
from contracts.relations import (
    amendment_asker,
    covered,
    declarant_parties,
    declares_container,
    settled_parties,
)
from tests.contracts.guards.governance import ADD, NUMBERS
from tests.contracts.guards.registry import REGISTER
from tests.contracts.world import (
    BILL,
    CONTAINER,
    CONTENTS,
    DECLARATION,
    DOCUMENT,
    PROPOSAL,
    World,
    digest,
)

EXPORT = Citation(
    declaration=digest("export")[:32], jurisdiction="CN", state=DeclarationState.RELEASED, at_version=1
)
ASKED, EARLIER = digest("as it should be"), digest("as it was")


def declared(**changes: Any) -> World:
    world = World().issue().lodge()
    world.change(DECLARATION, **changes)
    return world


def milestones(world: World, key: str) -> list[tuple[Kind, int, str]]:
    return sorted((one.kind, one.time_ms, one.about) for one in milestones_of(world.record(key)))


# ----- milestones --------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "counted"), [("import", True), ("export", False), ("transit", False)])
def test_only_the_release_of_an_import_is_one(kind: str, counted: bool) -> None:
    world = declared(type=Direction(kind), released_ms=77)
    assert milestones(world, DECLARATION) == ([(Kind.RELEASED, 77, "")] if counted else [])


def test_a_rejection_without_errors_has_no_code() -> None:
    world = declared(state="rejected", errors=())
    about = "rejected haiphong-customs - red-river-brokers"
    assert milestones(world, DECLARATION) == [(Kind.REFUSED, world.now, about)]


def test_only_who_imports_is_delivered_to() -> None:
    world = World().issue()
    departures = tuple(
        Departure(direction=direction, facility=place, event_ms=place_ms)
        for direction, place, place_ms in (
            (Direction.EXPORT, "CNQZH", 1),
            (Direction.IMPORT, "VNHPH", 2),
            (Direction.TRANSIT, "VNSGN", 3),
        )
    )
    world.change(CONTAINER, departures=departures)
    assert milestones(world, CONTAINER) == [(Kind.DELIVERED, 2, "VNHPH")]


def event(version: int, what: EventType, place: str) -> Event:
    return Event(
        version=version,
        event=what,
        facility=place,
        event_ms=1_000 * version,
        organisation="corridor-rail",
    )


def test_a_leg_goes_on_from_where_earlier_events_left_it() -> None:
    world = World().issue()
    base = Position(state=ContainerState.ON_RAIL, facility="CNCKG")
    events = (event(5, EventType.RAIL_ARRIVAL, "CNQZH"), event(6, EventType.RAIL_DISCHARGE, "CNQZH"))
    world.change(CONTAINER, base=base, events=events)
    assert milestones(world, CONTAINER) == [(Kind.CARRIED, 5_000, "rail CNCKG CNQZH - beibu-line")]
    world.change(CONTAINER, base=None)
    assert milestones(world, CONTAINER) == []
    world.change(CONTAINER, base=Position(state=ContainerState.IN_FACILITY, facility="CNCKG"))
    assert milestones(world, CONTAINER) == []


def test_other_records_have_none() -> None:
    assert milestones(World().issue(), BILL) == []


# ----- who and what a record names ------------------------------------------------------


def test_a_bill_commits_to_what_it_says_what_was_asked_and_what_it_said() -> None:
    world = World().issue()
    asked = Amendment(requester="chongqing-parts", contents=ASKED, state=AmendmentState.RECEIVED)
    assert views.commitments_of(world.record(BILL)) == (CONTENTS,)
    world.change(BILL, amendment=asked, earlier=(EARLIER,))
    assert views.commitments_of(world.record(BILL)) == (CONTENTS, ASKED, EARLIER)
    world.change(BILL, amendment=None)
    assert views.commitments_of(world.record(BILL)) == (CONTENTS, EARLIER)


def test_a_declaration_commits_to_what_was_asked_too() -> None:
    def request(kind: RequestKind, contents: str | None) -> Request:
        ground = next(iter(RequestGround))
        return Request(id=kind.value, kind=kind, ground=ground, state=RequestState.OPEN, contents=contents)

    requests = (request(RequestKind.CANCELLATION, None), request(RequestKind.AMENDMENT, ASKED))
    world = declared(requests=requests, earlier=(EARLIER,))
    assert views.commitments_of(world.record(DECLARATION)) == (digest("declaration 1"), ASKED, EARLIER)


def test_other_records_commit_to_a_document_or_to_nothing() -> None:
    world = World().issue().lodge()
    world.do("document.register", DOCUMENT, "red-river-brokers", REGISTER)
    assert views.commitments_of(world.record(DOCUMENT)) == (REGISTER["contents"],)
    assert views.commitments_of(world.record(CONTAINER)) == ()


@pytest.mark.parametrize(
    ("key", "author"),
    [
        (BILL, "beibu-line"),
        (DECLARATION, "red-river-brokers"),
        (DOCUMENT, "red-river-brokers"),
        (CONTAINER, None),
    ],
)
def test_whoever_put_contents_there_is_their_author(key: str, author: str | None) -> None:
    world = World().issue().lodge()
    world.do("document.register", DOCUMENT, "red-river-brokers", REGISTER)
    assert views.author_of(world.record(key)) == author


def test_a_representative_writes_what_the_declarant_declares() -> None:
    world = declared(representative="corridor-forwarding")
    assert views.author_of(world.record(DECLARATION)) == "corridor-forwarding"


def test_links_lead_to_masters_replacements_and_citations() -> None:
    world = declared(cites=(EXPORT,))
    cited = declaration_key(EXPORT.declaration)
    assert views.links_of(world.record(DECLARATION)) == (BILL, cited)
    before, after, above = (digest(name) for name in ("before", "after", "above"))
    world.change(BILL, replaces=before, replaced_by=after, master=Master(bill=above))
    assert views.links_of(world.record(BILL)) == (
        CONTAINER,
        bill_key(before),
        bill_key(after),
        bill_key(above),
    )
    world.change(BILL, replaces=None, replaced_by=None, master=Master(elsewhere=digest("paper")))
    assert views.links_of(world.record(BILL)) == (CONTAINER,)
    world.change(DECLARATION, bills=(), containers=(id_of(CONTAINER),), cites=())
    assert views.links_of(world.record(DECLARATION)) == (CONTAINER,)


def test_a_mandate_names_its_sides_and_the_bills_of_its_powers() -> None:
    world = World().issue().grant("bill.transfer", bills=[id_of(BILL)])
    world.grant("bill.cancel", bills=[id_of(BILL), digest("bill 2")])
    mandate: Mandate = world.record("mandate/haiphong-motors/red-river-brokers")
    assert views.parties_of(mandate) == ("haiphong-motors", "red-river-brokers")
    assert views.links_of(mandate) == (BILL, bill_key(digest("bill 2")))


def test_a_proposal_names_who_asked_and_whom_it_concerns() -> None:
    assert views.parties_of(World().propose(ADD).record(PROPOSAL)) == ("qinzhou-customs", "beibu-line")
    assert views.parties_of(World().propose(NUMBERS).record(PROPOSAL)) == ("qinzhou-customs",)
    named = NamedKey(purpose=KeyPurpose.NODE, organisation="beibu-line")
    assert views.parties_of(named) == ("beibu-line",)


# ----- who has a say, and who may read ----------------------------------------------------


def test_the_sides_of_a_surrender_are_parties_to_the_goods() -> None:
    world = World().issue()
    assert "oversight" not in settled_parties(world.record(BILL))
    world.surrender(purpose="origin", deliver_to="oversight")
    bill = world.record(BILL)
    assert bill.possessor == "beibu-line"
    for parties in (settled_parties(bill), declarant_parties(bill)):
        assert {"oversight", "chongqing-parts"} <= set(parties)


def test_an_offeree_has_no_say_in_the_goods_yet() -> None:
    bill = World().issue().offer("guangxi-bank").record(BILL)
    assert "guangxi-bank" in views.parties_of(bill)
    assert "guangxi-bank" not in settled_parties(bill)
    assert "guangxi-bank" not in declarant_parties(bill)


@pytest.mark.parametrize(
    ("kind", "state", "asker"),
    [
        ("to_order", "issued", "guangxi-bank"),
        ("straight", "issued", "guangxi-bank"),
        ("sea_waybill", "issued", "chongqing-parts"),
        ("to_order", "draft", "chongqing-parts"),
    ],
)
def test_who_possesses_a_bill_asks_for_its_amendment_and_the_shipper_where_nobody_does(
    kind: str, state: str, asker: str
) -> None:
    world = World().issue()
    world.change(BILL, type=kind, state=state, possessor="guangxi-bank")
    assert amendment_asker(world.record(BILL)) == asker


@pytest.mark.parametrize(
    ("organisation", "may"),
    [("beibu-line", True), ("haiphong-motors", True), ("oversight", False), ("corridor-rail", True)],
)
def test_whoever_has_to_do_with_a_container_declares_it(organisation: str, may: bool) -> None:
    world = World().issue()
    world.change(CONTAINER, parties=("corridor-rail",))
    assert declares_container(organisation, world.record(CONTAINER), View(world)) is may


def test_a_party_to_one_of_several_bills_declares_the_container_too() -> None:
    world = World().issue()
    other = bill_key(digest("bill 2"))
    world.issue(other, possessor="guangxi-bank", parties=[])
    bills = world.record(CONTAINER).bills
    assert len(bills) == 2
    assert declares_container("guangxi-bank", world.record(CONTAINER), View(world))


def test_containers_are_covered_once_by_bills_that_are_there() -> None:
    world = World().issue()
    bills, container, other = [digest("nothing"), id_of(BILL)], id_of(CONTAINER), digest("other")[:32]
    assert covered(bills, [other, container], View(world)) == (other, container)
    assert covered(bills, [], View(world)) == (container,)


def test_a_declaration_of_the_box_alone_gives_its_office_the_bill() -> None:
    world = declared(bills=(), containers=(id_of(CONTAINER),))
    assert "haiphong-customs" in views.entitled(BILL, world.state[BILL], world)
    world.change(DECLARATION, containers=())
    assert "haiphong-customs" not in views.entitled(BILL, world.state[BILL], world)


@pytest.mark.parametrize("link", ["bills", "declarations", "containers"])
def test_the_offices_read_a_document_by_any_of_its_links(link: str) -> None:
    world = World().issue().lodge()
    names = {"bills": id_of(BILL), "declarations": id_of(DECLARATION), "containers": id_of(CONTAINER)}
    bare = {name: value for name, value in REGISTER.items() if name not in names}
    world.do("document.register", DOCUMENT, "red-river-brokers", {**bare, link: [names[link]]})
    found = views.entitled(DOCUMENT, world.state[DOCUMENT], world)
    assert found == ("red-river-brokers", "haiphong-motors", "haiphong-customs")


@pytest.mark.parametrize(
    ("who", "standing", "reads"),
    [
        ("beibu-line", {}, True),
        ("beibu-line", {"state": OrganisationState.SUSPENDED}, False),
        ("beibu-line", {"state": OrganisationState.SUSPENDED, "caretaker": "minder"}, True),
        ("oversight", {}, False),
        ("nobody", None, False),
    ],
)
def test_who_is_entitled_reads_and_a_suspended_one_for_its_caretaker(
    who: str, standing: dict[str, Any] | None, reads: bool
) -> None:
    world = World().issue()
    if standing is not None:
        world.change(f"organisation/{who}", **standing)
    assert views.may_read(who, BILL, world.state[BILL], world, world.now) is reads


def test_a_container_is_read_by_whoever_its_goods_concern() -> None:
    world = World().issue().offer("guangxi-bank").lodge()
    found = views.entitled(CONTAINER, world.state[CONTAINER], world)
    assert {"guangxi-bank", "haiphong-customs", "chongqing-parts"} <= set(found)
    assert container_key(id_of(CONTAINER)) == CONTAINER


@pytest.mark.parametrize(
    "key",
    [
        organisation_key("a-b"),
        member_key("a-b/c"),
        bill_key("ab" * 32),
        declaration_key("ab" * 16),
        container_key("ab" * 16),
        document_key("ab" * 16),
        proposal_key("ab" * 16),
        mandate_key("a-b", "c"),
    ],
)
def test_the_key_of_a_record_is_one_of_its_kind(key: str) -> None:
    kind = kind_of(key)
    assert kind is not None
    assert kind.record.__struct_config__.tag == key.partition("/")[0]
    assert id_of(key) == key.partition("/")[2] != ""
