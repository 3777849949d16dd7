"""Files that operators and officers give to a command: more doors, as in `targets`."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from cli.conflict import _read_proof
from cli.errors import CliError
from cli.proposal import MAX_CHANGE_BYTES, _change
from cli.proposal_group import _title
from cli.scenario import MAX_INDEX_BYTES, load_scenarios
from cli.scenario_play import Player
from cli.track_and_trace_reading import read_events
from contracts.clearance.authority import UnknownStatus
from contracts.documents.xml_tree import MAX_XML_BYTES
from contracts.execution import make_body
from contracts.refusals import Refused
from ledger import canonical
from ledger.accountability import find_conflict
from ledger.errors import EncodingError
from ledger.evidence import MAX_EVIDENCE_BYTES
from nodes.backup import LEDGER, MAX_MANIFEST_BYTES, BackedUpFile, BackupError, Manifest, _extract
from tests.contracts.test_customs_reading import TOLD
from tests.fuzz.seeds_joining import fork
from tests.fuzz.targets import LEDGER as OF_LEDGER
from tests.fuzz.targets import Target
from tests.fuzz.targets_files import COMMANDS, _file, _folder

FILES = {LEDGER: b"SQLite", "witness-log/charges.witness": b"\n"}


# ----- backups ---------------------------------------------------------------


@functools.cache
def _manifests() -> tuple[bytes, ...]:
    made = Manifest(
        format="sealane-backup",
        version=1,
        network="ab" * 32,
        node="coral-line/node-1",
        height=7,
        block_id="cd" * 32,
        entries=9,
        schema="0001",
        made_ms=1_790_000_000_000,
        files=tuple(
            BackedUpFile(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, data in FILES.items()
        ),
    )
    return (msgspec.json.encode(made),)


def _archive(manifest: bytes) -> bytes:
    """An archive as a backup is one."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, data in (("manifest.json", manifest), *FILES.items()):
            item = tarfile.TarInfo(name)
            item.size = len(data)
            tar.addfile(item, io.BytesIO(data))
    return written.getvalue()


def _archives() -> tuple[bytes, ...]:
    return (_archive(_manifests()[0]),)


def _headers() -> tuple[bytes, ...]:
    """The archive as text: each member's header fields in the order of the format, and its bytes."""
    members = []
    for name, data in (("manifest.json", _manifests()[0]), *FILES.items()):
        numbers = ["0000600", "0000000", "0000000", f"{len(data):011o}", "00000000000"]
        members.append([name, *numbers, "0", "", "ustar", "00", data.decode()])
    return (json.dumps(members).encode(),)


WIDTHS = (100, 8, 8, 8, 12, 12, 8, 1, 100, 6, 2)
"""Bytes of the fields of a header, the checksum's among them."""


def _forged(text: bytes) -> bytes:
    """The archive that `_headers` describes, each header with its true checksum."""
    blocks = []
    for member in canonical.parse_json(text):
        fields = [str(field).encode("utf-8", "replace") for field in member]
        fields.insert(6, b" " * 8)
        header = b"".join(f[:width].ljust(width, b"\0") for f, width in zip(fields, WIDTHS, strict=False))
        header = header.ljust(512, b"\0")
        header = header[:148] + b"%06o\0 " % sum(header) + header[156:]
        data = fields[-1] if len(fields) > len(WIDTHS) else b""
        blocks.append(header + data + bytes(-len(data) % 512))
    return b"".join(blocks) + bytes(1_024)


def _restored(path: Path) -> Manifest:
    with tempfile.TemporaryDirectory(dir=_folder()) as name:
        return _extract(path, Path(name))


_backup = _file("one.backup", _restored)


def _described(manifest: bytes) -> Any:
    return _backup(_archive(manifest))


def _headed(text: bytes) -> Any:
    try:
        forged = _forged(text)
    except (EncodingError, ValueError, TypeError):
        raise BackupError("no description of an archive") from None
    return _backup(forged)


# ----- commands --------------------------------------------------------------


