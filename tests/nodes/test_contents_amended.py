"""Contents of what is to be amended or issued: a draft of its author's until the ledger tells of it."""

from __future__ import annotations

from dataclasses import replace

from contracts.documents.package import Package, encode_package
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    IMPORT_OFFICE,
    TERMINAL,
    TRADER,
    Solo,
    bill_package,
    issue_body,
    plain_package,
)
from tests.nodes.peers import Holder, opening_of, put, read, reader, refused


async def lodged(solo: Solo, node: Holder) -> Package:
    """A declaration of the forwarder's, stored and lodged."""
    bill = await solo.issue()
    package = plain_package("declaration", "import")
    await put(node, package, FORWARDER)
    await solo.do("clearance.lodge", package.subject, FORWARDER, solo.lodge_body(package, [bill.subject]))
    return package


def amended(package: Package) -> Package:
    return replace(package, salt=b"a" * 16, document={"title": "as it is to be"})


async def ask(solo: Solo, package: Package) -> None:
    body = {
        "request": "weights",
        "kind": "amendment",
        "ground": "quantity",
        "contents": package.commitment().hex(),
    }
    await solo.do("clearance.request", package.subject, FORWARDER, body)


async def test_only_the_declarant_stores_what_it_is_about_to_ask_for(solo: Solo, node: Holder) -> None:
    wanted = amended(await lodged(solo, node))
    for other in (CARRIER, IMPORT_OFFICE):
        error = await refused(node.contents.put(wanted.commitment(), encode_package(wanted), reader(other)))
        assert error.code == "contents.other"
    await put(node, wanted, FORWARDER)


async def test_customs_read_it_when_they_are_asked_and_not_before(solo: Solo, node: Holder) -> None:
    wanted = amended(await lodged(solo, node))
    data = await put(node, wanted, FORWARDER)
    error = await refused(read(node, wanted, IMPORT_OFFICE))
    assert error.code == "contents.other"
    await ask(solo, wanted)
    assert await read(node, wanted, IMPORT_OFFICE) == data
    assert (await refused(read(node, wanted, "beibu-gulf-port"))).code == "contents.not-entitled"


async def test_what_it_said_before_stays_readable(solo: Solo, node: Holder) -> None:
    package = await lodged(solo, node)
    wanted = amended(package)
    await put(node, wanted, FORWARDER)
    await ask(solo, wanted)
    decided = {"request": "weights", "outcome": "granted"}
    carried_out = {"ground": "requested", "request": "weights", "contents": wanted.commitment().hex()}
    await solo.do("clearance.decide", package.subject, IMPORT_OFFICE, decided)
    await solo.do("clearance.amend", package.subject, IMPORT_OFFICE, carried_out)
    assert solo.record(package.subject).contents == wanted.commitment().hex()
    for version in (package, wanted):
        assert await read(node, version, IMPORT_OFFICE)


async def test_a_draft_of_an_amendment_is_replaced_by_its_declarant(solo: Solo, node: Holder) -> None:
    wanted = amended(await lodged(solo, node))
    await put(node, wanted, FORWARDER)
    await put(node, wanted, FORWARDER)
    await ask(solo, wanted)
    await put(node, wanted, IMPORT_OFFICE)


PUBLISHED = ("type", "shipper", "parties", "contents", "place_of_loading", "place_of_delivery")


async def publish(solo: Solo, package: Package) -> None:
    body = {name: value for name, value in issue_body(package).items() if name in PUBLISHED}
    await solo.do("bill.publish", package.subject, CARRIER, body)


async def test_the_shipper_reads_a_published_draft_and_its_buyer_does_not(solo: Solo, node: Holder) -> None:
    package = bill_package()
    data = await put(node, package, CARRIER)
    assert (await refused(read(node, package, FORWARDER))).code == "contents.not-entitled"
    await publish(solo, package)
    assert await read(node, package, FORWARDER) == data
    assert (await refused(read(node, package, TRADER))).code == "contents.not-entitled"
    await solo.do("bill.issue", package.subject, CARRIER, issue_body(package))
    assert await read(node, package, TRADER) == data


async def test_a_draft_with_other_containers_is_not_shown_once_it_is_issued(solo: Solo, node: Holder) -> None:
    package = bill_package()
    forged = replace(package, containers=opening_of("APZU4812090", salt=b"x" * 16))
    assert forged.commitment() == package.commitment()
    await put(node, forged, CARRIER)
    await publish(solo, package)
    await solo.do("bill.issue", package.subject, CARRIER, issue_body(package))
    assert (await refused(read(node, package, TRADER))).code == "contents.unavailable"
    data = await put(node, package, CARRIER)
    assert await read(node, package, TRADER) == data


async def test_a_possessor_stores_what_it_asks_for_under_the_same_number(solo: Solo, node: Holder) -> None:
    package = await solo.issue()
    wanted = replace(package, salt=b"a" * 16, document={**package.document, "goods": "marble tiles"})
    for other in (TERMINAL, IMPORT_OFFICE, FORWARDER):
        error = await refused(node.contents.put(wanted.commitment(), encode_package(wanted), reader(other)))
        assert error.code == "contents.other", "not even the shipper's, which does not possess the bill"
    renumbered = replace(wanted, document={**wanted.document, "transportDocumentReference": "CRLQ2609002"})
    error = await refused(
        node.contents.put(renumbered.commitment(), encode_package(renumbered), reader(TRADER))
    )
    assert (error.code, "did not number" in error.message) == ("contents.not-entitled", True)
    data = await put(node, wanted, TRADER)
    assert (await refused(read(node, wanted, CARRIER))).code == "contents.other"
    asked = {"contents": wanted.commitment().hex()}
    await solo.do("bill.request_amendment", package.subject, TRADER, asked)
    assert await read(node, wanted, CARRIER) == data
