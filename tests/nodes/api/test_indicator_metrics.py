"""The indicators as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace

from nodes.api.indicator_metrics import MAX_LINES, families
from nodes.indicators.model import Indicators
from tests.nodes.indicators.sample import HOUR, SAMPLE


def lines(found: Indicators) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families(found, {"qinzhou-customs": 4})
        for sample in family.samples
    }


def test_units_labels_and_sums() -> None:
    found = lines(SAMPLE)
    assert found["sealane_discharge_to_release_seconds", "haiphong-customs", "0.9"] == 30 * HOUR / 1000
    assert found["sealane_discharge_to_gate_out_containers", "none"] == 12
    assert found["sealane_declarations_refused", "haiphong-customs", "health_risk"] == 3
    assert found["sealane_declarations_refused", "haiphong-customs", "rejected"] == 3
    assert found["sealane_carried_teu", "sea", "CNQZH", "VNHPH"] == 65.25
    assert found["sealane_bills_arrived",] == 8
    assert found["sealane_signatures_missed", "qinzhou-customs"] == 4


def test_labels_are_bounded() -> None:
    """However many legs and offices there are, a metric has so many lines, the busiest."""
    leg, passage = SAMPLE.trade.legs[0], SAMPLE.trade.release[0]
    trade = replace(
        SAMPLE.trade,
        legs=tuple(replace(leg, origin=f"CN{number:03}") for number in range(200)),
        release=tuple(replace(passage, office=f"office-{number}") for number in range(200)),
    )
    found = lines(replace(SAMPLE, trade=trade))
    for name, each in (("sealane_carried_teu", 1), ("sealane_discharge_to_release_seconds", 2)):
        assert sum(line[0] == name for line in found) == MAX_LINES * each
    assert ("sealane_carried_teu", "sea", "CN049", "VNHPH") in found
    assert ("sealane_carried_teu", "sea", "CN050", "VNHPH") not in found


def test_what_is_not_shown_has_no_value() -> None:
    """A nought would be a lie where the number is left out."""
    hidden = replace(SAMPLE, trade=replace(SAMPLE.trade, surrendered=None))
    assert ("sealane_bills_arrived",) not in lines(hidden)
