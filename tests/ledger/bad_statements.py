"""Messages that are no statements, with the field at fault."""

from __future__ import annotations

import cbor2

from ledger import canonical
from ledger.keys import ORDER
from ledger.statement import (
    CONTENT_TYPE,
)
from tests.ledger.messages import GOOD, KID, LABELS, PAYLOAD, SUBJECT, build, payload_with

CLAIMS = b"\xa2\x01\x6balpha/clerk\x02\x78\x45" + SUBJECT.encode()
TYPE_ = b"\x03\x78\x20" + CONTENT_TYPE.encode()
KID_ = b"\x04\x58\x20" + KID

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "statement"),
    "trailing byte": (GOOD + b"\x00", "statement"),
    "twice": (GOOD + GOOD, "statement"),
    "truncated": (GOOD[:-1], "statement"),
    "untagged": (build(tag=None), "statement"),
    "COSE_Sign": (build(tag=98), "statement"),
    "COSE_Mac0": (build(tag=17), "statement"),
    "tag in a tag": (b"\xd2" + GOOD, "statement"),
    "self-described": (b"\xd9\xd9\xf7" + GOOD, "statement"),
    "CWT tag": (b"\xd8\x3d" + GOOD, "statement"),
    "indefinite array": (b"\xd2\x9f" + GOOD[2:] + b"\xff", "statement"),
    "indefinite bytes": (GOOD[:-66] + b"\x5f" + GOOD[-66:] + b"\xff", "statement"),
    "indefinite map": (GOOD.replace(b"\xa0\x58", b"\xbf\xff\x58"), "statement"),
    "three parts": (cbor2.dumps(cbor2.CBORTag(18, [b"", {}, b""])), "statement"),
    "five parts": (cbor2.dumps(cbor2.CBORTag(18, [b"", {}, b"", bytes(64), 1])), "statement"),
    "a map": (cbor2.dumps(cbor2.CBORTag(18, {0: b"", 1: {}, 2: b"", 3: bytes(64)})), "statement"),
    "a number": (cbor2.dumps(cbor2.CBORTag(18, 4)), "statement"),
    "four bytes": (cbor2.dumps(cbor2.CBORTag(18, b"abcd")), "statement"),
    "four letters": (cbor2.dumps(cbor2.CBORTag(18, "abcd")), "statement"),
    "protected as a map": (cbor2.dumps(cbor2.CBORTag(18, [LABELS, {}, b"", bytes(64)])), "statement"),
    "payload as text": (build(payload="x"), "statement"),
    "unprotected as a list": (build(unprotected=[]), "statement"),
    "unprotected as nothing": (cbor2.dumps(cbor2.CBORTag(18, [b"", None, b"", bytes(64)])), "statement"),
    "detached payload": (cbor2.dumps(cbor2.CBORTag(18, [b"", {}, None, bytes(64)])), "statement"),
    "repeated label outside": (GOOD.replace(b"\xa0\x58", b"\xa2\x01\x01\x01\x02\x58"), "statement"),
    "signature as text": (build(signature="x" * 64), "statement"),
    "short signature": (build(signature=bytes(63)), "signature"),
    "DER signature": (build(signature=b"\x30\x44" + bytes(68)), "signature"),
    "r is zero": (build(signature=bytes(32) + b"\x01" * 32), "signature"),
    "s is the order": (build(signature=b"\x01" * 32 + ORDER.to_bytes(32, "big")), "signature"),
    "empty protected": (build(protected=b""), "protected"),
    "empty map": (build(protected={}), "protected"),
    "a list": (build(protected=[0] * 16), "protected"),
    "text": (build(protected=cbor2.dumps("x" * 20)), "protected"),
    "trailing byte inside": (build(protected=cbor2.dumps(LABELS) + b"\x00"), "protected"),
    "ES384": (build(protected={**LABELS, 1: -35}), "protected"),
    "EdDSA": (build(protected={**LABELS, 1: -8}), "protected"),
    "alg as text": (build(protected={**LABELS, 1: "ES256"}), "protected"),
    "alg as a float": (build(protected={**LABELS, 1: -7.0}), "protected"),
    "no alg": (build(protected={k: v for k, v in LABELS.items() if k != 1}), "protected"),
    "alg outside": (
        build(protected={k: v for k, v in LABELS.items() if k != 1}, unprotected={1: -7}),
        "protected",
    ),
    "another content type": (build(protected={**LABELS, 3: "application/json"}), "protected"),
    "content type as a number": (build(protected={**LABELS, 3: 50}), "protected"),
    "an extra label": (build(protected={**LABELS, 16: "x"}), "protected"),
    "critical labels": (build(protected={**LABELS, 2: [15]}), "protected"),
    "an issuing time": (build(protected={**LABELS, 15: {1: "a", 2: "b", 6: 1}}), "protected"),
    "no subject": (build(protected={**LABELS, 15: {1: "a"}}), "protected"),
    "issuer as bytes": (build(protected={**LABELS, 15: {1: b"a", 2: "b"}}), "protected"),
    "issuer as a number": (build(protected={**LABELS, 15: {1: 1, 2: "b"}}), "protected"),
    "claims as a list": (build(protected={**LABELS, 15: [0, "a", "b"]}), "protected"),
    "short kid": (build(protected={**LABELS, 4: KID[:31]}), "protected"),
    "long kid": (build(protected={**LABELS, 4: KID + b"\x00"}), "protected"),
    "empty kid": (build(protected={**LABELS, 4: b""}), "protected"),
    "kid as text": (build(protected={**LABELS, 4: "k" * 32}), "protected"),
    "another label order": (
        build(protected=b"\xa4" + TYPE_ + b"\x01\x26" + KID_ + b"\x0f" + CLAIMS),
        "protected",
    ),
    "a long label": (build(protected=b"\xa4\x18\x01\x26" + TYPE_ + KID_ + b"\x0f" + CLAIMS), "protected"),
    "a long alg": (build(protected=b"\xa4\x01\x38\x06" + TYPE_ + KID_ + b"\x0f" + CLAIMS), "protected"),
    "indefinite labels": (
        build(protected=b"\xbf\x01\x26" + TYPE_ + KID_ + b"\x0f" + CLAIMS + b"\xff"),
        "protected",
    ),
    "a repeated label": (
        build(protected=b"\xa5\x01\x27\x01\x26" + TYPE_ + KID_ + b"\x0f" + CLAIMS),
        "protected",
    ),
    "a tagged kid": (
        build(protected=b"\xa4\x01\x26" + TYPE_ + b"\x04\xc2" + KID_[1:] + b"\x0f" + CLAIMS),
        "protected",
    ),
    "bad UTF-8": (
        build(protected=b"\xa4\x01\x26" + TYPE_ + KID_ + b"\x0f\xa2\x01\x61\xff\x02\x61b"),
        "protected",
    ),
    "no payload": (build(payload=b""), "payload"),
    "payload with a space": (build(payload=canonical.encode(PAYLOAD) + b" "), "payload"),
    "payload in CBOR": (build(payload=b"\xa0"), "payload"),
    "deep payload": (
        build(payload=payload_with(body=1).replace(b":1,", b":" + b"[" * 17 + b"]" * 17 + b",", 1)),
        "payload",
    ),
    "an extra field": (build(payload=payload_with(extra=1)), "payload"),
    "an unknown version": (build(payload=payload_with(version=2)), "payload.version"),
    "a short network": (build(payload=payload_with(network="00" * 31)), "payload.network"),
    "an upper-case network": (build(payload=payload_with(network="AB" * 32)), "payload.network"),
    "a negative version": (build(payload=payload_with(expected_version=-1)), "payload.expected_version"),
    "a version beyond 2^53": (
        build(payload=payload_with(expected_version=2**53)),
        "payload.expected_version",
    ),
    "a time with a fraction": (build(payload=payload_with(last_valid_ms=1.5)), "payload.last_valid_ms"),
    "an act without a dot": (build(payload=payload_with(type="bill")), "payload.type"),
    "an act with a newline": (build(payload=payload_with(type="bill.issue\n")), "payload.type"),
    "a short nonce": (build(payload=payload_with(nonce="A" * 21)), "payload.nonce"),
    "a nonce in a second spelling": (build(payload=payload_with(nonce="A" * 21 + "B")), "payload.nonce"),
    "a body that is a list": (build(payload=payload_with(body=[])), "payload.body"),
    "a body that is nothing": (build(payload=payload_with(body=None)), "payload.body"),
    "a body with spaces": (
        build(payload=canonical.encode(PAYLOAD).replace(b'"to":', b'"to": ')),
        "payload.body",
    ),
    "a body out of order": (
        build(
            payload=canonical.encode(PAYLOAD).replace(
                b'{"parts":[1,2],"to":"beta"}', b'{"to":"beta","parts":[1,2]}'
            )
        ),
        "payload.body",
    ),
    "a body with a key twice": (
        build(payload=canonical.encode(PAYLOAD).replace(b'"to":"beta"', b'"to":"beta","to":"beta"')),
        "payload.body",
    ),
    "a body that is not UTF-8": (
        build(payload=canonical.encode(PAYLOAD).replace(b'"beta"', b'"\xff"')),
        "payload.body",
    ),
    "a body with half a surrogate": (
        build(payload=canonical.encode(PAYLOAD).replace(b'"beta"', b'"\xed\xa0\x80"')),
        "payload.body",
    ),
    "a body with an endless number": (
        build(payload=canonical.encode(PAYLOAD).replace(b"[1,2]", b"1" * 5000)),
        "payload.body",
    ),
}
