"""The genesis: what could not start a network is refused, and nothing in it is without effect on the id."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import rfc8785

from ledger import canonical
from ledger.block import header_id
from ledger.bls import backend
from ledger.errors import CryptoKeyError, EncodingError, GenesisError, LedgerError
from ledger.genesis import (
    MAX_GENESIS_BYTES,
    Genesis,
    GenesisOrganisation,
    Parameters,
    check_genesis,
    genesis_header,
    genesis_validators,
    network_id,
    parse_genesis,
)
from ledger.merkle import leaf_hash
from ledger.primitives import Hash, encode_base64url
from ledger.seal import NIL
from ledger.state import EMPTY
from tests.ledger.builder import bls_secret, make_genesis, member_key

GENESIS = make_genesis()
DATA = canonical.encode(GENESIS)
BLS = backend()


def numbered(genesis: Genesis, seats: dict[int, str]) -> Genesis:
    """The genesis in which the organisations at these places have the numbering keys of these names."""
    organisations = list(genesis.organisations)
    for seat, name in seats.items():
        secret = bls_secret("numbering " + name)
        organisations[seat] = msgspec.structs.replace(
            organisations[seat],
            numbering_key=encode_base64url(BLS.public_key(secret)),
            numbering_possession=encode_base64url(BLS.prove_possession(secret)),
        )
    return msgspec.structs.replace(genesis, organisations=tuple(organisations))


def first(**changes: Any) -> Genesis:
    """The genesis with its first organisation changed."""
    changed = msgspec.structs.replace(GENESIS.organisations[0], **changes)
    return msgspec.structs.replace(GENESIS, organisations=(changed, *GENESIS.organisations[1:]))


def seat(**changes: Any) -> Genesis:
    """The genesis with its first validator changed."""
    changed = msgspec.structs.replace(GENESIS.validators[0], **changes)
    return msgspec.structs.replace(GENESIS, validators=(changed, *GENESIS.validators[1:]))


def test_round_trip() -> None:
    assert parse_genesis(DATA) == GENESIS
    assert network_id(parse_genesis(DATA)) == network_id(GENESIS)
    check_genesis(numbered(GENESIS, {0: "a", 2: "b"}))
    assert rfc8785.dumps(json.loads(DATA)) == DATA


def test_parameters_are_spelled_and_have_one_spelling() -> None:
    """Equal numbers from elsewhere once gave another encoding, and so another network id."""
    plain = Parameters()
    spelled = Parameters(**{name: int(str(getattr(plain, name))) for name in Parameters.__struct_fields__})
    decoded = canonical.decode(canonical.encode(plain), Parameters, max_bytes=1000)
    assert canonical.encode(plain) == canonical.encode(spelled) == canonical.encode(decoded)
    assert set(json.loads(canonical.encode(plain))) == set(Parameters.__struct_fields__)
    for text in (b"{}", b'{"statement_window_ms":3600000}'):
        with pytest.raises(EncodingError):
            canonical.decode(text, Parameters, max_bytes=1000)


def test_every_value_decides_the_network_id() -> None:
    value = json.loads(canonical.encode(numbered(GENESIS, {0: "a"})))

    def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        if isinstance(part, dict | list):
            keys = part if isinstance(part, dict) else range(len(part))
            return [place for key in keys for place in places(part[key], (*path, key))]
        return [path]

    ids = set()
    for path in places(value):
        copy = json.loads(json.dumps(value))
        target = copy
        for key in path[:-1]:
            target = target[key]
        old = target[path[-1]]
        target[path[-1]] = old + 1 if isinstance(old, int) else ("a" if old[0] != "a" else "b") + old[1:]
        ids.add(network_id(msgspec.json.decode(rfc8785.dumps(copy), type=Genesis)))
    assert len(ids) == len(places(value)) > 40


BAD: dict[str, tuple[Genesis, type[LedgerError], str]] = {
    "unknown version": (msgspec.structs.replace(GENESIS, version=2), GenesisError, "genesis.version"),
    "no validators": (msgspec.structs.replace(GENESIS, validators=()), GenesisError, "validators"),
    "a validator twice": (
        msgspec.structs.replace(GENESIS, validators=(*GENESIS.validators, GENESIS.validators[0])),
        GenesisError,
        "validators",
    ),
    "a key twice": (
        seat(bls_key=GENESIS.validators[1].bls_key, possession=GENESIS.validators[1].possession),
        CryptoKeyError,
        "validators",
    ),
    "a foreign validator": (seat(organisation="omega"), GenesisError, "genesis.validators.omega"),
    "no organisations": (
        msgspec.structs.replace(GENESIS, organisations=()), GenesisError, "genesis.validators.alpha"
    ),
    "another's possession": (seat(possession=GENESIS.validators[1].possession), LedgerError, "signature"),
    "a signature as possession": (
        seat(possession=encode_base64url(BLS.sign(bls_secret("alpha"), BLS.public_key(bls_secret("alpha"))))),
        LedgerError,
        "signature",
    ),
    "no possession": (seat(possession=""), EncodingError, "genesis.validators.alpha.possession"),
    "identity as possession": (
        seat(possession=encode_base64url(b"\xc0" + bytes(95))), LedgerError, "signature"
    ),
    "identity as key": (seat(bls_key=encode_base64url(b"\xc0" + bytes(47))), CryptoKeyError, "public_key"),
    "a short key": (seat(bls_key="AA"), EncodingError, "bls_key"),
    "an organisation twice": (
        msgspec.structs.replace(GENESIS, organisations=(*GENESIS.organisations, GENESIS.organisations[0])),
        GenesisError,
        "genesis.organisations",
    ),
    "no members": (first(members=()), GenesisError, "genesis.organisations.alpha.members"),
    "a member twice": (
        first(members=GENESIS.organisations[0].members * 2),
        GenesisError,
        "genesis.organisations.alpha.members",
    ),
    "a bad member key": (
        first(members=(msgspec.structs.replace(GENESIS.organisations[0].members[0], key="AA"),)),
        CryptoKeyError,
        "genesis.organisations.alpha.members.clerk.key",
    ),
    "a node twice": (
        first(nodes=GENESIS.organisations[0].members * 2), GenesisError, "genesis.organisations.alpha.nodes"
    ),
    "a bad node key": (
        first(nodes=(msgspec.structs.replace(GENESIS.organisations[0].members[0], key="A"),)),
        EncodingError,
        "genesis.organisations.alpha.nodes.clerk.key",
    ),
    "a numbering key alone": (
        first(numbering_key=GENESIS.validators[0].bls_key),
        GenesisError,
        "genesis.organisations.alpha.numbering_key",
    ),
    "a numbering possession alone": (
        first(numbering_possession=GENESIS.validators[0].possession),
        GenesisError,
        "genesis.organisations.alpha.numbering_key",
    ),
    "another's numbering possession": (
        first(
            numbering_key=GENESIS.validators[0].bls_key, numbering_possession=GENESIS.validators[1].possession
        ),
        LedgerError,
        "signature",
    ),
    "a copied numbering key": (
        numbered(GENESIS, {0: "same", 3: "same"}), GenesisError, "genesis.organisations.numbering_key"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_could_not_start_a_network(name: str) -> None:
    genesis, kind, field = BAD[name]
    with pytest.raises(kind) as caught:
        parse_genesis(canonical.encode(genesis))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"id":"alpha"', b'"id":"Alpha"'),
        (b'"id":"alpha"', b'"id":"alpha-"'),
        (b'"id":"alpha"', b'"id":"alpha\\n"'),
        (b'"id":"alpha"', b'"id":"al/pha"'),
        (b'"id":"alpha"', b'"id":""'),
        (b'"name":"Alpha"', b'"name":""'),
        (b'"roles":["carrier"]', b'"roles":"carrier"'),
        (b'"version":1}', b'"version":1 }'),
        (b'"version":1}', b'"version":1.0}'),
        (b'"version":1}', b'"version":1,"x":1}'),
        (b'"time_ms":', b'"time_ms":-'),
        (b'"rules_version":1', b'"rules_version":9007199254740992'),
        (b'"members":', b'"jurisdiction":"us","members":'),
        (b'"members":', b'"jurisdiction":null,"members":'),
    ],
)
def test_other_bytes(old: bytes, new: bytes) -> None:
    data = DATA.replace(old, new, 1)
    assert data != DATA
    with pytest.raises(EncodingError) as caught:
        parse_genesis(data)
    assert caught.value.field.startswith("genesis")


def test_size() -> None:
    with pytest.raises(EncodingError, match="the limit is"):
        parse_genesis(DATA + b" " * MAX_GENESIS_BYTES)


def test_the_first_header_follows_from_the_document() -> None:
    header, frontier = genesis_header(GENESIS, Hash(EMPTY))
    assert (header.height, header.time_ms, header.log_size_before, header.log_size) == (
        0,
        GENESIS.time_ms,
        0,
        1,
    )
    assert header.log_root == leaf_hash(DATA).hex() == frontier.root().hex()
    assert header.parent == header.parent_seal_hash == NIL.hex()
    assert header.validators_hash == header.next_validators_hash == genesis_validators(GENESIS).hash.hex()
    assert header.network == network_id(GENESIS).hex()
    other, _ = genesis_header(GENESIS, Hash(b"r" * 32))
    assert header_id(other) != header_id(header)


def test_names_within_one_genesis_may_share_a_key() -> None:
    """One person may be a member of two organisations; what a kid names is looked up by member."""
    key = member_key("shared").public_key.text
    member = msgspec.structs.replace(GENESIS.organisations[0].members[0], key=key)
    organisations: list[GenesisOrganisation] = [
        msgspec.structs.replace(organisation, members=(member,)) for organisation in GENESIS.organisations
    ]
    check_genesis(msgspec.structs.replace(GENESIS, organisations=tuple(organisations)))
