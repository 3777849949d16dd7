"""Whatever a member signs: the contracts accept or refuse it, by a rule and not by a fault.

Acts are drawn from the tables, so a new one cannot be forgotten here.
"""

from __future__ import annotations

import functools
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
from tests.contracts.world import BILL, DECLARATION, ORGANISATIONS, World
from tests.fuzz.mutation import mutated
from tests.fuzz.values import values_of


@functools.cache
def worlds() -> tuple[World, ...]:
    """Moments of the corridor story, so that every act finds its record in some state."""
    issued = World().issue()
    offered = issued.copy().offer()
    lodged = issued.copy().lodge()
    questioned = lodged.copy().accept_declaration().hold().query()
    released = lodged.copy().accept_declaration().release()
    surrendered = issued.copy().surrender()
    return (World(), issued, offered, lodged, questioned, released, surrendered, released.copy().arrived())


@st.composite
def bodies(draw: st.DrawFn, act: str) -> bytes:
    """The act's fields, sometimes with values of the story, sometimes with structure that does not fit."""
    value = draw(values_of(ACTS[act].body))
    known = draw(st.sampled_from(sorted(ORGANISATIONS)))
    encoded = canonical.encode(value)
    fields = msgspec.json.decode(encoded)
    for name in fields:
        if isinstance(fields[name], str) and draw(st.booleans()):
            fields[name] = draw(st.sampled_from((known, BILL[5:], DECLARATION[12:], fields[name])))
    plain = canonical.encode(fields)
    return draw(mutated((plain,), "json")) if draw(st.integers(0, 2)) == 0 else plain


def run_any(act: str, data: Any) -> None:
    world = data.draw(st.sampled_from(worlds())).copy()
    keys = sorted(key for key in world.state if KIND_OF[ACTS[act].record].pattern.match(key))
    subject = data.draw(st.sampled_from((*keys, BILL, DECLARATION, "nowhere", "")))
    body = data.draw(bodies(act))
    try:
        canonical.decode(body, dict, max_bytes=65_536)
    except LedgerError:
        return  # Refused while the statement is read.
    statement = world.statement(
        act,
        subject,
        data.draw(st.sampled_from(sorted(ORGANISATIONS))),
        raw=msgspec.Raw(body),
        version=data.draw(st.sampled_from((world.version(subject), 0, 7))),
    )
    before = dict(world.state)
    outcome = world.run(statement)
    if isinstance(outcome, Accepted):
        for key, value in outcome.writes:
            assert canonical.encode(decode_record(key, value)) == value
        return
    assert outcome.code in CODES
    assert outcome.code != CONTRACT_FAULT.code
    assert world.state == before


@pytest.mark.parametrize("act", ACTS)
@settings(max_examples=40)
@given(data=st.data())
def test_any_body_is_judged_by_the_rules(act: str, data: Any) -> None:
    run_any(act, data)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("act", ACTS)
@settings(max_examples=1_000, derandomize=False, print_blob=True)
@given(data=st.data())
def test_any_body_is_judged_by_the_rules_in_depth(act: str, data: Any) -> None:
    run_any(act, data)
