"""A whole network of engines, one validator of which says whatever it likes.

Its messages are those of a real run, changed, or signed with its own key over what
nobody should sign. Nothing else than a fault in its name may come of them: no other
exception, no engine that stops, and the honest go on sealing blocks.
"""

from __future__ import annotations

import asyncio
import functools
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.primitives import Hash, Height, Round
from ledger.seal import NIL, VoteType, precommit_bytes, prevote_bytes
from nodes.bft.messages import Vote, VoteBatch, Want, encode_message
from nodes.bft.witness import charge_record
from nodes.network.interface import Channel, PeerError, PeerId, RequestFailed
from tests.fuzz import seeds
from tests.fuzz.mutation import mutated
from tests.nodes.bft.engine_rig import MemoryNetwork, Town, make_statement
from tests.nodes.bft.fakes import FakeBls, fake_bls, secret_of
from tests.nodes.bft.test_charges import charge_against, forged, place_of

HOSTILE = PeerId("org-d", "node")
HONEST = ("org-a", "org-b", "org-c")
CHANNELS = (Channel.CONSENSUS, Channel.STATEMENTS, Channel.SYNC)


class OtherKeys(FakeBls):
    """Keys of another network: a validator that meets a signature of its own key which it never made stops,
    as it must."""

    def derive_secret(self, entropy: bytes) -> bytes:
        return super().derive_secret(b"other" + entropy)


@functools.cache
def recorded() -> dict[Channel, tuple[bytes, ...]]:
    """What an honest network says while it seals three blocks, and answers when it is asked for them."""

    async def run() -> dict[Channel, tuple[bytes, ...]]:
        with tempfile.TemporaryDirectory() as folder:
            town = Town(Path(folder), bls=OtherKeys())  # type: ignore[arg-type]
            await town.start()
            for number in range(3):
                height = min(town.heights().values())
                statement = make_statement(number, town.id)
                await town.machines["org-a"].engine.submit(statement)
                await town.until_height(height + 1)
            await town.stop()
        said = [item for sent in town.hub.sent.values() for item in sent]
        return {
            channel: tuple(dict.fromkeys(payload for of, payload in said if of is channel))[:60]
            for channel in CHANNELS
        }

    return asyncio.run(run())


@st.composite
def signed_nonsense(draw: st.DrawFn, network: Hash, set_hash: Hash) -> bytes:
    """Votes and wishes with genuine signatures of the hostile validator, about anything."""
    height, round_ = draw(st.integers(1, 6)), draw(st.sampled_from((0, 1, 2, 7, 8, 9, 2**31 - 1)))
    kind = draw(st.sampled_from(VoteType))
    block_id = Hash(draw(st.sampled_from((NIL, b"v" * 32, b"w" * 32))))
    valid = -1 if kind is VoteType.PRECOMMIT or block_id == NIL else draw(st.integers(-1, round_ - 1))
    place = (network, set_hash, Height(height), Round(round_), block_id)
    data = prevote_bytes(*place, Round(valid)) if kind is VoteType.PREVOTE else precommit_bytes(*place)
    bls = fake_bls()
    vote = Vote(
        type=kind,
        height=Height(height),
        round=Round(round_),
        block_id=block_id,
        valid_round=Round(valid),
        seat=draw(st.sampled_from((3, 3, 3, 0, 99))),
        signature=bls.sign(secret_of(HOSTILE.organisation, bls), data),
    )
    want = Want(height=Height(height), round=Round(round_), block_id=block_id)
    return encode_message(draw(st.sampled_from((vote, VoteBatch(votes=(vote, vote)), want))))


@dataclass
class Liar:
    """The hostile node's handler on every channel: answers requests with what it was given."""

    answers: list[bytes]

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """Listens to nobody."""

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        return self.answers.pop() if self.answers else b""

    def on_connected(self, peer: PeerId) -> None:
        """Greets nobody."""

    def on_disconnected(self, peer: PeerId) -> None:
        """Misses nobody."""


def hostile_messages(town: Town) -> st.SearchStrategy[list[tuple[Channel, bytes]]]:
    set_hash = town.set.hash
    nonsense = signed_nonsense(town.id, set_hash).map(lambda payload: (Channel.CONSENSUS, payload))
    changed = [
        mutated(recorded()[channel], "msgpack", 1).map(lambda payload, c=channel: (c, payload))  # type: ignore[misc]
        for channel in CHANNELS
    ]
    place = place_of(town)
    true = charge_record(place, charge_against(town, place, HOSTILE.organisation))
    told = tuple(b"\x01" + canonical.encode(record) for record in (true, forged(town)))
    charges = mutated(told, "json", 1).map(lambda payload: (Channel.CHARGES, payload))
    return st.lists(st.one_of(nonsense, charges, *changed), min_size=20, max_size=40)


async def deliver(town: Town, channel: Channel, payload: bytes) -> None:
    """Hand a message to every honest node, as a message and as a request."""
    blamed = set()
    for name in HONEST:
        handler = town.machines[name].network.handlers[channel]
        try:
            handler.on_message(HOSTILE, payload)
            await handler.on_request(HOSTILE, payload)
        except PeerError as error:
            blamed.add(error.peer)
        except RequestFailed:
            continue
    assert blamed <= {HOSTILE}


async def run_town(data: Any, folder: Path) -> None:
    town = Town(folder, bls=fake_bls())
    liar = MemoryNetwork(town.hub, HOSTILE)
    answers = data.draw(st.lists(mutated(seeds.block_answers(), "msgpack", 1), max_size=4), label="answers")
    messages = data.draw(hostile_messages(town), label="messages")
    for channel in Channel:
        liar.register(channel, Liar(answers))
    await liar.start()
    await town.start(*HONEST)
    await town.machines["org-b"].engine.submit(make_statement(101, town.id))
    for number, (channel, payload) in enumerate(messages):
        await deliver(town, channel, payload)
        if number % 8 == 0:
            await town.until_height(1, *HONEST)
            said = town.machines["org-a"].network.sent[-1]
            await deliver(town, *said)  # somebody else's words
    await town.machines["org-c"].engine.submit(make_statement(102, town.id))
    height = max(town.heights()[name] for name in HONEST)
    await town.until_height(height + 1, *HONEST, limit_s=30)
    sealed = {town.machines[name].application.ledger.blocks[height][0].header.log_root for name in HONEST}
    assert len(sealed) == 1
    for name in HONEST:
        assert town.machines[name].failures == []
    await town.stop(*HONEST)


def checked(work: Coroutine[Any, Any, None]) -> None:
    """Run with nothing overlooked: whatever the event loop would only log is raised."""

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: overlooked.append(context))
        await work

    recorded()  # in a loop of its own, before this one
    overlooked: list[dict[str, Any]] = []
    with structlog.testing.capture_logs():
        asyncio.run(run())
    assert not overlooked, [(context["message"], repr(context.get("exception"))) for context in overlooked]


@settings(max_examples=8)
@given(data=st.data())
def test_one_hostile_validator_stops_nobody(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checked(run_town(data, Path(folder)))


@pytest.mark.deep
@pytest.mark.timeout(900)
@settings(max_examples=100, derandomize=False, print_blob=True)
@given(data=st.data())
def test_one_hostile_validator_stops_nobody_in_depth(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checked(run_town(data, Path(folder)))
