"""Members who keep their organisation's contents key: what leaves is sealed, what comes back is opened."""

from __future__ import annotations

from typing import Any, cast

import pytest

from cli.client import Client
from cli.errors import CliError
from cli.sealing import for_node, opened
from contracts.documents.package import Package, encode_package
from ledger.hashing import sha256
from ledger.sealing import ContentsKey, Keyring, encode_sealed, is_sealed, parse_sealed, reseal

SUBJECT = "document/" + "ab" * 16
PACKAGE = Package(kind="document", subject=SUBJECT, salt=bytes(16), document={"title": "Invoice"})


def key(label: str) -> ContentsKey:
    return ContentsKey.from_bytes(sha256(label.encode()))


MILL, BANK, OTHER = key("mill"), key("bank"), key("other")


def organisation(name: str, contents_key: ContentsKey | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "kind": "organisation",
        "id": name,
        "name": name,
        "state": "active",
        "roles": ["trader"],
        "administrators": ["chief"],
        "version": 1,
        "created_ms": 1,
        "changed_ms": 1,
        "changed_by": "genesis",
        "changed_act": "genesis",
    }
    return record if contents_key is None else {**record, "contents_key": contents_key.text}


class Node:
    """A node as a client knows it: records, and whose member asks with which keys."""

    def __init__(self, *keys: ContentsKey, records: dict[str, dict[str, Any]] | None = None) -> None:
        self.organisation = "mill"
        self.keyring = Keyring(keys)
        self.records = {
            "organisation/mill": organisation("mill", MILL),
            "organisation/bank": organisation("bank", BANK),
            "organisation/keyless": organisation("keyless", None),
            **(records or {}),
        }

    def record(self, wanted: str) -> dict[str, Any] | None:
        found = self.records.get(wanted)
        return None if found is None else {"record": found}

    @property
    def client(self) -> Client:
        return cast(Client, self)


def registered(*readers: str) -> dict[str, dict[str, Any]]:
    record = {**organisation("", None), "kind": "document", "type": "invoice", "state": "registered"}
    for name in ("id", "name", "roles", "administrators"):
        del record[name]
    more = {"organisation": "mill", "contents": PACKAGE.commitment().hex(), "readers": list(readers)}
    return {SUBJECT: record | more}


def test_without_a_key_of_its_own_a_package_goes_in_clear() -> None:
    assert for_node(Node().client, PACKAGE) == encode_package(PACKAGE)
    assert opened(Node().client, encode_package(PACKAGE)) == encode_package(PACKAGE)


def test_a_draft_is_sealed_to_its_own_organisation_alone() -> None:
    sent = for_node(Node(MILL).client, PACKAGE)
    assert is_sealed(sent)
    assert [one.key for one in parse_sealed(sent).recipients] == [MILL.public]
    assert opened(Node(MILL).client, sent) == encode_package(PACKAGE)


def test_what_has_a_record_is_sealed_to_all_whom_it_entitles() -> None:
    node = Node(MILL, OTHER, records=registered("bank", "keyless"))
    sealed = parse_sealed(for_node(node.client, PACKAGE))
    assert {one.key for one in sealed.recipients} == {MILL.public, BANK.public}
    assert Keyring([BANK]).open(sealed) == encode_package(PACKAGE)


def test_a_key_that_the_ledger_does_not_name_seals_nothing() -> None:
    with pytest.raises(CliError, match="another contents key") as refused:
        for_node(Node(OTHER).client, PACKAGE)
    assert refused.value.code == "contents.no-key"


def test_what_cannot_be_opened_says_why() -> None:
    sent = for_node(Node(MILL).client, PACKAGE)
    with pytest.raises(CliError, match="its contents key is not here"):
        opened(Node().client, sent)
    to_bank = reseal(parse_sealed(sent), Keyring([MILL]).content_key(parse_sealed(sent)), [BANK.public])
    for wrong in (encode_sealed(to_bank), sent[:-1]):
        with pytest.raises(CliError, match="cannot be opened"):
            opened(Node(MILL).client, wrong)
