"""What a run says at its end, for people and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.judgement import Judged, count, refusals
from tests.chaos.ledgers import Ledger
from tests.chaos.nemesis import Tally
from tests.chaos.schedule import KINDS
from tests.chaos.weather import Weather

if TYPE_CHECKING:
    from tests.chaos.run import Options

MAX_SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers of a run."""

    seconds: float
    faults: dict[str, int]
    recovery_s: dict[str, float]
    restarts: dict[str, int]
    went_on: int
    frames: dict[str, int]
    statements: dict[str, int]
    refusals: dict[str, int]
    """Answers by code."""
    height: int
    entries: int
    evidence: int
    signatures: int

    @classmethod
    def of(
        cls, tally: Tally, weather: Weather, ledgers: Sequence[Ledger], judged: Judged, seconds: float
    ) -> Figures:
        ledger = ledgers[0] if ledgers else None
        return cls(
            seconds=round(seconds, 1),
            faults=dict(sorted(tally.injected.items())),
            recovery_s={kind: round(s, 1) for kind, s in sorted(tally.recovery_s.items())},
            restarts=dict(tally.restarts),
            went_on=tally.went_on,
            frames=dict(weather.frames),
            statements=count(judged.events, ledger),
            refusals=refusals(judged.events),
            height=0 if ledger is None else ledger.blocks[-1].height,
            entries=0 if ledger is None else len(ledger.entries),
            evidence=judged.verified,
            signatures=judged.signatures,
        )


def print_report(options: Options, figures: Figures, findings: Sequence[str], results: Path) -> int:
    """Say how it went; the exit code."""
    kept = {"options": asdict(options), "figures": asdict(figures), "findings": list(findings)}
    (results / "report.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"\nseed                 {options.seed}   (make chaos SEED={options.seed})")
    print(f"time                 {options.minutes:g} minutes of faults, {figures.seconds:.0f} s in all")
    print(f"faults injected      {sum(figures.faults.values())}")
    for kind, number in figures.faults.items():
        print(f"  {kind:18} {number:3}   worst recovery {figures.recovery_s.get(kind, 0.0):5.1f} s")
    print(
        f"went on              in {figures.went_on} phases with f validators hit at most, before any healing"
    )
    unmet = [kind for kind in options.only or KINDS if kind not in figures.faults]
    if unmet:
        print(f"faults not met       {', '.join(unmet)}: the run was too short")
    print(f"frames               {_listed(figures.frames)}")
    told = figures.statements
    ends = f"{told['acknowledged']} acknowledged, {told['refused']} refused, {told['unknown']} unknown"
    print(
        f"statements           {told['sent']} sent, {ends}; of these {told['unknown, sealed']} on the ledger"
    )
    print(f"lost, doubled        {told['lost']}, {told['doubled']}")
    print(f"submissions, reads   {told['submissions']}, {told['reads']}")
    print(f"refused for          {_listed(figures.refusals)}")
    print(f"ledger               height {figures.height}, {figures.entries} entries")
    print(f"evidence verified    {figures.evidence}")
    print(f"signed               {figures.signatures} votes and proposals in the journals")
    print(f"restarted            {_listed(figures.restarts) or 'none'}")
    for finding, times in list(Counter(findings).items())[:MAX_SHOWN]:
        print(f"FOUND: {finding}" + (f" ({times} times)" if times > 1 else ""))
    if findings:
        print(f"{len(findings)} findings. History, logs and databases: {results}", flush=True)
        return 1
    print(f"Nothing lost, nothing doubled, nothing wrong found. History and logs: {results}", flush=True)
    return 0


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items())
