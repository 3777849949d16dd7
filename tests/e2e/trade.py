"""A bill with its declaration and invoice on a running network, for tests to read and to try things on."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import Any

from cli.contents import plain_package, store
from cli.issuing import Parties, issue_bill
from cli.lodging import Offices, lodge_declaration
from cli.story_papers import Papers, prepare_papers
from contracts.documents.package import Package
from contracts.model import container_key, id_of, mandate_key
from tests.e2e.world import BUYER, CARRIER, CLERK, FORWARDER, HAIPHONG, PORT, TERMINAL, World

_RUNS = count(101)
DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Trade:
    """What was put on the ledger."""

    papers: Papers
    package: Package
    """The bill's contents."""
    bill: str
    containers: dict[str, str]
    """Record keys by number."""
    declaration: str
    """Import declaration, lodged with Hai Phong."""
    document: str
    """Invoice."""

    @property
    def commitment(self) -> str:
        return self.package.commitment().hex()


def parties() -> Parties:
    return Parties(to=FORWARDER, titleholder=BUYER, shipper=FORWARDER, others=(PORT, TERMINAL))


def issue(world: World) -> tuple[Papers, Package]:
    """A bill to the forwarder under a number of its own."""
    papers = prepare_papers(next(_RUNS))
    issued = issue_bill(world.client(CARRIER), papers.bill, world.numbering_secret(), parties())
    assert issued.result is not None
    world.note(issued.result)
    return papers, issued.package


def trade(world: World) -> Trade:
    """A bill, its import declaration and its invoice."""
    papers, package = issue(world)
    forwarder = world.client(FORWARDER)
    until_ms = forwarder.status()["time_ms"] + DAY_MS
    power = {"acts": ["clearance.lodge"], "offices": [HAIPHONG], "until_ms": until_ms}
    world.act(BUYER, "mandate.grant", mandate_key(BUYER, FORWARDER), {"power": power})
    with closing(world.fresh_client(CLERK[FORWARDER], world.home(FORWARDER), principal=BUYER)) as broker:
        lodged = lodge_declaration(broker, papers.import_, Offices(office=HAIPHONG), bills=[package.subject])
    world.note(lodged.result)
    invoice = plain_package("document", papers.invoice)
    store(forwarder, invoice)
    fields: dict[str, Any] = {
        "type": "invoice",
        "contents": invoice.commitment().hex(),
        "bills": [id_of(package.subject)],
        "readers": [BUYER],
    }
    world.act(FORWARDER, "document.register", invoice.subject, fields)
    return Trade(
        papers=papers,
        package=package,
        bill=package.subject,
        containers={number: container_key(item.id) for number, item in package.containers.items()},
        declaration=lodged.package.subject,
        document=invoice.subject,
    )
