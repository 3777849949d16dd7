"""What the chain says of itself: the time between blocks, and whose signatures seals lack.

Who sealed a block is read from the seal that the next block carries, which every node
has alike. A seal needs no more than a quorum: a signature that came after the seal was
made is missing in it although the validator worked: of four, on average a quarter of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from ledger.primitives import Height
from ledger.seal import Seal, seal_signers
from ledger.validators import ValidatorSet
from nodes.indicators.model import Attendance, Blocks, spread
from nodes.storage import BlockTrace, Store

MAX_BLOCKS = 10_000
"""Newest blocks of a window that are looked at: three and a half days of heartbeats."""

_decode = msgspec.json.Decoder(Seal).decode


def blocks(store: Store, from_ms: int, until_ms: int, limit: int = MAX_BLOCKS) -> Blocks:
    """The blocks of a window, the newest `limit` of them at most."""
    traces = store.statistics.blocks(from_ms, until_ms, limit)
    seals = [_decode(trace.parent_seal) for trace in traces if trace.parent_seal is not None]
    return Blocks(
        first=traces[-1].height if traces else 0,
        last=traces[0].height if traces else 0,
        interval=spread(_intervals(traces)),
        seals=len(seals),
        later_rounds=sum(seal.round > 0 for seal in seals),
        attendance=tuple(_attendance(store, seals)),
    )


def _intervals(traces: tuple[BlockTrace, ...]) -> Iterator[int]:
    """The time from one block to the next; after the genesis a network may wait as long as it likes."""
    for later, earlier in pairwise(traces):
        if later.height == earlier.height + 1 and earlier.height > 0:
            yield later.time_ms - earlier.time_ms


def _attendance(store: Store, seals: list[Seal]) -> Iterator[Attendance]:
    """Seals that name the same seats of the same set are read once."""
    due: Counter[str] = Counter()
    signed: Counter[str] = Counter()
    alike: Counter[tuple[int, str]] = Counter()
    sets: dict[int, ValidatorSet] = {}
    examples: dict[tuple[int, str], Seal] = {}
    for seal, validators in _with_sets(store, seals):
        kind = (id(validators), seal.signers)
        alike[kind] += 1
        sets[id(validators)], examples[kind] = validators, seal
    for (identity, signers), count in alike.items():
        names = [validator.organisation for validator in sets[identity].validators]
        due.update(dict.fromkeys(names, count))
        seats = seal_signers(examples[identity, signers], sets[identity])
        signed.update({names[seat]: count for seat in seats})
    for organisation in sorted(due):
        missed = due[organisation] - signed[organisation]
        yield Attendance(organisation=organisation, due=due[organisation], missed=missed)


def _with_sets(store: Store, seals: list[Seal]) -> Iterator[tuple[Seal, ValidatorSet]]:
    """Each seal, oldest first, with the set of its height."""
    ordered = sorted(seals, key=lambda seal: seal.height)
    if not ordered:
        return
    first = Height(ordered[0].height)
    current, changes = store.validators_at(first), list(store.validator_changes(first))
    for seal in ordered:
        while changes and changes[0][0] <= seal.height:
            current = changes.pop(0)[1]
        yield seal, current
