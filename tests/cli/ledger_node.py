"""A node without a network: the real contracts on a dictionary, answering the API's requests in this process.

Every accepted act is a block of its own. Contents are kept once for all nodes,
and shown to the entitled alone, as the contracts say who that is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from cli.transport import Answer
from contracts import execution
from contracts.actions import Readiness, outlook
from contracts.documents.package import check_package, parse_package
from contracts.timeline import Told, timeline
from contracts.views import links_of, may_read, parties_of, summary
from ledger.batch import part_at
from ledger.errors import LedgerError
from ledger.genesis import network_id, parse_genesis
from ledger.keys import PublicKey
from ledger.primitives import Height, TimeMs, decode_hash
from ledger.requests import parse_signed_request
from ledger.sealing import is_sealed
from ledger.statement import parse_statement
from nodes.index_terms import index_terms
from tests.cli.ledger_answers import Problem, accepted, shown_action, shown_steps
from tests.cli.ledger_proof import SealedChain


@dataclass
class LedgerNode:
    """All nodes of a network directory at once."""

    directory: Path
    state: dict[str, bytes] = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    indexed: set[tuple[str, str]] = field(default_factory=set)
    """Contents by organisation whose node holds them, and so finds their numbers."""
    reads: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, list[Told]] = field(default_factory=dict)
    """What made each version of a record, for timelines."""
    keys: dict[int, str] = field(default_factory=dict)
    """Public key of the one statement in each block."""
    done: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.genesis = parse_genesis((self.directory / "genesis.json").read_bytes())
        self.network = network_id(self.genesis)
        self.state.update(execution.genesis_records(self.genesis))
        self.chain = SealedChain(self.genesis, self.directory)
        self.now_ms = int(time.time() * 1000)
        self._lock = Lock()

    @property
    def height(self) -> int:
        return len(self.chain.blocks) - 1

    def get(self, key: str) -> bytes | None:
        return self.state.get(key)

    @property
    def context(self) -> execution.Context:
        return execution.context_at(self, Height(self.height + 1), TimeMs(self.now_ms), self.network)

    def exchange(
        self, authority: str, method: str, target: str, body: bytes, headers: dict[str, str]
    ) -> Answer:
        """What `Transport._exchange` would bring back."""
        parts = urlsplit(target)
        with self._lock:
            try:
                member = None
                if not parts.path.startswith(("/v1/status", "/v1/statements")):
                    member = self._member(authority, method, parts.path, parts.query, body, headers)
                status, answer = self._route(
                    method, unquote(parts.path), dict(parse_qsl(parts.query)), body, member
                )
            except Problem as problem:
                status, answer = problem.status, problem.body
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Answer(status=status, body=data, headers={})

    def _member(
        self, authority: str, method: str, path: str, query: str, body: bytes, headers: dict[str, str]
    ) -> str:
        try:
            signed = parse_signed_request(
                method=method, authority=authority, path=path, query=query, body=body, headers=headers
            )
        except LedgerError as error:
            raise Problem(401, "request.signature", str(error)) from None
        for key in json.loads(self.state[f"member/{signed.request.member}"])["keys"]:
            public = PublicKey.from_text(key["key"])
            if public.thumbprint == signed.keyid:
                signed.verify(public)
                return signed.request.member
        raise Problem(401, "request.signature", "unknown key")

    def _route(
        self, method: str, path: str, query: dict[str, str], body: bytes, member: str | None
    ) -> tuple[int, Any]:
        organisation = (member or "").partition("/")[0]
        _, _, kind, *rest = path.split("/")
        key = "/".join(rest)
        routes: dict[str, Callable[[], tuple[int, Any]]] = {
            "status": lambda: (200, self._status()),
            "statements": lambda: self._submit(body),
            "contents": lambda: self._on_contents(method, key, query, body, member or ""),
            "search": lambda: (200, {"items": self._search(query, organisation), "next": None}),
            "blocks": lambda: (200, self._block(int(key))),
            "evidence": lambda: (200, self._evidence(key, query, member or "")),
            "containers": lambda: (200, self._timeline(f"container/{rest[0]}", organisation)),
            "records": lambda: (
                (200, {"items": self.history.get(key.removesuffix("/history"), []), "next": None})
                if key.endswith("/history")
                else self._record(key, organisation, query.get("on_behalf_of"))
                if key
                else (200, {"items": self._records(query["kind"]), "next": None})
            ),
        }
        return routes[kind]()

    def _timeline(self, key: str, organisation: str) -> dict[str, Any]:
        if key not in self.state:
            raise Problem(404, "not-found", f"There is no record {key}.")
        if not may_read(organisation, key, self.state[key], self, self.now_ms):
            raise Problem(403, "contents.not-entitled", f"{organisation} has nothing to do with {key}.")
        keys = (key, *links_of(execution.decode_record(key, self.state[key])))
        told = [one for each in keys for one in self.told.get(each, ())]
        return {"key": key, "items": [asdict(moment) for moment in timeline(told)], "complete": True}

    def _status(self) -> dict[str, Any]:
        return {
            "time_ms": self.now_ms,
            "height": self.height,
            "network": self.network.hex(),
            "ready": True,
        }

    def _block(self, height: int) -> dict[str, Any]:
        return {
            "signed_by": list(self.chain.secrets)[:3],
            "header": {"proposer": next(iter(self.chain.secrets))},
        }

    def _evidence(self, key: str, query: dict[str, str], member: str) -> bytes:
        package = None
        if query.get("contents") == "true":
            organisation = member.partition("/")[0]
            package = self._contents(json.loads(self.state[key])["contents"], key, organisation)
        heights = sorted({item["height"] for item in self.history[key] if item["subject"] == key})
        entries = [(height, self.keys[height]) for height in heights]
        discloser = member if query.get("discloser") == "true" else None
        return self.chain.evidence(key, entries, package, discloser)

    def _record(self, key: str, organisation: str, principal: str | None) -> tuple[int, Any]:
        if key not in self.state:
            raise Problem(404, "not-found", f"There is no record {key}.")
        record = json.loads(self.state[key])
        ahead = outlook(self, key, organisation, self.context, on_behalf_of=principal)
        later = Readiness.LATER
        return 200, {
            "key": key,
            "version": record["version"],
            **self._written(key),
            "record": record,
            "summary": summary(execution.decode_record(key, self.state[key])),
            "allowed_actions": [
                shown_action(action) for action in ahead.own if action.readiness is not later
            ],
            "later_actions": [shown_action(action) for action in ahead.own if action.readiness is later],
            "others_may": shown_steps(ahead.others),
            "as_of": {"height": self.height, "time_ms": self.now_ms},
        }

    def _written(self, key: str) -> dict[str, int]:
        """Where the newest version of a record is from; founding records are from the genesis."""
        height = self.history[key][-1]["height"] if key in self.history else 0
        return {"height": height, "entry_index": height}

    def _records(self, kind: str) -> list[dict[str, Any]]:
        return [
            {
                "key": key,
                "version": json.loads(value)["version"],
                "height": self._written(key)["height"],
                "record": json.loads(value),
                "summary": summary(execution.decode_record(key, value)),
            }
            for key, value in sorted(self.state.items())
            if key.startswith(f"{kind}/")
        ]

    def _submit(self, data: bytes) -> tuple[int, Any]:
        statement = parse_statement(data)
        if statement.id.hex() in self.done:
            return 200, self.done[statement.id.hex()]
        self.now_ms = max(self.now_ms + 1, int(time.time() * 1000))
        actor = accepted(
            execution.check_envelope(statement, self.context)
            or execution.authenticate(statement, self, self.context)
        )
        statement.verify(actor.key)
        outcome = accepted(execution.execute(statement, actor, self, self.context))
        self.state.update(dict(outcome.writes))
        # The chain here begins without the founding records; a member's is proven once it has acted.
        signer = f"member/{statement.issuer}"
        self.chain.add((statement.leaf,), {signer: self.state[signer], **dict(outcome.writes)})
        self.keys[self.height] = actor.key.text
        sealed = {"id": statement.id.hex(), "height": self.height, "time_ms": self.now_ms}
        for key, value in outcome.writes:
            record = json.loads(value)
            part = part_at(statement, record.get("changed_part", 0))
            self.history.setdefault(key, []).append(
                {
                    **sealed,
                    "version": record["version"],
                    "entry_index": self.height,
                    "issuer": statement.issuer,
                    "on_behalf_of": statement.payload.on_behalf_of,
                    "act": record["changed_act"],
                    "subject": part.subject,
                    "part": record.get("changed_part"),
                    "body": msgspec.json.decode(part.body),
                }
            )
            self._tell(key, value)
        result = {
            **sealed,
            "status": "sealed",
            "index": self.height,
            "block_id": f"{self.height:064x}",
            "round": 0,
            "subject": statement.subject,
            "version": json.loads(self.state.get(statement.subject, '{"version":0}'))["version"],
            "writes": [key for key, _ in outcome.writes],
        }
        self.done[statement.id.hex()] = result
        return 201, result

    def _on_contents(
        self, method: str, name: str, query: dict[str, str], body: bytes, member: str
    ) -> tuple[int, Any]:
        organisation = member.partition("/")[0]
        if method == "PUT":
            return self._put(name, body, organisation)
        if name.endswith("/reads"):
            name = name.removesuffix("/reads")
            items = [read for read in self.reads if read["commitment"] == name]
            return 200, {"items": items, "next": None}
        if method == "DELETE":
            if self.contents.pop(name, None) is None:
                raise Problem(404, "contents.unavailable", "This node does not hold these contents.")
            return 200, {"commitment": name, "member": member, "time_ms": self.now_ms}
        data = self._contents(name, query["subject"], organisation)
        self.reads.append(
            {
                "id": len(self.reads) + 1,
                "commitment": name,
                "organisation": organisation,
                "member": member,
                "time_ms": self.now_ms,
                "digest": f"{len(self.reads):032x}",
            }
        )
        return 200, data

    def _tell(self, key: str, value: bytes) -> None:
        item, record = self.history[key][-1], execution.decode_record(key, value)
        told = Told(
            key=key,
            record=record,
            **{name: item[name] for name in ("subject", "version", "time_ms", "issuer", "act", "body", "id")},
        )
        self.told.setdefault(key, []).append(told)

    def _put(self, name: str, data: bytes, organisation: str) -> tuple[int, Any]:
        if is_sealed(data):  # by members who keep the key: what came in clear serves all of these nodes
            self.contents.setdefault(name, data)
            self.indexed.add((name, organisation))
            return 200, {"commitment": name}
        package = parse_package(data)
        check_package(package, decode_hash(name, field="commitment"))
        self.contents[name] = data
        self.indexed.add((name, organisation))
        return 200, {"commitment": name}

    def _contents(self, name: str, subject: str, organisation: str) -> bytes:
        if not self._may_read(organisation, subject):
            raise Problem(403, "contents.not-entitled", f"{organisation} is not entitled to these contents.")
        if name not in self.contents:
            raise Problem(404, "contents.unavailable", "No party's node holds these contents.")
        self.indexed.add((name, organisation))
        return self.contents[name]

    def _may_read(self, organisation: str, key: str) -> bool:
        return may_read(organisation, key, self.state[key], self, self.now_ms)

    def _search(self, query: dict[str, str], organisation: str) -> list[dict[str, Any]]:
        if "party" in query:
            records = {k: execution.decode_record(k, v) for k, v in self.state.items()}
            keys = [key for key, record in records.items() if query["party"] in parties_of(record)]
        else:
            kind, wanted = next((k, v) for k, v in query.items() if k != "limit")
            plain = "".join(c for c in wanted if c.isalnum()).upper()
            held = [name for name in self.contents if (name, organisation) in self.indexed]
            packages = [parse_package(self.contents[name]) for name in held]
            keys = [
                package.subject
                for package in packages
                if package.subject in self.state
                and self._may_read(organisation, package.subject)
                and any(
                    term_kind == kind and "".join(c for c in text if c.isalnum()).upper().startswith(plain)
                    for term_kind, text in index_terms(package)
                )
            ]
        return [
            {
                "key": key,
                "kind": key.partition("/")[0],
                "matched": next(iter(query)),
                "summary": summary(execution.decode_record(key, self.state[key])),
            }
            for key in sorted(set(keys))
        ]
