"""`sealane node`: run one node in the foreground, and look after it.

The only module of the command line that imports the node, and only inside the
functions that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.audit import ProcessesOption, UntilOption
from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.output import Output, clean, fields
from cli.processes import running_as_node

app = group("Run one node, and look after it.")

if TYPE_CHECKING:
    from nodes.backup import Manifest

_REMEDIES = {
    "rebuild": "stop the node, then: sealane node repair {directory}",
    "refetch": "stop the node, then: sealane node repair {directory}",
    "restore": "nothing but this node had this: bring it back from a backup",
    "by-hand": "follow the sentences above that say what to do",
}
"""What cures a finding, by its kind."""

NodeDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="Node directory: it holds node.toml.")]


@command(app, "run", examples=("sealane node run sealane-network/nodes/coral-line",))
def run(output: Output, directory: NodeDirectory) -> None:
    """Run a node until it is stopped with Ctrl-C or SIGTERM.

    It serves its API, connects to the other nodes and, with a validator key,
    takes part in sealing blocks. A second process for the same directory is
    refused: a validator that signs twice can be proven guilty.
    """
    config = _config_file(directory)
    with running_as_node(config.parent):
        from nodes.main import run as run_node

        code = run_node(config)
    if code:
        raise typer.Exit(code)
    output.note("stopped")


@command(app, "check", examples=("sealane node check sealane-network/nodes/coral-line",))
def check(output: Output, directory: NodeDirectory) -> None:
    """Look for damage in everything a node keeps: database, keys, journal, configuration.

    Each damaged row is named, with what cures it. Nothing is changed, and the
    node may run meanwhile.
    """
    from nodes.checking.node import check_node

    report = check_node(_config_file(directory))
    sound = not report.findings
    finding = f"Everything agrees up to block {report.height}, {report.entries} entries."
    if not sound:
        count = len(report.findings)
        finding = "One thing is damaged." if count == 1 else f"{count} things are damaged."
    value = {
        "directory": str(directory),
        "sound": sound,
        "finding": finding,
        "height": report.height,
        "entries": report.entries,
        "findings": [one.as_json() for one in report.findings],
    }
    output.result(value, [*(clean(one.sentence) for one in report.findings), finding])
    if not sound:
        for remedy in dict.fromkeys(_REMEDIES[one.cure.value] for one in report.findings):
            output.note(f"do: {remedy}".format(directory=directory))
        raise typer.Exit(ExitCode.REFUSED)


@command(
    app,
    "vouch",
    examples=("sealane node vouch sealane-network/nodes/coral-line --height 4711 --all-agree",),
)
def vouch(
    output: Output,
    directory: NodeDirectory,
    height: Annotated[int, typer.Option(help="Newest block that any node has.", min=0)],
    all_agree: Annotated[
        bool,
        typer.Option("--all-agree", help="All operators have agreed on the height, with every node stopped."),
    ] = False,
) -> None:
    """Let a validator whose signing journal is lost sign again above a height.

    Only for a network that stands still because too many journals were lost at
    once: otherwise such a validator waits by itself until it is safe. With every
    node stopped, all operators compare their newest blocks and agree on the
    highest. If any validator did sign above it and that is forgotten, it may now
    contradict itself, and the ledger can split: no software can find that out.
    """
    if not all_agree:
        raise CliError(
            "the operators must have agreed",
            why="Whoever signs twice at one height can split the ledger, and this command allows it.",
            do="Stop every node, agree on the newest block that any node has, then add --all-agree.",
            code="node.not-agreed",
        )
    from nodes.signing import vouch as write

    _keeping(lambda: write(_config_file(directory), height))
    output.result({"directory": str(directory), "height": height}, f"Signs again above block {height}.")


@command(app, "rejoin", examples=("sealane node rejoin sealane-network/nodes/coral-line",))
def rejoin(output: Output, directory: NodeDirectory) -> None:
    """Let a validator take part again after its key was found to have signed elsewhere.

    First find out why: another machine with the same key must never start again,
    and a journal from a backup must not be used. The journal then counts as lost:
    the validator waits until the others have sealed what it may have signed.
    """
    from nodes.signing import rejoin as write

    _keeping(lambda: write(_config_file(directory)))
    output.result({"directory": str(directory)}, "The signing journal counts as lost from now on.")


@command(
    app,
    "backup",
    examples=("sealane node backup sealane-network/nodes/coral-line -o coral-line.backup",),
)
def backup(
    output: Output,
    directory: NodeDirectory,
    target: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="New file for the backup.")],
) -> None:
    """Back up a node's ledger, contents and witness records; the node may run meanwhile.

    Contents stay sealed with the node's key. Keys and the signing journal are not
    in it: keep copies of the keys elsewhere, and of the journal none.
    """
    from nodes.backup import make_backup

    with _told(code="backup.failed"):
        manifest = make_backup(_config_file(directory), target)
    _present(output, manifest, target)


@command(
    app,
    "restore",
    examples=("sealane node restore coral-line.backup sealane-network/nodes/coral-line",),
)
def restore(
    output: Output,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `node backup` made.")],
    directory: NodeDirectory,
) -> None:
    """Put a backup back into a node directory that holds node.toml and the keys, but no ledger.

    The whole ledger is checked before it is put in place, and nothing is
    overwritten. A validator whose journal is lost signs again when the network has
    sealed beyond anything it could have signed.
    """
    from nodes.backup import restore_backup

    if not source.is_file():
        raise CliError(f"{source} is no file", do="Name a file that `sealane node backup` made.")
    config = _config_file(directory)
    with running_as_node(config.parent), _told(code="backup.refused"):
        manifest = restore_backup(source, config)
    _present(output, manifest, source)
    output.next(f"sealane node run {directory}")


@command(
    app,
    "audit",
    examples=(
        "sealane node audit sealane-network/nodes/coral-line --genesis HASH",
        "sealane node audit coral-line.backup --genesis genesis.json",
    ),
)
def audit(
    output: Output,
    place: Annotated[Path, typer.Argument(metavar="DIR|FILE", help="Node directory, or a backup.")],
    genesis: Annotated[str, typer.Option("--genesis", metavar="HASH|FILE", help="Genesis you trust.")],
    until: UntilOption = None,
    processes: ProcessesOption = None,
) -> None:
    """Check a node's chain as `sealane audit` does, from its database or a backup and without any network.

    The node may run meanwhile. Exits 1 and names the first block that is wrong.
    """
    from cli.anchors import choose_anchor
    from cli.chain_audit import run_audit
    from ledger.evidence.anchor import GenesisAnchor
    from nodes.backup import opened_chain

    anchor, origin = choose_anchor(genesis, None, None)
    if not isinstance(anchor, GenesisAnchor):
        raise CliError("an audit starts from a genesis", do="--genesis HASH|FILE")
    if not place.exists():
        raise CliError(f"{place} does not exist", do="Name a node directory or a backup.")
    with _told(code="audit.unreadable"), opened_chain(place) as chain:
        run_audit(output, chain, anchor, origin, where=str(place), until=until, processes=processes)


@command(app, "prune", examples=("sealane node prune sealane-network/nodes/coral-line --below 100000",))
def prune(
    output: Output,
    directory: NodeDirectory,
    below: Annotated[
        int, typer.Option("--below", metavar="HEIGHT", min=0, help="Blocks below this lose their entries.")
    ],
) -> None:
    """Drop old entries and superseded history of a stopped node, and give the space back.

    Headers, seals, sets, hashes, and what proves each record's present value
    stay: old evidence verifies, new evidence can be made. Whoever needs the rest
    must ask a node that keeps it. Nothing brings it back but another node.
    """
    from nodes.pruning import prune_node

    config = _config_file(directory)
    with running_as_node(config.parent), _told(code="prune.refused"):
        report = prune_node(config, below)
    shown = {
        "pruned below": f"block {report.below}",
        "entries dropped": report.entries,
        "versions dropped": report.versions,
        "database": f"{report.bytes_before} bytes before, {report.bytes_after} after",
    }
    output.result({"directory": str(directory), **report.as_json()}, fields(shown))


@command(app, "repair", examples=("sealane node repair sealane-network/nodes/coral-line",))
def repair(output: Output, directory: NodeDirectory) -> None:
    """Build the ledger of a stopped node anew from what of it still verifies.

    The first damaged block ends it: later ones come from peers when the node runs
    again. Contents are carried over, the damaged database is kept beside, and keys
    and signing journal are not touched.
    """
    from nodes.repair import repair_node

    config = _config_file(directory)
    with running_as_node(config.parent), _told(code="repair.refused"):
        report = repair_node(config)
    shown = {
        "ledger": f"up to block {report.height}; peers have the rest",
        "contents": f"{report.contents} kept, {report.contents_lost} lost",
        "damaged one": report.damaged,
    }
    output.result({"directory": str(directory), **report.as_json()}, fields(shown))
    output.next(f"sealane node run {directory}")


@contextmanager
def _told(*, code: str) -> Iterator[None]:
    """What the node's side refuses, as this command's error."""
    from nodes.backup import BackupError
    from nodes.config import ConfigError
    from nodes.pruning import PruningRefused
    from nodes.repair import RepairRefused
    from nodes.storage import StorageError

    try:
        yield
    except (BackupError, ConfigError, PruningRefused, RepairRefused, StorageError, OSError) as error:
        raise CliError(str(error), exit_code=ExitCode.REFUSED, code=code) from None


def _present(output: Output, manifest: Manifest, file: Path) -> None:
    value = {"file": str(file), **manifest.as_json()}
    shown = {
        "node": manifest.node,
        "network": manifest.network,
        "block": f"{manifest.height} {manifest.block_id}",
        "entries": manifest.entries,
        "files": ", ".join(f"{one.name} ({one.size} bytes)" for one in manifest.files),
    }
    output.result(value, fields(shown))


@command(app, "status", examples=("sealane node status", "sealane node status --node coral-line --json"))
def status(context: Context) -> None:
    """Show what a node says of itself: height, peers, and whether it is ready."""
    found = context.anonymous.status()
    text = fields((name.replace("_", " "), _plain(value)) for name, value in found.items())
    context.output.result(found, text)
    if not found.get("ready"):
        raise CliError(
            "the node is not ready",
            why="; ".join(found.get("reasons", ())),
            exit_code=ExitCode.UNREACHABLE,
            code="node.not-ready",
        )


def _keeping(write: Callable[[], None]) -> None:
    """Change what a stopped node remembers; the node's refusals become the command's."""
    from nodes.config import ConfigError
    from nodes.storage import StorageError

    try:
        write()
    except (ConfigError, StorageError) as error:
        raise CliError(str(error), exit_code=ExitCode.REFUSED, code="node.refused") from None


def _config_file(directory: Path) -> Path:
    config = directory if directory.is_file() else directory / "node.toml"
    if not config.is_file():
        raise CliError(
            f"{directory} is not a node directory",
            why="It has no node.toml.",
            do="sealane network init DIR makes node directories under DIR/nodes.",
            code="node.missing",
        )
    return config


def _plain(value: object) -> object:
    """A value of a node's status on one line; of what is planned, what it says."""
    if isinstance(value, dict):
        return value.get("said") or ", ".join(f"{name} {number}" for name, number in value.items())
    return ", ".join(str(_plain(item)) for item in value) or "none" if isinstance(value, list) else value
