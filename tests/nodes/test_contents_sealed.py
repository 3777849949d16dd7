"""Contents that the node which stores them cannot read, and sealing to those who become entitled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.documents.package import Package, encode_package
from ledger.sealing import ContentsKey, Keyring, encode_sealed, is_sealed, parse_sealed
from nodes.contents import Contents, Served
from nodes.network.interface import PeerId, RequestFailed
from tests.nodes.contents_keys import contents_key, sealed
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    IMPORT_OFFICE,
    PORT,
    TERMINAL,
    TRADER,
    Solo,
    bill_package,
    digest,
    plain_package,
)
from tests.nodes.peers import Holder, Holders, MemoryNetwork, put, reader, refused

DOCUMENT = f"document/{digest('invoice')[:32]}"


class Strict(Holders):
    """Nodes that hold the contents keys of their own organisations and of nobody else."""

    def __missing__(self, organisation: str) -> Holder:
        keyring = Keyring([contents_key(organisation)])
        self[organisation] = Holder(self._solo, organisation, self._ends, keyring)
        return self[organisation]


@pytest.fixture
def nodes(solo: Solo, ends: dict[PeerId, MemoryNetwork]) -> Iterator[Strict]:
    found = Strict(solo, ends)
    found[CARRIER]
    yield found
    for holder in found.values():
        holder.close()


async def served(holder: Holder, package: Package, organisation: str) -> Served:
    return await holder.contents.get(package.commitment(), package.subject, reader(organisation))


def opened(answer: Served, key: ContentsKey) -> bytes:
    """What a member opens; it is sealed to that key and to no other."""
    assert answer.sealed
    content = parse_sealed(answer.data)
    assert [one.key for one in content.recipients] == [key.public]
    return Keyring([key]).open(content)


async def put_sealed(holder: Holder, package: Package, organisation: str, *readers: str) -> None:
    data = encode_sealed(sealed(package, organisation, *readers))
    await holder.contents.put(package.commitment(), data, reader(organisation))


async def test_the_node_that_a_trader_uses_passes_on_what_it_cannot_read(solo: Solo, nodes: Strict) -> None:
    package = bill_package()
    data = await put(nodes[CARRIER], package)
    await solo.issue(package)
    used = nodes[PORT]
    answer = await served(used, package, TRADER)
    assert opened(answer, contents_key(TRADER)) == data
    assert b"ceramic" not in answer.data
    assert used.store.contents.get(package.commitment().hex()) is None, "nothing unchecked is kept"
    assert nodes[CARRIER].reads(package.commitment()) == [(TRADER, f"{PORT}/node-1")]
    await put_sealed(used, package, TRADER)
    assert opened(await served(used, package, TRADER), contents_key(TRADER)) == data
    assert used.network.asked == [PeerId(CARRIER, "node-1")], "what its member stored is given without asking"
    assert used.store.search.anything("CRLQ2609001", 10) == ()


async def test_what_a_node_that_is_no_partys_holds_is_ciphertext(
    solo: Solo, nodes: Strict, tmp_path: Path
) -> None:
    package = bill_package()
    await put(nodes[CARRIER], package)
    await solo.issue(package)
    await put_sealed(nodes[PORT], package, TRADER)
    raw = await asyncio.to_thread(
        lambda: b"".join(path.read_bytes() for path in tmp_path.glob(f"{PORT}.db*"))
    )
    assert package.commitment().hex().encode() in raw
    for secret in (b"ceramic", b"carrierCode", b"CRLQ2609001", b"APZU4812090", package.salt, b"c" * 16):
        assert secret not in raw


async def test_a_node_without_the_key_takes_nothing_in_clear(nodes: Strict) -> None:
    package = plain_package("document", "invoice")
    error = await refused(
        nodes[PORT].contents.put(package.commitment(), encode_package(package), reader(TRADER))
    )
    assert error.code == "contents.seal-first"
    error = await refused(nodes[PORT].contents.put(package.commitment(), b"{}", reader(TRADER)))
    assert error.code == "contents.seal-first", "what it does not take it does not open either"
    assert nodes[PORT].store.contents.get(package.commitment().hex()) is None


async def lodge(solo: Solo, package: Package) -> Package:
    """A declaration for the goods of a bill: its customs office becomes entitled to the bill."""
    declaration = plain_package("declaration", "declaration")
    await solo.do(
        "clearance.lodge", declaration.subject, TRADER, solo.lodge_body(declaration, [package.subject])
    )
    return declaration


async def test_an_office_gets_contents_once_a_declaration_is_lodged(solo: Solo, nodes: Strict) -> None:
    package = bill_package()
    data = await put(nodes[CARRIER], package)
    await solo.issue(package)
    assert (
        await refused(served(nodes[IMPORT_OFFICE], package, IMPORT_OFFICE))
    ).code == "contents.not-entitled"
    await lodge(solo, package)
    assert await served(nodes[IMPORT_OFFICE], package, IMPORT_OFFICE) == Served(data=data, sealed=False)
    held = nodes[IMPORT_OFFICE].store.contents.get(package.commitment().hex())
    assert held is not None
    assert not Keyring([contents_key(CARRIER)]).can_open(parse_sealed(held.data))


async def test_whoever_is_offered_a_bill_gets_its_contents(solo: Solo, nodes: Strict) -> None:
    package = bill_package()
    data = await put(nodes[CARRIER], package)
    await solo.issue(package)
    assert (await refused(served(nodes[PORT], package, PORT))).code == "contents.not-entitled"
    offer = {"to": PORT, "expires_ms": solo.clock.time_ms + 3_600_000}
    await solo.do("bill.transfer", package.subject, TRADER, offer)
    assert (await served(nodes[PORT], package, PORT)).data == data
    await solo.do("bill.cancel", package.subject, TRADER)
    assert (await refused(served(nodes[PORT], package, PORT))).code == "contents.not-entitled"


async def test_contents_are_sealed_to_the_key_of_the_day(solo: Solo, nodes: Strict) -> None:
    package = bill_package()
    data = await put(nodes[CARRIER], package)
    await solo.issue(package)
    await put_sealed(nodes[PORT], package, TRADER)
    fresh = contents_key(TRADER, 1)
    await solo.do("organisation.set_contents_key", f"organisation/{TRADER}", TRADER, {"key": fresh.text})
    assert opened(await served(nodes[PORT], package, TRADER), fresh) == data
    assert nodes[PORT].network.asked == [PeerId(CARRIER, "node-1")], "the old key will not do"


async def test_without_a_key_on_the_ledger_nothing_can_be_sealed(solo: Solo, nodes: Strict) -> None:
    package = await solo.issue()
    state = solo.application.state()

    class Keyless:
        def get(self, key: str) -> bytes | None:
            value = state.get(key)
            if key != f"organisation/{TRADER}" or value is None:
                return value
            return value.replace(b'"contents_key":"' + contents_key(TRADER).text.encode() + b'",', b"")

    used = nodes[PORT]
    contents = Contents(used.store, Keyring(), Keyless, used.network, solo.clock)
    error = await refused(contents.get(package.commitment(), package.subject, reader(TRADER)))
    assert error.code == "contents.no-key"


async def register(solo: Solo, package: Package, *readers: str) -> None:
    await solo.accept(
        solo.gate_in(
            "box", body={"container": {"commitment": digest("box"), "operator": CARRIER, "parties": [TRADER]}}
        )
    )
    body = {
        "type": "invoice",
        "contents": package.commitment().hex(),
        "containers": [digest("box")[:32]],
        "readers": list(readers),
    }
    await solo.do("document.register", package.subject, TRADER, body)


async def test_what_an_author_without_a_node_stored_reaches_its_readers(solo: Solo, nodes: Strict) -> None:
    """The node that the author uses cannot read it; the author sealed it to its readers beforehand."""
    package = plain_package("document", "invoice")
    host, other = nodes[FORWARDER], nodes[CARRIER]
    await put_sealed(host, package, TRADER, CARRIER)
    assert (await refused(served(host, package, CARRIER))).code == "contents.not-entitled"
    await register(solo, package, CARRIER, TERMINAL)
    assert (await served(other, package, CARRIER)).data == encode_package(package)
    assert other.network.asked == [host.peer]
    assert host.reads(package.commitment()) == [(CARRIER, f"{CARRIER}/node-1")]
    # It was not sealed to the terminal; the carrier, who can read it, seals it when it is asked.
    assert opened(await served(nodes[PORT], package, TERMINAL), contents_key(TERMINAL)) == encode_package(
        package
    )


async def test_the_authors_sealed_content_takes_the_place_of_anothers(solo: Solo, nodes: Strict) -> None:
    """What cannot be opened cannot be checked: of two such, the author's stays."""
    package, host = plain_package("document", "invoice"), nodes[FORWARDER]
    false = plain_package("document", "invoice", title="false")
    lie = encode_sealed(sealed(false, TERMINAL, CARRIER, as_=package))
    await register(solo, package, CARRIER, TERMINAL)
    await host.contents.put(package.commitment(), lie, reader(TERMINAL))
    await put_sealed(host, package, TRADER, CARRIER)
    assert (await served(nodes[CARRIER], package, CARRIER)).data == encode_package(package)
    await host.contents.put(package.commitment(), lie, reader(TERMINAL))
    held = host.store.contents.get(package.commitment().hex())
    assert held is not None
    assert held.organisation == TRADER


