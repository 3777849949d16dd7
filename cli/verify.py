"""`sealane verify`: check an evidence file offline, and say what each check found.

The ledger's verifier decides; this file asks it and shows its report. Packages of
evidence are `cli.verify_package`'s to show. Three verdicts: verified; caution, when
the file is sound but older than the reader allows, of a network the reader did not
name, or a package without records that could matter; and not verified.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import command, single
from cli.errors import CliError, ExitCode
from cli.output import Output, clean, duration, moment

if TYPE_CHECKING:
    from ledger.block import Header
    from ledger.bls import BlsBackend
    from ledger.evidence import Anchor, Expectation
    from ledger.evidence.report import Report

app = single("Check an evidence file, offline.")

_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

_WORDS = {"passed": "pass", "failed": "fail", "not_applicable": "not applicable", "warning": "caution"}

VERDICTS = {"verified": "VERIFIED", "caution": "CAUTION", "not_verified": "NOT VERIFIED"}

COLOURS = {"verified": "green", "caution": "yellow", "not_verified": "red"}


CLOCK_MS = 60_000
"""How far a clock may be behind a block without a word; what nodes allow for signed requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What the reader trusts and asks."""

    anchor: Anchor
    origin: str
    """Where the anchor came from, in words."""
    expect: tuple[Expectation, ...]
    max_age_ms: int | None
    now_ms: int
    bls: BlsBackend


@command(
    app,
    "verify",
    examples=(
        "sealane verify bill.evidence.json --genesis genesis.json",
        "sealane verify bill.evidence.json --genesis HASH --expect bill=CORL:BG261 --expect status=voided",
        "sealane verify bill.evidence.json --checkpoint 812:BLOCK_ID --max-age 10m --json",
        "sealane verify consignment.package.json --genesis genesis.json --all",
    ),
)
def verify(
    output: Output,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Evidence file, or package of evidence.")],
    genesis: Annotated[
        str | None, typer.Option("--genesis", metavar="HASH|FILE", help="Genesis of the network you trust.")
    ] = None,
    checkpoint: Annotated[
        str | None, typer.Option("--checkpoint", metavar="HEIGHT:ID", help="A later block that you trust.")
    ] = None,
    network: Annotated[
        Path | None,
        typer.Option(
            "--network", envvar="SEALANE_NETWORK", metavar="DIR", help="Trust this directory's genesis."
        ),
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option("--expect", metavar="KEY=VALUE", help="What it must say; VALUE may be a|b. Repeatable."),
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="TIME", help="How old a status may be: 90s, 10m, 2h, 1d."),
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Check seals with the independent implementation (slow).")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Of a package, print every check of every part.")
    ] = False,
) -> None:
    """Check an evidence file without asking anyone.

    Every check is printed as one sentence: pass, fail or not applicable. Of a
    package each part gets one line, and its checks only where one fails; what is
    expected is asked of the bill, the age of every part. Trust starts from the
    genesis or checkpoint that you name, or from the network you configured
    (SEALANE_NETWORK), never from the file itself. Exits 1 unless everything passed.
    """
    from cli.anchors import choose_anchor
    from ledger.bls import backend

    anchor, origin = choose_anchor(genesis, checkpoint, network)
    now_ms = int(time.time() * 1000)
    limit_ms = None if max_age is None else _milliseconds(max_age)
    demands = Demands(
        anchor=anchor,
        origin=origin,
        expect=_expectations(expect or ()),
        max_age_ms=limit_ms,
        now_ms=now_ms,
        bls=backend("reference" if reference else "arkworks"),
    )
    if _report(output, file, demands, every=every) != "verified":
        raise typer.Exit(int(ExitCode.REFUSED))


def _report(output: Output, file: Path, demands: Demands, *, every: bool) -> str:
    """Verify an evidence file or a package and print what was found; the verdict."""
    from ledger.evidence import MAX_PACKAGE_BYTES, is_package

    with file.open("rb") as stream:
        data = stream.read(MAX_PACKAGE_BYTES + 1)
    if is_package(data):
        from cli.verify_package import show_package

        return show_package(output, file, data, demands, every=every)
    report, field = _examine(data, demands)
    verdict, failed = verdict_of(report, field)
    value = as_json(file, report, verdict, failed, demands)
    output.result(value, _lines(output, report, value, demands.now_ms))
    warn_of_clock(output, report.status_header, verdict, demands.now_ms)
    return verdict


def warn_of_clock(output: Output, header: Header | None, verdict: str, now_ms: int) -> None:
    """Say that this machine's clock is behind, where a quorum sealed a block in its future."""
    behind_ms = 0 if header is None else header.time_ms - now_ms
    if verdict != "not_verified" and behind_ms > CLOCK_MS:
        output.warn(
            f"the clock here is {duration(behind_ms)} behind the newest block in the file; set it: "
            "by this clock a file looks newer than it is"
        )


