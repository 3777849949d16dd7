"""The corridor's network with one application and every key: real contracts, database, seals and time.

The validators are several, as in the corridor, and their BLS keys sign every seal;
only the ordering is replaced, by calling the application's duties in turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from cli.network_plan import corridor_plan
from contracts.documents.package import ContainerOpening, Package
from contracts.execution import decode_record, make_body
from ledger.block import Block, header_id
from ledger.bls import backend
from ledger.contents import bill_id, container_commitment, sign_number
from ledger.genesis import Genesis, GenesisKey, GenesisOrganisation, GenesisValidator, Parameters, network_id
from ledger.keys import SigningKey
from ledger.primitives import Hash, Height, Round, TimeMs, encode_base64url
from ledger.seal import Seal, make_seal, precommit_bytes
from ledger.statement import Statement, make_payload, sign_statement
from nodes.application import LedgerApplication
from nodes.engine import Proposed, ProposeRequest
from nodes.founding import open_ledger
from nodes.outcomes import SealedBlock
from nodes.storage import Store
from tests.nodes.contents_keys import contents_key

START_MS = 1_790_000_000_000
HOUR_MS = 3_600_000

CARRIER = "coral-line"
TRADER = "red-river-imports"
FORWARDER = "landbridge-forwarding"
PORT = "beibu-gulf-port"
EXPORT_OFFICE = "qinzhou-customs"
IMPORT_OFFICE = "haiphong-customs"
TERMINAL = "haiphong-terminal"


def digest(label: str) -> str:
    """64 hexadecimal digits of a test's own."""
    return hashlib.sha256(label.encode()).hexdigest()


def entropy(label: str) -> bytes:
    return hashlib.sha512(label.encode()).digest()


def member_key(member: str, generation: int = 0) -> SigningKey:
    return SigningKey.from_entropy(entropy(f"member {member} {generation}"))


def node_key(organisation: str) -> SigningKey:
    return SigningKey.from_entropy(entropy(f"node {organisation}"))


def bls_secret(label: str) -> bytes:
    return backend().derive_secret(entropy(f"bls {label}"))


VALIDATOR_SECRETS = {
    organisation.id: bls_secret(f"validator {organisation.id}") for organisation in corridor_plan().validators
}
NUMBERING_SECRET = bls_secret("numbering")


def make_genesis(name: str = "Corridor", **parameters: int) -> Genesis:
    plan, bls = corridor_plan(), backend()
    return Genesis(
        version=1,
        name=name,
        time_ms=START_MS,
        rules_version=1,
        parameters=Parameters(**parameters),
        validators=tuple(
            GenesisValidator(
                organisation=organisation,
                bls_key=encode_base64url(bls.public_key(secret)),
                possession=encode_base64url(bls.prove_possession(secret)),
            )
            for organisation, secret in VALIDATOR_SECRETS.items()
        ),
        organisations=tuple(
            GenesisOrganisation(
                id=one.id,
                name=one.name,
                roles=one.roles,
                jurisdiction=one.jurisdiction,
                numbering_key=encode_base64url(bls.public_key(NUMBERING_SECRET))
                if one.id == CARRIER
                else None,
                numbering_possession=encode_base64url(bls.prove_possession(NUMBERING_SECRET))
                if one.id == CARRIER
                else None,
                contents_key=contents_key(one.id).text,
                members=tuple(
                    GenesisKey(name=name, key=member_key(f"{one.id}/{name}").public_key.text)
                    for name in one.members
                ),
                nodes=(GenesisKey(name="node-1", key=node_key(one.id).public_key.text),) if one.node else (),
            )
            for one in plan.organisations
        ),
    )


GENESIS = make_genesis()

MEMBERS = {one.id: f"{one.id}/{one.members[0]}" for one in corridor_plan().organisations}
"""The first member of each organisation."""


