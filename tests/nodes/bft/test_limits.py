"""What one validator or peer may make a node keep: each bound filled, and the others served as ever."""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.block import header_id
from ledger.hashing import sha256
from ledger.primitives import Hash, Height, Round
from ledger.seal import NIL, NO_ROUND, VoteType
from nodes.bft import sync
from nodes.bft.effects import SignVote
from nodes.bft.intake import EARLY_ROUNDS, EARLY_VOTES
from nodes.bft.messages import Vote, VoteBatch
from nodes.bft.votes import BALLOTS_PER_SEAT, FAR_ROUNDS, PAST_ROUNDS, VoteKeeper
from nodes.network.interface import PeerId
from tests.fuzz import seeds
from tests.nodes.bft.fakes import fake_bls, make_set
from tests.nodes.bft.rig import Rig

PREVOTE, PRECOMMIT = VoteType.PREVOTE, VoteType.PRECOMMIT
FLOODER, HONEST = 3, (1, 2)


def still_works(rig: Rig) -> None:
    """The honest agree on a block as if nothing had happened."""
    block = rig.block(1)
    block_id = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, block_id, list(HONEST))
    assert any(isinstance(effect, SignVote) and effect.type is PRECOMMIT for effect in rig.log)


def test_early_messages_of_one_never_take_the_place_of_anothers() -> None:
    rig = Rig()
    for round_ in range(200):
        vote = msgspec.structs.replace(rig.vote(PREVOTE, round_, NIL, FLOODER), height=Height(2))
        rig.receive(FLOODER, vote)
        block = rig.block(FLOODER, entry=b"x%d" % round_)
        proposal = msgspec.structs.replace(rig.proposal(block), height=Height(2), round=Round(round_))
        rig.receive(FLOODER, proposal)
    for seat in HONEST:
        rig.receive(seat, msgspec.structs.replace(rig.vote(PREVOTE, 0, NIL, seat), height=Height(2)))
    early = rig.core._intake._early
    of_flooder = [item for item in early if item.sender == rig.names[FLOODER]]
    assert EARLY_VOTES <= len(of_flooder) <= EARLY_VOTES + EARLY_ROUNDS
    assert {rig.names[seat] for seat in HONEST} <= {item.sender for item in early}
    still_works(rig)


def test_votes_of_every_round_take_bounded_memory() -> None:
    rig = Rig()
    for round_ in range(300):
        for kind in VoteType:
            rig.receive(FLOODER, rig.vote(kind, round_, NIL, FLOODER))
        # It speaks for others as well, and for rounds that nobody is in.
        foreign = tuple(rig.vote(PREVOTE, round_, NIL, seat) for seat in HONEST)
        forged = tuple(msgspec.structs.replace(vote, signature=b"f" * 96) for vote in foreign)
        rig.receive(FLOODER, VoteBatch(votes=forged))
    assert rig.core.work is not None
    assert rig.core.work.state.round == 0
    assert len(rig.core.work.keeper._rounds) <= 2 + FAR_ROUNDS
    still_works(rig)


def test_rounds_long_left_take_no_votes() -> None:
    rig = Rig()
    assert rig.core.work is not None
    rig.votes(PREVOTE, 50, NIL, list(HONEST))
    assert rig.core.work.state.round == 50
    for round_ in range(50):
        rig.receive(FLOODER, rig.vote(PREVOTE, round_, NIL, FLOODER))
    assert min(rig.core.work.keeper._rounds) == 50 - PAST_ROUNDS


def test_contradictions_without_end_take_two_places() -> None:
    rig = Rig()
    for number in range(500):
        block_id = Hash(number.to_bytes(32, "big"))
        rig.receive(FLOODER, rig.vote(PREVOTE, 0, block_id, FLOODER))
        rig.receive(1, VoteBatch(votes=(rig.vote(PREVOTE, 0, block_id, FLOODER),)))
    assert rig.core.work is not None
    bucket = rig.core.work.keeper._rounds[Round(0)]
    kept = sum(len(t.genuine) + sum(len(v) for v in t.doubted.values()) for t in bucket.tallies.values())
    assert kept <= 2 * BALLOTS_PER_SEAT
    still_works(rig)


class Looked(dict[Any, Any]):
    """A dictionary that counts how often its items are looked at."""

    count = 0

    def items(self) -> Any:
        for item in super().items():
            self.count += 1
            yield item


def test_ballots_without_end_are_looked_at_a_few_times_each() -> None:
    names = tuple(f"org-{number:02}" for number in range(40))
    keeper = VoteKeeper(Hash(bytes(32)), Height(1), make_set(names, fake_bls()), own=0)
    votes = [
        Vote(
            type=kind,
            height=Height(1),
            round=Round(0),
            block_id=Hash(sha256(bytes([seat, kind.value]))),
            valid_round=NO_ROUND,
            seat=seat,
            signature=bytes(96),
        )
        for seat in range(1, keeper._validators.quorum)
        for kind in VoteType
    ]
    taken = [keeper.add(vote, names[-1], Round(0)) for vote in votes]
    assert all(taken)
    bucket = keeper._rounds[Round(0)]
    bucket.tallies = looked = Looked(bucket.tallies)
    keeper.due(Round(0), 0, asleep=False)
    assert looked.count <= 20 * len(votes)


def test_claims_of_any_number_of_peers_take_bounded_memory() -> None:
    syncer = seeds.syncer()
    honest = PeerId("org-b", "node")
    status = seeds.statuses()[0]
    syncer.on_message(honest, status)
    for number in range(3 * sync.MAX_CLAIMS):
        syncer.on_message(PeerId("org-d", f"node-{number}"), status)
    assert len(syncer._claims) == len(syncer._offsets) == sync.MAX_CLAIMS
    syncer.on_message(honest, status)
    assert honest in syncer._claims
    syncer.on_disconnected(honest)
    assert honest not in syncer._claims
