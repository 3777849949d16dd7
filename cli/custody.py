"""What becomes of contents: who was given them, and erasing them at the node."""

from __future__ import annotations

from typing import Any

from cli.acting import read
from cli.client import Client
from cli.errors import CliError, ExitCode
from cli.sealing import LedgerState
from cli.subjects import resolve_subject
from cli.transport import ApiError
from contracts.views import commitments_of, entitled
from ledger.canonical import encode

PAGE = 1_000


def reads_of(client: Client, subject: str) -> tuple[str, list[dict[str, Any]]]:
    """The key of a record, and to whom the node gave its contents, oldest first; raises `CliError`."""
    key, commitments = contents_of(client, subject)
    found: list[dict[str, Any]] = []
    for commitment in commitments:
        after: int | None = 0
        while after is not None:
            page = client.get(f"/v1/contents/{commitment}/reads", subject=key, after=after, limit=PAGE)
            found += [{**item, "commitment": commitment} for item in page["items"]]
            after = page["next"]
    return key, sorted(found, key=lambda item: int(item["id"]))


def erase_contents(client: Client, subject: str) -> dict[str, Any]:
    """Erase every content of a record at the client's node; raises `CliError` if none is there."""
    key, commitments = contents_of(client, subject)
    erased, refusal = 0, None
    for commitment in commitments:
        try:
            client.delete(f"/v1/contents/{commitment}", subject=key)
            erased += 1
        except ApiError as error:
            if error.code != "contents.unavailable":
                raise
            refusal = error
    if refusal is not None and not erased:
        raise refusal
    return {"key": key, "erased": erased}


def remains(client: Client, key: str) -> list[str]:
    """What erasing leaves, as sentences."""
    others = [name for name in readers_of(client, key) if name != client.organisation]
    return [
        "On the ledger, for ever: the record, who did what with it and when, and a commitment. With its salt "
        "gone, nobody can tell from the commitment what it was, nor that a guess is right.",
        f"With others, if their nodes fetched it: {', '.join(others) or 'nobody is entitled'}. "
        "Ask them to erase theirs.",
        "At this node: that it was erased, by whom and when, who was given it, and backups made before.",
        "Evidence that was made with it still verifies; new evidence proves the record without it.",
    ]


def readers_of(client: Client, key: str) -> list[str]:
    """The organisations entitled to the contents of a record now."""
    found = read(client, key)
    return list(entitled(key, encode(found.answer["record"]), LedgerState(client)))


def contents_of(client: Client, subject: str) -> tuple[str, tuple[str, ...]]:
    """The key of the record that a person names, and the commitments that it bears, those in force first."""
    key = resolve_subject(client, subject)
    commitments = commitments_of(read(client, key).record)
    if not commitments:
        raise CliError(
            f"{key} has no contents",
            do="Give a bill, declaration or document.",
            exit_code=ExitCode.USAGE,
            code="subject.kind",
        )
    return key, commitments
