"""Gathering the evidence of a consignment from a node, for `sealane evidence pack`.

What belongs is traced in the records (`contracts.consignment`). The evidence of each
is asked for, and asked for again while blocks come between, so that where the ledger
stands still for a moment all of it is as of one block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from cli.acting import read_or_none, record_in
from cli.client import ApiError, Client
from cli.errors import CliError, ExitCode
from contracts.bill.model import Bill
from contracts.catalogue import decode_record
from contracts.consignment import Consignment, trace
from contracts.model import Record
from contracts.views import commitments_of
from ledger.evidence import (
    MAX_PACKAGE_BYTES,
    MAX_PARTS,
    Evidence,
    EvidencePackage,
    LeftOut,
    encode_evidence,
    encode_evidence_package,
    parse_evidence,
    parse_evidence_package,
)
from ledger.genesis import Genesis

ROUNDS = 3
"""How often evidence is asked for until all is as of one block; more would only add to reads on record."""

PAGE = 500
"""Documents on one page."""

MAX_PAGES = 200
"""Pages of documents looked at, so at most a hundred thousand documents."""

ROOM_BYTES = 1_048_576
"""What is kept free in a file for the genesis, and for the list of what is left out."""

TOO_LARGE = "package.too-large"
"""Why something is left out that the node would have given."""

UNCONNECTED = "package.unconnected"
"""Why a record is left out that only something else that is left out could connect with the bill."""

UNKNOWN = "package.unknown-record"
"""Why a record is left out that another names and the node does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask the node for."""

    subject: str
    """Key of the bill."""
    contents: bool
    """Whether to enclose the contents that the member may read."""
    history: bool
    """Whether to prove every act on each record."""
    checkpoint: str | None
    """Height of the block that the reader trusts instead of the genesis."""


@dataclass(slots=True)
class _Packing:
    client: Client
    request: Request
    genesis: Genesis | None = None
    parts: dict[str, Evidence] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    left_out: dict[tuple[str, str], str] = field(default_factory=dict)

    def fetch(self, key: str, record: Record) -> None:
        """Put the evidence of a record in place, or why it cannot be there."""
        self.left_out.pop((key, "contents"), None)
        try:
            placed = self._with_contents(key, record) or self._put(key, self._evidence(key, contents=False))
        except ApiError as error:
            if error.code != "evidence.unavailable":
                raise
            self.drop(key, error.code)
            return
        if not placed:
            self.drop(key, TOO_LARGE)

    def _with_contents(self, key: str, record: Record) -> bool:
        """Whether the evidence is in place with its contents; noted why not, where they were asked for."""
        if not self.request.contents or not commitments_of(record):
            return False
        try:
            placed = self._put(key, self._evidence(key, contents=True))
        except ApiError as error:
            if not error.code.startswith("contents."):
                raise
            self.left_out[key, "contents"] = error.code
            return False
        if not placed:
            self.left_out[key, "contents"] = TOO_LARGE
        return placed

    def _evidence(self, key: str, *, contents: bool) -> Evidence:
        """Evidence from the node, whose genesis is kept apart."""
        first = self.genesis is None and self.request.checkpoint is None
        data = self.client.get_bytes(
            f"/v1/evidence/{key}",
            contents=contents,
            history=self.request.history,
            genesis=first,
            checkpoint=self.request.checkpoint,
        )
        evidence = parse_evidence(data)
        self.genesis = self.genesis or evidence.genesis
        return replace(evidence, genesis=None)

    def _put(self, key: str, evidence: Evidence) -> bool:
        """Whether there is room for it."""
        size = len(encode_evidence(evidence)) + 1
        others = sum(self.sizes.values()) - self.sizes.get(key, 0)
        full = len(self.parts) >= MAX_PARTS and key not in self.parts
        if full or others + size > MAX_PACKAGE_BYTES - ROOM_BYTES:
            return False
        self.parts[key], self.sizes[key] = evidence, size
        return True

    def drop(self, key: str, reason: str) -> None:
        """Leave a record out, with all that is of it."""
        self.parts.pop(key, None)
        self.sizes.pop(key, None)
        self.left_out.pop((key, "contents"), None)
        self.left_out[key, "evidence"] = reason

    def behind(self) -> list[str]:
        """The parts that are older than the newest."""
        heights = {key: part.headers[-1].header.height for key, part in self.parts.items()}
        newest = max(heights.values(), default=0)
        return sorted(key for key, height in heights.items() if height < newest)


def pack(client: Client, request: Request) -> tuple[bytes, EvidencePackage]:
    """The package file, and what it holds; `CliError` when it cannot be made."""
    records, found = gather(client, request.subject)
    packing = _Packing(client, request)
    packing.left_out = {(key, "evidence"): UNKNOWN for key in found.missing}
    # The bill comes first, for whatever there may be no room for; then what is asked for by its name.
    for key in (request.subject, *(key for key in found.keys if key != request.subject)):
        packing.fetch(key, records[key])
    for _ in range(ROUNDS - 1):
        for key in packing.behind():
            packing.fetch(key, records[key])
    if request.subject not in packing.parts:
        reason = packing.left_out[request.subject, "evidence"]
        raise CliError(f"the node cannot prove {request.subject} ({reason})", do="Ask another: --node ORG.")
    _keep_connected(packing)
    package = EvidencePackage(
        format="sealane-package",
        version=1,
        network=packing.parts[request.subject].network,
        subject=request.subject,
        parts=tuple(packing.parts[key] for key in sorted(packing.parts)),
        left_out=tuple(
            LeftOut(subject=key, what=what, reason=reason)  # type: ignore[arg-type]
            for (key, what), reason in sorted(packing.left_out.items())
        ),
        genesis=packing.genesis,
    )
    data = encode_evidence_package(package)
    parse_evidence_package(data)
    return data, package


def gather(client: Client, root: str) -> tuple[dict[str, Record], Consignment]:
    """The records of the consignment of a bill as the node has them, and what was traced in them."""
    records: dict[str, Record] = {}
    asked: set[str] = set()
    wanted: tuple[str, ...] = (root,)
    while wanted:
        for key in wanted:
            if (found := read_or_none(client, key)) is not None:
                records[key] = found.record
        if not isinstance(records.get(root), Bill):
            raise CliError(
                f"{root} is no bill on the ledger",
                why="A consignment is what belongs to a bill.",
                do="Give a bill, CODE:REF or its key; for one record: sealane evidence get.",
                exit_code=ExitCode.REFUSED,
                code="subject.unknown",
            )
        asked.update(wanted)
        found_now = trace(root, records)
        wanted = tuple(key for key in (*found_now.missing, *found_now.open) if key not in asked)
    records.update(_documents(client))
    return records, trace(root, records)


def _documents(client: Client) -> dict[str, Record]:
    """Every supporting document on the ledger: they name what they belong to, and nothing names them."""
    found: dict[str, Record] = {}
    after: Any = None
    for _ in range(MAX_PAGES):
        page = client.get("/v1/records", kind="document", after=after, limit=PAGE)
        for item in page["items"]:
            found[str(item["key"])] = record_in(str(item["key"]), item["record"])
        after = page.get("next")
        if after is None:
            return found
    raise CliError(
        f"the ledger holds more than {MAX_PAGES * PAGE} supporting documents",
        why="Which of them belong to the consignment only they themselves say, and that is too many to ask.",
        do="Fetch evidence record by record: sealane evidence get.",
        code=TOO_LARGE,
    )


def _keep_connected(packing: _Packing) -> None:
    """Leave out what nothing else in the file connects with the bill, and refuse a file that lacks a part.

    The one happens where what connects it cannot be proven, both where records change in between.
    """
    proven = {
        key: decode_record(key, bytes(part.record.value))
        for key, part in packing.parts.items()
        if part.record is not None
    }
    found = trace(packing.request.subject, proven)
    named = {key for key, what in packing.left_out if what == "evidence"}
    for key in proven.keys() - set(found.keys):
        packing.drop(key, UNCONNECTED)
    if not set(found.missing) <= named:
        raise CliError(
            "the consignment changed while its evidence was fetched",
            do="Run the same command again.",
            exit_code=ExitCode.REFUSED,
            code="package.changed",
        )
