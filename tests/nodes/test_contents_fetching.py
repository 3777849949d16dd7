"""Contents between nodes: what is given, asked for and believed."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from contracts.documents.package import Package, encode_package
from ledger.sealing import encode_sealed
from nodes.contents import FetchRequest
from nodes.network.interface import PeerError, PeerId, RequestFailed
from nodes.storage import TermKind
from tests.nodes.contents_keys import sealed
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
    MemoryNetwork,
    opening_of,
    other_number,
    put,
    read,
    refused,
)


async def test_a_node_fetches_from_a_partys_node_and_keeps_it(solo: Solo, holders: Holders) -> None:
    package = bill_package()
    data = await put(holders[CARRIER], package)
    await solo.issue(package)
    mine = holders[FORWARDER]
    assert await read(mine, package, TRADER) == data
    assert mine.network.asked == [PeerId(CARRIER, "node-1")]
    assert await read(mine, package, FORWARDER) == data
    assert len(mine.network.asked) == 1
    assert holders[CARRIER].reads(package.commitment()) == [(TRADER, "landbridge-forwarding/node-1")]
    assert mine.reads(package.commitment()) == [(one, MEMBERS[one]) for one in (TRADER, FORWARDER)]
    (match,) = mine.store.search.private(TermKind.CONTAINER, "APZU4812090", 10)
    assert match.subject == package.subject


async def test_only_the_nodes_of_parties_are_asked(solo: Solo, holders: Holders) -> None:
    package = await solo.issue()
    mine = holders[FORWARDER]
    holders[PORT]
    error = await refused(read(mine, package, TRADER))
    assert error.code == "contents.unavailable"
    assert mine.network.asked == [PeerId(CARRIER, "node-1")]
    assert mine.reads(package.commitment()) == []


async def test_a_peer_that_is_not_entitled_hears_the_same_as_for_unknown_contents(
    solo: Solo, holders: Holders
) -> None:
    package, draft = bill_package(), plain_package("document", "draft")
    carrier = holders[CARRIER]
    await put(carrier, package)
    await put(carrier, draft)
    await solo.issue(package)
    answers = set()
    for commitment, subject in (
        (package.commitment().hex(), package.subject),
        (package.commitment().hex(), ""),
        (draft.commitment().hex(), draft.subject),
        ("0" * 64, package.subject),
        ("0" * 64, "nonsense"),
    ):
        request = msgspec.msgpack.encode(FetchRequest(1, commitment, subject, PORT))
        with pytest.raises(RequestFailed) as failed:
            await carrier.contents.on_request(holders[PORT].peer, request)
        answers.add(str(failed.value))
    assert answers == {"not held here for you"}
    assert carrier.reads(package.commitment()) == carrier.reads(draft.commitment()) == []


async def test_a_draft_is_not_given_to_the_nodes_of_its_own_organisation_either(
    node: Holder, holders: Holders
) -> None:
    draft = bill_package()
    await put(node, draft)
    request = msgspec.msgpack.encode(FetchRequest(1, draft.commitment().hex(), draft.subject, CARRIER))
    with pytest.raises(RequestFailed):
        await node.contents.on_request(PeerId(CARRIER, "node-2"), request)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xff",
        msgspec.msgpack.encode({"version": 1}),
        msgspec.msgpack.encode({"version": 1, "commitment": "0" * 64, "subject": ""}),
        msgspec.msgpack.encode({"version": 1, "commitment": "x", "subject": "", "organisation": "x"}),
        msgspec.msgpack.encode({"version": 1, "commitment": "A" * 64, "subject": "", "organisation": "x"}),
        msgspec.msgpack.encode(
            {"version": 1, "commitment": "0" * 64, "subject": "", "organisation": "x", "more": 1}
        ),
        msgspec.msgpack.encode({"version": "1", "commitment": "0" * 64, "subject": "", "organisation": "x"}),
        b"\x91" * 100_000,
        b"\x83\xa7version\x01\xaacommitment\xa1x\xa7subject\xa1\xff",
    ],
)
async def test_a_malformed_request_is_a_peers_fault(node: Holder, payload: bytes) -> None:
    with pytest.raises(PeerError):
        await node.contents.on_request(PeerId(PORT, "node-1"), payload)


async def test_a_request_of_a_newer_node_is_answered_with_no(node: Holder) -> None:
    request = msgspec.msgpack.encode(FetchRequest(2, "0" * 64, "", PORT))
    with pytest.raises(RequestFailed, match="version 2"):
        await node.contents.on_request(PeerId(PORT, "node-1"), request)


@pytest.mark.parametrize("subject", ["", "\x00", "bill/\x00", "bill/" + "A" * 64, "x" * 10_000])
async def test_what_is_no_key_is_looked_up_nowhere(
    node: Holder, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    monkeypatch.setattr(node.contents, "_answer", lambda *asked: pytest.fail("the database was asked"))
    request = msgspec.msgpack.encode(FetchRequest(1, "0" * 64, subject, PORT))
    with pytest.raises(RequestFailed, match="not held here"):
        await node.contents.on_request(PeerId(PORT, "node-1"), request)


async def test_nothing_is_sent_unasked(node: Holder) -> None:
    with pytest.raises(PeerError):
        node.contents.on_message(PeerId(PORT, "node-1"), b"")


async def test_what_a_lying_peer_sends_is_not_kept_or_shown(solo: Solo, holders: Holders) -> None:
    right = await solo.issue()
    mine, liar = holders[FORWARDER], PeerId(CARRIER, "node-1")
    squat = Package(
        kind="document", subject=f"document/{digest('x')[:32]}", salt=right.salt, document=right.document
    )
    truth = sealed(right, TRADER)
    for lie in (
        b"",
        b"{}",
        encode_package(right),
        encode_sealed(sealed(bill_package(salt=b"x" * 16), TRADER)),
        encode_sealed(sealed(other_number(), TRADER)),
        encode_sealed(sealed(replace(right, containers=opening_of("CRLU7770002")), TRADER)),
        encode_sealed(sealed(squat, TRADER)),
        encode_sealed(sealed(right, FORWARDER)),
        encode_sealed(msgspec.structs.replace(truth, nonce=bytes(12))),
        encode_sealed(msgspec.structs.replace(truth, subject=squat.subject, kind="document")),
    ):
        mine.network.answers[liar] = lie
        assert (await refused(read(mine, right, TRADER))).code == "contents.unavailable"
        assert mine.store.contents.get(right.commitment().hex()) is None
    mine.network.answers[liar] = encode_sealed(truth)
    assert await read(mine, right, TRADER) == encode_package(right)


async def test_a_peer_that_fails_does_not_stop_the_search(
    solo: Solo, holders: Holders, ends: dict[PeerId, MemoryNetwork]
) -> None:
    package = bill_package()
    data = await put(holders[CARRIER], package)
    await solo.issue(package)
    mine = holders[FORWARDER]
    mine.network.answers[PeerId(CARRIER, "node-0")] = b"nonsense"
    reordered = {PeerId(CARRIER, "node-0"): mine.network, **ends}
    ends.clear()
    ends.update(reordered)
    assert await read(mine, package, FORWARDER) == data
    assert [peer.node for peer in mine.network.asked] == ["node-0", "node-1"]
