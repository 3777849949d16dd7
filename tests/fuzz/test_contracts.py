"""Whatever a member signs: the contracts accept or refuse it, by a rule and not by a fault.

Acts are drawn from the tables, so a new one cannot be forgotten here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalogue import ACTS, CODES, KIND_OF, decode_record
from contracts.codes import CONTRACT_FAULT
from contracts.execution import Accepted
from ledger import canonical
from ledger.errors import LedgerError
from ledger.statement import Statement
from tests.contracts.world import BILL, DECLARATION, ORGANISATIONS, World
from tests.fuzz.mutation import mutated
from tests.fuzz.values import values_of


@dataclass
class Recorder(World):
    """A world that remembers each statement with the state that it met."""

    met: list[tuple[World, Statement]] = field(default_factory=list)

    def run(self, statement: Statement) -> Any:
        before = self.copy()
        outcome = super().run(statement)
        if isinstance(outcome, Accepted):
            self.met.append((before, statement))
        return outcome


@functools.cache
def story() -> tuple[Recorder, ...]:
    """Recorders that went through the corridor story in several ways, which leave `met` filled."""
    issued = Recorder().issue()
    lodged = issued.copy().lodge()
    lodged.copy().accept_declaration().hold().query()
    released = lodged.copy().accept_declaration().release()
    issued.copy().offer().accept()
    issued.copy().surrendered()
    issued.copy().do("bill.blank_endorse", BILL, "chongqing-parts")
    issued.copy().move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    return (issued, released.copy().arrived())  # type: ignore[return-value]


def met(act: str) -> list[tuple[World, Statement]]:
    """The moments of the story in which this act was accepted, or any moment for other acts."""
    moments = story()[0].met
    return [(world, made) for world, made in moments if made.payload.type == act] or moments


@st.composite
def bodies(draw: st.DrawFn, act: str, seed: bytes | None) -> bytes:
    """The act's fields: as in the story, or drawn, and sometimes with structure that does not fit."""
    if seed is None or draw(st.booleans()):
        fields = msgspec.json.decode(canonical.encode(draw(values_of(ACTS[act].body))))
        known = (draw(st.sampled_from(sorted(ORGANISATIONS))), BILL[5:], DECLARATION[12:])
        for name in fields:
            if isinstance(fields[name], str) and draw(st.booleans()):
                fields[name] = draw(st.sampled_from(known))
        seed = canonical.encode(fields)
    return draw(mutated((seed,), "json")) if draw(st.integers(0, 2)) == 0 else seed


def run_any(act: str, data: Any) -> Any:
    """One statement at some moment of the story; what became of it, None when it could not be read."""
    world, made = data.draw(st.sampled_from(met(act)))
    world = world.copy()
    pattern = KIND_OF[ACTS[act].record].pattern
    keys = [key for key in sorted(world.state) if pattern.match(key)]
    fitting = made.payload.type == act
    subject = data.draw(
        st.sampled_from((*([made.subject] * 3 * fitting), *keys, BILL, DECLARATION, "nowhere", ""))
    )
    body = data.draw(bodies(act, bytes(made.payload.body) if fitting else None))
    try:
        canonical.decode(body, dict, max_bytes=65_536)
    except LedgerError:
        return None
    who = data.draw(st.sampled_from((made.issuer, made.issuer, *sorted(ORGANISATIONS))))
    version = data.draw(st.sampled_from((world.version(subject), world.version(subject), 0, 7)))
    statement = world.statement(act, subject, who, raw=msgspec.Raw(body), version=version)
    before = dict(world.state)
    outcome = World.run(world, statement)
    if isinstance(outcome, Accepted):
        for key, value in outcome.writes:
            assert canonical.encode(decode_record(key, value)) == value
        return outcome
    assert outcome.code in CODES
    assert outcome.code != CONTRACT_FAULT.code
    assert world.state == before
    return outcome


@pytest.mark.parametrize("act", ACTS)
@settings(max_examples=15)
@given(data=st.data())
def test_any_body_is_judged_by_the_rules(act: str, data: Any) -> None:
    run_any(act, data)


@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("act", ACTS)
@settings(max_examples=1_000, derandomize=False, print_blob=True)
@given(data=st.data())
def test_any_body_is_judged_by_the_rules_in_depth(act: str, data: Any) -> None:
    run_any(act, data)
