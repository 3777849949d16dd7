"""The last door of every command line: no failure leaves as a traceback.

Expected failures were printed where they were caught (`cli.commands`). What
arrives here is a usage mistake that Typer found, an interruption, a reader that
went away, or a fault of this software.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from typer import Abort
from typer.exceptions import TyperException

from cli.errors import CliError, ExitCode
from cli.output import print_error

DEBUG_VARIABLE = "SEALANE_DEBUG"

INTERRUPTED = 130
"""What shells expect of a program stopped by Ctrl-C: 128 + SIGINT."""


def run_guarded(action: Callable[[], Any]) -> int:
    """Run a command line; the exit code, after printing what was not yet printed."""
    try:
        outcome = action()
    except (KeyboardInterrupt, Abort):
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    except TyperException as error:
        return _usage(error)
    except CliError as error:
        print_error(error, sys.stderr)
        return int(error.exit_code)
    except BrokenPipeError:
        # The reader of our output is gone, as with `| head`; nothing more can be said, nor need be.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the interpreter's last flush
        return int(ExitCode.REFUSED)
    except Exception as error:  # users get one line; developers set SEALANE_DEBUG
        return _internal(error)
    return outcome if isinstance(outcome, int) else int(ExitCode.DONE)


def _internal(error: Exception) -> int:
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exception(error)
    text = str(error).partition("\n")[0]
    print_error(
        CliError(
            f"a fault in sealane itself: {type(error).__name__}: {text}",
            do=f"Set {DEBUG_VARIABLE}=1 and run it again for details to report.",
            code="internal",
        ),
        sys.stderr,
    )
    return int(ExitCode.INTERNAL)


def _usage(error: TyperException) -> int:
    """Let Typer show its own mistake: usage, the message, and what was perhaps meant."""
    show = getattr(error, "show", None)
    if show is None:
        return _internal(error)
    show()
    return int(getattr(error, "exit_code", ExitCode.USAGE))
