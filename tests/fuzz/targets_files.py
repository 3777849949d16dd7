"""Files and documents that people hand in, and requests that members sign: more doors, as in `targets`."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from cli.certificates import read_chain
from cli.errors import CliError
from cli.files import (
    read_bls_secret,
    read_contents_key,
    read_signing_key,
    write_bls_secret,
    write_contents_key,
    write_signing_key,
)
from cli.network_founding import JoinRequest, read_request
from cli.network_plan import corridor_plan, read_plan, render_plan
from contracts.documents.declaration import check_declaration, summarise_declaration
from contracts.documents.draft import CarrierDetails, draft_transport_document
from contracts.documents.findings import errors
from contracts.documents.package import Package, encode_package, parse_package
from contracts.documents.summary import summarise
from contracts.documents.transport_document import check_transport_document, unwrap
from contracts.documents.wco import map_declaration
from contracts.documents.wco_messages import read_status, read_submission
from contracts.documents.xml_tree import MAX_XML_BYTES, parse_xml
from ledger.canonical import MAX_DOCUMENT_BYTES, encode, parse_document
from ledger.certificate import MAX_CERTIFICATE_BYTES, parse_certificate
from ledger.errors import LedgerError
from ledger.primitives import Hash, Height
from ledger.requests import Request, parse_signed_request, sign_request
from ledger.sealing import ContentsKey, encode_sealed, parse_sealed, seal_content
from nodes.api.problems import ApiProblem
from nodes.bft.journal import FileJournal, JournalError
from nodes.bft.recovery import AbstainRecord, CommittedRecord, LockRecord, SignedRecord
from nodes.config import ConfigError, load_config
from nodes.pages.verify import MAX_FORM_BYTES, file_in
from nodes.storage.contents import MAX_CONTENT_BYTES
from tests.contracts.test_customs_reading import TOLD
from tests.fuzz import seeds
from tests.fuzz.targets import LEDGER, Target
from tests.ledger.authority import p256, root
from tests.nodes.test_config import MINIMAL

SECRET = bytes(range(32))
CARRIER = CarrierDetails(
    carrier_code="CRLN",
    carrier_code_list_provider="NMFTA",
    name="Coral Line",
    street="Quay 1",
    city="Qinzhou",
    country_code="CN",
)
REQUEST = Request(
    method="PUT",
    authority="127.0.0.1:8401",
    path="/v1/contents/ab",
    query="a=1&b=%20",
    member="coral-line/lin-tao",
    body=b"{}",
)


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sealane-fuzz-"))


def _file(name: str, reader: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    """Read a file that holds the bytes, which only its owner may open."""

    def read(data: bytes) -> Any:
        path = _folder() / name
        path.touch(mode=0o600)
        path.write_bytes(data)
        return reader(path)

    return read


def _journal(path: Path) -> Any:
    with FileJournal(path) as journal:
        return journal.records()


def _transport_document(data: bytes) -> None:
    document = unwrap(parse_document(data))
    if not errors(check_transport_document(document)):
        summarise(document)


def _draft(data: bytes) -> None:
    draft_transport_document(parse_document(data), CARRIER)


def _declaration(data: bytes) -> None:
    declaration = parse_document(data)
    if not errors(check_declaration(declaration)):
        summarise_declaration(declaration)


def _wco_declaration(data: bytes) -> None:
    mapped = map_declaration(parse_xml(data))
    if not errors([*mapped.findings, *check_declaration(mapped.document)]):
        summarise_declaration(mapped.document)


def _customs_message(data: bytes) -> None:
    root = parse_xml(data)
    read_status(root)
    read_submission(root)


def _request(data: bytes) -> None:
    """One header a line; the last of a name counts, as the API takes care of those that come twice."""
    lines = [line.partition(": ") for line in data.decode("latin-1").split("\n")]
    parse_signed_request(
        method=REQUEST.method,
        authority=REQUEST.authority,
        path=REQUEST.path,
        query=REQUEST.query,
        body=REQUEST.body,
        headers={name: value for name, _, value in lines},
    )


def _wco_declarations() -> tuple[bytes, ...]:
    return ((seeds.EXAMPLES / "declaration-import.xml").read_bytes(),)


def _customs_messages() -> tuple[bytes, ...]:
    asked = "<Declaration><FunctionCode>13</FunctionCode><TypeCode>COR</TypeCode></Declaration>"
    return (TOLD.encode(), f"<MetaData>{asked}</MetaData>".encode())


def _examples(*names: str) -> Callable[[], tuple[bytes, ...]]:
    return lambda: tuple((seeds.EXAMPLES / f"{name}.json").read_bytes() for name in names)


def _packages() -> tuple[bytes, ...]:
    document = parse_document((seeds.EXAMPLES / "corridor-invoice.json").read_bytes())
    made = Package(
        kind="bill", subject="bill/" + "ab" * 32, salt=bytes(16), document=document, numbering=bytes(96)
    )
    return (encode_package(made),)


@functools.cache
def _journals() -> tuple[bytes, ...]:
    path = _folder() / "made.journal"
    vote, proposal = seeds.messages()[0], seeds.messages()[3]
    with FileJournal(path) as journal:
        journal.append(AbstainRecord(until=Height(3)))
        journal.append(CommittedRecord(height=Height(3)))
        journal.append(SignedRecord(payload=vote))
        journal.append(LockRecord(proposal=proposal, polka=seeds.polka(), validators_hash=bytes(32)))
    return (path.read_bytes(),)


def _configurations() -> tuple[bytes, ...]:
    more = '[log]\nlevel = "debug"\n[storage]\nurl = "sqlite://"\n'
    peers = '[[peers]]\norganisation = "b"\nname = "node-1"\nhost = "::1"\nport = 1\n'
    return (MINIMAL.encode(), (MINIMAL + more + peers).encode())


def _plans() -> tuple[bytes, ...]:
    return (render_plan(corridor_plan()).encode(),)


@functools.cache
def _signing_keys() -> tuple[bytes, ...]:
    path = _folder() / "made.pem"
    write_signing_key(path, seeds.NODE)
    return (path.read_bytes(),)


@functools.cache
def _bls_secrets() -> tuple[bytes, ...]:
    path = _folder() / "made.key"
    write_bls_secret(path, SECRET)
    return (path.read_bytes(),)


@functools.cache
def _x25519() -> tuple[bytes, ...]:
    path = _folder() / "made-contents.key"
    write_contents_key(path, ContentsKey.from_bytes(SECRET))
    return (path.read_bytes(),)


@functools.cache
def _sealed() -> tuple[bytes, ...]:
    keys = [ContentsKey.from_bytes(bytes([number]) * 32).public for number in (1, 2)]
    made = seal_content(
        b"a package",
        commitment=Hash(bytes(32)),
        kind="bill",
        subject="bill/" + "ab" * 32,
        keys=keys,
        content_key=SECRET,
        nonce=bytes(12),
    )
    return (encode_sealed(made),)


def _requests() -> tuple[bytes, ...]:
    headers = sign_request(seeds.NODE, REQUEST, created_s=1_790_000_000, nonce=bytes(16))
    return ("\n".join(f"{name}: {value}" for name, value in headers.items()).encode(),)


COMMANDS = (CliError,)


def _certificates() -> list[bytes]:
    return [certificate for issued in (root(), root().issue("x", p256(3))) for certificate in issued.chain]


def _certificate(data: bytes) -> Any:
    return parse_certificate(data, "chain.0")


def _pem() -> list[bytes]:
    issued = root().issue("x", p256(3))
    return [b"".join(one.public_bytes(Encoding.PEM) for one in (issued.certificate, *issued.above))]


def _join_requests() -> list[bytes]:
    genesis = seeds.chain().genesis
    return [
        encode(
            JoinRequest(
                version=1,
                plan="ab" * 32,
                organisation=genesis.organisations[0],
                validator=genesis.validators[0],
            )
        )
    ]


FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.json"\r\n\r\n{}\r\n--b--\r\n'


def _in_form(data: bytes) -> bytes:
    return file_in("multipart/form-data; boundary=b", data)


FILE_TARGETS: tuple[Target, ...] = (
    Target("form with a file", "bytes", lambda: (FORM,), _in_form, (ApiProblem,), MAX_FORM_BYTES),
    Target(
        "transport document",
        "json",
        _examples("corridor-straight", "corridor-to-order", "corridor-sea-waybill"),
        _transport_document,
        LEDGER,
        MAX_DOCUMENT_BYTES,
    ),
    Target(
        "shipping instructions",
        "json",
        _examples("corridor-shipping-instructions"),
        _draft,
        LEDGER,
        MAX_DOCUMENT_BYTES,
    ),
    Target(
        "declaration",
        "json",
        _examples("declaration-import", "declaration-export"),
        _declaration,
        LEDGER,
        MAX_DOCUMENT_BYTES,
    ),
    Target("WCO declaration", "xml", _wco_declarations, _wco_declaration, LEDGER, MAX_XML_BYTES),
    Target("customs message", "xml", _customs_messages, _customs_message, LEDGER, MAX_XML_BYTES),
    Target("sealed contents", "msgpack", _sealed, parse_sealed, LEDGER, MAX_CONTENT_BYTES, encode_sealed),
    Target("contents package", "json", _packages, parse_package, LEDGER, MAX_DOCUMENT_BYTES),
    Target("signed request", "bytes", _requests, _request, LEDGER, 16_384),
    Target("journal", "bytes", _journals, _file("one.journal", _journal), (JournalError,), 100_000),
    Target("node.toml", "bytes", _configurations, _file("node.toml", load_config), (ConfigError,), 20_000),
    Target("network.toml", "bytes", _plans, _file("network.toml", read_plan), COMMANDS, 20_000),
    Target("key", "bytes", _signing_keys, _file("a.pem", read_signing_key), (*COMMANDS, LedgerError), 16_384),
    Target("contents key", "bytes", _x25519, _file("contents.key", read_contents_key), COMMANDS, 16_384),
    Target("certificate", "bytes", _certificates, _certificate, LEDGER, MAX_CERTIFICATE_BYTES),
    Target("chain", "bytes", _pem, _file("chain.pem", read_chain), COMMANDS, 65_536),
    Target("join request", "json", _join_requests, _file("a.join.json", read_request), COMMANDS, 65_536),
    Target("BLS key", "json", _bls_secrets, _file("b.key", read_bls_secret), COMMANDS, 16_384),
)
