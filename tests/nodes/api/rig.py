"""A node with one validator, real but for its engine and its peers: what the API is tested against."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from fastapi import FastAPI

from ledger.block import Block, header_id
from ledger.bls import backend
from ledger.genesis import Genesis, GenesisKey, GenesisOrganisation, GenesisValidator, Parameters, network_id
from ledger.keys import SigningKey
from ledger.primitives import Hash, Height, Round, TimeMs, encode_base64url
from ledger.requests import Request, sign_request
from ledger.seal import Seal, make_seal, precommit_bytes
from ledger.sealing import ContentsKey, Keyring
from ledger.statement import Statement, make_payload, sign_statement
from nodes.api.app import create_app
from nodes.application import LedgerApplication
from nodes.config import ApiSection, KeySection, NodeConfig, NodeSection, PeerSection
from nodes.contents import Contents
from nodes.engine import EngineStatus, PoolFull, ProposeRequest
from nodes.founding import open_ledger
from nodes.network.interface import Channel, Handler, PeerId, RequestFailed
from nodes.outcomes import Outcomes, SealedBlock
from nodes.proofs import Proofs
from nodes.services import NodeServices
from tests.ledger.builder import bls_secret, entropy

START_MS = 1_790_000_000_000
AUTHORITY = "127.0.0.1:8401"
NODE_KEY = SigningKey.from_entropy(entropy("node harbour/node-1"))
CLERK, TRADER, QUAY, STRANGER = "harbour/clerk", "river/desk", "quay/desk", "harbour/nobody"


def key_of(member: str) -> SigningKey:
    return SigningKey.from_entropy(entropy("member " + member))


def contents_key(organisation: str) -> ContentsKey:
    return ContentsKey.from_bytes(entropy("contents " + organisation)[:32])


KEYRING = Keyring(contents_key(organisation) for organisation in ("harbour", "river", "quay"))
"""The one node there is serves all three, and was given the contents keys of all."""


class TurnedClock:
    """A clock that stands until a test turns it."""

    def __init__(self) -> None:
        self.time_ms = START_MS + 1_000

    def now_ms(self) -> TimeMs:
        return TimeMs(self.time_ms)

    def monotonic_s(self) -> float:
        return self.time_ms / 1000

    def turn(self, seconds: float) -> None:
        self.time_ms += int(seconds * 1000)


class SoloEngine:
    """Orders and seals for one validator. With `working` it seals what is submitted at once."""

    def __init__(self, clock: TurnedClock, outcomes: Outcomes) -> None:
        self._clock = clock
        self._outcomes = outcomes
        self.application: LedgerApplication
        self.pool: dict[Hash, Statement] = {}
        self.arrivals: asyncio.Queue[Hash] = asyncio.Queue()
        self.working = True
        self.full = False
        self.failing: Exception | None = None
        self.ready = True
        self._parent_seal: Seal | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._task is not None:
            await self._task

    async def submit(self, statement: Statement) -> None:
        if self.failing is not None:
            raise self.failing
        if self.full:
            raise PoolFull("full")
        self.pool[statement.id] = statement
        self.arrivals.put_nowait(statement.id)
        if self.working and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self.pool:
            await self.seal_block()

    async def seal_block(self) -> Block:
        tip = self.application.info()
        self._clock.turn(0.001)
        request = ProposeRequest(
            height=Height(tip.height + 1),
            proposer="harbour",
            time_ms=TimeMs(max(self._clock.time_ms, tip.header.time_ms + 1)),
            parent_seal=self._parent_seal,
            candidates=list(self.pool.values()),
        )
        proposed = await self.application.propose(request)
        block = proposed.block
        await self.application.judge(block)
        block_id = header_id(block.header)
        message = precommit_bytes(tip.network, tip.validators.hash, request.height, Round(0), block_id)
        signature = backend().sign(bls_secret("harbour"), message)
        seal = make_seal(request.height, Round(0), block_id, 1, {0: signature}, backend())
        for statement in request.candidates:
            self.pool.pop(statement.id, None)
        await self.application.commit(block, [seal])
        self._parent_seal = seal
        for statement_id, refusal in proposed.refused.items():
            self._outcomes.refused(statement_id, refusal)
        return block

    def status(self) -> EngineStatus:
        return EngineStatus(
            height=self.application.info().height,
            round=Round(0),
            ready=self.ready,
            reasons=() if self.ready else ("no quorum is connected",),
            peers=("river/node-1",),
            pool_entries=len(self.pool),
            pool_bytes=sum(len(statement.leaf) for statement in self.pool.values()),
        )


class SilentNetwork:
    """A network whose one peer answers what a test put into `held`."""

    def __init__(self) -> None:
        self.held: dict[bytes, bytes] = {}
        self.asked: list[bytes] = []

    def register(self, channel: Channel, handler: Handler) -> None:
        return None

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    def peers(self) -> Sequence[PeerId]:
        return (PeerId("river", "node-1"),)

    def send(self, peer: PeerId, channel: Channel, payload: bytes) -> bool:
        return False

    def broadcast(self, channel: Channel, payload: bytes) -> None:
        return None

    async def request(self, peer: PeerId, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        self.asked.append(payload)
        for part, answer in self.held.items():
            if part in payload:
                return answer
        raise RequestFailed("not held here for you")


def make_genesis() -> Genesis:
    secret, bls = bls_secret("harbour"), backend()
    organisations: tuple[tuple[str, tuple[str, ...], str | None, str], ...] = (
        ("harbour", ("customs",), "VN", CLERK),
        ("river", ("trader",), None, TRADER),
        ("quay", ("carrier", "terminal"), None, QUAY),
    )
    return Genesis(
        version=1,
        name="Test corridor",
        time_ms=START_MS,
        rules_version=1,
        parameters=Parameters(),
        validators=(
            GenesisValidator(
                organisation="harbour",
                bls_key=encode_base64url(bls.public_key(secret)),
                possession=encode_base64url(bls.prove_possession(secret)),
            ),
        ),
        organisations=tuple(
            GenesisOrganisation(
                id=name,
                name=name.title(),
                roles=roles,
                jurisdiction=country,
                contents_key=contents_key(name).text,
                members=(GenesisKey(name=member.partition("/")[2], key=key_of(member).public_key.text),),
                nodes=(GenesisKey(name="node-1", key=NODE_KEY.public_key.text),) if name == "harbour" else (),
            )
            for name, roles, country, member in organisations
        ),
    )


class Rig:
    """One node and a client of it."""

    def __init__(
        self,
        folder: Path,
        *,
        genesis: Genesis | None = None,
        organisation: str = "harbour",
        keyring: Keyring = KEYRING,
    ) -> None:
        self.genesis = genesis or make_genesis()
        self.network_id = network_id(self.genesis)
        self.clock = TurnedClock()
        self.outcomes = Outcomes()
        self.engine = SoloEngine(self.clock, self.outcomes)
        self.network = SilentNetwork()
        self.store = open_ledger(f"sqlite:///{folder / 'ledger.db'}", self.genesis)
        self.application = LedgerApplication(self.store, self.genesis, self.clock, self._committed)
        self.engine.application = self.application
        contents = Contents(self.store, keyring, self.application.state, self.network, self.clock)
        self.services = NodeServices(
            config=self._config(folder, organisation),
            genesis=self.genesis,
            store=self.store,
            application=self.application,
            engine=self.engine,
            outcomes=self.outcomes,
            contents=contents,
            proofs=Proofs(self.store, self.genesis, self.application, NODE_KEY, "harbour/node-1"),
            clock=self.clock,
            software="sealane/test",
        )
        self.app: FastAPI = create_app(self.services)
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app), base_url=f"http://{AUTHORITY}"
        )

    @staticmethod
    def _config(folder: Path, organisation: str) -> NodeConfig:
        return NodeConfig(
            node=NodeSection(organisation=organisation, name="node-1", genesis=folder / "genesis.json"),
            api=ApiSection(port=8401),
            peer=PeerSection(port=8451),
            keys=KeySection(node=folder / "node.pem", validator=folder / "validator.key"),
        )

    def _committed(self, block: SealedBlock) -> None:
        self.outcomes.committed(block)

    async def close(self) -> None:
        self.outcomes.close()
        await self.engine.stop()
        await self.client.aclose()
        await asyncio.to_thread(self.application.close)
        self.store.close()

    # Statements

    def statement(
        self,
        act: str,
        subject: str,
        body: Any,
        *,
        member: str = CLERK,
        expected_version: int = 0,
        valid_ms: int = 600_000,
        network: Hash | None = None,
        key: SigningKey | None = None,
    ) -> bytes:
        payload = make_payload(
            network=network or self.network_id,
            act=act,
            body=body,
            expected_version=expected_version,
            last_valid_ms=self.clock.time_ms + valid_ms,
            nonce=secrets.token_bytes(16),
        )
        return sign_statement(key or key_of(member), issuer=member, subject=subject, payload=payload)

    def enrolment(self, name: str, **options: Any) -> bytes:
        body = {"key": key_of(f"harbour/{name}").public_key.text, "permissions": ["signer"]}
        return self.statement("member.enrol", f"member/harbour/{name}", body, **options)

    async def submit(self, data: bytes, query: str = "", **headers: str) -> httpx2.Response:
        options = {"content-type": "application/cose", **headers}
        return await self.client.post(f"/v1/statements{query}", content=data, headers=options)

    # Requests

    def signed(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: bytes = b"",
        *,
        member: str = CLERK,
        key: SigningKey | None = None,
        created_s: int | None = None,
        nonce: bytes | None = None,
        authority: str = AUTHORITY,
    ) -> httpx2.Request:
        encoded = urlencode(query or {})
        request = Request(
            method=method, authority=authority, path=path, query=encoded, member=member, body=body
        )
        headers = sign_request(
            key or key_of(member),
            request,
            created_s=self.clock.time_ms // 1000 if created_s is None else created_s,
            nonce=nonce or secrets.token_bytes(16),
        )
        url = f"http://{authority}{path}" + (f"?{encoded}" if encoded else "")
        return self.client.build_request(method, url, content=body or None, headers=headers)

    async def get(self, path: str, member: str = CLERK, **query: Any) -> httpx2.Response:
        return await self.client.send(self.signed("GET", path, query, member=member))

    async def delete(self, path: str, member: str = CLERK, **query: Any) -> httpx2.Response:
        return await self.client.send(self.signed("DELETE", path, query, member=member))

    async def put(self, path: str, body: bytes, member: str = CLERK) -> httpx2.Response:
        return await self.client.send(self.signed("PUT", path, body=body, member=member))


def problem(response: httpx2.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The problem document of a response, which must have this status, code and field."""
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert body["status"] == status
    assert body["type"] == f"urn:sealane:problem:{code}"
    assert all(body[name] for name in ("detail", "hint", "title"))
    if field is not None:
        assert body.get("field", "") == field, body
    return body
