"""A network directory that grows: another organisation with its node, another key for a validator.

The files are made here at once; the network learns of them by proposals, ballots
and rotations, like that of organisations on other machines.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from cli.context import find_directory
from cli.errors import CliError
from cli.network_options import DEFAULT, READY_TIMEOUT_S, Directory
from cli.output import Output, fields

OrganisationArgument = Annotated[
    str, typer.Argument(metavar="ORG", help="Identifier: lower-case words joined by hyphens.")
]
ADMISSION, SEAT = "admit.json", "validator.json"
"""Files beside a node's configuration that say what to propose."""

MAX_NODES = 50
"""Beyond it the ports of the nodes that are there would move."""


def add(
    output: Output,
    organisation: OrganisationArgument,
    directory: Directory = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="What it does: trader. Repeatable.")
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", metavar="CC", help="Country of an authority.")
    ] = None,
    member: Annotated[str, typer.Option("--member", metavar="NAME", help="Who administers it.")] = "chief",
    observer: Annotated[
        bool, typer.Option("--observer", help="Make no validator key: the node only follows.")
    ] = False,
) -> None:
    """Make keys and a node for an organisation that is not on the ledger yet.

    Start its node with `sealane network up`; it follows once a ballot has
    admitted the organisation, and seals once another has given it a seat.
    """
    from cli.acting import choice
    from cli.machines import machines_in
    from cli.network_files import add_organisation, load_network, node_places
    from cli.network_plan import Organisation, check_plan
    from contracts.membership.model import Role

    directory = directory or find_directory() or DEFAULT
    plan, _ = load_network(directory)
    machines = machines_in(directory)
    wanted = {
        "id": organisation,
        "name": name or organisation.replace("-", " ").title(),
        "roles": sorted({choice(Role, text, "--role").value for text in role or ["trader"]}),
        "members": [member],
        "jurisdiction": jurisdiction,
        "node": "observer" if observer else "validator",
    }
    try:
        newcomer = msgspec.convert({k: v for k, v in wanted.items() if v is not None}, Organisation)
    except msgspec.ValidationError as error:
        raise CliError(f"{organisation} cannot be made", why=str(error), code="config") from None
    grown = msgspec.structs.replace(plan, organisations=(*plan.organisations, newcomer))
    check_plan(grown)
    if len(grown.nodes) > MAX_NODES:
        raise CliError(f"a network directory holds {MAX_NODES} nodes at most", code="config")
    changes = add_organisation(directory, grown, newcomer)
    machines.join(grown)
    place = node_places(directory, grown)[-1]
    files = {file: str(place.directory / file) for file in changes}
    value = {
        "directory": str(place.directory),
        "organisation": organisation,
        "url": place.url,
        "member": f"{organisation}/{member}",
        "proposals": list(files.values()),
    }
    output.result(value, fields({**value, "proposals": ", ".join(files.values())}))
    output.next(f"sealane network up {directory}")
    output.next(f"sealane proposal open {files[ADMISSION]}")


def rotate(output: Output, organisation: OrganisationArgument, directory: Directory = None) -> None:
    """Make a new validator key beside the old one, and have the node hold both.

    A running node is restarted. The network is told by the administrator, with
    `sealane org rotate-validator`; the node signs with the old key until then.
    """
    from cli.machines import refuse_containers
    from cli.network_files import add_validator_key, load_network
    from cli.network_up import bring_up
    from cli.processes import running_pid, stop_node

    directory = directory or find_directory() or DEFAULT
    refuse_containers(directory, "rotate")
    plan, places = load_network(directory)
    found = [place for place in places if place.organisation == organisation]
    if not found:
        raise CliError(f"{organisation} has no node in {directory}", code="node.missing")
    file = add_validator_key(directory, plan, organisation)
    if running_pid(found[0].directory) is not None:
        stop_node(found[0].directory)
        bring_up(output, directory, found, timeout_s=READY_TIMEOUT_S)
    output.result({"organisation": organisation, "file": str(file)}, f"{organisation} holds {file} as well.")
    output.next(f"sealane org rotate-validator --new-key {file} --as {organisation}/NAME")
