"""Genesis documents as first records."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.catalogue import decode_record
from contracts.execution import genesis_records, validators_after
from contracts.governance.model import named_key
from contracts.membership.model import MAX_ADMINISTRATORS, MAX_NODES, Permission, Role
from contracts.versions import RULES_VERSION
from ledger.errors import GenesisError
from ledger.genesis import GenesisKey, genesis_validators
from tests.contracts.world import KEYS, World, key_text, make_genesis


def with_first(**changes: Any) -> Any:
    genesis = make_genesis()
    first, *others = genesis.organisations
    return msgspec.structs.replace(
        genesis, organisations=(msgspec.structs.replace(first, **changes), *others)
    )


def test_the_founding_records() -> None:
    records = genesis_records(make_genesis())
    assert list(records) == sorted(records)
    customs: Any = decode_record("organisation/haiphong-customs", records["organisation/haiphong-customs"])
    assert (customs.roles, customs.jurisdiction, customs.version) == ((Role.CUSTOMS,), "VN", 1)
    assert customs.administrators == ("chief",)
    member: Any = decode_record("member/guangxi-bank/chief", records["member/guangxi-bank/chief"])
    assert member.permissions == (Permission.ADMINISTRATOR, Permission.SIGNER)
    assert member.keys[0].key == KEYS["guangxi-bank"].public_key.text
    parameters: Any = decode_record("network/parameters", records["network/parameters"])
    assert parameters.rules_version == RULES_VERSION


def test_the_founding_validators() -> None:
    assert validators_after(World()) == genesis_validators(make_genesis())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"roles": ("pirate",)}, "genesis.organisations.beibu-line.roles"),
        ({"roles": ()}, "genesis.organisations.beibu-line.roles"),
        ({"roles": ("carrier", "carrier")}, "genesis.organisations.beibu-line.roles"),
        ({"roles": ("customs",)}, "genesis.organisations.beibu-line.jurisdiction"),
        ({"roles": ("agency",)}, "genesis.organisations.beibu-line.jurisdiction"),
        (
            {
                "members": tuple(
                    GenesisKey(name=f"m{n}", key=key_text("x", n)) for n in range(MAX_ADMINISTRATORS + 1)
                )
            },
            "genesis.organisations.beibu-line.members",
        ),
        (
            {"nodes": tuple(GenesisKey(name=f"n{n}", key=key_text("x")) for n in range(17))},
            "genesis.organisations.beibu-line.nodes",
        ),
    ],
)
def test_what_the_contracts_cannot_found(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(GenesisError) as caught:
        genesis_records(with_first(**changes))
    assert caught.value.field == field


def test_another_rules_version() -> None:
    with pytest.raises(GenesisError) as caught:
        genesis_records(make_genesis(rules_version=RULES_VERSION + 1))
    assert caught.value.field == "genesis.rules_version"


def test_a_founding_record_says_when_and_by_what_it_came() -> None:
    genesis = make_genesis()
    for key, data in genesis_records(genesis).items():
        record = decode_record(key, data)
        stamp = (record.version, record.created_ms, record.changed_ms, record.changed_by, record.changed_act)
        assert stamp == (1, genesis.time_ms, genesis.time_ms, "genesis", "genesis"), key


def test_what_a_founder_says_of_itself_is_on_its_record() -> None:
    members = tuple(GenesisKey(name=name, key=key_text(name)) for name in ("zoe", "abe"))
    nodes = tuple(GenesisKey(name=f"n{n}", key=key_text("node", n)) for n in (2, 1))
    founder = {"members": members, "nodes": nodes, "roles": ("trader", "carrier"), "jurisdiction": "CN"}
    records = genesis_records(with_first(**founder, contents_key="A" * 43))
    organisation: Any = decode_record("organisation/beibu-line", records["organisation/beibu-line"])
    assert organisation.administrators == ("abe", "zoe")
    assert organisation.roles == (Role.CARRIER, Role.TRADER)
    assert (organisation.jurisdiction, organisation.contents_key) == ("CN", "A" * 43)
    assert organisation.numbering_key == "A" * 64
    assert [(node.name, node.key) for node in organisation.nodes] == [(n.name, n.key) for n in nodes]
    for member in members:
        key = f"member/beibu-line/{member.name}"
        record: Any = decode_record(key, records[key])
        assert (record.organisation, record.name, record.state.value) == ("beibu-line", member.name, "active")
        assert [one.key for one in record.keys] == [member.key]


def test_every_founding_key_is_named_for_good() -> None:
    node = GenesisKey(name="n1", key=key_text("node"))
    genesis = with_first(nodes=(node,), contents_key="A" * 43)
    records = genesis_records(genesis)
    expected = {
        genesis.validators[0].bls_key: ("validator", "qinzhou-customs"),
        node.key: ("node", "beibu-line"),
        "A" * 64: ("numbering", "beibu-line"),
        "C" * 64: ("numbering", "tonkin-line"),
        "A" * 43: ("contents", "beibu-line"),
    }
    found = {key: decode_record(key, data) for key, data in records.items() if key.startswith("key/")}
    said = {key: (record.purpose.value, record.organisation) for key, record in found.items()}  # type: ignore[attr-defined]
    assert said == {named_key(key): what for key, what in expected.items()}


def test_a_key_stands_for_one_thing() -> None:
    node = GenesisKey(name="n1", key=key_text("node"))
    with pytest.raises(GenesisError, match="named twice") as caught:
        genesis_records(with_first(nodes=(node, GenesisKey(name="n2", key=node.key))))
    assert caught.value.field == "genesis"


@pytest.mark.parametrize("roles", [("customs", "trader"), ("trader", "agency")])
def test_one_role_of_an_authority_among_others_needs_a_country(roles: tuple[str, ...]) -> None:
    with pytest.raises(GenesisError) as caught:
        genesis_records(with_first(roles=roles))
    assert caught.value.field.endswith(".jurisdiction")
    genesis_records(with_first(roles=roles, jurisdiction="CN"))


def test_an_organisation_is_founded_with_as_many_members_and_nodes_as_it_may_have() -> None:
    members = tuple(GenesisKey(name=f"m{n}", key=key_text("x", n)) for n in range(MAX_ADMINISTRATORS))
    nodes = tuple(GenesisKey(name=f"n{n}", key=key_text("y", n)) for n in range(MAX_NODES))
    records = genesis_records(with_first(members=members, nodes=nodes))
    organisation: Any = decode_record("organisation/beibu-line", records["organisation/beibu-line"])
    assert (len(organisation.administrators), len(organisation.nodes)) == (MAX_ADMINISTRATORS, MAX_NODES)


def test_rules_of_no_version() -> None:
    with pytest.raises(GenesisError) as caught:
        genesis_records(make_genesis(rules_version=0))
    assert caught.value.field == "genesis.rules_version"
