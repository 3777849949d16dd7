"""`sealane network`: a network of nodes on this machine, for any number of organisations."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import network_founding, network_growth, network_hand_out, network_move
from cli.commands import command, group
from cli.context import find_directory
from cli.errors import CliError, ExitCode
from cli.network_options import DEFAULT, READY_TIMEOUT_S, Directory
from cli.output import Output, short, table

app = group("Make, start and stop a network of nodes on this machine.")

NewDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="Directory to make.")]
PortBase = Annotated[
    int | None,
    typer.Option("--port-base", help="First of the ports: APIs from the next one on, peers 51 further."),
]


@command(
    app,
    "init",
    examples=(
        "sealane network init sealane-network --corridor",
        "sealane network init lab --validators 7 --observers 2 --port-base 9000",
        "sealane network init mine --config network.toml",
        "sealane network init lab --corridor --host '{organisation}' --listen 0.0.0.0",
        "sealane network init room --docker --validators 7 --port-base 9000",
    ),
)
def init(
    output: Output,
    directory: NewDirectory = DEFAULT,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Plan of the network, as TOML.")
    ] = None,
    corridor: Annotated[bool, typer.Option("--corridor", help="The corridor's seven organisations.")] = False,
    validators: Annotated[
        int | None, typer.Option("--validators", min=1, max=100, help="Plain validators.")
    ] = None,
    observers: Annotated[
        int | None, typer.Option("--observers", min=0, max=100, help="Plain observers.")
    ] = None,
    port_base: PortBase = None,
    host: Annotated[
        str | None,
        typer.Option("--host", help="Where nodes are reached; {organisation} stands for their owner."),
    ] = None,
    listen: Annotated[
        str | None, typer.Option("--listen", help="Address nodes listen on, when it is not their host.")
    ] = None,
    docker: Annotated[
        bool, typer.Option("--docker", help="Write a compose file instead, for nodes in containers.")
    ] = False,
) -> None:
    """Make a network: every key, the genesis, and a configuration for each node.

    Without an option it has four validators. Nothing is started, and nothing
    that exists is overwritten. With --docker the keys are made when the containers
    first start, each in its organisation's volume and nowhere else.
    """
    from msgspec.structs import replace

    plan = _with_ports(_plan(config, corridor, validators, observers), port_base)
    plan = replace(plan, host=host or plan.host, listen=listen or plan.listen, https=())
    (_init_containers if docker else _init_here)(output, directory, plan)


def _init_here(output: Output, directory: Path, plan: Any) -> None:
    from cli.network_files import create_network, node_places
    from ledger.genesis import network_id

    genesis = create_network(directory, plan, time_ms=int(time.time() * 1000))
    places = node_places(directory, plan)
    value = {
        "directory": str(directory),
        "name": plan.name,
        "network": network_id(genesis).hex(),
        "genesis": str(directory / "genesis.json"),
        "validators": len(plan.validators),
        "nodes": [{"organisation": p.organisation, "kind": p.kind, "url": p.url} for p in places],
        "members": [f"{o.id}/{name}" for o in plan.organisations for name in o.members],
    }
    rows = [(p.organisation, p.kind, p.url, str(p.directory)) for p in places]
    output.result(
        value,
        [
            f"{plan.name}: {len(places)} nodes, {len(plan.validators)} of them validators.",
            table(("organisation", "kind", "url", "directory"), rows),
            f"Network id {network_id(genesis).hex()}",
        ],
    )
    output.next(f"sealane network up {directory}")


def _init_containers(output: Output, directory: Path, plan: Any) -> None:
    from cli import compose_file
    from cli import network_containers as containers
    from cli.files import write_new
    from cli.network_files import made_whole

    plan = containers.in_containers(plan)
    with made_whole(directory) as building:
        write_new(building / containers.COMPOSE_FILE, compose_file.render_compose(plan).encode())
        write_new(building / containers.POSTGRES_ENV_FILE, compose_file.render_postgres_env().encode())
    file = directory / containers.COMPOSE_FILE
    nodes = [
        {"organisation": o.id, "kind": o.node, "url": f"http://127.0.0.1:{plan.api_port(place)}"}
        for place, o in enumerate(plan.nodes)
    ]
    value = {"directory": str(directory), "name": plan.name, "compose": str(file), "nodes": nodes}
    rows = [(node["organisation"], node["kind"], node["url"]) for node in nodes]
    output.result(value, [f"{plan.name}: {file}", table(("organisation", "kind", "url"), rows)])
    output.next(f"docker compose -f {file} up --detach")


def _plan(config: Path | None, corridor: bool, validators: int | None, observers: int | None) -> Any:
    from cli.network_plan import corridor_plan, plain_plan, read_plan

    counted = validators is not None or observers is not None
    if sum((config is not None, corridor, counted)) > 1:
        raise CliError(
            "choose one of --config, --corridor, and --validators with --observers",
            why="Each of them says what the whole network consists of.",
        )
    if config is not None:
        return read_plan(config)
    if corridor:
        return corridor_plan()
    return plain_plan(4 if validators is None else validators, observers or 0)


def _with_ports(plan: Any, port_base: int | None) -> Any:
    from msgspec.structs import replace

    from cli.network_plan import check_plan

    moved = plan if port_base is None else replace(plan, port_base=port_base)
    if not 1024 <= moved.port_base <= 65_000:
        raise CliError(
            f"--port-base {port_base} is out of range", why="Ports from 1024 to 65000 can be a base."
        )
    check_plan(moved)
    return moved


@command(
    app,
    "up",
    examples=(
        "sealane network up sealane-network",
        "sealane network up lab --port-base 9400",
        "sealane network up sealane-network --tls",
        "sealane network up sealane-network --tls --tls-name classroom.local",
    ),
)
def up(
    output: Output,
    directory: Directory = None,
    port_base: PortBase = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve HTTPS to other machines, as phones need for the camera.")
    ] = False,
    tls_name: Annotated[
        list[str] | None,
        typer.Option("--tls-name", metavar="NAME", help="Name or address of this machine for --tls."),
    ] = None,
) -> None:
    """Start every node of a network, and wait until all are ready.

    Nodes keep running when this command ends, each writing to its node.log.
    Nodes that run already are left alone.

    With --tls other machines reach the same pages and API over HTTPS, under this
    machine's addresses or the names given, with certificates of an authority made
    for this network alone. Without it nodes listen to this machine only.
    """
    from cli.machines import machines_in, refuse_containers
    from cli.network_files import load_network, write_configuration

    directory = directory or find_directory() or DEFAULT
    plan, _ = load_network(directory)
    if port_base is not None and port_base != plan.port_base:
        refuse_containers(directory, "up --port-base")
        if any(machines_in(directory).pids().values()):
            raise CliError("ports cannot change while nodes run", do=f"sealane network down {directory}")
        plan = _with_ports(plan, port_base)
        write_configuration(directory, plan)
    if tls or tls_name or plan.https:
        from cli.network_https import as_asked

        plan = as_asked(output, directory, plan, tls=tls, names=tls_name or ())
    rows = machines_in(directory).up(output, timeout_s=READY_TIMEOUT_S)
    columns = ["organisation", "kind", "url", "pid"]
    shown = [[r[column] for column in columns] for r in rows]
    if plan.https:
        columns.append("on other machines")
        shown = [[*row, r["https"][0] if r["https"] else "-"] for row, r in zip(shown, rows, strict=True)]
    output.result({"directory": str(directory), "nodes": rows}, table(columns, shown))
    output.note("Each URL serves the API to programs and pages to browsers.")
    output.next(f"sealane network status {directory}")


@command(app, "down", examples=("sealane network down sealane-network",))
def down(output: Output, directory: Directory = None) -> None:
    """Stop every node of a network. Their data stays."""
    directory = directory or find_directory() or DEFAULT
    output.result(*_stopped(output, directory))
    output.next(f"sealane network up {directory}")


def _stopped(output: Output, directory: Path) -> tuple[dict[str, Any], str]:
    from cli.machines import machines_in

    outcomes = machines_in(directory).down(output)
    rows = [{"organisation": name, "outcome": outcome or "not running"} for name, outcome in outcomes.items()]
    value = {"directory": str(directory), "nodes": rows}
    return value, table(("organisation", "outcome"), [(r["organisation"], r["outcome"]) for r in rows])


@command(
    app,
    "status",
    examples=("sealane network status sealane-network", "sealane network status sealane-network --json"),
)
def status(output: Output, directory: Directory = None) -> None:
    """Show every node: whether it runs, its height, its peers, and why it is not ready.

    Exits 3 unless all nodes are ready.
    """
    from cli.machines import machines_in
    from cli.network_files import load_network
    from cli.network_up import describe

    directory = directory or find_directory() or DEFAULT
    _, places = load_network(directory)
    pids = machines_in(directory).pids()
    rows = [describe(place, pids[place.organisation]) for place in places]
    columns = ("organisation", "kind", "url", "pid", "height", "peers", "state")
    text = table(
        columns,
        [
            (
                r["organisation"],
                r["kind"],
                r["url"],
                r["pid"] or "-",
                _dash(r["height"]),
                _dash(r["peers"]),
                r["state"],
            )
            for r in rows
        ],
    )
    output.result({"directory": str(directory), "nodes": rows}, text)
    if any(row["state"] != "ready" for row in rows):
        raise typer.Exit(int(ExitCode.UNREACHABLE))


@command(app, "reset", examples=("sealane network reset sealane-network --yes",))
def reset(
    output: Output,
    directory: Directory = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop every node, delete its data, and write a new genesis with the same keys.

    It is a new network with a new id, because a validator must never sign one
    height of one network twice. Evidence of the old network still verifies
    against the old genesis, which is kept as genesis.<id>.json.
    """
    from cli.machines import refuse_containers
    from cli.network_files import load_network, renew_genesis
    from cli.processes import LOG_FILE

    directory = directory or find_directory() or DEFAULT
    refuse_containers(directory, "reset")
    _, places = load_network(directory)
    if not yes and not (
        output.interactive and typer.confirm(f"Delete the data of all nodes in {directory}?", err=True)
    ):
        raise CliError(
            "nothing was deleted", why="It was not confirmed.", do="Give --yes.", code="unconfirmed"
        )
    _stopped(output, directory)
    for place in places:
        shutil.rmtree(place.directory / "data", ignore_errors=True)
        (place.directory / LOG_FILE).unlink(missing_ok=True)
    network = renew_genesis(directory, time_ms=time.time_ns() // 1_000_000)
    output.result(
        {"directory": str(directory), "network": network, "reset": [place.organisation for place in places]},
        f"{len(places)} nodes are at a new genesis, network {short(network)}.",
    )
    output.next(f"sealane network up {directory}")


command(
    app,
    "add",
    examples=(
        "sealane network add pearl-line --role forwarder --member chen-li",
        "sealane network add khm-customs sealane-network --role customs --jurisdiction KH --observer",
    ),
    words={"role": "contracts.membership.model:Role"},
)(network_growth.add)
command(app, "rotate", examples=("sealane network rotate coral-line sealane-network",))(network_growth.rotate)


def _dash(value: object) -> object:
    return "-" if value is None else value


command(
    app,
    "join-request",
    examples=("sealane network join-request coral-line agreed.toml coral-line-network",),
)(network_founding.join_request)
command(
    app,
    "assemble",
    examples=(
        "sealane network assemble coral-line-network requests/*.join.json",
        "sealane network assemble my-network a.join.json b.join.json --time-ms 1790000000000",
    ),
)(network_founding.assemble)
command(app, "hand-out", examples=('sealane network hand-out /volumes --plan "$(cat network.toml)"',))(
    network_hand_out.hand_out
)
command(
    app,
    "save",
    examples=(
        "sealane network save sealane-network -o corridor.sealane",
        "sealane network save sealane-network -o room.sealane --copies",
    ),
)(network_move.save)
command(app, "load", examples=("sealane network load corridor.sealane sealane-network",))(network_move.load)
