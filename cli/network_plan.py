"""What a network is to consist of: `network.toml`, as a person writes it.

    name = "My network"
    port_base = 8400                 # optional
    host = "127.0.0.1"               # optional; where nodes are, {organisation} standing for their owner
    listen = "0.0.0.0"               # optional; the address they listen on, when that is not their host
    https = ["192.168.1.20"]         # as `network up --tls` writes it: how other machines reach this one
    [parameters]                     # optional; the genesis parameters, in milliseconds and bytes
    heartbeat_ms = 10000
    [[organisations]]
    id = "coral-line"
    name = "Coral Line"
    roles = ["carrier"]
    jurisdiction = "CN"              # customs offices and agencies
    node = "validator"               # or "observer"; without it the organisation has no node
    uses = "beibu-gulf-port"         # whose node it uses, when it has none
    entrusts = true                  # whether that node may open its contents; else its members do
    members = ["lin-tao"]            # the first administers the organisation

Keys and the genesis are made from a plan by `cli.network_files`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from cli.context import read_toml
from cli.errors import CliError
from ledger.genesis import Label, Name, Parameters

PORT_BASE = 8400
PORTS_PER_KIND = 50
"""Peer ports begin this far above API ports, further when there are more nodes."""

HOST = "127.0.0.1"
NODE_NAME = "node-1"
PLAN_FILE = "network.toml"

WebName = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-z][0-9a-z.-]*\Z", max_length=253)]
"""A host name or an IPv4 address, as a browser's address line has it."""


class Organisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One organisation of the plan."""

    id: Name
    name: Label
    roles: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    members: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    jurisdiction: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")] | None = None
    node: Literal["validator", "observer"] | None = None
    uses: str | None = None
    entrusts: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole network."""

    name: Label
    organisations: Annotated[tuple[Organisation, ...], msgspec.Meta(min_length=1)]
    port_base: Annotated[int, msgspec.Meta(ge=1024, le=65_000)] = PORT_BASE
    host: str = HOST
    """Where nodes are reached; `{organisation}` stands for whose a node is."""
    listen: str | None = None
    """Address that nodes listen on, when it is not their host."""
    https: Annotated[tuple[WebName, ...], msgspec.Meta(max_length=16)] = ()
    """Names and addresses under which browsers of other machines reach the nodes, over TLS."""
    parameters: Parameters = Parameters()

    @property
    def nodes(self) -> tuple[Organisation, ...]:
        """The organisations that run a node, in order: their place gives their ports."""
        return tuple(organisation for organisation in self.organisations if organisation.node)

    @property
    def validators(self) -> tuple[Organisation, ...]:
        """The organisations whose nodes sign blocks."""
        return tuple(organisation for organisation in self.organisations if organisation.node == "validator")

    def api_port(self, place: int) -> int:
        """API port of the node at a place."""
        return self.port_base + 1 + place

    def peer_port(self, place: int) -> int:
        """Port where other nodes reach the node at a place."""
        return self.port_base + 1 + self._ports_per_kind + place

    def https_port(self, place: int) -> int:
        """Port where the API of the node at a place is served over TLS to other machines, when it is."""
        return self.port_base + 1 + 2 * self._ports_per_kind + place

    @property
    def _ports_per_kind(self) -> int:
        return max(PORTS_PER_KIND, len(self.nodes))

    def host_of(self, place: int) -> str:
        """Host under which others reach the node at a place."""
        return self.host.replace("{organisation}", self.nodes[place].id)

    def url(self, place: int) -> str:
        """URL of the API of the node at a place."""
        return f"http://{self.host_of(place)}:{self.api_port(place)}"

    def authorities(self, place: int) -> tuple[str, ...]:
        """What comes behind `https://` for the node at a place, for each name of this machine."""
        return tuple(f"{name}:{self.https_port(place)}" for name in self.https)


def read_plan(path: Path) -> Plan:
    """The plan in a TOML file; `CliError` naming what is wrong with it."""
    try:
        plan = msgspec.convert(read_toml(path), Plan)
    except msgspec.ValidationError as error:
        raise CliError(f"{path} is not a plan of a network", why=str(error), code="config") from None
    check_plan(plan)
    return plan


def corridor_plan() -> Plan:
    """The corridor's cast, as shipped."""
    return read_plan(Path(__file__).with_name("corridor.toml"))


_CAST: tuple[tuple[tuple[str, ...], str | None], ...] = (
    (("customs",), "CN"),
    (("port_authority", "terminal"), None),
    (("carrier",), None),
    (("customs",), "VN"),
    (("forwarder", "customs_broker"), None),
    (("trader",), None),
    (("bank",), None),
)
"""Roles of plain organisations, in turn, so that any network of three can issue and clear a bill."""


def plain_plan(validators: int, observers: int) -> Plan:
    """A network of organisations named by number."""
    kinds: list[Literal["validator", "observer"]] = ["validator"] * validators
    kinds += ["observer"] * observers
    organisations = []
    for place, kind in enumerate(kinds):
        roles, jurisdiction = _CAST[place % len(_CAST)]
        organisation = Organisation(
            id=f"org-{place + 1}",
            name=f"Organisation {place + 1}",
            roles=roles,
            jurisdiction=jurisdiction,
            node=kind,
            members=("officer",) if "customs" in roles else ("operator",),
        )
        organisations.append(organisation)
    plan = Plan(name=f"Network of {len(kinds)} nodes", organisations=tuple(organisations))
    check_plan(plan)
    return plan


def check_plan(plan: Plan) -> None:
    """Refuse a plan without validators, with repeated names, unknown references or ports out of range."""
    ids = [organisation.id for organisation in plan.organisations]
    having = {organisation.id for organisation in plan.nodes}
    problem = ""
    if not plan.validators:
        problem = "No organisation has a validator, so nobody could seal a block."
    elif len(set(ids)) != len(ids):
        problem = "Two organisations have the same id."
    elif plan.peer_port(len(plan.nodes) - 1) > 65_535:
        problem = f"{len(plan.nodes)} nodes need ports above 65535: choose a lower port_base."
    elif plan.https and plan.https_port(len(plan.nodes) - 1) > 65_535:
        problem = "HTTPS needs ports above 65535: choose a lower port_base."
    for organisation in plan.organisations:
        if len(set(organisation.members)) != len(organisation.members):
            problem = f"{organisation.id} names a member twice."
        if organisation.uses is not None and organisation.uses not in having:
            problem = f"{organisation.id} uses the node of {organisation.uses}, which has none."
    if problem:
        raise CliError("this network cannot be made", why=problem, code="config")


def render_plan(plan: Plan) -> str:
    """The plan as `network.toml`."""
    lines = [f"name = {_toml(plan.name)}", f"port_base = {plan.port_base}", f"host = {_toml(plan.host)}"]
    lines += [f"listen = {_toml(plan.listen)}"] if plan.listen else []
    lines += [f"https = {_toml(plan.https)}"] if plan.https else []
    parameters = msgspec.to_builtins(plan.parameters)
    if parameters:
        lines += ["", "[parameters]", *(f"{name} = {value}" for name, value in parameters.items())]
    for organisation in plan.organisations:
        values = msgspec.structs.asdict(organisation)
        lines += ["", "[[organisations]]"]
        lines += [f"{name} = {_toml(value)}" for name, value in values.items() if value not in (None, False)]
    return "\n".join(lines) + "\n"


def _toml(value: str | bool | tuple[str, ...]) -> str:
    """A string, truth value or list of strings as TOML, which writes them as JSON does."""
    return json.dumps(value, ensure_ascii=False)
