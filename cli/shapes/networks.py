"""What commands print that look after nodes, networks and exercises."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from cli.shapes.words import (
    Bytes,
    Count,
    Directory,
    File,
    Hash,
    Height,
    Key,
    Network,
    Organisation,
    Sentence,
    Shape,
    TimeMs,
    Url,
)


class NodePlace(Shape, kw_only=True):
    """A node of a network directory."""

    organisation: Organisation
    kind: Literal["validator", "observer"]
    url: Url


class Founded(Shape, kw_only=True):
    """A network that was made."""

    directory: Directory
    name: str
    network: Network
    genesis: File
    validators: Count
    nodes: list[NodePlace]
    members: list[str]


class NodeProcess(NodePlace, kw_only=True):
    """A node and the process that runs it."""

    https: Annotated[list[Url], Meta(description="Where other machines reach it: `network up --tls`.")]
    pid: int | None


class Up(Shape, kw_only=True):
    """Nodes that run."""

    directory: Directory
    nodes: list[NodeProcess]


class NodeState(NodeProcess, kw_only=True):
    """A node and how it is."""

    height: Height | None
    peers: Annotated[int | None, Meta(description="How many nodes it is connected to.")]
    state: Annotated[str, Meta(description="`ready`, `stopped`, `silent`, or `not ready: ` and why.")]
    reasons: list[str]


class NetworkStatus(Shape, kw_only=True):
    """How the nodes of a network directory are."""

    directory: Directory
    nodes: list[NodeState]


class NodeEnd(Shape, kw_only=True):
    """How a node was stopped."""

    organisation: Organisation
    outcome: Literal["stopped", "killed", "not running"]


class Down(Shape, kw_only=True):
    """Nodes that were stopped."""

    directory: Directory
    nodes: list[NodeEnd]


class Reset(Shape, kw_only=True):
    """A network directory that was put back to a new genesis."""

    directory: Directory
    network: Network
    reset: Annotated[list[str], Meta(description="Organisations whose nodes lost their data.")]


class Added(Shape, kw_only=True):
    """An organisation for which keys and a node were made."""

    directory: Directory
    organisation: Organisation
    url: Url
    member: str
    proposals: Annotated[list[str], Meta(description="Files to open ballots with.")]


class KeyAdded(Shape, kw_only=True):
    """A node that holds another validator key as well."""

    organisation: Organisation
    file: File


class JoinRequest(Shape, kw_only=True):
    """An organisation's part of a genesis, for the others."""

    directory: Directory
    request: File
    fingerprint: Hash


class Assembled(Shape, kw_only=True):
    """A genesis that was put together."""

    network: Network
    time_ms: TimeMs
    organisation: Organisation
    fingerprints: Annotated[dict[str, str], Meta(description="Of each request, by organisation.")]


class NodeStatus(Shape, kw_only=True):
    """What a node says of itself: the shape [Status](api.md#status) of the API."""

    software: str
    network: Network
    network_name: str
    organisation: Organisation
    node: str
    validator: bool
    engine: str
    height: Height
    round: int
    block_id: Hash
    time_ms: TimeMs
    ready: bool
    reasons: list[str]
    peers: list[str]
    pool_entries: Count
    pool_bytes: Bytes
    guilty: list[str]
    log_size: Count
    pruned_below: Height
    state_root: Hash
    log_root: Hash
    rules_version: int
    rules_known: list[int]
    parameters: dict[str, Any]
    planned: list[dict[str, Any]]


class Damage(Shape, kw_only=True):
    """Something damaged at a node."""

    place: str
    row: str
    problem: Sentence
    cure: Literal["rebuild", "refetch", "restore", "by-hand"]


class NodeCheck(Shape, kw_only=True):
    """What a look for damage found."""

    directory: Directory
    sound: bool
    finding: Sentence
    height: Annotated[int, Meta(description="Newest block; -1 when none can be read.")]
    entries: Count
    findings: list[Damage]


