"""What was stored first must not keep out what is right."""

from __future__ import annotations

from dataclasses import replace

from contracts.documents.package import Package, encode_package
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    MEMBERS,
    PORT,
    TRADER,
    Solo,
    bill_package,
    digest,
    plain_package,
)
from tests.nodes.peers import (
    Holder,
    Holders,
    opening_of,
    put,
    read,
    refused,
)


async def test_a_draft_is_corrected_by_whoever_stored_it_and_by_nobody_else(node: Holder) -> None:
    first, second = plain_package("document", "draft"), plain_package("document", "draft")
    second = replace(second, containers=opening_of("APZU4812090"))
    await put(node, first, FORWARDER)
    error = await refused(put(node, second, PORT))
    assert error.code == "contents.other"
    assert await read(node, first, FORWARDER) == encode_package(first)
    data = await put(node, second, FORWARDER)
    assert await read(node, second, FORWARDER) == data


async def test_a_draft_that_the_record_does_not_confirm_makes_way(solo: Solo, node: Holder) -> None:
    """A carrier's own mistake: the draft opens containers that the issued bill does not have."""
    right = bill_package()
    await put(node, replace(right, containers=opening_of("CRLU7770002")))
    await solo.issue(right)
    assert (await refused(read(node, right, TRADER))).code == "contents.unavailable"
    data = await put(node, right, TRADER)
    assert await read(node, right, CARRIER) == data


async def test_what_the_record_confirms_stays(solo: Solo, node: Holder) -> None:
    right = bill_package()
    data = await put(node, right)
    await solo.issue(right)
    await put(node, replace(right, containers={}), TRADER)
    assert await read(node, right, TRADER) == data


async def test_a_party_cannot_hold_a_place_by_naming_another_record(solo: Solo, node: Holder) -> None:
    """Salt and document are known to all parties; what else a package says is not committed to."""
    package = bill_package()
    squat = Package(
        kind="document",
        subject=f"document/{digest('squat')[:32]}",
        salt=package.salt,
        document=package.document,
    )
    assert squat.commitment() == package.commitment()
    await put(node, squat, PORT)
    data = await put(node, package)
    await solo.issue(package)
    for party in (CARRIER, TRADER, FORWARDER):
        assert await read(node, package, party) == data
    assert await read(node, squat, PORT) == encode_package(squat)
    assert (await refused(read(node, package, PORT))).code == "contents.not-entitled"
    assert (await refused(read(node, squat, TRADER))).code == "contents.not-entitled"


async def test_what_came_second_is_found_and_erased_when_the_first_is_gone(solo: Solo, node: Holder) -> None:
    package = bill_package()
    squat = Package(
        kind="document",
        subject=f"document/{digest('squat')[:32]}",
        salt=package.salt,
        document=package.document,
    )
    await put(node, squat, PORT)
    data = await put(node, package)
    await solo.issue(package)
    commitment, custody = package.commitment(), node.contents.custody(CARRIER)
    custody.erase(commitment, squat.subject, PORT, MEMBERS[PORT])
    assert await read(node, package, CARRIER) == data
    custody.erase(commitment, package.subject, CARRIER, MEMBERS[CARRIER])
    await put(node, squat, PORT)
    assert (await refused(read(node, package, CARRIER))).code == "contents.erased"
    assert [node.store.contents.used_bytes(one) > 0 for one in (CARRIER, PORT)] == [False, True]


async def test_what_came_second_is_erased_no_more_once_it_is_stored_again(solo: Solo, node: Holder) -> None:
    package = bill_package()
    squat = replace(package, kind="document", subject=f"document/{digest('squat')[:32]}", numbering=None)
    squat = replace(squat, containers={})
    await put(node, squat, PORT)
    await put(node, package)
    await solo.issue(package)
    commitment, subject = package.commitment(), package.subject
    done = node.contents.custody(CARRIER).erase(commitment, subject, CARRIER, MEMBERS[CARRIER])
    assert node.store.contents.erased(commitment.hex(), subject) == done
    await put(node, package, TRADER)
    assert node.store.contents.erased(commitment.hex(), subject) is None


async def test_a_record_of_ones_own_does_not_open_what_another_commits_to(
    solo: Solo, holders: Holders
) -> None:
    """Commitments are public: anyone may register a document under somebody else's."""
    package = bill_package(containers=())
    await put(holders[CARRIER], package)
    await solo.issue(package)
    await solo.accept(solo.gate_in("own box"))
    subject = f"document/{digest('trick')[:32]}"
    body = {
        "type": "other",
        "contents": package.commitment().hex(),
        "containers": [digest("own box")[:32]],
        "readers": [CARRIER],
    }
    await solo.do("document.register", subject, PORT, body)
    for organisation in (PORT, FORWARDER, CARRIER):
        error = await refused(read(holders[organisation], package, PORT, subject=subject))
        assert error.code == "contents.unavailable"
