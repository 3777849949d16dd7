"""Dashboards and alerts in a real Prometheus: each expression is understood and finds what it should show."""

from __future__ import annotations

import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ledger.canonical import parse_json
from tests.e2e.world import HAIPHONG, OBSERVER, World, eventually
from tests.monitoring.conftest import RULES, Prometheus
from tools.tree import ROOT

DASHBOARDS = ROOT / "docker/grafana/dashboards"
ALERT_TESTS = Path(__file__).with_name("alerts.yml")

VALUES_OF = re.compile(r"label_values\((\w+), (\w+)\)")
"""How a dashboard's variable says what it may be."""

SHOWN_S, STEP_S = 3600, 15
"""What a panel over time looks at, as the dashboards do when they are opened, and how finely."""


def run(*command: str | Path, text: bytes = b"") -> None:
    """A program that must find nothing to complain of."""
    done = subprocess.run(command, input=text, capture_output=True, timeout=120, check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    assert "warning" not in said.lower(), said


def board(name: str) -> Any:
    return parse_json((DASHBOARDS / f"{name}.json").read_bytes())


def targets(dashboard: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every expression of every panel, with the panel's title."""
    for panel in dashboard["panels"]:
        yield from ((panel["title"], one) for one in panel.get("targets", ()))


def ask(prometheus: Prometheus, target: dict[str, Any], node: str) -> list[dict[str, Any]]:
    """The series of an expression, asked for as Grafana does for this panel and this node."""
    expression = target["expr"].replace("$node", node)
    assert "$" not in expression, "a variable that nobody fills"
    if target.get("instant"):
        return prometheus.query(expression)
    now_s = time.time()
    found = prometheus.get("query_range", query=expression, start=now_s - SHOWN_S, end=now_s, step=STEP_S)
    series: list[dict[str, Any]] = found["result"]
    return series


def numbers(series: dict[str, Any]) -> list[float]:
    samples = series["values"] if "values" in series else [series["value"]]
    return [value for _, text in samples if math.isfinite(value := float(text))]


def unseen(prometheus: Prometheus, name: str) -> list[str]:
    """Panels of a dashboard in which some expression draws nothing, for the node of Hai Phong Customs."""
    return [
        f"{title}: {target['expr']}"
        for title, target in targets(board(name))
        if not any(numbers(series) for series in ask(prometheus, target, HAIPHONG))
    ]


def test_promtool_finds_no_fault_in_the_configuration(promtool: str) -> None:
    run(promtool, "check", "config", RULES / "prometheus.yml")
    run(promtool, "check", "rules", RULES / "alerts.yml")


def test_alerts_come_when_they_should_and_not_before(promtool: str) -> None:
    run(promtool, "test", "rules", ALERT_TESTS)


def test_what_a_node_exports_is_as_prometheus_would_have_it(
    promtool: str, prometheus: Prometheus, world: World
) -> None:
    for name in world.places:
        run(promtool, "check", "metrics", text=httpx2.get(f"{world.url(name)}/metrics").content)


def test_every_node_is_scraped_without_an_error(prometheus: Prometheus, world: World) -> None:
    def found() -> dict[str, tuple[str, str]]:
        targets = prometheus.get("targets", state="active")["activeTargets"]
        return {one["labels"]["node"]: (one["health"], one["lastError"]) for one in targets}

    whole = dict.fromkeys(world.places, ("up", ""))
    eventually(lambda: found() == whole, "every node answers Prometheus")


@pytest.mark.parametrize("name", ["overview", "node"])
def test_every_panel_shows_what_there_is(prometheus: Prometheus, name: str) -> None:
    missing: list[str] = []

    def all_show() -> bool:
        missing[:] = unseen(prometheus, name)
        return not missing

    try:
        eventually(all_show, "all panels draw something")
    except AssertionError:
        pytest.fail(f"nothing is drawn by {missing}")
    for title, target in targets(board(name)):
        labels = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
        for series in ask(prometheus, target, HAIPHONG):
            assert labels <= series["metric"].keys(), f"{title}: a legend of nothing"


def test_a_dashboard_s_variable_lists_the_nodes(prometheus: Prometheus, world: World) -> None:
    (variable,) = board("node")["templating"]["list"]
    wanted = VALUES_OF.fullmatch(variable["query"]["query"])
    assert wanted is not None
    names = prometheus.get(f"label/{wanted[2]}/values", **{"match[]": wanted[1]})
    assert sorted(names) == sorted(world.places)
    for _, target in targets(board(variable["name"])):
        for name in names:
            ask(prometheus, target, name)  # understood, though a node may have nothing to show


def test_alerts_are_evaluated_and_one_is_raised_when_a_node_is_gone(
    prometheus: Prometheus, world: World
) -> None:
    def rules() -> dict[str, dict[str, Any]]:
        (group,) = prometheus.get("rules", type="alert")["groups"]
        return {rule["name"]: rule for rule in group["rules"]}

    def missed() -> list[dict[str, Any]]:
        return [one for one in rules()["SealaneNodeDown"]["alerts"] if one["labels"]["node"] == OBSERVER]

    eventually(lambda: all(rule["health"] == "ok" for rule in rules().values()), "all rules are evaluated")
    assert missed() == []
    world.kill(OBSERVER)
    eventually(lambda: bool(missed()), "Prometheus misses the node")
    assert missed()[0]["annotations"]["summary"] == f"{OBSERVER} does not answer"
