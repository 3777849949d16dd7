"""Bars as SVG, drawn by the node: no script, no style of their own, and words for those who see no picture.

A bar has its name and its value as text above it, so that it reads alike on a
phone and on paper. Colours are classes of the style sheet, in light and in dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

WIDTH: Final = 330
"""Units of the picture's width: pixels on a phone."""
ROW: Final = 34
BAR: Final = 10
MAX_NAME: Final = 26
"""Characters of a name that fit beside a value; the description and the table have the whole."""
MAX_BARS: Final = 10
"""Bars of one picture; the table beneath has the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, perhaps with a further one behind it."""

    name: str
    """What it is of."""
    said: str
    """Its value in words."""
    value: float
    """How long it is."""
    behind: float = 0
    """How long the paler one behind it is: nine in ten, where the bar is the median."""


def bar_chart(name: str, title: str, description: str, bars: Sequence[Bar]) -> Markup:
    """The picture; `name` is what it is called on its page."""
    shown = bars[:MAX_BARS]
    longest = max((max(bar.value, bar.behind) for bar in shown), default=0) or 1
    rows = Markup("").join(_row(place, bar, longest) for place, bar in enumerate(shown))
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {width} {height}" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{description}</desc>{rows}</svg>'
    ).format(
        width=WIDTH,
        height=ROW * len(shown),
        name=name,
        title=title,
        description=f"{description} " + "; ".join(f"{bar.name}: {bar.said}" for bar in shown),
        rows=rows,
    )


def _row(place: int, bar: Bar, longest: float) -> Markup:
    top = place * ROW
    behind = _rect("behind", top + 18, bar.behind / longest) if bar.behind else Markup("")
    return Markup(
        '<text x="0" y="{line}">{name}</text><text class="value" x="{width}" y="{line}">{said}</text>'
        "{track}{behind}{front}"
    ).format(
        line=top + 13,
        name=bar.name if len(bar.name) <= MAX_NAME else f"{bar.name[: MAX_NAME - 1]}…",
        width=WIDTH,
        said=bar.said,
        track=_rect("track", top + 18, 1),
        behind=behind,
        front=_rect("front", top + 18, bar.value / longest),
    )


def _rect(kind: str, top: int, part: float) -> Markup:
    return Markup('<rect class="{}" x="0" y="{}" width="{}" height="{}" rx="2"/>').format(
        kind, top, round(WIDTH * part, 1), BAR
    )
