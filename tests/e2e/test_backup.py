"""A validator whose machine is lost comes back from a backup made under load: nothing is lost."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.agreement import check_no_double_signing, check_nothing_lost, check_same_chain, signed_in
from tests.e2e.test_failures import signs_after
from tests.e2e.world import CARRIER, HAIPHONG, OBSERVER, PORT, World, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@contextmanager
def load(world: World) -> Iterator[None]:
    """Statements sealed one after the other at a node that nothing else asks, while the body runs."""
    client, stop = world.client(PORT, CARRIER), threading.Event()
    trouble: list[BaseException] = []

    def submit() -> None:
        try:
            while not stop.is_set():
                answer = client.submit(world.container(node=CARRIER))
                world.sealed[answer["id"]] = answer
        except BaseException as error:
            trouble.append(error)

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert not trouble, trouble


def test_a_lost_validator_comes_back_from_a_backup_made_under_load(healed: World, tmp_path: Path) -> None:
    seat, directory = HAIPHONG, healed.places[HAIPHONG].directory
    with load(healed):
        healed.await_height(healed.height(OBSERVER) + 3, OBSERVER)
        made = healed.said("node", "backup", directory, "-o", tmp_path / "made")
        behind = made["height"] + 5
        healed.await_height(behind, OBSERVER)
        healed.kill(seat)
        (journal,) = (directory / "keys").glob("*.journal")
        before = signed_in(journal)
        for place in (directory / "data", journal, journal.with_name(journal.name + ".lock")):
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        restored = healed.said("node", "restore", tmp_path / "made", directory)
        assert (restored["height"], restored["block_id"]) == (made["height"], made["block_id"])
        healed.start(seat)
        healed.await_height(behind, seat)
        eventually(lambda: "abstaining: the signing journal is new" in healed.log(seat), "it abstains")
        signs_after(healed, seat, healed.height(OBSERVER))
    again = signed_in(journal)
    assert {place for place in before if again.get(place, before[place]) != before[place]} == set()
    assert min(height for height, *_ in again) > max(height for height, *_ in before)
    healed.await_height(healed.height(OBSERVER))
    check_nothing_lost(healed)
    assert check_same_chain(healed) >= behind
    assert check_no_double_signing(healed) > 0
    assert healed.said("node", "check", directory)["sound"]


@pytest.mark.slow
def test_a_restore_never_replaces_a_ledger(healed: World, tmp_path: Path) -> None:
    directory = healed.places[PORT].directory
    healed.said("node", "backup", directory, "-o", tmp_path / "made")
    error = healed.said("node", "restore", tmp_path / "made", directory, exit_code=1)
    assert error["code"] == "node.running"
    healed.kill(PORT)
    error = healed.said("node", "restore", tmp_path / "made", directory, exit_code=1)
    assert error["code"] == "backup.refused"
