"""What commands print that make networks in containers."""

from __future__ import annotations

from cli.shapes.networks import NodePlace
from cli.shapes.words import Directory, File, Network, Shape


class FoundedInContainers(Shape, kw_only=True):
    """A compose file that was written, whose containers make the network when they first start."""

    directory: Directory
    name: str
    compose: File
    nodes: list[NodePlace]


class HandedOut(Shape, kw_only=True):
    """A network whose keys are where they belong."""

    network: Network
    made: bool
    """Whether this was the first time."""
    nodes: list[NodePlace]
