"""`sealane demo`: a network of five nodes, the corridor story on it, and evidence to take away."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import command, single
from cli.errors import CliError
from cli.output import Output, table

if TYPE_CHECKING:
    from cli.network_files import NodePlace
    from cli.story_stage import Machines, Stage

app = single("A network, the corridor story and its evidence, in one command.")

DEFAULT = Path("sealane-demo")

READY_TIMEOUT_S = 120.0
"""How long the slowest node may take to be ready on an old laptop; an idle one takes two seconds."""

HEARTBEAT_MS = 5_000
"""Shorter than a network in earnest has it, so that an onlooker sees blocks go by."""

SLOW_PAUSE_S = 2.0
"""Pause before each thing told, with `--slow`."""

MAX_RUNS = 10_000
"""Runs of the story on one network."""


@command(
    app,
    "demo",
    examples=("sealane demo", "sealane demo --once", "sealane demo --slow --port-base 9400 --dir room-b"),
)
def demo(
    output: Output,
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Network directory, made or used again.")
    ] = DEFAULT,
    port_base: Annotated[
        int | None, typer.Option("--port-base", metavar="N", help="First of the ports; 8400 unless told.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Play, verify, stop every node and exit.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Exit after the story and leave the nodes running.")
    ] = False,
    slow: Annotated[
        bool, typer.Option("--slow", help="Pause between steps, for a room that listens.")
    ] = False,
    elsewhere: Annotated[
        bool, typer.Option("--elsewhere", help="Its nodes run elsewhere, as in containers; start none.")
    ] = False,
) -> None:
    """Start the corridor's nodes on this machine and play its story through them.

    Four validators (two customs offices, a port, a shipping line) and an observer
    run as processes of their own. A bill of lading travels from Qinzhou to Hai
    Phong with its customs declarations; some things go wrong on purpose, and one
    node is killed. The evidence that remains is verified offline. Run it again:
    every run has numbers of its own. Exits 1 when anything goes otherwise.
    """
    if once and keep:
        raise CliError("choose --once or --keep", why="One stops the nodes at the end, the other does not.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if elsewhere:
        _play_elsewhere(output, directory, slow=slow)
        return
    places = _prepare(output, directory, port_base)
    try:
        stage = _perform(output, directory, places, slow=slow)
        _conclude(output, directory, places, stage)
        if not once and not keep:
            _wait_for_interrupt(output, directory, stage.papers.number)
    finally:
        if not keep:
            _stop(output, places)


def _prepare(output: Output, directory: Path, port_base: int | None) -> list[NodePlace]:
    """The nodes of the network, which is made when there is none."""
    from msgspec.structs import replace

    from cli.network_files import create_network, load_network, node_places, write_configuration
    from cli.network_plan import PLAN_FILE, check_plan, corridor_plan
    from cli.processes import running_pid

    if not (directory / PLAN_FILE).is_file():
        plan = corridor_plan()
        plan = replace(
            plan,
            port_base=port_base or plan.port_base,
            parameters=replace(plan.parameters, heartbeat_ms=HEARTBEAT_MS),
        )
        check_plan(plan)
        create_network(directory, plan, time_ms=int(time.time() * 1000))
        output.note(f"made the network in {directory}: keys, genesis and {len(plan.nodes)} configurations")
    plan, places = load_network(directory)
    if port_base is not None and port_base != plan.port_base:
        if any(running_pid(place.directory) for place in places):
            raise CliError("ports cannot change while nodes run", do=f"sealane network down {directory}")
        plan = replace(plan, port_base=port_base)
        check_plan(plan)
        write_configuration(directory, plan)
        places = node_places(directory, plan)
    return places


def _play_elsewhere(output: Output, directory: Path, *, slow: bool) -> None:
    """Play the story on nodes that run already; where one is to fail, ask for it."""
    from cli.network_files import load_network
    from cli.story import play
    from cli.story_elsewhere import MachinesElsewhere

    _, places = load_network(directory)
    machines = MachinesElsewhere(output, places)
    machines.await_all()
    stage = _stage(output, directory, places, machines, slow=slow)
    try:
        play(stage)
    finally:
        stage.close()
    _conclude(output, directory, places, stage)


def _perform(output: Output, directory: Path, places: list[NodePlace], *, slow: bool) -> Stage:
    """Start the nodes and play the story; `StoryFailed` when it goes otherwise than written."""
    from cli.network_up import bring_up
    from cli.story import play
    from cli.story_local import LocalMachines

    rows = bring_up(output, directory, places, timeout_s=READY_TIMEOUT_S)
    if not output.json:
        shown = [(row["organisation"], row["kind"], row["url"], row["pid"]) for row in rows]
        print(table(("organisation", "kind", "url", "pid"), shown), flush=True)
    stage = _stage(output, directory, places, LocalMachines(places), slow=slow)
    try:
        play(stage)
    finally:
        stage.close()
    return stage


def _stage(
    output: Output, directory: Path, places: list[NodePlace], machines: Machines, *, slow: bool
) -> Stage:
    from cli.context import GENESIS_FILE
    from cli.story_cast import CAST
    from cli.story_stage import Stage
    from ledger.genesis import parse_genesis

    genesis = parse_genesis((directory / GENESIS_FILE).read_bytes())
    members = {
        f"{organisation.id}/{m.name}" for organisation in genesis.organisations for m in organisation.members
    }
    absent = sorted(set(CAST) - members)
    if absent:
        raise CliError(
            f"{directory} is not the corridor's network",
            why=f"It has no {', '.join(absent)}.",
            do="sealane demo --dir ANOTHER_DIRECTORY",
            code="demo.cast",
        )
    return Stage(
        output=output,
        directory=directory,
        genesis=genesis,
        papers=_fresh_papers(directory, genesis, places),
        machines=machines,
        pause_s=SLOW_PAUSE_S if slow else 0.0,
    )


def _fresh_papers(directory: Path, genesis: Any, places: list[NodePlace]) -> Any:
    """Papers under the first number that is neither on the ledger nor has a folder of evidence."""
    from cli.client import Client, Signer
    from cli.contents import bill_package
    from cli.files import read_bls_secret, read_signing_key
    from cli.story_cast import CARRIER
    from cli.story_papers import prepare_papers
    from cli.story_proof import evidence_folder

    organisation, _, name = CARRIER.partition("/")
    folder = directory / "members" / organisation
    secret = read_bls_secret(folder / "numbering.key")
    signer = Signer(member=CARRIER, key=read_signing_key(folder / f"{name}.pem"))
    url = next(place.url for place in places if place.organisation == organisation)
    client = Client(url, signer=signer, genesis=genesis)
    try:
        for run in range(1, MAX_RUNS):
            papers = prepare_papers(run)
            if evidence_folder(directory, papers.number).exists():
                continue
            if client.record(bill_package(papers.bill, secret).subject) is None:
                return papers
    finally:
        client.close()
    raise CliError("this network has seen the story too often", do="sealane demo --dir ANOTHER_DIRECTORY")


def _conclude(output: Output, directory: Path, places: list[NodePlace], stage: Stage) -> None:
    """What is left behind, and what to try with it."""
    from cli.story_proof import verify_commands

    commands = verify_commands(stage)
    value = {
        "directory": str(directory),
        "number": stage.papers.number,
        "bill": stage.things.bill,
        "nodes": [{"organisation": place.organisation, "url": place.url} for place in places],
        "events": stage.events,
        "verify": commands,
    }
    output.result(
        value,
        [
            "",
            "Everything went as the story says. Check it yourself, offline (the last one fails, as it must):",
            *(f"  {line}" for line in commands),
        ],
    )


def _wait_for_interrupt(output: Output, directory: Path, number: str) -> None:
    output.note("")
    output.note("The nodes keep running. Look around, from another terminal:")
    for line in ("history", "next"):
        output.note(f"  sealane bill {line} {number} --as red-river-imports --network {directory}")
    output.note(f"  sealane network status {directory}")
    output.note("Each URL above is a page in a browser too; this lets one see the bill there:")
    output.note(f"  sealane login --as red-river-imports --network {directory}")
    output.note(f"Stop them with Ctrl-C here, or: sealane network down {directory}")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        output.note("stopping")


def _stop(output: Output, places: list[NodePlace]) -> None:
    from cli.network_up import take_down

    take_down(output, places)
