"""Indicators as a busy network has them, for what shows them."""

from __future__ import annotations

from nodes.indicators.model import (
    NO_OFFICE,
    Attendance,
    Blocks,
    Indicators,
    Leg,
    OpenHolds,
    Passage,
    RefusedDocuments,
    Spread,
    Surrendered,
    Trade,
)

HOUR = 3_600_000
TIME = Spread(count=12, median_ms=6 * HOUR, p90_ms=30 * HOUR)

SAMPLE = Indicators(
    height=512,
    until_ms=1_790_000_512_000,
    from_ms=1_787_408_512_000,
    trade=Trade(
        release=(Passage(office="haiphong-customs", time=TIME, ahead=2, organisations=4),),
        gate_out=(
            Passage(office="haiphong-customs", time=TIME, ahead=0, organisations=4),
            Passage(office=NO_OFFICE, time=TIME, ahead=0, organisations=3),
        ),
        refused=(
            RefusedDocuments(
                what="refused", office="haiphong-customs", reason="health_risk", count=3, organisations=3
            ),
            RefusedDocuments(
                what="rejected", office="haiphong-customs", reason="CDS12077", count=2, organisations=3
            ),
            RefusedDocuments(
                what="rejected", office="haiphong-customs", reason="CDS40045", count=1, organisations=3
            ),
        ),
        holds=(OpenHolds(authority="plant-health", age=TIME, oldest_ms=40 * HOUR, organisations=5),),
        surrendered=Surrendered(arrived=8, before=6, organisations=3),
        legs=(
            Leg(
                mode="sea",
                origin="CNQZH",
                destination="VNHPH",
                containers=40,
                teu_hundredths=6_525,
                unsized=1,
                organisations=3,
            ),
        ),
        whole=True,
    ),
    blocks=Blocks(
        first=1,
        last=512,
        interval=Spread(count=511, median_ms=30_000, p90_ms=30_010),
        seals=511,
        later_rounds=3,
        attendance=(Attendance(organisation="qinzhou-customs", due=511, missed=7),),
    ),
)
"""One line or more of everything."""
