"""Commands that are imported when they are used, so that `sealane --help` needs none of them.

The root group holds a stub for each command: its name, its one line of help and
the module to import. A stub becomes the real command when a context is made for
it, which is what running it, asking for its help and completing it all do.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.guard import run_guarded
from cli.quick import QuickGroup

if TYPE_CHECKING:
    from typer._click import Context as ClickContext


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of the root group."""

    name: str
    module: str
    """Module that holds its Typer app, named `app`."""
    help: str
    """One line for `sealane --help`."""


class Stub(TyperCommand):
    """Stands for a command that is not imported yet."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.name, help=entry.help, short_help=entry.help, rich_markup_mode=None)
        self.entry = entry

    def load(self) -> TyperCommand | TyperGroup:
        """The real command."""
        app: typer.Typer = importlib.import_module(self.entry.module).app
        command = get_command(app)
        if not isinstance(command, (TyperCommand, TyperGroup)):
            raise TypeError(f"{self.entry.module}.app is not a Typer app")
        command.name = self.entry.name
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: ClickContext | None = None, **extra: Any
    ) -> ClickContext:
        """A context of the real command, importing it now."""
        return self.load().make_context(info_name, args, parent=parent, **extra)


def lazy_group(entries: Sequence[Entry]) -> type[TyperGroup]:
    """A group class whose commands are stubs for `entries`, in that order."""

    class LazyGroup(QuickGroup):
        """The root group."""

        def __init__(self, **options: Any) -> None:
            options["commands"] = {entry.name: Stub(entry) for entry in entries}
            super().__init__(**options)

        def main(
            self,
            args: Sequence[str] | None = None,
            prog_name: str | None = None,
            complete_var: str | None = None,
            standalone_mode: bool = True,
            windows_expand_args: bool = True,
            **extra: Any,
        ) -> Any:
            """Run a command line; always exits, with a documented code.

            Typer's own `main` would print a traceback for a fault; `run_guarded` prints one line.
            """
            run = super().main
            given = sys.argv[1:] if args is None else args
            sys.exit(
                run_guarded(
                    lambda: run(
                        args, prog_name or "sealane", complete_var, False, windows_expand_args, **extra
                    ),
                    as_json="--json" in given,
                )
            )

    return LazyGroup
