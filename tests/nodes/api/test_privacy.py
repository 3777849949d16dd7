"""What a competitor's node has of others' trade: every address of its API, every table, every file.

A carrier of its own, `rival`, runs a node of the network and lends it to `river`, a
trader who keeps its contents key to itself. `quay` issues a bill to the trader, who
declares the goods and registers an invoice. Then everything that the rival's node
says and stores is searched for what those documents say, plain, hashed or encoded.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest_asyncio

from contracts.documents.declaration import summarise_declaration
from contracts.documents.package import ContainerOpening, Package, encode_package
from contracts.documents.summary import summarise
from ledger.bls import backend
from ledger.canonical import document_checksum
from ledger.contents import bill_id, container_commitment, contents_commitment, sign_number
from ledger.genesis import Genesis, GenesisKey, GenesisOrganisation
from ledger.hashing import Tag, sha256, tagged_hash
from ledger.keys import SigningKey
from ledger.primitives import encode_base64url
from ledger.sealing import Keyring, encode_sealed, parse_sealed, seal_content
from nodes.storage.models import METADATA
from tests.ledger.builder import bls_secret, entropy
from tests.nodes.api.leaks import MIN_SECRET, flat, forms, found_in, indexed, leaves, spellings
from tests.nodes.api.rig import CLERK, QUAY, TRADER, Rig, contents_key, make_genesis
from tests.nodes.api.test_events import stream

SPY = "rival/spy"
EXAMPLES = Path(__file__).parents[3] / "examples"
RIVAL_NODE = SigningKey.from_entropy(entropy("node rival"))
MRN, QUESTION = "26VN0311A000577Z9", "Which mill fired the tiles of lot seven?"
ON_THE_LEDGER = " cnqzh vnhph import invoice"
"""Places and kinds that records state on purpose: docs/privacy.md."""
SALT = bytes(range(100, 116))
"""Of every container number."""


def genesis() -> Genesis:
    """The corridor of the other tests; its carrier numbers bills, and has a competitor with a node."""
    made = make_genesis()

    def carrier(one: GenesisOrganisation, secret: bytes) -> GenesisOrganisation:
        key, proof = backend().public_key(secret), backend().prove_possession(secret)
        return msgspec.structs.replace(
            one, numbering_key=encode_base64url(key), numbering_possession=encode_base64url(proof)
        )

    rival = GenesisOrganisation(
        id="rival",
        name="Rival Line",
        roles=("carrier",),
        contents_key=contents_key("rival").text,
        members=(
            GenesisKey(name="spy", key=SigningKey.from_entropy(entropy("member " + SPY)).public_key.text),
        ),
        nodes=(GenesisKey(name="node-1", key=RIVAL_NODE.public_key.text),),
    )
    others = tuple(carrier(o, bls_secret("quay")) if o.id == "quay" else o for o in made.organisations)
    organisations = (*others, carrier(rival, bls_secret("rival")))
    return msgspec.structs.replace(made, organisations=organisations)


class Trade:
    """What the others do, and what of it is nobody else's business."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        document = json.loads((EXAMPLES / "corridor-to-order.json").read_text())
        summary = summarise(document)
        signature = sign_number(
            bls_secret("quay"), summary.carrier_code, summary.transport_document_reference, None
        )
        self.bill = Package(
            kind="bill",
            subject=f"bill/{bill_id(signature).hex()}",
            salt=sha256(b"salt of the bill")[:16],
            document=document,
            numbering=signature,
            containers={
                number: ContainerOpening(
                    id=sha256(b"id" + number.encode())[:16].hex(), salt=sha256(b"s")[:16]
                )
                for number in summary.containers
            },
        )
        declaration = json.loads((EXAMPLES / "declaration-import.json").read_text())
        self.declaration = self.package("declaration", declaration)
        self.invoice = self.package("document", json.loads((EXAMPLES / "corridor-invoice.json").read_text()))
        self.packages = (self.bill, self.declaration, self.invoice)

    @staticmethod
    def package(kind: str, document: dict[str, Any]) -> Package:
        salt = sha256(f"salt of the {kind}".encode())[:16]
        record = sha256(f"id of the {kind}".encode())[:16].hex()
        return Package(kind=kind, subject=f"{kind}/{record}", salt=salt, document=document)

    async def act(self, act: str, subject: str, body: dict[str, Any], member: str) -> None:
        value = self.rig.application.state().get(subject)
        version = 0 if value is None else json.loads(value)["version"]
        leaf = self.rig.statement(act, subject, body, member=member, expected_version=version)
        answer = await self.rig.submit(leaf, "?wait=final")
        assert answer.status_code == 201, answer.text

    async def play(self) -> None:
        bill, declaration, invoice = self.packages
        summary = summarise(bill.document)
        containers = [
            {"id": opening.id, "commitment": container_commitment(opening.salt, number).hex()}
            for number, opening in bill.containers.items()
        ]
        issue = {
            "type": summary.kind.value,
            "possessor": "river",
            "titleholder": "river",
            "contents": bill.commitment().hex(),
            "containers": containers,
            "place_of_loading": "CNQZH",
            "place_of_delivery": "VNHPH",
        }
        bills = [bill.subject.partition("/")[2]]
        lodge = {
            "type": "import",
            "office": "harbour",
            "contents": declaration.commitment().hex(),
            "bills": bills,
        }
        register = {"type": "invoice", "contents": invoice.commitment().hex(), "bills": bills}
        await self.store(declaration)
        await self.store(invoice)
        await self.act("bill.issue", bill.subject, issue, QUAY)
        await self.act("clearance.lodge", declaration.subject, lodge, TRADER)
        reference = contents_commitment(bytes(range(16)), {"mrn": MRN}).hex()
        await self.act("clearance.accept", declaration.subject, {"reference": reference}, CLERK)
        question = contents_commitment(bytes(range(16)), {"text": QUESTION}).hex()
        await self.act("clearance.query", declaration.subject, {"query": "q1", "question": question}, CLERK)
        await self.act("document.register", invoice.subject, register, TRADER)
        await self.read()

    async def read(self) -> None:
        """The trader reads its bill through the node of the carrier's competitor."""
        bill = self.bill
        self.rig.network.held[bill.commitment().hex().encode()] = encode_sealed(self.sealed(bill))
        for package in self.packages:
            path = f"/v1/contents/{package.commitment().hex()}"
            answer = await self.rig.get(path, member=TRADER, subject=package.subject)
            opened = Keyring([contents_key("river")]).open(parse_sealed(answer.content))
            assert opened == encode_package(package), "the trader itself gets everything"

    async def store(self, package: Package) -> None:
        path = f"/v1/contents/{package.commitment().hex()}"
        answer = await self.rig.put(path, encode_sealed(self.sealed(package)), member=TRADER)
        assert answer.status_code == 200, answer.text

    @staticmethod
    def sealed(package: Package) -> Any:
        return seal_content(
            encode_package(package),
            commitment=package.commitment(),
            kind=package.kind,
            subject=package.subject,
            keys=[contents_key("river").public],
            content_key=sha256(package.salt),
            nonce=package.salt[:12],
        )

    def texts(self) -> set[str]:
        """Every text and number of the documents that can be told apart from words of a code list."""
        found = {MRN, QUESTION}
        for package in self.packages:
            found |= set(leaves(package.document)) | set(package.containers)
        public = json.dumps(msgspec.to_builtins(self.rig.genesis)).casefold() + ON_THE_LEDGER
        telling = {text for text in found if len(text) >= MIN_SECRET and not re.fullmatch("[A-Z_]+", text)}
        return {text for text in telling if text.casefold() not in public}

    def numbers(self) -> tuple[str, ...]:
        """What somebody who guesses numbers, or knows names, might search for."""
        bill = self.bill.document
        number = str(bill["transportDocumentReference"])
        names = summarise(bill).parties.values()
        found = (number, number[:6], f"{bill['carrierCode']}:{number}", *self.bill.containers, *names)
        return (*found, summarise_declaration(self.declaration.document).local_reference_number, MRN)

    def secrets(self) -> dict[bytes, str]:
        """What must be found nowhere, and what it comes from."""
        found: dict[bytes, str] = {}
        for text in self.texts():
            for form in {text, text.upper(), text.lower(), "".join(filter(str.isalnum, text)).upper()}:
                found |= dict.fromkeys(forms(form.encode()), text)
        for package in self.packages:
            for secret in (package.salt, package.numbering, sha256(package.salt)):
                if secret is not None:
                    found |= dict.fromkeys(spellings(secret), f"salt or signature of {package.subject}")
            checksum = document_checksum(package.document)
            found |= dict.fromkeys(spellings(checksum), f"checksum of {package.subject}")
            for number, opening in package.containers.items():
                found |= dict.fromkeys(spellings(opening.salt), f"salt of {number}")
        return found


