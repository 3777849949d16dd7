"""Key files: private, written once, and readable only when they are."""

from __future__ import annotations

import base64
import errno
import io
import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.errors import CliError
from cli.files import (
    read_bls_secret,
    read_signing_key,
    replace_file,
    write_bls_secret,
    write_new,
    write_signing_key,
)
from ledger.keys import SigningKey
from tests.cli.conftest import Run

KEY = SigningKey.from_entropy(bytes(range(48)))

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_comes_back_as_it_was(tmp_path: Path) -> None:
    write_signing_key(tmp_path / "k.pem", KEY)
    assert read_signing_key(tmp_path / "k.pem").public_key == KEY.public_key


@posix
def test_key_files_and_their_directories_are_private(tmp_path: Path) -> None:
    write_signing_key(tmp_path / "new" / "k.pem", KEY)
    write_bls_secret(tmp_path / "new" / "b.key", bytes(range(1, 33)))
    assert mode(tmp_path / "new") == 0o700
    assert mode(tmp_path / "new" / "k.pem") == 0o600
    assert mode(tmp_path / "new" / "b.key") == 0o600


@posix
def test_every_directory_that_is_made_is_private(tmp_path: Path) -> None:
    write_new(tmp_path / "a" / "b" / "file", b"")
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o700, 0o700)


