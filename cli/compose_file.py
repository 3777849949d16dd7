"""The compose file of a network in containers, as text: it follows from the plan alone.

It works with `docker compose` and with docker-compose 1.29, holds no secret, and needs no
other file: the plan travels in it, and `sealane network hand-out`, which runs first, makes
the keys in the place where each of them stays. The same plan always gives the same file.
"""

from __future__ import annotations

import re
from typing import Final

from cli.network_containers import (
    COMPOSE_FILE,
    MAX_POOLED,
    MONITORS,
    STORAGE_IN_CONTAINERS,
    monitoring_port,
    names_of,
    published,
)
from cli.network_plan import Plan, render_plan

PROMETHEUS_IMAGE: Final = "prom/prometheus:v2.55.1"
GRAFANA_IMAGE: Final = "grafana/grafana:11.3.1"

_UNPRINTABLE = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def render_compose(plan: Plan) -> str:
    """The compose file for a plan that `in_containers` gave."""
    names = names_of(plan)
    parts = [_HEAD.format(count=len(names), title=_one_line(plan.name)), _ANCHORS, _setup(plan, names)]
    parts += [_node(plan, place) for place in range(len(names))]
    parts += [_database(name) for name in names]
    parts += [_monitoring(plan, names), _tools(names), _networks(names), _volumes(names)]
    return "\n".join(parts)


def render_joining(plan: Plan, place: int) -> str:
    """The compose file of a node that came later, to be named after the first; it gets no database."""
    name = plan.nodes[place].id
    parts = [f"# The node of {name}, which joined later; used with {COMPOSE_FILE}.\n", _ANCHORS]
    parts += ["services:", _node(plan, place), f"networks:\n  {name}: {{}}\n", f"volumes:\n  {name}: {{}}\n"]
    return "\n".join(parts)


def render_postgres_env(project: str | None = None) -> str:
    """Variables for `--env-file` that give each organisation a PostgreSQL of its own.

    `project` names the network where its folder's name should not.
    """
    lines = ["# docker compose --env-file postgres.env -f compose.yaml up"]
    lines += [f"COMPOSE_PROJECT_NAME={project}"] if project else []
    lines += ["COMPOSE_PROFILES=postgres", f"SEALANE_STORAGE={STORAGE_IN_CONTAINERS}"]
    return "\n".join(lines) + "\n"


def _prefix(plan: Plan) -> str:
    """The variable for compose that says what published ports begin with."""
    return f"${{SEALANE_PORT_PREFIX:-{plan.api_port(0) // 100}}}"


def _node(plan: Plan, place: int) -> str:
    name, port = plan.nodes[place].id, plan.api_port(place)
    outside = published(port, plan, _prefix(plan))
    return f"""\
  {name}:
    <<: *node
    command: [node, run, /network/nodes/{name}]
    environment:
      SEALANE_API__PORT: "{port}"
      SEALANE_API__AUTHORITIES: '["{name}:{port}", "{outside}"]'
      SEALANE_STORAGE__URL: ${{SEALANE_STORAGE:-}}
      PGPASSFILE: /network/nodes/{name}/keys/database.pgpass
    ports: ["{outside}:{port}"]
    networks: [between, {name}]
    volumes:
      - network:/network:ro
      - {name}:/network/nodes/{name}
"""


def _database(name: str) -> str:
    return f"""\
  {name}-database:
    <<: *database
    networks: {{{name}: {{aliases: [database]}}}}
    volumes: ["{name}-database:/var/lib/sealane-postgres"]
"""


def _setup(plan: Plan, names: list[str]) -> str:
    text = _UNPRINTABLE.sub(_escaped, render_plan(plan)).replace("$", "$$")
    lines = "\n".join(f"        {line}".rstrip() for line in text.splitlines())
    mounts = [f"{name}:/volumes/nodes/{name}" for name in names]
    mounts += [f"{name}-database:/volumes/databases/{name}" for name in names]
    mounts += [f"{name}:/volumes/{name}" for name in MONITORS]
    listed = "\n".join(f"      - {mount}" for mount in mounts)
    return f"""\
services:
  # Makes every key, once, and gives each organisation its own; only this container ever sees
  # all of them, and it has no network. Organisations in earnest make their keys themselves.
  # Root, to give files to the users that the others run as; of root's powers it keeps three.
  setup:
    <<: *confined
    user: "0:0"
    cap_add: [CHOWN, DAC_OVERRIDE, FOWNER]
    network_mode: none
    healthcheck: {{disable: true}}
    command: [network, hand-out, /volumes]
    environment:
      SEALANE_STORAGE: ${{SEALANE_STORAGE:-}}
      SEALANE_PORT_PREFIX: {_prefix(plan)}
      SEALANE_PLAN: |
{lines}
    volumes:
      - network:/volumes/network
      - members:/volumes/members
      - evidence:/volumes/evidence
{listed}
"""


