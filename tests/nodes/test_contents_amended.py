"""Contents of a declaration that is to be amended: a draft of its declarant's until customs are asked."""

from __future__ import annotations

from dataclasses import replace

from contracts.documents.package import Package, encode_package
from tests.nodes.network_of_one import CARRIER, FORWARDER, IMPORT_OFFICE, Solo, plain_package
from tests.nodes.peers import Holder, put, read, reader, refused


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
