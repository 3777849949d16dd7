"""`sealane proposal`: changes of the network that its validators vote on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import proposal_changes
from cli.commands import command
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.proposal_group import ID_BYTES, DaysOption, ReasonOption, TitleOption, app, put
from ledger.canonical import parse_json
from ledger.errors import EncodingError

__all__ = ["app", "proposal_changes"]

ProposalArgument = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="Record key, id, or the beginning of an id.")
]

MIN_PREFIX = 4
"""Shortest beginning of an id that stands for it: there are never many proposals."""

MAX_BALLOTS = 5
"""Attempts to cast a ballot while others cast theirs."""

PAGE = 1_000
MAX_CHANGE_BYTES = 65_536


@command(
    app,
    "open",
    examples=(
        "sealane proposal open nodes/pearl-line/admit.json",
        "sealane proposal open nodes/pearl-line/validator.json --title 'Pearl Line seals too' --days 30",
        "sealane proposal open --remove coral-line --reason 'Leaves the corridor'",
        "sealane proposal open --rotate coral-line --new-key validator-2.key",
    ),
)
def open_(
    context: Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The change, as `sealane network add` writes it.")
    ] = None,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="ORG", help="Take this organisation's seat away.")
    ] = None,
    add: Annotated[
        str | None, typer.Option("--add", metavar="ORG", help="Give this organisation a seat; needs a key.")
    ] = None,
    rotate: Annotated[
        str | None, typer.Option("--rotate", metavar="ORG", help="Replace the key of this seat; needs a key.")
    ] = None,
    bls_key: Annotated[str | None, typer.Option("--bls-key", metavar="TEXT", help="Its new key.")] = None,
    possession: Annotated[
        str | None, typer.Option("--possession", metavar="TEXT", help="The proof of that key.")
    ] = None,
    new_key: Annotated[
        Path | None, typer.Option("--new-key", metavar="FILE", help="Key file, instead of the two above.")
    ] = None,
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask the validators for a change. Your own ballot is cast apart, like everyone's.

    Only administrators of organisations with a seat can open a proposal.
    """
    put(context, _change(file, remove, add, rotate, _key(bls_key, possession, new_key)), title, reason, days)


@command(
    app,
    "vote",
    examples=("sealane proposal vote 0f1e2d yes --as coral-line/lin-tao", "sealane proposal vote 0f1e2d no"),
    words={"choice": "contracts.governance.model:Choice"},
)
def vote(
    context: Context,
    proposal: ProposalArgument,
    choice: Annotated[str, typer.Argument(metavar="CHOICE", help="yes or no.")],
) -> None:
    """Cast your organisation's ballot, or replace it. The one that completes a quorum makes the change."""
    from cli.acting import choice as chosen
    from cli.acting import present, read
    from contracts.governance.model import Choice, Proposal
    from contracts.views import summary

    key = _find(context, proposal)
    said = chosen(Choice, choice, "CHOICE").value
    result = _cast(context, key, said)
    after = read(context.client, key).of(Proposal)
    present(context, result, f"Said {said} to {key}. {summary(after)['status']}", state=after.state.value)
    context.output.next(f"sealane proposal show {key}")


def _cast(context: Context, key: str, said: str) -> dict[str, Any]:
    """The ballot, signed again when another came first: what others say does not change ours."""
    from cli.acting import perform, read

    attempts = MAX_BALLOTS
    while True:
        version = read(context.client, key).version
        try:
            return perform(context.client, "proposal.vote", key, {"choice": said}, version=version)
        except CliError as error:
            attempts -= 1
            if error.code != "record.version-passed" or not attempts:
                raise


@command(app, "withdraw", examples=("sealane proposal withdraw 0f1e2d",))
def withdraw(context: Context, proposal: ProposalArgument) -> None:
    """Take back a proposal that your organisation opened and that is not decided yet."""
    from cli.acting import perform, present, read

    found = read(context.client, _find(context, proposal))
    result = perform(context.client, "proposal.withdraw", found.key, {}, version=found.version)
    present(context, result, f"Took {found.key} back")


@command(app, "show", examples=("sealane proposal show 0f1e2d", "sealane proposal show 0f1e2d --json"))
def show(context: Context, proposal: ProposalArgument) -> None:
    """Show a proposal: what it asks for, who said what, and where it stands."""
    from cli.acting import read
    from cli.viewing import show_record
    from contracts.governance.model import Proposal

    found = read(context.client, _find(context, proposal))
    ballots = [(b.organisation, f"{b.choice.value}, by {b.member}") for b in found.of(Proposal).ballots]
    show_record(context, found, "Ballots", ballots)


