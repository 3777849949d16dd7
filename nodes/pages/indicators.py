"""The page of indicators: each as a picture, in words and as a table, and all of them as data.

What each means is in `docs/indicators.md`. Members who signed in see every line,
everyone else what adds up several organisations' business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

import texts
from nodes.api import problems, schemas
from nodes.api.indicators import indicators_of
from nodes.indicators.service import DEFAULT_DAYS, WINDOWS_DAYS
from nodes.pages.charts import Bar, bar_chart
from nodes.pages.formats import span, utc
from nodes.pages.language import language_of
from nodes.pages.models import IndicatorLine
from nodes.pages.names import Naming, naming
from nodes.pages.routing import Ask, Rows, Shown, page_routes
from texts import Texts

MAX_TABLE_ROWS: Final = 100
"""Rows of one table on the page; the data has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One indicator as the page shows it."""

    name: str
    """Its key among the texts."""
    about: str
    """What is counted, in a sentence."""
    columns: tuple[str, ...]
    """Keys of the table's columns."""
    rows: tuple[tuple[str, ...], ...]
    """The table, all as text."""
    bars: tuple[Bar, ...] = ()
    """The picture; nothing to draw, no picture."""
    chart: Markup = field(default=Markup(""))


async def indicators(ask: Ask) -> Shown:
    """The page, for a window of days."""
    asked = ask.text("days")
    if asked and asked not in map(str, WINDOWS_DAYS):
        raise problems.INVALID(f"Windows are of {', '.join(map(str, WINDOWS_DAYS))} days.", at="days")
    days = int(asked) if asked else DEFAULT_DAYS
    head = await indicators_of(ask.api, days, every_line=ask.actor is not None)
    lines = list(lines_of(head))
    return Shown(
        template="indicators.html",
        head=head,
        rows=Rows(
            kind=IndicatorLine, fetch=lambda _at, _limit: (lines, None), start=0, read_cursor=_no_cursor
        ),
        values={
            "figures": figures(
                head, texts.load("pages", language_of(ask.request)), naming(ask.api, ask.actor)
            ),
            "windows": WINDOWS_DAYS,
            "table_rows": MAX_TABLE_ROWS,
        },
    )


def _no_cursor(text: str) -> int:
    raise ValueError(text)


def lines_of(head: schemas.Indicators) -> Iterator[IndicatorLine]:
    """Every number of every indicator, one to a line, for tables."""
    for name, passages in (("release", head.release), ("gate_out", head.gate_out)):
        for passage in passages:
            yield from _spread(name, passage.office, passage.time)
            yield _line(name, passage.office, "ahead", "containers", passage.ahead)
    for one in head.refused:
        yield _line("refused", f"{one.office} {one.what} {one.reason}", "count", "declarations", one.count)
    for hold in head.holds:
        yield from _spread("holds", hold.authority, hold.age)
        yield _line("holds", hold.authority, "oldest", "ms", hold.oldest_ms)
    if head.surrendered is not None:
        yield _line("surrendered", "", "arrived", "bills", head.surrendered.arrived)
        yield _line("surrendered", "", "before", "bills", head.surrendered.before)
    for leg in head.legs:
        place = f"{leg.mode} {leg.origin} {leg.destination}"
        yield _line("legs", place, "containers", "containers", leg.containers)
        yield _line("legs", place, "teu", "hundredths", leg.teu_hundredths)
        yield _line("legs", place, "unsized", "containers", leg.unsized)
    yield from _spread("interval", "", head.blocks.interval)
    yield _line("interval", "", "later_rounds", "seals", head.blocks.later_rounds)
    for seat in head.blocks.attendance:
        yield _line("attendance", seat.organisation, "due", "seals", seat.due)
        yield _line("attendance", seat.organisation, "missed", "seals", seat.missed)
    yield from _spread("finality_here", "", head.here.finality)
    for code in head.here.refused:
        yield _line("refused_here", code.code, "count", "submissions", code.count)


def _spread(indicator: str, line: str, found: schemas.Spread | None) -> Iterator[IndicatorLine]:
    if found is not None:
        yield _line(indicator, line, "count", "observations", found.count)
        yield _line(indicator, line, "median", "ms", found.median_ms)
        yield _line(indicator, line, "p90", "ms", found.p90_ms)


def _line(indicator: str, line: str, measure: str, unit: str, value: int) -> IndicatorLine:
    return IndicatorLine(indicator=indicator, line=line, measure=measure, unit=unit, value=value)


def figures(head: schemas.Indicators, t: Texts, called: Naming) -> tuple[Figure, ...]:
    """What the page shows, in its order."""
    made = (
        _passages("release", head.release, t, called),
        _passages("gate_out", head.gate_out, t, called),
        _holds(head, t, called),
        _refused(head, t, called),
        _surrendered(head, t),
        _legs(head, t),
        _blocks(head, t),
        _attendance(head, t, called),
        _here(head, t),
    )
    return tuple(_drawn(figure, t) for figure in made)


def _drawn(figure: Figure, t: Texts) -> Figure:
    if not figure.bars:
        return figure
    title = t(f"indicators_{figure.name}")
    return Figure(
        name=figure.name,
        about=figure.about,
        columns=figure.columns,
        rows=figure.rows,
        chart=bar_chart(figure.name, title, figure.about, figure.bars),
    )


def _passages(name: str, passages: tuple[schemas.Passage, ...], t: Texts, called: Naming) -> Figure:
    named = [(called(one.office) if one.office else t("indicators_nobody"), one) for one in passages]
    return Figure(
        name=name,
        about=t(f"indicators_{name}_about"),
        columns=("office", "count", "median", "p90", "ahead"),
        rows=tuple(
            (office, str(one.time.count), *_times(one.time, t), str(one.ahead)) for office, one in named
        ),
        bars=tuple(_spread_bar(office, one.time, t) for office, one in named),
    )


