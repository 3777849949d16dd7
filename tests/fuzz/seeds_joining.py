"""Valid answers about snapshots, charges and conflict reports, and what is demanded of them."""

from __future__ import annotations

import asyncio
import functools
import tempfile
from pathlib import Path
from typing import Any, cast

from ledger import canonical
from ledger.accountability import (
    Kind,
    WitnessRecord,
    charge_for,
    check_charge,
    make_report,
    record_line,
)
from ledger.bls import backend
from ledger.evidence import SetChange, SetTimeline
from ledger.genesis import genesis_validators
from ledger.primitives import Height
from ledger.state import Span
from nodes.bft.charges import Charges
from nodes.bft.snapshot import SnapshotChannel
from nodes.bft.timers import Tasks
from nodes.bft.witness import charge_record
from nodes.network.interface import PeerId
from nodes.snapshots import checking
from nodes.snapshots.messages import (
    GetHandovers,
    GetOffers,
    GetPast,
    GetPortion,
    Handovers,
    Offer,
    Offers,
    Past,
    Portion,
    decode,
    encode,
)
from nodes.snapshots.service import LedgerSnapshots
from nodes.snapshots.shelf import Shelf
from nodes.storage import PinnedState
from tests.ledger.accountability.forks import Fork
from tests.ledger.builder import Chain, validator_set
from tests.nodes.bft.engine_rig import MemoryHub, MemoryNetwork
from tests.nodes.network_of_one import Solo
from tests.nodes.snapshots.making import snapshot_of

PEER = PeerId("org-b", "node")
SECOND = validator_set(("beta", "gamma", "delta", "epsilon"))
THIRD = validator_set(("delta", "epsilon", "zeta", "eta", "theta"))
OFFERED = 5
"""A height under the second set."""


# ----- snapshots -------------------------------------------------------------


class _Town:
    """A node with one block and a snapshot of it."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="sealane-fuzz-"))
        solo = Solo(folder)
        made, self.offer = asyncio.run(snapshot_of(solo, folder / "made"))
        first, past = made.portion(b""), made.past(Height(1))
        assert first is not None
        assert past is not None
        pinned = PinnedState(solo.store.database)
        everything = Portion(records=tuple(pinned.records()), right=())
        pinned.close()
        self.portions = (first, encode(everything))
        self.pasts = (past,)
        self.block_id = solo.application.info().block_id.hex()
        shelf = Shelf(folder / "shelf")
        shelf.folder(self.offer).put_portion(b"", first)
        shelf.folder(self.offer).finish(self.offer)
        self.channel = SnapshotChannel(
            LedgerSnapshots(
                store=solo.store,
                application=solo.application,
                genesis=solo.genesis,
                shelf=shelf,
                threshold=1,
                joins=True,
                adopted=lambda: None,
            )
        )


town = functools.cache(_Town)


@functools.cache
def handed_over() -> Chain:
    """Founders seal 1 to 3, the second set 4 to 6, the third 7 and on."""
    made = Chain()
    for appoint in (None, SECOND, None, None, THIRD, None, None):
        made.add(()) if appoint is None else made.add((), appoint=appoint)
    return made


def _change(height: int) -> SetChange:
    made = handed_over()
    seal = made.seals[height]
    assert seal is not None
    return SetChange(
        header=made.blocks[height].header, seal=seal, validators=SECOND if height == 3 else THIRD
    )


def requests() -> tuple[bytes, ...]:
    height = Height(1)
    asked = (GetOffers(), GetHandovers(after=Height(0)), GetPortion(height=height, after=b""))
    return tuple(encode(one) for one in (*asked, GetPast(height=height)))


def handovers() -> tuple[bytes, ...]:
    return (encode(Handovers(changes=(_change(3),))), encode(Handovers(changes=(_change(3), _change(6)))))


@functools.cache
def offers() -> tuple[bytes, ...]:
    made = handed_over()
    offered = tuple(
        Offer(header=made.blocks[height].header, seal=seal)
        for height in (OFFERED, 4)
        if (seal := made.seals[height]) is not None
    )
    return (encode(Offers(offers=offered)), encode(Offers(offers=())))


def portions() -> tuple[bytes, ...]:
    return town().portions


def pasts() -> tuple[bytes, ...]:
    return town().pasts


def take_handovers(data: bytes) -> SetTimeline:
    made = handed_over()
    start = SetTimeline(starts=((1, genesis_validators(made.genesis)),))
    header, answer = made.blocks[OFFERED].header, decode(data, Handovers)
    return checking.check_handovers(made.network, backend(), header, start, answer)[0]


@functools.cache
def _timeline() -> SetTimeline:
    return take_handovers(handovers()[0])


def take_offers(data: bytes) -> None:
    for offer in decode(data, Offers).offers:
        checking.check_offer(_timeline(), offer, handed_over().network, backend())


def take_portion(data: bytes) -> None:
    checking.check_portion(town().offer.header.state_root, Span(), decode(data, Portion))


def take_past(data: bytes) -> None:
    checking.check_past(town().block_id, 1, decode(data, Past))


# ----- accountability --------------------------------------------------------


@functools.cache
def fork() -> Fork:
    return Fork()


@functools.cache
def reports() -> tuple[bytes, ...]:
    """One that names the guilty, one that lacks votes."""
    made = fork()
    one, other = made.proof(0, "V", [0, 2, 3]), made.proof(1, "W", [1, 2, 3])
    polkas = made.polka(0, "V", [0, 2, 3]), made.polka(1, "W", [1, 2, 3])
    whole = make_report(one, other, [made.record(*polkas)], made.anchor)
    return (canonical.encode(whole), canonical.encode(make_report(one, other, [], made.anchor)))


@functools.cache
def _records() -> tuple[WitnessRecord, ...]:
    """Of votes, and of a charge by them."""
    made = fork()
    votes = made.polka(0, "V", [0, 2, 3]), made.polka(0, "W", [1, 2, 3])
    amnesia = made.precommits(0, "V", [2]), made.polka(1, "W", [1, 2, 3])
    charges = [charge_for(*pair, made.place) for pair in (votes, amnesia)]
    return tuple(charge_record(made.place, charge) for charge in charges if charge is not None)


def charges() -> tuple[bytes, ...]:
    return tuple(b"\x01" + canonical.encode(record) for record in _records())


def witness_files() -> tuple[bytes, ...]:
    made = fork()
    _, polkas = made.record(made.said(Kind.PREVOTE, 0, "V", [0, 2, 3]))
    return (b"".join(record_line(record) for record in (polkas, *_records())),)


def witness_records() -> tuple[bytes, ...]:
    return tuple(canonical.encode(record) for record in _records())


def take_charge(data: bytes) -> None:
    """What the channel does with a charge of a peer, and whoever verifies what it let through."""
    made = fork()
    handler = Charges(
        network=MemoryNetwork(MemoryHub(), PeerId("org-a", "node")),
        tip=lambda: made.chain.tip,
        witness=None,
        signers=(),
        bls=backend(),
        tasks=Tasks(lambda error: None),
        runner=cast(Any, None),  # Nothing is verified in the background here.
    )
    handler._remember_sets()
    handler.on_message(PEER, data)
    for _, place, record in handler._waiting:
        for charge in record.charges:
            check_charge(charge, place, backend())
        assert handler._docket.add(record)
