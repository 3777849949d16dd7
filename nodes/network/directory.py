"""Who may speak on the network, by the ledger, and where they may be found, by configuration.

The network asks at every handshake and keeps nothing, so suspending a node or
replacing its key takes effect as soon as the directory says so and `recheck` is
called. Deriving the directory from the records of the membership contract is the
node's job; `KnownPeers` is the plain table it fills.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from ledger.genesis import Genesis
from ledger.keys import PublicKey
from nodes.network.interface import PeerId


class Address(NamedTuple):
    """Where a node listens."""

    host: str
    """Name or literal address."""
    port: int


class Directory(Protocol):
    """The members' nodes as the ledger has them now."""

    def members(self) -> Mapping[bytes, PeerId]:
        """Compressed public key (33 bytes) to node, for every node in good standing.

        During a key rotation a node appears under both keys.
        """
        ...

    def lookup(self, public_key: bytes) -> PeerId | None:
        """The node that a key belongs to, or None when it may not speak: unknown, suspended or removed."""
        ...

    def addresses(self) -> Mapping[PeerId, Address]:
        """Where to dial. A node without an address is not dialled, but may dial."""
        ...


class KnownPeers:
    """A directory held in memory, replaced as a whole when the membership changes."""

    def __init__(self, members: Mapping[bytes, PeerId], addresses: Mapping[PeerId, Address]) -> None:
        self._members: dict[bytes, PeerId] = {}
        self._addresses: dict[PeerId, Address] = {}
        self.replace(members=members, addresses=addresses)

    def replace(
        self,
        *,
        members: Mapping[bytes, PeerId] | None = None,
        addresses: Mapping[PeerId, Address] | None = None,
    ) -> None:
        """Take new members, new addresses, or both; then call `PeerNetwork.recheck`."""
        if members is not None:
            self._members = dict(members)
        if addresses is not None:
            self._addresses = dict(addresses)

    def members(self) -> Mapping[bytes, PeerId]:
        """See `Directory.members`."""
        return self._members

    def lookup(self, public_key: bytes) -> PeerId | None:
        """See `Directory.lookup`."""
        return self._members.get(public_key)

    def addresses(self) -> Mapping[PeerId, Address]:
        """See `Directory.addresses`."""
        return self._addresses


def genesis_members(genesis: Genesis) -> dict[bytes, PeerId]:
    """The founding nodes by key, for a directory before the first block."""
    return {
        PublicKey.from_text(node.key).data: PeerId(organisation.id, node.name)
        for organisation in genesis.organisations
        for node in organisation.nodes
    }
