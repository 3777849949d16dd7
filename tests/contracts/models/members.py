"""A slow model of one organisation's members and of who gets it back when keys are lost.

It is written from docs/reference/acts-membership.md, ADR 0017 and ADR 0020, shares no code with the
contract, and answers every act with None or the code of its refusal. Keys are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

DAY = 86_400_000
WEEK = 7 * DAY
FORTNIGHT = 14 * DAY
MOST_KEYS = 4
FOR_EVER = 10**15

ALWAYS = ("member.recover", "organisation.veto", "organisation.take_over")
"""What is left to the members of a suspended organisation, besides cleaning up once it is theirs again."""


@dataclass(frozen=True)
class Chain:
    """What certificates say, in short: for which key, until when, and whether they lead to the anchor."""

    key: int
    until: int
    trusted: bool


@dataclass
class Key:
    number: int
    since: int = 0
    until: int = FOR_EVER
    chain: Chain | None = None


@dataclass
class Person:
    permissions: frozenset[str]
    keys: list[Key]
    state: str = "active"


@dataclass
class House:
    """The organisation, its people, and what ballots decided about it."""

    now: int
    people: dict[str, Person]
    suspended: bool = False
    anchored: bool = False
    caretaker: str | None = None
    heir: str | None = None
    regained: bool = False
    closed: list[str] = field(default_factory=list)

    # ----- who acts -----------------------------------------------------------

    def stranger(self, who: str, key: int) -> str | None:
        person = self.people.get(who)
        if person is None:
            return "actor.unknown-member"
        if person.state != "active":
            return {"revoked": "actor.revoked", "suspended": "actor.member-suspended"}[person.state]
        valid = [one for one in person.keys if one.number == key and one.since <= self.now <= one.until]
        return None if valid else "actor.unknown-key"

    def idle(self, act: str, who: str, *, cleans: bool = False) -> str | None:
        """What the organisation's suspension leaves to somebody."""
        if not self.suspended:
            return None
        if who == self.caretaker:
            return "actor.caretaker"
        return None if act in ALWAYS or cleans else "actor.suspended"

    def administers(self, who: str) -> bool:
        return "administrator" in self.people[who].permissions

    def administrators(self) -> list[str]:
        return [
            name
            for name, one in self.people.items()
            if one.state == "active" and self.administers(name) and name != self.heir
        ]

    def safe(self) -> str | None:
        for name, one in self.people.items():
            if "recovery" in one.permissions and one.state != "revoked":
                return name
        return None

    # ----- what they do --------------------------------------------------------

    def first(
        self, act: str, who: str, key: int, faults: Iterable[tuple[bool, str]], **how: bool
    ) -> str | None:
        """The first thing that stands against an act: who does it, then its row from the top."""
        early = self.stranger(who, key) or self.idle(act, who, **how)
        if early:
            return early
        return next((code for broken, code in faults if broken), None)

    def vouched(self, number: int, chain: Chain | None, *, safe: bool) -> bool:
        if safe or not self.anchored:
            return chain is None
        return chain is not None and chain.trusted and chain.key == number and self.now <= chain.until

    def enrol(
        self, who: str, key: int, name: str, permissions: tuple[str, ...], new: int, chain: Chain | None
    ) -> str | None:
        recovers = "recovery" in permissions
        faults = (
            (name in self.people, "record.exists"),
            (not self.has(who, "administrator"), "actor.permission"),
            (len(set(permissions)) < len(permissions), "act.duplicate"),
            (new < 0, "member.bad-key"),
            (not self.vouched(new, chain, safe=recovers), "member.bad-chain"),
            (recovers and (len(permissions) > 1 or self.safe() is not None), "member.recovery-alone"),
        )
        code = self.first("member.enrol", who, key, faults)
        if code is None:
            self.people[name] = Person(frozenset(permissions), [self.entry(new, chain)])
        return code

    def has(self, who: str, permission: str) -> bool:
        return who in self.people and permission in self.people[who].permissions

    def entry(self, number: int, chain: Chain | None) -> Key:
        return Key(number, until=FOR_EVER if chain is None else chain.until, chain=chain)

    def rotate(
        self, who: str, key: int, name: str, new: int, overlap: int, chain: Chain | None
    ) -> str | None:
        person = self.people[name]
        safe = "recovery" in person.permissions
        own = who == name or (self.has(who, "administrator") and not safe)
        known = [one for one in person.keys if one.number == new]
        renewed = chain is not None and all(one.chain != chain for one in known)
        rest = [one for one in person.keys if one.number != new and min(one.until, overlap) >= self.now]
        faults = (
            (not own, "member.not-yours"),
            (person.state != "active", "record.wrong-state"),
            (new < 0, "member.bad-key"),
            (not self.vouched(new, chain, safe=safe), "member.bad-chain"),
            (bool(known) and not renewed, "member.key-known"),
            (overlap > self.now + WEEK, "member.overlap-too-long"),
            (len(rest) >= MOST_KEYS, "record.full"),
        )
        code = self.first("member.rotate", who, key, faults)
        if code is None:
            for one in rest:
                one.until = min(one.until, overlap)
            person.keys = [*rest, self.entry(new, chain)]
        return code

    def end(self, act: str, who: str, key: int, name: str) -> str | None:
        """Revoke or suspend."""
        person = self.people[name]
        states = ("active", "suspended") if act == "member.revoke" else ("active",)
        others = [one for one in self.administrators() if one != name]
        faults = (
            (not self.has(who, "administrator"), "actor.permission"),
            (person.state not in states, "record.wrong-state"),
            (self.suspended and not (self.regained and who in self.administrators()), "actor.suspended"),
            ("recovery" in person.permissions, "member.recovery-spared"),
            (name in (self.caretaker, self.heir), "member.appointed"),
            (not others and self.safe() is None, "member.last-administrator"),
        )
        code = self.first(act, who, key, faults, cleans=True)
        if code is None:
            person.state = "revoked" if act == "member.revoke" else "suspended"
        return code

    def reinstate(self, who: str, key: int, name: str) -> str | None:
        person = self.people[name]
        faults = (
            (not self.has(who, "administrator"), "actor.permission"),
            (person.state != "suspended", "record.wrong-state"),
        )
        code = self.first("member.reinstate", who, key, faults)
        if code is None:
            person.state = "active"
        return code

    def recover(self, who: str, key: int, name: str, new: int) -> str | None:
        person = self.people.get(name)
        known = [] if person is None else [one for one in person.keys if one.number == new]
        faults = (
            (not self.has(who, "recovery"), "actor.permission"),
            (person is not None and person.state == "revoked", "record.wrong-state"),
            (name == who, "member.recovers-others"),
            (name == self.caretaker, "member.caretaker"),
            (new < 0, "member.bad-key"),
            (bool(known), "member.key-known"),
        )
        code = self.first("member.recover", who, key, faults)
        if code is None:
            self.only(name)
            before = self.people[name].permissions if name in self.people else frozenset({"signer"})
            self.people[name] = Person(before | {"administrator"}, [Key(new)])
        return code

    def only(self, name: str) -> None:
        """Everyone who administered is suspended, and who was to take over is revoked."""
        self.regained = self.regained or self.suspended
        for one in self.administrators():
            if one not in (name, self.caretaker):
                self.people[one].state = "suspended"
        if self.heir not in (None, name):
            self.people[str(self.heir)].state = "revoked"
        self.heir = None

    def set_anchors(self, who: str, key: int, anchored: bool) -> str | None:
        faults = (
            (not self.has(who, "administrator"), "actor.permission"),
            (anchored and self.safe() is None, "organisation.no-recovery"),
        )
        code = self.first("organisation.set_anchors", who, key, faults)
        if code is None:
            self.anchored = anchored
        return code

    def veto(self, who: str, key: int) -> str | None:
        may = who in self.people and (who in self.administrators() or self.safe() == who)
        faults = ((not may, "organisation.not-replaced"), (self.heir is None, "organisation.no-replacement"))
        code = self.first("organisation.veto", who, key, faults)
        if code is None:
            self.people[str(self.heir)].state, self.heir = "revoked", None
        return code

    def take_over(self, who: str, key: int) -> str | None:
        faults = (
            (not self.has(who, "administrator"), "actor.permission"),
            (who != self.heir, "organisation.not-replacement"),
        )
        code = self.first("organisation.take_over", who, key, faults)
        if code is None:
            safe = self.safe()
            if safe is not None:
                self.people[safe].state = "revoked"
            self.only(who)
        return code

    # ----- what ballots do ------------------------------------------------------

    def suspend(self, caretaker: str | None, key: int) -> None:
        self.suspended, self.caretaker, self.regained = True, caretaker, False
        if caretaker is not None:
            self.people[caretaker] = Person(frozenset({"signer"}), [Key(key)])

    def reinstated(self) -> None:
        self.suspended, self.regained = False, False
        if self.caretaker is not None:
            self.people[self.caretaker].state = "revoked"
        self.caretaker = None

    def replace(self, heir: str, key: int) -> None:
        self.heir = heir
        powers = frozenset({"administrator", "signer"})
        self.people[heir] = Person(powers, [Key(key, since=self.now + FORTNIGHT)])
