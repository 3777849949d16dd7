"""The page of indicators: its pictures, their words, its tables and its data."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import texts
from nodes.api import schemas
from nodes.api.indicators import _view
from nodes.indicators.model import Leg
from nodes.pages.charts import BAR, MAX_BARS, MAX_NAME, WIDTH, Bar, bar_chart
from nodes.pages.indicators import figures, lines_of, teu
from tests.nodes.api.rig import Rig
from tests.nodes.indicators.sample import SAMPLE
from tests.nodes.pages.browser import Browser, data, said

SVG = "{http://www.w3.org/2000/svg}"


def head(rig: Rig) -> schemas.Indicators:
    return _view(rig.app.state.api, SAMPLE, 30, every_line=True)


def drawn(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_bars_are_as_long_as_their_values_and_say_them() -> None:
    bars = [
        Bar(name="<office>", said="6 h & more", value=50, behind=100),
        Bar(name="other", said="3 h", value=25),
    ]
    picture = drawn(bar_chart("release", "Release", "By office.", bars))
    rects = [(one.get("class"), float(one.get("width", 0))) for one in picture.iter(f"{SVG}rect")]
    assert rects == [
        *(("track", WIDTH), ("behind", WIDTH), ("front", WIDTH / 2)),
        *(("track", WIDTH), ("front", WIDTH / 4)),
    ]
    assert {one.get("height") for one in picture.iter(f"{SVG}rect")} == {str(BAR)}
    assert [one.text for one in picture.iter(f"{SVG}text")] == ["<office>", "6 h & more", "other", "3 h"]
    assert picture.get("role") == "img"
    labels = {one.get("id"): one.text for one in picture if one.get("id")}
    assert [labels[name] for name in (picture.get("aria-labelledby") or "").split()] == [
        "Release",
        "By office. <office>: 6 h & more; other: 3 h",
    ]


def test_a_name_too_long_for_the_picture_is_whole_in_its_description() -> None:
    name = "an-office-with-a-very-long-name-at-the-border"
    picture = drawn(bar_chart("release", "Release", "", [Bar(name=name, said="1", value=1)]))
    shown = next(picture.iter(f"{SVG}text")).text or ""
    assert len(shown) == MAX_NAME
    assert name.startswith(shown[:-1])
    assert name in (next(picture.iter(f"{SVG}desc")).text or "")


def test_nothing_but_noughts_is_drawn_without_dividing_by_them() -> None:
    picture = drawn(bar_chart("missed", "Missing", "None.", [Bar(name="one", said="0", value=0)] * 99))
    assert len(list(picture.iter(f"{SVG}text"))) == 2 * MAX_BARS


def test_teu_are_written_without_noughts_at_their_end() -> None:
    assert [teu(one) for one in (0, 100, 225, 150, 12_350)] == ["0", "1", "2.25", "1.5", "123.5"]


async def test_every_indicator_has_a_picture_a_table_and_data(rig: Rig) -> None:
    t = texts.load("pages", "en")
    found = figures(head(rig), t, lambda one: one.replace("-", " ").title())
    assert len(found) == 9
    assert "Qinzhou Customs" in next(one for one in found if one.name == "attendance").chart
    for figure in found[:-1]:
        assert figure.rows, figure.name
        assert figure.chart.startswith("<svg"), figure.name
        assert {len(row) for row in figure.rows} == {len(figure.columns)}
    values = {(one.indicator, one.line, one.measure): one.value for one in lines_of(head(rig))}
    assert values["release", "haiphong-customs", "ahead"] == 2
    assert values["gate_out", "", "count"] == 12
    assert values["legs", "sea CNQZH VNHPH", "teu"] == 6_525
    assert values["refused", "haiphong-customs rejected CDS40045", "count"] == 1
    assert values["surrendered", "", "before"] == 6
    assert values["attendance", "qinzhou-customs", "missed"] == 7
    assert values["interval", "", "later_rounds"] == 3


async def test_the_page_names_its_window_and_whose_lines_it_shows(
    clerk: Browser, anybody: Browser, rig: Rig
) -> None:
    own, public = (await clerk.get("/indicators?days=7")).text, (await anybody.get("/indicators")).text
    assert re.search(r'href="/indicators\?days=7" aria-current="page"', own)
    assert re.search(r'href="/indicators\?days=30" aria-current="page"', public)
    sentence = "You see only lines in which the business of several organisations is added up."
    assert sentence in said(public)
    assert sentence not in said(own)
    found, rows = await data(anybody, "/indicators?days=1")
    assert (found["days"], found["every_line"]) == (1, False)
    assert {row["indicator"] for row in rows} >= {"interval"}
    assert "Windows are of" in (await anybody.get("/indicators?days=8", 400)).text


async def test_a_page_of_a_busy_port_stays_small(rig: Rig) -> None:
    leg = SAMPLE.trade.legs[0]
    many = tuple(replace(leg, origin=f"CN{number:03}") for number in range(5_000))
    busy: tuple[Leg, ...] = many
    sample = replace(SAMPLE, trade=replace(SAMPLE.trade, legs=busy))
    object.__setattr__(rig.app.state.api.indicators, "public", lambda _days: sample)
    answer = await rig.client.get("/indicators", headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert len(answer.content) < 60_000
    listed = (await rig.client.get("/indicators.csv")).text
    assert listed.count("legs,sea CN") == 3 * len(many)