async def test_a_lie_that_can_be_opened_is_refused(solo: Solo, nodes: Strict) -> None:
    package = bill_package()
    for lie in (plain_package("document", "x"), bill_package("CRLQ2609002"), bill_package(salt=b"x" * 16)):
        data = encode_sealed(sealed(lie, CARRIER, as_=package))
        error = await refused(nodes[CARRIER].contents.put(package.commitment(), data, reader(CARRIER)))
        assert error.code == "contents.malformed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"organisation": TRADER, "to": (CARRIER,)}, "contents.malformed"),
        ({"organisation": PORT, "to": (PORT,)}, "contents.not-entitled"),
        ({"organisation": TERMINAL, "to": (TERMINAL,), "salt": b"x" * 16}, "contents.other"),
    ],
    ids=["not-to-itself", "stranger", "other-commitment"],
)
async def test_what_cannot_be_opened_is_taken_from_those_it_concerns_alone(
    solo: Solo, nodes: Strict, changes: dict[str, Any], code: str
) -> None:
    await solo.issue()
    package = bill_package(salt=changes.get("salt", b"s" * 16))
    data = encode_sealed(sealed(package, *changes["to"]))
    host = nodes[FORWARDER]
    error = await refused(host.contents.put(package.commitment(), data, reader(changes["organisation"])))
    assert error.code == code
    assert host.store.contents.get(package.commitment().hex()) is None


