"""Contents at rest."""

from __future__ import annotations

import pytest

from nodes.vault import NONCE_BYTES, Vault, VaultError
from tests.nodes.network_of_one import node_key

NAME, DATA = "ab" * 32, b"the salt, the number and the goods" * 10


@pytest.fixture
def vault() -> Vault:
    return Vault(node_key("one"))


def test_what_is_sealed_opens_again_after_a_restart(vault: Vault) -> None:
    sealed = vault.seal(NAME, DATA)
    assert vault.open(NAME, sealed) == Vault(node_key("one")).open(NAME, sealed) == DATA
    assert vault.open(NAME, vault.seal(NAME, b"")) == b""


def test_nothing_of_the_content_shows_and_no_two_sealings_are_alike(vault: Vault) -> None:
    sealed = [vault.seal(NAME, DATA) for _ in range(50)]
    assert len({one[:NONCE_BYTES] for one in sealed}) == 50
    assert all(DATA[:8] not in one for one in sealed)


def test_another_key_opens_nothing(vault: Vault) -> None:
    with pytest.raises(VaultError, match="another node key"):
        Vault(node_key("two")).open(NAME, vault.seal(NAME, DATA))


def test_a_former_key_opens_what_it_sealed_and_seals_nothing_more(vault: Vault) -> None:
    after = Vault(node_key("two"), node_key("one"))
    assert after.open(NAME, vault.seal(NAME, DATA)) == DATA
    with pytest.raises(VaultError):
        vault.open(NAME, after.seal(NAME, DATA))


def test_one_content_cannot_be_passed_off_as_another(vault: Vault) -> None:
    with pytest.raises(VaultError):
        vault.open("cd" * 32, vault.seal(NAME, DATA))


@pytest.mark.parametrize("place", [0, NONCE_BYTES, -1])
def test_a_changed_bit_is_noticed(vault: Vault, place: int) -> None:
    sealed = bytearray(vault.seal(NAME, DATA))
    sealed[place] ^= 1
    with pytest.raises(VaultError):
        vault.open(NAME, bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(NONCE_BYTES), bytes(NONCE_BYTES + 16)])
def test_what_was_never_sealed_does_not_open(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(VaultError):
        vault.open(NAME, sealed)


def test_the_key_does_not_show(vault: Vault) -> None:
    secret = node_key("one").to_cryptography().private_numbers().private_value
    assert str(secret) not in repr(vars(vault))
    assert f"{secret:x}" not in repr(vars(vault))
