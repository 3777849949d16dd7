"""`sealane clearance replay`: published customs scenarios, played on the contracts without any network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.clearance_group import app
from cli.commands import command
from cli.errors import CliError, ExitCode
from cli.output import Output, table

if TYPE_CHECKING:
    from cli.scenario_play import Player

DATA_VARIABLE = "SEALANE_CONFORMANCE_DATA"


@command(
    app,
    "replay",
    examples=(
        "sealane clearance replay TT_IM017a --data shared/data/hmrc-cds",
        "sealane clearance replay shared/data/hmrc-cds/sequences.json",
        "sealane clearance replay messages/my-scenario",
    ),
)
def replay(
    output: Output,
    scenario: Annotated[
        str,
        typer.Argument(metavar="FILE|SCENARIO", help="Folder of messages, list of steps, or a name in DIR."),
    ],
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help=f"Where scenarios are; else under ${DATA_VARIABLE}."),
    ] = None,
) -> None:
    """Play what customs published about a declaration on this version of the rules.

    Every message becomes the acts that the table of status codes gives it; they are signed
    and executed in memory. Nothing leaves this machine. Exit code 1 when an act is refused.
    """
    from cli.scenario import load_scenarios
    from cli.scenario_play import Player
    from contracts.clearance.authority import UnknownStatus

    refused = 0
    value, lines = [], []
    for found in load_scenarios(_place(scenario, data)):
        player = Player(found)
        try:
            player.play()
        except UnknownStatus as error:
            raise CliError(f"{found.name} cannot be played", why=str(error), code="scenario.status") from None
        refused += player.refusal is not None
        value.append(_said(player))
        lines += _transcript(player)
    output.result({"scenarios": value, "refused": refused}, "\n".join(lines))
    if refused:
        raise typer.Exit(int(ExitCode.REFUSED))


def _place(text: str, data: Path | None) -> Path:
    """The file or folder that `text` names, by itself or among the scenarios at hand."""
    named = Path(text)
    if named.exists():
        return named
    known = os.environ.get(DATA_VARIABLE)
    folders = [data] if data is not None else [Path(known) / "hmrc-cds"] if known else []
    for folder in folders:
        for place in (folder / "scenarios" / text, folder / text):
            if place.is_dir():
                return place
    raise CliError(
        f"there is no scenario {text}",
        do=f"Give a folder or a file, or say where scenarios are: --data DIR, or ${DATA_VARIABLE}.",
        code="scenario.unknown",
    )


def _said(player: Player) -> dict[str, Any]:
    """The play as JSON."""
    return {
        "name": player.scenario.name,
        "ends": player.state,
        "refused": None if player.refusal is None else player.refusal.code,
        "steps": [
            {
                "told": done.told,
                "source": done.source,
                "act": done.act,
                "by": done.by,
                "state": done.state,
                "refused": None if done.refusal is None else done.refusal.code,
            }
            for done in player.done
        ],
    }


def _transcript(player: Player) -> list[str]:
    """The play for a person."""
    rows = [
        (done.told or "-", done.act or "(informs)", done.by, done.state, done.source) for done in player.done
    ]
    verdict = f"{player.scenario.name}: ends {player.state}."
    if player.refusal is not None:
        verdict = f"{player.scenario.name}: refused with {player.refusal.code}. {player.refusal.message}"
    return [table(("told", "act", "by", "then", "message"), rows), verdict, ""]
