"""`sealane network hand-out`: what the first container of a network in containers does.

It makes all keys and the genesis, puts what belongs to one organisation into that
organisation's volume, and what everybody may read into a public one. It does so once.
Later it only sees that the compose file still says what the network was made from:
a ledger must not be left behind, or a key used for two networks, because of an edit.
"""

from __future__ import annotations

import difflib
import json
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.context import CLIENT_FILE, GENESIS_FILE
from cli.errors import CliError
from cli.files import write_new
from cli.network_containers import MONITORS, published
from cli.network_files import client_toml, create_network, node_places
from cli.network_plan import PLAN_FILE, Plan, read_plan, render_plan
from cli.output import Output, table
from ledger.genesis import network_id, parse_genesis

NODE_USER: Final = 10_001
"""Whom nodes and tools run as in `docker/Dockerfile`; user and group are the same."""

DATABASE_USER: Final = 10_002
"""Whom a database runs as in `docker/postgres.Dockerfile`."""

MONITOR_USER: Final = 10_003
"""Whom Prometheus and Grafana run as, as compose files say."""

STORAGE_FILE: Final = "storage"
"""Names where the nodes keep their ledgers, so that another choice later is noticed."""

TARGETS_FILE: Final = "prometheus/nodes/network.json"
"""Where Prometheus finds the nodes: one entry each, with the label `node` that dashboards and alerts use."""

PASSWORD_BYTES: Final = 32

_ONLY_OWNER, _ALL_MAY_READ = 0o700, 0o755


