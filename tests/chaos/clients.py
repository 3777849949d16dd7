"""`python -m tests.chaos.clients FOLDER`: members at work, on a host of their own, until standard input ends.

Each client is a thread with a home node, and goes to another when its own is
silent. A statement's id is in the history before it is sent. What a client is
told it writes down and never interprets: that is the checker's part.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cbor2

from cli.client import Client, Signer
from cli.errors import CliError
from cli.files import read_signing_key
from cli.transport import Answer, ApiError
from ledger.genesis import network_id, parse_genesis
from tests.chaos.acts import BUYER, MEMBERS, PORT, RECORDERS, TERMINAL, TRADERS, Pen, Signed
from tests.chaos.history import History

WAIT_MS = 4_000
TIMEOUT_S = 8.0
CLIENTS = 6
PACE_S = 0.45
MAX_OPEN = 12
"""Containers and bills that everybody acts on: few, so that they are contended."""

MAX_EVIDENCE = 40


@dataclass(slots=True)
class Shared:
    """What all clients know: where the nodes are, and what there is to act on."""

    urls: dict[str, str]
    genesis: Any
    keys: dict[str, Any]
    history: History
    evidence: Path
    ops: itertools.count[int] = field(default_factory=itertools.count)
    containers: list[str] = field(default_factory=list)
    bills: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    taken: int = 0
    """Evidence files kept so far."""


class Member:
    """One client: a thread's worth of work."""

    def __init__(self, number: int, shared: Shared, seed: int) -> None:
        self.name = f"client-{number}"
        self._shared = shared
        self._random = random.Random(f"{seed}/{number}")
        self._pen = Pen(network_id(shared.genesis), shared.keys, self._random)
        self._nodes = sorted(shared.urls)
        self._node = self._nodes[number % len(self._nodes)]
        self._open: list[Signed] = []
        """Statements without an answer, or with one that is not final."""
        self._sides = ThreadPoolExecutor(3, thread_name_prefix=self.name)

    def work(self) -> None:
        choices = {
            self._create: 3, self._create_many: 1, self._move: 4, self._batch: 2, self._race: 3,
            self._issue: 1, self._bill: 4, self._everywhere: 1, self._wrong: 1,
            self._read: 3, self._evidence: 1, self._again: 2,
        }  # fmt: skip
        while not self._shared.stop.wait(self._random.uniform(0.2, 2) * PACE_S):
            (action,) = self._random.choices(list(choices), list(choices.values()))
            action()
        self._sides.shutdown()

    # What a member does

    def _create(self) -> None:
        made = self._pen.new_container(self._random.choice(RECORDERS))
        self._send(self._node, [made])
        self._offer(self._shared.containers, made.subject)

    def _create_many(self) -> None:
        made = [self._pen.new_container(self._random.choice(RECORDERS)) for _ in range(8)]
        self._send(self._node, [*made, made[0]])

    def _batch(self) -> None:
        """Two members sign batches that share a container; one may hold an act that sinks it."""
        found = self._look(self._shared.containers)
        if not found:
            return
        subject, version, _ = found
        sendings = []
        for actor in (PORT, TERMINAL):
            acts = [self._pen.new_container(actor), self._pen.next_move(actor, subject, version)]
            if self._random.random() < 0.3:
                acts.append(self._pen.out_of_order(actor, subject, version + 1))
            sendings.append((self._random.choice(self._nodes), [self._pen.together(actor, acts)]))
        self._at_once(sendings)

    def _issue(self) -> None:
        made = self._pen.new_bill()
        self._send(self._node, [made])
        self._offer(self._shared.bills, made.subject)

    def _offer(self, shelf: list[str], subject: str) -> None:
        shelf.append(subject)
        if len(shelf) > MAX_OPEN:
            del shelf[0]

    def _move(self) -> None:
        found = self._look(self._shared.containers)
        if found:
            subject, version, _ = found
            self._send(self._node, [self._pen.next_move(self._random.choice(RECORDERS), subject, version)])

    def _race(self) -> None:
        """Members sign for one version and send at once, to different nodes."""
        found = self._look(self._shared.containers)
        if found:
            subject, version, _ = found
            rivals = [self._pen.next_move(actor, subject, version) for actor in RECORDERS]
            nodes = self._random.sample(self._nodes, len(rivals))
            self._at_once([(node, [rival]) for node, rival in zip(nodes, rivals, strict=True)])

    def _bill(self) -> None:
        """Offer, accept, or race an acceptance against a cancellation."""
        found = self._look(self._shared.bills)
        if not found:
            return
        subject, version, record = found
        offer, owner = record.get("offer"), record["possessor"]
        sides = {owner} if offer is None else {owner, offer["to"]}
        actors = [name for name in TRADERS if name.partition("/")[0] in sides]
        moves = [self._pen.bill_move(actor, subject, record, version) for actor in actors[:3]]
        nodes = self._random.sample(self._nodes, len(moves))
        self._at_once([(node, [move]) for node, move in zip(nodes, moves, strict=True)])

    def _everywhere(self) -> None:
        """One statement, several nodes."""
        made = self._pen.new_container(PORT)
        self._shared.history.write("statement", **made.told())
        self._at_once([(node, [made]) for node in self._random.sample(self._nodes, 3)], known=True)

    def _wrong(self) -> None:
        found = self._look(self._shared.containers)
        if found:
            self._send(self._node, [self._pen.wrong_move(found[0], found[1])])

    def _again(self) -> None:
        """The same bytes once more, elsewhere: whatever became of the first sending, it counts once."""
        if self._open:
            self._send(self._random.choice(self._nodes), [self._open.pop(0)], known=True)

    def _read(self) -> None:
        """Status at any node: heights must never go back."""
        self._status(self._random.choice(self._nodes))

    def _status(self, node: str) -> None:
        op = self._invoke(node, "status")
        try:
            with self._client(node, None) as client:
                found = client.status()
        except CliError as error:
            self._complete(op, failed=error.code)
            return
        self._complete(op, height=found["height"], time_ms=found["time_ms"], log_size=found["log_size"])

    def _evidence(self) -> None:
        shelf = self._shared.containers + self._shared.bills
        if not shelf or self._shared.taken >= MAX_EVIDENCE:
            return
        subject = self._random.choice(shelf)
        op = self._invoke(self._node, "evidence", key=subject)
        try:
            with self._client(self._node, PORT) as client:
                answer = client.ask("GET", f"/v1/evidence/{subject}")
        except CliError as error:
            self._complete(op, failed=error.code)
            self._elsewhere()
            return
        if answer.status == 200:
            self._shared.taken += 1
            file = self._shared.evidence / f"{op}.evidence.json"
            file.write_bytes(answer.body)
        self._complete(op, status=answer.status)

    # How

    def _look(self, shelf: list[str]) -> tuple[str, int, dict[str, Any]] | None:
        """A record that everybody knows, as the node at hand shows it."""
        if not shelf:
            return None
        subject = self._random.choice(shelf)
        op = self._invoke(self._node, "record", key=subject)
        try:
            with self._client(self._node, BUYER) as client:
                found = client.record(subject)
        except CliError as error:
            self._complete(op, failed=error.code)
            self._elsewhere()
            return None
        if found is None:
            self._complete(op, version=0)
            return None
        self._complete(op, version=found["version"])
        return subject, found["version"], found["record"]

    def _send(self, node: str, statements: list[Signed], *, known: bool = False) -> None:
        """Submit statements at a node, in one request, and write down what it says of each."""
        if not known:
            for statement in {statement.id: statement for statement in statements}.values():
                self._shared.history.write("statement", **statement.told())
        ids = [statement.id for statement in statements]
        op = self._invoke(node, "submit", ids=ids)
        try:
            with self._client(node, None) as client:
                if len(statements) == 1:
                    outcomes = [_single(client, statements[0])]
                else:
                    outcomes = _batch(client, statements)
        except CliError as error:
            self._complete(op, outcomes=[{"id": id_, "status": "unknown", "why": error.code} for id_ in ids])
            self._open = [*self._open, *statements][-MAX_OPEN:]
            self._elsewhere()
            return
        self._complete(op, outcomes=outcomes)
        undecided = {o["id"] for o in outcomes if o["status"] == "pending" or o.get("final") is False}
        self._open = [*self._open, *(s for s in statements if s.id in undecided)][-MAX_OPEN:]
        if any(outcome.get("final") for outcome in outcomes):
            # What the node knew when it refused for good is bounded by its height right after.
            self._status(node)

    def _at_once(self, sendings: list[tuple[str, list[Signed]]], *, known: bool = False) -> None:
        waits = [self._sides.submit(self._send, node, items, known=known) for node, items in sendings]
        for wait in waits:
            wait.result()

    def _elsewhere(self) -> None:
        """Fail over to another node."""
        self._node = self._random.choice(self._nodes)

    def _client(self, node: str, member: str | None) -> _Open:
        signer = None if member is None else Signer(member=member, key=self._shared.keys[member])
        return _Open(Client(self._shared.urls[node], signer=signer, timeout_s=TIMEOUT_S))

    def _invoke(self, node: str, what: str, **values: object) -> int:
        op = next(self._shared.ops)
        self._shared.history.write("invoke", op=op, client=self.name, node=node, what=what, **values)
        return op

    def _complete(self, op: int, **values: object) -> None:
        self._shared.history.write("complete", op=op, **values)