def _full(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the disk is full."""

    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def fdopen(descriptor: int, _: str) -> Full:
        os.close(descriptor)
        return Full()

    monkeypatch.setattr("cli.files.os.fdopen", fdopen)


def test_a_full_disk_leaves_no_half_of_a_file_and_is_said_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _full(monkeypatch)
    with pytest.raises(OSError, match="No space left") as caught:
        write_signing_key(tmp_path / "k.pem", KEY)
    assert caught.value.filename == str(tmp_path / "k.pem")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.json"
    replace_file(file, b"before")
    with pytest.raises(IsADirectoryError) as caught:
        replace_file(tmp_path, b"after")
    assert caught.value.filename == str(tmp_path)
    _full(monkeypatch)
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"after")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_a_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "out"
    link.symlink_to("/dev/null")
    replace_file(link, b"x")
    assert link.is_char_device()


def test_a_key_of_another_curve_is_the_files_fault(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_new(tmp_path / "k.pem", pem, private=True)
    with pytest.raises(CliError, match="cannot read the key") as caught:
        read_signing_key(tmp_path / "k.pem")
    assert caught.value.why == "It is not of P-256, as members' keys are."


def test_a_directory_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="is a directory") as caught:
        read_signing_key(tmp_path)
    assert caught.value.do == ""  # and no advice to change its mode


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "k.pem"
    write_new(file, b"before")
    with pytest.raises(CliError) as caught:
        write_signing_key(file, KEY)
    assert caught.value.code == "file.exists"
    assert file.read_bytes() == b"before"


@posix
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "k.pem"
    write_signing_key(file, KEY)
    for exposed in (0o640, 0o604, 0o620):
        file.chmod(exposed)
        with pytest.raises(CliError) as caught:
            read_signing_key(file)
        assert caught.value.code == "key.exposed"
        assert "chmod 600" in caught.value.do


def test_an_encrypted_key_needs_its_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "k.pem"
    write_signing_key(file, KEY, "ngọc 海关")
    assert b"ENCRYPTED" in file.read_bytes()
    monkeypatch.setenv("SEALANE_PASSPHRASE", "ngọc 海关")
    assert read_signing_key(file).public_key == KEY.public_key
    monkeypatch.setenv("SEALANE_PASSPHRASE", "wrong")
    with pytest.raises(CliError, match="cannot read"):
        read_signing_key(file)


def test_without_a_terminal_a_missing_passphrase_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEALANE_PASSPHRASE", raising=False)
    write_signing_key(tmp_path / "k.pem", KEY, "secret")
    with pytest.raises(CliError) as caught:
        read_signing_key(tmp_path / "k.pem")
    assert caught.value.code == "key.passphrase"
    assert "SEALANE_PASSPHRASE" in caught.value.do


@pytest.mark.parametrize(
    "data", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_refused(data: bytes, tmp_path: Path) -> None:
    write_new(tmp_path / "k.pem", data, private=True)
    with pytest.raises(CliError) as caught:
        read_signing_key(tmp_path / "k.pem")
    assert caught.value.code == "key.unreadable"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="no key file") as caught:
        read_signing_key(tmp_path / "k.pem")
    assert caught.value.code == "key.missing"


def test_a_file_too_large_for_a_key_is_not_read(tmp_path: Path) -> None:
    write_new(tmp_path / "k.pem", bytes(20_000), private=True)
    with pytest.raises(CliError, match="too large"):
        read_signing_key(tmp_path / "k.pem")


def test_a_bls_secret_comes_back_as_it_was(tmp_path: Path) -> None:
    write_bls_secret(tmp_path / "b.key", bytes(range(1, 33)))
    assert read_bls_secret(tmp_path / "b.key") == bytes(range(1, 33))


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"version": 2, "bls_secret": "A" * 43},
        {"version": 1, "bls_secret": "AAAA"},
        {"version": 1},
        "x",
    ],
)
def test_what_is_no_bls_key_is_refused(document: object, tmp_path: Path) -> None:
    write_new(tmp_path / "b.key", json.dumps(document).encode(), private=True)
    with pytest.raises(CliError) as caught:
        read_bls_secret(tmp_path / "b.key")
    assert caught.value.code == "key.unreadable"


def test_key_new_show_and_thumbprint_agree(sealane: Run) -> None:
    made = json.loads(sealane("key", "new", "k.pem", "--json").stdout)
    shown = json.loads(sealane("key", "show", "k.pem", "--json").stdout)
    assert made == shown
    assert made["algorithm"] == "ES256"
    assert sealane("key", "thumbprint", "k.pem").stdout.strip() == made["thumbprint"]


def test_key_new_with_a_passphrase_from_the_environment(sealane: Run, tmp_path: Path) -> None:
    assert sealane("key", "new", "k.pem", "--passphrase", SEALANE_PASSPHRASE="pw").exit_code == 0
    assert b"ENCRYPTED" in (tmp_path / "k.pem").read_bytes()
    assert sealane("key", "show", "k.pem", SEALANE_PASSPHRASE="pw").exit_code == 0
    assert sealane("key", "show", "k.pem", SEALANE_PASSPHRASE="other").exit_code == 2


def test_key_new_does_not_ask_without_a_terminal(sealane: Run, tmp_path: Path) -> None:
    result = sealane("key", "new", "k.pem", "--passphrase")
    assert result.exit_code == 2
    assert "SEALANE_PASSPHRASE" in result.stderr
    assert not (tmp_path / "k.pem").exists()


def test_two_keys_are_never_the_same(sealane: Run) -> None:
    first, second = (sealane("key", "new", f"{name}.pem", "--json").stdout for name in "ab")
    assert json.loads(first)["public_key"] != json.loads(second)["public_key"]


def test_a_key_on_a_curve_that_nobody_knows_is_unreadable(tmp_path: Path) -> None:
    write_signing_key(tmp_path / "k.pem", KEY)
    lines = (tmp_path / "k.pem").read_text().splitlines()
    der = base64.b64decode("".join(lines[1:-1]))
    other = der.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("1a8648ce3d030107"))
    assert other != der
    pem = [lines[0], base64.b64encode(other).decode("ascii"), lines[-1], ""]
    write_new(tmp_path / "other.pem", "\n".join(pem).encode("ascii"), private=True)
    with pytest.raises(CliError) as caught:
        read_signing_key(tmp_path / "other.pem")
    assert caught.value.code == "key.unreadable"
