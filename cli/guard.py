"""The last door of every command line: no failure leaves as a traceback.

Expected failures were printed where they were caught (`cli.commands`). What
arrives here is a usage mistake that Typer found, an interruption, a reader that
went away, or a fault of this software.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from typer import Abort
from typer.exceptions import TyperException

from cli.errors import CliError, ExitCode
from cli.output import Output, tell

DEBUG_VARIABLE = "SEALANE_DEBUG"


def run_guarded(action: Callable[[], Any], *, as_json: bool = False) -> int:
    """Run a command line; the exit code, after printing what was not yet printed, as JSON if asked so."""
    try:
        outcome = action()
        code = outcome if isinstance(outcome, int) else int(ExitCode.DONE)
    except (KeyboardInterrupt, Abort):
        code = stopped()
    except TyperException as error:
        code = _usage(error, as_json=as_json)
    except CliError as error:
        code = _failed(error, as_json=as_json)
    except BrokenPipeError:
        code = _unread()
    except Exception as error:  # users get one line; developers set SEALANE_DEBUG
        code = _internal(error, as_json=as_json)
    return _flushed(code, as_json=as_json)


def stopped() -> int:
    """Say that a command was interrupted; its exit code."""
    tell("stopped")
    return int(ExitCode.INTERRUPTED)


def _flushed(code: int, *, as_json: bool) -> int:
    """The exit code, once what was printed has left: a full disk, or a reader that went, shows here."""
    try:
        sys.stderr.flush()
    except OSError:
        sys.stderr = _nowhere()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _unread()
    except OSError as error:
        sys.stdout = _nowhere()
        done = "it was done, but " if code == ExitCode.DONE else ""
        said = CliError(
            f"{done}the result could not be written", why=error.strerror or str(error), code="file"
        )
        _failed(said, as_json=as_json)
        return code or int(ExitCode.USAGE)
    return code


def _unread() -> int:
    """The reader of our output is gone, as with `| head`; nothing more can be said, nor need be."""
    sys.stdout = _nowhere()
    return int(ExitCode.REFUSED)


def _nowhere() -> TextIO:
    """A stream for the interpreter's last flush, which would fail on the one that was there."""
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - open until the end


def _failed(error: CliError, *, as_json: bool) -> int:
    """Print an error that no command printed."""
    Output(json=as_json).error(error)
    return int(error.exit_code)


def _internal(error: Exception, *, as_json: bool) -> int:
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exception(error)
    text = str(error).partition("\n")[0]
    return _failed(
        CliError(
            f"a fault in sealane itself: {type(error).__name__}: {text}",
            do=f"Set {DEBUG_VARIABLE}=1 and run it again for details to report.",
            exit_code=ExitCode.INTERNAL,
            code="internal",
        ),
        as_json=as_json,
    )


def _usage(error: TyperException, *, as_json: bool) -> int:
    """Let Typer show its own mistake: usage, the message, and what was perhaps meant."""
    show = getattr(error, "show", None)
    if show is None:
        return _internal(error, as_json=as_json)
    if as_json:
        return _failed(CliError(error.format_message()), as_json=True)
    with suppress(OSError):
        show()
    return int(getattr(error, "exit_code", ExitCode.USAGE))
