"""A slow model of a container's trip: a list of what was told, walked from its beginning for every question.

It shares no code with the contract, and has words of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

RULES: dict[str, tuple[str, str, str]] = {
    "stuffing": ("nowhere inside road", "", "PLS"),
    "stripping": ("nowhere inside road", "", "PLS"),
    "pick_up": ("nowhere inside road", "road", "PL"),
    "drop_off": ("nowhere road", "inside", "PL"),
    "gate_in": ("nowhere road", "inside", "PR"),
    "gate_out": ("inside", "road", "PR"),
    "load": ("inside", "ship", "PL"),
    "vessel_departure": ("ship", "sea", "PL"),
    "vessel_arrival": ("sea", "ship", "PL"),
    "discharge": ("ship", "inside", "PL"),
    "rail_departure": ("nowhere inside", "train", "R"),
    "rail_arrival": ("train", "inside", "R"),
    "barge_departure": ("nowhere inside", "barge", "PL"),
    "barge_arrival": ("barge", "inside", "PL"),
    "seal": ("nowhere inside road train barge", "", "PLRSC"),
    "reseal": ("nowhere inside road train barge", "", "PLRSC"),
    "seal_removal": ("nowhere inside road train barge", "", "PLRSC"),
    "inspection": ("nowhere inside road train barge", "", "PLC"),
    "customs_scan": ("anywhere", "", "C"),
    "customs_release": ("anywhere", "", "C"),
}
"""Where the container has to be, where it is then, and whose business it is, by their initials."""

WORDS = {
    "nowhere": "announced",
    "inside": "in_facility",
    "ship": "on_vessel",
    "sea": "at_sea",
    "train": "on_rail",
    "barge": "on_barge",
    "road": "on_road",
}


@dataclass(frozen=True)
class Said:
    """An event as it was told, with its right time."""

    version: int
    event: str
    place: str
    when: int
    who: str
    purpose: str | None
    seal: str | None
    odd: tuple[str, ...]
    gone: str
    first: int | None = None


@dataclass
class Facts:
    """Where a walk ended."""

    where: str = "nowhere"
    place: str | None = None
    full: bool | None = None
    seal: str | None = None
    export: str | None = None
    wanted: tuple[str, ...] = ()


def possible(facts: Facts, event: str) -> bool:
    allowed = RULES[event][0]
    return allowed == "anywhere" or facts.where in allowed.split()


def open_up(facts: Facts, one: Said) -> None:
    """What the event makes of goods and seal."""
    if one.event in ("stuffing", "stripping"):
        facts.full = one.event == "stuffing"
    elif one.purpose is not None:
        facts.full = one.purpose != "empty"
    if one.event == "seal_removal":
        facts.seal = None
    elif one.event in ("seal", "reseal") or (facts.seal is None and one.seal):
        facts.seal = one.seal


def walk(told: list[Said]) -> Facts | None:
    """What the events come to; None when one of them could not have happened."""
    facts = Facts()
    for one in told:
        if not possible(facts, one.event):
            return None
        if RULES[one.event][1]:
            facts.where, facts.place = RULES[one.event][1], one.place
        if one.event in ("gate_in", "drop_off"):
            facts.export = one.place[:2] if one.purpose == "export" else None
        open_up(facts, one)
        if one.event in ("customs_scan", "customs_release"):
            facts.wanted = tuple(c for c in facts.wanted if c != one.place[:2])
            if one.event == "customs_scan":
                facts.wanted += (one.place[:2],)
    return facts
