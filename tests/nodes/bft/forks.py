"""Real forks: two networks of real cores, in both of which the same traitors take part, with the same keys.

The honest validators are in one world or the other, and too few in each to be a
quorum; the traitors make up for it in both. Their votes also leak from one world
into the other, and for some rounds they take back what their cores precommitted,
so that decisions fall late and blocks are proposed again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ledger.accountability import ConflictReport, Place, Proof, WitnessRecord, make_report
from ledger.bls import BlsBackend
from ledger.evidence import CheckpointAnchor, CheckpointHeader, SealedHeader
from ledger.primitives import Height
from ledger.seal import NIL, NO_ROUND, VoteType, precommit_bytes
from nodes.bft.effects import Decided, Effect, Shown
from nodes.bft.messages import Vote, VoteBatch, decode_message, encode_message
from nodes.bft.witness import charge_record, decided_record
from tests.nodes.bft.cluster import MAX_BYTES, Cluster, Faults, Node
from tests.nodes.bft.fakes import make_genesis_tip, secret_of

MOST_MS = 40_000


class World(Cluster):
    """One of the two networks; nothing follows its first height."""

    def commit(self, node: Node, effect: Decided) -> None:
        """Nothing: the height stays as it is, for us to look at."""

    def carry_out(self, node: Node, effect: Effect) -> None:
        """A traitor that is shown what its twin signed thinks nothing of it."""
        if not isinstance(effect, Shown):
            super().carry_out(node, effect)

    def catch_up(self) -> None:
        """Nobody learns blocks from another."""


@dataclass
class Fork:
    """One attempt at a fork."""

    worlds: tuple[World, World]
    sides: tuple[tuple[str, ...], tuple[str, ...]]
    """The honest validators of each world."""
    traitors: tuple[str, ...]

    @property
    def decisions(self) -> list[tuple[str, Decided]]:
        """What honest validators decided."""
        return [
            (name, self._node(side, name).decided[0])
            for side, names in enumerate(self.sides)
            for name in names
            if self._node(side, name).decided
        ]

    def honest(self) -> list[Node]:
        """All of them, of both worlds."""
        return [self._node(side, name) for side, names in enumerate(self.sides) for name in names]

    def _node(self, side: int, name: str) -> Node:
        return self.worlds[side].nodes[name]

    @property
    def happened(self) -> bool:
        return len({decision.block_id for _, decision in self.decisions}) > 1

    @property
    def place(self) -> Place:
        world = self.worlds[0]
        return Place(network=world.network, validators=world.validators, height=Height(1))

    def anchor(self) -> tuple[CheckpointAnchor, CheckpointHeader]:
        """The block before, which everybody trusts."""
        tip = make_genesis_tip(self.worlds[0].validators)
        checkpoint = CheckpointHeader(header=tip.header, validators=tip.validators)
        return CheckpointAnchor(height=0, block_id=tip.block_id), checkpoint

    def logs(self) -> list[tuple[str, WitnessRecord]]:
        """The witness logs of the honest, and of nobody else."""
        found = []
        set_hash = self.place.validators.hash
        for node in self.honest():
            found += [decided_record(Height(1), set_hash, d.seal, d.polkas) for d in node.decided]
            found += [charge_record(caught.place, caught.charge) for caught in node.caught]
        return [(f"log {number}", record) for number, record in enumerate(found)]

    def report(self, records: list[tuple[str, WitnessRecord]]) -> ConflictReport:
        """What an auditor makes of the first decision and one that contradicts it."""
        _, checkpoint = self.anchor()
        (_, one), *others = self.decisions
        other = next(each for _, each in others if each.block_id != one.block_id)
        proofs = [
            Proof(headers=(SealedHeader(header=d.block.header, seal=d.seal),), checkpoint=checkpoint)
            for d in (one, other)
        ]
        return make_report(proofs[0], proofs[1], records, self.anchor()[0], self.worlds[0].bls)


def attempt(count: int, seed: int, bls: BlsBackend) -> Fork:
    """Run two worlds on a schedule of this seed until their honest validators have decided, or for 40 s."""
    random = Random(seed)
    faults = Faults(delay_ms=(1, random.choice((5, 100, 400))))
    one, other = (World(count, bls=bls, seed=each, faults=faults) for each in (seed, -seed))
    worlds = one, other
    names = list(worlds[0].names)
    random.shuffle(names)
    need = count - worlds[0].validators.quorum + 1
    traitors, honest = tuple(sorted(names[:need])), names[need:]
    half = len(honest) // 2
    fork = Fork(worlds, (tuple(honest[:half]), tuple(honest[half:])), traitors)
    for side, world in enumerate(worlds):
        for name in fork.sides[1 - side]:
            world.nodes[name].alive = False
        Traitors(fork, side, random).join()
        world.start()
    for now in range(0, MOST_MS, 50):
        for world in worlds:
            world.run(now)
        if len(fork.decisions) == len(honest):
            break
    return fork


class Traitors:
    """What they do to their cores' messages in one world."""

    def __init__(self, fork: Fork, side: int, random: Random) -> None:
        self._world, self._other = fork.worlds[side], fork.worlds[1 - side]
        self._victims = fork.sides[1 - side]
        self._names = fork.traitors
        self._random = random
        self._reluctant = random.choice((0, 0, 1, 3))
        """In rounds below this they take back their precommits."""
        self._leak = random.choice((0.0, 0.1, 0.5))

    def join(self) -> None:
        """Stand between their cores and the rest."""
        self._world.filters.append(self._pass)

    def _pass(self, source: str, target: str, payload: bytes) -> bool:
        if source not in self._names:
            return True
        message = decode_message(payload, max_bytes=MAX_BYTES)
        if isinstance(message, VoteBatch):
            return False
        if not isinstance(message, Vote):
            return True
        if message.type is VoteType.PRECOMMIT and message.block_id != NIL and message.round < self._reluctant:
            message = self._taken_back(message)
            self._deliver(self._world, source, target, message)
            return False
        for victim in self._victims:
            if self._random.random() < self._leak / len(self._world.names):
                self._deliver(self._other, source, victim, message)
        return True

    def _deliver(self, world: World, source: str, target: str, message: Vote) -> None:
        world.at(self._random.randint(1, 50), lambda: world._deliver(source, target, encode_message(message)))

    def _taken_back(self, vote: Vote) -> Vote:
        """A precommit for nothing in its place."""
        world = self._world
        data = precommit_bytes(world.network, world.validators.hash, vote.height, vote.round, NIL)
        return Vote(
            type=VoteType.PRECOMMIT,
            height=vote.height,
            round=vote.round,
            block_id=NIL,
            valid_round=NO_ROUND,
            seat=vote.seat,
            signature=world.bls.sign(secret_of(world.names[vote.seat], world.bls), data),
        )
