"""Contents between nodes: for whom a node may ask, whom it asks first, and to which keys is sealed.

A node asks for its own organisation, or for one that has no node of its own and
uses somebody's. What it gets is sealed to that organisation, so a node that asks
for another gets nothing that it could read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from contracts.context import StateReader, View
from contracts.membership.model import Organisation
from contracts.model import organisation_key
from ledger.errors import LedgerError
from ledger.primitives import Hash, decode_base64url, decode_hash
from nodes.network.interface import PeerError, PeerId, RequestFailed

FETCH_VERSION = 1


class FetchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one node asks another."""

    version: int
    commitment: str
    subject: str
    organisation: str
    """For whom; the answer is sealed to it."""

    @staticmethod
    def make(commitment: Hash, subject: str, organisation: str) -> bytes:
        """The bytes of a request."""
        return msgspec.msgpack.encode(FetchRequest(FETCH_VERSION, commitment.hex(), subject, organisation))

    def may_come_from(self, peer: PeerId, state: StateReader) -> bool:
        """Whether the peer's organisation asks for itself, or for one without a node."""
        return peer.organisation == self.organisation or _has_no_node(self.organisation, state)


def parse_request(peer: PeerId, payload: bytes) -> tuple[Hash, FetchRequest]:
    """The commitment and request that a peer sent.

    Raises `PeerError` for nonsense, `RequestFailed` for another version.
    """
    try:
        request = msgspec.msgpack.decode(payload, type=FetchRequest)
        commitment = decode_hash(request.commitment, field="commitment")
    except (msgspec.MsgspecError, UnicodeDecodeError, LedgerError) as error:
        raise PeerError(peer, f"malformed contents request: {error}") from None
    if request.version != FETCH_VERSION:
        raise RequestFailed(f"contents requests of version {request.version} are not known here")
    return commitment, request


def askable(
    peers: Sequence[PeerId], allowed: tuple[str, ...], author: str | None, state: StateReader
) -> list[PeerId]:
    """The peers to ask, in order: the author's nodes, then those of others who may read.

    An author without a node stored it at somebody's, so all others are asked after these.
    """
    first = [peer for peer in peers if peer.organisation == author]
    parties = [peer for peer in peers if peer.organisation in allowed and peer not in first]
    hosted = author is not None and _has_no_node(author, state)
    others = [peer for peer in peers if hosted and peer not in first and peer not in parties]
    return [*first, *parties, *others]


def key_of(organisation: str, state: StateReader) -> bytes | None:
    """The contents key that the ledger names for an organisation now."""
    record = View(state).get(organisation_key(organisation), Organisation)
    if record is None or record.contents_key is None:
        return None
    return decode_base64url(record.contents_key, field="contents_key")


def keys_of(organisations: Iterable[str], state: StateReader) -> list[bytes]:
    """The contents keys of those organisations that have one."""
    found = (key_of(organisation, state) for organisation in organisations)
    return [key for key in found if key is not None]


def _has_no_node(organisation: str, state: StateReader) -> bool:
    record = View(state).get(organisation_key(organisation), Organisation)
    return record is not None and not record.nodes
