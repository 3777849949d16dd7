"""The genesis document: what every node of a network starts from.

Its canonical bytes are the first leaf of the log, and their tagged hash is the
network id, so two networks that differ in anything differ in id. This file
decides what a well-formed genesis is; what the founding organisations may do is
for the contracts, which turn them into the first records.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from ledger.block import HEADER_VERSION, Header
from ledger.bls import backend
from ledger.canonical import Canonical, decode, encode
from ledger.errors import GenesisError
from ledger.hashing import Tag, tagged_hash
from ledger.keys import PublicKey
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Base64Url, Hash, UInt, decode_base64url
from ledger.seal import NIL
from ledger.sealing import contents_key_from_text
from ledger.validators import Validator, ValidatorSet, check_validator_set

GENESIS_VERSION = 1

MAX_GENESIS_BYTES = 1_048_576
"""A hundred validators and a thousand organisations fit."""

Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=48)]
"""Identifier of an organisation, or of a member or node within one: lower-case words joined by hyphens."""

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
"""A name for people, in any script."""


class Parameters(Canonical, frozen=True, kw_only=True, omit_defaults=False):
    """Numbers that all nodes must share, each of them spelled. Times are milliseconds."""

    statement_window_ms: UInt = 3_600_000
    """How far ahead of block time a statement may stay valid, and how long ids are remembered (W)."""
    max_block_bytes: UInt = 2_097_152
    """Largest sum of the entries' sizes in a block."""
    max_block_entries: UInt = 2_000
    """Most entries in a block."""
    precision_ms: UInt = 1_000
    """How far two honest clocks may differ."""
    message_delay_ms: UInt = 4_000
    """How long a proposal may travel in round 0 and still count as timely."""
    heartbeat_ms: UInt = 30_000
    """How long the chain stays silent before an empty block says that nothing happened."""


class GenesisValidator(Canonical, frozen=True, kw_only=True):
    """A founding validator."""

    organisation: Name
    bls_key: Base64Url
    """BLS public key, 48 bytes."""
    possession: Base64Url
    """Proof of possession of that key, 96 bytes, without which a rogue key could forge seals."""


class GenesisKey(Canonical, frozen=True, kw_only=True):
    """A founding member or node: a name within its organisation, and its key."""

    name: Name
    key: Base64Url
    """ES256 public key, 33 bytes."""


class GenesisOrganisation(Canonical, frozen=True, kw_only=True):
    """A founding organisation."""

    id: Name
    name: Label
    """What people call it."""
    roles: tuple[str, ...]
    """What it does, in the contracts' vocabulary."""
    jurisdiction: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")] | None = None
    """ISO 3166 country, for customs offices and other agencies."""
    numbering_key: Base64Url | None = None
    """BLS key with which a carrier derives its bills' record ids."""
    numbering_possession: Base64Url | None = None
    """Proof of possession of the numbering key."""
    contents_key: Base64Url | None = None
    """X25519 public key to which contents that it may read are sealed, 32 bytes."""
    members: tuple[GenesisKey, ...]
    """Who may act for it; the first members administer it."""
    nodes: tuple[GenesisKey, ...] = ()
    """The nodes it runs, with the keys of their connections and receipts."""


class Genesis(Canonical, frozen=True, kw_only=True):
    """The document that starts a network."""

    version: UInt
    name: Label
    """What people call the network."""
    time_ms: UInt
    """Block time of the genesis."""
    rules_version: UInt
    """Version of the contracts that executes the first block."""
    parameters: Parameters
    validators: tuple[GenesisValidator, ...]
    organisations: tuple[GenesisOrganisation, ...]


def genesis_validators(genesis: Genesis) -> ValidatorSet:
    """The set that seals blocks 1 and 2."""
    return ValidatorSet(
        validators=tuple(
            Validator(organisation=v.organisation, bls_key=v.bls_key) for v in genesis.validators
        )
    )


def network_id(genesis: Genesis) -> Hash:
    """The id that every statement, vote and header of the network carries."""
    return tagged_hash(Tag.NETWORK, encode(genesis))


def parse_genesis(data: bytes) -> Genesis:
    """The genesis that canonical bytes encode, checked in full.

    Raises `EncodingError` for the bytes, `GenesisError` or `CryptoKeyError` naming
    the field for the content.
    """
    genesis = decode(data, Genesis, max_bytes=MAX_GENESIS_BYTES, field="genesis")
    check_genesis(genesis)
    return genesis


def check_genesis(genesis: Genesis) -> None:
    """Refuse a genesis that could not start a network.

    Raises `GenesisError` for an unknown version or name, `CryptoKeyError` for an unproven key.
    """
    if genesis.version != GENESIS_VERSION:
        raise GenesisError(f"version {genesis.version} is not known here", field="genesis.version")
    names = [organisation.id for organisation in genesis.organisations]
    _unique(names, "genesis.organisations")
    check_validator_set(genesis_validators(genesis))
    for validator in genesis.validators:
        field = f"genesis.validators.{validator.organisation}"
        if validator.organisation not in names:
            raise GenesisError("a validator must be one of the organisations", field=field)
        key = decode_base64url(validator.bls_key, field=f"{field}.bls_key", length=48)
        proof = decode_base64url(validator.possession, field=f"{field}.possession", length=96)
        backend().verify_possession(key, proof)
    for organisation in genesis.organisations:
        _check_organisation(organisation)
    # Proofs of possession are public: whoever copied another's key could claim its bills' ids.
    numbering = [o.numbering_key for o in genesis.organisations if o.numbering_key is not None]
    _unique(numbering, "genesis.organisations.numbering_key")


def _check_organisation(organisation: GenesisOrganisation) -> None:
    field = f"genesis.organisations.{organisation.id}"
    if not organisation.members:
        raise GenesisError("an organisation needs at least one member", field=f"{field}.members")
    for kind, keys in (("members", organisation.members), ("nodes", organisation.nodes)):
        _unique([key.name for key in keys], f"{field}.{kind}")
        for key in keys:
            PublicKey.from_text(key.key, field=f"{field}.{kind}.{key.name}.key")
    if organisation.contents_key is not None:
        contents_key_from_text(organisation.contents_key, field=f"{field}.contents_key")
    if (organisation.numbering_key is None) != (organisation.numbering_possession is None):
        raise GenesisError(
            "a numbering key and its proof of possession come together", field=f"{field}.numbering_key"
        )
    if organisation.numbering_key is not None and organisation.numbering_possession is not None:
        backend().verify_possession(
            decode_base64url(organisation.numbering_key, field=f"{field}.numbering_key", length=48),
            decode_base64url(
                organisation.numbering_possession, field=f"{field}.numbering_possession", length=96
            ),
        )


def _unique(names: list[str], field: str) -> None:
    if len(set(names)) != len(names):
        raise GenesisError("two entries are the same", field=field)


def genesis_header(genesis: Genesis, state_root: Hash) -> tuple[Header, Frontier]:
    """The header at height 0, given the root of the founding records, and the log of one leaf."""
    frontier, _ = Frontier.empty().extend([leaf_hash(encode(genesis))])
    validators = genesis_validators(genesis).hash.hex()
    header = Header(
        version=HEADER_VERSION,
        rules_version=genesis.rules_version,
        network=network_id(genesis).hex(),
        height=0,
        time_ms=genesis.time_ms,
        parent=NIL.hex(),
        parent_seal_hash=NIL.hex(),
        proposer="",
        log_size_before=0,
        log_size=1,
        log_root=frontier.root().hex(),
        state_root=state_root.hex(),
        validators_hash=validators,
        next_validators_hash=validators,
    )
    return header, frontier
