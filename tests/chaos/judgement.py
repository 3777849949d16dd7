"""The end of a run: wait until nothing is open, read every node, stop it, and look at what it left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.client import Client, Signer
from cli.files import read_signing_key
from tests.chaos.acts import BUYER
from tests.chaos.checker import check
from tests.chaos.history import Event, read_histories
from tests.chaos.journals import Said, UnknownFormat, caught, contradictions, gather
from tests.chaos.ledgers import Ledger, read_ledger, store, stored_rows, told_rows
from tests.chaos.nemesis import STALL_S, Nemesis
from tests.chaos.seats import Seat, sealane
from tests.chaos.story import Story

READ_TIMEOUT_S = 60.0

MIN_ACKNOWLEDGED = 10
"""With less than this a run says nothing of what is lost."""

STOP_S = 60.0


@dataclass(slots=True)
class Judged:
    """What was found, and what the report counts."""

    findings: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    verified: int = 0
    """Evidence files that were checked."""
    signatures: int = 0
    """Places for which validators signed, in all journals."""


def judge(
    network: Path, seats: Mapping[str, Seat], nemesis: Nemesis, results: Path
) -> tuple[list[Ledger], Judged]:
    """Everything that is wrong, and the ledgers that it was judged by."""
    judged = Judged()
    said: dict[str, Said] = {name: Said(set) for name, seat in seats.items() if seat.kind == "validator"}
    clients = results / "clients.jsonl"
    events = read_histories(*([clients] if clients.exists() else []))
    ends_ms = max((event["last_valid_ms"] for event in events if event["kind"] == "statement"), default=0)
    if not nemesis.tally.findings:
        judged.findings += _await_block_time(ends_ms, nemesis)
    height = min(height for height, _ in nemesis.heights.values())
    nemesis.stop()
    print(f"chaos: reading every node up to height {height}, and judging", flush=True)
    ledgers = _read_all(network, seats, height, judged)
    judged.findings += _audit(network, seats)
    judged.findings += _stop_all(seats)
    for ledger in ledgers:
        store(ledger, results)
        judged.findings += _offline(ledger, seats[ledger.node], height)
    for name, messages in said.items():
        judged.findings += _signed(seats[name], messages)
        judged.signatures += len(messages)
    for seat in seats.values():
        judged.findings += caught(seat.name, seat.directory / "data" / "witness-log" / "charges.witness")
        lines = seat.unwanted_lines()
        judged.findings += [f"{seat.name}'s log, {len(lines)} such lines: {line}" for line in lines[:3]]
    judged.findings += _verify_evidence(network, results, judged)
    judged.events = read_histories(*(path for path in (clients, results / "nemesis.jsonl") if path.exists()))
    if ledgers:
        judged.findings += check(judged.events, ledgers)
    if count(judged.events, None)["acknowledged"] < MIN_ACKNOWLEDGED:
        judged.findings.append(
            f"fewer than {MIN_ACKNOWLEDGED} statements were acknowledged: this shows nothing"
        )
    return ledgers, judged


def _await_block_time(ends_ms: int, nemesis: Nemesis) -> Iterator[str]:
    """Wait until no open statement can take effect any more: until blocks are later than all of them end."""
    times = nemesis.times_ms
    moved = time.monotonic()
    best = sum(times.values())
    while min(times.values(), default=0) <= ends_ms:
        time.sleep(0.2)
        if sum(times.values()) > best:
            best, moved = sum(times.values()), time.monotonic()
        if time.monotonic() - moved > STALL_S:
            yield f"block time stands still at the end: {dict(times)}, statements are valid until {ends_ms}"
            return


def _read_all(network: Path, seats: Mapping[str, Seat], height: int, judged: Judged) -> list[Ledger]:
    organisation, _, name = BUYER.partition("/")
    signer = Signer(member=BUYER, key=read_signing_key(network / "members" / organisation / f"{name}.pem"))
    ledgers = []
    for seat in seats.values():
        client = Client(seat.url, signer=signer, timeout_s=READ_TIMEOUT_S)
        try:
            ledgers.append(read_ledger(seat.name, client, height))
        except Exception as error:
            judged.findings.append(f"{seat.name} does not tell its ledger: {error}")
        finally:
            client.close()
    return ledgers


def _audit(network: Path, seats: Mapping[str, Seat]) -> Iterator[str]:
    """The product's own auditor executes the whole chain of one node again and verifies every seal."""
    seat = next(iter(seats.values()))
    asked = ("--node", seat.url, "--network", network, "--as", BUYER)
    done = sealane("audit", *asked, cwd=network, exit_code=None)
    if done.returncode:
        yield f"`sealane audit` of {seat.name} ended with {done.returncode}: {done.stdout}{done.stderr}"


def _stop_all(seats: Mapping[str, Seat]) -> Iterator[str]:
    for seat in seats.values():
        code = seat.stop(STOP_S)
        if code is None:
            yield f"{seat.name} did not end within {STOP_S:.0f} s of SIGTERM"
        elif code:
            yield f"{seat.name} ended with exit code {code} when it was told to stop"


def _offline(ledger: Ledger, seat: Seat, height: int) -> Iterator[str]:
    """The database is sound, and holds what the API told."""
    done = sealane("node", "check", seat.directory, cwd=seat.directory, exit_code=None)
    if done.returncode:
        yield f"`sealane node check` of {seat.name} ended with {done.returncode}: {done.stdout}{done.stderr}"
    told, stored = told_rows(ledger), stored_rows(seat.directory / "data" / "ledger.db", height)
    for what, one, other in zip(("blocks", "entries"), told, stored, strict=True):
        if one != other:
            yield f"the database of {seat.name} holds other {what} than its API told"


def _signed(seat: Seat, said: Said) -> Iterator[str]:
    try:
        (journal,) = (seat.directory / "keys").glob("*.journal")
        gather(journal, said)
    except (ValueError, UnknownFormat) as error:
        yield f"the journal of {seat.name} cannot be read: {error}"
    if not said:
        yield f"{seat.name} signed nothing"
    yield from contradictions(seat.name, said)


def _verify_evidence(network: Path, results: Path, judged: Judged) -> Iterator[str]:
    """Every evidence file that clients were given verifies."""
    for file in sorted((results / "evidence").glob("*.json")):
        done = sealane("verify", file, "--genesis", network / "genesis.json", cwd=results, exit_code=None)
        judged.verified += 1
        if done.returncode:
            yield f"{file.name} does not verify: {done.stdout}{done.stderr}"


def refusals(events: list[Event]) -> dict[str, int]:
    """How often clients were refused, by code."""
    told = Story.of(events).told
    return dict(Counter(t.outcome["code"] for t in told if t.outcome["status"] == "refused").most_common())


def count(events: list[Event], ledger: Ledger | None) -> dict[str, int]:
    """What the report says of statements."""
    story = Story.of(events)
    sealed = {told.id for told in story.told if told.outcome["status"] == "sealed"}
    refused = {told.id for told in story.told if told.outcome["status"] == "refused"} - sealed
    there = set() if ledger is None else {entry.id for entry in ledger.entries}
    unknown = set(story.statements) - sealed - refused
    return {
        "sent": len(story.statements),
        "acknowledged": len(sealed),
        "refused": len(refused),
        "unknown": len(unknown),
        "unknown, sealed": len(unknown & there),
        "lost": len(sealed - there),
        "doubled": 0 if ledger is None else len(ledger.entries) - len(there),
        "submissions": len(story.told),
        "reads": len(story.reads),
    }
