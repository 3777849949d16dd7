"""A network of organisations that each make their own keys: join requests, and the genesis they lead to.

The founders agree on a plan. Each makes its keys for it on a machine of its own and
sends the public halves. From all of them, everybody assembles the same genesis by
itself; that the network ids agree shows that nobody was given other keys.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.errors import CliError
from cli.files import write_new
from cli.network_files import made_whole, node_places, write_client, write_node
from cli.network_keys import founding_validator, make_keys
from cli.network_plan import Organisation, Plan, read_plan, render_plan
from cli.output import Output, fields, table
from contracts.founding import genesis_records
from contracts.versions import RULES_VERSION
from ledger.canonical import Canonical, decode, encode
from ledger.errors import LedgerError
from ledger.genesis import (
    GENESIS_VERSION,
    Genesis,
    GenesisOrganisation,
    GenesisValidator,
    network_id,
    parse_genesis,
)
from ledger.hashing import sha256
from ledger.primitives import HexHash, UInt

REQUEST_VERSION: Final = 1
AGREED_FILE: Final = "agreed-plan.toml"
MAX_REQUEST_BYTES: Final = 65_536
"""An organisation with every key of its members; a genesis holds hundreds."""


class JoinRequest(Canonical, frozen=True, kw_only=True):
    """What a founder sends to the others: public halves and proofs, nothing secret."""

    version: UInt
    plan: HexHash
    """SHA-256 of the plan that it was made for."""
    organisation: GenesisOrganisation
    """The founder, with the public keys of its members and node."""
    validator: GenesisValidator | None = None
    """Its seat, if its node is a validator."""


def join_request(
    output: Output,
    organisation: Annotated[str, typer.Argument(metavar="ORG", help="Your organisation in the plan.")],
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="The plan that all founders agreed on (TOML).")
    ],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory to make.")],
) -> None:
    """Make your organisation's keys for a network to be founded, and the request that you send the others.

    The secrets stay in DIR. Tell the others the fingerprint by another way than the file.
    """
    agreed = read_plan(plan)
    found = next((one for one in agreed.organisations if one.id == organisation), None)
    if found is None:
        raise CliError(f"the plan {plan} has no organisation {organisation}", code="config")
    file = f"{organisation}.join.json"
    with made_whole(directory) as building:
        text = render_plan(agreed)
        request = JoinRequest(
            version=REQUEST_VERSION,
            plan=sha256(text.encode()).hex(),
            organisation=make_keys(building, found),
            validator=founding_validator(building, organisation) if found.node == "validator" else None,
        )
        write_new(building / AGREED_FILE, text.encode())
        write_new(building / file, encode(request))
    value = {
        "directory": str(directory),
        "request": str(directory / file),
        "fingerprint": sha256(encode(request)).hex(),
    }
    output.result(value, fields(value))
    output.next(f"sealane network assemble {directory} {directory / file} OTHER_REQUESTS...")


def assemble(
    output: Output,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="As `join-request` made it.")],
    files: Annotated[list[Path], typer.Argument(metavar="REQUEST...", help="All founders' requests.")],
    time_ms: Annotated[
        int | None,
        typer.Option("--time-ms", min=1, help="Time of the genesis, as whoever assembled first says."),
    ] = None,
) -> None:
    """Put the genesis together from all founders' requests, and configure your own node for it.

    Everybody does this with the same time and compares the network id and the
    fingerprints. Requests that do not fit the plan, or hold other keys of yours, are refused.
    """
    plan = read_plan(directory / AGREED_FILE)
    requests = {request.organisation.id: request for request in map(read_request, files)}
    own = _check_requests(directory, plan, requests, len(files))
    genesis = _genesis(plan, requests, int(time.time() * 1000) if time_ms is None else time_ms)
    write_new(directory / "genesis.json", encode(genesis))
    places = node_places(directory, plan)
    for place in places:
        if place.organisation == own:
            write_node(place, places, plan)
    write_client(directory, places, plan)
    prints = {name: sha256(encode(requests[name])).hex() for name in sorted(requests)}
    value = {
        "network": network_id(genesis).hex(),
        "time_ms": genesis.time_ms,
        "organisation": own,
        "fingerprints": prints,
    }
    text = [
        f"Network id {value['network']}",
        f"Time       {genesis.time_ms}   (the others: --time-ms {genesis.time_ms})",
        "",
        table(("organisation", "fingerprint of its request"), list(prints.items())),
    ]
    output.result(value, text)
    output.next(f"sealane node run {directory / 'nodes' / own}")


def read_request(file: Path) -> JoinRequest:
    """A join request from a file; `CliError` when it is none."""
    try:
        request = decode(file.read_bytes().rstrip(b"\n"), JoinRequest, max_bytes=MAX_REQUEST_BYTES, field="")
    except OSError as error:
        raise CliError(f"{file} cannot be read", why=str(error.strerror), code="file") from None
    except LedgerError as error:
        raise CliError(f"{file} is no join request", why=f"{error}.", code="file") from None
    if request.version != REQUEST_VERSION:
        raise CliError(f"{file} is a join request of another version", code="file")
    return request


def _check_requests(directory: Path, plan: Plan, requests: dict[str, JoinRequest], given: int) -> str:
    """The organisation whose directory this is; `CliError` for requests that are not those of the plan."""
    digest = sha256(render_plan(plan).encode()).hex()
    wanted = {organisation.id: organisation for organisation in plan.organisations}
    missing, strange = sorted(wanted.keys() - requests), sorted(requests.keys() - wanted)
    if missing or strange or given != len(requests):
        problem = f"missing: {', '.join(missing) or 'none'}; not in the plan: {', '.join(strange) or 'none'}"
        raise CliError("give one request of each founder", why=problem, code="config")
    for name, request in requests.items():
        if request.plan != digest or not _fits(request, wanted[name]):
            raise CliError(f"the request of {name} was made for another plan", code="config")
    own = [name for name in requests if (directory / f"{name}.join.json").is_file()]
    if len(own) != 1 or read_request(directory / f"{own[0]}.join.json") != requests[own[0]]:
        raise CliError(
            "your own request is not among them as you made it",
            why=f"{directory} holds the keys that it must name.",
            code="config",
        )
    return own[0]


def _fits(request: JoinRequest, planned: Organisation) -> bool:
    """Whether a founder asks for no more and no less than the plan gives it."""
    made = request.organisation
    seat = None if request.validator is None else request.validator.organisation
    return (made.name, made.roles, made.jurisdiction, len(made.nodes), seat) == (
        planned.name,
        planned.roles,
        planned.jurisdiction,
        int(planned.node is not None),
        planned.id if planned.node == "validator" else None,
    ) and tuple(member.name for member in made.members) == planned.members


def _genesis(plan: Plan, requests: dict[str, JoinRequest], time_ms: int) -> Genesis:
    """The genesis in the plan's order; `CliError` for keys that could not start a network."""
    ordered: Sequence[JoinRequest] = [requests[one.id] for one in plan.organisations]
    genesis = Genesis(
        version=GENESIS_VERSION,
        name=plan.name,
        time_ms=time_ms,
        rules_version=RULES_VERSION,
        parameters=plan.parameters,
        validators=tuple(request.validator for request in ordered if request.validator is not None),
        organisations=tuple(request.organisation for request in ordered),
    )
    try:
        genesis_records(parse_genesis(encode(genesis)))
    except LedgerError as error:
        raise CliError("the requests make no genesis", why=f"{error}.", code="config") from None
    return genesis
