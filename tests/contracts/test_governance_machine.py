"""Proposals, ballots and rotations in any order, against a plain count of votes."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from contracts.execution import Accepted, validators_after
from contracts.governance.model import ProposalState
from ledger.validators import check_validator_set
from tests.contracts.guards.governance import VALIDATORS
from tests.contracts.test_governance import FOUR, OTHERS, network, seats
from tests.contracts.world import DAY_MS, bls_pair

EVERYBODY = (*FOUR, *OTHERS[:2])
KEYS = tuple(bls_pair(f"machine {number}") for number in range(6))


class Governance(RuleBasedStateMachine):
    """The model keeps who voted what; what a quorum is, it works out for itself."""

    proposals = Bundle("proposals")

    @initialize(founders=st.integers(1, 4))
    def start(self, founders: int) -> None:
        self.world = network(*FOUR[:founders])
        self.votes: dict[str, dict[str, bool]] = {}
        self.closed: set[str] = set()
        self.used = {v.bls_key for v in validators_after(self.world).validators}

    @rule(
        target=proposals,
        kind=st.sampled_from(["add_validator", "remove_validator", "rotate_validator"]),
        organisation=st.sampled_from(EVERYBODY),
        key=st.sampled_from(KEYS),
        who=st.sampled_from(EVERYBODY),
    )
    def propose(self, kind: str, organisation: str, key: dict[str, str], who: str) -> object:
        change = {"type": kind, "organisation": organisation}
        change |= {} if kind == "remove_validator" else key
        place = f"proposal/{len(self.votes):032x}"
        body = {"title": "t", "expires_ms": self.world.now + DAY_MS, "change": change}
        outcome = self.world.try_("proposal.open", place, who, body)
        seated = seats(self.world)
        possible = who in seated and (organisation in seated) == (kind != "add_validator")
        possible = possible and (kind == "remove_validator" or key["bls_key"] not in self.used)
        possible = possible and not (kind == "remove_validator" and len(seated) == 1)
        assert isinstance(outcome, Accepted) == possible, outcome
        if not possible:
            return multiple()
        self.votes[place] = {}
        return place

    @rule(proposal=proposals, who=st.sampled_from(EVERYBODY), yes=st.booleans())
    def vote(self, proposal: str, who: str, yes: bool) -> None:
        before = seats(self.world)
        change = self.world.record(proposal).change
        outcome = self.world.try_("proposal.vote", proposal, who, {"choice": "yes" if yes else "no"})
        if who not in before or proposal in self.closed:
            assert not isinstance(outcome, Accepted)
            return
        if self.world.now > self.world.record(proposal).expires_ms:
            assert outcome.code == "proposal.expired"
            return
        votes = {one: said for one, said in self.votes[proposal].items() if one in before} | {who: yes}
        quorum = 2 * len(before) // 3 + 1
        if not isinstance(outcome, Accepted):
            assert sum(votes.get(one, False) for one in before) >= quorum, outcome
            assert seats(self.world) == before
            return
        self.votes[proposal] = votes
        state = self.world.record(proposal).state
        agreed = sum(votes.get(one, False) for one in before)
        against = sum(votes.get(one) is False for one in before)
        assert (state is ProposalState.PASSED) == (agreed >= quorum)
        assert (state is ProposalState.REJECTED) == (len(before) - against < quorum)
        if state is not ProposalState.OPEN:
            self.closed.add(proposal)
        if state is ProposalState.PASSED and hasattr(change, "bls_key"):
            assert change.bls_key not in self.used
            self.used.add(change.bls_key)
        if state is not ProposalState.PASSED:
            assert seats(self.world) == before

    @rule(proposal=proposals, who=st.sampled_from(EVERYBODY))
    def withdraw(self, proposal: str, who: str) -> None:
        proposer = self.world.record(proposal).proposer
        outcome = self.world.try_("proposal.withdraw", proposal, who)
        assert isinstance(outcome, Accepted) == (who == proposer and proposal not in self.closed)
        if isinstance(outcome, Accepted):
            self.closed.add(proposal)

    @rule(who=st.sampled_from(EVERYBODY), key=st.sampled_from(KEYS), later=st.sampled_from([1, DAY_MS // 2]))
    def rotate(self, who: str, key: dict[str, str], later: int) -> None:
        before = seats(self.world)
        self.world.now += later
        outcome = self.world.try_("validator.rotate", VALIDATORS, who, key)
        if isinstance(outcome, Accepted):
            assert who in before
            assert key["bls_key"] not in self.used
            self.used.add(key["bls_key"])
        assert seats(self.world) == before

    @invariant()
    def the_set_could_seal(self) -> None:
        found = validators_after(self.world)
        check_validator_set(found)
        assert {v.bls_key for v in found.validators} <= self.used


TestGovernance = Governance.TestCase
