"""What stands on the ledger for pages to show, beside the story that was played."""

from __future__ import annotations

import os
from dataclasses import dataclass

from tests.e2e.trade import DAY_MS, trade
from tests.e2e.world import BUYER, HAIPHONG, QINZHOU, World


@dataclass(frozen=True)
class Scene:
    """Keys of records, and the number of a bill."""

    number: str
    bill: str
    declaration: str
    container: str
    proposal: str


def set_scene(world: World) -> Scene:
    """A bill whose import waits in the red lane, held for quarantine, and a proposal with one ballot."""
    made = trade(world)
    world.act(HAIPHONG, "clearance.accept", made.declaration, {})
    world.act(HAIPHONG, "clearance.route", made.declaration, {"lane": "red", "reason": "selectivity"})
    world.act(HAIPHONG, "clearance.hold", made.declaration, {"hold": "q-1", "reason": "quarantine"})
    proposal = f"proposal/{os.urandom(16).hex()}"
    change = {"type": "change_organisation", "organisation": BUYER, "name": "Red River Imports Ltd"}
    world.act(
        QINZHOU,
        "proposal.open",
        proposal,
        {
            "title": "Red River Imports changes its name",
            "reason": "Registered anew in June.",
            "expires_ms": world.status(QINZHOU)["time_ms"] + DAY_MS,
            "change": change,
        },
    )
    world.act(QINZHOU, "proposal.vote", proposal, {"choice": "yes"})
    # Whoever asks for a document has it at the node, and can search it by its number from then on.
    number = str(made.papers.bill["transportDocumentReference"])
    officer = world.client(HAIPHONG)
    boxes = officer.get("/v1/records", kind="container")["items"]
    travelled = max(boxes, key=lambda box: len(box["record"].get("events", ())))
    for key in (made.bill, made.declaration, f"bill/{travelled['record']['bills'][0]}"):
        commitment = officer.get(f"/v1/records/{key}")["record"]["contents"]
        officer.get_bytes(f"/v1/contents/{commitment}", subject=key)
    return Scene(
        number=number,
        bill=made.bill,
        declaration=made.declaration,
        container=travelled["key"],
        proposal=proposal,
    )