@pytest_asyncio.fixture
async def rival(tmp_path: Path) -> AsyncIterator[Rig]:
    made = Rig(tmp_path, genesis=genesis(), organisation="rival", keyring=Keyring([contents_key("rival")]))
    yield made
    await made.close()


def keys_of(rig: Rig, kind: str = "") -> list[str]:
    return [key for (key,) in rows(rig, "SELECT key FROM record") if key.startswith(kind)]


VALUES: dict[str, Callable[[Rig], list[str]]] = {
    "height": lambda rig: [str(height) for height in range(rig.application.info().height + 1)],
    "index": lambda rig: [str(index) for index in range(rig.application.info().frontier.size)],
    "key": keys_of,
    "container": lambda rig: [key.partition("/")[2] for key in keys_of(rig, "container")],
    "id": lambda rig: [leaf.hex() for (leaf,) in rows(rig, "SELECT statement_id FROM entry")],
}
"""What stands for a parameter of a path: all that there is of it."""


def rows(rig: Rig, query: str) -> list[Any]:
    with rig.store.database.reading() as connection:
        return list(connection.exec_driver_sql(query))


def paths(rig: Rig, path: str, trade: Trade) -> list[str]:
    """The addresses that a path of the OpenAPI document stands for."""
    named = re.findall(r"{(\w+)}", path)
    if not named:
        return [path]
    (name,) = named
    if name == "commitment":
        return [path.replace("{commitment}", package.commitment().hex()) for package in trade.packages]
    return [path.replace(f"{{{name}}}", value) for value in VALUES[name](rig)]


