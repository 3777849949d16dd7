"""A small corridor for tests: organisations, their keys, a state, and a way to act on it.

Statements are built without signing, since verifying signatures is the caller's
work; `tests/contracts/test_execution.py` signs real ones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts import execution
from contracts.catalogue import decode_record
from contracts.execution import Accepted, Actor, Context
from contracts.refusals import Refusal
from ledger.bls import backend
from ledger.genesis import Genesis, GenesisKey, GenesisOrganisation, GenesisValidator, Parameters
from ledger.hashing import sha256
from ledger.keys import SigningKey
from ledger.primitives import Hash, Height, TimeMs, encode_base64url
from ledger.statement import Statement, make_payload

START_MS = 1_700_000_000_000
NETWORK = Hash(bytes(range(32)))
DAY_MS = 24 * 3_600_000

ORGANISATIONS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "beibu-line": (("carrier",), None),
    "tonkin-line": (("carrier",), None),
    "chongqing-parts": (("trader",), None),
    "haiphong-motors": (("trader",), None),
    "corridor-forwarding": (("forwarder",), None),
    "red-river-brokers": (("customs_broker",), None),
    "guangxi-bank": (("bank",), None),
    "qinzhou-customs": (("customs",), "CN"),
    "haiphong-customs": (("customs",), "VN"),
    "phnom-penh-customs": (("customs",), "KH"),
    "vn-plant-health": (("agency",), "VN"),
    "kh-plant-health": (("agency",), "KH"),
    "qinzhou-terminal": (("terminal",), "CN"),
    "haiphong-terminal": (("terminal",), "VN"),
    "beibu-port": (("port_authority",), None),
    "corridor-rail": (("rail_operator",), None),
    "oversight": (("auditor",), None),
}


def signing_key(member: str, generation: int = 0) -> SigningKey:
    return SigningKey.from_entropy(hashlib.sha512(f"{member}#{generation}".encode()).digest())


KEYS = {org: signing_key(f"{org}/chief") for org in ORGANISATIONS}


def key_text(member: str, generation: int = 0) -> str:
    return signing_key(member, generation).public_key.text


def bls_pair(name: str) -> dict[str, str]:
    """A BLS key and the proof of possession, as changes of validators give them."""
    secret = backend().derive_secret(hashlib.sha512(name.encode()).digest())
    return {
        "bls_key": encode_base64url(backend().public_key(secret)),
        "possession": encode_base64url(backend().prove_possession(secret)),
    }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make_genesis(**changes: Any) -> Genesis:
    organisations = tuple(
        GenesisOrganisation(
            id=name,
            name=name.replace("-", " ").title(),
            roles=roles,
            jurisdiction=country,
            numbering_key={"beibu-line": "A" * 64, "tonkin-line": "C" * 64}.get(name),
            numbering_possession="A" * 128 if name in {"beibu-line", "tonkin-line"} else None,
            members=(GenesisKey(name="chief", key=KEYS[name].public_key.text),),
        )
        for name, (roles, country) in ORGANISATIONS.items()
    )
    values: dict[str, Any] = {
        "version": 1,
        "name": "corridor test",
        "time_ms": START_MS,
        "rules_version": 1,
        "parameters": Parameters(),
        "validators": (
            GenesisValidator(organisation="qinzhou-customs", bls_key="B" * 64, possession="B" * 128),
        ),
        "organisations": organisations,
    }
    return Genesis(**{**values, **changes})


GENESIS_RECORDS = execution.genesis_records(make_genesis())

BILL = "bill/" + digest("bill 1")
CONTAINER_ID = digest("container 1")[:32]
CONTAINER = "container/" + CONTAINER_ID
DECLARATION = "declaration/" + digest("declaration 1")[:32]
DOCUMENT = "document/" + digest("document 1")[:32]
MASS = "document/" + digest("mass 1")[:32]
PROPOSAL = "proposal/" + digest("proposal 1")[:32]
CONTENTS = digest("contents of bill 1")
COMMITMENT = digest("number of container 1")

ISSUE: dict[str, Any] = {
    "type": "to_order",
    "possessor": "chongqing-parts",
    "titleholder": "chongqing-parts",
    "shipper": "chongqing-parts",
    "parties": ["haiphong-motors", "red-river-brokers"],
    "contents": CONTENTS,
    "containers": [{"id": CONTAINER_ID, "commitment": COMMITMENT}],
    "place_of_loading": "CNQZH",
    "place_of_delivery": "VNHPH",
}

LODGE: dict[str, Any] = {
    "type": "import",
    "office": "haiphong-customs",
    "contents": digest("declaration 1"),
    "bills": [BILL.partition("/")[2]],
}


@dataclass
class World:
    """State, time, and the acts done so far."""

    state: dict[str, bytes] = field(default_factory=lambda: dict(GENESIS_RECORDS))
    now: int = START_MS + 1_000
    height: int = 5
    nonce: int = 0
    members: dict[str, SigningKey] = field(default_factory=dict)
    history: list[tuple[Statement, int]] = field(default_factory=list)

    def get(self, key: str) -> bytes | None:
        return self.state.get(key)

    @property
    def context(self) -> Context:
        return execution.context_at(self, Height(self.height), TimeMs(self.now), NETWORK)

    def record(self, key: str) -> Any:
        return decode_record(key, self.state[key])

    def version(self, key: str) -> int:
        return decode_record(key, self.state[key]).version if key in self.state else 0

    def key_of(self, member: str) -> SigningKey:
        return self.members.get(member) or KEYS[member.partition("/")[0]]

    def statement(
        self,
        act: str,
        subject: str,
        who: str,
        body: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        raw: Any = None,
        last_valid_ms: int | None = None,
        principal: str | None = None,
    ) -> Statement:
        member = who if "/" in who else f"{who}/chief"
        self.nonce += 1
        payload = make_payload(
            network=NETWORK,
            act=act,
            body=execution.make_body(act, body or {}) if raw is None else raw,
            expected_version=self.version(subject) if version is None else version,
            last_valid_ms=self.now + 60_000 if last_valid_ms is None else last_valid_ms,
            nonce=self.nonce.to_bytes(16, "big"),
            on_behalf_of=principal,
        )
        return Statement(
            leaf=b"",
            id=sha256(self.nonce.to_bytes(16, "big")),
            kid=self.key_of(member).public_key.thumbprint,
            issuer=member,
            subject=subject,
            payload=payload,
            signature=bytes(64),
            signed_bytes=b"",
        )

    def run(self, statement: Statement) -> Accepted | Refusal:
        """Check, authenticate, execute; apply what is accepted."""
        refusal = execution.check_envelope(statement, self.context)
        if refusal is not None:
            return refusal
        actor = execution.authenticate(statement, self, self.context)
        if isinstance(actor, Refusal):
            return actor
        outcome = execution.execute(statement, actor, self, self.context)
        if isinstance(outcome, Accepted):
            self.history.append((statement, self.now))
            self.state.update(dict(outcome.writes))
        return outcome

    def try_(
        self, act: str, subject: str, who: str, body: Mapping[str, Any] | None = None, **more: Any
    ) -> Any:
        return self.run(self.statement(act, subject, who, body, **more))

    def do(
        self, act: str, subject: str, who: str, body: Mapping[str, Any] | None = None, **more: Any
    ) -> Accepted:
        """An act that must be accepted."""
        outcome = self.try_(act, subject, who, body, **more)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    def refuse(
        self, act: str, subject: str, who: str, body: Mapping[str, Any] | None = None, **more: Any
    ) -> Refusal:
        """An act that must be refused, leaving the state untouched, in words that people can read."""
        before = dict(self.state)
        outcome = self.try_(act, subject, who, body, **more)
        assert isinstance(outcome, Refusal), outcome
        assert re.search(r"\b\d{13}\b", outcome.message) is None, "milliseconds are for programs"
        assert self.state == before
        return outcome

    def actor(self, organisation: str) -> Actor:
        outcome = execution.authenticate(
            self.statement("bill.cancel", BILL, organisation), self, self.context
        )
        assert isinstance(outcome, Actor)
        return outcome

    def change(self, key: str, **fields: Any) -> None:
        """Overwrite fields of a record, to reach a situation without its history."""
        import msgspec

        from ledger import canonical

        self.state[key] = canonical.encode(msgspec.structs.replace(self.record(key), **fields))

    def copy(self) -> World:
        return replace(self, state=dict(self.state), history=list(self.history), members=dict(self.members))

    # Steps of the corridor story, each leaving the world where the next may begin.

    def issue(self, key: str = BILL, who: str = "beibu-line", **changes: Any) -> World:
        self.do("bill.issue", key, who, {**ISSUE, **changes})
        return self

    def offer(self, to: str = "haiphong-motors", who: str = "chongqing-parts") -> World:
        self.do("bill.transfer", BILL, who, {"to": to, "expires_ms": self.now + DAY_MS})
        return self

    def accept(self, who: str = "haiphong-motors") -> World:
        self.do("bill.accept", BILL, who, {"contents": CONTENTS})
        return self

    def lodge(self, key: str = DECLARATION, who: str = "red-river-brokers", **changes: Any) -> World:
        principal = changes.pop("principal", None)
        self.do("clearance.lodge", key, who, {**LODGE, **changes}, principal=principal)
        return self

    def grant(
        self, *acts: str, principal: str = "haiphong-motors", agent: str = "red-river-brokers", **limits: Any
    ) -> World:
        """A mandate for a day, or another power of it."""
        power = {"acts": list(acts), "until_ms": self.now + DAY_MS, **limits}
        self.do("mandate.grant", f"mandate/{principal}/{agent}", principal, {"power": power})
        return self

    def accept_declaration(self, key: str = DECLARATION, who: str = "haiphong-customs") -> World:
        self.do("clearance.accept", key, who)
        return self

    def hold(self, who: str = "vn-plant-health", hold: str = "plants") -> World:
        self.do("clearance.hold", DECLARATION, who, {"hold": hold, "reason": "phytosanitary"})
        return self

    def query(self, name: str = "value") -> World:
        self.do("clearance.query", DECLARATION, "haiphong-customs", {"query": name, "question": digest(name)})
        return self

    def release(self, key: str = DECLARATION, who: str = "haiphong-customs") -> World:
        self.do("clearance.release", key, who)
        return self

    def surrender(self, who: str = "chongqing-parts", **body: Any) -> World:
        self.do("bill.surrender", BILL, who, body or {"purpose": "delivery"})
        return self

    def surrendered(self) -> World:
        return self.surrendered_with({"purpose": "delivery"})

    def surrendered_with(self, body: Mapping[str, Any]) -> World:
        self.surrender(**body)
        self.do("bill.accept_surrender", BILL, "beibu-line")
        return self

    def event(self, name: str, facility: str, purpose: str | None = None, **more: Any) -> dict[str, Any]:
        body = {"event": name, "classifier": "actual", "facility": facility, "event_ms": self.now}
        return {**body, **({} if purpose is None else {"purpose": purpose}), **more}

    def move(self, who: str, name: str, facility: str, purpose: str | None = None, **more: Any) -> World:
        self.do("movement.record", CONTAINER, who, self.event(name, facility, purpose, **more))
        return self

    def weigh(self, who: str = "chongqing-parts") -> World:
        """Declare the verified gross mass, by weighing the packed container."""
        mass = {"type": "verified_gross_mass", "contents": digest("mass"), "containers": [CONTAINER_ID]}
        self.do("document.register", MASS, who, mass)
        body = {"document": MASS.partition("/")[2], "method": "SM1"}
        self.do("movement.verify_mass", CONTAINER, who, body)
        return self

    def at(self, state: str, facility: str | None) -> World:
        """Place the container somewhere without telling how it got there."""
        from contracts.movement.model import Position
        from contracts.movement.vocabulary import ContainerState

        base = Position(state=ContainerState(state), facility=facility)
        self.change(CONTAINER, state=base.state, facility=facility, base=base, events=())
        return self

    def propose(
        self, change: Mapping[str, Any], key: str = PROPOSAL, who: str = "qinzhou-customs", **more: Any
    ) -> World:
        body = {"title": "A change", "expires_ms": self.now + DAY_MS, "change": dict(change), **more}
        self.do("proposal.open", key, who, body)
        return self

    def ballots(self, *yes: str, key: str = PROPOSAL) -> World:
        """Each organisation says yes."""
        for organisation in yes:
            self.do("proposal.vote", key, organisation, {"choice": "yes"})
        return self

    def arrived(self) -> World:
        """The container stands in Hai Phong."""
        return self.at("in_facility", "VNHPH")
