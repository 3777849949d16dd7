"""The compose file in `docker/`, which is what `sealane network init --docker --corridor` writes."""

from __future__ import annotations

from cli.compose_file import render_compose, render_postgres_env
from cli.network_containers import in_containers
from cli.network_plan import corridor_plan

PROJECT = "sealane"
"""Name of the network that is in `docker/.env` too: its folder's name would be anybody's."""


def compose_file() -> str:
    """The text of `docker/compose.yaml`."""
    return render_compose(in_containers(corridor_plan()))


def postgres_env() -> str:
    """The text of `docker/postgres.env`."""
    return render_postgres_env(PROJECT)


def project_env() -> str:
    """The text of `docker/.env`, which Compose reads by itself."""
    return f"# Names the network that compose.yaml in this folder starts.\nCOMPOSE_PROJECT_NAME={PROJECT}\n"
