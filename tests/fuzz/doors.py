"""Every target by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.targets import TARGETS, Target
from tests.fuzz.targets_files import FILE_TARGETS

DOORS: Mapping[str, Target] = {target.name: target for target in (*TARGETS, *FILE_TARGETS)}
