"""A slow model of supporting documents, and of who may read what is behind documents, bills and declarations.

It is written from docs/reference/acts-documents.md, ADR 0015 and 0016 and what `contracts.views.entitled`
promises, shares no code with the contracts, and walks plain lists for every question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

AUTHORITIES = {
    "haiphong-customs": "VN",
    "qinzhou-customs": "CN",
    "phnom-penh-customs": "KH",
    "vn-plant-health": "VN",
}
OTHERS = (
    "beibu-line",
    "chongqing-parts",
    "haiphong-motors",
    "guangxi-bank",
    "corridor-forwarding",
    "red-river-brokers",
)
EVERYBODY = (*OTHERS, *AUTHORITIES)


@dataclass
class Bill:
    carrier: str
    shipper: str
    possessor: str
    parties: tuple[str, ...]
    containers: tuple[str, ...]
    offered: str | None = None

    def settled(self) -> set[str]:
        return {self.carrier, self.shipper, self.possessor, *self.parties}

    def named(self) -> set[str]:
        """With the one to whom it is offered, who looks at it first."""
        return self.settled() if self.offered is None else {*self.settled(), self.offered}


@dataclass
class Declaration:
    declarant: str
    agent: str | None
    offices: tuple[str, ...]
    bills: tuple[str, ...]
    holds: list[str] = field(default_factory=list)

    def named(self) -> set[str]:
        return {self.declarant, *self.offices, *self.holds} | ({self.agent} if self.agent else set())


@dataclass
class Paper:
    registrar: str
    bills: tuple[str, ...]
    declarations: tuple[str, ...]
    containers: tuple[str, ...]
    readers: tuple[str, ...]
    revoked: str | None = None


@dataclass
class Power:
    principal: str
    agent: str
    act: str
    bills: tuple[str, ...]
    until: int


@dataclass
class Papers:
    now: int
    bills: dict[str, Bill] = field(default_factory=dict)
    declarations: dict[str, Declaration] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    powers: list[Power] = field(default_factory=list)
    suspended: set[str] = field(default_factory=set)

    # ----- what is done ----------------------------------------------------------

    def register(self, who: str, name: str, paper: Paper) -> str | None:
        for code in self._against(who, paper):
            return code
        self.papers[name] = paper
        return None

    def _against(self, who: str, paper: Paper) -> Iterator[str]:
        links = (*paper.bills, *paper.declarations, *paper.containers)
        if who in self.suspended:
            yield "actor.suspended"
        if not links:
            yield "document.not-linked"
        lists = (paper.bills, paper.declarations, paper.containers, paper.readers)
        if any(len(set(values)) < len(values) for values in lists):
            yield "act.duplicate"
        if any(one in self.suspended or one not in EVERYBODY for one in paper.readers):
            yield "organisation.not-active"
        if not all(self.exists(one) for one in links):
            yield "record.not-found"
        if who not in AUTHORITIES and not all(who in self.concerned(one) for one in links):
            yield "document.not-party"

    def revoke(self, who: str, name: str, reason: str) -> str | None:
        paper = self.papers[name]
        if who in self.suspended:
            return "actor.suspended"
        if who != paper.registrar:
            return "document.not-registrar"
        if paper.revoked:
            return "record.wrong-state"
        paper.revoked = reason
        return None

    def exists(self, name: str) -> bool:
        boxes = {box for bill in self.bills.values() for box in bill.containers}
        return name in self.bills or name in self.declarations or name in boxes

    def concerned(self, name: str) -> set[str]:
        """The parties of a bill, a declaration, or the bills that cover a container, mere offers aside."""
        if name in self.bills:
            return self.bills[name].settled()
        if name in self.declarations:
            return self.declarations[name].named()
        return {one for bill in self.bills.values() if name in bill.containers for one in bill.settled()}

    # ----- who reads ---------------------------------------------------------------

    def entitled(self, name: str) -> set[str]:
        """Without mandates."""
        if name in self.bills:
            return self.bills[name].named() | self.offices({name})
        if name in self.declarations:
            return self.declarations[name].named()
        paper = self.papers[name]
        direct = {office for one in paper.declarations for office in self.declarations[one].offices}
        covering = {b for b, bill in self.bills.items() if set(bill.containers) & set(paper.containers)}
        offices = self.offices(covering | set(paper.bills)) | direct
        return {paper.registrar, *paper.readers} | offices

    def offices(self, bills: set[str]) -> set[str]:
        """The offices that the declarations of these bills name."""
        found = (one for one in self.declarations.values() if bills & set(one.bills))
        return {office for one in found for office in one.offices}

    def may_read(self, who: str, name: str) -> bool:
        allowed = self.entitled(name)
        if who in allowed:
            return True
        errands = ("document.", "clearance.")
        if name in self.bills:
            errands = ("bill.", "clearance.")
        elif name in self.declarations:
            errands = ("clearance.",)
        return any(
            power.agent == who
            and power.principal in allowed
            and self.now <= power.until
            and power.act.startswith(errands)
            and (not power.bills or self.goods(name) <= set(power.bills))
            for power in self.powers
        )

    def goods(self, name: str) -> set[str]:
        """The bills of the goods that a record is about."""
        if name in self.bills:
            return {name}
        if name in self.declarations:
            return set(self.declarations[name].bills)
        paper = self.papers[name]
        found = {bill for one in paper.declarations for bill in self.declarations[one].bills}
        found |= {b for b, bill in self.bills.items() if set(bill.containers) & set(paper.containers)}
        return found | set(paper.bills)
