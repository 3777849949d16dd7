"""What happened before the trainee came: bills issued, handed over and surrendered on a quiet stage."""

from __future__ import annotations

from cli.contents import fetch
from cli.issuing import Parties, accept_offer, examine_offer, issue_bill
from cli.story_cast import BUYER, BUYER_ORG, CARRIER, FORWARDER, TERMINAL_ORG
from cli.story_papers import Papers
from cli.story_stage import Stage
from contracts.model import container_key

DAY_MS = 86_400_000


def issue(stage: Stage, papers: Papers) -> str:
    """Coral Line issues the bill to the forwarder, for the buyer; its key."""
    parties = Parties(
        to=FORWARDER.partition("/")[0],
        titleholder=BUYER_ORG,
        others=(TERMINAL_ORG, FORWARDER.partition("/")[0]),
    )
    secret = stage.numbering_secret(CARRIER)
    key = ""

    def action() -> dict[str, object]:
        nonlocal key
        issued = issue_bill(stage.client(CARRIER), papers.bill, secret, parties)
        key = issued.package.subject
        openings = issued.package.containers.items()
        stage.things.containers = {number: container_key(opening.id) for number, opening in openings}
        return issued.result or {}

    stage.done(CARRIER, "issues the bill", action)
    return key


def read(stage: Stage, bill: str) -> None:
    """The forwarder reads the bill's contents, so that its node has them, whoever fails later."""
    client = stage.client(FORWARDER)
    found = client.get(f"/v1/records/{bill}")
    fetch(client, bill, found["record"]["contents"])


def offer(stage: Stage, bill: str, to: str = BUYER_ORG) -> None:
    """The forwarder offers the bill for a week."""
    expires_ms = int(stage.client(FORWARDER).status()["time_ms"]) + 7 * DAY_MS
    stage.act(FORWARDER, "bill.transfer", bill, {"to": to, "expires_ms": expires_ms}, "offers the bill")


def accept(stage: Stage, bill: str) -> None:
    """The buyer accepts it, as `sealane bill accept` does."""
    offered = examine_offer(stage.client(BUYER), bill)
    stage.done(BUYER, "accepts the bill", lambda: accept_offer(stage.client(BUYER), offered))


def surrender(stage: Stage, bill: str) -> None:
    """The buyer surrenders it for delivery, and the carrier accepts."""
    stage.act(BUYER, "bill.surrender", bill, {"purpose": "delivery"}, "surrenders the bill")
    stage.act(CARRIER, "bill.accept_surrender", bill, {}, "accepts the surrender")
