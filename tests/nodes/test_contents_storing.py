"""What may be stored as contents, and by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.documents.package import ContainerOpening, Package, encode_package
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    PORT,
    TERMINAL,
    TRADER,
    Solo,
    bill_package,
    digest,
    plain_package,
)
from tests.nodes.peers import (
    Holder,
    garbage,
    no_number,
    opening_of,
    other_carrier,
    other_number,
    other_subject,
    put,
    read,
    reader,
    refused,
)

NumberedPackage = Callable[[], Package]


async def test_storing_again_is_harmless(solo: Solo, node: Holder) -> None:
    package = bill_package()
    data = await put(node, package)
    await put(node, package)
    await solo.issue(package)
    await put(node, package, TRADER)
    assert await read(node, package, TRADER) == data
    used = node.store.contents.used_bytes
    assert used(CARRIER) > 0
    assert used(TRADER) == 0


async def test_nobody_stores_under_a_commitment_that_the_contents_do_not_open(node: Holder) -> None:
    """A commitment stands on the ledger for all to see; only salt and document open it."""
    package = bill_package()
    for other in (
        bill_package(salt=b"x" * 16),
        replace(package, document={**package.document, "goods": "gold"}),
    ):
        error = await refused(node.contents.put(package.commitment(), encode_package(other), reader(CARRIER)))
        assert (error.code, error.field) == ("contents.malformed", "package.document")
    assert node.store.contents.get(package.commitment().hex()) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'{"version": 1}',
        b"{" * 5_000,
        b"[" * 100_000,
        b'{"a": "\\ud800"}',
        b'{"version": 1, "version": 1}',
    ],
)
async def test_what_is_no_package_is_refused(node: Holder, data: bytes) -> None:
    error = await refused(node.contents.put(bill_package().commitment(), data, reader(CARRIER)))
    assert error.code == "contents.malformed"


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"kind": "container"},
        {"kind": "declaration"},
        {"subject": "bill/"},
        {"subject": "bill/" + "g" * 64},
        {"subject": "bill/" + "0" * 63},
        {"subject": "bill/../organisation/coral-line"},
        {"subject": "bill/" + "0" * 64 + "\n"},
        {"salt": ""},
        {"salt": "AA=="},
        {"numbering": None},
        {"document": []},
        {"more": 1},
        {"containers": {"APZU4812090": {"id": "x"}}},
        {"containers": {"Ä": {"id": "0" * 32, "salt": "A" * 22}}},
    ],
)
async def test_a_malformed_package_is_refused(node: Holder, change: dict[str, Any]) -> None:
    package = bill_package()
    value = {**json.loads(encode_package(package)), **change}
    if value.get("numbering") is None:
        del value["numbering"]
    data = json.dumps(value).encode()
    error = await refused(node.contents.put(package.commitment(), data, reader(CARRIER)))
    assert error.code in {"contents.malformed", "contents.not-entitled"}
    assert node.store.contents.get(package.commitment().hex()) is None


async def test_a_package_of_more_than_a_megabyte_is_refused(node: Holder) -> None:
    package = plain_package("document", "large", title="x" * 1_100_000)
    error = await refused(node.contents.put(package.commitment(), encode_package(package), reader(FORWARDER)))
    assert error.code == "contents.malformed"
    assert "limit" in error.message


async def test_an_organisation_has_only_so_much_room(node: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.content_shelf.QUOTA_BYTES", 1_500)
    for number in range(3):
        await put(node, plain_package("document", f"{number}", salt=bytes([number] * 16)), FORWARDER)
    large = plain_package("document", "large", title="x" * 900)
    error = await refused(node.contents.put(large.commitment(), encode_package(large), reader(FORWARDER)))
    assert error.code == "contents.too-many"
    await put(node, plain_package("document", "of another", title="x" * 500), PORT)


async def test_what_takes_the_place_of_another_needs_room_for_the_difference_alone(
    node: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = opening_of("APZU4812090") | opening_of("APZU4812106")
    first, same, larger = (
        replace(plain_package("document", "draft"), containers=opened)
        for opened in (opening_of("APZU4812090"), opening_of("APZU4812106"), both)
    )
    await put(node, first, FORWARDER)
    used = node.store.contents.used_bytes(FORWARDER)
    monkeypatch.setattr("nodes.content_shelf.QUOTA_BYTES", used)
    data = await put(node, same, FORWARDER)
    assert (await refused(put(node, larger, FORWARDER))).code == "contents.too-many"
    assert await read(node, same, FORWARDER) == data, "what was there is not lost"
    assert node.store.contents.used_bytes(FORWARDER) == used


async def test_a_bill_that_is_not_issued_may_be_stored_by_its_carrier_alone(node: Holder) -> None:
    """Otherwise whoever sees a draft could hold its place, or lead searches to it."""
    package = bill_package()
    for other in (TRADER, FORWARDER, PORT):
        error = await refused(node.contents.put(package.commitment(), encode_package(package), reader(other)))
        assert error.code == "contents.not-entitled"
    assert node.store.search.anything("CRLQ2609001", 10) == ()


@pytest.mark.parametrize("wrong", [other_number, other_subject, other_carrier, no_number, garbage])
async def test_a_number_that_is_not_the_bills_is_refused_before_it_is_issued(
    node: Holder, wrong: NumberedPackage
) -> None:
    package = wrong()
    error = await refused(node.contents.put(package.commitment(), encode_package(package), reader(CARRIER)))
    assert error.code == "contents.not-entitled"


@pytest.mark.parametrize("wrong", [other_number, garbage])
async def test_a_number_that_is_not_the_bills_is_refused_after_it_is_issued(
    solo: Solo, node: Holder, wrong: NumberedPackage
) -> None:
    package = wrong()
    await solo.issue(bill_package())
    for party in (CARRIER, TRADER):
        error = await refused(node.contents.put(package.commitment(), encode_package(package), reader(party)))
        assert (error.code, error.field) == ("contents.malformed", "package.numbering")
    await put(node, bill_package(), TRADER)


@pytest.mark.parametrize(
    "containers",
    [
        opening_of("CRLU7770002"),
        opening_of("APZU4812090", b"x" * 16),
        {"APZU4812090": ContainerOpening(id=digest("elsewhere")[:32], salt=b"c" * 16)},
        {"APZU4812090": ContainerOpening(id="0" * 32, salt=b"c" * 16)},
        {"APZU4812090": ContainerOpening(id="../bill", salt=b"c" * 16)},
    ],
    ids=["number", "salt", "foreign", "unknown", "nonsense"],
)
async def test_a_container_that_is_not_the_records_is_refused(
    solo: Solo, node: Holder, containers: dict[str, ContainerOpening]
) -> None:
    await solo.accept(solo.gate_in("elsewhere"))
    await solo.issue()
    package = replace(bill_package(), containers=containers)
    error = await refused(node.contents.put(package.commitment(), encode_package(package), reader(TRADER)))
    assert error.code == "contents.malformed"
    assert error.field.startswith("package.containers")


async def test_contents_that_the_record_does_not_commit_to_are_refused(solo: Solo, node: Holder) -> None:
    await solo.issue()
    other = bill_package(salt=b"x" * 16)
    error = await refused(node.contents.put(other.commitment(), encode_package(other), reader(TERMINAL)))
    assert (error.code, error.field) == ("contents.other", "package.subject")


async def test_no_stranger_stores_contents_of_a_record(solo: Solo, node: Holder) -> None:
    package = await solo.issue()
    error = await refused(node.contents.put(package.commitment(), encode_package(package), reader(PORT)))
    assert error.code == "contents.not-entitled"