def _proof(path: Path) -> None:
    proof = _read_proof(path, fork().anchor)
    try:
        find_conflict(proof, fork().proof(1, "W", [1, 2, 3]))
    finally:
        proof.sealed()


def _proofs() -> tuple[bytes, ...]:
    """A sealed header as the API gives it."""
    item = fork().proof(0, "V", [0, 2, 3]).headers[0]
    return (msgspec.json.encode({"header": item.header, "seal": item.seal, "time": 1}),)


def _changes() -> tuple[bytes, ...]:
    return tuple(
        json.dumps(change).encode()
        for change in (
            {"type": "remove_validator", "organisation": "coral-line"},
            {"type": "add_validator", "organisation": "a", "bls_key": "A" * 64, "possession": "A" * 128},
        )
    )


def _proposal(path: Path) -> bytes:
    change = _change(path, None, None, None, {})
    fields = {"title": _title(change), "expires_ms": 1_790_000_000_000, "change": change}
    return canonical.encode(make_body("proposal.open", fields))


def _play(place: Path) -> None:
    for scenario in load_scenarios(place):
        Player(scenario).play()


def _indices() -> tuple[bytes, ...]:
    steps = [{"function": "01", "status_names": [], "message": ""}, {"function": "09"}]
    return (json.dumps(steps).encode(), json.dumps({"TT_1": steps}).encode())


def _scenario(data: bytes) -> None:
    """A folder that holds one message of customs."""
    folder = _folder() / "scenario"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "1.xml").write_bytes(data)
    _play(folder)


BACKUP = (BackupError,)


@functools.cache
def _events() -> tuple[bytes, ...]:
    """One event of each shape that is read."""
    flat = {
        "eventID": "1",
        "eventType": "EQUIPMENT",
        "eventClassifierCode": "ACT",
        "eventDateTime": "2026-01-20T14:15:00+07:00",
        "equipmentEventTypeCode": "GTIN",
        "equipmentReference": "APZU4812090",
        "emptyIndicatorCode": "EMPTY",
        "eventLocation": {"UNLocationCode": "VNHPH"},
        "seals": [{"sealNumber": "133534"}],
        "references": [{"referenceType": "EQ", "referenceValue": "APZU4812090"}],
    }
    metadata = {"eventID": "1", "eventType": "TRANSPORT", "retractedEventID": "2"}
    later = {
        "eventID": "1",
        "eventDateTime": "2026-01-20T14:15:00Z",
        "eventClassification": {
            "eventTypeCode": "TRANSPORT",
            "eventClassifierCode": "EST",
            "transportEventTypeCode": "ARRI",
        },
        "transportDetails": {"transportCall": {"modeOfTransport": "RAIL", "UNLocationCode": "CNQZH"}},
    }
    return tuple(json.dumps({"events": [one]}).encode() for one in (flat, {"metadata": metadata}, later))


def _heard(data: bytes) -> Any:
    return read_events(canonical.parse_json(data), "import")


PLAYED = (CliError, UnknownStatus, *OF_LEDGER)

COMMAND_TARGETS: tuple[Target, ...] = (
    Target("backup", "bytes", _archives, _backup, BACKUP, 100_000),
    Target("backup headers", "json", _headers, _headed, BACKUP, 100_000),
    Target("backup manifest", "json", _manifests, _described, BACKUP, MAX_MANIFEST_BYTES),
    Target(
        "sealed header", "json", _proofs, _file("a.json", _proof), (*COMMANDS, *OF_LEDGER), MAX_EVIDENCE_BYTES
    ),
    Target(
        "proposal",
        "json",
        _changes,
        _file("change.json", _proposal),
        (*COMMANDS, *OF_LEDGER, Refused),
        MAX_CHANGE_BYTES,
    ),
    Target("scenario steps", "json", _indices, _file("steps.json", _play), PLAYED, MAX_INDEX_BYTES),
    Target("movement events", "json", _events, _heard, (*COMMANDS, *OF_LEDGER), 100_000),
    Target("scenario message", "xml", lambda: (TOLD.encode(),), _scenario, PLAYED, MAX_XML_BYTES),
)
