"""The files of a network directory: keys, genesis, and each node's configuration.

A directory is made whole beside its place and then moved there, so an
interrupted `init` leaves nothing half made. Keys and the genesis are written
once; node and client configurations follow from them and can be written again,
as when ports change.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli.context import CLIENT_FILE, GENESIS_FILE, read_toml
from cli.errors import CliError
from cli.files import (
    make_directory,
    replace_file,
    write_new,
)
from cli.network_keys import founding_validator, make_keys, new_bls
from cli.network_plan import NODE_NAME, PLAN_FILE, Organisation, Plan, read_plan, render_plan
from contracts.founding import genesis_records
from contracts.versions import RULES_VERSION
from ledger.canonical import encode
from ledger.genesis import (
    GENESIS_VERSION,
    Genesis,
    network_id,
    parse_genesis,
)

CONTENTS_FILE = "contents.key"

CERTIFICATE_FILE, TLS_KEY_FILE = "tls/https.pem", "tls/https.key"
"""Below a node's directory: what it shows browsers of other machines (`cli.network_https`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlace:
    """One node of a network directory."""

    organisation: str
    kind: str
    """`validator` or `observer`."""
    directory: Path
    host: str
    """Where others reach it."""
    url: str
    api_port: int
    peer_port: int
    https_port: int
    authorities: tuple[str, ...] = ()
    """Where browsers of other machines reach it, behind `https://`; empty where they do not."""


def node_places(directory: Path, plan: Plan) -> list[NodePlace]:
    """The nodes of a network directory, in the plan's order."""
    return [
        NodePlace(
            organisation=organisation.id,
            kind=organisation.node or "",
            directory=directory / "nodes" / organisation.id,
            host=plan.host_of(place),
            url=plan.url(place),
            api_port=plan.api_port(place),
            peer_port=plan.peer_port(place),
            https_port=plan.https_port(place),
            authorities=plan.authorities(place) if _has_certificate(directory, organisation) else (),
        )
        for place, organisation in enumerate(plan.nodes)
    ]


def _has_certificate(directory: Path, organisation: Organisation) -> bool:
    """Whether a node has one: a newcomer's has none until `network up --tls` is said again."""
    return (directory / "nodes" / organisation.id / CERTIFICATE_FILE).is_file()


def load_network(directory: Path) -> tuple[Plan, list[NodePlace]]:
    """The plan and nodes of an existing network directory; `CliError` when it is none."""
    if not (directory / PLAN_FILE).is_file():
        raise CliError(
            f"{directory} is not a network directory",
            why=f"It has no {PLAN_FILE}.",
            do=f"sealane network init {directory}",
            code="network.missing",
        )
    plan = read_plan(directory / PLAN_FILE)
    return plan, node_places(directory, plan)


def create_network(directory: Path, plan: Plan, *, time_ms: int) -> Genesis:
    """Make a network directory: every key, the genesis and every configuration.

    Raises `CliError` when there is something at `directory`, or when the plan
    makes no valid genesis.
    """
    with made_whole(directory) as building:
        return _build(building, plan, time_ms)