class TurnedClock:
    """A clock that stands until a test turns it."""

    def __init__(self) -> None:
        self.time_ms = START_MS + 1_000

    def now_ms(self) -> TimeMs:
        return TimeMs(self.time_ms)

    def monotonic_s(self) -> float:
        return self.time_ms / 1000


def seal_of(block: Block, network: Hash, validators: Any, *, round_: int = 0, signers: int = 3) -> Seal:
    """A seal by the first of a set's validators."""
    block_id = header_id(block.header)
    message = precommit_bytes(network, validators.hash, Height(block.header.height), Round(round_), block_id)
    names = [validator.organisation for validator in validators.validators]
    signatures = {seat: backend().sign(VALIDATOR_SECRETS[names[seat]], message) for seat in range(signers)}
    return make_seal(Height(block.header.height), Round(round_), block_id, len(names), signatures, backend())


class Solo:
    """One application on its own database, and the whole network's keys."""

    def __init__(self, folder: Path, genesis: Genesis = GENESIS, *, name: str = "ledger.db") -> None:
        self.genesis = genesis
        self.network = network_id(genesis)
        self.path = folder / name
        self.clock = TurnedClock()
        self.heard: list[SealedBlock] = []
        self.nonce = 0
        self.seals: dict[int, Seal] = {}
        self.open()

    def open(self) -> None:
        self.store: Store = open_ledger(f"sqlite:///{self.path}", self.genesis)
        self.application = LedgerApplication(self.store, self.genesis, self.clock, self.heard.append)

    def close(self) -> None:
        self.application.close()
        self.store.close()

    def reopen(self) -> None:
        """Stop and start, from nothing but the database."""
        self.close()
        self.open()

    @property
    def height(self) -> int:
        return self.application.info().height

    def record(self, key: str) -> Any:
        value = self.application.state().get(key)
        return None if value is None else decode_record(key, value)

    def version(self, key: str) -> int:
        record = self.record(key)
        return 0 if record is None else int(record.version)

    # Statements

    def sign(
        self,
        act: str,
        subject: str,
        organisation: str,
        body: dict[str, Any] | None = None,
        *,
        member: str | None = None,
        version: int | None = None,
        valid_ms: int = 60_000,
        key: SigningKey | None = None,
        network: Hash | None = None,
        raw: Any = None,
    ) -> bytes:
        """Leaf bytes of a statement of an organisation's first member, valid from the clock's time on."""
        member = MEMBERS[organisation] if member is None else member
        self.nonce += 1
        payload = make_payload(
            network=network or self.network,
            act=act,
            body=make_body(act, body or {}) if raw is None else raw,
            expected_version=self.version(subject) if version is None else version,
            last_valid_ms=self.clock.time_ms + valid_ms,
            nonce=self.nonce.to_bytes(16, "big"),
        )
        return sign_statement(key or member_key(member), issuer=member, subject=subject, payload=payload)

    # Duties

    def request(self, candidates: Sequence[Statement], *, time_ms: int | None = None) -> ProposeRequest:
        tip = self.application.info()
        return ProposeRequest(
            height=Height(tip.height + 1),
            proposer=CARRIER,
            time_ms=TimeMs(time_ms or max(self.clock.time_ms, tip.header.time_ms + 1)),
            parent_seal=self.seals.get(tip.height) or self.store.seal(tip.height),
            candidates=candidates,
        )

    async def propose(self, *leaves: bytes) -> Proposed:
        statements = [await self.application.check(leaf) for leaf in leaves]
        return await self.application.propose(self.request(statements))

    def seal(self, block: Block) -> Seal:
        validators = self.application.info().validators
        return self.seals.setdefault(block.header.height, seal_of(block, self.network, validators))

    async def commit(self, block: Block) -> None:
        await self.application.commit(block, [self.seal(block)])

    async def accept(self, *leaves: bytes) -> Block:
        """A committed block with all of these statements."""
        proposed = await self.propose(*leaves)
        assert not proposed.refused, proposed.refused
        assert len(proposed.block.entries) == len(leaves)
        await self.application.judge(proposed.block)
        await self.commit(proposed.block)
        return proposed.block

    async def do(
        self, act: str, subject: str, organisation: str, body: dict[str, Any] | None = None
    ) -> Block:
        return await self.accept(self.sign(act, subject, organisation, body))

    # The corridor's things

    async def issue(self, package: Package | None = None, **changes: Any) -> Package:
        """A bill to order, issued by the carrier, with the package that it commits to."""
        package = package or bill_package()
        await self.do("bill.issue", package.subject, CARRIER, issue_body(package, **changes))
        return package

    def lodge_body(self, package: Package, bills: Sequence[str]) -> dict[str, Any]:
        return {
            "type": "import",
            "office": IMPORT_OFFICE,
            "contents": package.commitment().hex(),
            "bills": [bill.partition("/")[2] for bill in bills],
        }

    def gate_in(
        self, container: str, organisation: str = PORT, *, body: dict[str, Any] | None = None, **more: Any
    ) -> bytes:
        """The first event of an export container, which needs no other record."""
        fields = {
            "event": "gate_in",
            "classifier": "actual",
            "facility": "CNQZH",
            "event_ms": self.clock.time_ms - 5_000,
            "purpose": "export",
            "container": {"commitment": digest(container), "operator": CARRIER, "parties": [FORWARDER]},
            **(body or {}),
        }
        subject = f"container/{digest(container)[:32]}"
        return self.sign("movement.record", subject, organisation, fields, **more)


