"""Genesis documents as first records."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.catalogue import decode_record
from contracts.execution import genesis_records, validators_after
from contracts.membership.model import MAX_ADMINISTRATORS, Permission, Role
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
