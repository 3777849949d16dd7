"""The re-verification of a chain from its genesis, block by block.

Entries are executed again by the contracts (`cli.replay`), so the state and with
it the validator sets are computed and never asked for. Blocks are compared by
`ledger.chain.check_block`, the same door through which they once entered, and
every seal must be of a quorum of the set so computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, TypeVar

import msgspec

from cli.client import Client
from cli.errors import CliError, ExitCode
from cli.replay import Replay
from ledger.block import Block, Header, header_id
from ledger.canonical import encode
from ledger.chain import Tip, advance, check_block, genesis_tip
from ledger.errors import ChainError, SealError
from ledger.evidence.anchor import GenesisAnchor
from ledger.genesis import Genesis, genesis_header, genesis_validators, network_id, parse_genesis
from ledger.primitives import decode_base64url
from ledger.seal import Seal, verify_seal

PAGE = 500
"""Entries fetched at once."""

PROGRESS_EVERY = 500
"""Blocks between two lines of progress."""

T = TypeVar("T")


@dataclass(slots=True)
class Figures:
    """What an audit counted."""

    network: str
    height: int = 0
    block_id: str = ""
    time_ms: int = 0
    log_root: str = ""
    state_root: str = ""
    blocks: int = 0
    entries: int = 0
    seals: int = 0
    set_changes: int = 0

    def as_json(self) -> dict[str, Any]:
        """The stable JSON shape."""
        return asdict(self)


@dataclass(slots=True)
class ChainAudit:
    """One audit of what one node serves."""

    client: Client
    anchor: GenesisAnchor
    progress: Callable[[str], None]
    place: str = "the genesis"
    """What is being checked, for a message when it is wrong."""
    _parent: tuple[Seal, Tip] | None = field(default=None)
    """The previous block's seal, and the tip that it was checked against."""

    def run(self, until: int | None) -> Figures:
        """Check blocks 1 to `until`, or to the node's newest; raises the `LedgerError` of the first fault."""
        genesis = self._genesis()
        replay = Replay(genesis)
        header, frontier = genesis_header(genesis, replay.root)
        tip = genesis_tip(header, frontier, genesis_validators(genesis))
        figures = Figures(network=tip.header.network)
        newest = int(self.client.status()["height"])
        last = newest if until is None else min(until, newest)
        entries = self._entries()
        for height in range(1, last + 1):
            self.place = f"block {height}"
            tip = self._check(tip, height, entries, replay, figures)
            if height % PROGRESS_EVERY == 0:
                self.progress(f"{height} of {last} blocks checked")
        figures.height, figures.block_id = tip.height, tip.block_id.hex()
        figures.time_ms, figures.log_root = tip.header.time_ms, tip.header.log_root
        figures.state_root = tip.header.state_root
        return figures

    def _genesis(self) -> Genesis:
        trusted = self.anchor.genesis
        genesis = parse_genesis(encode(trusted) if trusted else self.client.get_bytes("/v1/genesis"))
        if network_id(genesis) != self.anchor.network:
            raise CliError(
                "the node serves another network than the one you trust",
                why=f"It has {network_id(genesis).hex()}, you trust {self.anchor.network.hex()}.",
                exit_code=ExitCode.REFUSED,
                code="audit.network",
            )
        return genesis

    def _check(
        self, tip: Tip, height: int, entries: Iterator[bytes], replay: Replay, figures: Figures
    ) -> Tip:
        """The tip after one more block; `figures` grows by what was checked."""
        served = self.client.get(f"/v1/blocks/{height}")
        header, seal = _convert(served, "header", Header), self._seal(served, height)
        leaves = tuple(islice(entries, max(0, header.log_size - header.log_size_before)))
        parent_seal = _convert(served, "parent_seal", Seal) if served.get("parent_seal") else None
        block = Block(header=header, entries=leaves, parent_seal=parent_seal)
        appointed = replay.execute(header, leaves)
        frontier = check_block(tip, block, state_root=replay.root, rules_version=tip.header.rules_version)
        self._check_seals(tip, block, seal)
        figures.blocks += 1
        figures.seals += 1
        figures.entries += len(leaves)
        figures.set_changes += appointed != tip.next_validators
        return advance(tip, block, frontier, appointed)

    def _seal(self, served: dict[str, Any], height: int) -> Seal:
        """The block's seal; with an engine that seals later, it is the one its child carries."""
        if served.get("seal") is not None:
            return _convert(served, "seal", Seal)
        return _convert(self.client.get(f"/v1/blocks/{height + 1}"), "parent_seal", Seal)

    def _check_seals(self, tip: Tip, block: Block, seal: Seal) -> None:
        """The block's own seal, and its parent's where that is not the one seen with the parent."""
        if seal.block_id != header_id(block.header).hex() or seal.height != block.header.height:
            raise SealError("the seal is on another block", field="seal")
        verify_seal(seal, tip.network, tip.validators)
        if (
            block.parent_seal is not None
            and self._parent is not None
            and block.parent_seal != self._parent[0]
        ):
            verify_seal(block.parent_seal, tip.network, self._parent[1].validators)
        self._parent = (seal, tip)

    def _entries(self) -> Iterator[bytes]:
        """The leaves of the log in order, after the genesis document."""
        after: int | None = 0
        while after is not None:
            page = self.client.get("/v1/entries", after=after, limit=PAGE)
            for item in page["items"]:
                yield decode_base64url(item["leaf"], field="leaf")
            after = page.get("next_after") if page["items"] else None


def _convert(served: dict[str, Any], name: str, kind: type[T]) -> T:
    """A served value as one of the ledger's types; `ChainError` when it is absent or has another shape."""
    try:
        return msgspec.convert(served.get(name), kind)
    except msgspec.ValidationError as error:
        raise ChainError(str(error), field=name) from None