def _monitoring(plan: Plan, names: list[str]) -> str:
    prometheus, grafana = (published(monitoring_port(plan, which), plan, _prefix(plan)) for which in (0, 1))
    return f"""\
  prometheus:
    <<: *monitoring
    image: ${{SEALANE_PROMETHEUS_IMAGE:-{PROMETHEUS_IMAGE}}}
    command: [--config.file=/network/monitoring/prometheus/prometheus.yml, --storage.tsdb.path=/data]
    ports: ["{prometheus}:9090"]
    networks: [monitoring, {_among(names)}]
    volumes:
      - network:/network:ro
      - prometheus:/data

  # For whoever looks: nobody signs in, nothing is asked of the internet.
  grafana:
    <<: *monitoring
    image: ${{SEALANE_GRAFANA_IMAGE:-{GRAFANA_IMAGE}}}
    environment:
      GF_PATHS_PROVISIONING: /network/monitoring/grafana/provisioning
      GF_PATHS_DATA: /data
      GF_PATHS_PLUGINS: /data/plugins
      GF_LOG_MODE: console
      GF_AUTH_ANONYMOUS_ENABLED: "true"
      GF_AUTH_DISABLE_LOGIN_FORM: "true"
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true"
      GF_ANALYTICS_REPORTING_ENABLED: "false"
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false"
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false"
      GF_PLUGINS_PREINSTALL_DISABLED: "true"
      GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: "true"
      GF_PLUGINS_PLUGIN_ADMIN_ENABLED: "false"
      GF_NEWS_NEWS_FEED_ENABLED: "false"
      GF_SECURITY_DISABLE_GRAVATAR: "true"
      GF_SNAPSHOTS_EXTERNAL_ENABLED: "false"
    ports: ["{grafana}:3000"]
    networks: [monitoring]
    volumes:
      - network:/network:ro
      - grafana:/data
"""


def _tools(names: list[str]) -> str:
    return f"""\
  # Acts for the members, as you at a terminal: it has their keys and none of a node's.
  cli:
    <<: *confined
    profiles: [tools]
    networks: [{_among(names)}]
    healthcheck: {{disable: true}}
    environment: {{SEALANE_NETWORK: /network}}
    working_dir: /network/evidence
    volumes:
      - network:/network:ro
      - members:/network/members:ro
      - evidence:/network/evidence

  # Has evidence and the genesis, and neither keys nor a network.
  verify:
    <<: *confined
    profiles: [tools]
    network_mode: none
    healthcheck: {{disable: true}}
    entrypoint: [sealane, verify]
    working_dir: /network/evidence
    volumes:
      - network:/network:ro
      - evidence:/network/evidence:ro
"""


def _networks(names: list[str]) -> str:
    """One network for what nodes say to one another, which leads nowhere, and one for each organisation."""
    subnets = {"between": "255.0/24", "monitoring": "254.0/28"}
    subnets |= {name: f"{place}.0/28" for place, name in enumerate(names)}
    lines = []
    for name, subnet in subnets.items():
        settings = ["internal: true"] if name == "between" else []
        if len(names) > MAX_POOLED:
            settings.append(f'ipam: {{config: [{{subnet: "${{SEALANE_SUBNET:-10.231}}.{subnet}"}}]}}')
        lines.append(f"  {name}: {{{', '.join(settings)}}}")
    return "\n".join(["networks:", *lines, ""])


def _volumes(names: list[str]) -> str:
    volumes = ["network", "members", "evidence", *names, *(f"{name}-database" for name in names), *MONITORS]
    return "\n".join(["volumes:", *(f"  {name}: {{}}" for name in volumes), ""])


def _among(names: list[str]) -> str:
    return ", ".join(names)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", _UNPRINTABLE.sub(" ", text))


def _escaped(found: re.Match[str]) -> str:
    """A character that YAML does not hold as it is, the way TOML writes it."""
    return f"\\U{ord(found[0]):08X}"


_HEAD = """\
# {title}: {count} nodes, each in a container that holds no keys but its own.
# Made by `sealane network init --docker`. Nothing is downloaded or built here: the images must be
# there. Works with `docker compose`, and with docker-compose 1.29, which heeds no `pull_policy` and
# would ask a registry for an image that is missing.
#
# SEALANE_IMAGE        the image; sealane:local unless set
# SEALANE_PORT_PREFIX  what published ports begin with, where a port below has it
#
# Profiles: `postgres`, which `--env-file postgres.env` chooses with what belongs to it, gives each
# organisation a PostgreSQL of its own (SEALANE_POSTGRES_IMAGE). `monitoring` adds Prometheus and
# Grafana (SEALANE_PROMETHEUS_IMAGE, SEALANE_GRAFANA_IMAGE) on the last two ports.
"""

_ANCHORS = """\
x-confined: &confined
  image: ${SEALANE_IMAGE:-sealane:local}
  pull_policy: never
  user: "10001:10001"
  read_only: true
  tmpfs: ["/tmp:size=64m,mode=1777,noexec,nosuid,nodev"]
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  pids_limit: 256
  mem_limit: 1g
  cpus: 1.0
  ulimits: {core: 0}
  logging:
    driver: json-file
    options: {max-size: "10m", max-file: "3"}

x-staying: &staying
  <<: *confined
  depends_on:
    setup:
      condition: service_completed_successfully
  restart: unless-stopped
  stop_grace_period: 60s

# All nodes meet in the network `between`, from which nothing leads out. In its organisation's own
# network are a node's port, as published on this machine, and its database.
x-node: &node
  <<: *staying

x-database: &database
  <<: *staying
  image: ${SEALANE_POSTGRES_IMAGE:-sealane-postgres:local}
  user: "10002:10002"
  profiles: [postgres]

x-monitoring: &monitoring
  <<: *staying
  profiles: [monitoring]
  user: "10003:10003"
"""
