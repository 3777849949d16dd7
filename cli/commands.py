"""How a command is declared: its options, its examples, and what becomes of its errors.

A command's function takes, first, either a `Context` or an `Output`. `command`
gives it the options that these are made of (`--network --as --on-behalf-of --key --node --wait --json`,
or only `--json`), so that every command has the same ones, and turns every
expected failure into a printed error and its exit code.
"""

from __future__ import annotations

import errno
import inspect
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.guard import stopped
from cli.output import Output
from cli.quick import QuickCommand, QuickGroup
from cli.words import did_you_mean
from ledger.errors import LedgerError

Function = TypeVar("Function", bound=Callable[..., None])

NetworkOption = Annotated[
    Path | None,
    typer.Option("--network", envvar="SEALANE_NETWORK", metavar="DIR", help="Network directory to work in."),
]
AsOption = Annotated[
    str | None, typer.Option("--as", envvar="SEALANE_AS", metavar="ORG/NAME", help="Member to act as.")
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key", envvar="SEALANE_KEY", metavar="FILE", help="Key file of that member, when not in DIR."
    ),
]
BehalfOption = Annotated[
    str | None,
    typer.Option(
        "--on-behalf-of",
        envvar="SEALANE_ON_BEHALF_OF",
        metavar="ORG",
        help="Organisation in whose name to act, under its mandate.",
    ),
]
NodeOption = Annotated[
    str | None, typer.Option("--node", envvar="SEALANE_NODE", metavar="URL|ORG", help="Node to talk to.")
]
WaitOption = Annotated[
    int | None,
    typer.Option(
        "--wait",
        envvar="SEALANE_WAIT",
        metavar="SECONDS",
        min=1,
        help="How long to wait until an act is final; 30 unless told.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON of a stable shape.")]

BatchOption = Annotated[
    Path | None,
    typer.Option("--batch", metavar="FILE", help="CSV or JSON lines with one record each: all or nothing."),
]

ORGANISATIONS = ("ORG", "AGENT")
"""How help calls what names an organisation."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says where a disk, or what its user may have of it, is full; it names no file then."""

NO_TEXT = "surrogates not allowed"
"""What Python says of an argument whose bytes are no text, once it is to be sent."""

_CONTEXT_OPTIONS = {
    "network": NetworkOption,
    "acting_as": AsOption,
    "on_behalf_of": BehalfOption,
    "key": KeyOption,
    "node": NodeOption,
    "wait": WaitOption,
    "as_json": JsonOption,
}
_OUTPUT_OPTIONS = {"as_json": JsonOption}


def group(help_text: str) -> typer.Typer:
    """A Typer app for one noun. Help is plain text: it starts faster and pastes cleanly."""
    app = single(help_text)
    app.callback(cls=QuickGroup, help=help_text, no_args_is_help=True)(_nothing)
    return app


def single(help_text: str) -> typer.Typer:
    """A Typer app that holds one command, such as `verify`."""
    return typer.Typer(
        help=help_text,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def _nothing() -> None:
    """A group does nothing by itself; having a callback keeps it a group when it has one command."""


def command(
    app: typer.Typer,
    name: str,
    *,
    examples: tuple[str, ...],
    batch: bool = False,
    words: Mapping[str, str] | None = None,
) -> Callable[[Function], Function]:
    """Register a function as the command `name` of `app`.

    The function's docstring is the help; `examples` are whole command lines and
    appear beneath it. `words` names, by parameter, the enumeration or table
    (`module:Name`) whose words it takes, for shells to complete and for the reference
    to list. With `batch` it also takes `--batch FILE` instead of its first argument,
    the record acted on, or the file of one to be made: it is called for each row, whose
    columns replace what the options say, and its acts are signed together (`cli.batching`).
    """

    def register(function: Function) -> Function:
        epilog = "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)
        app.command(name, cls=QuickCommand, epilog=epilog)(_adapt(function, batch=batch, words=words or {}))
        return function

    return register


def _adapt(function: Callable[..., None], *, batch: bool, words: Mapping[str, str]) -> Callable[..., None]:
    """The function with its first parameter replaced by the options that it is made of."""
    hints = get_type_hints(function, include_extras=True)
    first, *rest = inspect.signature(function).parameters.values()
    options = _CONTEXT_OPTIONS if hints[first.name] is Context else _OUTPUT_OPTIONS

    def run(**values: Any) -> None:
        given = {name: values.pop(name) for name in options}
        output = Output.detect(as_json=given.pop("as_json"))
        if not given:
            with_errors(output, lambda: function(output, **values))
            return
        with closing(Context(output=output, **given)) as context:
            named = [values[name] for name in organisations]
            act = partial(function, context, **values)
            if batch:
                needed = rest[0].default is inspect.Parameter.empty
                act = partial(_by_row, function, context, _columns(rest, hints), values, needed=needed)
            with_errors(output, lambda: _hinting(context, named, act))

    parameters = [parameter.replace(annotation=hints[parameter.name]) for parameter in rest]
    organisations = [p.name for p in rest if hints[p.name].__metadata__[0].metavar in ORGANISATIONS]
    if batch:
        parameters[0] = parameters[0].replace(default=None)
        parameters.append(
            inspect.Parameter("batch", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=BatchOption)
        )
    parameters += [
        inspect.Parameter(
            option,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if option == "as_json" else None,
            annotation=kind,
        )
        for option, kind in options.items()
    ]
    ordered = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    run.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in ordered}
    run.__doc__, run.__name__ = function.__doc__, function.__name__
    run.__words__ = words  # type: ignore[attr-defined]
    run.__columns__ = _columns(rest, hints) if batch else {}  # type: ignore[attr-defined]
    return run


