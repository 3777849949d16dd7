"""A network in one process whose set changes: real contracts, databases, engines, keys and journals.

Only the wires are of memory. Organisations `org-a` and so on; the first few have
the founding seats, and each has a node and a member `chief`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.execution import decode_record, make_body
from contracts.membership.model import NetworkValidators
from contracts.model import VALIDATORS_KEY
from ledger.bls import backend
from ledger.canonical import encode
from ledger.genesis import (
    Genesis,
    GenesisKey,
    GenesisOrganisation,
    GenesisValidator,
    Parameters,
    network_id,
    parse_genesis,
)
from ledger.keys import SigningKey
from ledger.primitives import Height, encode_base64url
from ledger.statement import make_payload, sign_statement
from ledger.validators import ValidatorSet
from nodes.application import LedgerApplication
from nodes.bft.engine import BftEngine
from nodes.bft.journal import FileJournal
from nodes.bft.signer import JournalSigner
from nodes.clock import SystemClock
from nodes.founding import open_ledger
from nodes.network.interface import PeerId
from nodes.storage import Store
from tests.nodes.bft.engine_rig import QUICK, MemoryHub, MemoryNetwork

PATIENCE_S = 40.0
VALIDATORS = VALIDATORS_KEY


def entropy(label: str) -> bytes:
    return hashlib.sha512(label.encode()).digest()


def bls_secret(label: str) -> bytes:
    return backend().derive_secret(entropy(label))


def proven(label: str) -> dict[str, str]:
    """A BLS key and the proof of possession, as changes give them."""
    secret = bls_secret(label)
    return {
        "bls_key": encode_base64url(backend().public_key(secret)),
        "possession": encode_base64url(backend().prove_possession(secret)),
    }


def make_genesis(organisations: tuple[str, ...], validators: tuple[str, ...]) -> Genesis:
    genesis = Genesis(
        version=1,
        name="A set that changes",
        time_ms=int(time.time() * 1000) - 1_000,
        rules_version=1,
        parameters=Parameters(heartbeat_ms=150),
        validators=tuple(GenesisValidator(organisation=name, **proven(name)) for name in validators),
        organisations=tuple(
            GenesisOrganisation(
                id=name,
                name=name.title(),
                roles=("trader",),
                members=(
                    GenesisKey(
                        name="chief", key=SigningKey.from_entropy(entropy(f"{name}/chief")).public_key.text
                    ),
                ),
                nodes=(
                    GenesisKey(
                        name="node-1", key=SigningKey.from_entropy(entropy(f"{name} node")).public_key.text
                    ),
                ),
            )
            for name in organisations
        ),
    )
    return parse_genesis(encode(genesis))


@dataclass
class Machine:
    """One node."""

    peer: PeerId
    keys: list[str]
    """Labels of the validator keys that it holds."""
    store: Store
    application: LedgerApplication
    network: MemoryNetwork
    engine: BftEngine
    failures: list[BaseException] = field(default_factory=list)

    @property
    def height(self) -> int:
        return int(self.application.info().height)

    def seats(self) -> list[str]:
        """Who seals the next block, as this node knows it."""
        return [seat.organisation for seat in self.application.info().validators.validators]

    def signers_of(self, height: int) -> set[str]:
        """Who signed the seal that this node has of a height."""
        from ledger.seal import seal_signers

        seal = self.store.seal(Height(height))
        assert seal is not None
        validators = self.store.validators_at(Height(height))
        return {validators.validators[seat].organisation for seat in seal_signers(seal, validators)}


class Land:
    """Several machines and their members' keys."""

    def __init__(self, folder: Path, count: int = 4, others: int = 1) -> None:
        self.folder = folder
        self.hub = MemoryHub()
        names = tuple(f"org-{chr(97 + place)}" for place in range(count + others))
        self.founders, self.others = names[:count], names[count:]
        self.genesis = make_genesis(names, self.founders)
        self.machines: dict[str, Machine] = {}
        self.nonce = 0

    async def open(self) -> None:
        """Make and start a node for each organisation; the founders hold their keys."""
        for name in (*self.founders, *self.others):
            await self.run(name, [name] if name in self.founders else [])
        await self.until(
            lambda: all(m.engine.status().ready for m in self.machines.values()), "all are ready"
        )

    async def close(self) -> None:
        for name in list(self.machines):
            await self.halt(name)

    async def run(self, name: str, keys: list[str], *, node: str = "node-1") -> Machine:
        """Start a node with validator keys of these labels, on the disk that it had before, if any."""
        place = name if node == "node-1" else f"{name}.{node}"
        store = open_ledger(f"sqlite:///{self.folder / f'{place}.db'}", self.genesis)
        application = LedgerApplication(store, self.genesis, SystemClock(), lambda block: None)
        peer, failures = PeerId(name, node), []
        network = MemoryNetwork(self.hub, peer)
        signers = [
            JournalSigner(
                secret=bls_secret(label),
                network=network_id(self.genesis),
                journal=FileJournal(self.folder / f"{place}.{label}.journal".replace(" ", "-")),
                bls=backend(),
                max_message_bytes=4_000_000,
            )
            for label in keys
        ]
        engine = BftEngine(
            application=application,
            network=network,
            organisation=name,
            signers=signers,
            clock=SystemClock(),
            on_refused=lambda statement, refusal: None,
            timeouts=QUICK,
            witness=self.folder / f"{place}.witness",
            on_failure=failures.append,
        )
        machine = Machine(peer, keys, store, application, network, engine, failures)
        self.machines[place] = machine
        await network.start()
        await engine.start()
        return machine

    async def halt(self, name: str) -> None:
        machine = self.machines.pop(name)
        with contextlib.suppress(KeyError):
            await machine.engine.stop()
            await machine.network.stop()
        await asyncio.to_thread(machine.application.close)
        machine.store.close()

    async def restart(self, name: str, *keys: str) -> Machine:
        await self.halt(name)
        return await self.run(name, list(keys))

    # ----- waiting ----------------------------------------------------------

    async def until(self, holds: Any, what: str, *, limit_s: float = PATIENCE_S) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not holds():
                    for machine in self.machines.values():
                        assert not machine.failures, machine.failures
                    await asyncio.sleep(0.005)
        except TimeoutError:
            states = {n: (m.height, m.engine.status().reasons) for n, m in self.machines.items()}
            raise AssertionError(f"did not happen: {what}; {states}") from None

    async def until_height(self, height: int, *only: str) -> None:
        names = only or tuple(self.machines)
        await self.until(lambda: all(self.machines[n].height >= height for n in names), f"height {height}")

    @property
    def height(self) -> int:
        return max(machine.height for machine in self.machines.values())

    # ----- acting -----------------------------------------------------------

    def record(self, key: str) -> Any:
        best = max(self.machines.values(), key=lambda machine: machine.height)
        value = best.application.state().get(key)
        return None if value is None else decode_record(key, value)

    def appointed(self) -> list[str]:
        """The seats that were appointed last."""
        found: NetworkValidators = self.record(VALIDATORS)
        return [seat.organisation for seat in found.validators]

    async def act(self, act: str, subject: str, who: str, body: dict[str, Any]) -> int:
        """Submit an act at any node and wait until every node has it; the height of its block."""
        before = self.record(subject)
        self.nonce += 1
        payload = make_payload(
            network=network_id(self.genesis),
            act=act,
            body=make_body(act, body),
            expected_version=0 if before is None else before.version,
            last_valid_ms=int(time.time() * 1000) + 120_000,
            nonce=self.nonce.to_bytes(16, "big"),
        )
        key = SigningKey.from_entropy(entropy(f"{who}/chief"))
        leaf = sign_statement(key, issuer=f"{who}/chief", subject=subject, payload=payload)
        machine = self.machines[who] if who in self.machines else next(iter(self.machines.values()))
        statement = await machine.application.check(leaf)
        await machine.engine.submit(statement)

        def has(one: Machine) -> bool:
            return one.store.entry_by_statement(statement.id) is not None

        await self.until(lambda: all(map(has, self.machines.values())), f"{act} by {who} is sealed")
        stored = machine.store.entry_by_statement(statement.id)
        assert stored is not None
        return stored.height

    async def change(self, change: dict[str, Any]) -> int:
        """Pass a change by ballot; the height of the block that made it."""
        self.nonce += 1
        proposal = f"proposal/{self.nonce:032x}"
        seats = self.appointed()
        voters = [name for name in seats if name in self.machines]
        body = {"title": "t", "expires_ms": int(time.time() * 1000) + 600_000, "change": change}
        height = await self.act("proposal.open", proposal, voters[0], body)
        for name in voters[: 2 * len(seats) // 3 + 1]:
            height = await self.act("proposal.vote", proposal, name, {"choice": "yes"})
        assert self.record(proposal).state == "passed"
        assert self.record(proposal).effective_height == height + 2
        return height

    def set_at(self, height: int) -> ValidatorSet:
        return next(iter(self.machines.values())).store.validators_at(Height(height))
