"""What the API says of itself and of the node."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from nodes.api import examples
from nodes.api.schemas.base import described


class Problem(BaseModel):
    """Why a request was not served (RFC 9457)."""

    model_config = described(examples.PROBLEM)

    type: str
    """URN made of the code."""
    title: str
    """What is wrong, the same for every case of the code."""
    status: int
    """HTTP status."""
    detail: str
    """What is wrong in this case."""
    code: str
    """Stable code, of the API or of a refusal."""
    hint: str
    """What to do."""
    field: str = ""
    """What is at fault, as a dotted path or the name of a header or parameter."""
    final: bool | None = None
    """Of refusals: whether the same statement can never be accepted."""
    id: str = ""
    """Of refusals: the statement id, when the statement could be read."""
    instance: str = ""
    """Of incidents: the URN that the node's log names."""


class SignIn(BaseModel):
    """What lets one browser in, once."""

    model_config = described(examples.SIGN_IN)

    member: str
    """Whom the browser will read as."""
    code: str
    """To be typed where the node's pages ask for it."""
    link: str
    """The page that asks, with the code filled in."""
    expires_s: int
    """Seconds until the code is of no use."""


class Index(BaseModel):
    """What this is."""

    model_config = described(examples.INDEX)

    software: str
    network: str
    """Network id."""
    organisation: str
    node: str
    openapi: str
    """Address of the description of this API."""
    status: str
    """Address of the node's status."""


class Alive(BaseModel):
    """The process answers."""

    model_config = described({"status": "alive"})

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether the node can be relied on."""

    model_config = described(
        {
            "ready": False,
            "reasons": ["3 of 4 validators are needed, 1 is connected"],
            "network": examples.STATUS["network"],
            "organisation": examples.STATUS["organisation"],
        }
    )

    ready: bool
    reasons: tuple[str, ...]
    """Why it is not ready; empty when it is."""
    network: str
    """Network id: whoever starts nodes sees that it is theirs that answers."""
    organisation: str


class Plan(BaseModel):
    """What was decided and comes into force at a later block."""

    model_config = described(examples.PLAN)

    from_height: int
    """First block to which it applies."""
    rules_version: int | None = None
    """The version of the rules from then on, where that is what changes."""
    said: str
    """What it is."""


class Status(BaseModel):
    """The node and the newest block that it has committed."""

    model_config = described(examples.STATUS)

    software: str
    network: str
    """Network id."""
    network_name: str
    organisation: str
    node: str
    validator: bool
    """Whether the organisation seals the next block."""
    engine: str
    height: int
    round: int
    """Round being worked on for the next height."""
    block_id: str
    time_ms: int
    """Block time of the newest block."""
    ready: bool
    reasons: tuple[str, ...]
    peers: tuple[str, ...]
    """Connected nodes, as `organisation/node`."""
    pool_entries: int
    pool_bytes: int
    guilty: tuple[str, ...]
    """Organisations whose validator is proven to have contradicted itself."""
    log_size: int
    pruned_below: int
    """Entries of blocks below this height are not kept here; 0 on an archive node, which keeps all."""
    state_root: str
    log_root: str
    rules_version: int
    """Version by which the newest block was executed."""
    rules_known: tuple[int, ...]
    """Versions that this node's software has."""
    parameters: dict[str, int]
    """Numbers that all nodes share, for the next block."""
    planned: tuple[Plan, ...]
    """What comes into force later."""
