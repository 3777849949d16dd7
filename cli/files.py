"""Key files: written once, readable by their owner alone, never overwritten.

ES256 keys are PKCS #8 PEM, encrypted where there is a passphrase; so are X25519
contents keys, in clear, since a node reads them as it starts; BLS secrets
(a validator's, a carrier's numbering key) are a small JSON document. A key file
that others on the machine can read is refused, not warned about.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import CliError
from ledger.canonical import parse_json
from ledger.errors import CryptoKeyError, EncodingError
from ledger.keys import SigningKey
from ledger.primitives import decode_base64url, encode_base64url

if TYPE_CHECKING:
    from ledger.sealing import ContentsKey

PASSPHRASE_VARIABLE = "SEALANE_PASSPHRASE"  # noqa: S105 - the name of a variable, not a secret

KEY_ENTROPY_BYTES = 48
"""More than the 40 that FIPS 186-5 appendix A.2.1 asks for P-256, and than the 32 of BLS KeyGen."""

MAX_KEY_FILE_BYTES = 16_384


def make_directory(path: Path) -> None:
    """Create a directory, and its parents, that only their owner may enter; leave existing ones alone."""
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)  # with `parents` the mode would be that of the last alone
    path.mkdir(mode=0o700, exist_ok=True)


def write_new(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file that must not exist yet, readable by its owner alone when `private`.

    Raises `CliError` when there is something already. What cannot be written whole,
    as on a full disk, is not left behind, and the `OSError` names the file.
    """
    make_directory(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
    except FileExistsError:
        raise CliError(
            f"{path} exists already",
            why="Nothing is overwritten unasked.",
            do="Choose another name, or move the old file away.",
            code="file.exists",
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        path.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in place of the one that may be there, which stays as it was if the new one cannot be."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        path.write_bytes(data)  # a device, as /dev/stdout, stays what it is
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    write_new(fresh, data)
    try:
        fresh.replace(path)
    except OSError as error:
        fresh.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_signing_key(path: Path, key: SigningKey, passphrase: str | None = None) -> None:
    """Write an ES256 key as PKCS #8 PEM, encrypted when there is a passphrase."""
    from cryptography.hazmat.primitives import serialization as pem

    protection: pem.KeySerializationEncryption = pem.NoEncryption()
    if passphrase:
        protection = pem.BestAvailableEncryption(passphrase.encode("utf-8"))
    data = key.to_cryptography().private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, protection)
    write_new(path, data, private=True)


def read_signing_key(path: Path) -> SigningKey:
    """The ES256 key in a PEM file.

    An encrypted key takes its passphrase from SEALANE_PASSPHRASE, or asks when
    there is a terminal. Raises `CliError` for a file that is missing, readable
    by others, or holds no P-256 key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = read_private(path)
    passphrase = ask_passphrase(path) if b"ENCRYPTED" in data else None
    try:
        key = load_pem_private_key(data, passphrase.encode("utf-8") if passphrase is not None else None)
        return SigningKey.from_cryptography(key)
    except CryptoKeyError:
        why = "It is not of P-256, as members' keys are."
    except (ValueError, TypeError, UnsupportedAlgorithm):
        why = (
            "The passphrase is wrong, or the file is damaged."
            if passphrase
            else "It is not a PKCS #8 PEM file."
        )
    raise CliError(f"cannot read the key in {path}", why=why, code="key.unreadable")


def ask_passphrase(path: Path) -> str:
    """The passphrase for a key file: from the environment, else from whoever sits at the terminal."""
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given is not None:
        return given
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CliError(
            f"{path} is encrypted, and there is no terminal to ask for its passphrase",
            do=f"Set {PASSPHRASE_VARIABLE}.",
            code="key.passphrase",
        )
    from getpass import getpass

    return getpass(f"Passphrase for {path}: ")


def write_contents_key(path: Path, key: ContentsKey) -> None:
    """Write an X25519 contents key as PKCS #8 PEM."""
    from cryptography.hazmat.primitives import serialization as pem

    data = key.to_cryptography().private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    write_new(path, data, private=True)


def read_contents_key(path: Path) -> ContentsKey:
    """The contents key in a PEM file; `CliError` for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from ledger.sealing import ContentsKey

    try:
        return ContentsKey.from_cryptography(load_pem_private_key(read_private(path), None))
    except (ValueError, TypeError, UnsupportedAlgorithm, CryptoKeyError):
        raise CliError(
            f"cannot read the key in {path}",
            why="It is not an X25519 key in PKCS #8 PEM.",
            do="sealane key new-contents FILE",
            code="key.unreadable",
        ) from None


def write_bls_secret(path: Path, secret: bytes) -> None:
    """Write a BLS secret of 32 bytes as its JSON document."""
    document = {"version": 1, "bls_secret": encode_base64url(secret)}
    write_new(path, json.dumps(document, indent=2).encode("ascii") + b"\n", private=True)


def read_bls_secret(path: Path) -> bytes:
    """The BLS secret in a JSON key file; `CliError` for anything else."""
    try:
        document = parse_json(read_private(path))
        if document["version"] != 1:
            raise ValueError(document["version"])
        return decode_base64url(document["bls_secret"], field="bls_secret", length=32)
    except (ValueError, KeyError, TypeError, AttributeError, EncodingError):
        raise CliError(
            f"cannot read the key in {path}",
            why="It is not a BLS key file of version 1.",
            code="key.unreadable",
        ) from None


def read_private(path: Path) -> bytes:
    """The bytes of a key file; `CliError` when it is missing, too large, or readable by others."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise CliError(f"there is no key file {path}", code="key.missing") from None
    if stat.S_ISDIR(status.st_mode):
        raise CliError(f"{path} is a directory, no key file", code="key.unreadable")
    if exposed(status):
        raise CliError(
            f"{path} can be read by others on this machine",
            why=f"Its mode is {stat.S_IMODE(status.st_mode):04o}; whoever reads it can act as its owner.",
            do=f"chmod 600 {path}   (and rotate the key if others may have read it)",
            code="key.exposed",
        )
    if status.st_size > MAX_KEY_FILE_BYTES:
        raise CliError(f"{path} is too large for a key file", code="key.unreadable")
    return path.read_bytes()


def exposed(status: os.stat_result) -> bool:
    """Whether a file's mode lets others read or write it; on Windows its folder's rights decide."""
    return os.name == "posix" and bool(status.st_mode & 0o077)
