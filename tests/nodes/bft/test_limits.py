"""What one validator or peer may make a node keep: each bound filled, and the others served as ever."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from ledger.block import header_id
from ledger.hashing import sha256
from ledger.primitives import Hash, Height, Round, TimeMs
from ledger.seal import NIL, NO_ROUND, VoteType
from nodes.bft import sync
from nodes.bft.effects import SignVote
from nodes.bft.intake import EARLY_ROUNDS, EARLY_VOTES
from nodes.bft.messages import Vote, VoteBatch
from nodes.bft.votes import BALLOTS_PER_SEAT, FAR_ROUNDS, PAST_ROUNDS, VoteKeeper
from nodes.network.interface import PeerId, RequestFailed
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


async def test_who_gives_no_blocks_is_asked_last_however_many_nodes_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    syncer, status = seeds.syncer(), sync._encode(sync.Status(height=Height(100), clock_ms=TimeMs(0)))
    tip, asked = SimpleNamespace(height=0), list[str]()

    async def request(peer: PeerId, *_: Any, **__: Any) -> bytes:
        asked.append(peer.organisation)
        syncer.on_message(peer, status)
        if peer.organisation == "org-d":
            raise RequestFailed("no answer in time")
        return sync._encode(sync.Blocks(blocks=()))

    async def take(_: Any) -> None:
        tip.height += 1

    monkeypatch.setattr(sync, "RETRY_S", 0)
    monkeypatch.setattr(syncer._application, "info", lambda: tip)
    monkeypatch.setattr(syncer._network, "request", request)
    monkeypatch.setattr(syncer, "_take", take)
    for peer in (*(PeerId("org-d", f"node-{number}") for number in range(16)), PeerId("org-b", "node")):
        syncer.on_message(peer, status)
    for _ in range(50):
        peer = syncer._ahead()
        assert peer is not None
        await syncer._catch_up_from(peer)
    assert asked.count("org-d") <= 1
    assert tip.height >= 49


def test_failures_of_long_ago_put_nobody_behind_a_newcomer_for_long() -> None:
    syncer, old, new = seeds.syncer(), PeerId("org-b", "node"), PeerId("org-d", "node")
    for _ in range(1_000):
        syncer._gave_none(old)
    status = sync._encode(sync.Status(height=Height(100), clock_ms=TimeMs(0)))
    asked = []
    for _ in range(3 * sync.FAILED_KEPT):
        syncer.on_message(old, status)
        syncer.on_message(new, status)
        asked.append(peer := syncer._ahead())
        if peer == new:
            syncer._gave_none(new)
    assert asked.index(old) <= sync.FAILED_KEPT + 1
