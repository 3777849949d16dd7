from __future__ import annotations

from ledger.genesis import Genesis, GenesisKey, GenesisOrganisation, Parameters
from nodes.network.directory import Address, KnownPeers, genesis_members
from nodes.network.interface import PeerId
from tests.nodes.network.cluster import key_of, peer_of


def organisation(name: str, *seeds: int) -> GenesisOrganisation:
    return GenesisOrganisation(
        id=name,
        name=name,
        roles=(),
        members=(),
        nodes=tuple(GenesisKey(name=f"n{seed}", key=key_of(seed).public_key.text) for seed in seeds),
    )


def test_the_founding_nodes_are_members() -> None:
    genesis = Genesis(
        version=1,
        name="test",
        time_ms=0,
        rules_version=1,
        parameters=Parameters(),
        validators=(),
        organisations=(organisation("port", 1, 2), organisation("customs", 3), organisation("bank")),
    )
    assert genesis_members(genesis) == {
        key_of(1).public_key.data: PeerId("port", "n1"),
        key_of(2).public_key.data: PeerId("port", "n2"),
        key_of(3).public_key.data: PeerId("customs", "n3"),
    }


def test_known_peers_are_replaced_as_a_whole() -> None:
    key, other = key_of(1).public_key.data, key_of(2).public_key.data
    peers = KnownPeers({key: peer_of("a")}, {peer_of("a"): Address("a.example", 1)})
    assert (peers.lookup(key), peers.lookup(other)) == (peer_of("a"), None)
    peers.replace(members={other: peer_of("b")})
    assert (peers.lookup(key), peers.lookup(other)) == (None, peer_of("b"))
    assert peers.addresses() == {peer_of("a"): Address("a.example", 1)}
    peers.replace(addresses={})
    assert peers.addresses() == {}
    assert peers.members() == {other: peer_of("b")}
