"""Opening a ledger: made once from its genesis, and never mistaken for another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.canonical import encode
from ledger.errors import GenesisError
from ledger.genesis import MAX_GENESIS_BYTES, Genesis, genesis_validators, network_id
from nodes.checking.database import check_database
from nodes.config import ConfigError
from nodes.founding import load_genesis, open_ledger
from nodes.storage import Store
from tests.nodes.network_of_one import GENESIS, Solo, make_genesis


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.db'}"


def changed(**fields: Any) -> Genesis:
    return msgspec.structs.replace(GENESIS, **fields)


def test_a_new_ledger_holds_the_genesis_as_block_and_entry_0(tmp_path: Path) -> None:
    with open_ledger(url(tmp_path), GENESIS) as store:
        tip = store.tip()
        assert (tip.height, tip.frontier.size, tip.network) == (0, 1, network_id(GENESIS))
        assert tip.validators == tip.next_validators == genesis_validators(GENESIS)
        assert store.genesis() == encode(GENESIS)
        assert check_database(store.database, GENESIS, None).findings == []


def test_it_is_the_same_ledger_when_opened_again(tmp_path: Path) -> None:
    with open_ledger(url(tmp_path), GENESIS) as store:
        tip = store.tip()
    with open_ledger(url(tmp_path), GENESIS) as store:
        assert store.tip() == tip


async def test_an_existing_ledger_is_not_made_anew(solo: Solo) -> None:
    await solo.accept(solo.gate_in("one"))
    solo.reopen()
    assert solo.height == 1


@pytest.mark.parametrize("other", [make_genesis("Another"), make_genesis(heartbeat_ms=1)])
def test_the_ledger_of_another_network_is_refused_and_untouched(tmp_path: Path, other: Genesis) -> None:
    open_ledger(url(tmp_path), GENESIS).close()
    with pytest.raises(ConfigError) as error:
        open_ledger(url(tmp_path), other)
    for network in (network_id(GENESIS), network_id(other)):
        assert network.hex()[:16] in str(error.value)
    with Store.open(url(tmp_path), create=False) as store:
        assert store.network() == network_id(GENESIS)


def test_a_genesis_file_may_end_with_a_newline(tmp_path: Path) -> None:
    file = tmp_path / "genesis.json"
    for ending in (b"", b"\n", b"\n\n"):
        file.write_bytes(encode(GENESIS) + ending)
        assert load_genesis(file) == GENESIS


ORGANISATION = GENESIS.organisations[0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        encode(GENESIS)[:-1],
        encode(GENESIS).replace(b"{", b"{ ", 1),
        b" " + encode(GENESIS),
        encode(GENESIS) + b"x",
        b"x" * (MAX_GENESIS_BYTES + 1),
        encode(changed(version=2)),
        encode(changed(rules_version=2)),
        encode(changed(validators=())),
        encode(changed(organisations=())),
        encode(changed(organisations=(*GENESIS.organisations, ORGANISATION))),
        encode(
            changed(
                organisations=(
                    msgspec.structs.replace(ORGANISATION, roles=("wizard",)),
                    *GENESIS.organisations[1:],
                )
            )
        ),
        encode(
            changed(
                organisations=(
                    msgspec.structs.replace(ORGANISATION, jurisdiction=None),
                    *GENESIS.organisations[1:],
                )
            )
        ),
    ],
)
def test_a_genesis_that_could_not_start_a_network_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "genesis.json"
    file.write_bytes(data)
    with pytest.raises(ConfigError) as error:
        load_genesis(file)
    assert str(file) in str(error.value)


def test_a_missing_genesis_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ConfigError, match=r"genesis .* cannot be"):
            load_genesis(path)


def test_a_failed_founding_leaves_nothing_open_and_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Store] = []
    real = Store.close

    def close(store: Store) -> None:
        closed.append(store)
        real(store)

    monkeypatch.setattr(Store, "close", close)
    with pytest.raises(GenesisError):
        open_ledger(url(tmp_path), changed(rules_version=2))
    assert len(closed) == 1
    with open_ledger(url(tmp_path), GENESIS) as store:
        assert store.tip().height == 0
