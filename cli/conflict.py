"""`sealane audit --conflict` and `--check-report`: who made it possible that one height was sealed twice.

The ledger's accountability decides (`ledger.accountability`); this file reads
what nodes exported, writes the report and says in words what it proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from cli.errors import CliError, ExitCode
from cli.files import write_new
from cli.output import Output, clean, moment, short
from ledger import canonical
from ledger.accountability import (
    MAX_REPORT_BYTES,
    Charge,
    ConflictReport,
    Offence,
    Proof,
    WitnessRecord,
    check_report,
    find_conflict,
    make_report,
    read_records,
)
from ledger.accountability.witness import MAX_RECORD_BYTES
from ledger.block import Header
from ledger.errors import EncodingError, LedgerError
from ledger.evidence import MAX_EVIDENCE_BYTES, SealedHeader, parse_evidence, restore_changes
from ledger.seal import Seal

if TYPE_CHECKING:
    from ledger.evidence import Anchor

_DID = {
    Offence.TWO_PROPOSALS: "proposed two things in round {second.round}",
    Offence.TWO_PREVOTES: "prevoted twice in round {second.round}",
    Offence.TWO_PRECOMMITS: "precommitted twice in round {second.round}",
    Offence.AMNESIA: (
        "precommitted one block in round {first.round} and prevoted another in round {second.round}, "
        "with no polka since"
    ),
}


def report_conflict(
    output: Output,
    files: tuple[Path, Path],
    votes: Iterable[Path],
    anchor: Anchor,
    origin: str,
    out: Path | None,
) -> None:
    """Make the report on two pieces of evidence, write it, and show it; exits 1 when too few are named."""
    one, other = (_read_proof(file, anchor) for file in files)
    height = find_conflict(one, other)[0].header.height
    report = make_report(one, other, _records(votes, height), anchor)
    path = out or Path(f"block-{height}.conflict.json")
    write_new(path, canonical.encode(report))
    _show(output, report, path, origin)
    output.next(f"sealane audit --check-report {path} --genesis HASH|FILE   (as anyone can)")
    _exit(report)


def show_report(output: Output, file: Path, anchor: Anchor, origin: str) -> None:
    """Verify a report from itself and the anchor alone, and show it; exits 1 when too few are named."""
    with file.open("rb") as stream:
        data = stream.read(MAX_REPORT_BYTES + 1)
    try:
        report = check_report(data, anchor)
    except LedgerError as error:
        raise CliError(
            f"{file} proves nothing",
            why=error.message,
            do="Rely on no word of it; ask its sender for the evidence and votes that it was made from.",
            exit_code=ExitCode.REFUSED,
            code=error.code,
            field=error.field,
        ) from None
    _show(output, report, file, origin)
    _exit(report)


def _exit(report: ConflictReport) -> None:
    if not report.complete:
        raise typer.Exit(int(ExitCode.REFUSED))


# ----- reading --------------------------------------------------------------


def _read_proof(file: Path, anchor: Anchor) -> Proof:
    """An evidence file, or a sealed header as `GET /v1/headers/{height}` gives it."""
    with file.open("rb") as stream:
        data = stream.read(MAX_EVIDENCE_BYTES + 1)
    try:
        value = canonical.parse_json(data)
    except EncodingError:
        value = None
    if isinstance(value, dict) and "format" not in value:
        return _sealed_header(value, file)
    evidence = parse_evidence(data)
    return Proof(
        headers=evidence.headers,
        set_changes=restore_changes(evidence, anchor),
        genesis=evidence.genesis,
        checkpoint=evidence.checkpoint,
    )


def _sealed_header(value: dict[str, Any], file: Path) -> Proof:
    try:
        header, seal = msgspec.convert(value.get("header"), Header), msgspec.convert(value.get("seal"), Seal)
    except msgspec.ValidationError as error:
        raise EncodingError(f"neither evidence nor a sealed header: {error}", field=str(file)) from None
    return Proof(headers=(SealedHeader(header=header, seal=seal),))


def _records(votes: Iterable[Path], height: int) -> Iterator[tuple[str, WitnessRecord]]:
    """What witness directories and files hold of a height."""
    for path in votes:
        files = sorted(path.rglob("*.witness")) if path.is_dir() else [path]
        if not files:
            raise CliError(
                f"there is no witness file in {path}",
                why="A validator keeps them in the folder witness-log of its data directory.",
                code="votes.missing",
            )
        for file in files:
            with file.open("rb") as stream:
                lines = iter(lambda: stream.readline(MAX_RECORD_BYTES), b"")
                yield from read_records(lines, field=str(file), height=height)


# ----- showing --------------------------------------------------------------


def _show(output: Output, report: ConflictReport, path: Path, origin: str) -> None:
    value = {
        "file": str(path),
        "anchor": origin,
        "network": report.network,
        "height": report.height,
        "blocks": [item.seal.block_id for item in report.blocks if item.seal is not None],
        "complete": report.complete,
        "at_least": report.at_least,
        "guilty": list(report.guilty),
        "charges": [{"offence": c.offence.value, "guilty": list(c.guilty)} for c in report.charges],
        "missing": [{"round": m.round, "block_id": m.block_id} for m in report.missing],
    }
    output.result(value, _lines(output, report, origin))


def _lines(output: Output, report: ConflictReport, origin: str) -> Iterator[str]:
    yield output.paint(f"Height {report.height} was sealed twice.", "red")
    for item in report.blocks:
        if item.seal is not None:
            header = item.header
            yield (
                f"  block {short(item.seal.block_id)} in round {item.seal.round}, "
                f"proposed by {clean(header.proposer)}, of {moment(header.time_ms)}"
            )
    yield ""
    for charge in report.charges:
        yield f"{output.mark('failed')} {clean(', '.join(charge.guilty))}: {_sentence(charge)}"
    if report.complete:
        yield f"{len(report.guilty)} validators are guilty, each by what it signed itself; the file holds it."
    else:
        yield f"Only {len(report.guilty)} of at least {report.at_least} guilty validators can be named."
    for polka in report.missing:
        yield f"  missing: the polka for block {short(polka.block_id)} in round {polka.round}"
    if report.missing:
        yield "Add --votes of more validators: whoever signed a seal honestly holds what it rests on."
    yield f"trusting  {clean(origin)}"


def _sentence(charge: Charge) -> str:
    return _DID[charge.offence].format(first=charge.first, second=charge.second)
