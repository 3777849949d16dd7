"""Four and seven cores on a seeded network: agreement always, progress when messages flow."""

from __future__ import annotations

import pytest

from ledger.accountability import check_charge
from ledger.bls import BlsBackend
from ledger.primitives import Hash
from ledger.seal import VoteType, precommit_bytes, prevote_bytes
from nodes.bft.messages import Proposal, Vote, decode_message, encode_message
from tests.nodes.bft.cluster import MAX_BYTES, Cluster, Faults
from tests.nodes.bft.fakes import fake_bls, real_bls, secret_of


def _check_signatures_never_contradict(cluster: Cluster, honest: list[str]) -> None:
    """No honest validator sent two votes, or two proposals, for one place."""
    for name in honest:
        seat = cluster.names.index(name)
        said: dict[tuple[object, ...], tuple[object, ...]] = {}
        for _, payload in cluster.nodes[name].sent:
            message = decode_message(payload, max_bytes=MAX_BYTES)
            if isinstance(message, Vote) and message.seat == seat:
                place = (message.height, message.round, message.type)
                assert said.setdefault(place, (message.block_id, message.valid_round)) == (
                    message.block_id,
                    message.valid_round,
                )
            if isinstance(message, Proposal) and message.seat == seat:
                assert said.setdefault((message.height, message.round, 0), (payload,)) == (payload,)


@pytest.mark.parametrize("bls", [fake_bls(), real_bls()], ids=["fake", "real"])
def test_four_honest_validators_seal_blocks_with_one_check_of_each_kind_of_vote(bls: BlsBackend) -> None:
    cluster = Cluster(4, bls=bls)
    cluster.start()
    cluster.run_to_height(5, limit_ms=5_000)
    assert cluster.now < 400
    for node in cluster.nodes.values():
        assert node.vote_jobs <= 2 * (node.ledger.height() + 1)
        assert not node.blamed
        assert all(d.round == 0 for d in node.decided)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [4, 7])
def test_agreement_and_progress_with_loss_delay_and_duplicates(count: int, seed: int) -> None:
    cluster = Cluster(
        count, bls=fake_bls(), seed=seed, faults=Faults(delay_ms=(1, 400), loss=0.2, duplicate=0.1)
    )
    cluster.start()
    cluster.run_to_height(6, limit_ms=300_000)
    _check_signatures_never_contradict(cluster, list(cluster.names))
    assert not any(node.blamed or node.caught for node in cluster.nodes.values())


@pytest.mark.parametrize("seed", range(4))
def test_crashes_and_restarts_never_lead_to_a_second_signature(seed: int) -> None:
    cluster = Cluster(4, bls=fake_bls(), seed=seed, faults=Faults(delay_ms=(1, 80), loss=0.05))
    cluster.start()
    for turn in range(12):
        name = cluster.random.choice(cluster.names)
        cluster.run(cluster.now + cluster.random.randint(5, 700))
        cluster.crash(name)
        cluster.run(cluster.now + cluster.random.randint(1, 900))
        cluster.restart(name)
        assert turn >= 0
    height = max(cluster.heights().values())
    cluster.run_to_height(height + 3, limit_ms=cluster.now + 120_000)
    _check_signatures_never_contradict(cluster, list(cluster.names))


def test_all_validators_crash_at_once_and_go_on() -> None:
    cluster = Cluster(4, bls=fake_bls(), seed=3)
    cluster.start()
    for moment in (4, 9, 13, 17, 23):
        cluster.run(cluster.now + moment)
        for name in cluster.names:
            cluster.crash(name)
        for name in cluster.names:
            cluster.restart(name)
    height = max(cluster.heights().values())
    cluster.run_to_height(height + 2, limit_ms=60_000)
    _check_signatures_never_contradict(cluster, list(cluster.names))


def test_a_silent_validator_costs_one_short_round() -> None:
    cluster = Cluster(4, bls=fake_bls())
    cluster.crash("org-b")
    cluster.start()
    cluster.run_to_height(16, limit_ms=60_000)
    late = [d for d in cluster.nodes["org-a"].decided if d.round > 0]
    assert len(late) == 4
    started = cluster.now
    cluster.run_to_height(20, limit_ms=60_000)
    assert cluster.now - started < 1_000


