"""Which networks can run in containers, what their parts are called, and where their ports are published.

One container runs each node, and two organisations share nothing. The compose file that
says so is written by `cli.compose_file`.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from cli.errors import CliError
from cli.network_plan import HOST as LOOPBACK
from cli.network_plan import Plan, check_plan

COMPOSE_FILE: Final = "compose.yaml"
POSTGRES_ENV_FILE: Final = "postgres.env"

HOST: Final = "{organisation}"
LISTEN: Final = "0.0.0.0"  # noqa: S104 - inside a container whose ports are published on loopback alone

STORAGE_IN_CONTAINERS: Final = "postgresql://sealane@database/sealane"
"""A name in an organisation's own network, so that each node finds its own database."""

MONITORS: Final = ("prometheus", "grafana")
"""Services of the profile `monitoring`, each with a volume of the same name."""

MAX_POOLED: Final = 20
"""Networks that an engine's usual address pools surely hold; with more nodes each gets a subnet by name."""

MAX_NODES: Final = 200
"""Beyond it the subnet that all nodes share would be full."""

_OUR_NAMES: Final = frozenset(
    {
        "between",
        "cli",
        "database",
        "evidence",
        "members",
        "monitoring",
        "network",
        "setup",
        "verify",
        *MONITORS,
    }
)
_YAML_WORDS: Final = frozenset({"false", "n", "no", "null", "off", "on", "true", "y", "yes"})


def in_containers(plan: Plan) -> Plan:
    """The plan of the same network with its nodes in containers; `CliError` when it cannot be."""
    if (plan.host, plan.listen) != (LOOPBACK, None):
        raise CliError(
            "a network in containers has no hosts of its own choosing",
            why="Its nodes are called by their organisations' names.",
            do="Leave out --host and --listen, and `host` and `listen` in the plan.",
        )
    moved = replace(plan, host=HOST, listen=LISTEN)
    check_plan(moved)
    if len(moved.nodes) > MAX_NODES:
        raise CliError(f"a network in containers has {MAX_NODES} nodes at most", code="config")
    databases = {f"{name}-database" for name in names_of(moved)}
    taken = [
        name
        for name in names_of(moved)
        if name in _OUR_NAMES | _YAML_WORDS | databases or not name[0].isalpha()
    ]
    if taken:
        raise CliError(
            f"no container can be called {taken[0]}",
            why="It means something else in its compose file.",
            do="Give that organisation another id, which begins with a letter.",
            code="config",
        )
    return moved


def published(port: int, plan: Plan, prefix: int | str | None = None) -> str:
    """Where a port can be reached on the machine that runs the containers.

    What precedes its last two digits can be another `prefix`, when it is the same for all ports.
    """
    if prefix is None or plan.api_port(0) // 100 != monitoring_port(plan, 1) // 100:
        return f"{LOOPBACK}:{port}"
    return f"{LOOPBACK}:{prefix}{port % 100:02}"


def monitoring_port(plan: Plan, which: int) -> int:
    """Port of Prometheus (0) or Grafana (1): 91 and 92 above the base, or above the last node."""
    return plan.port_base + max(91, len(plan.nodes) + 1) + which


def names_of(plan: Plan) -> list[str]:
    """The organisations with a node, which their containers, networks and volumes are called after."""
    return [organisation.id for organisation in plan.nodes]
