"""Which nodes may speak, as the ledger's organisations say now."""

from __future__ import annotations

import msgspec

from contracts.membership.model import Organisation, OrganisationState
from ledger.keys import PublicKey
from nodes.network.interface import PeerId
from nodes.storage import Store

PREFIX = "organisation/"

PAGE_ROWS = 500


def ledger_members(store: Store) -> dict[bytes, PeerId]:
    """Compressed node key to node, for every node of an organisation in good standing."""
    members: dict[bytes, PeerId] = {}
    after = ""
    while True:
        page = store.records_like(PREFIX, after, PAGE_ROWS)
        for row in page.items:
            organisation = msgspec.json.decode(row.value, type=Organisation)
            if organisation.state is OrganisationState.ACTIVE:
                for node in organisation.nodes:
                    members[PublicKey.from_text(node.key).data] = PeerId(organisation.id, node.name)
        if page.next is None:
            return members
        after = page.next