async def test_a_sealed_draft_of_a_bill_comes_from_a_carrier(nodes: Strict) -> None:
    package = bill_package()
    data = encode_sealed(sealed(package, TRADER))
    error = await refused(nodes[PORT].contents.put(package.commitment(), data, reader(TRADER)))
    assert error.code == "contents.not-entitled"
    await put_sealed(nodes[PORT], package, CARRIER)
    assert opened(await served(nodes[PORT], package, CARRIER), contents_key(CARRIER)) == encode_package(
        package
    )


async def test_sealed_for_one_commitment_is_not_taken_under_another(nodes: Strict) -> None:
    package, other = bill_package(), bill_package(salt=b"x" * 16)
    data = encode_sealed(sealed(package, CARRIER))
    error = await refused(nodes[CARRIER].contents.put(other.commitment(), data, reader(CARRIER)))
    assert (error.code, error.field) == ("contents.malformed", "sealed")
    for nonsense in (data[:-1], data[:50], b"\x97"):
        assert is_sealed(nonsense)
        error = await refused(nodes[CARRIER].contents.put(package.commitment(), nonsense, reader(CARRIER)))
        assert error.code == "contents.malformed"


async def test_a_node_asks_for_others_only_if_they_have_none(solo: Solo, nodes: Strict) -> None:
    """A node that says it asks for an organisation that has a node of its own is not believed."""
    from nodes.contents_peers import FetchRequest

    package = bill_package()
    await put(nodes[CARRIER], package)
    await solo.issue(package)
    asks = {
        name: FetchRequest.make(package.commitment(), package.subject, name) for name in (FORWARDER, TRADER)
    }
    stranger = PeerId(PORT, "node-1")
    answer = await nodes[CARRIER].contents.on_request(stranger, asks[TRADER])
    assert Keyring([contents_key(TRADER)]).open(parse_sealed(answer)) == encode_package(package)
    with pytest.raises(RequestFailed, match="not held here for you"):
        await nodes[CARRIER].contents.on_request(stranger, asks[FORWARDER])
    answer = await nodes[CARRIER].contents.on_request(PeerId(FORWARDER, "node-1"), asks[FORWARDER])
    assert Keyring([contents_key(FORWARDER)]).open(parse_sealed(answer)) == encode_package(package)
