"""A compose file gives each container what is its own and nothing else. No Docker is needed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from cli.compose_file import render_compose
from cli.errors import CliError
from cli.network_containers import (
    COMPOSE_FILE,
    MAX_NODES,
    MAX_POOLED,
    MONITORS,
    POSTGRES_ENV_FILE,
    in_containers,
    monitoring_port,
    published,
)
from cli.network_hand_out import DATABASE_USER, MONITOR_USER, NODE_USER
from cli.network_plan import Plan, corridor_plan, plain_plan, read_plan
from ledger.canonical import parse_json
from tests.cli.conftest import FakeNode, Run
from tests.cli.conftest import node as node  # noqa: PLC0414 - a fixture
from tests.cli.conftest import sealane as sealane  # noqa: PLC0414 - a fixture
from tools.tree import ROOT

FOLDER = ROOT / "docker"
SHARED = {"network": "/network:ro"}

PLANS = {
    "corridor": corridor_plan(),
    "alone": plain_plan(1, 0),
    "seven": replace(plain_plan(5, 2), port_base=9000),
    "odd-ports": replace(plain_plan(4, 0), port_base=8497),
    "many": plain_plan(22, 0),
}

Services = dict[str, Any]


@pytest.fixture(scope="module", params=PLANS.values(), ids=PLANS.keys())
def plan(request: pytest.FixtureRequest) -> Plan:
    return in_containers(request.param)


@pytest.fixture(scope="module")
def whole(plan: Plan) -> dict[str, Any]:
    return read(render_compose(plan))


@pytest.fixture(scope="module")
def services(whole: dict[str, Any]) -> Services:
    return dict(whole["services"])


def read(text: str) -> dict[str, Any]:
    return dict(yaml.load(text, yaml.CSafeLoader))


def nodes(plan: Plan) -> list[str]:
    return [organisation.id for organisation in plan.nodes]


def mounts(service: dict[str, Any]) -> dict[str, str]:
    return dict(item.split(":", 1) for item in service["volumes"])


def test_the_same_plan_gives_the_same_file(plan: Plan) -> None:
    assert render_compose(plan) == render_compose(plan)


def test_services_are_the_nodes_with_what_is_chosen_and_three_tools(plan: Plan, services: Services) -> None:
    databases = {f"{name}-database" for name in nodes(plan)}
    assert services.keys() == {*nodes(plan), *databases, *MONITORS, "setup", "cli", "verify"}
    unconditional = {name for name, service in services.items() if "profiles" not in service}
    assert unconditional == {"setup", *nodes(plan)}
    profiles = {name: service["profiles"] for name, service in services.items() if "profiles" in service}
    assert {name for name in profiles if profiles[name] == ["postgres"]} == databases
    assert {name for name in profiles if profiles[name] == ["monitoring"]} == {*MONITORS}


def test_a_volume_of_an_organisation_is_mounted_by_its_own_containers_alone(
    plan: Plan, services: Services
) -> None:
    for name in nodes(plan):
        assert mounts(services[name]) == {**SHARED, name: f"/network/nodes/{name}"}
        assert mounts(services[f"{name}-database"]) == {f"{name}-database": "/var/lib/sealane-postgres"}
    assert mounts(services["cli"]) == {
        **SHARED,
        "members": "/network/members:ro",
        "evidence": "/network/evidence",
    }
    assert mounts(services["prometheus"]) == {**SHARED, "prometheus": "/data"}
    assert mounts(services["grafana"]) == {**SHARED, "grafana": "/data"}
    assert mounts(services["verify"]) == {**SHARED, "evidence": "/network/evidence:ro"}


def test_an_organisation_s_network_is_its_own(plan: Plan, whole: dict[str, Any]) -> None:
    services = whole["services"]
    assert whole["networks"].keys() == {"between", "monitoring", *nodes(plan)}
    for name in nodes(plan):
        assert services[name]["networks"] == ["between", name]
        assert services[f"{name}-database"]["networks"] == {name: {"aliases": ["database"]}}
    assert whole["networks"]["between"]["internal"] is True, "what nodes say to one another goes no further"
    inner = {name for name, network in whole["networks"].items() if network.get("internal")}
    assert inner == {"between"}, "ports are published from all others"
    assert services["cli"]["networks"] == nodes(plan)
    assert services["prometheus"]["networks"] == ["monitoring", *nodes(plan)]
    assert services["grafana"]["networks"] == ["monitoring"]
    assert services["setup"]["network_mode"] == services["verify"]["network_mode"] == "none"


def test_many_networks_have_subnets_that_do_not_overlap() -> None:
    few, many = (
        read(render_compose(in_containers(plain_plan(count, 0))))["networks"]
        for count in (MAX_POOLED, MAX_NODES // 2)
    )
    assert not any("ipam" in network for network in few.values())
    written = {network["ipam"]["config"][0]["subnet"] for network in many.values()}
    for base in ("10.231", "172.30"):
        subnets = [ip_network(text.replace("${SEALANE_SUBNET:-10.231}", base)) for text in written]
        assert len(subnets) == len(many)
        assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


def test_setup_fills_every_volume(whole: dict[str, Any]) -> None:
    given = mounts(whole["services"]["setup"])
    assert given.keys() == whole["volumes"].keys()
    assert all(path.startswith("/volumes/") for path in given.values())


def test_the_plan_travels_in_the_file(plan: Plan, services: Services, tmp_path: Path) -> None:
    text = services["setup"]["environment"]["SEALANE_PLAN"].replace("$$", "$")
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    assert read_plan(tmp_path / "plan.toml") == plan


@pytest.mark.parametrize(
    "name", ["costs $5 ${HOME} $$", "钦州港 → Hải Phòng", 'a "quoted" \\ name', "line\x85next\u2028paragraph"]
)
def test_any_name_survives_the_file(name: str, tmp_path: Path) -> None:
    plan = in_containers(replace(plain_plan(1, 0), name=name))
    whole = read(render_compose(plan))
    written = whole["services"]["setup"]["environment"]["SEALANE_PLAN"]
    assert not re.search(r"(?<!\$)(\$\$)*\$(?!\$)", written), "compose would put a variable in"
    (tmp_path / "plan.toml").write_text(written.replace("$$", "$"), encoding="utf-8")
    assert read_plan(tmp_path / "plan.toml") == plan


def test_ports_are_those_of_the_plan_on_loopback_alone(plan: Plan, services: Services) -> None:
    prefix = services["setup"]["environment"]["SEALANE_PORT_PREFIX"]
    assert re.fullmatch(rf"\$\{{SEALANE_PORT_PREFIX:-{plan.api_port(0) // 100}\}}", prefix)
    for place, name in enumerate(nodes(plan)):
        node, port = services[name], str(plan.api_port(place))
        ((outside, inside),) = (published.rsplit(":", 1) for published in node["ports"])
        assert re.sub(r"\$\{SEALANE_PORT_PREFIX:-(\d+)\}", r"\1", outside) == f"127.0.0.1:{port}"
        assert inside == node["environment"]["SEALANE_API__PORT"] == port
        assert node["environment"]["SEALANE_API__AUTHORITIES"] == f'["{name}:{port}", "{outside}"]'
    for which, (name, inside) in enumerate({"prometheus": "9090", "grafana": "3000"}.items()):
        (written,) = services[name]["ports"]
        at_once = written.replace(prefix, str(plan.port_base // 100))
        assert at_once == f"{published(monitoring_port(plan, which), plan)}:{inside}"
        assert written.startswith("127.0.0.1:")
    assert all("ports" not in services[name] for name in services.keys() - {*nodes(plan), *MONITORS})
    ports = [port for name in (*nodes(plan), *MONITORS) for port in services[name]["ports"]]
    assert len({port.rsplit(":", 1)[0] for port in ports}) == len(ports)


def test_every_service_is_confined(services: Services) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["tmpfs"] == ["/tmp:size=64m,mode=1777,noexec,nosuid,nodev"], name
        assert service["mem_limit"] == "1g", name
        assert (service["pids_limit"], service["cpus"]) == (256, 1.0), name
        assert service["ulimits"] == {"core": 0}, "what a dying process knew is not written anywhere"
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        assert not {"privileged", "devices", "pid", "ipc", "userns_mode"} & service.keys(), name
    assert {name for name, service in services.items() if "cap_add" in service} == {"setup"}


def test_every_service_runs_as_the_user_whose_files_it_is_given(services: Services) -> None:
    """Whatever the image says: another one may be named, and might run as root."""
    users = {"setup": 0} | dict.fromkeys(MONITORS, MONITOR_USER)
    users |= {name: DATABASE_USER for name in services if name.endswith("-database")}
    for name, service in services.items():
        user = users.get(name, NODE_USER)
        assert service["user"] == f"{user}:{user}", name


def test_nothing_is_built_or_pulled_when_it_starts(services: Services) -> None:
    assert {service["pull_policy"] for service in services.values()} == {"never"}
    assert not any("build" in service for service in services.values())


def test_no_node_starts_before_its_keys_are_there(plan: Plan, services: Services) -> None:
    for name in (*nodes(plan), *(f"{name}-database" for name in nodes(plan)), *MONITORS):
        assert services[name]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}
        assert services[name]["restart"] == "unless-stopped"


def test_grafana_reads_what_is_handed_out_and_asks_the_internet_for_nothing(services: Services) -> None:
    settings = services["grafana"]["environment"]
    provisioning = FOLDER / settings["GF_PATHS_PROVISIONING"].removeprefix("/network/monitoring/")
    (source,) = read((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    asks = {
        "ANALYTICS_REPORTING_ENABLED",
        "ANALYTICS_CHECK_FOR_UPDATES",
        "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
        "NEWS_NEWS_FEED_ENABLED",
        "PLUGINS_PLUGIN_ADMIN_ENABLED",
        "SNAPSHOTS_EXTERNAL_ENABLED",
    }
    assert {settings[f"GF_{name}"] for name in asks} == {"false"}
    keeps_silent = {
        "PLUGINS_PREINSTALL_DISABLED",
        "PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED",
        "SECURITY_DISABLE_GRAVATAR",
    }
    assert {settings[f"GF_{name}"] for name in keeps_silent} == {"true"}


def test_the_engine_s_socket_is_given_to_nobody(plan: Plan) -> None:
    assert "docker.sock" not in render_compose(plan)


@pytest.mark.parametrize("name", ["setup", "grafana", "cli", "no", "null", "1e3", "2026-11-21"])
def test_an_organisation_is_not_called_what_means_something_else(name: str) -> None:
    (first, *others) = plain_plan(2, 0).organisations
    with pytest.raises(CliError, match="no container can be called"):
        in_containers(replace(plain_plan(2, 0), organisations=(replace(first, id=name), *others)))


def test_an_organisation_is_not_called_like_another_s_database() -> None:
    (first, second, *_) = plain_plan(2, 0).organisations
    clash = replace(second, id=f"{first.id}-database")
    with pytest.raises(CliError, match="no container can be called org-1-database"):
        in_containers(replace(plain_plan(2, 0), organisations=(first, clash)))


def test_hosts_of_one_s_own_do_not_go_with_containers(sealane: Run) -> None:
    for option in ("--host", "--listen"):
        done = sealane("network", "init", "net", "--docker", option, "192.0.2.1")
        assert done.exit_code == 2
        assert "hosts of its own choosing" in done.stderr


def test_init_writes_the_files_and_no_key(sealane: Run, tmp_path: Path) -> None:
    done = sealane("network", "init", "room", "--docker", "--validators", "3", "--port-base", "9100")
    assert done.exit_code == 0, done.stderr
    assert "http://127.0.0.1:9103" in done.stdout
    assert "docker compose -f room/compose.yaml up" in done.stderr
    assert {path.name for path in (tmp_path / "room").iterdir()} == {COMPOSE_FILE, POSTGRES_ENV_FILE}
    plan = in_containers(replace(plain_plan(3, 0), port_base=9100))
    assert (tmp_path / "room" / COMPOSE_FILE).read_text(encoding="utf-8") == render_compose(plan)
    again = sealane("network", "init", "room", "--docker")
    assert "exists already" in again.stderr


@pytest.mark.loopback
def test_a_container_is_healthy_while_its_node_answers_that_it_is(node: FakeNode) -> None:
    """The check that the image brings, as the engine runs it."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r'(?m)^HEALTHCHECK [^\[]*(\["python"(?:.|\\\n)*\])$', text)
    assert found is not None
    _, *words = parse_json(re.sub(r"\\\n\s*", "", found[1]).encode())

    def outcome() -> int:
        environment = os.environ | {"SEALANE_API__PORT": node.url.rpartition(":")[2]}
        done = subprocess.run([sys.executable, *words], check=False, env=environment, capture_output=True)
        return done.returncode

    node.replies["GET /healthz"] = [(200, {"alive": True}), (503, {"title": "200 problems"}), (0, b"")]
    assert [outcome() for _ in range(3)] == [0, 1, 1], "well, ill, and gone in the middle of it"
    assert [asked.path for asked in node.asked] == ["/healthz"] * 3
    node.url = "http://127.0.0.1:1"
    assert outcome() == 1, "nobody listens"


def test_images_are_built_from_pinned_files_and_run_as_nobody_special() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    installs = re.findall(r"install --quiet (?:[^&]|&(?!&))*", text)
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-index" in install
    assert text.index("USER sealane") < text.index("ENTRYPOINT")
    assert "STOPSIGNAL SIGTERM" in text
    database = (FOLDER / "postgres.Dockerfile").read_text(encoding="utf-8")
    assert database.index("USER ledger") < database.index("ENTRYPOINT")
    for file, user in ((text, NODE_USER), (database, DATABASE_USER)):
        assert f"--gid {user} " in file
        assert f"--uid {user} " in file
        assert "HEALTHCHECK" in file
