"""The verifier that browsers run says what Python's says: the same checks, verdicts and sentences.

Both judge every committed vector, of evidence and of packages, changed in every kind of place, and JSON that
parsers disagree on.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rfc8785

from cli.verify import verdict_of
from cli.verify_package import package_verdict, part_verdict
from contracts.catalogue import decode_record
from contracts.consignment import PackageFailed, PartFinding, verify_evidence_package
from contracts.views import links_of
from ledger import canonical
from ledger.errors import EncodingError, InvariantViolated, LedgerError
from ledger.evidence import Anchor, Expectation, Report, VerificationFailed, is_package, verify_evidence
from ledger.primitives import decode_base64url, encode_base64url
from tests.browser.judged import ask
from tests.ledger.evidence.test_vectors import FOLDER, NAMES, anchor_of
from tools.make_vectors import PACKAGES
from tools.vectors import packages

DEMANDS = ("expect", "max_age_ms", "now_ms")

CHANGED = ("good-full", "good-fields", "good-checkpoint-3")
"""Between them they hold every part of the format."""

CHANGED_PACKAGES = ("verified-whole", "verified-contents-left-out", "verified-house")

LINKED = ("bill", "container", "declaration", "document")
"""What belongs to consignments; other records link what has no part in them."""

RANDOM_CHANGES = 12
"""Of each of these files, at any place."""

OWN_WORDS = re.compile(r"I-JSON|UTF-8|RFC 8785|CBOR|base64url|COSE|deterministic|SD-JWT|at most|second form")
"""What is wrong with bytes that are not even text of their format, each parser says in its own words."""


def vector(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / f"{name}.json").read_bytes())
    demands = {key: value[key] for key in DEMANDS if value.get(key) is not None}
    text = value.get("evidence") or value.get("package")
    data = value.get("evidence_base64url") or encode_base64url(str(text).encode())
    return {"data": data, "anchor": value["anchor"], **demands}


def python_says(case: dict[str, Any]) -> dict[str, Any]:
    """The report as the other verifier writes it."""
    expect = tuple(Expectation(field=field, value=value) for field, value in case.get("expect", {}).items())
    options = {"expect": expect, **{name: case.get(name) for name in ("max_age_ms", "now_ms")}}
    data = decode_base64url(case["data"], field="data")
    if is_package(data):
        return package_told(data, anchor_of(case["anchor"]), options)
    field = ""
    try:
        report = verify_evidence(data, anchor_of(case["anchor"]), **options)
    except VerificationFailed as error:
        report, field = error.report, error.field
    verdict, failed = verdict_of(report, field)
    return told(report) | {"verdict": verdict, "failed": failed, "field": field}


def told(report: Report) -> dict[str, Any]:
    header = report.status_header
    return {
        "checks": [[check.name, check.outcome.value, check.sentence] for check in report.checks],
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


def package_told(data: bytes, anchor: Anchor, options: dict[str, Any]) -> dict[str, Any]:
    fault = field = ""
    try:
        report = verify_evidence_package(data, anchor, **options)
    except PackageFailed as error:
        report, fault, field = error.report, str(error), error.field
    except LedgerError as error:
        return {"verdict": "not_verified", "parts": [], "fault": str(error), "field": error.field}
    return {
        "verdict": package_verdict(report),
        "network": report.package.network,
        "subject": report.package.subject,
        "parts": [part_told(part) for part in report.parts],
        "leftOut": [json.loads(canonical.encode(line)) for line in report.package.left_out],
        "missing": list(report.missing),
        "open": list(report.open),
        "fault": fault,
        "field": field,
    }


def part_told(part: PartFinding) -> dict[str, Any]:
    verdict, failed = part_verdict(part)
    own = {"subject": part.subject, "fault": part.fault, "field": part.field}
    return told(part.report) | own | {"verdict": verdict, "failed": failed}


def agree(cases: list[dict[str, Any]]) -> None:
    for case, theirs in zip(cases, ask(cases), strict=True):
        ours = python_says(case)
        assert compared(theirs, ours) == compared(ours, ours), case.get("what")


def compared(said: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """What a verifier says, as far as it is to be the same: not which words parsers have for bad bytes."""
    known = {name: said[name] for name in ours}
    if "parts" in ours:
        parts = zip(said["parts"], ours["parts"], strict=True)
        known["parts"] = [compared(part, mine) for part, mine in parts]
        in_own_words = not ours["parts"] or any(is_parsers_own(part) for part in ours["parts"])
    elif in_own_words := is_parsers_own(ours):
        known["checks"] = [*said["checks"][:-1], said["checks"][-1][:2]]
    return known | {name: None for name in ("fault", "field") if in_own_words}


def is_parsers_own(ours: dict[str, Any]) -> bool:
    """Whether a report ends at bytes that are not even text of their format."""
    return ours["failed"] == "file" or OWN_WORDS.search(ours["checks"][-1][2]) is not None


def test_every_vector_gets_the_same_report() -> None:
    agree([{**vector(name), "what": name} for name in NAMES])


def test_every_package_gets_the_same_report() -> None:
    agree([{**vector(path.stem, PACKAGES), "what": path.stem} for path in sorted(PACKAGES.glob("*.json"))])


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


def changes(name: str, folder: Path, seen: set[tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """A vector with one byte changed: in each field not yet seen, in each kind of mark, anywhere."""
    good = vector(name, folder)
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
    cases = [case for name in CHANGED for case in changes(name, FOLDER, seen)]
    assert len(seen) > 70
    agree(cases)


def test_one_changed_byte_in_a_package_turns_the_same_part_red() -> None:
    seen = set[tuple[str, ...]]()
    agree([case for name in CHANGED_PACKAGES for case in changes(name, PACKAGES, seen)])
    assert len(seen) > 70


ODD = (None, True, False, -1, 0, 2**53 - 1, 1.5, "", "x", "0" * 32, "0" * 64, [], ["x"], [None], {}, {"x": 1})


def spoilt(key: str, record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A record as it is, under other keys, and with each field left out, altered or added."""
    yield key, record
    yield key + "0", record
    yield "bill/" + "0" * 64, record
    yield key, {**record, "hereafter": 1}
    for name, value in record.items():
        yield key, {other: inner for other, inner in record.items() if other != name}
        for odd in ODD:
            yield key, {**record, name: odd}
        inner = value[0] if isinstance(value, list) and value else value
        for field in inner if isinstance(inner, dict) else ():
            for odd in ({other: inner[other] for other in inner if other != field}, {**inner, field: "x"}):
                yield key, {**record, name: [odd] if isinstance(value, list) else odd}


def test_records_are_known_alike_and_link_the_same() -> None:
    chain = packages.CHAIN.records
    cases = [case for key in chain for case in spoilt(key, json.loads(chain[key]))]
    answers = ask([{"key": key, "record": record} for key, record in cases])
    known = 0
    for (key, record), theirs in zip(cases, answers, strict=True):
        try:
            ours = sorted(set(links_of(decode_record(key, canonical.encode(record)))))
        except (InvariantViolated, KeyError):
            ours = None
        known += ours is not None
        if ours is not None and key.partition("/")[0] not in LINKED:
            ours = []
        assert theirs == ours, (key, record)
    assert 500 < known < len(cases) - 500


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
