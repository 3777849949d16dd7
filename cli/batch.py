"""`sealane batch`: acts of any kind in one statement, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError
from cli.words import did_you_mean

app = group("Several acts in one statement, all or nothing.")

COLUMNS = ("act", "subject", "version", "body")


@command(
    app,
    "run",
    examples=(
        "sealane batch run acts.jsonl",
        "sealane batch run discharge.csv --as haiphong-terminal --json",
    ),
)
def run(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or JSON lines, one act each.")],
) -> None:
    """Do up to a hundred acts in one statement: all take effect, or none.

    Each row names the act, the subject (a record key, or a number that your node
    knows) and the act's fields: as JSON lines under "body", as CSV in columns of
    their own. It builds on the record as it stands now, after the rows before it,
    unless it names a version.

      {"act": "bill.transfer", "subject": "CORL:BG2611001", "body": {"to": "red-river-imports", ...}}

      act,subject,event,classifier,facility,event_ms
    """
    from cli.batching import Gathering, read_rows

    gathering = Gathering()
    for line, row in read_rows(file):
        try:
            _gather(context, gathering, row)
        except CliError as error:
            error.why = f"{file}, line {line}. {error.why}".rstrip()
            raise
    gathering.submit(context)


def _gather(context: Context, gathering: Any, row: dict[str, Any]) -> None:
    """One row's act; `CliError` when it lacks something or the contracts do not take it."""
    from cli.acting import find_key, read_or_none
    from contracts.catalogue import ACTS

    act, text = str(row.get("act", "")), str(row.get("subject", ""))
    known = ACTS.get(act)
    if known is None:
        what = f"there is no act {act}" if act else "the row names no act"
        raise CliError(what, why=did_you_mean(act, ACTS), do="sealane acts", field="act")
    if not text:
        raise CliError("the row names no subject", do="A record key, or a number.", field="subject")
    kind = str(known.record.__struct_config__.tag)
    key = text if text.startswith(f"{kind}/") else find_key(context, text, kind)
    given = row.get("version")
    if given is None:
        found = read_or_none(context.client, key)
        version = 0 if found is None else found.version
    else:
        if not str(given).isascii() or not str(given).isdigit():
            raise CliError(f"{given} is no version", field="version")
        version = int(given)
    body = row.get("body")
    columns = {name: value for name, value in row.items() if name not in COLUMNS}
    fields = _typed(columns, known.body) if body is None else body
    if not isinstance(fields, dict):
        raise CliError("the body is no JSON object", field="body")
    gathering.add(act, key, fields, version)


def _typed(columns: dict[str, Any], body: Any) -> dict[str, Any]:
    """A table has only text: its cells as the act's fields want them, or unchanged where they do not fit."""
    import msgspec

    try:
        typed: dict[str, Any] = msgspec.to_builtins(msgspec.convert(columns, body, strict=False))
    except msgspec.ValidationError:
        return columns
    return typed