def _columns(parameters: list[inspect.Parameter], hints: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """The columns of a batch, called as the options are, each with its parameter and that one's type.

    Files have none, unless each row is about one: else a row says what it means itself.
    """
    found = {}
    for place, parameter in enumerate(parameters):
        kind = hints[parameter.name].__origin__
        if place > 0 and kind in (Path, Path | None):
            continue
        info = hints[parameter.name].__metadata__[0]
        declared = (info.default, *(info.param_decls or ()))  # Typer takes the first name for a default
        options = [text for text in declared if isinstance(text, str) and text.startswith("--")]
        name = options[0][2:].replace("-", "_") if options else parameter.name
        found[name] = (parameter.name, kind)
    return found


def _by_row(
    function: Callable[..., None],
    context: Context,
    columns: dict[str, tuple[str, Any]],
    values: dict[str, Any],
    *,
    needed: bool,
) -> None:
    """Call a command once for the record that was named, or for each row of `--batch`.

    `needed` says that without a batch the command cannot do without the record's name.
    """
    path, subject = values.pop("batch"), next(iter(columns))
    named = values[subject] is not None
    if (path is not None and named) or (path is None and not named and needed):
        do = f"Give {subject.upper()}, or --batch FILE with a column {subject}."
        raise CliError(f"say which {subject}", do=do, field=subject)
    if path is None:
        function(context, **values)
        return
    from cli.batching import run_rows

    run_rows(context, path, columns, lambda row: function(context, **{**values, **row}))


def _hinting(context: Context, named: list[str | list[str] | None], action: Callable[[], None]) -> None:
    """Do it; when the ledger knows no such organisation, say which one was perhaps meant."""
    try:
        action()
    except CliError as error:
        if error.code in ("organisation.not-active", "subject.unknown"):
            known = context.organisations()
            given = [name for one in named for name in ([one] if isinstance(one, str) else one or ())]
            meant = [did_you_mean(name, known) for name in given if name not in known]
            error.do = " ".join(filter(None, [error.do, *meant]))
        raise


def with_errors(output: Output, action: Callable[[], None]) -> None:
    """Run a command's action; print an expected failure and exit with its code.

    Anything else is a fault of this software and passes to `cli.guard`.
    """
    try:
        action()
    except KeyboardInterrupt:  # before Typer sees it, which would say nothing
        raise typer.Exit(stopped()) from None
    except CliError as error:
        failure = error
    except LedgerError as error:
        failure = CliError(
            error.message,
            exit_code=ExitCode.REFUSED,
            code=error.code,
            field=error.field,
            why=type(error).__doc__ or "",
        )
    except UnicodeEncodeError as error:
        if error.reason != NO_TEXT:
            raise
        failure = CliError(f"{error.object} is no text", why="It has bytes that are not UTF-8.", code="text")
    except OSError as error:
        if error.filename is None and error.errno not in FULL:
            raise
        what = "write" if error.filename is None else f"use {error.filename}"
        failure = CliError(f"cannot {what}", why=error.strerror or str(error), code="file")
    else:
        return
    output.error(failure)
    raise typer.Exit(int(failure.exit_code))
