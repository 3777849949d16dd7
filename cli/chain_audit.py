"""The re-verification of a chain from its genesis, block by block.

Entries are executed again by the contracts (`cli.replay`), so the state and with
it the validator sets are computed and never asked for. Blocks are compared by
`ledger.chain.check_block`, the same door through which they once entered, and
every seal must be of a quorum of the set so computed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Protocol, TypeVar

import msgspec

from cli.client import Client
from cli.errors import CliError, ExitCode
from cli.output import Output, duration, fields, moment
from cli.replay import Replay
from cli.verifiers import FaultAt, Verifiers, check_signature
from contracts.versions import RulesUnknown
from ledger.block import Block, Header, header_id
from ledger.canonical import encode
from ledger.chain import Tip, advance, check_block, genesis_tip
from ledger.errors import ChainError, LedgerError, SealError
from ledger.evidence.anchor import GenesisAnchor
from ledger.genesis import Genesis, genesis_header, genesis_validators, network_id, parse_genesis
from ledger.keys import PublicKey
from ledger.primitives import decode_base64url
from ledger.seal import Seal, verify_seal
from ledger.statement import Statement

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


class Source(Protocol):
    """Who has the chain."""

    def genesis(self) -> bytes:
        """The genesis document."""
        ...

    def height(self) -> int:
        """The newest block."""
        ...

    def block(self, height: int) -> tuple[Block, Seal]:
        """A block with its seal, asked for in order from 1; raises `LedgerError` for what is no block."""
        ...


@dataclass(slots=True)
class ChainAudit:
    """One audit of one source, which verifies signatures and seals in `processes`."""

    source: Source
    anchor: GenesisAnchor
    progress: Callable[[str], None]
    processes: int = 1
    place: str = "the genesis"
    """What is being checked, for a message when it is wrong."""
    _parent: tuple[Seal, Tip] | None = field(default=None)
    """The previous block's seal, and the tip that it was checked against."""

    def run(self, until: int | None) -> Figures:
        """Check blocks 1 to `until`, or to the newest; raises the `LedgerError` of the first fault."""
        genesis = self._genesis()
        with Verifiers(self.processes) as verifiers:
            try:
                figures = self._first_fault(genesis, until, verifiers)
            except FaultAt as fault:
                self.place = fault.place
                raise fault.error from None
            except RulesUnknown as error:
                raise CliError(
                    f"{self.place} cannot be executed by this software", why=f"{error}.", code="audit.rules"
                ) from None
        return figures

    def _first_fault(self, genesis: Genesis, until: int | None, verifiers: Verifiers) -> Figures:
        """`_run`, unless a signature or seal before what it stumbles over is the first fault."""
        try:
            figures = self._run(genesis, until, verifiers)
        except LedgerError:
            verifiers.drain()
            raise
        verifiers.drain()
        return figures

    def _run(self, genesis: Genesis, until: int | None, verifiers: Verifiers) -> Figures:
        def verify(index: int, key: PublicKey, statement: Statement) -> None:
            place = f"{self.place}, entry {index}"
            verifiers.add(place, check_signature, key.data, statement.signature, statement.signed_bytes)

        replay = Replay(genesis, verify)
        header, frontier = genesis_header(genesis, replay.root)
        tip = genesis_tip(header, frontier, genesis_validators(genesis))
        figures = Figures(network=tip.header.network)
        newest = self.source.height()
        last = newest if until is None else until
        if last > newest:
            raise CliError(
                f"block {last} does not exist yet",
                why=f"The newest block there is {newest}.",
                exit_code=ExitCode.REFUSED,
                code="audit.until",
            )
        for height in range(1, last + 1):
            self.place = f"block {height}"
            tip = self._check(tip, *self.source.block(height), replay, figures, verifiers)
            if height % PROGRESS_EVERY == 0:
                self.progress(f"{height} of {last} blocks checked")
        figures.height, figures.block_id = tip.height, tip.block_id.hex()
        figures.time_ms, figures.log_root = tip.header.time_ms, tip.header.log_root
        figures.state_root = tip.header.state_root
        return figures

    def _genesis(self) -> Genesis:
        trusted = self.anchor.genesis
        genesis = parse_genesis(encode(trusted) if trusted else self.source.genesis())
        if network_id(genesis) != self.anchor.network:
            raise CliError(
                "this is another network than the one you trust",
                why=f"It is {network_id(genesis).hex()}, you trust {self.anchor.network.hex()}.",
                exit_code=ExitCode.REFUSED,
                code="audit.network",
            )
        return genesis

    def _check(
        self, tip: Tip, block: Block, seal: Seal, replay: Replay, figures: Figures, verifiers: Verifiers
    ) -> Tip:
        """The tip after one more block; `figures` grows by what was checked."""
        appointed = replay.execute(block.header, block.entries)
        frontier = check_block(tip, block, state_root=replay.root, rules_version=replay.rules_version)
        self._check_seals(tip, block, seal, verifiers)
        figures.blocks += 1
        figures.seals += 1
        figures.entries += len(block.entries)
        figures.set_changes += appointed != tip.next_validators
        return advance(tip, block, frontier, appointed)

    def _check_seals(self, tip: Tip, block: Block, seal: Seal, verifiers: Verifiers) -> None:
        """The block's own seal, and its parent's where that is not the one seen with the parent."""
        if seal.block_id != header_id(block.header).hex() or seal.height != block.header.height:
            raise SealError("the seal is on another block", field="seal")
        verifiers.add(self.place, verify_seal, seal, tip.network, tip.validators)
        if (
            block.parent_seal is not None
            and self._parent is not None
            and block.parent_seal != self._parent[0]
        ):
            known = self._parent[1]
            verifiers.add(self.place, verify_seal, block.parent_seal, known.network, known.validators)
        self._parent = (seal, tip)


