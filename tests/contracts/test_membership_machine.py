"""The members of one organisation, its keys, certificates and ballots about it, against a slow model.

The model shares no code with the contract. It says of every act that it is accepted, or with which code it is
refused; a refusal leaves no trace, and nobody can bring the organisation to where nobody can administer it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.keys import SigningKey
from tests.contracts.models.members import DAY, FORTNIGHT, WEEK, Chain, House, Key, Person
from tests.contracts.test_governance import network
from tests.contracts.test_standing import VOTERS, ballot, reinstate, suspend
from tests.contracts.world import START_MS, signing_key
from tests.ledger.authority import root

ORG = "corridor-rail"
ANCHOR, STRANGE = root(), root("Other")
NAMES = ("chief", "clerk", "safe", "second", "third")
KEYS = tuple(range(1, 13))
BAD = -1
BEGIN = network(*VOTERS)
LATER = START_MS + 3650 * DAY

names = st.sampled_from(NAMES)
actors = st.sampled_from(["chief"] * 5 + ["second"] * 2 + ["clerk", "safe", "third"])
keys = st.sampled_from([*KEYS] * 3 + [BAD])
permissions = st.sampled_from(
    [("administrator", "signer"), ("administrator",), ("signer",)] * 3
    + [("recovery",), ("recovery",), ("recovery", "signer"), ("signer", "signer")]
)
overlaps = st.sampled_from([-DAY, DAY, 2 * DAY, WEEK, WEEK + 1])
ends = st.sampled_from([-5, 1, 3, 30, 3000])
reasons = {"reason": "other"}


def secret(number: int) -> SigningKey:
    """The key that the model knows by its number: 0 is the founding one."""
    return signing_key(f"{ORG}/chief") if number == 0 else signing_key("machine", number)


@lru_cache
def text(number: int) -> str:
    return "A" * 44 if number == BAD else secret(number).public_key.text


@lru_cache
def certified(chain: Chain) -> list[str]:
    """Certificates that say what the model's chain says in short."""
    authority = ANCHOR if chain.trusted else STRANGE
    end = datetime.fromtimestamp(chain.until // 1000, UTC)
    return authority.issue("member", secret(chain.key).to_cryptography(), end=end).chain_text


class MembershipMachine(RuleBasedStateMachine):
    @initialize(safe=st.sampled_from([True, True, False]))
    def start(self, safe: bool) -> None:
        self.world = BEGIN.copy()
        self.ballots = 0
        first = Person(frozenset({"administrator", "signer"}), [Key(0)])
        self.house = House(self.world.now, {"chief": first})
        self.enrol("chief", None, "clerk", ("signer",), 1, None)
        self.enrol("chief", None, "second", ("administrator", "signer"), 2, None)
        if safe:
            self.enrol("chief", None, "safe", ("recovery",), 3, None)

    def act(self, expected: str | None, act: str, name: str, who: str, key: int, body: Any) -> None:
        """One act, signed with one of the keys there are, and what the model said of it."""
        before = dict(self.world.state)
        self.world.members[f"{ORG}/{who}"] = secret(key)
        subject = f"organisation/{ORG}" if act.startswith("organisation.") else f"member/{ORG}/{name}"
        outcome = self.world.try_(act, subject, f"{ORG}/{who}", body)
        assert getattr(outcome, "code", None) == expected, (act, name, who, key, body, outcome)
        assert expected is None or self.world.state == before

    def key_of(self, who: str, stray: int | None) -> int:
        """The newest key of somebody, or seldom another."""
        person = self.house.people.get(who)
        return stray if stray is not None else 1 if person is None else person.keys[-1].number

    def chain(self, number: int, days: int | None, trusted: bool, own: bool) -> Chain | None:
        if days is None or number == BAD:
            return None
        until = (self.world.now + days * DAY) // 1000 * 1000 + 999
        return Chain(number if own else number % 12 + 1, until, trusted)

    @rule(time=st.sampled_from([1, DAY, 3 * DAY, 8 * DAY, FORTNIGHT]))
    def time_passes(self, time: int) -> None:
        self.world.now += time
        self.house.now += time

    stray = st.sampled_from([None] * 6 + [3, 9])
    chains = st.none() | st.builds(
        lambda *how: how, ends, st.sampled_from([True, True, False]), st.just(True)
    )

    @rule(
        who=actors,
        stray=stray,
        name=names,
        permissions=permissions,
        key=keys,
        how=chains,
        anchored=st.booleans(),
    )
    def enrols(
        self,
        who: str,
        stray: int | None,
        name: str,
        permissions: tuple[str, ...],
        key: int,
        how: Any,
        anchored: bool,
    ) -> None:
        if anchored and "recovery" not in permissions:
            how = (30, True, True) if self.house.anchored else None
        chain = None if how is None or "recovery" in permissions else self.chain(key, *how)
        self.enrol(who, stray, name, permissions, key, chain)

    def enrol(
        self,
        who: str,
        stray: int | None,
        name: str,
        permissions: tuple[str, ...],
        key: int,
        chain: Chain | None,
    ) -> None:
        signer = self.key_of(who, stray)
        expected = self.house.enrol(who, signer, name, permissions, key, chain)
        body = {
            "key": text(key),
            "permissions": permissions,
            "chain": None if chain is None else certified(chain),
        }
        self.act(
            expected, "member.enrol", name, who, signer, {k: v for k, v in body.items() if v is not None}
        )

    @rule(who=actors, stray=stray, own=st.booleans(), name=names, key=keys, overlap=overlaps, how=chains)
    def rotate(
        self, who: str, stray: int | None, own: bool, name: str, key: int, overlap: int, how: Any
    ) -> None:
        name = who if own else name
        how = (30, True, True) if self.house.anchored and how is None and own else how
        chain = None if how is None or name == self.house.safe() else self.chain(key, *how)
        self.rotates(who, stray, name, key, self.world.now + overlap, chain)

    def rotates(
        self, who: str, stray: int | None, name: str, key: int, until: int, chain: Chain | None
    ) -> None:
        if name not in self.house.people:
            return
        signer = self.key_of(who, stray)
        expected = self.house.rotate(who, signer, name, key, until, chain)
        body = {"key": text(key), "overlap_until_ms": until}
        body |= {} if chain is None else {"chain": certified(chain)}
        self.act(expected, "member.rotate", name, who, signer, body)

    @rule(
        act=st.sampled_from(["member.revoke", "member.suspend", "member.suspend"]),
        who=actors,
        name=names,
        stray=stray,
    )
    def end(self, act: str, who: str, name: str, stray: int | None) -> None:
        if name in self.house.people:
            signer = self.key_of(who, stray)
            self.act(self.house.end(act, who, signer, name), act, name, who, signer, reasons)

    @rule(who=actors, name=names)
    def reinstate(self, who: str, name: str) -> None:
        if name in self.house.people:
            signer = self.key_of(who, None)
            self.act(self.house.reinstate(who, signer, name), "member.reinstate", name, who, signer, {})

    @rule(who=st.sampled_from(["safe"] * 3 + ["chief", "clerk"]), name=names, key=keys, stray=stray)
    def recover(self, who: str, name: str, key: int, stray: int | None) -> None:
        signer = self.key_of(who, stray)
        expected = self.house.recover(who, signer, name, key)
        self.act(expected, "member.recover", name, who, signer, {"key": text(key), **reasons})

    @rule(who=actors, anchored=st.booleans())
    def set_anchors(self, who: str, anchored: bool) -> None:
        signer = self.key_of(who, None)
        expected = self.house.set_anchors(who, signer, anchored)
        body = {"anchors": [ANCHOR.anchor] if anchored else []}
        self.act(expected, "organisation.set_anchors", "", who, signer, body)

    @rule(who=st.sampled_from(["chief", "second"]))
    def tries_what_seldom_works(self, who: str) -> None:
        """The odd requests, one after the other: drawn by chance they would hardly ever come."""
        self.enrol(who, None, "third", ("recovery",), 4, None)
        self.enrol(who, None, "fourth", ("recovery", "signer"), 4, None)
        self.enrol(who, None, "fourth", ("signer", "signer"), 4, None)
        self.enrol(who, None, "fourth", ("signer",), BAD, None)
        self.rotates(who, None, who, BAD, self.world.now, None)
        self.rotates(who, None, who, self.key_of(who, None), self.world.now, None)
        self.rotates(who, None, who, 11, self.world.now + WEEK + 1, None)
        self.end("member.revoke", who, "safe", None)
        self.end("member.suspend", who, "clerk", None)
        self.reinstate(who, "clerk")
        self.end("member.suspend", who, "second", None)
        self.end("member.revoke", who, "second", None)
        self.end("member.suspend", who, who, None)

    @rule(who=st.sampled_from(["chief", "second", "safe"]), days=st.sampled_from([0, 1, 3]))
    def changes_keys_every_day(self, who: str, days: int) -> None:
        """Three old keys are kept at most, and none beyond its overlap."""
        for number in range(13, 18):
            self.rotates(who, None, who, number, self.world.now + 3 * DAY, None)
            self.rotates(who, 13, who, number, self.world.now + DAY, None)
            self.time_passes(days * DAY)

    # ----- ballots about the organisation ------------------------------------------

    def decide(self, change: dict[str, Any]) -> None:
        self.ballots += 1
        ballot(self.world, change, self.ballots)

    @precondition(lambda self: not self.house.suspended and self.ballots < 8)
    @rule(caretaker=st.booleans(), really=st.sampled_from([False, False, True]))
    def is_suspended(self, caretaker: bool, really: bool) -> None:
        if not really:
            return
        name = f"caretaker-{self.ballots}" if caretaker else None
        key = 20 + self.ballots
        self.decide(suspend(ORG, **({"caretaker": name, "caretaker_key": text(key)} if name else {})))
        self.house.suspend(name, key)
        if name is not None:
            self.a_caretaker_is_no_administrator("third", 11)

    @precondition(lambda self: self.house.suspended and self.house.heir is None)
    @rule()
    def is_reinstated(self) -> None:
        self.decide(reinstate(ORG))
        self.house.reinstated()

    @precondition(lambda self: self.house.suspended and self.house.heir is None)
    @rule(
        wait=st.sampled_from([FORTNIGHT - 1, FORTNIGHT]),
        veto=st.sampled_from([None, None, *NAMES]),
        who=actors,
    )
    def gets_a_new_administrator(self, wait: int, veto: str | None, who: str) -> None:
        """By ballot; a fortnight later, unless somebody of before says no."""
        heir, key = f"heir-{self.ballots}", 20 + self.ballots
        change = {"type": "replace_administrator", "organisation": ORG}
        self.decide({**change, "administrator": heir, "administrator_key": text(key)})
        self.house.replace(heir, key)
        self.end("member.suspend", "second", heir, None)
        if veto is not None:
            self.vetoes(veto)
        self.time_passes(wait)
        self.takes_over(heir)
        self.end("member.suspend", heir, who, None)
        self.takes_over(who)

    @rule(who=actors)
    def vetoes(self, who: str) -> None:
        signer = self.key_of(who, None)
        self.act(self.house.veto(who, signer), "organisation.veto", "", who, signer, {})

    @rule(who=actors)
    def takes_over(self, who: str) -> None:
        signer = self.key_of(who, None)
        self.act(self.house.take_over(who, signer), "organisation.take_over", "", who, signer, {})

    def a_caretaker_is_no_administrator(self, name: str, key: int) -> None:
        who = str(self.house.caretaker)
        self.enrol(who, None, name, ("signer",), key, None)
        self.end("member.suspend", who, name, None)
        self.recover("safe", who, key, None)
        self.recover("safe", "second", 18, None)
        self.end("member.revoke", "second", who, None)

    # ----- what is always so ---------------------------------------------------------

    @invariant()
    def the_records_say_what_the_model_says(self) -> None:
        found = self.world.record(f"organisation/{ORG}")
        assert sorted(found.administrators) == sorted(self.house.administrators())
        assert (found.recovery, found.caretaker) == (self.house.safe(), self.house.caretaker)
        assert (found.replacement and found.replacement.member) == self.house.heir
        assert (found.regained, bool(found.anchors)) == (self.house.regained, self.house.anchored)
        for name, person in self.house.people.items():
            member = self.world.record(f"member/{ORG}/{name}")
            assert (member.state.value, {p.value for p in member.permissions}) == (
                person.state,
                person.permissions,
            )
            assert [key.key for key in member.keys] == [text(key.number) for key in person.keys]
            ends = [LATER * 10 if key.valid_until_ms is None else key.valid_until_ms for key in member.keys]
            assert [min(end, LATER) for end in ends] == [min(key.until, LATER) for key in person.keys]

    @invariant()
    def somebody_administers_or_can(self) -> None:
        assert self.house.administrators() or self.house.safe()


TestMembershipMachine = MembershipMachine.TestCase
TestMembershipMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
