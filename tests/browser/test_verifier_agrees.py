"""The verifier that browsers run says what Python's says: the same checks, verdicts and sentences.

Both judge every committed vector, changed in every kind of place, and JSON that parsers disagree on.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import rfc8785

from cli.verify import verdict_of
from ledger import canonical
from ledger.errors import EncodingError
from ledger.evidence import Expectation, VerificationFailed, verify_evidence
from ledger.primitives import decode_base64url, encode_base64url
from tests.browser.judged import ask
from tests.ledger.evidence.test_vectors import FOLDER, NAMES, anchor_of

DEMANDS = ("expect", "max_age_ms", "now_ms")

CHANGED = ("good-full", "good-fields", "good-checkpoint-3")
"""Between them they hold every part of the format."""

RANDOM_CHANGES = 12
"""Of each of these files, at any place."""

OWN_WORDS = re.compile(r"I-JSON|UTF-8|RFC 8785|CBOR|base64url|COSE|deterministic|SD-JWT|at most|second form")
"""What is wrong with bytes that are not even text of their format, each parser says in its own words."""


def vector(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    demands = {key: value[key] for key in DEMANDS if value.get(key) is not None}
    data = value.get("evidence_base64url") or encode_base64url(value["evidence"].encode())
    return {"data": data, "anchor": value["anchor"], **demands}


def python_says(case: dict[str, Any]) -> dict[str, Any]:
    """The report as the other verifier writes it."""
    expect = tuple(Expectation(field=field, value=value) for field, value in case.get("expect", {}).items())
    times = {name: case.get(name) for name in ("max_age_ms", "now_ms")}
    data = decode_base64url(case["data"], field="data")
    field = ""
    try:
        report = verify_evidence(data, anchor_of(case["anchor"]), expect=expect, **times)
    except VerificationFailed as error:
        report, field = error.report, error.field
    verdict, failed = verdict_of(report, field)
    header = report.status_header
    return {
        "checks": [[check.name, check.outcome.value, check.sentence] for check in report.checks],
        "verdict": verdict,
        "failed": failed,
        "network": report.network,
        "subject": report.subject,
        "header": None if header is None else json.loads(canonical.encode(header)),
        "signers": list(report.signers),
        "statements": [
            {name: getattr(one, name) for name in one.__dataclass_fields__} for one in report.statements
        ],
        "record": report.record,
        "document": report.document,
        "number": report.number,
        "fields": [[list(path), value] for path, value in report.fields],
        "discloser": report.discloser,
    }


def agree(cases: list[dict[str, Any]]) -> None:
    for case, theirs in zip(cases, ask(cases), strict=True):
        ours = python_says(case)
        if ours["failed"] == "file" or OWN_WORDS.search(ours["checks"][-1][2]):
            for said in (ours, theirs):
                said["checks"][-1] = said["checks"][-1][:2]
        assert {name: theirs[name] for name in ours} == ours, case.get("what")


def test_every_vector_gets_the_same_report() -> None:
    agree([{**vector(name), "what": name} for name in NAMES])


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each text and number in a file, with its path, in which all elements of a list are one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, (*path, "*"))
    else:
        yield path, value


def other(byte: int) -> int:
    """Another byte of the same kind, so that the change is seen as late as it can be."""
    for kind in (b"0123456789", b"abcdef", b"ghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        if byte in kind:
            return kind[(kind.index(byte) + 1) % len(kind)]
    return ord("x")


def changes(name: str, seen: set[tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """A vector with one byte changed: in each field not yet seen, in each kind of mark, anywhere."""
    good = vector(name)
    data = decode_base64url(good["data"], field="data")

    def changed(what: str, place: int, byte: bytes) -> dict[str, Any]:
        altered = encode_base64url(data[:place] + byte + data[place + 1 :])
        return {**good, "data": altered, "what": f"{name}: {what}, byte {place}"}

    for path, value in leaves(json.loads(data)):
        spelled = rfc8785.dumps(value).strip(b'"')
        if path not in seen and spelled:
            seen.add(path)
            place = data.index(spelled) + len(spelled) // 2
            yield changed(".".join(path), place, bytes([other(data[place])]))
    for mark in b'{}[],:"':
        place = data.index(mark, len(data) // 2)
        yield changed("another mark", place, b" ")
        yield changed("no mark", place, b"")
    chance = random.Random(name)
    for _ in range(RANDOM_CHANGES):
        yield changed("anything", chance.randrange(len(data)), bytes([chance.randrange(256)]))


def test_one_changed_byte_turns_the_same_check_red() -> None:
    seen = set[tuple[str, ...]]()
    cases = [case for name in CHANGED for case in changes(name, seen)]
    assert len(seen) > 70
    agree(cases)


JSON_TEXTS = [
    b"{}", b'{"a":1}', b' { "a" : [ 1 , 2 ] } ', b'{"a":1,"a":2}', b'{"a":01}', b'{"a":-0}', b'{"a":-0.0}',
    b'{"a":1e400}', b'{"a":1e-400}', b'{"a":9007199254740991}', b'{"a":9007199254740992}', b'{"a":1.0}',
    b'{"a":9007199254740993.0}', b'{"a":1e21}', b'{"a":1E+2}', b'{"a":0.1e-6}', b'{"a":5e-324}',
    b'{"a":123456789012345678901234567890}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}',
    b'{"a":"\\ud83d\\ude00"}', b'{"a":"\\ud83d"}', b'{"a":"\\ude00\\ud83d"}', b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xf0\x9f\x98\x80"}', b'{"a":"\\u0000"}', b'{"a":"\x00"}', b'{"a":"\x7f"}', b'{"a":"\\/"}',
    b'{"a":"\\x41"}', b'{"a":"\\u12"}', b'{"a":"\\u00E9"}',
    b'{"\xf0\x9f\x98\x80":1,"\xef\xbf\xbf":2,"\xc3\xa9":3}',
    b'{"a":tru}', b'{"a":nul}', b'{"a":true,}', b'{"a"}', b'{a:1}', b"{'a':1}", b'{"a":.5}', b'{"a":5.}',
    b'{"a":+1}', b'{"a":1}x', b'{"a":1}\x00', b"\xef\xbb\xbf{}", b'{"__proto__":{"a":1},"constructor":2}',
    b'{"10":1,"9":2,"a":3}', b"{}{}", b"", b" ", b"\xff", b'{"a":"\xc0\x80"}', b'{"a":\x0b1}',
    b'{"a":"\xe2\x80\xa8"}',
    b'{"a":' * 31 + b"{}" + b"}" * 31, b'{"a":' * 32 + b"{}" + b"}" * 32, b'{"a":"' + b"[" * 99 + b'"}',
]  # fmt: skip


def test_json_is_read_and_written_alike() -> None:
    chance = random.Random("json")
    texts = list(JSON_TEXTS)
    for _ in range(300):
        exponent = chance.randrange(-330, 310)
        whole = chance.getrandbits(chance.randrange(1, 60))
        texts.append(f'{{"a":{chance.random() * 10}e{exponent},"b":{whole}}}'.encode())
    for text in JSON_TEXTS:
        for place in range(len(text) if len(text) < 100 else 0):
            texts.append(text[:place] + bytes([chance.randrange(256)]) + text[place + 1 :])
    for text, theirs in zip(texts, ask([{"json": encode_base64url(text)} for text in texts]), strict=True):
        try:
            ours = rfc8785.dumps(canonical.parse_document(text)).decode()
        except EncodingError:
            ours = None
        if ours is None and theirs is not None and theirs[0] != "{":
            continue  # Python asks of documents that they are objects
        assert theirs == ours, text
