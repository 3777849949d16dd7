"""The indicators for Prometheus: what strangers may see of them, since whoever reaches the API reads this.

Labels are offices, authorities, modes, UN/LOCODEs and reasons from fixed lists, and no
more of them than `MAX_LINES` for one metric, the busiest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from nodes.indicators.model import Indicators, Passage, Spread
from nodes.indicators.service import IndicatorService

MAX_LINES: Final = 50
"""Lines of one metric: beyond them, the quieter offices and legs are on the page and in the API."""

NEWEST_SEALS: Final = 100
"""Seals in which missing signatures are counted: few, so that an alert comes soon and goes soon."""

NOBODY: Final = "none"
"""The office of containers that nobody declared: Prometheus takes an empty label for none at all."""

REJECTED: Final = "rejected"
"""The reason under which rejections count: their error codes are each authority's own, without end."""

Line = tuple[tuple[str, ...], float]


class _Families(Collector):
    """The indicators as of one reading."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterator[Metric]:
        """The gauges and summaries."""
        yield from self._families


def exposition_of(service: IndicatorService) -> bytes:
    """The indicators in Prometheus' text format. Reads the database."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families(service.public(), service.absences(NEWEST_SEALS))))
    return generate_latest(registry)


def families(found: Indicators, absences: Mapping[str, int]) -> Iterator[Metric]:
    """Every metric of the indicators; `absences` are missing signatures in the newest seals."""
    trade = found.trade
    yield from _passages("release", "customs release", trade.release)
    yield from _passages("gate_out", "gate-out", trade.gate_out)
    refused: dict[tuple[str, ...], float] = {}
    for one in trade.refused:
        labels = (one.office, one.reason if one.what == "refused" else REJECTED)
        refused[labels] = refused.get(labels, 0) + one.count
    yield _gauge(
        "sealane_declarations_refused",
        "Declarations refused or rejected in 30 days.",
        ("office", "reason"),
        refused.items(),
    )
    yield _gauge(
        "sealane_holds_open",
        "Holds open now.",
        ("authority",),
        [((one.authority,), one.age.count) for one in trade.holds],
    )
    yield _summary(
        "sealane_hold_age_seconds",
        "How long open holds have been open.",
        "authority",
        ((one.authority, one.age) for one in trade.holds),
    )
    surrendered = trade.surrendered
    yield _gauge(
        "sealane_bills_arrived",
        "Bills to be surrendered whose goods reached their place of delivery in 30 days.",
        (),
        [] if surrendered is None else [((), surrendered.arrived)],
    )
    yield _gauge(
        "sealane_bills_surrendered_before_arrival",
        "Those of them that were surrendered before.",
        (),
        [] if surrendered is None else [((), surrendered.before)],
    )
    places = ("mode", "origin", "destination")
    yield _gauge(
        "sealane_carried_teu",
        "Twenty-foot equivalent units carried in 30 days, of containers whose length is known.",
        places,
        [((one.mode, one.origin, one.destination), one.teu_hundredths / 100) for one in trade.legs],
    )
    yield _gauge(
        "sealane_carried_containers",
        "Containers carried in 30 days.",
        places,
        [((one.mode, one.origin, one.destination), one.containers) for one in trade.legs],
    )
    yield _gauge(
        "sealane_signatures_missed",
        f"Of the newest {NEWEST_SEALS} seals, those without the organisation's signature.",
        ("organisation",),
        [((organisation,), count) for organisation, count in sorted(absences.items())],
    )


def _passages(name: str, what: str, lines: Iterable[Passage]) -> Iterator[Metric]:
    found = list(lines)
    yield _summary(
        f"sealane_discharge_to_{name}_seconds",
        f"From discharge to {what}, of what came to it in 30 days.",
        "office",
        ((one.office or NOBODY, one.time) for one in found),
    )
    yield _gauge(
        f"sealane_discharge_to_{name}_containers",
        f"Containers that came to {what} in 30 days and whose discharge is known.",
        ("office",),
        [((one.office or NOBODY,), one.time.count) for one in found],
    )


def _summary(name: str, meaning: str, label: str, lines: Iterable[tuple[str, Spread]]) -> Metric:
    """Median and 90th percentile; without count and sum, which in a summary only ever grow."""
    family = SummaryMetricFamily(name, meaning)
    for value, found in list(lines)[:MAX_LINES]:
        for quantile, found_ms in (("0.5", found.median_ms), ("0.9", found.p90_ms)):
            family.add_sample(name, {label: value, "quantile": quantile}, found_ms / 1000)
    return family


def _gauge(name: str, meaning: str, labels: tuple[str, ...], lines: Iterable[Line]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for values, value in list(lines)[:MAX_LINES]:
        family.add_metric(values, value)
    return family
