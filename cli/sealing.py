"""Contents sealed and opened by the members of an organisation that keeps its contents key to itself.

Where the key lies with the members and not with a node, the node they use stores and
passes on what it cannot read: packages are sealed before they leave, and opened when
they come back. Where the node has the key and the members do not, nothing here is used.
"""

from __future__ import annotations

import os

import msgspec

from cli.client import Client
from cli.errors import CliError, ExitCode
from contracts.documents.package import Package, encode_package
from contracts.membership.model import Organisation
from contracts.model import organisation_key
from contracts.views import entitled
from ledger.canonical import encode
from ledger.errors import LedgerError
from ledger.primitives import decode_base64url
from ledger.sealing import (
    KEY_BYTES,
    MAX_RECIPIENTS,
    NONCE_BYTES,
    encode_sealed,
    is_sealed,
    parse_sealed,
    seal_content,
)


class LedgerState:
    """The ledger's records as a node shows them to a member."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, bytes | None] = {}

    def get(self, key: str) -> bytes | None:
        """Canonical JSON of a record, or None when there is none; each is asked for once."""
        if key not in self._known:
            found = self._client.record(key)
            self._known[key] = None if found is None else encode(found["record"])
        return self._known[key]


def for_node(client: Client, package: Package) -> bytes:
    """The bytes in which a package goes to the client's node: sealed if the members hold the key."""
    if not client.keyring:
        return encode_package(package)
    state = LedgerState(client)
    own = client.organisation
    record = state.get(package.subject)
    readers = () if record is None else entitled(package.subject, record, state)
    if not client.keyring.holds(_key_of(state, own)):
        raise CliError(
            f"the ledger names another contents key for {own} than those that you hold",
            do="Name yours: sealane org set-contents-key FILE",
            code="contents.no-key",
        )
    keys = [key for name in dict.fromkeys((own, *readers)) if (key := _key_of(state, name)) is not None]
    sealed = seal_content(
        encode_package(package),
        commitment=package.commitment(),
        kind=package.kind,
        subject=package.subject,
        keys=keys[:MAX_RECIPIENTS],
        content_key=os.urandom(KEY_BYTES),
        nonce=os.urandom(NONCE_BYTES),
    )
    return encode_sealed(sealed)


def opened(client: Client, data: bytes) -> bytes:
    """The package in what the client's node sent, in clear or sealed; `CliError` if it cannot be opened."""
    if not is_sealed(data):
        return data
    if not client.keyring:
        raise CliError(
            f"the contents came sealed to {client.organisation}, and its contents key is not here",
            why="Neither the node that you use nor this network directory has it.",
            do="Use your organisation's own node: --node ORG; or put the key at members/ORG/contents.key.",
            exit_code=ExitCode.REFUSED,
            code="contents.sealed",
        )
    try:
        return client.keyring.open(parse_sealed(data))
    except LedgerError as error:
        raise CliError(
            "the contents cannot be opened",
            why=error.message,
            do="Ask for them again; if a contents key was replaced, keep the old one beside the new.",
            exit_code=ExitCode.REFUSED,
            code="contents.sealed",
        ) from None


def _key_of(state: LedgerState, organisation: str) -> bytes | None:
    value = state.get(organisation_key(organisation))
    record = None if value is None else msgspec.json.decode(value, type=Organisation)
    if record is None or record.contents_key is None:
        return None
    return decode_base64url(record.contents_key, field="contents_key")