@command(app, "next", examples=("sealane proposal next 0f1e2d --as haiphong-customs",))
def next_(context: Context, proposal: ProposalArgument) -> None:
    """Show what your organisation may do with a proposal, and whose ballots it waits for."""
    from cli.acting import read
    from cli.next_acts import show_next

    show_next(context, read(context.client, _find(context, proposal)))


@command(app, "history", examples=("sealane proposal history 0f1e2d",))
def history(context: Context, proposal: ProposalArgument) -> None:
    """Show every act on a proposal: who opened it, each ballot, and the one that decided."""
    from cli.viewing import show_history

    show_history(context, _find(context, proposal))


@command(app, "list", examples=("sealane proposal list", "sealane proposal list --open --json"))
def list_(
    context: Context,
    only_open: Annotated[bool, typer.Option("--open", help="Only those not decided.")] = False,
) -> None:
    """List proposals, the newest first."""
    from cli.output import table

    now_ms = int(context.client.status()["time_ms"])
    items = [item | {"expired": _expired(item["record"], now_ms)} for item in _all(context)]
    if only_open:
        items = [item for item in items if item["record"]["state"] == "open" and not item["expired"]]
    items.sort(key=lambda item: (-int(item["record"]["created_ms"]), item["key"]))
    rows = [
        (
            item["key"].partition("/")[2][:12],
            item["summary"].get("title", ""),
            "Ended without a decision." if item["expired"] else item["summary"].get("status", ""),
            item["summary"].get("yes", ""),
            item["summary"].get("no", ""),
        )
        for item in items
    ]
    columns = ("proposal", "what", "where it stands", "yes", "no")
    context.output.result({"items": items}, table(columns, rows) if rows else "No proposal.")


def _expired(record: dict[str, Any], now_ms: int) -> bool:
    """Whether a proposal is open in name only: its time is over, as of the newest block."""
    return record["state"] == "open" and int(record["expires_ms"]) < now_ms


def _all(context: Context) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = context.client.get("/v1/records", kind="proposal", after=after, limit=PAGE)
        items += page["items"]
        after = page["next"]
    return items


def _find(context: Context, text: str) -> str:
    """The key of the proposal that `text` names; `CliError` for none or several."""
    given = text.removeprefix("proposal/")
    if len(given) == 2 * ID_BYTES:
        return f"proposal/{given}"
    keys = [item["key"] for item in _all(context) if item["key"].startswith(f"proposal/{given}")]
    if len(keys) == 1 and len(given) >= MIN_PREFIX:
        return str(keys[0])
    raise CliError(
        f"{text} names {'more than one' if keys else 'no'} proposal",
        do="sealane proposal list",
        exit_code=ExitCode.USAGE if keys else ExitCode.REFUSED,
        code="subject.unclear" if keys else "subject.unknown",
    )


def _key(bls_key: str | None, possession: str | None, file: Path | None) -> dict[str, str]:
    if file is None:
        given = {"bls_key": bls_key, "possession": possession}
        return {name: value for name, value in given.items() if value is not None}
    from cli.org import proven_key

    return proven_key(file)


def _change(
    file: Path | None, remove: str | None, add: str | None, rotate: str | None, key: dict[str, str]
) -> dict[str, Any]:
    """The change that the options describe; `CliError` unless it is exactly one."""
    asked = {"remove_validator": remove, "add_validator": add, "rotate_validator": rotate}
    kinds = [(kind, organisation) for kind, organisation in asked.items() if organisation is not None]
    if len(kinds) + (file is not None) != 1:
        raise CliError("ask for one change", do="Give FILE, --add ORG, --remove ORG or --rotate ORG.")
    if file is not None:
        return _read(file)
    kind, organisation = kinds[0]
    if (kind == "remove_validator") == bool(key):
        raise CliError(
            "a new seat or key needs the key, a removal has none",
            do="--new-key FILE, or --bls-key TEXT --possession TEXT, as `sealane key new-validator` prints.",
        )
    return {"type": kind, "organisation": organisation, **key}


def _read(file: Path) -> dict[str, Any]:
    try:
        data = file.read_bytes()[: MAX_CHANGE_BYTES + 1]
        change = parse_json(data) if len(data) <= MAX_CHANGE_BYTES else None
    except FileNotFoundError:
        raise CliError(f"there is no {file}", code="file") from None
    except EncodingError:
        change = None
    if not isinstance(change, dict):
        raise CliError(f"{file} holds no change of the network", code="file")
    return change