def _times(found: schemas.Spread, t: Texts) -> tuple[str, str]:
    return span(found.median_ms, t), span(found.p90_ms, t)


def _spread_bar(name: str, found: schemas.Spread, t: Texts) -> Bar:
    median, p90 = _times(found, t)
    said = t("indicators_spread", median=median, p90=p90)
    return Bar(name=name, said=said, value=found.median_ms, behind=found.p90_ms)


def _holds(head: schemas.Indicators, t: Texts, called: Naming) -> Figure:
    return Figure(
        name="holds",
        about=t("indicators_holds_about"),
        columns=("authority", "count", "median", "p90", "oldest"),
        rows=tuple(
            (called(one.authority), str(one.age.count), *_times(one.age, t), span(one.oldest_ms, t))
            for one in head.holds
        ),
        bars=tuple(
            Bar(
                name=called(one.authority),
                said=t("indicators_held", count=one.age.count, age=span(one.oldest_ms, t)),
                value=one.age.count,
            )
            for one in head.holds
        ),
    )


def _refused(head: schemas.Indicators, t: Texts, called: Naming) -> Figure:
    return Figure(
        name="refused",
        about=t("indicators_refused_about"),
        columns=("office", "what", "reason", "count"),
        rows=tuple(
            (called(one.office), t(f"state_{one.what}"), _why(one.reason, t), str(one.count))
            for one in head.refused
        ),
        bars=tuple(
            Bar(name=f"{called(one.office)}: {_why(one.reason, t)}", said=str(one.count), value=one.count)
            for one in head.refused
        ),
    )


def _why(reason: str, t: Texts) -> str:
    """A reason of the list for refusals in words; the error codes of authorities as they are."""
    return t(f"refusal_{reason}") if f"refusal_{reason}" in t else reason


def _surrendered(head: schemas.Indicators, t: Texts) -> Figure:
    found = head.surrendered
    columns = ("arrived", "before", "share")
    if found is None or not found.arrived:
        return Figure(name="surrendered", about=t("indicators_surrendered_about"), columns=columns, rows=())
    share = f"{100 * found.before // found.arrived} %"
    said = t("indicators_surrendered_said", before=found.before, arrived=found.arrived)
    return Figure(
        name="surrendered",
        about=t("indicators_surrendered_about"),
        columns=columns,
        rows=((str(found.arrived), str(found.before), share),),
        bars=(Bar(name=share, said=said, value=found.before, behind=found.arrived),),
    )


def _legs(head: schemas.Indicators, t: Texts) -> Figure:
    named = [
        (t(f"indicators_mode_{one.mode}"), f"{one.origin} → {one.destination}", one) for one in head.legs
    ]
    return Figure(
        name="legs",
        about=t("indicators_legs_about"),
        columns=("mode", "leg", "teu", "containers", "unsized"),
        rows=tuple(
            (mode, leg, teu(one.teu_hundredths), str(one.containers), str(one.unsized))
            for mode, leg, one in named
        ),
        bars=tuple(
            Bar(
                name=f"{mode}, {leg}",
                said=t("indicators_carried", teu=teu(one.teu_hundredths), containers=one.containers),
                value=one.teu_hundredths,
            )
            for mode, leg, one in named
        ),
    )


def teu(hundredths: int) -> str:
    """An amount of TEU without noughts at its end."""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def _blocks(head: schemas.Indicators, t: Texts) -> Figure:
    blocks, bars, rows = head.blocks, [], []
    for name, found in (("interval", blocks.interval), ("finality", head.here.finality)):
        if found is not None:
            what, median, p90 = (
                t(f"indicators_{name}"),
                f"{found.median_ms / 1000:.2f} s",
                f"{found.p90_ms / 1000:.2f} s",
            )
            rows.append((what, str(found.count), median, p90))
            said = t("indicators_spread", median=median, p90=p90)
            bars.append(Bar(name=what, said=said, value=found.median_ms, behind=found.p90_ms))
    about = t("indicators_blocks_about", first=blocks.first, last=blocks.last, later=blocks.later_rounds)
    return Figure(
        name="blocks",
        about=about,
        columns=("what", "count", "median", "p90"),
        rows=tuple(rows),
        bars=tuple(bars),
    )


def _attendance(head: schemas.Indicators, t: Texts, called: Naming) -> Figure:
    seats = sorted(head.blocks.attendance, key=lambda seat: (-seat.missed, seat.organisation))
    return Figure(
        name="attendance",
        about=t("indicators_attendance_about", first=head.blocks.first, last=head.blocks.last),
        columns=("organisation", "due", "missed"),
        rows=tuple((called(seat.organisation), str(seat.due), str(seat.missed)) for seat in seats),
        bars=tuple(
            Bar(
                name=called(seat.organisation),
                said=t("indicators_missed", missed=seat.missed, due=seat.due),
                value=seat.missed,
                behind=seat.due,
            )
            for seat in seats
        ),
    )


def _here(head: schemas.Indicators, t: Texts) -> Figure:
    codes = head.here.refused
    return Figure(
        name="here",
        about=t("indicators_here_about", time=utc(head.here.since_ms)),
        columns=("reason", "count"),
        rows=tuple((one.code, str(one.count)) for one in codes),
        bars=tuple(Bar(name=one.code, said=str(one.count), value=one.count) for one in codes),
    )


ROUTES = page_routes("/indicators", indicators)