def test_partition_heals() -> None:
    cluster = Cluster(4, bls=fake_bls(), seed=1)
    cluster.start()
    cluster.run_to_height(2, limit_ms=10_000)
    halves = ({"org-a", "org-b"}, {"org-c", "org-d"})
    cluster.filters.append(lambda s, t, _p: any(s in half and t in half for half in halves))
    cluster.run(cluster.now + 20_000)
    stuck = max(cluster.heights().values())
    cluster.filters.clear()
    cluster.run_to_height(stuck + 3, limit_ms=cluster.now + 60_000)


@pytest.mark.parametrize("count", [4, 7])
@pytest.mark.parametrize("bls", [fake_bls(), real_bls()], ids=["fake", "real"])
def test_an_equivocator_is_caught_and_changes_nothing(count: int, bls: BlsBackend) -> None:
    """It sends the opposite of every vote it casts to half of the others."""
    cluster = Cluster(count, bls=bls, seed=5)
    bad = "org-d"
    secret = secret_of(bad, bls)
    victims = set(cluster.names[: count // 2])

    def lie(source: str, target: str, payload: bytes) -> bool:
        message = decode_message(payload, max_bytes=MAX_BYTES)
        if source != bad or not isinstance(message, Vote) or target not in victims:
            return True
        other = Hash(b"\x55" * 32)
        place = (cluster.network, cluster.validators.hash, message.height, message.round, other)
        data = (
            prevote_bytes(*place, message.valid_round)
            if message.type is VoteType.PREVOTE
            else precommit_bytes(*place)
        )
        lying = Vote(
            type=message.type,
            height=message.height,
            round=message.round,
            block_id=other,
            valid_round=message.valid_round,
            seat=message.seat,
            signature=bls.sign(secret, data),
        )
        forged = encode_message(lying)
        cluster.at(2, lambda: cluster._deliver(source, target, forged))
        return cluster.random.random() < 0.7

    cluster.filters.append(lie)
    cluster.start()
    cluster.run_to_height(4, limit_ms=120_000)
    assert {c.charge.guilty for node in cluster.nodes.values() for c in node.caught} == {(bad,)}
    for node in cluster.nodes.values():
        for caught in node.caught:
            check_charge(caught.charge, caught.place, bls)


def test_the_same_seed_gives_the_same_messages() -> None:
    def history(seed: int) -> list[tuple[int, bytes]]:
        cluster = Cluster(4, bls=fake_bls(), seed=seed, faults=Faults(delay_ms=(1, 300), loss=0.2))
        cluster.start()
        cluster.run(5_000)
        return [sent for name in cluster.names for sent in cluster.nodes[name].sent]

    assert history(11) == history(11)
    assert history(11) != history(12)


def test_an_idle_network_says_nothing_and_wakes_for_one_statement() -> None:
    cluster = Cluster(4, bls=fake_bls(), busy=False)
    cluster.start()
    cluster.run(20_000)
    assert all(not node.sent for node in cluster.nodes.values())
    from nodes.bft.effects import Wake

    for node in cluster.nodes.values():
        cluster.feed(node, Wake())
    cluster.run(20_100)
    assert set(cluster.heights().values()) == {1}
    sent = sum(len(node.sent) for node in cluster.nodes.values())
    cluster.run(40_000)
    assert sum(len(node.sent) for node in cluster.nodes.values()) == sent


def test_one_woken_validator_does_not_make_the_others_work() -> None:
    """W2: a single validator's nil votes wake nobody; f + 1 of them do."""
    from nodes.bft.effects import Wake

    cluster = Cluster(4, bls=fake_bls(), busy=False)
    cluster.start()
    cluster.feed(cluster.nodes["org-a"], Wake())
    cluster.run(5_000)
    assert all(cluster.nodes[n].core.work.awake is False for n in ("org-b", "org-c", "org-d"))
    cluster.feed(cluster.nodes["org-c"], Wake())
    cluster.run_to_height(1, limit_ms=60_000)
