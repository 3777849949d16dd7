"""A container's trip walked at random against a slow model that shares no code with the contract.

The model keeps a plain list of what was told and walks it again from its beginning for every question.
After every act, accepted or refused, the record must say what the model says: where the container is, what
is in it, its seal, whose customs want it, what left, what was odd, and which events can still be put right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.execution import Accepted
from tests.contracts.movement_model import RULES, WORDS, Facts, Said, possible, walk
from tests.contracts.world import COMMITMENT, CONTAINER, DAY_MS, World, digest

NEW = {"commitment": COMMITMENT, "operator": "beibu-line", "parties": ["chongqing-parts"]}
PORT, LINE, RAIL, SHIPPER, STRANGER = (
    "beibu-port",
    "beibu-line",
    "corridor-rail",
    "chongqing-parts",
    "haiphong-motors",
)
CUSTOMS = "qinzhou-customs"
PEOPLE = (PORT, LINE, RAIL, SHIPPER, STRANGER, CUSTOMS, "oversight")

INITIALS = {PORT: "P", LINE: "L", RAIL: "R", SHIPPER: "S", CUSTOMS: "C"}
PURPOSEFUL = ("pick_up", "drop_off", "gate_in", "gate_out", "rail_departure", "barge_departure")
LEAVING = ("pick_up", "gate_out", "rail_departure", "barge_departure")
KEPT = 16
MINUTE_MS = 60_000
PLACES = ("CNQZH", "CNQZH", "CNQZH", "VNHPH")

events = st.sampled_from(list(RULES))
seals = st.sampled_from([None, None, digest("one"), digest("two")])
purposes = st.sampled_from([None, "export", "transit", "transit", "empty", "import"])
people = st.sampled_from([*PEOPLE, PORT, PORT, LINE, RAIL])
places = st.sampled_from(PLACES)
seldom = st.sampled_from([False] * 4 + [True])


class MovementMachine(RuleBasedStateMachine):
    @initialize(stuffed=st.booleans())
    def start(self, stuffed: bool) -> None:
        self.world = World()
        self.frozen: list[Said] = []
        self.kept: list[Said] = []
        self.breaches: list[list[Any]] = []
        self.expected: list[tuple[str, str, int]] = []
        self.weighed, self.version = False, 0
        first = ("stuffing", SHIPPER, None) if stuffed else ("gate_in", PORT, "transit")
        self.tell("record", first[0], first[1], "CNQZH", first[2], None, 0, {"container": NEW})

    def act(self, name: str, who: str, body: dict[str, Any], expected: bool) -> bool:
        before = dict(self.world.state)
        outcome = self.world.try_(f"movement.{name}", CONTAINER, who, body)
        assert isinstance(outcome, Accepted) == expected, (name, who, body, outcome)
        if expected:
            self.version += 1
        else:
            assert self.world.state == before
        return expected

    def facts(self) -> Facts:
        found = walk(self.frozen + self.kept)
        assert found is not None
        return found

    def slack(self) -> int:
        return self.world.context.parameters.precision_ms

    def sane(
        self, event: str, who: str, place: str, purpose: str | None, seal: str | None, when: int
    ) -> bool:
        """Whether it can have happened, by this one's word, whatever the gate rule says."""
        facts, now = self.facts(), self.world.now
        concerned = INITIALS.get(who, "-") in RULES[event][2] and not (who == CUSTOMS and place[:2] != "CN")
        purposeful = event == "load" or (purpose is not None) == (event in PURPOSEFUL)
        if event in ("seal", "reseal"):
            sealed = seal is not None
        else:
            bare = ("seal_removal", "vessel_departure", "vessel_arrival", "customs_scan", "customs_release")
            sealed = seal is None or event not in bare
        in_time = when <= now + self.slack() and (not self.kept or when + self.slack() >= self.kept[-1].when)
        here = facts.where != "inside" or facts.place == place or RULES[event][0] == "anywhere"
        return concerned and purposeful and sealed and in_time and here and possible(facts, event)

    def broken(self, event: str, place: str, purpose: str | None) -> list[str]:
        """What of the gate rule and of SOLAS it breaks; nobody ever declared these goods."""
        facts, country, found = self.facts(), place[:2], []
        imported = event in LEAVING and purpose == "import"
        exported = event in ("load", "barge_departure") and facts.export == country
        if imported or exported:
            found.append("linkage.no-declaration")
        if event in (*LEAVING, "load", "barge_load") and country in facts.wanted:
            found.append("linkage.selected")
        if event == "load" and purpose != "empty" and facts.full is True and not self.weighed:
            found.append("linkage.no-verified-mass")
        return found

    def odd(self, event: str, purpose: str | None, seal: str | None) -> tuple[str, ...]:
        facts, found = self.facts(), []
        on = facts.seal is not None
        if event == "seal" and on:
            found.append("seal_replaced")
        if event in ("reseal", "seal_removal") and not on:
            found.append("no_seal")
        if event not in ("seal", "reseal", "seal_removal") and on and seal and seal != facts.seal:
            found.append("seal_differs")
        if event in ("stuffing", "stripping") and on:
            found.append("opened_under_seal")
        if purpose is not None and facts.full is not None and facts.full == (purpose == "empty"):
            found.append("fill_changed")
        return tuple(found)

    def tell(
        self,
        act: str,
        event: str,
        who: str,
        place: str,
        purpose: str | None,
        seal: str | None,
        ago: int,
        more: dict[str, Any],
    ) -> None:
        when = self.world.now - ago
        fine = self.sane(event, who, place, purpose, seal, when)
        broken = self.broken(event, place, purpose)
        body = {"event": event, "classifier": "actual", "facility": place, "event_ms": when, **more}
        body |= {} if purpose is None else {"purpose": purpose}
        body |= {} if seal is None else {"seal": seal}
        odd = self.odd(event, purpose, seal)
        country = place[:2]
        gone = "import" if event in LEAVING and purpose == "import" else ""
        gone = "export" if event == "load" and self.facts().export == country else gone
        if not self.act(act, who, body, fine and (act == "breach") == bool(broken)):
            return
        self.kept.append(Said(self.version, event, place, when, who, purpose, seal, odd, gone))
        self.expected = [one for one in self.expected if one[:2] != (event, place)]
        if len(self.kept) > KEPT:
            self.frozen.append(self.kept.pop(0))
        if act == "breach":
            self.breaches.append([self.version, broken, False])

    @rule(hours=st.sampled_from([1] * 8 + [24 * 31]))
    def time_passes(self, hours: int) -> None:
        self.world.now += hours * 3_600_000

    @rule(
        act=st.sampled_from(["record", "record", "breach"]),
        event=events,
        who=people,
        place=places,
        purpose=purposes,
        seal=seals,
        ago=st.sampled_from([0, 0, 0, MINUTE_MS]),
    )
    def anything(
        self, act: str, event: str, who: str, place: str, purpose: str | None, seal: str | None, ago: int
    ) -> None:
        self.tell(act, event, who, place, purpose, seal, ago, {})

    @rule(data=st.data(), steps=st.integers(2, 8))
    def go_on(self, data: st.DataObject, steps: int) -> None:
        """What can happen now, told by whom it concerns a minute apart, or walks would stand still."""
        for _ in range(steps):
            self.world.now += MINUTE_MS
            self.step(data, self.facts())

    def step(self, data: st.DataObject, facts: Facts) -> None:
        event = data.draw(st.sampled_from([name for name in RULES if possible(facts, name)]))
        who = data.draw(st.sampled_from([p for p, i in INITIALS.items() if i in RULES[event][2]]))
        place = facts.place if facts.where == "inside" and facts.place else data.draw(places)
        purpose = data.draw(purposes.filter(bool)) if event in PURPOSEFUL else None
        seal = data.draw(seals.filter(bool)) if event in ("seal", "reseal") else None
        act = "breach" if self.broken(event, place, purpose) else "record"
        self.tell(act, event, who, place, purpose, seal, 0, {})

    @rule(event=events, place=places, hours=st.integers(-1, 3), actual=st.booleans())
    def expect(self, event: str, place: str, hours: int, actual: bool) -> None:
        when = self.world.now + hours * 3_600_000
        others = [one for one in self.expected if one[:2] != (event, place)]
        fine = hours >= 0 and not actual and "P" in RULES[event][2] and len(others) < KEPT
        classifier = "actual" if actual else "estimated"
        body = {"event": event, "classifier": classifier, "facility": place, "event_ms": when}
        if self.act("expect", PORT, body, fine):
            self.expected = [*others, (event, place, when)]

    @rule(who=st.sampled_from([SHIPPER, LINE]))
    def weigh(self, who: str) -> None:
        if not self.weighed:
            self.world.weigh(who)
            self.weighed, self.version = True, self.version + 1

    def target(self, back: int) -> tuple[int, Said | None]:
        """An event by its version: one that is kept, or one that is not."""
        if self.kept and back < 3:
            one = self.kept[-1 - back % len(self.kept)]
            return one.version, one
        return (self.frozen[-1].version if self.frozen else 999), None

    def may(self, one: Said | None, who: str) -> bool:
        if one is None or one.who != who:
            return False
        return self.world.now <= (one.when if one.first is None else one.first) + 30 * DAY_MS

    def somebody(self, one: Said | None, stray: bool) -> str:
        return PORT if stray or one is None else one.who

    @rule(back=st.integers(0, 3), stray=seldom, seconds=st.sampled_from([-90, -30, -30, 0, 30, 90]))
    def correct(self, back: int, stray: bool, seconds: int) -> None:
        version, one = self.target(back)
        who, when = self.somebody(one, stray), self.world.now
        if one is not None:
            when = one.when + seconds * 1000
        fine = self.may(one, who) and when <= self.world.now + self.slack()
        if one is not None:
            at = self.kept.index(one)
            fine = fine and (at == 0 or when + self.slack() >= self.kept[at - 1].when)
            fine = fine and (at + 1 == len(self.kept) or when <= self.kept[at + 1].when + self.slack())
        body = {"event": version, "event_ms": when, "reason": "clock"}
        if self.act("correct", who, body, fine) and one is not None:
            first = one.when if one.first is None else one.first
            self.kept[self.kept.index(one)] = replace(one, when=when, first=first)

    @rule(back=st.integers(0, 3), stray=seldom)
    def withdraw(self, back: int, stray: bool) -> None:
        version, one = self.target(back)
        who = self.somebody(one, stray)
        rest = [other for other in self.kept if other is not one]
        fine = self.may(one, who) and walk(self.frozen + rest) is not None
        if self.act("withdraw", who, {"event": version, "reason": "other"}, fine):
            self.kept = rest
            self.breaches = [[v, codes, gone or v == version] for v, codes, gone in self.breaches]

    @invariant()
    def the_record_says_what_the_model_says(self) -> None:
        found, facts = self.world.record(CONTAINER), self.facts()
        assert (found.version, found.state.value) == (self.version, WORDS[facts.where])
        assert (found.facility, found.laden, found.seal) == (facts.place, facts.full, facts.seal)
        assert (found.export_from, found.selected) == (facts.export, facts.wanted)
        told = [(e.version, e.event_ms, e.first_ms, tuple(w.value for w in e.warnings)) for e in found.events]
        assert told == [(one.version, one.when, one.first, one.odd) for one in self.kept]
        assert [(e.event.value, e.facility, e.event_ms) for e in found.expected] == self.expected
        assert [[b.version, list(b.codes), b.withdrawn] for b in found.breaches] == self.breaches

    @invariant()
    def what_left_is_the_latest_departure_that_stands(self) -> None:
        gone: dict[tuple[str, str], int] = {}
        for one in self.frozen + self.kept:
            if one.gone:
                gone.pop((one.gone, one.place[:2]), None)
                gone[one.gone, one.place[:2]] = one.when
        departures = self.world.record(CONTAINER).departures
        assert [((d.direction.value, d.facility[:2]), d.event_ms) for d in departures] == list(gone.items())


TestMovementMachine = MovementMachine.TestCase
TestMovementMachine.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