def queries(operation: dict[str, Any], trade: Trade, path: str) -> list[dict[str, Any]]:
    """Queries worth asking: none, each value that a parameter may take, each record and each number."""
    asked: list[dict[str, Any]] = [{}]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] != "query":
            continue
        name, schema = parameter["name"], parameter["schema"]
        allowed = schema.get("enum", ())
        if name == "format":
            allowed = ("json", "csv")
        if schema.get("type") == "boolean":
            allowed = (True, False)
        if name == "subject":
            allowed = tuple(package.subject for package in trade.packages)
        if path == "/v1/search" and name in ("bill", "container", "declaration", "party", "text"):
            allowed = trade.numbers()
        if name == "kind":
            allowed = ("bill", "declaration", "document", "container", "organisation", "member", "key")
        asked += [{name: value} for value in allowed]
    return asked


async def walk(rig: Rig, trade: Trade) -> AsyncIterator[tuple[str, str, dict[str, Any], bytes]]:
    """Every read that the API offers, as the competitor's member: method, address, query and answer."""
    described = rig.app.openapi()["paths"]
    for path, operations in described.items():
        for method, operation in operations.items():
            if path == "/v1/events":
                continue
            for address in paths(rig, path, trade):
                for query in queries(operation, trade, path):
                    body = b"{}" if method in ("put", "post") else b""
                    request = rig.signed(method.upper(), address, query, body, member=SPY)
                    answer = await rig.client.send(request)
                    assert answer.status_code < 500, (method, address, query, answer.text)
                    yield f"{method} {path}", address, query, answer.content


async def test_no_address_of_a_competitors_node_tells_what_others_documents_say(rival: Rig) -> None:
    trade = Trade(rival)
    async with stream(rival) as heard:
        await trade.play()
        events = b"".join(heard.parts.get_nowait() for _ in range(heard.parts.qsize()))
    secrets, asked = indexed(trade.secrets()), set()
    assert sum(map(len, secrets.values())) > 5_000
    assert b"document.register" in events
    assert not found_in(events, secrets)
    answers: dict[bytes, str] = {}
    async for route, address, query, answer in walk(rival, trade):
        asked.add(route)
        answers.setdefault(answer, f"{address} {query}")
        if route == "get /v1/search" and query:
            assert not json.loads(answer).get("items"), (query, answer)
    described = {
        f"{method} {path}"
        for path, operations in rival.app.openapi()["paths"].items()
        for method in operations
    }
    assert described - asked == {"get /v1/events"}
    leaks = {place: leak for answer, place in answers.items() if (leak := found_in(answer, secrets))}
    assert not leaks
    assert len(answers) > 60


async def test_no_table_and_no_file_of_a_competitors_node_holds_them(rival: Rig, tmp_path: Path) -> None:
    trade = Trade(rival)
    await trade.play()
    secrets, seen = trade.secrets(), {}
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        assert {table.name for table in METADATA.sorted_tables} <= set(names)
        for name in names:
            values = [value for row in connection.execute(f'SELECT * FROM "{name}"') for value in row]
            seen[name] = len(values)
            data = b"\x00".join(v if isinstance(v, bytes) else str(v).encode() for v in values)
            assert not found_in(data, secrets), name
    assert seen["content"], "it keeps what the trader stored, and cannot read it"
    assert seen["content_read"]
    assert seen["private_index"] == 0
    files = await asyncio.to_thread(
        lambda: {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    )
    assert "ledger.db" in files
    leaks = {name: leak for name, data in files.items() if (leak := flat(data, secrets))}
    assert not leaks


async def test_the_search_would_find_them(rival: Rig) -> None:
    """What an author's own node has is full of them: the searches above can fail."""
    trade = Trade(rival)
    secrets = indexed(trade.secrets())
    for package in trade.packages:
        assert len(found_in(encode_package(package), secrets)) > 10
        hidden = json.dumps({"deep": encode_base64url(encode_package(package).hex().encode())}).encode()
        assert len(found_in(hidden, secrets)) > 10
    number = trade.bill.document["transportDocumentReference"].encode()
    assert found_in(b'{"id":"' + hashlib.sha256(number).hexdigest().encode() + b'"}', secrets)
    assert found_in(tagged_hash(Tag.CONTAINER, next(iter(trade.bill.containers)).encode()), secrets)
