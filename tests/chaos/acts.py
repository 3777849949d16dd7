"""The statements that clients send: containers that come and go, and bills on offer, much contended.

Everybody acts on few records, and two members often sign for the same version,
so races are the rule. A few statements are wrong on purpose: refusals have to be seen too.
"""

from __future__ import annotations

import base64
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.execution import make_body
from ledger.batch import BATCH_ACT, Batch
from ledger.canonical import Canonical
from ledger.keys import SigningKey
from ledger.primitives import Hash
from ledger.statement import make_payload, parse_statement, sign_statement
from tests.parts import make_part

PORT, PORT_TOO = "beibu-gulf-port/huang-jing", "beibu-gulf-port/qin-yong"
TERMINAL, CARRIER = "haiphong-terminal/le-van-duc", "coral-line/lin-tao"
FORWARDER, FORWARDER_TOO = "landbridge-forwarding/wei-ling", "landbridge-forwarding/pham-quoc-bao"
BUYER = "red-river-imports/do-thi-mai"

RECORDERS = (PORT, PORT_TOO, TERMINAL)
TRADERS = (FORWARDER, FORWARDER_TOO, BUYER, TERMINAL)
MEMBERS = (PORT, PORT_TOO, TERMINAL, CARRIER, FORWARDER, FORWARDER_TOO, BUYER)

VALIDITY_MS = (10_000, 60_000)
"""Short enough that a run can wait until no open statement can take effect any more."""

PLACE = "CNQZH"
EVENT_AGE_MS = 60_000
"""Events are dated this long ago, so that only a badly wrong clock finds them in the future."""

OFFER_MS = 20 * 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A statement, and what the history says of it."""

    leaf: bytes
    id: str
    subject: str
    act: str
    actor: str
    body: dict[str, Any]
    expected: int
    last_valid_ms: int

    def told(self) -> dict[str, Any]:
        """For the history, the bytes included."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "leaf"}
        return values | {"leaf": base64.b64encode(self.leaf).decode("ascii")}


class Pen:
    """Signs acts with members' own keys."""

    def __init__(self, network: Hash, keys: dict[str, SigningKey], chance: random.Random) -> None:
        self._network = network
        self._keys = keys
        self._random = chance

    def sign(self, actor: str, act: str, subject: str, body: dict[str, Any], expected: int) -> Signed:
        return self._signed(actor, act, subject, body, expected, make_body(act, body))

    def _signed(
        self, actor: str, act: str, subject: str, body: dict[str, Any], expected: int, raw: Canonical
    ) -> Signed:
        last_valid_ms = time.time_ns() // 1_000_000 + self._random.randint(*VALIDITY_MS)
        payload = make_payload(
            network=self._network,
            act=act,
            body=raw,
            expected_version=expected,
            last_valid_ms=last_valid_ms,
            nonce=os.urandom(16),
        )
        leaf = sign_statement(self._keys[actor], issuer=actor, subject=subject, payload=payload)
        return Signed(
            leaf=leaf,
            id=parse_statement(leaf).id.hex(),
            subject=subject,
            act=act,
            actor=actor,
            body=body,
            expected=expected,
            last_valid_ms=last_valid_ms,
        )

    def new_container(self, actor: str) -> Signed:
        body = _gate("gate_in")
        body["container"] = {"commitment": os.urandom(32).hex(), "operator": CARRIER.partition("/")[0]}
        return self.sign(actor, "movement.record", f"container/{os.urandom(16).hex()}", body, 0)

    def next_move(self, actor: str, subject: str, version: int) -> Signed:
        """A container in the port leaves it, one outside comes in: odd versions are inside."""
        event = "gate_out" if version % 2 else "gate_in"
        return self.sign(actor, "movement.record", subject, _gate(event), version)

    def wrong_move(self, subject: str, version: int) -> Signed:
        """Wrong on purpose: out of order, by somebody who may not, or far too late."""
        kind = self._random.choice(("order", "actor", "late"))
        if kind == "order":
            return self.out_of_order(PORT, subject, version)
        if kind == "actor":
            return self.next_move(BUYER, subject, version)
        return self.next_move(PORT, subject, max(1, version - 1))

    def out_of_order(self, actor: str, subject: str, version: int) -> Signed:
        """A container comes in that is inside, or leaves from outside."""
        event = "gate_in" if version % 2 else "gate_out"
        return self.sign(actor, "movement.record", subject, _gate(event), version)

    def together(self, actor: str, acts: Sequence[Signed]) -> Signed:
        """One statement that does several acts, or none of them."""
        told = [
            {"type": act.act, "subject": act.subject, "expected_version": act.expected, "body": act.body}
            for act in acts
        ]
        parts = tuple(make_part(act.act, act.subject, act.expected, act.body) for act in acts)
        subject = f"batch/{os.urandom(16).hex()}"
        return self._signed(actor, BATCH_ACT, subject, {"parts": told}, 0, Batch(parts=parts))

    def new_bill(self) -> Signed:
        body = {
            "type": "blank",
            "possessor": FORWARDER.partition("/")[0],
            "contents": os.urandom(32).hex(),
            "place_of_loading": PLACE,
            "place_of_delivery": "VNHPH",
        }
        return self.sign(CARRIER, "bill.issue", f"bill/{os.urandom(32).hex()}", body, 0)

    def bill_move(self, actor: str, subject: str, record: dict[str, Any], version: int) -> Signed:
        """What the member's organisation would do with a bill as it was read, sensible or not."""
        mine = actor.partition("/")[0]
        offer = record.get("offer")
        if offer is None:
            others = sorted({name.partition("/")[0] for name in TRADERS} - {mine})
            to = self._random.choice(others)
            expires_ms = time.time_ns() // 1_000_000 + OFFER_MS
            return self.sign(actor, "bill.transfer", subject, {"to": to, "expires_ms": expires_ms}, version)
        if offer["to"] == mine:
            contents = {"contents": record["contents"]}
            return self.sign(actor, "bill.accept", subject, contents, version)
        return self.sign(actor, "bill.cancel", subject, {}, version)


def _gate(event: str) -> dict[str, Any]:
    return {
        "event": event,
        "classifier": "actual",
        "facility": PLACE,
        "event_ms": time.time_ns() // 1_000_000 - EVENT_AGE_MS,
        "purpose": "transit",
    }
