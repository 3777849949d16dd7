"""Who may read contents, and what a copied database shows."""

from __future__ import annotations

import asyncio
from pathlib import Path

from contracts.documents.package import encode_package
from ledger.sealing import Keyring
from nodes.contents import Contents
from nodes.network.interface import PeerId
from tests.nodes.contents_keys import contents_key
from tests.nodes.network_of_one import (
    CARRIER,
    EXPORT_OFFICE,
    FORWARDER,
    HOUR_MS,
    IMPORT_OFFICE,
    MEMBERS,
    PORT,
    TERMINAL,
    TRADER,
    Solo,
    bill_package,
    issue_body,
    plain_package,
)
from tests.nodes.peers import (
    Holder,
    Holders,
    MemoryNetwork,
    put,
    read,
    reader,
    refused,
)


async def test_a_draft_is_for_whoever_stored_it(node: Holder) -> None:
    package = bill_package()
    data = await put(node, package)
    assert await read(node, package, CARRIER) == data
    assert await read(node, package, CARRIER, subject="") == data
    for other in (TRADER, FORWARDER, TERMINAL, IMPORT_OFFICE, PORT):
        assert (await refused(read(node, package, other))).code == "contents.not-entitled"


async def test_every_party_may_read_a_bill_and_no_stranger(solo: Solo, node: Holder) -> None:
    package = bill_package()
    data = await put(node, package)
    await solo.issue(package)
    for party in (CARRIER, TRADER, FORWARDER, TERMINAL):
        assert await read(node, package, party) == data
    for stranger in (IMPORT_OFFICE, EXPORT_OFFICE, PORT):
        assert (await refused(read(node, package, stranger))).code == "contents.not-entitled"


async def test_an_offer_entitles_and_its_end_does_not(solo: Solo, node: Holder) -> None:
    package = bill_package()
    data = await put(node, package)
    await solo.issue(package)
    offer = {"to": PORT, "expires_ms": solo.clock.time_ms + HOUR_MS}
    await solo.do("bill.transfer", package.subject, TRADER, offer)
    assert await read(node, package, PORT) == data
    await solo.do("bill.cancel", package.subject, TRADER)
    assert (await refused(read(node, package, PORT))).code == "contents.not-entitled"


async def test_a_declaration_entitles_its_office_to_the_bill(solo: Solo, node: Holder) -> None:
    package, declaration = bill_package(), plain_package("declaration", "one")
    data = await put(node, package)
    await put(node, declaration, FORWARDER)
    await solo.issue(package)
    assert (await refused(read(node, package, IMPORT_OFFICE))).code == "contents.not-entitled"
    body = solo.lodge_body(declaration, [package.subject])
    await solo.do("clearance.lodge", declaration.subject, FORWARDER, body)
    assert await read(node, package, IMPORT_OFFICE) == data
    assert await read(node, declaration, IMPORT_OFFICE) == encode_package(declaration)
    assert (await refused(read(node, declaration, CARRIER))).code == "contents.not-entitled"
    assert (await refused(read(node, package, EXPORT_OFFICE))).code == "contents.not-entitled"


async def test_a_document_is_for_its_registrar_and_readers(solo: Solo, node: Holder) -> None:
    package, document = bill_package(), plain_package("document", "invoice")
    await solo.issue(package)
    data = await put(node, document, FORWARDER)
    body = {
        "type": "invoice",
        "contents": document.commitment().hex(),
        "bills": [package.subject.partition("/")[2]],
        "readers": [TERMINAL],
    }
    await solo.do("document.register", document.subject, FORWARDER, body)
    for party in (FORWARDER, TERMINAL):
        assert await read(node, document, party) == data
    for other in (CARRIER, TRADER, PORT):
        assert (await refused(read(node, document, other))).code == "contents.not-entitled"


async def test_reading_needs_a_record_that_commits_to_what_is_read(solo: Solo, node: Holder) -> None:
    """Being entitled to one record opens the contents of no other."""
    mine, theirs = bill_package(), bill_package("CRLQ2609002", salt=b"t" * 16, containers=())
    for package in (mine, theirs):
        await put(node, package)
    await solo.issue(mine)
    body = issue_body(theirs, possessor=PORT, titleholder=PORT, shipper=None, parties=[])
    await solo.do("bill.issue", theirs.subject, CARRIER, body)
    for subject in (mine.subject, theirs.subject, ""):
        error = await refused(read(node, theirs, TRADER, subject=subject))
        assert error.code in {"contents.not-entitled", "contents.other"}
    for subject in ("bill/" + "0" * 64, "nonsense", f"organisation/{TRADER}", "network/validators"):
        assert (await refused(read(node, theirs, TRADER, subject=subject))).code == "contents.not-entitled"


async def test_unknown_contents_are_refused_like_foreign_ones(solo: Solo, node: Holder) -> None:
    package = bill_package()
    await put(node, package)
    foreign = await refused(read(node, package, PORT))
    unknown = await refused(node.contents.get(package.commitment(), "", reader(PORT)))
    absent = await refused(read(node, plain_package("document", "never stored"), PORT))
    assert (foreign.code, foreign.message) == (unknown.code, unknown.message) == (absent.code, absent.message)


async def test_every_read_is_recorded_and_no_refused_one(solo: Solo, node: Holder) -> None:
    package = bill_package()
    await put(node, package)
    await solo.issue(package)
    for organisation in (TRADER, CARRIER, TRADER):
        await read(node, package, organisation)
    await refused(read(node, package, PORT))
    readers = [(one, MEMBERS[one]) for one in (TRADER, CARRIER, TRADER)]
    assert node.reads(package.commitment()) == readers


def bytes_of(folder: Path, pattern: str) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob(pattern))


async def test_a_copied_database_without_the_key_shows_no_contents(
    solo: Solo, node: Holder, tmp_path: Path
) -> None:
    package = bill_package()
    await put(node, package)
    await solo.issue(package)
    assert await read(node, package, TRADER)
    node.store.close()
    raw = await asyncio.to_thread(bytes_of, tmp_path, f"{CARRIER}.db*")
    assert package.commitment().hex().encode() in raw
    for secret in (
        b"ceramic tiles",
        b"unmistakable",
        b"carrierCode",
        package.salt,
        package.numbering,
        b"c" * 16,
    ):
        assert secret is not None
        assert secret not in raw


async def test_contents_that_no_key_here_opens_count_as_not_held(
    solo: Solo, holders: Holders, ends: dict[PeerId, MemoryNetwork]
) -> None:
    """As when a contents key was replaced and lost: what can be had elsewhere is fetched, sealed anew."""
    package = bill_package()
    data = await put(holders[CARRIER], package)
    await solo.issue(package)
    mine = holders[FORWARDER]
    assert await read(mine, package, FORWARDER) == data
    key = contents_key(FORWARDER, 1)
    body = {"key": key.text}
    await solo.do("organisation.set_contents_key", f"organisation/{FORWARDER}", FORWARDER, body)
    renewed = Contents(mine.store, Keyring([key]), solo.application.state, mine.network, solo.clock)
    asked = len(mine.network.asked)
    served = await renewed.get(package.commitment(), package.subject, reader(FORWARDER))
    assert (served.data, served.sealed) == (data, False)
    assert len(mine.network.asked) == asked + 1
    served = await renewed.get(package.commitment(), package.subject, reader(FORWARDER))
    assert (served.data, served.sealed) == (data, False)
    assert len(mine.network.asked) == asked + 1
