"""What `sealane doctor` says about the nodes in a network directory: ports, processes, files, databases.

A database is only looked at while its node is stopped, and never changed. What is
damaged inside one, `sealane node check` finds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cli.context import GENESIS_FILE, read_toml
from cli.errors import CliError
from cli.finding import Finding
from cli.machines import in_containers, machines_in
from cli.processes import PID_FILE, port_is_free, running_pid

if TYPE_CHECKING:
    from cli.network_files import NodePlace
    from cli.network_plan import Plan

MIGRATIONS = Path(__file__).resolve().parents[1] / "nodes" / "storage" / "migrations" / "versions"
"""Files named after the schema revisions that the node installed here knows: `v0003_...`."""

QUICK_BYTES = 64 * 1024**2
"""Largest database that is read in full; of larger ones only what a node reads first."""


def local_nodes(directory: Path) -> Iterator[Finding]:
    """Whether the nodes of a network directory could start, and what is left of those that ended."""
    from cli.network_files import load_network
    from cli.network_plan import PLAN_FILE

    if not (directory / PLAN_FILE).is_file():
        yield Finding(name="ports", outcome="passed", sentence="No nodes are kept here.")
        return
    try:
        plan, places = load_network(directory)
    except CliError as error:
        yield _unreadable(error)
        return
    if in_containers(directory):
        yield _contained(directory)
        return
    idle = [place for place in places if running_pid(place.directory) is None]
    yield from _ports(directory, plan, places, idle)
    for place in idle:
        try:
            yield from _node(directory, place)
        except CliError as error:
            yield _unreadable(error)


def _contained(directory: Path) -> Finding:
    """How many containers of a network's nodes run; what is in them, only they see."""
    try:
        pids = machines_in(directory).pids()
    except CliError as error:
        return Finding(name="ports", outcome="failed", sentence=f"{error.what}.", do=error.do)
    running = sum(pid is not None for pid in pids.values())
    return Finding(
        name="ports", outcome="passed", sentence=f"{running} of {len(pids)} nodes run, in containers."
    )


def _ports(directory: Path, plan: Plan, places: list[NodePlace], idle: list[NodePlace]) -> Iterator[Finding]:
    ports = [port for place in idle for port in (place.api_port, place.peer_port)]
    taken = [str(port) for port in ports if not port_is_free(plan.host, port)]
    if taken:
        yield Finding(
            name="ports",
            outcome="failed",
            sentence=f"Port {', '.join(taken)} is used by another program.",
            do=f"sealane network up {directory} --port-base {plan.port_base + 1000}",
        )
    else:
        running = len(places) - len(idle)
        yield Finding(
            name="ports",
            outcome="passed",
            sentence=f"{running} nodes run here; the ports of the others are free.",
        )


def _node(directory: Path, place: NodePlace) -> Iterator[Finding]:
    """One node that does not run."""
    config = read_toml(place.directory / "node.toml")
    yield from _left_behind(place)
    data = place.directory / config.get("node", {}).get("data", "data")
    strangers = [path for path in (place.directory, data) if path.exists() and not _ours(path)]
    if strangers:
        yield Finding(
            name="files",
            outcome="failed",
            sentence=f"{strangers[0]} is not yours to write: the node of {place.organisation} cannot start.",
            do=f"sudo chown -R {os.environ.get('USER', '$USER')} {directory}",
        )
        return
    database = data / "ledger.db"
    if database.is_file() and "url" not in config.get("storage", {}):
        yield _database(directory, place, database)


def _unreadable(error: CliError) -> Finding:
    return Finding(
        name="files",
        outcome="failed",
        sentence=f"{error.what}. {error.why}".strip(),
        do="Mend that file, or put it back from a backup.",
    )


def _left_behind(place: NodePlace) -> Iterator[Finding]:
    """What a node that ended left: a number of a process, which is nobody's now."""
    try:
        text = (place.directory / PID_FILE).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return
    yield Finding(
        name="process",
        outcome="passed",
        sentence=f"{place.organisation} was process {text}, which has ended; {PID_FILE} is in nobody's way.",
    )


def _ours(path: Path) -> bool:
    """Whether this user owns a folder and can write it; what root wrote, others cannot write later."""
    owned = os.name != "posix" or path.stat().st_uid == os.geteuid()
    return owned and os.access(path, os.W_OK)


def _database(directory: Path, place: NodePlace, path: Path) -> Finding:
    """Whether a stopped node's database can be read, is of a known schema, and of this network."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            damage = _damage(connection, path)
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            first = connection.execute('SELECT statement_id FROM entry WHERE "index" = 0').fetchone()
    except (sqlite3.Error, TypeError) as error:
        damage, revision, first = str(error), "", None
    if damage:
        return Finding(
            name="database",
            outcome="failed",
            sentence=f"The database of {place.organisation} is damaged: {damage}.",
            do=f"sealane node repair {place.directory}",
        )
    known = {file.name[1:5] for file in MIGRATIONS.glob("v[0-9]*.py")}
    if revision not in known:
        return Finding(
            name="database",
            outcome="failed",
            sentence=f"The database of {place.organisation} has schema {revision}; "
            f"sealane here knows none after {max(known, default='any')}.",
            do="Install the release of sealane that wrote it, or a newer one.",
        )
    if first is not None and first[0].hex() != _network(directory):
        return Finding(
            name="database",
            outcome="failed",
            sentence=f"The database of {place.organisation} began with another genesis "
            f"({first[0].hex()[:16]}) than {directory / GENESIS_FILE}.",
            do="Put the genesis of that network back; or begin anew, losing what it holds: "
            f"sealane network reset {directory}",
        )
    return Finding(
        name="database", outcome="passed", sentence=f"The database of {place.organisation} can be read."
    )


def _damage(connection: sqlite3.Connection, path: Path) -> str:
    """What SQLite finds wrong, in one sentence; empty when nothing."""
    check = "quick_check(1)" if path.stat().st_size <= QUICK_BYTES else "schema_version"
    said = str(connection.execute(f"PRAGMA {check}").fetchone()[0])
    return "" if said == "ok" or said.isdecimal() else said.partition("\n")[0]


def _network(directory: Path) -> str:
    """Id of the network whose genesis the directory holds; empty when it holds none that can be read."""
    from cli.genesis import read_genesis
    from ledger.genesis import network_id

    try:
        return network_id(read_genesis(directory / GENESIS_FILE)).hex()
    except (OSError, CliError):
        return ""
