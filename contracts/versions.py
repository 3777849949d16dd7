"""Which version of the rules this is. Released versions stay executable, so that replay always works."""

from __future__ import annotations

from typing import Final

RULES_VERSION: Final = 1
"""The newest version that these contracts implement: a new network starts with it."""


class RulesUnknown(Exception):
    """The network follows rules that this software does not have: it must be replaced before it goes on."""

    def __init__(self, rules_version: int, height: int) -> None:
        self.rules_version = rules_version
        self.height = height
        super().__init__(
            f"from block {height} on the network follows rules version {rules_version}, and this software "
            f"knows them up to version {RULES_VERSION}: install a release of sealane with rules version "
            f"{rules_version} and start it again; nothing is lost"
        )