@contextmanager
def made_whole(directory: Path) -> Iterator[Path]:
    """A directory that gets its place once all in it is made; `CliError` for one that exists."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CliError(
            f"{directory} exists already and is not empty",
            why="A network's keys are never overwritten.",
            do="Choose another directory, or remove this one if its keys are of no further use.",
            code="file.exists",
        )
    make_directory(directory.parent)
    building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        yield building
        if directory.exists():
            directory.rmdir()
        building.rename(directory)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _build(directory: Path, plan: Plan, time_ms: int) -> Genesis:
    organisations = tuple(make_keys(directory, organisation) for organisation in plan.organisations)
    genesis = Genesis(
        version=GENESIS_VERSION,
        name=plan.name,
        time_ms=time_ms,
        rules_version=RULES_VERSION,
        parameters=plan.parameters,
        validators=tuple(founding_validator(directory, organisation.id) for organisation in plan.validators),
        organisations=organisations,
    )
    genesis_records(parse_genesis(encode(genesis)))
    write_new(directory / GENESIS_FILE, encode(genesis))
    write_configuration(directory, plan)
    return genesis


def add_organisation(directory: Path, plan: Plan, newcomer: Organisation) -> list[str]:
    """Make the keys of an organisation that `plan` has and the ledger does not, and what to propose for it.

    Returns the names of the files, in its node's directory, that hold the changes:
    its admission, and its seat if its node is to be a validator. No configuration is written.
    """
    from contracts.governance.model import AddValidator, AdmitOrganisation
    from contracts.membership.model import NodeKey, Role

    made = make_keys(directory, newcomer)
    (member, *_), place = made.members, directory / "nodes" / newcomer.id
    changes: dict[str, AddValidator | AdmitOrganisation] = {
        "admit.json": AdmitOrganisation(
            organisation=newcomer.id,
            name=newcomer.name,
            roles=tuple(Role(role) for role in newcomer.roles),
            jurisdiction=newcomer.jurisdiction,
            administrator=member.name,
            administrator_key=member.key,
            nodes=tuple(NodeKey(name=node.name, key=node.key) for node in made.nodes),
            numbering_key=made.numbering_key,
            numbering_possession=made.numbering_possession,
            contents_key=made.contents_key,
        )
    }
    if newcomer.node == "validator":
        seat = founding_validator(directory, newcomer.id)
        changes["validator.json"] = AddValidator(
            organisation=newcomer.id, bls_key=seat.bls_key, possession=seat.possession
        )
    for name, change in changes.items():
        write_new(place / name, msgspec.json.format(encode(change), indent=2) + b"\n")
    return list(changes)


def add_validator_key(directory: Path, plan: Plan, organisation: str) -> Path:
    """Make another validator key for an organisation, which its node holds from its next start on."""
    keys = directory / "nodes" / organisation / "keys"
    number = 2
    while any(keys.glob(f"validator-{number}.*")):  # a journal of a key that is gone keeps its name
        number += 1
    file = keys / f"validator-{number}.key"
    new_bls(file)
    write_configuration(directory, plan)
    return file


def _by_age(name: str) -> tuple[int, str]:
    """Key files in the order in which they were made: `validator.key`, `validator-2.key`, and so on."""
    return len(name), name


def renew_genesis(directory: Path, *, time_ms: int) -> str:
    """Start the network anew: the same document but for its time, so another network id; returns the id.

    The old document stays beside it, since evidence of the old network needs it.
    """
    path = directory / GENESIS_FILE
    old = parse_genesis(path.read_bytes())
    fresh = msgspec.structs.replace(old, time_ms=max(time_ms, old.time_ms + 1))
    replace_file(directory / f"genesis.{network_id(old).hex()[:16]}.json", encode(old))
    replace_file(path, encode(fresh))
    return network_id(fresh).hex()


def write_configuration(directory: Path, plan: Plan) -> None:
    """Write network.toml, client.toml and every node.toml, in place of what was there."""
    places = node_places(directory, plan)
    for place in places:
        write_node(place, places, plan)
    write_client(directory, places, plan)
    write_plan(directory, plan)


def write_plan(directory: Path, plan: Plan) -> None:
    """Write what the network consists of, in place of what was there."""
    replace_file(directory / PLAN_FILE, render_plan(plan).encode())


def write_node(place: NodePlace, places: list[NodePlace], plan: Plan) -> None:
    """Write the configuration of one node, in place of what was there."""
    replace_file(place.directory / "node.toml", _node_toml(place, places, plan).encode())


def write_client(directory: Path, places: list[NodePlace], plan: Plan) -> None:
    """Write where commands find the nodes, in place of what was there."""
    replace_file(directory / CLIENT_FILE, client_toml(places, plan).encode())


def _node_toml(place: NodePlace, places: list[NodePlace], plan: Plan) -> str:
    host = json.dumps(plan.listen or place.host)
    lines = [
        "[node]",
        f'organisation = "{place.organisation}"',
        f'name = "{NODE_NAME}"',
        'genesis = "../../genesis.json"',
        'data = "data"',
        "",
        "[api]",
        f"host = {host}",
        f"port = {place.api_port}",
        *_https(place),
        "",
        "[peer]",
        f"host = {host}",
        f"port = {place.peer_port}",
        "",
        "[keys]",
        *_node_keys(place.directory / "node.toml"),
    ]
    if place.kind == "validator":
        names = sorted((file.name for file in (place.directory / "keys").glob("validator*.key")), key=_by_age)
        keys = [f"keys/{name}" for name in names]
        lines.append(f"validator = {json.dumps(keys[0] if len(keys) == 1 else keys)}")
    lines += ["", "[log]", 'level = "info"', 'format = "text"']
    for peer in places:
        if peer != place:
            lines += ["", "[[peers]]", f'organisation = "{peer.organisation}"', f'name = "{NODE_NAME}"']
            lines += [f"host = {json.dumps(peer.host)}", f"port = {peer.peer_port}"]
    return "\n".join(lines) + "\n"


def _https(place: NodePlace) -> list[str]:
    """The lines of `[api]` for browsers of other machines."""
    if not place.authorities:
        return []
    return [
        f"https_port = {place.https_port}",
        f"tls_certificate = {json.dumps(CERTIFICATE_FILE)}",
        f"tls_key = {json.dumps(TLS_KEY_FILE)}",
        f"authorities = {json.dumps(place.authorities)}",
    ]


def _node_keys(file: Path) -> list[str]:
    """Which node key is in use, as the configuration says where there is one, and all contents keys."""
    keys = read_toml(file).get("keys", {}) if file.is_file() else {}
    contents = sorted(path.name for path in (file.parent / "keys").glob("contents*.key"))
    names = [f"keys/{name}" for name in contents]
    return [f"node = {json.dumps(keys.get('node', 'keys/node.pem'))}", f"contents = {json.dumps(names)}"]


def client_toml(places: list[NodePlace], plan: Plan) -> str:
    """The text of client.toml."""
    lines = ["# Where the nodes are, and whose node an organisation without one uses.", "", "[nodes]"]
    lines += [f'"{place.organisation}" = "{place.url}"' for place in places]
    lines += ["", "[served_by]"]
    lines += [
        f'"{organisation.id}" = "{organisation.uses}"'
        for organisation in plan.organisations
        if organisation.uses
    ]
    secure = [place for place in places if place.authorities]
    lines += ["", "[https]"] if secure else []
    lines += [f'"{place.organisation}" = "https://{place.authorities[0]}"' for place in secure]
    return "\n".join(lines) + "\n"
