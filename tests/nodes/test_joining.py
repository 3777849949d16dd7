"""N1 to N6: a node joins by a snapshot of others while they go on, and believes none of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from contracts.refusals import Refused
from ledger.errors import ProofError
from ledger.evidence import GenesisAnchor, verify_evidence
from ledger.keys import SigningKey
from ledger.primitives import EntryIndex, Height
from ledger.state import Span
from nodes.checking.database import check_database
from nodes.network.interface import PeerId, RequestFailed
from nodes.proofs import EvidenceRequest, Proofs, ProofUnavailable
from nodes.snapshots.checking import check_portion
from nodes.snapshots.messages import (
    GetHandovers,
    GetOffers,
    GetPast,
    GetPortion,
    Offers,
    Past,
    Portion,
    Request,
    decode,
    decode_request,
    encode,
)
from tests.nodes.joining_rig import GENESIS, OBSERVER, VALIDATORS, Member, RealTown

FIRST, SECOND, THIRD, FOURTH = VALIDATORS


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RealTown]:
    monkeypatch.setattr("nodes.snapshots.taking.PORTION_BYTES", 2_000)
    monkeypatch.setattr("nodes.bft.joining.RETRY_S", 0.2)
    town = RealTown(tmp_path)
    await town.start()
    yield town
    await town.stop()


def requests(member: Member, kind: type[Request]) -> list[Request]:
    decoded = [decode_request(payload) for _, payload in member.network.asked]
    return [request for request in decoded if isinstance(request, kind)]


async def joined(town: RealTown, newcomer: Member) -> None:
    """Wait until it has joined by a snapshot and has what the others have."""
    await town.until(lambda: newcomer.adoptions == 1)
    await caught_up(town, newcomer)


async def caught_up(town: RealTown, newcomer: Member) -> None:
    """Wait until it and the first validator have the same blocks, with everything that was submitted."""
    first = town.members[FIRST]

    def level() -> bool:
        sealed = first.application.info().frontier.size - 1
        return newcomer.height == first.height > 0 and sealed == town.boxes

    await town.until(level)


def same_ledger(newcomer: Member, other: Member) -> None:
    """State, read models and what follows from them, compared row by row; and nothing contradicts itself."""
    with newcomer.store.database.snapshot() as one, other.store.database.snapshot() as two:
        for query in (
            "SELECT key, version, value FROM record ORDER BY key",
            "SELECT path, data FROM state_page ORDER BY path",
            "SELECT key, organisation, kind FROM record_party ORDER BY key, organisation",
            "SELECT * FROM milestone ORDER BY kind, time_ms, key, about",
            "SELECT height, hash, data FROM validator_set ORDER BY height",
            "SELECT value FROM meta WHERE key = 'frontier'",
        ):
            assert one.exec_driver_sql(query).all() == two.exec_driver_sql(query).all(), query
    assert check_database(newcomer.store.database, GENESIS, None).findings == []


async def test_n6_a_node_joins_while_blocks_go_on_and_has_what_all_have(town: RealTown) -> None:
    await town.grow(7, entries=3)
    await town.offered()
    newcomer = town.members[OBSERVER] = Member(town, OBSERVER)
    await newcomer.start()
    await town.grow(3, entries=2)
    await joined(town, newcomer)
    assert len(requests(newcomer, GetPortion)) > 5
    same_ledger(newcomer, town.members[FIRST])
    await newcomer.stop()
    await newcomer.start()
    await town.grow(2)
    await caught_up(town, newcomer)
    assert newcomer.adoptions == 0, "it joins once"
    same_ledger(newcomer, town.members[FIRST])
    await town.offered(OBSERVER)


async def test_n4_with_the_last_w_come_its_blocks_and_no_older_ones(
    town: RealTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodes.snapshots.service.MAX_PAST_BLOCKS", 1)
    await town.grow(8)
    await town.offered()
    newcomer = town.members[OBSERVER] = Member(town, OBSERVER, window_ms=0)
    await newcomer.start()
    await joined(town, newcomer)
    start, store = newcomer.store.joined(), newcomer.store
    assert start is not None
    assert start.first == start.height
    kept = Height(start.first)
    assert store.load_block(Height(kept - 1)) is None
    mine, theirs = store.load_block(kept), town.members[FIRST].store.load_block(kept)
    assert mine is not None
    assert theirs is not None
    assert mine[0] == theirs[0], "the block; whoever was asked may have sealed it with other signers"
    await town.grow(4, entries=2)
    await caught_up(town, newcomer)
    same_ledger(newcomer, town.members[FIRST])
    proofs = Proofs(store, GENESIS, newcomer.application, SigningKey.from_entropy(b"n" * 64), "observer")
    for index in range(start.log_size, newcomer.application.info().frontier.size):
        await proofs.receipt(index)
        entry = store.entry(EntryIndex(index))
        assert entry is not None
        file = await proofs.evidence(EvidenceRequest(subject=entry.subject))
        verify_evidence(file, GenesisAnchor.of(GENESIS))
    with pytest.raises(ProofUnavailable):
        await proofs.receipt(1)


async def test_n4_what_was_accepted_before_the_snapshot_is_refused_when_it_comes_again(
    town: RealTown,
) -> None:
    statement = town.statement()
    member = town.members[FIRST]
    await member.engine.submit(await member.application.check(statement))
    await town.grow(7)
    await town.offered()
    newcomer = town.members[OBSERVER] = Member(town, OBSERVER)
    await newcomer.start()
    await joined(town, newcomer)
    with pytest.raises(Refused) as refused:
        await newcomer.application.check(statement)
    assert refused.value.refusal.code == "statement.known"


def altered_portion(
    change: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]],
) -> Callable[..., bytes]:
    def alter(answer: bytes) -> bytes:
        portion = decode(answer, Portion)
        return encode(msgspec.structs.replace(portion, records=tuple(change(list(portion.records)))))

    return alter


def another_time(answer: bytes) -> bytes:
    offers = decode(answer, Offers).offers
    false = [
        msgspec.structs.replace(o, header=msgspec.structs.replace(o.header, time_ms=o.header.time_ms + 1))
        for o in offers
    ]
    return encode(Offers(offers=tuple(false)))


def another_block(answer: bytes) -> bytes:
    past = decode(answer, Past)
    return encode(msgspec.structs.replace(past, blocks=(*past.blocks[:-1], past.blocks[0])))


def another_entry(answer: bytes) -> bytes:
    past = decode(answer, Past)
    last = past.blocks[-1]
    false = msgspec.structs.replace(last, entries=(*last.entries, b"x"))
    return encode(msgspec.structs.replace(past, blocks=(*past.blocks[:-1], false)))


def no_seal(answer: bytes) -> bytes:
    past = decode(answer, Past)
    last = msgspec.structs.replace(past.blocks[-1], parent_seal=None)
    return encode(msgspec.structs.replace(past, blocks=(*past.blocks[:-1], last)))


def another_log(answer: bytes) -> bytes:
    past = decode(answer, Past)
    return encode(msgspec.structs.replace(past, frontier=past.frontier[:-1] + b"\x00"))


LIES: dict[str, tuple[type[Request], Callable[[bytes], bytes]]] = {
    "another value": (GetPortion, altered_portion(lambda r: [(r[0][0], r[0][1] + b" "), *r[1:]])),
    "a missing key": (GetPortion, altered_portion(lambda r: r[1:] or [("member/x/y", b"{}")])),
    "an extra key": (GetPortion, altered_portion(lambda r: [*r, ("bill/none", b"{}")])),
    "cut short": (GetPortion, altered_portion(lambda r: r[:-1] or [("member/x/y", b"{}")])),
    "another order": (GetPortion, altered_portion(lambda r: [*reversed(r), *r])),
    "no message": (GetPortion, lambda answer: answer[:-7]),
    "another version": (GetPortion, lambda answer: b"\x02" + answer[1:]),
    "another block": (GetPast, another_block),
    "another entry": (GetPast, another_entry),
    "no parent seal": (GetPast, no_seal),
    "another log": (GetPast, another_log),
    "an offer that nobody sealed": (GetOffers, another_time),
    "handovers that are none": (GetHandovers, lambda _answer: b"\x01\xc0"),
}


async def test_n3_whoever_lies_is_found_at_once_and_another_goes_on(town: RealTown) -> None:
    await town.grow(6, entries=2)
    await town.offered()
    newcomer = Member(town, OBSERVER)
    for lie, (kind, alter) in LIES.items():
        town.members[OBSERVER] = await newcomer.wiped()
        liars: list[PeerId] = []
        blamed: list[str] = []

        def tamper(peer: PeerId, request: bytes, answer: bytes) -> bytes:
            if isinstance(decode_request(request), kind) and (not liars or peer in liars):  # noqa: B023
                liars[:] = [peer]  # noqa: B023
                return alter(answer)  # noqa: B023
            return answer

        await newcomer.start(tamper)
        newcomer.engine._joiner._blame = lambda organisation, _why: blamed.append(organisation)  # type: ignore[union-attr] # noqa: B023
        await joined(town, newcomer)
        assert blamed == [liars[0].organisation], lie
        after = [peer for peer, _ in newcomer.network.asked]
        assert after[-1] != liars[0], lie
        same_ledger(newcomer, town.members[FIRST])
        await newcomer.stop()


async def test_n3_another_snapshot_in_place_of_the_one_asked_for(town: RealTown) -> None:
    """Each portion is bound to one state root: a portion of another height is a lie like any other."""
    await town.grow(6)
    height = await town.offered()
    first = town.members[FIRST]
    offer = next(o for o in first.snapshots.shelf.offers() if o.header.height == height)
    data = await first.snapshots.portion(Height(height), b"")
    assert data is not None
    check_portion(offer.header.state_root, Span(), decode(data, Portion))
    await town.grow(2)
    other = first.store.header(Height(height + 2))
    assert other is not None
    with pytest.raises(ProofError, match="does not lead to the state root"):
        check_portion(other.state_root, Span(), decode(data, Portion))


async def test_n5_a_crash_at_any_portion_loses_none_of_those_before(town: RealTown) -> None:
    """Interrupted again and again after a few answers, also with a damaged file, it still joins."""
    await town.grow(6, entries=3)
    await town.offered()
    for member in town.members.values():
        member.taker._every_ms = 0  # The snapshot stays the newest.
    newcomer = town.members[OBSERVER] = Member(town, OBSERVER)
    fetched: list[bytes] = []
    for turn in range(40):
        answers: list[bytes] = []

        def stall(_peer: PeerId, request: bytes, answer: bytes, got: list[bytes] = answers) -> bytes:
            if isinstance(decode_request(request), GetPortion | GetPast):
                got.append(request)
                if len(got) > 3:
                    raise RequestFailed("the power is gone")
                fetched.append(request)
            return answer

        await newcomer.start(stall)
        await town.until(lambda got=answers: len(got) > 3 or newcomer.height > 0)  # type: ignore[misc]
        if newcomer.height > 0:
            break
        await newcomer.stop()
        if turn == 1:
            kept = sorted(newcomer.folder.glob("snapshots/*/state-*"))
            kept[0].write_bytes(kept[0].read_bytes()[:-3])
    assert newcomer.adoptions == 1
    assert len(fetched) == len(set(fetched)) + 1, "only the damaged part is fetched again"
    await caught_up(town, newcomer)
    same_ledger(newcomer, town.members[FIRST])


async def test_n5_a_crash_while_it_is_taken_over_leaves_the_genesis(
    town: RealTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.grow(6)
    await town.offered()
    newcomer = Member(town, OBSERVER)
    with monkeypatch.context() as patch:
        patch.setattr("nodes.snapshots.adopting.validators_after", lambda _state: 1 // 0)
        await newcomer.start()
        await town.until(lambda: bool(newcomer.failures))
        assert isinstance(newcomer.failures.pop(), ZeroDivisionError)
        tables = "block seal entry record record_version state_page record_party milestone log_node meta"
        with newcomer.store.database.snapshot() as one, town.notary.store.database.snapshot() as two:
            for table in (*tables.split(), "validator_set"):
                query = f"SELECT * FROM {table} ORDER BY 1, 2"
                assert one.exec_driver_sql(query).all() == two.exec_driver_sql(query).all(), table
        await newcomer.stop()
    town.members[OBSERVER] = newcomer
    await newcomer.start()
    await joined(town, newcomer)
    same_ledger(newcomer, town.members[FIRST])


async def test_n6_a_node_told_never_to_takes_every_block(town: RealTown) -> None:
    await town.grow(7)
    await town.offered()
    archive = town.members[OBSERVER] = Member(town, OBSERVER, joins=False)
    await archive.start()
    await caught_up(town, archive)
    assert archive.adoptions == 0
    assert archive.store.joined() is None
    assert archive.network.asked == []


async def test_n6_where_nobody_offers_any_it_takes_blocks(town: RealTown) -> None:
    for member in town.members.values():
        member.taker._every_ms = 0
        member.snapshots.shelf.tidy = lambda _offers=(): None  # type: ignore[method-assign]
    await asyncio.sleep(0)
    await town.grow(7)
    for member in town.members.values():
        for folder in member.folder.glob("snapshots/*/offer"):
            folder.unlink()
    newcomer = town.members[OBSERVER] = Member(town, OBSERVER)
    await newcomer.start()
    await caught_up(town, newcomer)
    assert newcomer.adoptions == 0
    assert requests(newcomer, GetOffers)


async def test_j6_a_validator_that_lost_its_disk_joins_by_a_snapshot_and_votes_again(town: RealTown) -> None:
    await town.grow(7)
    lost = await town.members[FOURTH].wiped()
    await lost.start()
    await town.grow(5)
    await town.until(lambda: lost.adoptions == 1)
    await town.until(lost.engine._votes)
    await town.members[THIRD].stop()
    before = town.members[FIRST].height
    await town.grow(2)
    assert town.members[FIRST].height > before, "without its vote there is no quorum"
    assert not lost.engine.status().reasons