class _Open:
    """A client that is closed in the end."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __enter__(self) -> Client:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()


def _single(client: Client, statement: Signed) -> dict[str, Any]:
    answer = _post(client, "/v1/statements", statement.leaf, "application/cose")
    if answer.status >= 400:
        problem = ApiError(answer)
        if problem.final is None:
            raise problem
        said = {"status": "refused", "code": problem.code, "final": problem.final}
        return _outcome({"id": statement.id, **said})
    return _outcome(answer.json())


def _batch(client: Client, statements: list[Signed]) -> list[dict[str, Any]]:
    body = cbor2.dumps([statement.leaf for statement in statements])
    answer = _post(client, "/v1/statements/batch", body, "application/cbor")
    if answer.status >= 400:
        raise ApiError(answer)
    return [_outcome(result) for result in answer.json()["results"]]


def _post(client: Client, path: str, body: bytes, kind: str) -> Answer:
    query = {"wait": "final", "timeout_ms": WAIT_MS}
    return client.ask("POST", path, query=query, body=body, content_type=kind)


def _outcome(result: dict[str, Any]) -> dict[str, Any]:
    """The part of an answer that the checker judges."""
    names = ("id", "status", "index", "height", "block_id", "version", "code", "final", "time_ms")
    return {name: result[name] for name in names if name in result}


def main() -> None:
    folder = Path(sys.argv[1])
    given = json.loads((folder / "clients.json").read_text(encoding="utf-8"))
    members = Path(given["network"]) / "members"
    keys = {name: read_signing_key(members / f"{name}.pem") for name in MEMBERS}
    genesis = parse_genesis((Path(given["network"]) / "genesis.json").read_bytes())
    evidence = folder / "evidence"
    evidence.mkdir()
    history = History(folder / "clients.jsonl")
    shared = Shared(given["urls"], genesis, keys, history, evidence)
    workers = [Member(number, shared, given["seed"]) for number in range(CLIENTS)]
    threads = [threading.Thread(target=_guarded, args=(worker, history)) for worker in workers]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    shared.stop.set()
    for thread in threads:
        thread.join()
    history.write("done")
    history.close()


def _guarded(worker: Member, history: History) -> None:
    """A client that dies of a mistake of ours must be seen, not missed."""
    try:
        worker.work()
    except BaseException as error:
        history.write("broken", client=worker.name, error=repr(error))
        raise


if __name__ == "__main__":
    main()
