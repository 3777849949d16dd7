"""A slow model of mandates: a plain list of what was granted, read through for every question.

It is written from docs/reference/acts-mandate.md and ADR 0015, shares no code with the
contract, and answers every act with None or the code of its refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

DAY = 86_400_000
LONGEST = 1098 * DAY
"""`sealane mandate grant --days`: three years, a leap day in each."""
MOST = 8

ROLES = {
    "chongqing-parts": "trader",
    "haiphong-motors": "trader",
    "guangxi-bank": "bank",
    "corridor-forwarding": "forwarder",
    "red-river-brokers": "customs_broker",
    "haiphong-customs": "customs",
    "qinzhou-customs": "customs",
    "vn-plant-health": "agency",
}
OFFICES = {"haiphong-customs": "VN", "qinzhou-customs": "CN"}

DECLARING = ("clearance.lodge", "clearance.answer")
BUSINESS = ("document.register", *DECLARING)
"""What is done for others here; `clearance.release` and `mandate.grant` are tried, and cannot be."""


@dataclass(frozen=True)
class Power:
    acts: tuple[str, ...]
    until: int
    bills: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass
class Mandate:
    version: int
    ended: bool
    powers: list[Power]


@dataclass(frozen=True)
class Errand:
    """An act for another, as far as limits ask."""

    act: str
    bills: frozenset[str]
    """Of all the goods; none where some are under no bill."""
    office: str = ""


@dataclass
class Mandates:
    now: int
    suspended: set[str] = field(default_factory=set)
    known: dict[tuple[str, str], Mandate] = field(default_factory=dict)

    def live(self, principal: str, agent: str) -> list[Power]:
        found = self.known.get((principal, agent))
        return [] if found is None else [power for power in found.powers if self.now <= power.until]

    def standing(self, organisation: str) -> bool:
        return organisation in ROLES and organisation not in self.suspended

    def grant(self, who: str, clerk: bool, principal: str, agent: str, power: Power) -> str | None:
        for code in self._against(who, clerk, principal, agent, power):
            return code
        before = self.known.get((principal, agent))
        version = 1 if before is None else before.version + 1
        self.known[principal, agent] = Mandate(version, False, [*self.live(principal, agent), power])
        return None

    def _against(self, who: str, clerk: bool, principal: str, agent: str, power: Power) -> Iterator[str]:
        """What stands against a grant, in the order of its row."""
        if who in self.suspended:
            yield "actor.suspended"
        if clerk:
            yield "actor.permission"
        if who != principal:
            yield "mandate.not-principal"
        if ROLES[principal] in ("customs", "agency"):
            yield "mandate.authority"
        if agent == principal:
            yield "mandate.to-self"
        if not self.standing(agent):
            yield "organisation.not-active"
        yield from self._against_power(agent, power)
        if len(self.live(principal, agent)) == MOST:
            yield "record.full"

    def _against_power(self, agent: str, power: Power) -> Iterator[str]:
        lists = (power.acts, power.bills, power.offices, power.countries)
        if any(len(set(values)) < len(values) for values in lists):
            yield "act.duplicate"
        if set(power.acts) - set(BUSINESS):
            yield "mandate.not-delegable"
        if (power.offices or power.countries) and set(power.acts) - set(DECLARING):
            yield "mandate.limit-misfit"
        if not all(self.standing(office) for office in power.offices):
            yield "organisation.not-active"
        if set(power.acts) & set(DECLARING) and ROLES[agent] not in ("customs_broker", "forwarder"):
            yield "mandate.not-representative"
        if not self.now < power.until <= self.now + LONGEST:
            yield "mandate.term"

    def revoke(self, who: str, clerk: bool, principal: str, agent: str) -> str | None:
        found = self.known.get((principal, agent))
        for code in self._against_revoking(who, clerk, found, (principal, agent)):
            return code
        assert found is not None
        found.powers, found.ended, found.version = [], True, found.version + 1
        return None

    def _against_revoking(
        self, who: str, clerk: bool, found: Mandate | None, pair: tuple[str, str]
    ) -> Iterator[str]:
        if found is None:
            yield "record.absent"
        elif clerk:
            yield "actor.permission"
        elif who not in pair:
            yield "mandate.not-concerned"
        elif found.ended:
            yield "record.wrong-state"
        elif who in self.suspended:
            yield "actor.suspended"

    def use(self, agent: str, principal: str, errand: Errand) -> str | None:
        """What the mandate says; the principal's own right to the act is another question."""
        live = self.live(principal, agent)
        granted = [power for power in live if errand.act in power.acts]
        if agent in self.suspended:
            return "actor.suspended"
        if not live:
            return "mandate.none"
        if principal in self.suspended:
            return "actor.suspended"
        if not granted:
            return "mandate.act-not-granted"
        return None if any(self.within(power, errand) for power in granted) else "mandate.beyond-limits"

    def within(self, power: Power, errand: Errand) -> bool:
        if power.bills and (not errand.bills or errand.bills - set(power.bills)):
            return False
        if power.offices and errand.office not in power.offices:
            return False
        return not power.countries or OFFICES.get(errand.office) in power.countries
