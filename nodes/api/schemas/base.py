"""How every model of an answer is configured: frozen, closed, documented, with an example."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict


def described(example: dict[str, Any]) -> ConfigDict:
    """The configuration of a model with this example."""
    return ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [example]},
    )
