"""How a command fails: the exit codes, and an error that says what, why and what to do."""

from __future__ import annotations

import enum
from typing import Any


class ExitCode(enum.IntEnum):
    """What the shell is told. Scripts depend on these."""

    DONE = 0
    """Done, or verified."""
    REFUSED = 1
    """Refused, or not verified."""
    USAGE = 2
    """The command line, a file or the configuration is wrong."""
    UNREACHABLE = 3
    """No node answered, or none could serve."""
    INTERNAL = 4
    """A fault of this software."""
    INTERRUPTED = 130
    """Stopped with Ctrl-C: 128 + SIGINT, as shells expect."""


class CliError(Exception):
    """A command cannot do what it was asked; the command wrapper prints it and exits."""

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        do: str = "",
        exit_code: ExitCode = ExitCode.USAGE,
        code: str = "usage",
        field: str = "",
        final: bool | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        """What did not happen, in one sentence."""
        self.why = why
        """The reason, when it is known."""
        self.do = do
        """What to type or change next."""
        self.exit_code = exit_code
        self.code = code
        """Stable code for programs: a refusal's code, or the kind of failure."""
        self.field = field
        """Dotted path of what is at fault, empty for the whole."""
        self.final = final
        """For refusals: whether the same statement can never be accepted. None otherwise."""

    def as_json(self) -> dict[str, Any]:
        """The stable JSON shape of an error."""
        error: dict[str, Any] = {"code": self.code, "what": self.what, "exit_code": int(self.exit_code)}
        for name in ("why", "do", "field", "final"):
            value = getattr(self, name)
            if value not in ("", None):
                error[name] = value
        return {"error": error}
