"""Evidence that is signed and proven throughout, of contents and members that only its makers would make.

Both verifiers judge its meaning alike.
"""

from __future__ import annotations

from typing import Any

import msgspec
import rfc8785
from msgspec.structs import replace

from ledger import canonical
from ledger.evidence import FieldDisclosure, encode_evidence
from ledger.hashing import Tag, sha256, tagged_hash
from ledger.primitives import encode_base64url
from ledger.state import key_hash, prove
from ledger.statement import make_payload, sign_statement
from tests.browser.judged import ask
from tests.browser.test_verifier_agrees import agree, python_says
from tests.ledger.builder import START_MS, Chain, member_key
from tests.ledger.evidence.making import BILL, make, prove_entry, prove_record

DIGESTS: tuple[dict[str, Any], ...] = (
    {"_sd": []},
    {"_sd": ["A"]},
    {"_sd": ["A", 1]},
    {"_sd": ["A", 1e21]},
    {"_sd": ["A", 1e-6]},
    {"_sd": [{"\uffff": 1, "\U0001f600": 2}]},
    {"_sd": [None]},
    {"_sd": [["A"]]},
    {"_sd": {}},
    {"_sd": None},
    {"_sd": [], "__proto__": 1},
    {},
)
"""What authors of documents may commit to, since the ledger sees only a hash; the first two are digests."""

SPANS: tuple[dict[str, Any], ...] = (
    {},
    {"valid_from_ms": START_MS},
    {"valid_from_ms": 1.5},
    {"valid_from_ms": True},
    {"valid_from_ms": None},
    {"valid_until_ms": 1e21},
    {"valid_until_ms": 2**53 - 1},
)
"""Spans of a member's key; numbers that are not whole are none of the ledger's."""


def test_what_authors_commit_to_and_disclosers_sign_is_judged_alike() -> None:
    key, opening = member_key("alpha/clerk"), bytes(16)
    kid, held = encode_base64url(key.public_key.thumbprint), {"key": key.public_key.text}
    header = {"alg": "ES256", "kid": kid, "typ": "sealane-disclosure+sd-jwt"}
    records = {f"member/a/{at}": {"state": "active", "keys": [held | span]} for at, span in enumerate(SPANS)}
    for place, digests in enumerate(DIGESTS):
        hashed = sha256(rfc8785.dumps(digests))
        records[f"bill/{place}"] = {"contents": tagged_hash(Tag.COMMITMENT, opening, hashed).hex()}
    chain = Chain()
    chain.add((), {name: rfc8785.dumps(value) for name, value in records.items()})
    cases = []
    for place, span in [*((at, 0) for at in range(len(DIGESTS))), *((0, at) for at in range(len(SPANS)))]:
        subject, member = f"bill/{place}", f"a/{span}"
        claims = {"_sd_alg": "sha-256", "iss": member, "sub": subject, "iat": 1}
        claims |= {"opening": encode_base64url(opening), "document": DIGESTS[place]}
        signed = ".".join(encode_base64url(rfc8785.dumps(part)) for part in (header, claims))
        shown = FieldDisclosure(
            sd_jwt=f"{signed}.{encode_base64url(key.sign(signed.encode()))}~",
            member=msgspec.Raw(chain.records[f"member/{member}"]),
            proof=prove(key_hash(f"member/{member}"), chain.pages.get),
        )
        evidence = make(chain, subject, record=prove_record(chain, subject))
        data = encode_base64url(encode_evidence(replace(evidence, disclosed=shown)))
        genesis = canonical.encode(chain.genesis).decode()
        anchor = {"network": chain.network.hex(), "genesis": genesis}
        cases.append({"data": data, "anchor": anchor, "what": (DIGESTS[place], SPANS[span])})
    agree(cases)
    assert sum(python_says(case)["verdict"] == "verified" for case in cases) == 2 + 1 + 3


PART = {"type": "bill.note", "expected_version": 0}

BODIES: tuple[dict[str, Any], ...] = (
    {"mass": 1},
    {"mass": [{"kg": 2**53 - 1}]},
    {"mass": 1.5},
    {"mass": [{"kg": 1e21}]},
    {"mass": 1e-6},
    {"\u00e9": 1},
    {"goods": [{"\uffff": 1, "\U0001f600": 2}]},
    {"parts": [{**PART, "subject": "x/1", "body": 1}, {**PART, "subject": BILL, "body": {}}]},
)
"""Of acts that no node takes, but for the first two: they are objects, without floats, with ASCII names."""


def test_acts_that_no_node_takes_are_no_evidence_of_either() -> None:
    key, subject, chain = member_key("alpha/clerk"), BILL, Chain()
    statements = []
    for place, body in enumerate(BODIES):
        payload = make_payload(
            network=chain.network,
            act="batch.run" if "parts" in body else "bill.note",
            body={},
            expected_version=0,
            last_valid_ms=START_MS,
            nonce=bytes([place] * 16),
        )
        payload = replace(payload, body=msgspec.Raw(rfc8785.dumps(body)))
        statements.append(sign_statement(key, issuer="alpha/clerk", subject=subject, payload=payload))
    chain.add(tuple(statements))
    genesis = canonical.encode(chain.genesis).decode()
    cases = [
        {
            "data": encode_base64url(
                encode_evidence(make(chain, subject, entries=(prove_entry(chain, at, 1),)))
            ),
            "anchor": {"network": chain.network.hex(), "genesis": genesis},
            "what": body,
        }
        for at, body in enumerate(BODIES, 1)
    ]
    for case, theirs in zip(cases, ask(cases), strict=True):
        ours = python_says(case)
        assert (theirs["verdict"], theirs["failed"]) == (ours["verdict"], ours["failed"]), case["what"]
        good = case["what"] in BODIES[:2]
        assert (ours["verdict"], ours["failed"]) == (("verified", None) if good else ("not_verified", "log"))
