"""Which nodes may speak."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from contracts.membership.model import Organisation, OrganisationState
from ledger.canonical import encode
from nodes.members import ledger_members
from nodes.network.interface import PeerId
from nodes.storage import Page, Store, StoredRecord
from tests.nodes.network_of_one import CARRIER, FORWARDER, TERMINAL, VALIDATOR_SECRETS, Solo, node_key


def test_every_node_of_the_genesis_is_there_under_its_key(solo: Solo) -> None:
    expected = {
        node_key(organisation).public_key.data: PeerId(organisation, "node-1")
        for organisation in (*VALIDATOR_SECRETS, FORWARDER)
    }
    assert ledger_members(solo.store) == expected
    assert node_key(TERMINAL).public_key.data not in expected


def test_pages_are_followed_to_the_end(solo: Solo, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ledger_members(solo.store)
    monkeypatch.setattr("nodes.members.PAGE_ROWS", 2)
    assert ledger_members(solo.store) == whole


def test_the_nodes_of_a_suspended_organisation_vanish(solo: Solo, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Store.records_like

    def suspending(store: Store, prefix: str, after: str, limit: int) -> Page[StoredRecord, str]:
        page = real(store, prefix, after, limit)
        return Page(items=suspend(page.items), next=page.next)

    def suspend(rows: Sequence[StoredRecord]) -> tuple[StoredRecord, ...]:
        import dataclasses

        found = []
        for row in rows:
            organisation = msgspec.json.decode(row.value, type=Organisation)
            if organisation.id == CARRIER:
                organisation = msgspec.structs.replace(organisation, state=OrganisationState.SUSPENDED)
            found.append(dataclasses.replace(row, value=encode(organisation)))
        return tuple(found)

    before = ledger_members(solo.store)
    monkeypatch.setattr(Store, "records_like", suspending)
    after = ledger_members(solo.store)
    assert set(before) - set(after) == {node_key(CARRIER).public_key.data}
    assert after.items() <= before.items()