@dataclass(slots=True)
class NodeSource:
    """The chain that a node serves over HTTP."""

    client: Client
    _entries: Iterator[bytes] | None = None

    def genesis(self) -> bytes:
        return self.client.get_bytes("/v1/genesis")

    def height(self) -> int:
        return int(self.client.status()["height"])

    def block(self, height: int) -> tuple[Block, Seal]:
        if self._entries is None:
            self._entries = self._fetch()
        served = self.client.get(f"/v1/blocks/{height}")
        header = _convert(served, "header", Header)
        seal = self._seal(served, height)
        count = max(0, header.log_size - header.log_size_before)
        block = Block(
            header=header,
            entries=tuple(islice(self._entries, count)),
            parent_seal=_convert(served, "parent_seal", Seal) if served.get("parent_seal") else None,
        )
        return block, seal

    def _seal(self, served: dict[str, Any], height: int) -> Seal:
        """The block's seal; with an engine that seals later, it is the one its child carries."""
        if served.get("seal") is not None:
            return _convert(served, "seal", Seal)
        return _convert(self.client.get(f"/v1/blocks/{height + 1}"), "parent_seal", Seal)

    def _fetch(self) -> Iterator[bytes]:
        """The leaves of the log in order, after the genesis document."""
        after: int | None = 0
        while after is not None:
            page = self.client.get("/v1/entries", after=after, limit=PAGE)
            for item in page["items"]:
                yield decode_base64url(item["leaf"], field="leaf")
            after = page.get("next_after") if page["items"] else None


def run_audit(
    output: Output,
    source: Source,
    anchor: GenesisAnchor,
    origin: str,
    *,
    where: str,
    until: str | None,
    processes: int | None,
) -> None:
    """Audit a source, tell what was checked; `CliError` naming the first block that is wrong."""
    began = time.monotonic()
    check = ChainAudit(source, anchor, output.note, os.cpu_count() or 1 if processes is None else processes)
    try:
        figures = check.run(None if until is None else _height(until))
    except LedgerError as error:
        raise CliError(
            f"the chain is wrong at {check.place}",
            why=error.message,
            do="Keep what you have, and ask another node: a sealed block cannot change.",
            exit_code=ExitCode.REFUSED,
            code=f"audit.{error.code}",
            field=error.field,
        ) from None
    took_ms = int((time.monotonic() - began) * 1000)
    value = {"node": where, "anchor": origin, **figures.as_json(), "duration_ms": took_ms}
    shown = {
        "trusting": origin,
        "blocks": f"{figures.blocks}, linked, up to {figures.height} of {moment(figures.time_ms)}",
        "entries": f"{figures.entries}, each signed by its member and accepted by the contracts",
        "log root": figures.log_root,
        "state root": figures.state_root,
        "seals": f"{figures.seals}, each by a quorum",
        "set changes": figures.set_changes,
        "took": duration(took_ms),
    }
    output.result(value, [fields(shown), output.paint("Nothing wrong found.", "green")])


def _height(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise CliError(f"--until {text} is no height", do="Give the number of a block.")
    return int(text)


def _convert(served: dict[str, Any], name: str, kind: type[T]) -> T:
    """A served value as one of the ledger's types; `ChainError` when it is absent or has another shape."""
    try:
        return msgspec.convert(served.get(name), kind)
    except msgspec.ValidationError as error:
        raise ChainError(str(error), field=name) from None
