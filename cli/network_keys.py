"""The keys of an organisation and its node, made where they stay."""

from __future__ import annotations

import os
from pathlib import Path

from cli.files import (
    KEY_ENTROPY_BYTES,
    read_bls_secret,
    write_bls_secret,
    write_contents_key,
    write_signing_key,
)
from cli.network_plan import NODE_NAME, Organisation
from ledger.bls import backend
from ledger.genesis import GenesisKey, GenesisOrganisation, GenesisValidator
from ledger.keys import SigningKey
from ledger.primitives import encode_base64url
from ledger.sealing import KEY_BYTES, ContentsKey

CONTENTS_FILE = "contents.key"


def make_keys(directory: Path, organisation: Organisation) -> GenesisOrganisation:
    """Make an organisation's keys: its members', its node's, and a carrier's numbering key.

    Its contents key lies with its node, or with the one that it entrusts, and with its members otherwise.
    """
    members = directory / "members" / organisation.id
    node = directory / "nodes" / organisation.id
    numbering = new_bls(members / "numbering.key") if "carrier" in organisation.roles else None
    if organisation.node == "validator":
        new_bls(node / "keys" / "validator.key")
    place = (node / "keys" if organisation.node else members) / CONTENTS_FILE
    if organisation.uses is not None and organisation.entrusts:
        place = directory / "nodes" / organisation.uses / "keys" / f"contents-{organisation.id}.key"
    contents = _new_contents(place)
    return GenesisOrganisation(
        id=organisation.id,
        name=organisation.name,
        roles=organisation.roles,
        jurisdiction=organisation.jurisdiction,
        numbering_key=encode_base64url(backend().public_key(numbering)) if numbering else None,
        numbering_possession=encode_base64url(backend().prove_possession(numbering)) if numbering else None,
        contents_key=contents.text,
        members=tuple(_new_key(members / f"{name}.pem", name) for name in organisation.members),
        nodes=(_new_key(node / "keys" / "node.pem", NODE_NAME),) if organisation.node else (),
    )


def _new_key(path: Path, name: str) -> GenesisKey:
    key = SigningKey.from_entropy(os.urandom(KEY_ENTROPY_BYTES))
    write_signing_key(path, key)
    return GenesisKey(name=name, key=key.public_key.text)


def _new_contents(path: Path) -> ContentsKey:
    key = ContentsKey.from_bytes(os.urandom(KEY_BYTES))
    write_contents_key(path, key)
    return key


def new_bls(path: Path) -> bytes:
    """Make a BLS secret in a new file."""
    secret = backend().derive_secret(os.urandom(KEY_ENTROPY_BYTES))
    write_bls_secret(path, secret)
    return secret


def founding_validator(directory: Path, organisation: str) -> GenesisValidator:
    """The seat of an organisation, with the proof of its key."""
    secret = read_bls_secret(directory / "nodes" / organisation / "keys" / "validator.key")
    return GenesisValidator(
        organisation=organisation,
        bls_key=encode_base64url(backend().public_key(secret)),
        possession=encode_base64url(backend().prove_possession(secret)),
    )
