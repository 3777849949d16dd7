"""The switch: what each kind of weather does to frames, and what a heap of faults comes to."""

from __future__ import annotations

import pytest

from tests.chaos.ground import Host, mac_of
from tests.chaos.weather import MAX_QUEUED, Link, Weather

FRAMES = 2_000


@pytest.fixture(name="weather")
def weather_fixture() -> Weather:
    hosts = {name: Host(name, number, 100 + number, None) for number, name in enumerate("abc", 1)}
    return Weather(hosts, seed=7)


def arrivals(weather: Weather, source: str, target: str, now: float = 60.0) -> list[bytes]:
    for number in range(FRAMES):
        weather.send(source, target, number.to_bytes(2, "big"), 0.0)
    return [frame for _, frame in weather.due(now)]


def test_in_calm_weather_everything_arrives_once_and_in_order(weather: Weather) -> None:
    assert arrivals(weather, "a", "b") == [number.to_bytes(2, "big") for number in range(FRAMES)]


def test_a_cut_is_one_way(weather: Weather) -> None:
    weather.change([{("a", "b"): Link(cut=True)}])
    assert arrivals(weather, "a", "b") == []
    assert len(arrivals(weather, "b", "a")) == FRAMES


def test_loss_is_a_share(weather: Weather) -> None:
    weather.change([{("a", "b"): Link(loss=0.3)}])
    assert 0.65 < len(arrivals(weather, "a", "b")) / FRAMES < 0.75


def test_some_frames_arrive_twice(weather: Weather) -> None:
    weather.change([{("a", "b"): Link(twice=0.3)}])
    assert 1.25 < len(arrivals(weather, "a", "b")) / FRAMES < 1.35


def test_delay_lies_between_its_bounds_and_frames_overtake_each_other(weather: Weather) -> None:
    weather.change([{("a", "b"): Link(delay_ms=50, jitter_ms=150)}])
    assert arrivals(weather, "a", "b", now=0.0499) == []
    found = [frame for _, frame in weather.due(0.2001)]
    assert len(found) == FRAMES
    assert found != sorted(found)


def test_faults_that_overlap_add_up_and_healing_ends_all(weather: Weather) -> None:
    weather.change([{("a", "b"): Link(loss=0.3)}, {("a", "b"): Link(cut=True, delay_ms=50)}])
    assert weather.link("a", "b") == Link(cut=True, loss=0.3, delay_ms=50)
    weather.change([])
    assert weather.link("a", "b") == Link()


def test_frames_in_flight_are_bounded(weather: Weather) -> None:
    for _ in range(MAX_QUEUED + 5):
        weather.send("a", "b", b"frame", 0.0)
    assert weather.frames["overflowed"] == 5
    assert len(weather.due(1.0)) == MAX_QUEUED


def test_hardware_addresses_are_local_and_distinct() -> None:
    assert len({mac_of(number) for number in range(1, 50)}) == 49
    assert all(mac_of(number)[0] & 0x03 == 0x02 for number in range(1, 50))
