"""What `sealane doctor` says about certificates: which members' chains and nodes' certificates end soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.certificates import read_certificates
from cli.context import Context, read_toml
from cli.errors import CliError
from cli.finding import Finding
from cli.network_files import CERTIFICATE_FILE
from cli.output import moment

SOON_MS = 90 * 86_400_000
"""A quarter, in which any authority issues a new certificate."""

PAGE = 1_000


def certificates(context: Context) -> Iterator[Finding]:
    """Which have ended or end within a quarter: those of APIs here, and of the acting organisation."""
    now_ms = time.time_ns() // 1_000_000
    if context.directory is not None:
        for file in sorted(context.directory.glob("nodes/*/node.toml")):
            yield from _of_node(file, now_ms)
    if context.acting_as is not None:
        yield from _of_members(context)


def _of_node(file: Path, now_ms: int) -> Iterator[Finding]:
    """The certificate of a node's API; among themselves nodes use ledger keys, which do not end."""
    named = read_toml(file).get("api", {}).get("tls_certificate")
    if named is None:
        return
    try:
        certificate = read_certificates(file.parent / named)[0]
    except CliError as error:
        yield Finding(name="certificates", outcome="failed", sentence=f"{error.what}.", do=error.do)
        return
    ends_ms = int(certificate.not_valid_after_utc.timestamp() * 1000)
    ours = named == CERTIFICATE_FILE
    do = "sealane network down, then: sealane network up --tls" if ours else "Put a new one in its place."
    yield _finding(f"The certificate {file.parent / named}", ends_ms, now_ms, do)


def _of_members(context: Context) -> Iterator[Finding]:
    """The chains of the organisation's active members, by block time."""
    import msgspec

    from contracts.membership.model import Member, MemberState

    try:
        now_ms = int(context.client.status()["time_ms"])
        records = list(_members(context))
    except CliError as error:
        yield Finding(
            name="certificates",
            outcome="warning",
            sentence=f"The members' certificates could not be looked at: {error.what}.",
            do=error.do,
        )
        return
    for item in records:
        member = msgspec.convert(item["record"], Member)
        if member.state is not MemberState.ACTIVE:
            continue
        ends_ms = member.keys[-1].valid_until_ms
        if ends_ms is not None and member.organisation == context.organisation:
            name = f"{member.organisation}/{member.name}"
            do = f"sealane member rotate {name} --chain NEW_CHAIN_FILE"
            yield _finding(f"The certificate of {name}", ends_ms, now_ms, do)


def _members(context: Context) -> Iterator[dict[str, Any]]:
    after: str | None = ""
    while after is not None:
        page = context.client.get("/v1/records", kind="member", after=after, limit=PAGE)
        yield from page["items"]
        after = page["next"]


def _finding(what: str, ends_ms: int, now_ms: int, do: str) -> Finding:
    if ends_ms < now_ms:
        return Finding(
            name="certificates", outcome="failed", sentence=f"{what} ended {moment(ends_ms)}.", do=do
        )
    sentence = f"{what} ends {moment(ends_ms)}."
    if ends_ms < now_ms + SOON_MS:
        return Finding(name="certificates", outcome="warning", sentence=sentence, do=do)
    return Finding(name="certificates", outcome="passed", sentence=sentence)
