"""Packages of evidence, good, incomplete and wrong on purpose, about one small consignment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from ledger import canonical
from ledger.contents import contents_commitment
from ledger.evidence import Evidence, EvidencePackage, LeftOut, encode_evidence_package
from ledger.primitives import encode_base64url
from tests.contracts.guards.house import MASTER, UNDER, mastered
from tests.contracts.guards.registry import REGISTER
from tests.contracts.world import BILL, CONTAINER, DECLARATION, DOCUMENT, World, digest
from tests.ledger.builder import Chain
from tests.ledger.evidence.making import SALT, make, prove_entry, prove_record

ALL = (BILL, CONTAINER, DECLARATION, DOCUMENT)
OTHER_BILL, STRANGE_BILL = "bill/" + digest("bill 3"), "bill/" + digest("bill 4")
STRANGER = "member/beibu-line/chief"
INVOICE = {"invoice": "2026-117", "total": 1231.5}


@dataclass(frozen=True, kw_only=True)
class PackageVector:
    """One file."""

    name: str
    """Name of the file without its ending; its first word is the verdict."""
    description: str
    package: bytes
    anchor: dict[str, Any]
    failed: dict[str, str] = field(default_factory=dict)
    """By subject of a part, the check that fails; `belongs` where its evidence is sound."""
    at: str = ""
    """The field at fault; empty where nothing is."""
    missing: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    demands: dict[str, Any] = field(default_factory=dict)
    """`expect`, `max_age_ms` and `now_ms`, as in the vectors of evidence."""

    def encode(self) -> bytes:
        """The file: JSON, indented, its package as text."""
        value = {"description": self.description, "anchor": self.anchor, **self.demands}
        value |= {
            "package": self.package.decode(),
            "verdict": self.name.partition("-")[0].replace("bad", "not_verified"),
        }
        value |= {"failed": self.failed, "field": self.at, "missing": self.missing, "open": self.open}
        return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _chain() -> Chain:
    """A bill with container, declaration and invoice, records that are of neither, and damaged ones."""
    world = World().issue().lodge()
    contents = contents_commitment(SALT, INVOICE).hex()
    world.do("document.register", DOCUMENT, "red-river-brokers", {**REGISTER, "contents": contents})
    world.issue(OTHER_BILL, containers=[{"id": digest("container 3")[:32], "commitment": digest("number 3")}])
    chain = Chain()
    records = {key: value for key, value in world.state.items() if "/" in key}
    unknown = {**json.loads(records[OTHER_BILL]), "hereafter": True}
    records |= {STRANGE_BILL: canonical.encode(unknown), "x/1": b"{}"}
    said = chain.statement("alpha/clerk", CONTAINER, "movement.record", {})
    chain.add((said,), records)
    return chain


CHAIN = _chain()
ANCHOR = {"network": CHAIN.network.hex()}
TOO_OLD = {"max_age_ms": 1_000, "now_ms": CHAIN.tip.header.time_ms + 1_001}


def _part(key: str, chain: Chain = CHAIN, **changes: Any) -> Evidence:
    document = INVOICE if key == DOCUMENT else None
    return replace(make(chain, key, record=prove_record(chain, key), document=document), **changes)


def _package(*parts: Evidence, **changes: Any) -> EvidencePackage:
    fields: dict[str, Any] = {
        "format": "sealane-package",
        "version": 1,
        "network": CHAIN.network.hex(),
        "subject": BILL,
        "parts": parts,
        "genesis": CHAIN.genesis,
    }
    return EvidencePackage(**fields | changes)


def _of(*keys: str, **changes: Any) -> EvidencePackage:
    return _package(*map(_part, sorted(keys)), **changes)


def _left_out(subject: str, what: Any, reason: str = "evidence.unavailable") -> LeftOut:
    return LeftOut(subject=subject, what=what, reason=reason)


def packages() -> Iterator[PackageVector]:
    """Every vector."""
    for make_some in (_verified, _caution, _bad_parts, _bad_whole):
        yield from make_some()
    for name, package, at, description in _malformed():
        data = package if isinstance(package, bytes) else encode_evidence_package(package)
        yield _vector(f"bad-file-{name}", description, data, at=at)


def _vector(name: str, description: str, package: EvidencePackage | bytes, **more: Any) -> PackageVector:
    data = package if isinstance(package, bytes) else encode_evidence_package(package)
    return PackageVector(
        **{"name": name, "description": description, "package": data, "anchor": ANCHOR} | more
    )


def _verified() -> Iterator[PackageVector]:
    yield _vector(
        "verified-whole",
        "A bill, its container, its declaration, and an invoice with its contents.",
        _of(*ALL),
        demands={
            "expect": {"status": "issued|voided"},
            "max_age_ms": 60_000,
            "now_ms": CHAIN.tip.header.time_ms + 60_000,
        },
    )
    yield _vector(
        "verified-genesis-given",
        "The reader has the genesis document, so the file needs none.",
        _of(*ALL, genesis=None),
        anchor={**ANCHOR, "genesis": canonical.encode(CHAIN.genesis).decode()},
    )
    yield _vector(
        "verified-contents-left-out",
        "Contents that the packer was not given, and says so.",
        _of(*ALL, left_out=(_left_out(BILL, "contents", "contents.not-entitled"),)),
    )
    under: dict[str, Any] = {**UNDER}
    house = mastered(World()).issue(**under)
    chain = Chain()
    chain.add((), {key: value for key, value in house.state.items() if "/" in key})
    keys = sorted((BILL, MASTER, *(f"container/{one}" for one in _containers(house, BILL))))
    yield _vector(
        "verified-house",
        "A house bill with the master bill above it; of the master's containers only the house bill's.",
        _package(*(_part(key, chain) for key in keys), network=chain.network.hex(), genesis=chain.genesis),
        anchor={"network": chain.network.hex()},
    )


def _containers(world: World, key: str) -> list[str]:
    found: list[str] = json.loads(world.state[key])["containers"]
    return found


def _caution() -> Iterator[PackageVector]:
    yield _vector(
        "caution-open",
        "The container names a declaration that is not in the file: only it could say whose it is.",
        _of(BILL, CONTAINER),
        open=(DECLARATION,),
    )
    yield _vector(
        "caution-left-out",
        "The container's evidence is left out, and the file says so.",
        _of(BILL, DECLARATION, DOCUMENT, left_out=(_left_out(CONTAINER, "evidence"),)),
    )
    yield _vector(
        "caution-too-old",
        "Every part is older than the reader allows.",
        _of(*ALL),
        failed=dict.fromkeys(ALL, "age"),
        at="parts.0.age",
        demands=TOO_OLD,
    )
    yield _vector(
        "caution-other-network",
        "A network that the reader does not trust. Nothing is proven, so nothing is missing.",
        _of(BILL),
        anchor={"network": "00" * 32},
        failed={BILL: "anchor"},
        at="parts.0.network",
    )


def _bad_parts() -> Iterator[PackageVector]:
    """One part is wrong; the others are not."""
    for check, name, wrong, description, at in (*_unsound(), *_strange()):
        parts = {part.subject: part for part in (*map(_part, ALL), wrong)}
        keys = sorted(parts)
        yield _vector(
            f"bad-{check}-{name}",
            description,
            _package(*(parts[key] for key in keys)),
            failed={wrong.subject: check},
            at=f"parts.{keys.index(wrong.subject)}.{at}",
        )


Row = tuple[str, str, Evidence, str, str]
"""The check that fails, a name, the part, what is wrong with it, and the field at fault."""


def _unsound() -> Iterator[Row]:
    """Parts that do not verify."""
    container, document = _part(CONTAINER), _part(DOCUMENT)
    (header,), record, contents = container.headers, container.record, document.contents
    if header.seal is None or contents is None or record is None:
        raise ValueError("the parts are not as they were made")
    moved = replace(header, seal=replace(header.seal, round=header.seal.round + 1))
    yield "seal", "other-round", replace(container, headers=(moved,)), "Another round.", "signature"
    at_sea = replace(record, value=Raw(bytes(record.value).replace(b'"announced"', b'"at_sea"')))
    yield "record", "altered", replace(container, record=at_sea), "Said to be at sea.", "proof"
    swapped = replace(container, record=document.record)
    yield "record", "swapped", swapped, "The proof of one record under the name of another.", "proof"
    twice = replace(container, headers=(header, header))
    yield "file", "headers", twice, "A header twice.", "headers"
    salted = replace(contents, salt=encode_base64url(b"0" * 16))
    yield "contents", "salt", replace(document, contents=salted), "Another salt.", "contents"


def _strange() -> Iterator[Row]:
    """Parts that verify, and do not belong or say nothing of what they belong to."""
    for name, key, description, at in (
        ("stranger", OTHER_BILL, "Another bill, which nothing connects with this one.", "subject"),
        ("member", STRANGER, "A member, which belongs to no consignment.", "subject"),
        ("unknown-field", STRANGE_BILL, "A bill with a field of the future.", "record"),
        ("unknown-kind", "x/1", "A record of no kind.", "record"),
    ):
        yield "belongs", name, _part(key), description, at
    said = make(CHAIN, CONTAINER, entries=(prove_entry(CHAIN, 1, 1),))
    yield "belongs", "statement", said, "A statement about the container, and no record.", "record"


def _bad_whole() -> Iterator[PackageVector]:
    """Every part is sound evidence, and the whole is not what it claims to be."""
    yield _vector(
        "bad-missing",
        "The bill names a container that is neither there nor said to be left out.",
        _of(BILL, DECLARATION, DOCUMENT),
        at="parts",
        missing=(CONTAINER,),
    )
    yield _vector(
        "bad-belongs-no-bill",
        "The consignment of a container.",
        _of(CONTAINER, subject=CONTAINER),
        failed={CONTAINER: "belongs"},
        at="parts.0.subject",
    )
    bill, container = _part(BILL), _part(CONTAINER)
    yield _vector(
        "bad-record-of-the-bill",
        "The bill's own record is not proven, so nothing is connected with it.",
        _package(replace(bill, record=container.record), container),
        failed={BILL: "record", CONTAINER: "belongs"},
        at="parts.0.proof",
    )
    yield _vector(
        "bad-belongs-too-old",
        "Every part is older than the reader allows, which does not make a stranger's record belong.",
        _of(*ALL, OTHER_BILL, STRANGE_BILL),
        failed=dict.fromkeys(ALL, "age") | dict.fromkeys((OTHER_BILL, STRANGE_BILL), "belongs"),
        at="parts.0.record",
        demands=TOO_OLD,
    )
    yield _vector(
        "bad-expected-status",
        "The bill is not what the reader expects; the other parts are not asked.",
        _of(*ALL),
        failed={BILL: "expected"},
        at="parts.0.status",
        demands={"expect": {"status": "voided"}},
    )


def _malformed() -> Iterator[tuple[str, EvidencePackage | bytes, str, str]]:
    """Files that are no packages."""
    bill, container = _part(BILL), _part(CONTAINER)
    whole = encode_evidence_package(_of(BILL, CONTAINER))
    contents = _left_out(DECLARATION, "contents")
    yield "version", _of(BILL, version=2), "version", "A format of the future."
    yield "subject", _of(CONTAINER), "subject", "Its bill is not among the parts."
    yield "twice", _package(bill, bill), "parts", "A part twice."
    yield "falling", _package(container, bill), "parts", "Parts by falling subject."
    yield "network", _package(replace(bill, network="0" * 64)), "parts.0.network", "Another network's part."
    own = replace(bill, genesis=CHAIN.genesis)
    yield "genesis-inside", _package(own), "parts.0.genesis", "A genesis in a part."
    other = replace(CHAIN.genesis, name="Other")
    yield "genesis", _of(BILL, genesis=other), "genesis", "Another network's genesis."
    for name, lines, at, description in (
        ("twice", (contents, contents), "left_out", "One line twice."),
        ("absent", (contents,), "left_out.0", "Contents of what is not there."),
        ("there", (_left_out(BILL, "evidence"),), "left_out.0", "Evidence of what is there."),
        ("reason", (_left_out(CONTAINER, "evidence", "because"),), "left_out[0].reason", "No code."),
    ):
        yield f"left-out-{name}", _of(BILL, left_out=lines), at, description
    yield "no-parts", _package(), "parts", "No parts at all."
    yield "space", whole.replace(b":", b": ", 1), "", "A space that canonical JSON does not have."
    spaced = whole.replace(b'"value":{', b'"value":{ ', 1)
    yield "record", spaced, "parts.0.record.value", "A space in a record."
    yield "record-list", whole.replace(b'"value":{', b'"value":[{', 1), "", "Brackets that do not match."
    yield "cut", whole[:-1], "", "Its last bracket is lost."
