"""`sealane verify` of a package: one line for each record of the consignment, and the checks that failed.

`contracts.consignment` decides; this file shows its report.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.evidence import left_out_lines
from cli.output import Output, clean, duration, moment
from cli.verify import COLOURS, VERDICTS, Demands, as_json, check_lines, verdict_of, warn_of_clock
from contracts.consignment import PackageFailed, PackageReport, PartFinding, verify_evidence_package
from contracts.views import summary
from ledger.block import Header
from ledger.errors import LedgerError


def show_package(output: Output, file: Path, data: bytes, demands: Demands, *, every: bool) -> str:
    """Verify a package and print what was found, with `every` also the checks that passed; the verdict."""
    fault = ""
    try:
        report = verify_evidence_package(
            data,
            demands.anchor,
            expect=demands.expect,
            max_age_ms=demands.max_age_ms,
            now_ms=demands.now_ms,
            bls=demands.bls,
        )
    except PackageFailed as error:
        report, fault = error.report, str(error)
    except LedgerError as error:
        return _malformed(output, file, error, demands)
    verdict = package_verdict(report)
    parts = [
        as_json(file, part.report, *part_verdict(part), demands) | {"fault": part.fault or None}
        for part in report.parts
    ]
    value = {
        "file": str(file),
        "verdict": verdict,
        "fault": fault or None,
        "anchor": demands.origin,
        "network": report.package.network,
        "subject": report.package.subject,
        "as_of": _as_of(report, demands.now_ms),
        "parts": parts,
        "left_out": [
            {"subject": line.subject, "what": line.what, "reason": line.reason}
            for line in report.package.left_out
        ],
        "missing": list(report.missing),
        "open": list(report.open),
    }
    output.result(value, _lines(output, report, value, every=every))
    headers = _headers(report)
    warn_of_clock(output, headers[-1] if headers else None, verdict, demands.now_ms)
    return verdict


def _malformed(output: Output, file: Path, error: LedgerError, demands: Demands) -> str:
    value = {"file": str(file), "verdict": "not_verified", "fault": str(error), "anchor": demands.origin}
    painted = output.paint(VERDICTS["not_verified"], COLOURS["not_verified"])
    text = f"{painted}: no well-formed package: {clean(str(error))}. Ask its sender for another."
    output.result(value, text)
    return "not_verified"


def part_verdict(part: PartFinding) -> tuple[str, str | None]:
    """The verdict on a part, and the name of the check that failed: `belongs` where the evidence is sound."""
    return ("not_verified", "belongs") if part.stray else verdict_of(part.report, part.field)


def package_verdict(report: PackageReport) -> str:
    """The verdict on the worst part, and a caution where something that may matter is left out."""
    found = {part_verdict(part)[0] for part in report.parts}
    if "not_verified" in found or report.missing:
        return "not_verified"
    return "caution" if "caution" in found or _incomplete(report) else "verified"


def _incomplete(report: PackageReport) -> bool:
    """Whether what is left out could matter at a gate: evidence, or a declaration that containers name."""
    left_out = any(line.what == "evidence" for line in report.package.left_out)
    return left_out or any(key.startswith("declaration/") for key in report.open)


def _headers(report: PackageReport) -> list[Header]:
    """The newest proven header of each part, by height."""
    found = [part.report.status_header for part in report.parts]
    return sorted((header for header in found if header is not None), key=lambda header: header.height)


def _as_of(report: PackageReport, now_ms: int) -> dict[str, int] | None:
    """The oldest moment as of which any part is current, and the newest block."""
    headers = _headers(report)
    if not headers:
        return None
    oldest = headers[0]
    return {
        "height": oldest.height,
        "newest_height": headers[-1].height,
        "time_ms": oldest.time_ms,
        "age_ms": max(0, now_ms - oldest.time_ms),
    }


def _lines(output: Output, report: PackageReport, value: dict[str, Any], *, every: bool) -> Iterator[str]:
    marks = {"verified": "passed", "caution": "warning", "not_verified": "failed"}
    words = {"verified": "pass", "caution": "caution", "not_verified": "fail"}
    for part, shown in zip(report.parts, value["parts"], strict=True):
        verdict = shown["verdict"]
        yield f"{output.mark(marks[verdict])} {words[verdict]:<8}{clean(part.subject)}  {clean(_said(part))}"
        if every or part.report.checks[-1].outcome.value == "failed":
            for line in check_lines(output, part.report, cautious=verdict == "caution"):
                yield f"    {line}"
    for key in report.missing:
        yield f"{output.mark('failed')} {'fail':<8}{key}  belongs to the consignment and is missing"
    yield from (clean(line) for line in left_out_lines(report.package))
    yield ""
    yield output.paint(VERDICTS[value["verdict"]], COLOURS[value["verdict"]]) + _because(value)
    yield from (f"  {label:<11}{clean(text)}" for label, text in _facts(value))


def _said(part: PartFinding) -> str:
    """A part in one line: its number or title, where it stands, and whether its document is there."""
    if part.fault and part.record is None:
        return part.fault
    said = {} if part.record is None else summary(part.record)
    number = part.report.number or said.get("title", "")
    enclosed = "With its document" if part.report.document is not None else ""
    sentences = (part.fault, number, said.get("status", ""), enclosed)
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence)


def _because(value: dict[str, Any]) -> str:
    if value["verdict"] == "verified":
        return f": the consignment of {value['subject']}, {len(value['parts'])} records"
    if value["verdict"] == "caution" and any(part["failed"] == "age" for part in value["parts"]):
        return ": the file is sound, but parts of it are older than you allow. Ask for a fresh one."
    if value["verdict"] == "caution" and all(part["verdict"] == "verified" for part in value["parts"]):
        return (
            ": the file is sound, but records of the same goods are not in it. Ask for them, or ask a node."
        )
    if value["verdict"] == "caution":
        return ": the file is of a network that you did not name. Ask its sender which genesis to trust."
    return f": {clean(str(value['fault']))}. Do not rely on this file; ask its sender for another."


def _facts(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    as_of = value["as_of"]
    if as_of is not None:
        until = f" to {as_of['newest_height']}" if as_of["newest_height"] != as_of["height"] else ""
        age = duration(as_of["age_ms"])
        yield "current", f"as of block {as_of['height']}{until}, {moment(as_of['time_ms'])}, {age} ago"
    if value["left_out"]:
        yield "left out", "as its sender says; nothing proves that list"
    if value["open"]:
        yield "beside", f"{len(value['open'])} other records are of goods in the same containers, or left out"
    yield "trusting", str(value["anchor"])
