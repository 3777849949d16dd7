"""`sealane codes`: lists of places, goods and carriers that documents are checked against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.files import replace_file
from cli.words import did_you_mean

if TYPE_CHECKING:
    from contracts.documents.code_lists import CodeKind

app = group("Lists of places, goods and carriers that documents are checked against.")

KindArgument = Annotated[str, typer.Argument(metavar="KIND", help="locode, hs, scac or smdg.")]
KIND_WORDS = {"kind": "contracts.documents.code_lists:CODE_KINDS"}


@command(
    app,
    "load",
    examples=("sealane codes load locode unlocode.csv", "sealane codes load hs hs6.txt"),
    words=KIND_WORDS,
)
def load(
    context: Context,
    kind: KindArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="One code a line, or CSV with the code first.")
    ],
) -> None:
    """Load a code list into the network directory, in place of the one before.

    From then on, commands warn of codes in bills that are not on it: places by
    UN/LOCODE, goods by the first six digits of HS, carriers by SCAC or SMDG code.
    """
    from cli.document_checks import list_file, read_codes

    chosen = _kind(kind)
    codes, folder = read_codes(chosen, file), _folder(context)
    path = list_file(folder, chosen.name)
    replace_file(path, "".join(f"{code}\n" for code in sorted(codes)).encode())
    value = {"kind": chosen.name, "codes": len(codes), "file": str(path)}
    context.output.result(value, f"Loaded {len(codes)} codes of {chosen.meaning} into {path}")


@command(app, "list", examples=("sealane codes list",))
def list_(context: Context) -> None:
    """List the kinds of codes, and how many of each are loaded."""
    from cli.output import table
    from contracts.documents.code_lists import CODE_KINDS

    lists = context.checks.lists
    items = [
        {"kind": kind.name, "meaning": kind.meaning, "codes": len(lists.get(kind.name, ()))}
        for kind in CODE_KINDS.values()
    ]
    rows = [(item["kind"], item["meaning"], item["codes"] or "not loaded") for item in items]
    context.output.result({"items": items}, table(("kind", "what", "codes"), rows))


@command(
    app,
    "find",
    examples=("sealane codes find locode VNHPH",),
    words=KIND_WORDS,
)
def find(
    context: Context,
    kind: KindArgument,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code.")],
) -> None:
    """Say whether a code is on the list that is loaded; exits 1 when it is not."""
    chosen = _kind(kind)
    known = context.checks.lists.get(chosen.name)
    if known is None:
        raise CliError(
            f"no list of {chosen.meaning} is loaded",
            do=f"sealane codes load {chosen.name} FILE",
            code="codes.none",
        )
    if code not in known:
        raise CliError(
            f"{code} is not on the list of {chosen.meaning}",
            why=did_you_mean(code, known),
            exit_code=ExitCode.REFUSED,
            code="codes.unknown",
        )
    context.output.result({"kind": chosen.name, "code": code}, f"{code} is on the list of {chosen.meaning}")


def _folder(context: Context) -> Path:
    context.require_directory()
    folder = context.checks.folder
    if folder is None:
        raise CliError("there is no folder for codes", do="--network DIR", code="network.missing")
    return folder


def _kind(name: str) -> CodeKind:
    from contracts.documents.code_lists import CODE_KINDS

    if name not in CODE_KINDS:
        meant = did_you_mean(name, CODE_KINDS)
        raise CliError(f"there is no list {name}", why=meant, do=" or ".join(CODE_KINDS), field="KIND")
    return CODE_KINDS[name]
