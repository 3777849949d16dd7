"""Masses of trade documents as whole grams.

Documents carry numbers with a unit, floats included; sums and comparisons are
made in integers, through exact decimals, so that two nodes never disagree.
"""

from __future__ import annotations

import decimal
from typing import Any

_GRAMS = {"KGM": decimal.Decimal(1000), "LBR": decimal.Decimal("453.59237")}
_CONTEXT = decimal.Context(prec=40, rounding=decimal.ROUND_HALF_EVEN)

MAX_MASS = 10**9
"""Largest mass of a cargo item in its own unit: a million tonnes, more than any ship carries.

With documents of at most 1 MiB it also keeps every sum in grams below 2^53.
"""


def grams(weight: Any) -> int | None:
    """The mass that a `{value, unit}` object states, to the nearest gram.

    None when the object is not a mass: the shape check says why.
    """
    if not isinstance(weight, dict):
        return None
    value, unit = weight.get("value"), weight.get("unit")
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(unit, str):
        return None
    if unit not in _GRAMS or not 0 <= value <= MAX_MASS:
        return None
    # The shortest decimal that reads back as the same float is what the document's author wrote.
    exact = _CONTEXT.multiply(decimal.Decimal(str(value)), _GRAMS[unit])
    return int(exact.to_integral_value(rounding=decimal.ROUND_HALF_EVEN, context=_CONTEXT))
