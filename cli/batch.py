"""`sealane batch`: acts of any kind in one statement, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError
from cli.output import Output
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
    from cli.batching import Gathering, each_row, read_rows

    gathering = Gathering()
    each_row(file, read_rows(file), lambda row: _gather(context, gathering, row))
    gathering.submit(context)


@command(
    app,
    "template",
    examples=(
        "sealane batch template bill transfer > bills.csv",
        "sealane batch template movement record > gate.csv",
        "sealane batch template movement.verify_mass > masses.csv",
    ),
)
def template(
    output: Output,
    what: Annotated[
        list[str], typer.Argument(metavar="COMMAND|ACT", help="A command that takes --batch, or an act.")
    ],
) -> None:
    """Print the header line of a CSV file for a command's --batch, or for `sealane batch run`.

    What each column means goes to standard error. Columns that are not needed may be left empty or out.
    """
    from contracts.catalogue import ACTS

    name = " ".join(what)
    columns = _of_act(name) if name in ACTS else _of_command(name)
    if columns is None:
        raise CliError(
            f"there is no act {name}, and no command {name} that takes --batch",
            why=did_you_mean(name, [*ACTS, *_batched()]),
            do=f"sealane batch template {' | '.join(_batched())}",
            field="COMMAND|ACT",
        )
    value = {"columns": [{"column": column, "meaning": meaning} for column, meaning in columns.items()]}
    output.result(value, ",".join(columns))
    for column, meaning in columns.items():
        output.note(f"{column}: {meaning}")


def _of_act(name: str) -> dict[str, str]:
    """The columns of an act in `sealane batch run`."""
    from contracts.catalogue import ACTS

    known = ACTS[name]
    fields = dict.fromkeys(known.body.__struct_encode_fields__, "a field of the act")
    kind = str(known.record.__struct_config__.tag)
    return {"act": name, "subject": f"{kind}: record key, or a number that your node knows", **fields}


def _of_command(name: str) -> dict[str, str] | None:
    """The columns of a command's `--batch`; None when it takes none."""
    command = _batched().get(name)
    if command is None:
        return None
    help_by_name = {item.name: str(item.help) for item in command.params}
    return {column: help_by_name[name] for column, (name, _) in command.callback.__columns__.items()}


def _batched() -> dict[str, Any]:
    """The commands that take `--batch`, by name."""
    from cli.lazy import Stub
    from cli.main import COMMANDS

    groups = {entry.name: getattr(Stub(entry).load(), "commands", {}) for entry in COMMANDS}
    return {
        f"{group} {verb}": command
        for group, verbs in groups.items()
        for verb, command in verbs.items()
        if any(item.name == "batch" for item in command.params)
    }


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
