"""Parameters that are read without loading pydantic.

Typer converts every parameter through pydantic, absent ones too, and pydantic
takes longer to import than most commands take to run. Text, paths, lists of
them and whatever was not given need no such help; anything else keeps Typer's
own conversion. Only start-up time depends on this file: if Typer came to hold
conversions elsewhere, commands would be slower and otherwise the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click import Context as ClickContext

_PLAIN: dict[Any, Callable[[Any], Any]] = {
    str: str,
    Path: Path,
    list[str]: lambda values: tuple(str(value) for value in values),
    list[Path]: lambda values: tuple(Path(value) for value in values),
}

_RULES = ("parser", "exists", "resolve_path", "writable", "allow_dash")
"""What a parameter may ask beyond its type; Typer then decides."""


@dataclass(frozen=True, slots=True)
class _Conversion:
    """Stands where Typer keeps a parameter's conversion."""

    param: Any
    convert: Callable[[Any], Any] | None
    """How to convert a value; None leaves it to Typer."""

    def coerce(self, value: Any, **place: Any) -> Any:
        if value is None:
            return () if self.param.multiple or self.param.nargs == -1 else None
        if self.convert is not None:
            return self.convert(value)
        self.param._runtime_param = None
        return self.param.get_runtime_param().coerce(value, **place)


def quicken(params: Iterable[Any]) -> None:
    """Give parameters conversions that load pydantic only when it is needed."""
    for param in params:
        described = getattr(param, "type_descriptor", None)
        if described is None or getattr(param, "_runtime_param", ...) is not None:
            continue
        ruled = any(getattr(described.parameter_info, rule, None) for rule in _RULES)
        param._runtime_param = _Conversion(param, None if ruled else _PLAIN.get(described.annotation))


class QuickCommand(TyperCommand):
    """A command whose plain parameters are read without pydantic."""

    def parse_args(self, ctx: ClickContext, args: list[str]) -> list[str]:
        """Parse as usual, after giving parameters their conversions."""
        quicken(self.get_params(ctx))
        return super().parse_args(ctx, args)


class QuickGroup(TyperGroup):
    """A group whose own options are read without pydantic."""

    def parse_args(self, ctx: ClickContext, args: list[str]) -> list[str]:
        """Parse as usual, after giving parameters their conversions."""
        quicken(self.get_params(ctx))
        return super().parse_args(ctx, args)
