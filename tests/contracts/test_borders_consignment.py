"""Consignments and their packages at the edges: what mutation testing found that no other test held."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from contracts.bill.model import Master
from contracts.clearance.model import Citation
from contracts.clearance.vocabulary import DeclarationState
from contracts.consignment import trace
from contracts.model import bill_key, id_of
from ledger.evidence import LeftOut
from tests.contracts.guards.house import FIRST, MASTER, UNDER, mastered
from tests.contracts.test_consignment import (
    OTHER_BILL,
    chain_of,
    fails,
    package,
    part,
    records,
    story,
    verify,
)
from tests.contracts.world import BILL, CONTAINER, DECLARATION, DOCUMENT, World, digest
from tests.ledger.builder import Chain
from tests.ledger.evidence.making import make, prove_record

CONTAINER_3 = "container/" + digest("container 3")[:32]
OTHERS = {"containers": [{"id": id_of(CONTAINER_3), "commitment": digest("number 3")}]}


def test_all_masters_belong_with_what_replaced_them() -> None:
    held = records(mastered(World()).issue(**UNDER).issue(FIRST, who="tonkin-line", possessor="tonkin-line"))
    newer = bill_key(digest("bill 2, reissued"))
    held[MASTER] = replace(held[MASTER], replaced_by=id_of(newer))
    held[newer] = replace(
        held[MASTER], replaces=id_of(MASTER), replaced_by=None, master=Master(bill=id_of(FIRST))
    )
    assert {BILL, MASTER, newer, FIRST} <= set(trace(BILL, held).keys)
    del held[newer]
    assert trace(BILL, held).missing == (newer,)


def test_a_master_on_no_ledger_is_not_missed() -> None:
    held = records(World().issue())
    held[BILL] = replace(held[BILL], master=Master(elsewhere=digest("a bill on paper")))
    assert trace(BILL, held).missing == ()


def test_what_a_declaration_of_other_goods_cites_does_not_belong() -> None:
    held = records(story().issue(OTHER_BILL, **OTHERS))
    other = "declaration/" + digest("declaration 3")[:32]
    cited = "declaration/" + digest("declaration 4")[:32]
    citation = Citation(
        declaration=id_of(cited), jurisdiction="CN", state=DeclarationState.RELEASED, at_version=3
    )
    held[other] = replace(held[DECLARATION], bills=(id_of(OTHER_BILL),), containers=(), cites=(citation,))
    found = trace(BILL, held)
    assert cited not in {*found.keys, *found.missing, *found.open}


def test_a_declaration_of_other_goods_does_not_belong() -> None:
    held = records(story().issue(OTHER_BILL, **OTHERS))
    other = "declaration/" + digest("declaration 3")[:32]
    held[other] = replace(held[DECLARATION], bills=(id_of(OTHER_BILL),), containers=())
    found = trace(BILL, held)
    assert not {other, OTHER_BILL, CONTAINER_3} & {*found.keys, *found.missing, *found.open}


def test_what_is_not_proven_is_not_told_and_connects_nothing() -> None:
    """Another bill's record under this bill's name, with the proof of neither."""
    chain = chain_of(story().issue(OTHER_BILL, **OTHERS))
    forged = replace(part(chain, BILL), record=part(chain, OTHER_BILL).record)
    parts = tuple(sorted((forged, part(chain, CONTAINER_3)), key=lambda one: one.subject))
    report = fails(chain, package(chain, parts=parts)).report
    assert [found.record is None for found in report.parts] == [True, False]
    assert "connects it" in report.parts[1].fault


def test_what_names_the_bill_belongs_though_the_bill_itself_is_not_proven() -> None:
    chain = chain_of(story())
    forged = replace(part(chain, BILL), record=part(chain, DOCUMENT).record)
    report = fails(chain, package(chain, parts=(forged, part(chain, DOCUMENT)))).report
    assert [found.fault == "" for found in report.parts] == [False, True]


def test_what_is_said_to_be_left_out_is_not_open() -> None:
    chain = chain_of(story())
    out = LeftOut(subject=DECLARATION, what="evidence", reason="evidence.unavailable")
    assert verify(chain, package(chain, BILL, CONTAINER, left_out=(out,))).open == ()


@pytest.mark.parametrize(("key", "value"), [("ship/1", b'{"kind":"ship"}'), (OTHER_BILL, b'{"kind":"ship"}')])
def test_a_proven_record_of_no_known_kind_is_not_relied_on(key: str, value: bytes) -> None:
    chain = Chain()
    chain.add((), {**story().state, key: value})
    alien = make(chain, key, record=prove_record(chain, key))
    parts = tuple(sorted((part(chain, BILL), alien), key=lambda one: one.subject))
    failure = fails(chain, package(chain, parts=parts))
    assert "no kind that is known here" in failure.message
    assert failure.field.endswith(".record")