def _expectations(texts: Iterable[str]) -> tuple[Any, ...]:
    from ledger.evidence import Expectation

    pairs = [text.partition("=") for text in texts]
    for name, _, value in pairs:
        if not name or not value:
            raise CliError(f"--expect {name} says nothing to expect", do="Give it as KEY=VALUE.")
    return tuple(Expectation(field=name, value=value) for name, _, value in pairs)


def _milliseconds(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if match is None:
        raise CliError(f"--max-age {text} is no length of time", do="Give it as 90s, 10m, 2h or 1d.")
    return int(match[1]) * _UNITS_MS[match[2]]


def _examine(data: bytes, demands: Demands) -> tuple[Report, str]:
    """What verification found, and the field at fault where it failed."""
    from ledger.evidence import VerificationFailed, verify_evidence

    try:
        report = verify_evidence(
            data,
            demands.anchor,
            expect=demands.expect,
            max_age_ms=demands.max_age_ms,
            now_ms=demands.now_ms,
            bls=demands.bls,
        )
    except VerificationFailed as error:
        return error.report, error.field
    return report, ""


def verdict_of(report: Report, field: str) -> tuple[str, str | None]:
    """The verdict, and the name of the failed check. Only age and an unknown network are a caution."""
    failed = next((check.name for check in report.checks if check.outcome.value == "failed"), None)
    if failed is None:
        return "verified", None
    if failed == "age" or (failed == "anchor" and field == "network"):
        return "caution", failed
    return "not_verified", failed


def as_json(file: Path, report: Report, verdict: str, failed: str | None, demands: Demands) -> dict[str, Any]:
    """The report of one evidence file, or of one part of a package, in its stable JSON shape."""
    from ledger.disclosure import spell

    header = report.status_header
    return {
        "file": str(file),
        "verdict": verdict,
        "failed": failed,
        "anchor": demands.origin,
        "network": report.network,
        "subject": report.subject,
        "number": report.number or None,
        "checks": [
            {"name": check.name, "outcome": check.outcome.value, "sentence": check.sentence}
            for check in report.checks
        ],
        "as_of": {
            "height": header.height,
            "time_ms": header.time_ms,
            "age_ms": max(0, demands.now_ms - header.time_ms),
        }
        if header
        else None,
        "sealed_by": list(report.signers),
        "fields": [{"field": spell(path), "value": shown} for path, shown in report.fields],
        "shown_by": report.discloser or None,
        "statements": [
            {
                "id": s.id,
                "issuer": s.issuer,
                "on_behalf_of": s.on_behalf_of,
                "act": s.act,
                "index": s.index,
                "part": s.part or None,
                "height": s.height,
                "time_ms": s.time_ms,
            }
            for s in report.statements
        ],
        "record": report.record,
        "document": report.document,
    }


def check_lines(output: Output, report: Report, *, cautious: bool) -> Iterator[str]:
    """Every check that was made, as one line."""
    marks = {"passed": "passed", "failed": "failed", "not_applicable": "none"}
    for check in report.checks:
        outcome = check.outcome.value
        kind = "warning" if cautious and outcome == "failed" else outcome
        mark = output.mark(marks.get(kind, kind))
        yield f"{mark} {_WORDS[kind]:<14}  {check.name:<10}  {clean(check.sentence)}"


def _lines(output: Output, report: Report, value: dict[str, Any], now_ms: int) -> Iterator[str]:
    yield from check_lines(output, report, cautious=value["verdict"] == "caution")
    yield ""
    yield output.paint(VERDICTS[value["verdict"]], COLOURS[value["verdict"]]) + _because(value)
    yield from (f"  {label:<11}{clean(text)}" for label, text in _facts(report, value, now_ms))


def _because(value: dict[str, Any]) -> str:
    if value["verdict"] == "verified":
        named = f"{value['number']}, " if value["number"] else ""
        return f": {clean(named + value['subject'])}"
    if value["failed"] == "age":
        return ": the file is sound, but older than you allow. Ask for fresh evidence."
    if value["verdict"] == "caution":
        return ": the file is of a network that you did not name. Ask its sender which genesis to trust."
    return f": the check '{value['failed']}' failed. Do not rely on this file; ask its sender for another."


def _written(value: object) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _facts(report: Report, value: dict[str, Any], now_ms: int) -> Iterator[tuple[str, str]]:
    if report.statements:
        last = report.statements[-1]
        principal = f" for {last.on_behalf_of}" if last.on_behalf_of else ""
        place = f" (part {last.part} of a batch)" if last.part else ""
        yield "signed by", f"{last.issuer}{principal}: {last.act}, entry {last.index}{place}"
    from ledger.disclosure import spell

    yield from (("shows", f"{spell(path)}: {_written(shown)}") for path, shown in report.fields)
    if report.discloser:
        yield "shown by", report.discloser
    header = report.status_header
    if header is not None:
        yield "sealed at", f"{moment(header.time_ms)}, in block {header.height}"
    if report.signers:
        yield "sealed by", ", ".join(report.signers)
    if header is not None:
        age = duration(max(0, now_ms - header.time_ms))
        yield "current", f"as of block {header.height}, {age} ago; what happened since is not in this file"
    yield "trusting", str(value["anchor"])
