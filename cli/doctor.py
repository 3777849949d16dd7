"""`sealane doctor`: look at this machine, the files and the nodes, and say what to type."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from cli.commands import command, single
from cli.context import Context
from cli.errors import ExitCode
from cli.output import clean

app = single("Find out what is wrong on this machine, and what to type.")


@command(app, "doctor", examples=("sealane doctor", "sealane doctor --network sealane-network --json"))
def doctor(context: Context) -> None:
    """Check Python, encodings, disk, proxies, key files, ports, databases, and every node known here.

    Checks nodes' readiness, software versions, network and clocks, whether enough of them answer,
    and with --as your key. Changes nothing. Exits 1 when something is wrong; warnings alone exit 0.
    """
    from cli.examination import examine
    from cli.finding import Finding

    findings = list(examine(context))
    wrong = sum(finding.outcome == "failed" for finding in findings)
    warnings = sum(finding.outcome == "warning" for finding in findings)

    def lines() -> Iterator[str]:
        for finding in findings:
            yield _line(finding)
            if finding.do:
                yield f"    do: {clean(finding.do)}"
        yield ""
        yield f"{len(findings)} checks: {wrong} wrong, {warnings} warnings."

    def _line(finding: Finding) -> str:
        words = {"passed": "ok", "failed": "wrong", "warning": "warning"}
        mark = context.output.mark(finding.outcome)
        return f"{mark} {words[finding.outcome]:<8} {finding.name:<10}  {clean(finding.sentence)}"

    value = {
        "wrong": wrong,
        "warnings": warnings,
        "checks": [
            {"name": f.name, "outcome": f.outcome, "sentence": f.sentence, "do": f.do} for f in findings
        ],
    }
    context.output.result(value, lines())
    if wrong:
        raise typer.Exit(int(ExitCode.REFUSED))
