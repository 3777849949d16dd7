"""S1 and T1 to T4: turns, waits and times."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ledger.genesis import Parameters
from ledger.primitives import Height, Round, TimeMs
from nodes.bft.intake import Intake
from nodes.bft.proposer import proposer_seat
from nodes.bft.round import Timeout
from nodes.bft.timing import Timeouts, block_time_ms, delay_ms, is_timely
from tests.nodes.bft.fakes import fake_bls, make_set, names

SET = make_set(names(4), fake_bls())


def test_seats_take_turns_by_height_and_by_round() -> None:
    assert [proposer_seat(Height(h), Round(0), SET) for h in range(6)] == [0, 1, 2, 3, 0, 1]
    assert [proposer_seat(Height(6), Round(r), SET) for r in range(6)] == [2, 3, 0, 1, 2, 3]


def test_waits_grow_with_rounds_up_to_the_longest() -> None:
    waits = Timeouts()
    assert [waits.duration_ms(Timeout.PROPOSE, Round(r)) for r in (0, 1, 2)] == [1_000, 1_500, 2_000]
    assert waits.duration_ms(Timeout.PROPOSE, Round(0), silent=True) == 200
    assert waits.duration_ms(Timeout.PREVOTE, Round(1_000_000)) == 60_000
    assert waits.duration_ms(Timeout.REBROADCAST, Round(50)) == 500


def test_block_time_is_the_clocks_yet_later_than_the_parents() -> None:
    assert block_time_ms(TimeMs(10), TimeMs(50)) == 50
    assert block_time_ms(TimeMs(50), TimeMs(50)) == 51
    assert block_time_ms(TimeMs(90), TimeMs(50)) == 91


@pytest.mark.parametrize(
    ("clock", "round_", "timely"),
    [
        (8_999, 0, False),
        (9_000, 0, True),
        (15_000, 0, True),
        (15_001, 0, False),
        (15_001, 1, True),
        (17_001, 1, False),
    ],
)
def test_timeliness_and_how_its_delay_grows(clock: int, round_: int, timely: bool) -> None:
    parameters = Parameters(precision_ms=1_000, message_delay_ms=4_000)
    assert is_timely(10_000, TimeMs(clock), Round(round_), parameters) is timely
    assert [delay_ms(parameters, Round(r)) for r in range(4)] == [4_000, 6_000, 8_000, 10_000]


def test_l4_a_seat_that_is_new_was_not_silent() -> None:
    """Who joins, leaves and comes back gets the whole wait in its first height."""
    intake = Intake()
    for height in range(10, 20):
        organisations = ("org-a", "org-b") if height < 16 else ("org-a", "org-c")
        intake.early(SimpleNamespace(height=Height(height), organisations=organisations))  # type: ignore[arg-type]
        assert intake.is_silent("org-b", Height(height)) == (13 < height < 16)
        assert not intake.is_silent("org-c", Height(height))
    intake.early(SimpleNamespace(height=Height(20), organisations=("org-a", "org-b")))  # type: ignore[arg-type]
    assert not intake.is_silent("org-b", Height(20))
    assert intake.is_silent("org-a", Height(20))
