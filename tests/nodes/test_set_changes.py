"""G1 to G7 with whole engines: validators are added, removed, rotated and swapped while the network runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.block import header_id
from ledger.bls import backend
from ledger.evidence import (
    CheckpointAnchor,
    GenesisAnchor,
    VerificationFailed,
    parse_evidence,
    verify_evidence,
)
from ledger.genesis import network_id
from ledger.keys import SigningKey
from ledger.primitives import Hash, Height, Round
from ledger.seal import NO_ROUND, VoteType, precommit_bytes, prevote_bytes
from nodes.bft.messages import Vote, VoteBatch, decode_message, encode_message
from nodes.bft.proposer import proposer_seat
from nodes.network.interface import Channel
from nodes.proofs import EvidenceRequest, Proofs
from tests.nodes.set_rig import PATIENCE_S, VALIDATORS, Land, Machine, bls_secret, entropy, proven


@pytest.fixture
async def land(tmp_path: Path) -> AsyncIterator[Land]:
    land = Land(tmp_path)
    await land.open()
    yield land
    await land.close()


def add(organisation: str, key: str | None = None) -> dict[str, Any]:
    return {"type": "add_validator", "organisation": organisation, **proven(key or organisation)}


def remove(organisation: str) -> dict[str, Any]:
    return {"type": "remove_validator", "organisation": organisation}


def agreed(land: Land) -> None:
    """Every node has the same blocks."""
    common = min(machine.height for machine in land.machines.values())
    for height in range(1, common + 1):
        ids = {header_id(m.store.header(Height(height))) for m in land.machines.values()}  # type: ignore[arg-type]
        assert len(ids) == 1, height


async def test_g6_a_validator_added_signs_from_its_first_height(land: Land) -> None:
    await land.restart("org-e", "org-e")
    await land.until(lambda: land.machines["org-e"].engine.status().ready, "the newcomer follows")
    first = await land.change(add("org-e")) + 2
    await land.until_height(first + 5)
    assert land.set_at(first - 1).size == 4
    assert land.set_at(first).size == 5
    header = land.machines["org-a"].store.header(Height(first - 1))
    assert header is not None
    assert header.validators_hash == land.set_at(first - 1).hash.hex()
    assert header.next_validators_hash == land.set_at(first).hash.hex()
    signed = [
        height for height in range(first, first + 4) if "org-e" in land.machines["org-a"].signers_of(height)
    ]
    said = land.hub.sent[land.machines["org-e"].peer]
    assert signed, "the newcomer is in seals"
    assert votes_of(said, 4) >= {first}, "it voted at the first height of its seat: it need not abstain"
    agreed(land)


def votes_of(said: list[tuple[Any, bytes]], seat: int) -> set[int]:
    """Heights at which a node sent a vote of its own."""
    found = set()
    for channel, payload in said:
        if channel is Channel.CONSENSUS:
            message = decode_message(payload, max_bytes=4_000_000)
            if isinstance(message, Vote) and message.seat == seat:
                found.add(int(message.height))
    return found


async def test_g6_a_key_whose_node_starts_late_abstains_for_two_heights(land: Land) -> None:
    first = await land.change(add("org-e")) + 2
    await land.until_height(first + 1)
    began = land.height
    await land.restart("org-e", "org-e")
    await land.until(land.machines["org-e"].engine._votes, "the newcomer votes")
    await land.until_height(land.height + 3)
    said = votes_of(land.hub.sent[land.machines["org-e"].peer], 4)
    assert min(said) >= began + 3, "nothing up to two heights above the newest block that others had"
    agreed(land)


async def test_g7_a_validator_removed_follows_without_complaint_and_its_votes_count_for_nothing(
    land: Land,
) -> None:
    first = await land.change(remove("org-b")) + 2
    await land.until_height(first + 4)
    await land.until(lambda: all(m.engine.status().ready for m in land.machines.values()), "all are ready")
    assert land.machines["org-b"].seats() == ["org-a", "org-c", "org-d"]
    assert max(votes_of(land.hub.sent[land.machines["org-b"].peer], 1)) < first
    for height in range(first, first + 4):
        assert "org-b" not in land.machines["org-a"].signers_of(height)
    # Three validators need all three: without one, the removed one cannot help.
    await land.halt("org-d")
    stuck = land.height
    await land.until(lambda: not land.machines["org-a"].engine.status().ready, "a quorum is missing")
    assert land.height <= stuck + 1
    await land.run("org-d", ["org-d"])
    await land.until_height(stuck + 3)
    agreed(land)


async def test_g7_what_a_removed_validator_signs_completes_no_quorum(land: Land) -> None:
    """Two of three validators run; the removed one signs whatever they are voting on, for every seat."""
    first = await land.change(remove("org-b")) + 2
    await land.until_height(first + 1)
    accomplice, watched = land.machines["org-b"], land.machines["org-a"]

    def nothing_to_vote_on() -> bool:
        """Two of three cannot leave the first round, so the one that is away must not be its proposer."""
        height = Height(land.height + 1)
        proposer = land.set_at(height).validators[proposer_seat(height, Round(0), land.set_at(height))]
        return proposer.organisation == "org-d"

    await land.halt("org-d")
    await land.until(lambda: not watched.engine.status().ready, "a quorum is missing")
    while nothing_to_vote_on():
        stuck = land.height
        await land.run("org-d", ["org-d"])
        await land.until_height(stuck + 1)
        await land.halt("org-d")
        await land.until(lambda: not watched.engine.status().ready, "a quorum is missing")
    stuck, forged = land.height, 0
    async with asyncio.timeout(PATIENCE_S):
        while forged < 20:
            await asyncio.sleep(0.01)
            work = watched.engine._runner.core.work
            assert work is not None
            for held in work.candidates.of_round(work.state.round):
                forged += 1
                for message in forgeries(land, work.height, work.state.round, held.candidate.block_id):
                    for name in ("org-a", "org-c"):
                        accomplice.network.send(land.machines[name].peer, Channel.CONSENSUS, message)
    assert land.height == stuck
    assert not watched.network.dropped, "and it is no reason to part: the sender still follows"
    await land.run("org-d", ["org-d"])
    await land.until_height(stuck + 3)
    agreed(land)


def forgeries(land: Land, height: Height, round_: Round, block_id: Hash) -> Iterator[bytes]:
    """Prevotes and precommits under the key that was removed, as each of the seats."""
    validators, secret = land.set_at(height), bls_secret("org-b")
    place = (network_id(land.genesis), validators.hash, height, round_, block_id)
    signed = {
        VoteType.PREVOTE: backend().sign(secret, prevote_bytes(*place, NO_ROUND)),
        VoteType.PRECOMMIT: backend().sign(secret, precommit_bytes(*place)),
    }
    for seat in range(validators.size):
        for kind, signature in signed.items():
            vote = Vote(
                type=kind,
                height=height,
                round=round_,
                block_id=block_id,
                valid_round=NO_ROUND,
                seat=seat,
                signature=signature,
            )
            yield encode_message(vote)
            yield encode_message(VoteBatch(votes=(vote,)))


async def test_g5_a_rotated_key_signs_from_its_height_on_and_the_old_one_up_to_there(land: Land) -> None:
    await land.restart("org-c", "org-c", "org-c second")
    await land.until(lambda: all(m.engine.status().ready for m in land.machines.values()), "all are ready")
    height = await land.act("validator.rotate", VALIDATORS, "org-c", proven("org-c second"))
    first = height + 2
    await land.until_height(first + 4)
    assert [seat.organisation for seat in land.set_at(first).validators] == [*land.founders], (
        "the seat is kept"
    )
    assert land.set_at(first - 1).keys[2] != land.set_at(first).keys[2]
    said = votes_of(land.hub.sent[land.machines["org-c"].peer], 2)
    assert {first - 1, first, first + 1} <= said, "not one height is missed"
    # The old key is not needed any more, not even at a restart.
    await land.restart("org-c", "org-c second")
    await land.until(land.machines["org-c"].engine._votes, "it votes with the new key alone")
    agreed(land)


async def test_g5_without_the_named_key_a_node_follows_and_says_so(land: Land) -> None:
    first = await land.act("validator.rotate", VALIDATORS, "org-c", proven("org-c second")) + 2
    await land.until_height(first + 2)
    reasons = land.machines["org-c"].engine.status().reasons
    assert reasons == ("the validator key here is not the one that the ledger names",)
    assert max(votes_of(land.hub.sent[land.machines["org-c"].peer], 2)) < first
    agreed(land)


async def test_g5_a_stolen_key_is_worth_nothing_once_it_is_rotated(land: Land) -> None:
    await land.restart("org-c", "org-c", "org-c second")
    thief = await land.run("org-c", ["org-c"], node="node-2")
    first = await land.act("validator.rotate", VALIDATORS, "org-c", proven("org-c second")) + 2
    await land.until_height(first + 4)
    assert thief.height >= first
    assert max(votes_of(land.hub.sent[thief.peer], 2), default=0) < first
    assert any("org-c" in land.machines["org-a"].signers_of(height) for height in range(first, first + 4))
    await land.until(land.machines["org-c"].engine._votes, "the owner votes with the new key")
    agreed(land)


async def evidence_of(land: Land, machine: Machine, subject: str, **more: Any) -> bytes:
    key = SigningKey.from_entropy(entropy("anyone"))
    proofs = Proofs(machine.store, land.genesis, machine.application, key, str(machine.peer))
    return await proofs.evidence(EvidenceRequest(subject=subject, **more))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_whole_set_is_swapped_in_steps_under_load(tmp_path: Path) -> None:
    """Eight changes later no founder is left, and their evidence still verifies from the genesis."""
    land = Land(tmp_path, others=4)
    await land.open()
    load: asyncio.Task[None] | None = None
    sealed: list[str] = []
    try:
        trust = GenesisAnchor(network=network_id(land.genesis))
        clerk = "member/org-a/clerk"
        enrolled = {
            "key": SigningKey.from_entropy(entropy("clerk")).public_key.text,
            "permissions": ["signer"],
        }
        await land.act("member.enrol", clerk, "org-a", enrolled)
        await land.until_height(land.height + 1)
        before = await evidence_of(land, land.machines["org-a"], clerk)
        for new in land.others:
            await land.restart(new, new)
        load = asyncio.create_task(enrol_for_ever(land, "org-h", sealed))
        for old, new in zip(land.founders, land.others, strict=True):
            await land.change(add(new))
            first = await land.change(remove(old)) + 2
            await land.until_height(first + 1)
            await land.halt(old)
        assert land.set_at(land.height).size == 4
        assert [seat.organisation for seat in land.set_at(land.height).validators] == [*land.others]
        assert not load.done(), load.exception()
        load.cancel()
        assert len(sealed) > 20
        assert all(land.record(member) is not None for member in sealed)
        agreed(land)
        assert verify_evidence(before, trust).signers
        after = await evidence_of(land, land.machines["org-h"], clerk)
        report = verify_evidence(after, trust)
        assert set(report.signers) <= set(land.others), "the status is sealed by those who took over"
        assert len(parse_evidence(after).set_changes) >= 8
        # Who trusts a block from after the swap needs to know nothing of the founders.
        point = land.machines["org-h"].store.header(Height(land.height - 1))
        assert point is not None
        recent = CheckpointAnchor(height=point.height, block_id=header_id(point))
        with pytest.raises(VerificationFailed):
            verify_evidence(before, recent)
        short = await evidence_of(land, land.machines["org-h"], clerk, checkpoint=Height(point.height))
        assert set(verify_evidence(short, recent).signers) <= set(land.others)
        assert not parse_evidence(short).set_changes
        # A new node, from nothing, catches up through every change.
        fresh = await land.run("org-e", [], node="node-2")
        await land.until(lambda: fresh.height >= land.height - 1, "a new node follows eight changes")
    finally:
        if load is not None:
            load.cancel()
        await land.close()


async def enrol_for_ever(land: Land, organisation: str, sealed: list[str]) -> None:
    """Statements without pause; every one of them must be sealed."""
    while True:
        member = f"member/{organisation}/m{len(sealed)}"
        key = SigningKey.from_entropy(entropy(member)).public_key.text
        await land.act("member.enrol", member, organisation, {"key": key, "permissions": ["signer"]})
        sealed.append(member)
