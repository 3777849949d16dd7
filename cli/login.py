"""`sealane login`: a member's key lets a browser in, without ever going there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.commands import command, single
from cli.context import Context
from cli.errors import CliError
from cli.output import clean

app = single("Let a browser read a node's pages as a member.")


@command(
    app,
    "login",
    examples=(
        "sealane login --as qinzhou-customs/chen-wei",
        "sealane login --as coral-line/lin-tao --node http://127.0.0.1:8403 --open",
    ),
)
def login(
    context: Context,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the link in this machine's browser.")
    ] = False,
) -> None:
    """Get a code with which one browser may read a node's pages as the member who acts.

    The member's key signs one request, good for that node alone; the code works
    once, for two minutes. Open the link, or type the code on the node's page
    "Sign in" on any device. What the browser may then see is what the member may.
    """
    client = context.client
    index = client.get("/")
    network = client.network_id()
    if network is not None and network != index["network"]:
        raise CliError(
            f"{client.url} belongs to another network",
            why=f"It says {index['network'][:16]}, the genesis at hand is {network[:16]}.",
            do="Check --node and --network",
            code="network.other",
        )
    query = {"network": index["network"], "node": f"{index['organisation']}/{index['node']}"}
    made = client.request("POST", "/v1/sign-ins", query=query).json()
    link = f"{context.pages_url}/sign-in?code={made['code']}"
    https = context.settings.get("https", {}).get(index["organisation"])
    elsewhere = None if https is None else f"{https}/sign-in?code={made['code']}"
    opened = open_browser and _open(link)

    def lines() -> Iterator[str]:
        yield f"Signing in at {clean(query['node'])} as {clean(made['member'])}."
        yield f"Open:  {link}"
        if elsewhere is not None:
            yield f"or on a phone or another machine:  {clean(elsewhere)}"
        yield f'or type this code on its page "Sign in":  {clean(made["code"])}'
        yield f"It works once, for {int(made['expires_s'])} seconds. Give it to nobody."

    value = {
        "member": made["member"],
        "node": query["node"],
        "code": made["code"],
        "link": link,
        "elsewhere": elsewhere,
        "expires_s": made["expires_s"],
        "opened": opened,
    }
    context.output.result(value, lines())


def _open(link: str) -> bool:
    """Whether a browser could be told."""
    import webbrowser

    return webbrowser.open(link)
