"""Examples for the OpenAPI document: one story, the bill of two containers of motor parts for Hai Phong."""

from __future__ import annotations

from typing import Any

HASH = "7f0c9a7be0c2f4f3c2b7e1f7a5d4a3a1b0f9e8d7c6b5a49382716051423324f5"
OTHER_HASH = "21d5d1a7e89ab0c4f6e7d8c9ba0b1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3"
BILL = f"bill/{OTHER_HASH}"
BLS_KEY = "k7Yq0f3n1v9cW2sX4bT6uR8eA0mZ5pL7dJ9hG1kF3xV5cN7bM9qW1eR3tY5uI7oP"
TIME_MS = 1_790_000_512_000

PROBLEM: dict[str, Any] = {
    "type": "urn:sealane:problem:bill.not-possessor",
    "title": "The statement was refused",
    "status": 422,
    "detail": "coral-line is not the possessor of the bill. The possessor has to act.",
    "code": "bill.not-possessor",
    "hint": "Not now: the same statement can still be accepted until its validity ends.",
    "field": "issuer",
    "final": False,
    "id": HASH,
}
SIGN_IN: dict[str, Any] = {
    "member": "qinzhou-customs/chen-wei",
    "code": "7KQ2-M9XF-0RTD",
    "link": "http://127.0.0.1:8401/sign-in?code=7KQ2-M9XF-0RTD",
    "expires_s": 120,
}
INDEX: dict[str, Any] = {
    "software": "sealane/0.1.0",
    "network": HASH,
    "organisation": "qinzhou-customs",
    "node": "node-1",
    "openapi": "/openapi.json",
    "status": "/v1/status",
}
PLAN: dict[str, Any] = {
    "from_height": 20_000,
    "rules_version": 2,
    "said": "rules version 2 from block 20000 on",
}
STATUS: dict[str, Any] = {
    "software": "sealane/0.1.0",
    "network": HASH,
    "network_name": "Land-sea corridor",
    "organisation": "qinzhou-customs",
    "node": "node-1",
    "validator": True,
    "engine": "bft",
    "height": 512,
    "round": 0,
    "block_id": OTHER_HASH,
    "time_ms": TIME_MS,
    "ready": True,
    "reasons": [],
    "peers": ["beibu-gulf-port/node-1", "coral-line/node-1", "haiphong-customs/node-1"],
    "pool_entries": 2,
    "pool_bytes": 1840,
    "guilty": [],
    "log_size": 1043,
    "pruned_below": 0,
    "state_root": HASH,
    "log_root": HASH,
    "rules_version": 1,
    "rules_known": [1, 2],
    "parameters": {
        "statement_window_ms": 3_600_000,
        "max_block_bytes": 2_097_152,
        "max_block_entries": 2_000,
        "precision_ms": 1_000,
        "message_delay_ms": 4_000,
        "heartbeat_ms": 30_000,
    },
    "planned": [PLAN],
}
HEADER: dict[str, Any] = {
    "version": 1,
    "rules_version": 1,
    "network": HASH,
    "height": 512,
    "time_ms": TIME_MS,
    "parent": HASH,
    "parent_seal_hash": HASH,
    "proposer": "beibu-gulf-port",
    "log_size_before": 1041,
    "log_size": 1043,
    "log_root": HASH,
    "state_root": HASH,
    "validators_hash": HASH,
    "next_validators_hash": HASH,
}
SEAL: dict[str, Any] = {
    "height": 512,
    "round": 0,
    "block_id": OTHER_HASH,
    "signers": "Bw",
    "signature": 2 * BLS_KEY,
}
VALIDATORS: dict[str, Any] = {
    "height": 513,
    "validators": [{"organisation": "qinzhou-customs", "bls_key": BLS_KEY}],
    "quorum": 1,
    "faults": 0,
    "hash": HASH,
}
ENTRY_LINE: dict[str, Any] = {
    "index": 1041,
    "id": HASH,
    "act": "bill.transfer",
    "subject": BILL,
    "issuer": "coral-line/desk",
}
ENTRY: dict[str, Any] = {
    **ENTRY_LINE,
    "height": 512,
    "body": {"to": "red-river-imports"},
    "expected_version": 1,
    "on_behalf_of": None,
    "last_valid_ms": TIME_MS + 600_000,
    "kid": HASH,
    "leaf": "0oRYWKQBJgN4...",
}
STEP: dict[str, Any] = {
    "act": "bill.accept",
    "summary": "Takes possession; the recipient says that its node has checked and stored the contents.",
    "subject": BILL,
    "organisations": ["coral-line"],
}
ACTION: dict[str, Any] = {
    "act": "bill.endorse",
    "why": "The bill is offered to coral-line until 1790086400000. Wait for the answer, or cancel the offer.",
    "ready": False,
    "codes": ["bill.offer-open"],
    "steps": [STEP],
    "needs": ["The endorsee is another organisation."],
}
RECORD: dict[str, Any] = {
    "key": BILL,
    "version": 2,
    "height": 512,
    "entry_index": 1041,
    "record": {"kind": "bill", "version": 2, "state": "issued", "possessor": "coral-line"},
    "summary": {"title": "Bill of lading", "status": "Issued"},
    "allowed_actions": [ACTION],
    "later_actions": [],
    "others_may": [STEP],
    "as_of": {"height": 512, "time_ms": TIME_MS},
}
RECORD_LINE: dict[str, Any] = {
    "key": "proposal/0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "version": 2,
    "height": 512,
    "record": {
        "kind": "proposal",
        "version": 2,
        "state": "open",
        "proposer": "qinzhou-customs",
        "title": "Pearl Line joins the validators",
        "expires_ms": TIME_MS + 604_800_000,
        "change": {
            "type": "add_validator",
            "organisation": "pearl-line",
            "bls_key": BLS_KEY,
            "possession": 2 * BLS_KEY,
        },
        "ballots": [
            {"organisation": "coral-line", "member": "coral-line/desk", "choice": "yes"},
        ],
    },
    "summary": {"title": "Pearl Line joins the validators", "status": "Open.", "yes": "coral-line"},
}
CHANGE: dict[str, Any] = {
    "version": 2,
    "entry_index": 1041,
    "height": 512,
    "time_ms": TIME_MS,
    "issuer": "coral-line/desk",
    "on_behalf_of": None,
    "act": "bill.transfer",
    "subject": f"bill/{HASH}",
    "part": None,
    "body": {"to": "red-river-imports"},
    "id": HASH,
}
CONTAINER = "container/0f1e2d3c4b5a69788796a5b4c3d2e1f0"
CORRECTION: dict[str, Any] = {
    "time_ms": TIME_MS + 7_200_000,
    "issuer": "coral-line/desk",
    "reason": "clock",
    "event_ms": TIME_MS - 3_600_000,
    "version": 11,
    "id": OTHER_HASH,
}
MOMENT: dict[str, Any] = {
    "type": "TRANSPORT",
    "code": "ARRI",
    "event": "vessel_arrival",
    "classifier": "actual",
    "event_ms": TIME_MS - 3_600_000,
    "said_ms": TIME_MS,
    "issuer": "coral-line/desk",
    "key": CONTAINER,
    "version": 9,
    "id": HASH,
    "mode": "VESSEL",
    "facility": "VNHPH",
    "purpose": "",
    "laden": True,
    "document": "",
    "standing": "corrected",
    "first_ms": TIME_MS - 1_000,
    "planned_ms": TIME_MS - 86_400_000,
    "estimated_ms": None,
    "warnings": [],
    "broke": [],
    "corrections": [CORRECTION],
}
BLOCK_LINE: dict[str, Any] = {
    "height": 512,
    "block_id": OTHER_HASH,
    "time_ms": TIME_MS,
    "proposer": "beibu-gulf-port",
    "entries": 2,
    "log_size": 1043,
}
BLOCK: dict[str, Any] = {
    "header": HEADER,
    "block_id": OTHER_HASH,
    "seal": SEAL,
    "parent_seal": {**SEAL, "height": 511},
    "signed_by": ["qinzhou-customs", "beibu-gulf-port", "coral-line"],
    "missing": ["haiphong-customs"],
    "entries": [ENTRY_LINE],
}
READ: dict[str, Any] = {
    "id": 17,
    "organisation": "red-river-imports",
    "member": "red-river-imports/do-thi-mai",
    "time_ms": TIME_MS,
    "digest": "5f" * 16,
}
MATCH: dict[str, Any] = {
    "key": BILL,
    "kind": "bill",
    "summary": {"title": "Bill of lading", "status": "Issued"},
    "matched": "container",
}
SEALED: dict[str, Any] = {
    "id": HASH,
    "status": "sealed",
    "index": 1041,
    "height": 512,
    "time_ms": TIME_MS,
    "block_id": OTHER_HASH,
    "round": 0,
    "subject": BILL,
    "version": 2,
    "writes": [BILL],
}
REFUSED: dict[str, Any] = {
    "id": OTHER_HASH,
    "status": "refused",
    "code": "bill.not-possessor",
    "field": "issuer",
    "detail": "coral-line is not the possessor of the bill. The possessor has to act.",
    "final": False,
}
PACKAGE: dict[str, Any] = {
    "version": 1,
    "kind": "document",
    "subject": "document/0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "salt": "AAECAwQFBgcICQoLDA0ODw",
    "document": {"document": "commercial invoice", "invoice_number": "YH-INV-2026-0318"},
}
EVENTS = (
    "event: ready\ndata: "
    '{"height":511,"time_ms":1790000511000,"ready":true}\n\n'
    "id: 512\nevent: block\ndata: "
    f'{{"height":512,"block_id":"{OTHER_HASH}","time_ms":{TIME_MS},"entries":1}}\n\n'
    "event: entry\ndata: "
    f'{{"index":1041,"id":"{HASH}","act":"bill.transfer","subject":"{BILL}",'
    '"issuer":"coral-line/desk","height":512}\n\n'
)
METRICS = "# HELP sealane_block_height Height of the newest committed block.\nsealane_block_height 512.0\n"
SPREAD: dict[str, Any] = {"count": 120, "median_ms": 21_600_000, "p90_ms": 172_800_000}
PASSAGE: dict[str, Any] = {"office": "haiphong-customs", "time": SPREAD, "ahead": 14}
REFUSED_DOCUMENTS: dict[str, Any] = {
    "what": "refused",
    "office": "haiphong-customs",
    "reason": "missing_licence",
    "count": 2,
}
OPEN_HOLDS: dict[str, Any] = {"authority": "plant-health", "age": SPREAD, "oldest_ms": 259_200_000}
SURRENDERED: dict[str, Any] = {"arrived": 80, "before": 62}
CARRIED_LEG: dict[str, Any] = {
    "mode": "sea",
    "origin": "CNQZH",
    "destination": "VNHPH",
    "containers": 96,
    "teu_hundredths": 16_450,
    "unsized": 3,
}
ATTENDANCE: dict[str, Any] = {"organisation": "qinzhou-customs", "due": 9_999, "missed": 12}
MADE_BLOCKS: dict[str, Any] = {
    "first": 11_001,
    "last": 21_000,
    "interval": {"count": 9_999, "median_ms": 30_000, "p90_ms": 30_004},
    "seals": 9_999,
    "later_rounds": 4,
    "attendance": [ATTENDANCE],
}
AT_THIS_NODE: dict[str, Any] = {
    "since_ms": TIME_MS - 86_400_000,
    "finality": {"count": 240, "median_ms": 84, "p90_ms": 140},
    "refused": [{"code": "bill.not-possessor", "count": 3}],
}
INDICATORS: dict[str, Any] = {
    "as_of": {"height": 512, "time_ms": TIME_MS},
    "days": 30,
    "from_ms": TIME_MS - 30 * 86_400_000,
    "every_line": True,
    "whole": True,
    "release": [PASSAGE],
    "gate_out": [PASSAGE],
    "refused": [REFUSED_DOCUMENTS],
    "holds": [OPEN_HOLDS],
    "surrendered": SURRENDERED,
    "legs": [CARRIED_LEG],
    "blocks": MADE_BLOCKS,
    "here": AT_THIS_NODE,
}
