"""Sizes of containers: what an ISO 6346 size and type code says, and how many twenty-foot units that is.

Only the code's first character, the length, goes on the ledger: ports and statistics
count by it, and the rest of the code would say what kind of goods is in the box.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SIZE_TYPE: Final = re.compile(r"[1-4A-HK-NP][0-9C-FLMNP][A-Z][A-Z0-9]", re.ASCII)
"""A size and type code such as 22G1 (ISO 6346:2022, 5): length, height and width, type group, detail."""

TEU_HUNDREDTHS: Final[Mapping[str, int]] = {
    "1": 50,
    "2": 100,
    **dict.fromkeys("3ABCDEF", 150),
    "4": 200,
    **dict.fromkeys("GHKLMNP", 225),
}
"""Hundredths of a twenty-foot equivalent unit by length code.

20 feet count 1, 40 feet 2, what lies between 1.5, and what is longer 2.25, as Eurostat's
maritime statistics convert; 10 feet, which those leave out, count by their length.
"""


def length_of(size_type: str) -> str | None:
    """The length code of a size and type code such as 45G1; None for what is none."""
    code = size_type.upper()
    return code[0] if SIZE_TYPE.fullmatch(code) else None
