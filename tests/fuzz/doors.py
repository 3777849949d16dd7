"""Every target by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.targets import TARGETS, Target
from tests.fuzz.targets_commands import COMMAND_TARGETS
from tests.fuzz.targets_files import FILE_TARGETS
from tests.fuzz.targets_joining import JOINING_TARGETS

DOORS: Mapping[str, Target] = {
    target.name: target for target in (*TARGETS, *FILE_TARGETS, *JOINING_TARGETS, *COMMAND_TARGETS)
}
