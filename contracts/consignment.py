"""The consignment of a bill: which records belong to it, and whether a package holds just those.

A record belongs by what the ledger says of it, never by what a packer says:

1. bills: the bill itself; what it replaces and what replaced it; the house bills under any of these; and
   above all of them their masters, with what those replace and were replaced by;
2. containers: those of the bill, of its kin and of the house bills; of a master only those that these cover,
   because a master carries other consignees' goods too;
3. declarations: whichever declares one of these bills or containers, as in `contracts.views`, and what such
   a declaration cites;
4. documents: whichever was registered to one of these bills, containers or declarations.

Nothing here decides an act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from contracts.bill.model import Bill
from contracts.catalogue import decode_record
from contracts.clearance.model import Declaration
from contracts.model import Record, bill_key, container_key, declaration_key
from contracts.movement.model import Container
from contracts.registry.model import Document
from contracts.views import links_of
from ledger.bls import BlsBackend
from ledger.errors import EvidenceError, InvariantViolated
from ledger.evidence import (
    Anchor,
    Evidence,
    EvidencePackage,
    Expectation,
    Outcome,
    Report,
    VerificationFailed,
    VerifiedSeals,
    encode_evidence,
    parse_evidence_package,
    part_anchor,
    verify_evidence,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """What belongs to a bill, of the records at hand. Keys are in rising order."""

    keys: tuple[str, ...]
    """Records at hand that belong to it."""
    missing: tuple[str, ...]
    """Records that belong to it and are not at hand."""
    open: tuple[str, ...]
    """Bills and declarations that its containers name and that are not at hand: whether they belong to it or
    to other goods in the same container, only they themselves could say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFinding:
    """What the verification of one part found."""

    subject: str
    report: Report
    """The checks of the evidence, the failed one last."""
    fault: str = ""
    """Why the part is not relied on; empty when it verifies and belongs to the consignment."""
    field: str = ""
    """Field of the evidence at fault; `subject` for a record that does not belong."""
    stray: bool = False
    """Whether the evidence is sound, but for its age, and the record does not belong to the consignment."""
    record: Record | None = None
    """The record, once proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageReport:
    """What the verification of a package found."""

    package: EvidencePackage
    parts: tuple[PartFinding, ...]
    """In the order of the file."""
    missing: tuple[str, ...] = ()
    """Records that proven parts say belong to it, neither in the file nor said to be left out."""
    open: tuple[str, ...] = ()
    """As in `Consignment`."""


class PackageFailed(EvidenceError):
    """A part failed, does not belong, or is missing; the report tells of every part."""

    def __init__(self, message: str, field: str, report: PackageReport) -> None:
        super().__init__(message, field=field)
        self.report = report


def trace(root: str, records: Mapping[str, Record]) -> Consignment:
    """What belongs to the consignment of the bill at `root`, of these records by key."""
    bills = {key: record for key, record in records.items() if isinstance(record, Bill)}
    carried = _closure({root}, lambda known: _kin(known, bills) | _houses(known, bills))
    above = _closure(_masters(carried, bills), lambda known: _kin(known, bills) | _masters(known, bills))
    held = [bills[key] for key in carried if key in bills]
    containers = {container_key(name) for bill in held for name in bill.containers}
    goods = carried | above | containers
    declarations = {key: record for key, record in records.items() if isinstance(record, Declaration)}
    declared = _closure(
        {key for key, record in declarations.items() if _names(record, goods)},
        lambda known: _cited(known, declarations),
    )
    concerned = goods | declared
    documents = {k for k, r in records.items() if isinstance(r, Document) and _names(r, concerned)}
    belonging = concerned | documents
    there = [record for key in containers if isinstance(record := records.get(key), Container)]
    named = {key for record in there for key in links_of(record)}
    return Consignment(
        keys=tuple(sorted(belonging & records.keys())),
        missing=tuple(sorted(belonging - records.keys())),
        open=tuple(sorted(named - belonging - records.keys())),
    )


def verify_evidence_package(
    data: bytes,
    anchor: Anchor,
    *,
    expect: tuple[Expectation, ...] = (),
    max_age_ms: int | None = None,
    now_ms: int | None = None,
    bls: BlsBackend | None = None,
) -> PackageReport:
    """What a package proves to one who trusts `anchor`: every part, that it belongs, that none is missing.

    The parts are verified by `ledger.evidence.verify_evidence` and nothing else, all
    from the one anchor, and a seal that several share once; `expect` is asked of
    the bill, `max_age_ms` of every part.
    Raises `EncodingError` or `EvidenceError` for what is no package, and
    `PackageFailed`, whose report tells of every part.
    """
    package = parse_evidence_package(data)
    trusted, verified = part_anchor(package, anchor), VerifiedSeals()

    def examine(part: Evidence) -> PartFinding:
        wanted = expect if part.subject == package.subject else ()
        try:
            report = verify_evidence(
                encode_evidence(part),
                trusted,
                expect=wanted,
                max_age_ms=max_age_ms,
                now_ms=now_ms,
                bls=bls,
                verified=verified,
            )
            found = PartFinding(subject=part.subject, report=report)
        except VerificationFailed as error:
            found = PartFinding(
                subject=part.subject, report=error.report, fault=error.message, field=error.field
            )
        record, unlinked = _record_of(part, found.report)
        return _stray(found, unlinked, "record") if unlinked else replace(found, record=record)

    report = _connected(package, tuple(examine(part) for part in package.parts))
    for place, part in enumerate(report.parts):
        if part.fault:
            raise PackageFailed(f"{part.subject}: {part.fault}", f"parts.{place}.{part.field}", report)
    if report.missing:
        raise PackageFailed(f"{report.missing[0]} belongs to it and is missing", "parts", report)
    return report


def _record_of(part: Evidence, report: Report) -> tuple[Record | None, str]:
    """The record of a part, where it was proven, whatever failed afterwards; or why there is none."""
    proven = any(check.name == "record" and check.outcome is Outcome.PASSED for check in report.checks)
    if part.record is None or not proven:
        return None, "it proves no record, so nothing says what it belongs to"
    try:
        return decode_record(part.subject, bytes(part.record.value)), ""
    except (InvariantViolated, KeyError):
        return None, "its record is of no kind that is known here"


def _connected(package: EvidencePackage, parts: tuple[PartFinding, ...]) -> PackageReport:
    """The report, in which proven parts that do not belong are at fault.

    Only what is proven connects. A part of which no record is proven names nothing.
    """
    proven = {part.subject: part.record for part in parts if part.record is not None}
    found = trace(package.subject, proven)
    root = proven.get(package.subject)
    judged = tuple(_belonging(part, found, package.subject, root) for part in parts)
    accounted = {part.subject for part in parts} | {line.subject for line in package.left_out}
    return PackageReport(
        package=package,
        parts=judged,
        missing=tuple(key for key in found.missing if key not in accounted),
        open=tuple(key for key in found.open if key not in accounted),
    )


def _belonging(part: PartFinding, found: Consignment, subject: str, root: Record | None) -> PartFinding:
    if part.stray or (part.subject in found.keys and (part.subject != subject or isinstance(root, Bill))):
        return part
    if part.subject == subject:
        return _stray(part, "a consignment is that of a bill, and this is none", "subject")
    return _stray(part, f"nothing that is proven here connects it with {subject}", "subject")


def _stray(part: PartFinding, fault: str, field: str) -> PartFinding:
    """The part, which does not belong, if its evidence is sound: that it is old excuses no stranger."""
    last = part.report.checks[-1]
    is_sound = last.outcome is not Outcome.FAILED or last.name == "age"
    return replace(part, fault=fault, field=field, stray=True) if is_sound else part


def _closure(start: Iterable[str], step: Callable[[set[str]], set[str]]) -> set[str]:
    """All that repeated steps reach. Steps only name keys in the records at hand, so it ends."""
    known, grown = set[str](), set(start)
    while grown != known:
        known, grown = grown, grown | step(grown)
    return known


def _kin(keys: set[str], bills: Mapping[str, Bill]) -> set[str]:
    """What these bills replace and what replaced them, by their own records."""
    own = (bills[key] for key in keys & bills.keys())
    return {bill_key(name) for bill in own for name in (bill.replaces, bill.replaced_by) if name is not None}


def _houses(keys: set[str], bills: Mapping[str, Bill]) -> set[str]:
    """The house bills that name one of these as their master."""
    return {key for key, bill in bills.items() if _master(bill) in keys}


def _masters(keys: set[str], bills: Mapping[str, Bill]) -> set[str]:
    return {master for key in keys & bills.keys() if (master := _master(bills[key])) is not None}


def _master(bill: Bill) -> str | None:
    return None if bill.master is None or bill.master.bill is None else bill_key(bill.master.bill)


def _cited(keys: set[str], declarations: Mapping[str, Declaration]) -> set[str]:
    own = (declarations[key] for key in keys & declarations.keys())
    return {declaration_key(citation.declaration) for record in own for citation in record.cites}


def _names(record: Record, keys: set[str]) -> bool:
    return not keys.isdisjoint(links_of(record))
