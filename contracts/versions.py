"""Which version of the rules this is. Released versions stay executable, so that replay always works."""

from __future__ import annotations

from typing import Final

RULES_VERSION: Final = 1
"""The version that these contracts implement."""
