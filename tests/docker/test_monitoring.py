"""Dashboards and alerts speak of what a node exports, and of nothing else. No Docker is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from cli.network_containers import in_containers
from cli.network_plan import corridor_plan
from ledger.canonical import parse_json
from nodes.api import indicator_metrics
from tests.nodes.api.conftest import rig as rig  # noqa: PLC0414 - a fixture
from tests.nodes.api.rig import Rig
from tests.nodes.indicators.sample import SAMPLE
from tools.tree import ROOT

PROMETHEUS, GRAFANA = ROOT / "docker/prometheus", ROOT / "docker/grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))

METRIC = re.compile(r"\b(?:sealane_[a-z0-9_]+|up)\b")
GROUPING = re.compile(r"\bby \(([^)]*)\)")
MATCHER = re.compile(r"\{([^}]*)\}")

TARGETS = {"node", "job", "instance", "le"}
"""Labels that a scrape adds, and that of a histogram's buckets."""

SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}


def yaml_of(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def panels(path: Path) -> Iterator[dict[str, Any]]:
    yield from (panel for panel in parse_json(path.read_bytes())["panels"] if panel["type"] != "row")


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml_of(PROMETHEUS / "alerts.yml")["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Where each expression stands, and what it says."""
    for path in DASHBOARDS:
        for panel in panels(path):
            yield from ((f"{path.name}: {panel['title']}", one["expr"]) for one in panel["targets"])
        for variable in parse_json(path.read_bytes())["templating"]["list"]:
            yield f"{path.name}: variable {variable['name']}", variable["query"]["query"]
    yield from ((f"alerts.yml: {rule['alert']}", rule["expr"]) for rule in alerts())


async def exported(rig: Rig) -> dict[str, set[str]]:
    """The labels of every series that a node exports, by name; those of its indicators from a sample."""
    async with rig.app.router.lifespan_context(rig.app):
        await rig.submit(rig.enrolment("second"))
        await rig.submit(rig.enrolment("second"))
        text = (await rig.client.get("/metrics")).text
    names: dict[str, set[str]] = {"up": set()}
    for family in text_string_to_metric_families(text):
        for suffix in SUFFIXES.get(family.type, ("",)):
            names.setdefault(family.name + suffix, set())
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    for gauge in indicator_metrics.families(SAMPLE, {"one": 1}):
        assert gauge.name in names, "the node does not export it"
        names[gauge.name] |= {label for sample in gauge.samples for label in sample.labels}
    names["sealane_contents_total"].add("action")
    return names


async def test_every_metric_and_label_of_a_panel_or_alert_is_exported(rig: Rig) -> None:
    names, used = await exported(rig), set()
    for place, expression in expressions():
        found = set(METRIC.findall(expression))
        assert found, f"{place} looks at nothing"
        assert found <= names.keys(), f"{place}: {sorted(found - names.keys())}"
        known = TARGETS.union(*(names[name] for name in found))
        groups = {label.strip() for group in GROUPING.findall(expression) for label in group.split(",")}
        matched = {
            re.split(r"[=!~]", one)[0].strip()
            for part in MATCHER.findall(expression)
            for one in part.split(",")
        }
        assert groups | matched <= known, f"{place}: {sorted((groups | matched) - known)}"
        used |= found
    unseen = {
        name for name in names if name not in used and not name.endswith(("_sum", "_count", "_created"))
    }
    assert unseen == set(), "a metric that no panel and no alert shows"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboards_are_whole(path: Path) -> None:
    board = parse_json(path.read_bytes())
    (source,) = yaml_of(GRAFANA / "provisioning/datasources/prometheus.yml")["datasources"]
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    for panel in panels(path):
        assert panel["datasource"] == {"type": "prometheus", "uid": source["uid"]}, panel["title"]
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"], "an empty panel says that it is"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for target in panel["targets"]:
            labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            grouped = {one.strip() for part in GROUPING.findall(target["expr"]) for one in part.split(",")}
            assert labels <= grouped | {"node"}, panel["title"]
    squares = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(squares)) == len(squares), "panels lie on each other"


def test_alerts_say_what_to_do() -> None:
    found = alerts()
    assert len(found) > 8
    assert len({rule["alert"] for rule in found}) == len(found)
    for rule in found:
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"]
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]


def test_prometheus_reads_the_rules_and_scrapes_every_node_of_the_corridor() -> None:
    config = yaml_of(PROMETHEUS / "prometheus.yml")
    assert all((PROMETHEUS / name).is_file() for name in config["rule_files"])
    (job,) = config["scrape_configs"]
    assert {rule["expr"] for rule in alerts() if f'job="{job["job_name"]}"' in rule["expr"]}
    (pattern,) = job["file_sd_configs"][0]["files"]
    (listed,) = PROMETHEUS.glob(pattern)
    plan = in_containers(corridor_plan())
    assert parse_json(listed.read_bytes()) == [
        {"targets": [f"{plan.host_of(place)}:{plan.api_port(place)}"], "labels": {"node": one.id}}
        for place, one in enumerate(plan.nodes)
    ]