def hand_out(
    output: Output,
    volumes: Annotated[Path, typer.Argument(metavar="DIR", help="Where the volumes are mounted.")],
    plan: Annotated[
        str, typer.Option("--plan", envvar="SEALANE_PLAN", metavar="TOML", help="The plan itself, as text.")
    ],
    storage: Annotated[
        str,
        typer.Option(
            "--storage", envvar="SEALANE_STORAGE", metavar="URL", help="Where nodes keep their ledgers."
        ),
    ] = "",
    port_prefix: Annotated[
        int | None,
        typer.Option(
            "--port-prefix",
            envvar="SEALANE_PORT_PREFIX",
            metavar="DIGITS",
            min=10,
            max=655,
            help="What the ports begin with at which browsers reach the nodes; as planned unless told.",
        ),
    ] = None,
) -> None:
    """Make a network's keys, and give each organisation's container its own and no others.

    Compose files run it in a container of its own before any node. DIR holds the
    volumes: nodes/ORG, databases/ORG, members, evidence, and network for what is
    public. A second run makes no key and touches no ledger, and fails when the plan is another one.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / PLAN_FILE).write_text(plan, encoding="utf-8")
        wanted = read_plan(work / PLAN_FILE)
        public = volumes / "network"
        made = not (public / GENESIS_FILE).exists()
        if made:
            _make(work / "made", volumes, wanted, storage)
        else:
            _check_unchanged(public, wanted, storage)
        _give_monitoring(volumes, wanted)
    places = node_places(public, wanted)
    pages = [f'"{p.organisation}" = "http://{published(p.api_port, wanted, port_prefix)}"' for p in places]
    client = [client_toml(places, wanted), "# Where a browser reaches them.", "[pages]", *pages, ""]
    _publish("\n".join(client).encode(), public / CLIENT_FILE)
    network = network_id(parse_genesis((public / GENESIS_FILE).read_bytes())).hex()
    value = {
        "network": network,
        "made": made,
        "nodes": [{"organisation": p.organisation, "kind": p.kind, "url": p.url} for p in places],
    }
    rows = [(p.organisation, p.kind, p.url) for p in places]
    text = [f"Network id {network}" + ("" if made else ", made before"), table(_COLUMNS, rows)]
    output.result(value, text)


_COLUMNS = ("organisation", "kind", "api among containers")


def _make(made: Path, volumes: Path, plan: Plan, storage: str) -> None:
    """Everything, the genesis last: where it is, all the rest is."""
    public = volumes / "network"
    create_network(made, plan, time_ms=int(time.time() * 1000))
    for organisation in plan.nodes:
        password = secrets.token_hex(PASSWORD_BYTES)
        node = made / "nodes" / organisation.id
        write_new(
            node / "keys" / "database.pgpass", f"database:5432:*:sealane:{password}\n".encode(), private=True
        )
        write_new(made / "databases" / organisation.id / "password", password.encode(), private=True)
        _give(node, volumes / "nodes" / organisation.id, NODE_USER)
        _give(made / "databases" / organisation.id, volumes / "databases" / organisation.id, DATABASE_USER)
        _mount_point(public / "nodes" / organisation.id)
    _give(made / "members", volumes / "members", NODE_USER)
    # A volume that is empty would take the rights of whatever lies beneath where it is mounted.
    write_new(made / "evidence" / GENESIS_FILE, (made / GENESIS_FILE).read_bytes())
    _give(made / "evidence", volumes / "evidence", NODE_USER)
    _mount_point(public / "members")
    _mount_point(public / "evidence")
    _publish((made / PLAN_FILE).read_bytes(), public / PLAN_FILE)
    _publish(storage.encode(), public / STORAGE_FILE)
    _publish((made / GENESIS_FILE).read_bytes(), public / GENESIS_FILE)


def _give(source: Path, volume: Path, user: int) -> None:
    """Put files into a volume, for its one user; whatever an interrupted attempt left there goes."""
    volume.mkdir(parents=True, exist_ok=True)
    for left in volume.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    shutil.copytree(source, volume, dirs_exist_ok=True)
    _own(volume, user)


def _give_monitoring(volumes: Path, plan: Plan) -> None:
    """What Prometheus and Grafana read, as this version has it, and where each keeps what is its own."""
    packed = Path(__file__).with_name("monitoring")
    source = packed if packed.is_dir() else Path(__file__).parents[1] / "docker"
    public = volumes / "network" / "monitoring"
    shutil.rmtree(public, ignore_errors=True)
    for name in MONITORS:
        kept = shutil.ignore_patterns(
            "nodes"
        )  # the corridor's, for whoever runs its nodes without containers
        shutil.copytree(source / name, public / name, ignore=kept, copy_function=shutil.copyfile)
        (volumes / name).mkdir(parents=True, exist_ok=True)
        _own(volumes / name, MONITOR_USER)
    targets = [
        {"targets": [f"{organisation.id}:{plan.api_port(place)}"], "labels": {"node": organisation.id}}
        for place, organisation in enumerate(plan.nodes)
    ]
    (public / TARGETS_FILE).parent.mkdir()
    (public / TARGETS_FILE).write_text(json.dumps(targets, indent=2), encoding="utf-8")
    for path in (public, *public.rglob("*")):
        path.chmod(_ALL_MAY_READ if path.is_dir() else 0o644)


def _own(directory: Path, user: int) -> None:
    """Let one user, and nobody else, into a directory that a container mounts."""
    directory.chmod(_ONLY_OWNER)
    if os.geteuid() == 0:
        for path in (*directory.rglob("*"), directory):
            os.chown(path, user, user)


def _mount_point(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(_ALL_MAY_READ)
    directory.parent.chmod(_ALL_MAY_READ)


def _publish(data: bytes, path: Path) -> None:
    """Write what everybody may read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.chmod(0o644)
    fresh.replace(path)


def _check_unchanged(public: Path, wanted: Plan, storage: str) -> None:
    """`CliError` when the network was made from something else than what is asked for now."""
    kept = (public / STORAGE_FILE).read_text(encoding="utf-8")
    if kept != storage:
        was, now = (text or "SQLite" for text in (kept, storage))
        raise CliError(
            f"this network keeps its ledgers in {was}, not in {now}",
            why="Started on empty ledgers, its validators would not sign what they may have signed before.",
            do="Start it as before; or delete it with `down --volumes`, and all its keys.",
            code="network.changed",
        )
    before, now = (public / PLAN_FILE).read_text(encoding="utf-8"), render_plan(wanted)
    if before != now:
        lines = difflib.unified_diff(before.splitlines(), now.splitlines(), "made from", "asked for", n=0)
        raise CliError(
            "the plan in the compose file is not the one that this network was made from",
            why="\n".join(line.rstrip() for line in lines),
            do="Use the file as it was; or delete the network with `down --volumes`, and all its keys.",
            code="network.changed",
        )
