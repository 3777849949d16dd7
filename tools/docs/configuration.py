"""The page of everything that can be configured, read from the types that read it.

Fields, types and defaults come from `NodeConfig`, `Plan` and `Parameters`; their
meaning is written here, since a person who runs a node asks more than a reader of
the code. A field without a meaning, and a meaning without a field, are errors.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import msgspec
from pydantic import BaseModel

from cli.network_plan import Organisation, Plan
from contracts.reference import type_text
from ledger.genesis import Parameters
from nodes.config import NodeConfig
from tools.docs.markdown import notice, page, table, wrapped
from tools.tree import ROOT

NODE: Mapping[str, str] = {
    "node.organisation": "Whose node this is, as the ledger calls it.",
    "node.name": "Its name within the organisation. Organisation, name and key must be those on the ledger.",
    "node.genesis": "The genesis document of the network.",
    "node.data": "Directory of the database and the witness log. Made when absent, for its owner alone.",
    "api.host": "Address that the API listens on; `0.0.0.0` for all of the machine's.",
    "api.port": "Port of the API.",
    "api.authorities": "Names (`host:port`) under which clients reach the API beside its address, as behind "
    "a proxy. A member's signed request counts only under one of them; a node that listens on all addresses "
    "and names none accepts every name, and warns.",
    "api.requests_per_s": "Requests of one address a second, on average, with ten seconds' worth at once; 0 "
    "for no limit. Clients on this machine are not counted, so a proxy on it has to limit its own. A room "
    "behind one address shares the rate: it is enough for a hundred people, and a batch of 500 statements is "
    "one request.",
    "api.member_requests_per_s": "Signed requests of one member a second, counted in the same way.",
    "api.fewest_organisations": "Organisations whose business is added up, at least, in a line of the "
    "indicators that everyone sees, at `/metrics` too ([privacy](../privacy.md)). 1 shows every line: for "
    "exercises, and where only members reach the API.",
    "api.tls_certificate": "PEM certificate chain, to serve the API over TLS. Together with `tls_key`.",
    "api.tls_key": "PEM key of that certificate, without a passphrase.",
    "api.https_host": "Address for `https_port`.",
    "api.https_port": "Port where the same is served over TLS to other machines, so that `port` stays plain "
    "HTTP for this one; without it the certificate is for `port`. `sealane network up --tls` sets it.",
    "peer.host": "Address that the node listens on for other nodes.",
    "peer.port": "Port for other nodes (mutual TLS).",
    "keys.node": "ES256 key of connections and receipts, PKCS #8 PEM without a passphrase.",
    "keys.contents": "Contents keys (X25519), a file or a list: of whom this node may open contents.",
    "keys.validator": "BLS key with which blocks are sealed, or a list of such files while a key is being "
    "replaced; absent for an observer. A signing journal is kept beside each.",
    "storage.url": "SQLAlchemy URL, such as `postgresql://host/name`; by default SQLite in `data/ledger.db`.",
    "sync.snapshot": "`auto`: with an empty database, join by a snapshot of the state where peers offer one; "
    "`never`: always fetch and execute all blocks, as an archive does.",
    "sync.snapshot_threshold": "How many blocks the network must be ahead for a snapshot to be worth it.",
    "sync.snapshot_every_s": "A snapshot for others is taken at the first block of each such period of block "
    "time, in seconds, and takes the room of the state's records, twice; 0 takes none. Nodes of one network "
    "should agree, so that who joins can go on at another node where one fails.",
    "log.level": "`debug`, `info`, `warning` or `error`.",
    "log.format": "`text`, or `json` with one object a line.",
    "log.file": "File that everything is written to instead of standard error. `sealane network up` sets it. "
    "When it is full it is renamed to end in `.1`, in place of the one before, and a new one begins.",
    "log.max_bytes": "Size at which a log file is full.",
    "peers.organisation": "Whose node the peer is.",
    "peers.name": "Its name within the organisation.",
    "peers.host": "Where it is reached.",
    "peers.port": "Its peer port.",
}
"""Fields of node.toml, as `section.field`."""

PLAN: Mapping[str, str] = {
    "name": "What people call the network.",
    "organisations": "The founding organisations, one `[[organisations]]` each; the order of those with a "
    "node gives their ports.",
    "port_base": "The first API port is the next one; the first peer port is 51 above the base, or "
    "further where there are more than 50 nodes.",
    "host": "Where nodes are reached; `{organisation}` stands for whose a node is.",
    "listen": "Address that nodes listen on, when it is not their host.",
    "https": "Names and addresses of this machine under which others reach the nodes over HTTPS; `sealane "
    "network up --tls` writes it, and `up` without `--tls` takes it out.",
    "parameters": "Genesis parameters, below.",
    "organisations.id": "Identifier: lower-case words joined by hyphens.",
    "organisations.name": "What people call it.",
    "organisations.roles": "What it does; carriers get a numbering key.",
    "organisations.members": "Its members. All founding members administer it and sign for it.",
    "organisations.jurisdiction": "ISO 3166 country; customs offices and agencies need one.",
    "organisations.node": "`validator` or `observer`; without it the organisation has no node.",
    "organisations.entrusts": "Whether that node is given its contents key; otherwise its members keep it.",
    "organisations.uses": "Whose node it uses, when it has none.",
}
"""Fields of network.toml, those of an organisation as `organisations.field`."""

CLIENT = table(
    ("field", "meaning"),
    (
        ("`[nodes]` organisation = URL", "Where the API of each node is."),
        (
            "`[pages]` organisation = URL",
            "Where a browser reaches its node, when commands reach it another way, as where containers or a "
            "proxy stand between: `sealane login` links to it.",
        ),
        ("`[served_by]` organisation = organisation", "Whose node an organisation without one uses."),
        (
            "`[https]` organisation = URL",
            "Where browsers of other machines reach its node, for `sealane login`.",
        ),
        ("`codes`", "Folder of the code lists that `sealane codes load` fills; `codes` unless told."),
        (
            "`keep_unknown_fields`",
            "`true` keeps fields of bills that DCSA EBL 3.0.4 does not define; they are refused unless told.",
        ),
        ("`as`", "Member to act as unless `--as` or `SEALANE_AS` says otherwise, as `organisation/name`."),
    ),
)

ENVIRONMENT = table(
    ("variable", "read by", "meaning"),
    (
        (
            "`SEALANE_<SECTION>__<FIELD>`",
            "nodes",
            "Overrides a field of node.toml: `SEALANE_API__PORT=9000`.",
        ),
        ("`SEALANE_NETWORK`", "commands", "Network directory, as `--network`."),
        ("`SEALANE_AS`", "commands", "Member to act as, as `--as`."),
        (
            "`SEALANE_ON_BEHALF_OF`",
            "commands",
            "Organisation in whose name to act, as `--on-behalf-of`.",
        ),
        ("`SEALANE_KEY`", "commands", "Key file of that member, as `--key`."),
        ("`SEALANE_NODE`", "commands", "Node to talk to, as `--node`."),
        ("`SEALANE_WAIT`", "commands", "Seconds to wait until an act is final, as `--wait`."),
        (
            "`SEALANE_PASSPHRASE`",
            "commands",
            "Passphrase of an encrypted member key, where there is no terminal.",
        ),
        ("`SEALANE_DEBUG`", "commands", "Set to anything: show a fault of this software in full."),
        ("`NO_COLOR`", "commands", "Set to anything: no colours."),
        ("`SEALANE_IMAGE`", "docker/", "Name of the container image; `sealane:local` unless set."),
        (
            "`SEALANE_POSTGRES_IMAGE`",
            "docker/",
            "The same for PostgreSQL; `sealane-postgres:local` unless set.",
        ),
        ("`SEALANE_PROMETHEUS_IMAGE`", "docker/", "Image of Prometheus, for the profile `monitoring`."),
        ("`SEALANE_GRAFANA_IMAGE`", "docker/", "Image of Grafana, for the same."),
        ("`SEALANE_PORT_PREFIX`", "docker/", "First digits of the published ports; 84 unless set."),
        (
            "`SEALANE_SUBNET`",
            "docker/",
            "First two numbers of the subnets where a network in containers has more than 20 nodes; `10.231` "
            "unless set.",
        ),
        ("`SEALANE_STORAGE`", "docker/", "Where nodes keep their ledgers; `docker/postgres.env` sets it."),
        ("`SEALANE_COMPOSE`", "docker/", "The compose file that `docker/network.sh` uses."),
        (
            "`SEALANE_PLAN`",
            "commands",
            "The plan as text, as `network hand-out --plan`.",
        ),
        ("`SEALANE_CONFORMANCE_DATA`", "tests", "Folder of the published vectors of others."),
        ("`SEALANE_REQUIRE_CONFORMANCE`", "tests", "1: a test that skips for want of them fails."),
        ("`SEALANE_REQUIRE_WEB`", "tests", "1: a test that skips because `make web` has not run fails."),
        ("`SEALANE_TEST_POSTGRES_URL`", "tests", "A PostgreSQL database to run the storage tests on too."),
        ("`SEALANE_HYPOTHESIS`", "tests", "`thorough`: property tests look further."),
        ("`SEALANE_CI_DOCKER`", "tests", "`never` or `require`: whether `.ci/run` tests containers."),
    ),
)


def configuration_page() -> str:
    """The text of `docs/reference/configuration.md`."""
    parts = [
        "# Configuration",
        notice("nodes/config.py, cli/network_plan.py and ledger/genesis.py"),
        wrapped(
            "`sealane network init` writes all of these files; [operations](../operations.md) says what to "
            "do with them."
        ),
        "## `node.toml`",
        wrapped(
            "One node. Paths are relative to the file. An unknown section or field is refused. No secret is "
            "ever in it: it names files, which only their owner may read."
        ),
        _table(NODE, _node_fields()),
        "## `network.toml`",
        wrapped(
            "What `sealane network init --config` makes a network from, and what it keeps beside the keys."
        ),
        _table(PLAN, [*_struct_fields(Plan, ""), *_struct_fields(Organisation, "organisations.")]),
        "## Genesis parameters",
        wrapped("Numbers that all nodes of a network share, fixed by its genesis. Times are milliseconds."),
        _table(read_meanings("ledger/genesis.py", "Parameters"), _struct_fields(Parameters, "")),
        "## `client.toml`",
        wrapped(
            "What commands know of a network. Unless `--network` or `SEALANE_NETWORK` names its directory, "
            "it is looked for in `sealane-network`, `sealane-demo`, `sealane-lab/network` and here, in this "
            "order."
        ),
        CLIENT,
        "## Environment variables",
        ENVIRONMENT,
    ]
    return page(parts)


Field = tuple[str, str, str]
"""Name, type, default."""


def _node_fields() -> Iterator[Field]:
    for section, info in NodeConfig.model_fields.items():
        model = next((one for one in (info.annotation, *get_args(info.annotation)) if _is_section(one)), None)
        if model is None:
            raise ValueError(f"{section} is no section of node.toml")
        for name, field in model.model_fields.items():
            default = (
                "required" if field.is_required() else _spelled(field.get_default(call_default_factory=True))
            )
            yield f"{section}.{name}", _type_name(field.annotation), default


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _type_name(kind: Any) -> str:
    text = str(kind)
    if "Literal" in text:
        return "text"
    words = {"Path": "path", "int": "integer", "tuple": "list of text", "str": "text"}
    return next((word for name, word in words.items() if name in text), "text")


def _struct_fields(struct: type[msgspec.Struct], prefix: str) -> Iterator[Field]:
    info = msgspec.inspect.type_info(struct)
    if not isinstance(info, msgspec.inspect.StructType):
        raise TypeError(f"{struct} is no struct")
    for field in info.fields:
        default = "required" if field.required else _spelled(field.default)
        yield prefix + field.name, _kind(field.type), default


def _kind(info: Any) -> str:
    parts = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    for part in parts:
        if isinstance(part, msgspec.inspect.LiteralType):
            return " or ".join(f"`{value}`" for value in part.values)
        if isinstance(part, msgspec.inspect.StructType):
            return "table"
    of_tables = (
        isinstance(info, msgspec.inspect.VarTupleType) and info.item_type.__class__.__name__ == "StructType"
    )
    return "list of tables" if of_tables else type_text(info)


def _spelled(default: Any) -> str:
    if default is None or default == () or isinstance(default, msgspec.Struct):
        return "none" if default in (None, ()) else "as below"
    return f"`{json.dumps(str(default) if isinstance(default, Path) else default)}`"


def _table(meanings: Mapping[str, str], fields: Any) -> str:
    rows = list(fields)
    names = {name for name, _, _ in rows}
    if names != set(meanings):
        raise ValueError(f"no meaning, or no field: {', '.join(sorted(names ^ set(meanings)))}")
    return table(
        ("field", "type", "default", "meaning"),
        ((f"`{name}`", kind, default, meanings[name]) for name, kind, default in rows),
    )


def read_meanings(source: str, name: str) -> dict[str, str]:
    """The strings beneath the fields of a class, which Python does not keep at run time."""
    tree = ast.parse((ROOT / source).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    found: dict[str, str] = {}
    for node, beneath in pairwise(body):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(beneath, ast.Expr)
        ):
            found[node.target.id] = str(ast.literal_eval(beneath.value))
    return found
