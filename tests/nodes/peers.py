"""Nodes that hold contents, joined by a network in memory and looking at one ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from contracts.documents.package import ContainerOpening, Package, encode_package
from ledger.contents import bill_id, sign_number
from ledger.sealing import Keyring
from nodes.contents import Contents, ContentsError, Reader
from nodes.founding import open_ledger
from nodes.network.interface import Channel, Handler, PeerId, RequestFailed
from tests.nodes.contents_keys import EVERY_KEY
from tests.nodes.network_of_one import (
    CARRIER,
    MEMBERS,
    NUMBERING_SECRET,
    Solo,
    bill_package,
    bls_secret,
    digest,
)


class MemoryNetwork:
    """One node's end of the network. A request is answered by the other end's handler."""

    def __init__(self, own: PeerId, ends: dict[PeerId, MemoryNetwork]) -> None:
        self.own = own
        self.ends = ends
        ends[own] = self
        self.handlers: dict[Channel, Handler] = {}
        self.asked: list[PeerId] = []
        self.answers: dict[PeerId, bytes] = {}
        """What a lying peer answers instead."""

    def register(self, channel: Channel, handler: Handler) -> None:
        self.handlers[channel] = handler

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    def peers(self) -> Sequence[PeerId]:
        return tuple(peer for peer in self.ends if peer != self.own)

    def send(self, peer: PeerId, channel: Channel, payload: bytes) -> bool:
        return False

    def broadcast(self, channel: Channel, payload: bytes) -> None:
        return None

    async def request(self, peer: PeerId, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        assert timeout_s > 0
        self.asked.append(peer)
        if peer in self.answers:
            return self.answers[peer]
        if peer not in self.ends:
            raise RequestFailed("gone")
        return await self.ends[peer].handlers[channel].on_request(self.own, payload)


class Holder:
    """One organisation's node, as far as contents are concerned."""

    def __init__(
        self, solo: Solo, organisation: str, ends: dict[PeerId, MemoryNetwork], keyring: Keyring = EVERY_KEY
    ) -> None:
        self.peer = PeerId(organisation, "node-1")
        self.path = solo.path.parent / f"{organisation}.db"
        self.store = open_ledger(f"sqlite:///{self.path}", solo.genesis)
        self.network = MemoryNetwork(self.peer, ends)
        self.contents = Contents(self.store, keyring, solo.application.state, self.network, solo.clock)

    def reads(self, commitment: bytes) -> list[tuple[str, str]]:
        rows = self.store.contents.reads(commitment.hex(), "", 0, 100).items
        return [(row.organisation, row.member) for row in rows]

    def close(self) -> None:
        self.store.close()


class Holders(dict[str, Holder]):
    """Nodes by organisation, each made when it is first asked for."""

    def __init__(self, solo: Solo, ends: dict[PeerId, MemoryNetwork]) -> None:
        super().__init__()
        self._solo = solo
        self._ends = ends

    def __missing__(self, organisation: str) -> Holder:
        self[organisation] = Holder(self._solo, organisation, self._ends)
        return self[organisation]


def reader(organisation: str) -> Reader:
    return Reader(member=MEMBERS[organisation], organisation=organisation)


async def put(holder: Holder, package: Package, organisation: str = CARRIER) -> bytes:
    data = encode_package(package)
    await holder.contents.put(package.commitment(), data, reader(organisation))
    return data


async def read(holder: Holder, package: Package, organisation: str, subject: str | None = None) -> bytes:
    wanted = package.subject if subject is None else subject
    served = await holder.contents.get(package.commitment(), wanted, reader(organisation))
    assert not served.sealed
    return served.data


async def refused(awaitable: Any) -> ContentsError:
    with pytest.raises(ContentsError) as error:
        await awaitable
    assert error.value.message
    return error.value


def other_number() -> Package:
    """The numbering signature of another bill."""
    return replace(bill_package(), numbering=sign_number(NUMBERING_SECRET, "CRLQ", "CRLQ2609002"))


def other_subject() -> Package:
    """Number and signature fit, the subject is another bill."""
    return replace(bill_package(), subject=bill_package("CRLQ2609002").subject)


def other_carrier() -> Package:
    """Signed with a key that is not the carrier's."""
    signature = sign_number(bls_secret("somebody"), "CRLQ", "CRLQ2609001")
    return replace(bill_package(), numbering=signature, subject=f"bill/{bill_id(signature).hex()}")


def no_number() -> Package:
    package = bill_package()
    return replace(package, document={"goods": "tiles"})


def garbage() -> Package:
    return replace(bill_package(), numbering=b"\x01" * 96)


def opening_of(number: str, salt: bytes = b"c" * 16) -> dict[str, ContainerOpening]:
    return {number: ContainerOpening(id=digest("APZU4812090")[:32], salt=salt)}
