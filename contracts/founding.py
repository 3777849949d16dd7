"""The first records: what a genesis document says, as state.

`ledger.genesis` has checked shape, names and keys. Here it is read in the
contracts' vocabulary: roles, jurisdictions, rules version. Founding members
administer their organisations and sign for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from contracts.governance.model import KeyPurpose, NamedKey, named_key
from contracts.membership.model import (
    AUTHORITIES,
    MAX_ADMINISTRATORS,
    MAX_NODES,
    Member,
    MemberKey,
    MemberState,
    NetworkParameters,
    NetworkValidators,
    NodeKey,
    Organisation,
    OrganisationState,
    Permission,
    Role,
)
from contracts.model import PARAMETERS_KEY, VALIDATORS_KEY, Record, member_key, organisation_key
from contracts.versions import RULES_VERSION
from ledger import canonical
from ledger.errors import GenesisError
from ledger.genesis import Genesis, GenesisKey, GenesisOrganisation, genesis_validators

FOUNDER = "genesis"
"""Stands for member and act in the stamp of a founding record."""


def genesis_records(genesis: Genesis) -> dict[str, bytes]:
    """The founding records by key, canonical, in the order of their keys.

    Raises `GenesisError` naming the field for an unknown rules version, an unknown
    or repeated role, an authority without jurisdiction, too many members or nodes, or
    a key that stands for two things.
    """
    if not 1 <= genesis.rules_version <= RULES_VERSION:
        raise GenesisError(
            f"rules version {genesis.rules_version} is not known here", field="genesis.rules_version"
        )
    stamp: dict[str, Any] = {
        "version": 1,
        "created_ms": genesis.time_ms,
        "changed_ms": genesis.time_ms,
        "changed_by": FOUNDER,
        "changed_act": FOUNDER,
    }
    records = _records(genesis)
    return {key: canonical.encode(replace(records[key], **stamp)) for key in sorted(records)}


def _records(genesis: Genesis) -> dict[str, Record]:
    records: dict[str, Record] = {
        VALIDATORS_KEY: NetworkValidators(validators=genesis_validators(genesis).validators),
        PARAMETERS_KEY: NetworkParameters(parameters=genesis.parameters, rules_version=genesis.rules_version),
    }
    for founder in genesis.organisations:
        records[organisation_key(founder.id)] = _organisation(founder)
        for member in founder.members:
            records[member_key(f"{founder.id}/{member.name}")] = _member(founder, member)
    for organisation, purpose, key in _named_keys(genesis):
        place = named_key(key)
        if place in records:
            raise GenesisError(f"a key of {organisation} is named twice", field="genesis")
        records[place] = NamedKey(purpose=purpose, organisation=organisation)
    return records


def _named_keys(genesis: Genesis) -> Iterator[tuple[str, KeyPurpose, str]]:
    """The keys that are never to be named again: whose, what for, and the key."""
    for validator in genesis.validators:
        yield validator.organisation, KeyPurpose.VALIDATOR, validator.bls_key
    for founder in genesis.organisations:
        for node in founder.nodes:
            yield founder.id, KeyPurpose.NODE, node.key
        if founder.numbering_key is not None:
            yield founder.id, KeyPurpose.NUMBERING, founder.numbering_key
        if founder.contents_key is not None:
            yield founder.id, KeyPurpose.CONTENTS, founder.contents_key


def _organisation(founder: GenesisOrganisation) -> Organisation:
    field = f"genesis.organisations.{founder.id}"
    roles = _roles(founder, f"{field}.roles")
    if founder.jurisdiction is None and any(role in AUTHORITIES for role in roles):
        raise GenesisError("a customs office or agency needs a jurisdiction", field=f"{field}.jurisdiction")
    if len(founder.members) > MAX_ADMINISTRATORS:
        raise GenesisError(f"more than {MAX_ADMINISTRATORS} founding members", field=f"{field}.members")
    if len(founder.nodes) > MAX_NODES:
        raise GenesisError(f"more than {MAX_NODES} nodes", field=f"{field}.nodes")
    return Organisation(
        id=founder.id,
        name=founder.name,
        state=OrganisationState.ACTIVE,
        roles=roles,
        jurisdiction=founder.jurisdiction,
        numbering_key=founder.numbering_key,
        contents_key=founder.contents_key,
        administrators=tuple(sorted(member.name for member in founder.members)),
        nodes=tuple(NodeKey(name=node.name, key=node.key) for node in founder.nodes),
    )


def _roles(founder: GenesisOrganisation, field: str) -> tuple[Role, ...]:
    if not founder.roles:
        raise GenesisError("an organisation needs at least one role", field=field)
    if len(set(founder.roles)) != len(founder.roles):
        raise GenesisError("a role is listed twice", field=field)
    known = [role.value for role in Role]
    for role in founder.roles:
        if role not in known:
            raise GenesisError(f"unknown role {role!r}; there are {', '.join(known)}", field=field)
    return tuple(Role(role) for role in sorted(founder.roles))


def _member(founder: GenesisOrganisation, member: GenesisKey) -> Member:
    return Member(
        organisation=founder.id,
        name=member.name,
        state=MemberState.ACTIVE,
        permissions=(Permission.ADMINISTRATOR, Permission.SIGNER),
        keys=(MemberKey(key=member.key),),
    )
