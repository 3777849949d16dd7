"""The consignment of a bill: what belongs to it, and what a package of its evidence proves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.catalogue import decode_record
from contracts.consignment import PackageFailed, PackageReport, trace, verify_evidence_package
from ledger.errors import EncodingError, EvidenceError, LedgerError
from ledger.evidence import (
    Evidence,
    EvidencePackage,
    Expectation,
    GenesisAnchor,
    LeftOut,
    encode_evidence_package,
)
from ledger.evidence import anchor as anchor_module
from ledger.seal import Seal
from tests.contracts.guards.house import MASTER, UNDER, mastered
from tests.contracts.guards.registry import REGISTER
from tests.contracts.world import BILL, CONTAINER, DECLARATION, DOCUMENT, World, digest
from tests.ledger.builder import Chain
from tests.ledger.evidence.making import make, prove_entry, prove_record

ALL = (BILL, CONTAINER, DECLARATION, DOCUMENT)
OTHER_BILL = "bill/" + digest("bill 3")


def story() -> World:
    """A bill with its container, its declaration, and a document of all three."""
    world = World().issue().lodge()
    world.do("document.register", DOCUMENT, "red-river-brokers", REGISTER)
    return world


def records(world: World) -> dict[str, Any]:
    kinds = ("bill/", "container/", "declaration/", "document/")
    return {key: decode_record(key, value) for key, value in world.state.items() if key.startswith(kinds)}


# What belongs


def test_a_bill_leads_to_containers_declarations_and_documents() -> None:
    found = trace(BILL, records(story()))
    assert (found.keys, found.missing, found.open) == (tuple(sorted(ALL)), (), ())


def test_what_is_named_and_not_at_hand_is_missing() -> None:
    held = records(story())
    del held[CONTAINER], held[DECLARATION]
    found = trace(BILL, held)
    assert (found.keys, found.missing, found.open) == ((BILL, DOCUMENT), (CONTAINER,), ())
    assert trace(BILL, {}).missing == (BILL,)


def test_a_declaration_on_the_container_that_is_not_at_hand_is_open() -> None:
    held = records(story())
    del held[DECLARATION]
    found = trace(BILL, held)
    assert (found.missing, found.open) == ((), (DECLARATION,))


@pytest.mark.parametrize("field", ["bills", "containers", "declarations"])
def test_a_document_belongs_by_any_of_its_links(field: str) -> None:
    held = records(story())
    alone = {name: () for name in ("bills", "containers", "declarations") if name != field}
    held[DOCUMENT] = replace(held[DOCUMENT], **alone)
    assert DOCUMENT in trace(BILL, held).keys
    held[DOCUMENT] = replace(held[DOCUMENT], **{field: ()})
    assert DOCUMENT not in trace(BILL, held).keys


def test_a_house_bill_has_its_master_and_a_master_its_house_bills() -> None:
    held = records(mastered(World()).issue(**UNDER))
    assert {BILL, MASTER} <= set(trace(BILL, held).keys)
    assert {BILL, MASTER} <= set(trace(MASTER, held).keys)


def test_another_house_bill_under_the_same_master_is_of_another_consignment() -> None:
    held = records(mastered(World()).issue(**UNDER))
    strange = digest("container 9")[:32]
    held[MASTER] = replace(held[MASTER], containers=(*held[MASTER].containers, strange))
    held[OTHER_BILL] = replace(held[BILL], containers=(strange,))
    found = trace(BILL, held)
    assert OTHER_BILL not in found.keys
    assert found.missing == ()
    assert trace(MASTER, held).missing == (f"container/{strange}",)


def test_bills_that_replace_one_another_are_one_consignment() -> None:
    held = records(story())
    held[OTHER_BILL] = replace(held[BILL], replaces=BILL.partition("/")[2])
    held[BILL] = replace(held[BILL], replaced_by=OTHER_BILL.partition("/")[2])
    assert {BILL, OTHER_BILL} <= set(trace(BILL, held).keys)
    assert {BILL, OTHER_BILL} <= set(trace(OTHER_BILL, held).keys)
    del held[OTHER_BILL]
    assert trace(BILL, held).missing == (OTHER_BILL,)


# Packages


def chain_of(world: World) -> Chain:
    """The records of a world under a sealed state root."""
    chain = Chain()
    chain.add((), {key: value for key, value in world.state.items() if "/" in key})
    return chain


def part(chain: Chain, key: str) -> Evidence:
    return make(chain, key, record=prove_record(chain, key))


def package(chain: Chain, *keys: str, **changes: Any) -> EvidencePackage:
    fields: dict[str, Any] = {
        "format": "sealane-package",
        "version": 1,
        "network": chain.network.hex(),
        "subject": BILL,
        "parts": tuple(part(chain, key) for key in sorted(keys)),
    }
    return EvidencePackage(**fields | changes)


def verify(chain: Chain, made: EvidencePackage, **options: Any) -> PackageReport:
    return verify_evidence_package(encode_evidence_package(made), GenesisAnchor.of(chain.genesis), **options)


def fails(chain: Chain, made: EvidencePackage, **options: Any) -> PackageFailed:
    with pytest.raises(PackageFailed) as failure:
        verify(chain, made, **options)
    return failure.value


def malformed(chain: Chain, made: EvidencePackage) -> str:
    with pytest.raises(EvidenceError) as failure:
        verify(chain, made)
    assert not isinstance(failure.value, PackageFailed)
    return failure.value.field


@pytest.fixture(scope="module", name="chain")
def chain_fixture() -> Chain:
    return chain_of(story())


def test_a_whole_package_verifies(chain: Chain) -> None:
    report = verify(chain, package(chain, *ALL))
    assert [found.subject for found in report.parts] == sorted(ALL)
    assert not any(found.fault for found in report.parts)
    assert (report.missing, report.open) == ((), ())


def test_a_seal_that_parts_share_is_verified_once(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    seals: list[Seal] = []
    real = anchor_module.verify_seal

    def counted(seal: Seal, *rest: Any) -> None:
        seals.append(seal)
        real(seal, *rest)

    monkeypatch.setattr(anchor_module, "verify_seal", counted)
    made = package(chain, *ALL)
    verify(chain, made)
    assert len(seals) == len({header.seal for one in made.parts for header in one.headers}) == 1
    verify(chain, made)
    assert len(seals) == 2, "nothing is remembered from one package to the next"


def test_a_seal_that_fails_is_not_taken_for_verified(chain: Chain) -> None:
    made = package(chain, *ALL)
    first, *others = made.parts
    (header,) = first.headers
    assert header.seal is not None
    seal = replace(header.seal, round=header.seal.round + 1)
    forged = tuple(replace(one, headers=(replace(header, seal=seal),)) for one in others)
    failure = fails(chain, replace(made, parts=(first, *forged)))
    assert [bool(found.fault) for found in failure.report.parts] == [False, *(True for _ in forged)]


def test_the_genesis_in_the_package_serves_who_has_its_hash(chain: Chain) -> None:
    anchor = GenesisAnchor(network=chain.network)
    with pytest.raises(PackageFailed, match="give the genesis file"):
        verify_evidence_package(encode_evidence_package(package(chain, *ALL)), anchor)
    made = encode_evidence_package(package(chain, *ALL, genesis=chain.genesis))
    assert verify_evidence_package(made, anchor).missing == ()
    other = GenesisAnchor(network=type(chain.network)(bytes(32)))
    with pytest.raises(PackageFailed) as failure:
        verify_evidence_package(made, other)
    assert {found.field for found in failure.value.report.parts} == {"network"}


def test_a_missing_part_is_noticed_unless_it_is_said_to_be_left_out(chain: Chain) -> None:
    keys = (BILL, DECLARATION, DOCUMENT)
    failure = fails(chain, package(chain, *keys))
    assert failure.report.missing == (CONTAINER,)
    assert CONTAINER in failure.message
    out = LeftOut(subject=CONTAINER, what="evidence", reason="evidence.unavailable")
    assert verify(chain, package(chain, *keys, left_out=(out,))).missing == ()


def test_what_only_its_own_record_could_connect_is_open(chain: Chain) -> None:
    assert verify(chain, package(chain, BILL, CONTAINER)).open == (DECLARATION,)


def test_a_part_that_does_not_belong_is_refused() -> None:
    world = story()
    for name, key in (("bill 3", OTHER_BILL), ("member", "member/beibu-line/chief")):
        if name == "bill 3":
            containers = [{"id": digest("container 3")[:32], "commitment": digest("number 3")}]
            world.issue(key, containers=containers)
        chain = chain_of(world)
        failure = fails(chain, package(chain, *ALL, key))
        at_fault = [found for found in failure.report.parts if found.fault]
        assert [found.subject for found in at_fault] == [key]
        assert "connects it" in at_fault[0].fault
        assert failure.field.endswith(".subject")


def test_a_package_is_of_a_bill(chain: Chain) -> None:
    failure = fails(chain, package(chain, CONTAINER, subject=CONTAINER))
    assert "that of a bill" in failure.message


def test_swapped_evidence_fails(chain: Chain) -> None:
    """The proof of one record under the name of another: also where nothing else is amiss."""
    forged = replace(part(chain, CONTAINER), record=part(chain, DOCUMENT).record)
    parts = tuple(sorted((part(chain, BILL), forged), key=lambda item: item.subject))
    failure = fails(chain, package(chain, parts=parts))
    by_key = {found.subject: found for found in failure.report.parts}
    assert by_key[CONTAINER].report.checks[-1].name == "record"
    assert by_key[BILL].fault == ""


def test_a_failed_bill_connects_nothing(chain: Chain) -> None:
    forged = replace(part(chain, BILL), record=part(chain, DOCUMENT).record)
    parts = tuple(sorted((forged, part(chain, CONTAINER)), key=lambda item: item.subject))
    assert all(found.fault for found in fails(chain, package(chain, parts=parts)).report.parts)


def test_a_part_without_a_record_is_connected_with_nothing(chain: Chain) -> None:
    made = story()
    chain = Chain()
    chain.add((chain.statement("alpha/clerk", CONTAINER, "movement.record", {}),), dict(made.state))
    said = make(chain, CONTAINER, entries=(prove_entry(chain, 1, 1),))
    parts = tuple(sorted((part(chain, BILL), said), key=lambda item: item.subject))
    failure = fails(chain, package(chain, parts=parts))
    assert "proves no record" in failure.message
    assert failure.field.endswith(".record")


def test_the_bill_is_asked_what_is_expected_and_every_part_its_age(chain: Chain) -> None:
    wanted = (Expectation(field="status", value="issued"),)
    verify(chain, package(chain, *ALL), expect=wanted)
    old = fails(chain, package(chain, *ALL), max_age_ms=1, now_ms=10**13)
    assert {found.field for found in old.report.parts} == {"age"}
    other = (Expectation(field="status", value="voided"),)
    failure = fails(chain, package(chain, *ALL), expect=other)
    assert failure.field.endswith(".status")
    assert [found.subject for found in failure.report.parts if found.fault] == [BILL]


# Hostile files

OUT = LeftOut(subject=DECLARATION, what="contents", reason="contents.erased")


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda c: package(c, BILL, version=2), "version"),
        (lambda c: package(c, CONTAINER), "subject"),
        (lambda c: package(c, parts=(part(c, BILL), part(c, BILL))), "parts"),
        (lambda c: package(c, parts=(part(c, CONTAINER), part(c, BILL))), "parts"),
        (lambda c: package(c, parts=(replace(part(c, BILL), network="0" * 64),)), "parts.0.network"),
        (lambda c: package(c, parts=(replace(part(c, BILL), genesis=c.genesis),)), "parts.0.genesis"),
        (lambda c: package(c, BILL, genesis=replace(c.genesis, name="another")), "genesis"),
        (lambda c: package(c, BILL, left_out=(OUT, OUT)), "left_out"),
        (lambda c: package(c, BILL, left_out=(OUT,)), "left_out.0"),
        (lambda c: package(c, BILL, left_out=(replace(OUT, subject=BILL, what="evidence"),)), "left_out.0"),
    ],
)
def test_what_is_no_package(chain: Chain, spoil: Callable[[Chain], EvidencePackage], field: str) -> None:
    assert malformed(chain, spoil(chain)) == field


@pytest.mark.parametrize("reason", ["", "no code", "contents.erased\n", "x." + "y" * 70, "\x1b[2J"])
def test_a_reason_is_a_code(chain: Chain, reason: str) -> None:
    made = package(chain, BILL, left_out=(replace(OUT, reason=reason),))
    with pytest.raises(EncodingError):
        verify(chain, made)


def test_a_changed_byte_never_goes_unnoticed(chain: Chain) -> None:
    """Every 97th byte of a package: the file is refused, or the part that it is in."""
    data = encode_evidence_package(package(chain, BILL, CONTAINER))
    anchor = GenesisAnchor.of(chain.genesis)
    for place in range(0, len(data), 97):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(LedgerError):
            verify_evidence_package(bytes(changed), anchor)
