"""The thief of the training room: a process that votes twice with a copy of a validator's key.

It is what a stolen key allows, and therefore nothing that a node does: it keeps no
journal, connects to the validators as the node whose keys it has, and prevotes two
different blocks at one height. It refuses to run anywhere but in a lab's folder.

    python -m nodes.training.double_vote NODE_DIRECTORY HEIGHT
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from pathlib import Path
from typing import Final

from ledger.bls import backend
from ledger.errors import LedgerError
from ledger.genesis import Genesis, genesis_validators, network_id, parse_genesis
from ledger.primitives import Hash, Height, Round
from ledger.seal import NO_ROUND, VoteType, prevote_bytes
from nodes.bft.messages import Vote, encode_message
from nodes.config import ConfigError, NodeConfig, load_config, load_node_key
from nodes.network.directory import Address, KnownPeers, genesis_members
from nodes.network.interface import Channel, PeerId
from nodes.network.network import PeerNetwork
from nodes.signing import validator_secret

LAB_FILE: Final = "lab.json"
"""What marks a lab's folder, three levels above its nodes', and its containers' public volume, two above."""

CONNECT_S: Final = 20.0
"""How long it tries to reach the other validators."""

LINGER_S: Final = 1.0
"""How long it stays connected, so that queues are sent before the connections end."""

_POLL_S: Final = 0.05


class NotALab(Exception):
    """The directory belongs to no lab."""


def run(directory: Path, height: int) -> int:
    """Vote twice at a height as the node in `directory`; to how many nodes it was sent.

    Raises `NotALab` outside of a lab's folder, and `OSError`, `ConfigError` or
    `LedgerError` for files that are not those of a validator.
    """
    if not any((above / LAB_FILE).is_file() for above in directory.resolve().parents[1:3]):
        raise NotALab(f"{directory} is not in a lab's folder: keys in earnest are never used for this")
    config = load_config(directory)
    genesis = parse_genesis(config.node.genesis.read_bytes())
    return asyncio.run(_vote(config, genesis, _votes(config, genesis, Height(height))))


def _votes(config: NodeConfig, genesis: Genesis, height: Height) -> tuple[bytes, ...]:
    """Two prevotes for different blocks, neither of which exists, signed with the validator's key."""
    validators = genesis_validators(genesis)
    seat = validators.index_of(config.node.organisation)
    if seat is None:
        raise NotALab(f"{config.node.organisation} founded no validator")
    secret = validator_secret(config.keys.validators[0])
    votes = []
    for _ in range(2):
        block_id = Hash(secrets.token_bytes(32))
        message = prevote_bytes(network_id(genesis), validators.hash, height, Round(0), block_id, NO_ROUND)
        vote = Vote(
            type=VoteType.PREVOTE,
            height=height,
            round=Round(0),
            block_id=block_id,
            valid_round=NO_ROUND,
            seat=seat,
            signature=backend().sign(secret, message),
        )
        votes.append(encode_message(vote))
    return tuple(votes)


async def _vote(config: NodeConfig, genesis: Genesis, votes: tuple[bytes, ...]) -> int:
    network = _network(config, genesis)
    others = {v.organisation for v in genesis.validators} - {config.node.organisation}
    told: set[PeerId] = set()
    await network.start()
    try:
        deadline = asyncio.get_running_loop().time() + CONNECT_S
        while len(told) < len(others) and asyncio.get_running_loop().time() < deadline:
            for peer in set(network.peers()) - told:
                if peer.organisation in others and all(
                    network.send(peer, Channel.CONSENSUS, vote) for vote in votes
                ):
                    told.add(peer)
            await asyncio.sleep(_POLL_S)
        await asyncio.sleep(LINGER_S)
    finally:
        await network.stop()
    return len(told)


def _network(config: NodeConfig, genesis: Genesis) -> PeerNetwork:
    addresses = {PeerId(peer.organisation, peer.name): Address(peer.host, peer.port) for peer in config.peers}
    return PeerNetwork(
        peer=PeerId(config.node.organisation, config.node.name),
        key=load_node_key(config),
        network=network_id(genesis),
        listen=Address("127.0.0.1", 0),
        directory=KnownPeers(genesis_members(genesis), addresses),
        software="lab",
    )


def main(directory: Path, height: int) -> int:
    """Exit code of the process: 0 when somebody heard it, 1 when nobody did, 2 when it could not begin."""
    try:
        return 0 if run(directory, height) else 1
    except (NotALab, ConfigError, LedgerError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
