"""F4: charges are verified, kept, and soon with everybody; a false one is its sender's fault."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ledger import canonical
from ledger.accountability import Charge, Kind, Offence, Place, WitnessRecord, charge_for, record_line
from ledger.accountability.attestation import Attestation, signed_bytes
from ledger.primitives import Height, encode_base64url
from ledger.validators import encode_signers
from nodes.bft.charges import WAITING_EACH
from nodes.bft.docket import CHARGES_EACH, Docket
from nodes.bft.effects import Caught
from nodes.bft.messages import Vote
from nodes.bft.witness import CHARGES_FILE, charge_record
from nodes.network.interface import Channel, PeerId
from tests.nodes.bft.engine_rig import Town, make_statement
from tests.nodes.bft.fakes import secret_of
from tests.witnesses import read_witness

BAD, LIAR = "org-d", PeerId("org-c", "node")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path, observers=1)
    yield town
    await town.stop()


def place_of(town: Town, height: int = 1) -> Place:
    return Place(network=town.id, validators=town.set, height=Height(height))


def said(town: Town, place: Place, block: bytes, name: str = BAD) -> Attestation:
    signers = encode_signers((town.validators.index(name),), town.set.size)
    draft = Attestation(
        kind=Kind.PREVOTE,
        round=0,
        block_id=(block * 32).hex(),
        valid_round=-1,
        signers=encode_base64url(signers),
        signature="A" * 128,
    )
    signature = town.bls.sign(secret_of(name, town.bls), signed_bytes(draft, place))
    return msgspec.structs.replace(draft, signature=encode_base64url(signature))


def charge_against(town: Town, place: Place, name: str = BAD) -> Charge:
    charge = charge_for(said(town, place, b"v", name), said(town, place, b"w", name), place)
    assert charge is not None
    return charge


def forged(town: Town, height: int = 1, name: str = "org-a") -> WitnessRecord:
    """A charge against an honest validator, with a signature that is none of its own."""
    place = place_of(town, height)
    charge = charge_against(town, place, name)
    second = msgspec.structs.replace(charge.second, signature=charge.first.signature)
    return charge_record(place, msgspec.structs.replace(charge, second=second))


def send(town: Town, record: WitnessRecord, target: str) -> None:
    """As the liar would."""
    network = town.machines[LIAR.organisation].network
    network.send(town.machines[target].peer, Channel.CHARGES, b"\x01" + canonical.encode(record))


def guilty(town: Town) -> dict[str, tuple[str, ...]]:
    return {name: machine.engine.status().guilty for name, machine in town.machines.items()}


def kept(town: Town, name: str) -> list[WitnessRecord]:
    return [record for record in read_witness(town.folder / f"{name}.witness") if record.charges]


async def test_what_one_node_finds_everybody_has_soon(town: Town) -> None:
    await town.start()
    place = place_of(town)
    charge = charge_against(town, place)
    town.machines["org-a"].engine.caught(Caught(place=place, charge=charge))
    await town.until(lambda: set(guilty(town).values()) == {(BAD,)})
    await town.stop()
    assert len(town.machines) == 5, "the observer too"
    for name in town.machines:
        assert kept(town, name) == [charge_record(place, charge)], name


async def test_a_validator_that_votes_twice_is_known_to_all(town: Town) -> None:
    """Through the whole engine: its second votes reach one node only, which may be done by then."""
    await town.start()
    node, victim = town.machines[BAD].network, town.machines["org-a"].peer
    honest_send = node.send

    def lie(peer: PeerId, channel: Channel, payload: bytes) -> bool:
        message = msgspec.msgpack.decode(payload[1:]) if channel is Channel.CONSENSUS else [0]
        if message[0] == 1 and message[1] == 1 and peer == victim:
            place = place_of(town, message[2])
            other = said(town, place, b"w")
            vote = Vote(
                type=1,  # type: ignore[arg-type]
                height=place.height,
                round=message[3],
                block_id=bytes.fromhex(other.block_id),  # type: ignore[arg-type]
                valid_round=-1,  # type: ignore[arg-type]
                seat=town.validators.index(BAD),
                signature=town.bls.sign(secret_of(BAD, town.bls), signed_bytes(other, place)),
            )
            honest_send(peer, channel, b"\x01" + msgspec.msgpack.encode(vote))
        return honest_send(peer, channel, payload)

    node.send = lie  # type: ignore[method-assign]
    for number in range(30):
        await town.machines["org-b"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
        if guilty(town)["org-a"]:
            break
    await town.until(lambda: set(guilty(town).values()) == {(BAD,)})


async def test_whoever_connects_later_is_told(town: Town) -> None:
    await town.start("org-a", "org-b", "org-c", "org-d")
    place = place_of(town)
    town.machines["org-a"].engine.caught(Caught(place=place, charge=charge_against(town, place)))
    await town.until(lambda: guilty(town)["org-b"] == (BAD,))
    observer = town.machines["watch-0"]
    await observer.engine.start()
    await observer.network.start()
    await town.until(lambda: guilty(town)["watch-0"] == (BAD,))


async def test_a_restart_forgets_nobody(town: Town) -> None:
    await town.start("org-a")
    place = place_of(town)
    town.machines["org-a"].engine.caught(Caught(place=place, charge=charge_against(town, place)))
    await town.until(lambda: guilty(town)["org-a"] == (BAD,))
    await town.stop("org-a")
    await town.restart("org-a")
    assert guilty(town)["org-a"] == (BAD,)
    await town.start("org-b")
    await town.until(lambda: guilty(town)["org-b"] == (BAD,))


async def test_a_stop_does_not_take_back_what_waits_to_be_written(town: Town) -> None:
    """The signing thread is busy, with a sync for instance, while the node is told to stop."""
    await town.start("org-a")
    place, engine, busy = place_of(town), town.machines["org-a"].engine, threading.Event()
    waiting = asyncio.ensure_future(engine._runner.in_signing_thread(busy.wait))
    engine.caught(Caught(place=place, charge=charge_against(town, place)))
    await town.until(lambda: guilty(town)["org-a"] == (BAD,))
    stopping = asyncio.ensure_future(town.stop("org-a"))
    await town.until(lambda: not engine._tasks._running)
    busy.set()
    await asyncio.gather(stopping, waiting)
    assert len(kept(town, "org-a")) == 1


async def test_who_connected_before_the_start_is_told_what_was_known(town: Town) -> None:
    await town.start("org-a")
    place = place_of(town)
    town.machines["org-a"].engine.caught(Caught(place=place, charge=charge_against(town, place)))
    await town.until(lambda: guilty(town)["org-a"] == (BAD,))
    await town.stop("org-a")
    await town.start("org-b")
    await town.restart("org-a")
    await town.until(lambda: guilty(town)["org-b"] == (BAD,))


async def test_a_false_charge_is_not_kept_and_costs_its_sender_the_connection(town: Town) -> None:
    await town.start()
    dropped = town.machines["org-a"].network.dropped
    send(town, forged(town), "org-a")
    place = place_of(town)
    genuine = charge_record(place, charge_against(town, place))

    def again() -> bool:
        send(town, genuine, "org-a")
        return bool(dropped)

    await town.until(again)
    assert dropped[0].peer == LIAR
    assert "a false charge" in str(dropped[0])
    await town.until(lambda: guilty(town)["org-a"] == (BAD,))
    assert not any("org-a" in names for names in guilty(town).values())


async def test_colluders_votes_that_verify_only_together_are_told_to_nobody(town: Town) -> None:
    """What the core found is verified like anything else: honest nodes never send a false charge."""
    await town.start()
    place = place_of(town)
    record = forged(town, name=BAD)
    town.machines["org-a"].engine.caught(Caught(place=place, charge=record.charges[0]))
    good = charge_against(town, place_of(town, 2))
    town.machines["org-a"].engine.caught(Caught(place=place_of(town, 2), charge=good))
    await town.until(lambda: set(guilty(town).values()) == {(BAD,)})
    await town.stop()
    assert all(kept(town, name) == [charge_record(place_of(town, 2), good)] for name in town.machines)
    assert all(machine.network.dropped == [] for machine in town.machines.values())


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "version 1"),
        (b"\x02{}", "version 1"),
        (b"\x01{}", "not a charge"),
        (b"\x01" + b" " * 20_000, "not a charge"),
        (b'\x01{"height":1,"validators":"' + b"0" * 64 + b'"}', "one charge at a time"),
    ],
)
async def test_what_is_no_charge_is_its_senders_fault(town: Town, payload: bytes, said: str) -> None:
    await town.start()
    machine = town.machines["org-a"]
    town.machines[LIAR.organisation].network.send(machine.peer, Channel.CHARGES, payload)
    await town.until(lambda: machine.network.dropped)
    assert said in str(machine.network.dropped[0])


async def test_few_of_one_sender_wait_and_unknown_sets_are_left_aside(town: Town) -> None:
    await town.start()
    handler = town.machines["org-a"].network.handlers[Channel.CHARGES]
    genuine = [charge_against(town, place_of(town, height)) for height in range(1, WAITING_EACH + 4)]
    for height, charge in enumerate(genuine, start=1):
        record = charge_record(place_of(town, height), charge)
        elsewhere = msgspec.structs.replace(record, validators="ab" * 32)
        for each in (elsewhere, record):
            handler.on_message(LIAR, b"\x01" + canonical.encode(each))
    await town.until(lambda: guilty(town)["org-a"] == (BAD,))
    await town.until(lambda: not handler._waiting)  # type: ignore[attr-defined]
    await town.stop()
    assert len(kept(town, "org-a")) <= WAITING_EACH


def test_a_docket_keeps_a_few_against_each_and_everybody_is_on_it(tmp_path: Path) -> None:
    town = Town(tmp_path)
    docket = Docket()
    records = [
        charge_record(place_of(town, height), charge_against(town, place_of(town, height)))
        for height in range(1, CHARGES_EACH + 3)
    ]
    assert [docket.add(record) for record in records] == [True] * CHARGES_EACH + [False] * 2
    assert not docket.add(records[0]), "known"
    other = charge_record(place_of(town), charge_against(town, place_of(town), "org-b"))
    assert docket.add(other), "one's lies leave room for another's"
    assert docket.guilty() == ("org-b", BAD)
    assert len(docket.records()) == CHARGES_EACH + 1


def test_the_charges_file_is_read_at_a_start_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nodes.bft import witness

    town = Town(tmp_path)
    records = [charge_record(place_of(town, h), charge_against(town, place_of(town, h))) for h in (1, 2)]
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / CHARGES_FILE).write_bytes(b"".join(record_line(record) for record in records))
    monkeypatch.setattr(witness, "MAX_READ_BYTES", len(record_line(records[0])) + 40)
    log = witness.WitnessLog(tmp_path / "w")
    assert list(log.charges()) == records[:1]
    monkeypatch.undo()
    data = (tmp_path / "w" / CHARGES_FILE).read_bytes()
    (tmp_path / "w" / CHARGES_FILE).write_bytes(data.replace(b'"height":1', b'"height":7'))
    assert list(log.charges()) == records[1:], "a damaged one does not keep a node from starting"
    assert records[0].charges[0].offence is Offence.TWO_PREVOTES
    log.close()