class BackedUpFile(Shape, kw_only=True):
    """A file of a backup."""

    name: str
    size: Bytes
    sha256: Hash


class Backup(Shape, kw_only=True):
    """A backup."""

    file: File
    format: str
    version: int
    network: Network
    node: str
    height: Height
    block_id: Hash
    entries: Count
    schema: Annotated[str, Meta(description="Schema revision of the database.")]
    made_ms: TimeMs
    files: list[BackedUpFile]


class Pruned(Shape, kw_only=True):
    """What a pruning did."""

    directory: Directory
    below: Height
    entries: Count
    versions: Count
    bytes_before: Bytes
    bytes_after: Bytes


class Repaired(Shape, kw_only=True):
    """What a repair saved."""

    directory: Directory
    height: Height
    contents: Count
    contents_lost: Count
    damaged: Annotated[str, Meta(description="Folder to which the old database moved.")]


class DoctorCheck(Shape, kw_only=True):
    """One thing that the doctor looked at."""

    name: str
    outcome: Literal["passed", "warning", "failed"]
    sentence: Sentence
    do: Annotated[str, Meta(description="What to type; empty when nothing is to be done.")]


class Doctor(Shape, kw_only=True):
    """What the doctor found."""

    wrong: Count
    warnings: Count
    checks: list[DoctorCheck]


class DemoNode(Shape, kw_only=True):
    """A node of the demonstration."""

    organisation: Organisation
    url: Url


class Demo(Shape, kw_only=True):
    """What a demonstration leaves behind."""

    directory: Directory
    number: str
    bill: Key
    nodes: list[DemoNode]
    events: list[dict[str, Any]]
    verify: Annotated[list[str], Meta(description="Command lines that check the evidence.")]


class Exercise(Shape, kw_only=True):
    """An exercise of the training room."""

    exercise: str
    title: str
    about: Sentence
    minutes: int
    done: bool


class Exercises(Shape, kw_only=True):
    """All exercises."""

    items: list[Exercise]


class LabStep(Shape, kw_only=True):
    """Where a trainee stands: the step to do, what it lacks, or the end."""

    exercise: str
    finished: bool
    steps: Count
    text: Sentence
    step: str | UnsetType = UNSET
    number: int | UnsetType = UNSET
    commands: Annotated[list[str], Meta(description="Command lines to try.")] | UnsetType = UNSET
    check: Annotated[list[str], Meta(description="How to have it checked.")] | UnsetType = UNSET
    missing: Annotated[str, Meta(description="Key of what is missing.")] | UnsetType = UNSET
    todo: Annotated[list[str], Meta(description="Exercises left.")] | UnsetType = UNSET


class LabStopped(Shape, kw_only=True):
    """An exercise that was stopped."""

    exercise: str | None
    stopped: list[str]


class LabReset(Shape, kw_only=True):
    """An exercise that was given up."""

    given_up: str | None


class LabDid(Shape, kw_only=True):
    """What the lab let happen."""

    exercise: str
    action: str
    text: Sentence


class Word(Shape, kw_only=True):
    """A term of shipping or customs."""

    term: str
    name: str
    means: Sentence
    english: str
    sources: Annotated[list[str], Meta(description="Documents that it comes from.")]


class Glossary(Shape, kw_only=True):
    """Terms in one language."""

    language: str
    reviewed: Annotated[bool, Meta(description="Whether a native speaker has read them.")]
    items: list[Word]


class SavedNetwork(Shape, kw_only=True):
    """A network directory in one file."""

    file: File
    bytes: Bytes
    sha256: Hash
    files: Count
    copies: bool
    software: bool


class LoadedNetwork(Shape, kw_only=True):
    """A network directory that was unpacked."""

    directory: Directory
    network: Annotated[str, Meta(description="Name of the network.")]
    copies: bool
    software: bool