def bill_package(
    number: str = "CRLQ2609001", *, salt: bytes = b"s" * 16, containers: tuple[str, ...] = ("APZU4812090",)
) -> Package:
    """A bill's package, with the numbering signature and the openings of its containers."""
    signature = sign_number(NUMBERING_SECRET, "CRLQ", number)
    document = {
        "carrierCode": "CRLQ",
        "transportDocumentReference": number,
        "goods": "ceramic tiles, unmistakable in plain text",
    }
    return Package(
        kind="bill",
        subject=f"bill/{bill_id(signature).hex()}",
        salt=salt,
        document=document,
        numbering=signature,
        containers={
            container: ContainerOpening(id=digest(container)[:32], salt=b"c" * 16) for container in containers
        },
    )


def plain_package(kind: str, label: str, *, salt: bytes = b"p" * 16, **document: Any) -> Package:
    """The package of a declaration or a supporting document."""
    document = document or {"title": f"{kind} {label}"}
    return Package(kind=kind, subject=f"{kind}/{digest(label)[:32]}", salt=salt, document=document)


def issue_body(package: Package, **changes: Any) -> dict[str, Any]:
    return {
        "type": "to_order",
        "possessor": TRADER,
        "titleholder": TRADER,
        "shipper": FORWARDER,
        "parties": [TERMINAL],
        "contents": package.commitment().hex(),
        "containers": [
            {"id": opening.id, "commitment": container_commitment(opening.salt, number).hex()}
            for number, opening in package.containers.items()
        ],
        "place_of_loading": "CNQZH",
        "place_of_delivery": "VNHPH",
        **changes,
    }


def altered(block: Block, **changes: Any) -> Block:
    """A block with other header fields, or other `entries` or `parent_seal`."""
    parts = {name: changes.pop(name) for name in ("entries", "parent_seal") if name in changes}
    header = msgspec.structs.replace(block.header, **changes)
    return msgspec.structs.replace(block, header=header, **parts)


def boxes(solo: Solo, count: int, label: str = "box") -> list[bytes]:
    """Statements that have nothing to do with each other."""
    return [solo.gate_in(f"{label} {number}") for number in range(count)]


async def stored_block(solo: Solo, height: int) -> tuple[Block, Seal]:
    """A committed block with its seal, which must be there."""
    loaded = await solo.application.load_block(Height(height))
    assert loaded is not None
    return loaded
