"""N1: what is answered about snapshots, what is not kept, and what no honest peer asks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.primitives import Height
from ledger.state import Span
from nodes.bft.snapshot import SnapshotChannel
from nodes.network.interface import PeerError, PeerId, RequestFailed
from nodes.snapshots.checking import check_past, check_portion
from nodes.snapshots.messages import (
    GetHandovers,
    GetOffers,
    GetPast,
    GetPortion,
    Handovers,
    NotUnderstood,
    Offer,
    Offers,
    Past,
    Portion,
    decode,
    decode_request,
    encode,
)
from nodes.snapshots.service import LedgerSnapshots
from nodes.snapshots.shelf import KEPT, Shelf
from tests.nodes.network_of_one import Solo
from tests.nodes.snapshots.making import snapshot_of

PEER, OTHER = PeerId("beibu-gulf-port", "node-1"), PeerId("coral-line", "node-1")


def service(solo: Solo, path: Path) -> LedgerSnapshots:
    return LedgerSnapshots(
        store=solo.store,
        application=solo.application,
        genesis=solo.genesis,
        shelf=Shelf(path),
        threshold=1,
        joins=True,
        adopted=lambda: None,
    )


async def test_a_finished_snapshot_is_handed_out_and_nothing_else(tmp_path: Path) -> None:
    solo = Solo(tmp_path)
    made, offer = await snapshot_of(solo, tmp_path / "made")
    snapshots = service(solo, tmp_path / "shelf")
    channel = SnapshotChannel(snapshots)
    folder = snapshots.shelf.folder(offer)
    first = made.portion(b"")
    assert first is not None
    folder.put_portion(b"", first)
    ask = encode(GetPortion(height=Height(1), after=b""))
    assert decode(await channel.on_request(PEER, encode(GetOffers())), Offers).offers == ()
    with pytest.raises(RequestFailed, match="not kept"):
        await channel.on_request(PEER, ask)
    folder.finish(offer)
    assert decode(await channel.on_request(PEER, encode(GetOffers())), Offers).offers == (offer,)
    stray = msgspec.structs.replace(offer.header, network="ab" * 32, height=7)
    foreign = Offer(header=stray, seal=offer.seal)
    snapshots.shelf.folder(foreign).finish(foreign)
    assert decode(await channel.on_request(PEER, encode(GetOffers())), Offers).offers == (offer,)
    portion = decode(await channel.on_request(PEER, ask), Portion)
    check_portion(offer.header.state_root, Span(), portion)
    for lacking in (GetPortion(height=Height(2), after=b""), GetPortion(height=Height(1), after=b"x" * 32)):
        with pytest.raises(RequestFailed, match="not kept"):
            await channel.on_request(PEER, encode(lacking))
    past = decode(await channel.on_request(PEER, encode(GetPast(height=Height(1)))), Past)
    check_past(solo.application.info().block_id.hex(), 1, past)
    with pytest.raises(RequestFailed, match="not kept"):
        await channel.on_request(PEER, encode(GetPast(height=Height(2))))
    none = await channel.on_request(PEER, encode(GetHandovers(after=Height(0))))
    assert decode(none, Handovers).changes == ()
    solo.close()


async def test_a_peer_gets_one_answer_at_a_time_and_is_at_fault_for_what_is_no_request(
    tmp_path: Path,
) -> None:
    solo = Solo(tmp_path)
    channel = SnapshotChannel(service(solo, tmp_path / "shelf"))
    ask = encode(GetOffers())
    first = asyncio.create_task(channel.on_request(PEER, ask))
    await asyncio.sleep(0)
    with pytest.raises(RequestFailed, match="one request"):
        await channel.on_request(PEER, ask)
    await channel.on_request(OTHER, ask)
    await first
    for wrong in (b"", b"\x02\x91\x01", ask + b"\x00", encode(Offers(offers=())), b"\x01" + b"\x91" * 3_000):
        with pytest.raises(PeerError):
            await channel.on_request(PEER, wrong)
    with pytest.raises(PeerError, match="asked for"):
        channel.on_message(PEER, ask)
    solo.close()


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"\x01" + tail))
def test_no_bytes_raise_anything_but_that_they_are_not_understood(data: bytes) -> None:
    for kind in (Offers, Handovers, Portion, Past, Offer):
        try:
            decode(data, kind)
        except NotUnderstood:
            continue
    try:
        request = decode_request(data)
    except NotUnderstood:
        return
    assert decode_request(encode(request)) == request


async def test_a_shelf_keeps_the_newest_and_what_is_under_way(tmp_path: Path) -> None:
    solo = Solo(tmp_path)
    shelf, offers = Shelf(tmp_path / "shelf"), []
    for _ in range(KEPT + 2):
        solo.clock.time_ms += 1_000
        block = await solo.accept()
        offers.append(Offer(header=block.header, seal=solo.seal(block)))
        shelf.folder(offers[-1])
    for offer in offers[:-1]:
        shelf.folder(offer).finish(offer)
    shelf.tidy([offers[-1]])
    assert shelf.begun(offers[-1])
    assert [o.header.height for o in shelf.offers()] == [3, 2]
    assert not shelf.begun(offers[0])
    shelf.tidy()
    assert not shelf.begun(offers[-1])
    solo.close()
