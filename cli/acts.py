"""`sealane acts`: the reference of acts, conditions and refusals, offline, as this version has it."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands import command, single
from cli.errors import CliError
from cli.output import Output
from cli.words import did_you_mean

app = single("What can be done, by whom, when, and how it is refused otherwise.")


@command(
    app,
    "acts",
    examples=(
        "sealane acts",
        "sealane acts bill",
        "sealane acts bill.surrender",
        "sealane acts clearance.hold-open",
    ),
    words={"name": "contracts.catalogue:ACTS"},
)
def acts(
    output: Output,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A contract, an act or a refusal code; all without.")
    ] = None,
) -> None:
    """Say what a contract, an act or a refusal code means, from the tables that decide.

    Nothing is asked of a node: this is what the rules installed here say.
    """
    from contracts.catalogue import ACTS, CODES, TABLES
    from contracts.reference import act_section, lives

    if name is None:
        listed = {table: [act.name for act in rows] for table, rows in TABLES.items()}
        output.result(
            {"contracts": listed}, [f"{table}: {', '.join(names)}" for table, names in listed.items()]
        )
    elif name in TABLES:
        rows = [(act.name, act.summary) for act in TABLES[name]]
        text = [*lives(TABLES[name]), "\n".join(f"{act}: {summary}" for act, summary in rows)]
        output.result({"contract": name, "acts": dict(rows)}, "\n\n".join(text))
    elif name in ACTS:
        act = ACTS[name]
        conditions = [{"holds": guard.holds, "code": guard.code.code} for guard in act.conditions]
        value = {"act": name, "summary": act.summary, "conditions": conditions}
        output.result(value, act_section(act))
    elif name in CODES:
        code = CODES[name]
        asked = [act.name for act in ACTS.values() if any(g.code is code for g in act.conditions)]
        said = {"code": name, "says": code.sentence, "do": code.hint, "final": code.final, "acts": asked}
        final = "It is final." if code.final else "It means: not now."
        where = f"Acts that ask: {', '.join(asked) or 'all, or none by a condition of its own'}"
        output.result(said, [code.sentence, code.hint, final, where])
    else:
        raise CliError(
            f"there is no contract, act or refusal code {name}",
            why=did_you_mean(name, (*TABLES, *ACTS, *CODES)),
            do="sealane acts",
            code="acts.unknown",
            field="NAME",
        )
