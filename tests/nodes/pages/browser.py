"""A browser without a screen: what a person's machine sends to a node's pages."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import httpx2

from tests.nodes.api.rig import AUTHORITY, Rig
from tests.nodes.api.test_privacy import Trade

ORIGIN = f"http://{AUTHORITY}"
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


class Browser:
    """One browser with its cookies; anybody's until it signs in."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=rig.app), base_url=ORIGIN)

    async def close(self) -> None:
        await self.client.aclose()

    async def get(self, path: str, status: int = 200, **headers: str) -> httpx2.Response:
        """A page, or data when the address asks for it."""
        response = await self.client.get(path, headers={"accept": HTML, **headers})
        assert response.status_code == status, (path, response.status_code, response.text[-400:])
        return response

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        sent = {"accept": HTML, "origin": ORIGIN, **headers}
        return await self.client.post(path, data=fields, headers=sent)

    async def mark(self, path: str = "/sign-in", action: str = "/sign-in") -> str:
        """The mark of a form on a page."""
        html = (await self.get(path)).text
        found = re.search(rf'action="{action}"[^§]*?name="mark" value="([0-9a-f]{{64}})"', html)
        assert found is not None
        return found[1]

    async def sign_in(self, member: str) -> httpx2.Response:
        """Sign in with a code that the member's key gets."""
        fields = {"mark": await self.mark(), "code": await code_for(self.rig, member)}
        return await self.post("/sign-in", fields)


async def code_for(rig: Rig, member: str) -> str:
    """A code, as `sealane login` gets it."""
    query = {"network": rig.network_id.hex(), "node": "harbour/node-1"}
    response = await rig.client.send(rig.signed("POST", "/v1/sign-ins", query, member=member))
    assert response.status_code == 200, response.text
    return str(response.json()["code"])


class Text(HTMLParser):
    """The text of a page, and what its tags and attributes are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def said(html: str) -> str:
    return Text(html).text


def of_trade(trade: Trade) -> tuple[str, ...]:
    """The addresses of what a trade left behind."""
    bill = trade.bill.subject.partition("/")[2]
    declaration = trade.declaration.subject.partition("/")[2]
    boxes = (opening.id for opening in trade.bill.containers.values())
    return (
        f"/bills/{bill}",
        f"/declarations/{declaration}",
        *(f"/containers/{box}" for box in boxes),
        f"/records/{trade.invoice.subject}",
    )


async def data(browser: Browser, path: str) -> tuple[Any, list[dict[str, str]]]:
    """The JSON and the CSV of a page."""
    address, _, query = path.partition("?")
    query = f"?{query}" if query else ""
    table = (await browser.get(f"{address}.csv{query}")).text
    return (await browser.get(f"{address}.json{query}")).json(), list(csv.DictReader(io.StringIO(table)))
