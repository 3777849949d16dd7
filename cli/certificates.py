"""X.509 certificates in files: a member's chain, an organisation's anchors, and when they end."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cli.errors import CliError
from ledger.certificate import parse_certificate
from ledger.errors import LedgerError
from ledger.hashing import sha256
from ledger.primitives import encode_base64url

MAX_FILE_BYTES = 65_536
"""A dozen certificates."""


def read_certificates(file: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file, in order; `CliError` when there are none."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        found = x509.load_pem_x509_certificates(data) if len(data) <= MAX_FILE_BYTES else []
    except OSError as error:
        raise CliError(f"{file} cannot be read", why=str(error.strerror), code="file") from None
    except ValueError:
        found = []
    if not found:
        raise CliError(f"{file} holds no certificates", do="Give a PEM file.", code="file")
    return found


def read_chain(file: Path) -> tuple[str, list[str]]:
    """A member's public key, and the chain that vouches for it, as acts name them.

    Raises `CliError` for a chain whose first certificate is outside the profile.
    """
    from ledger.certificate import member_key

    chain = [one.public_bytes(Encoding.DER) for one in read_certificates(file)]
    try:
        key = member_key(parse_certificate(chain[0], "chain.0"))
    except LedgerError as error:
        raise CliError(f"{file} holds no certificate of a member", why=f"{error}.", code="file") from None
    return key.text, [encode_base64url(one) for one in chain]


def anchors_of(files: list[Path]) -> list[str]:
    """The hashes by which an organisation names its anchors; `CliError` for what could be none."""
    found = []
    for file in files:
        for certificate in read_certificates(file):
            data = certificate.public_bytes(Encoding.DER)
            try:
                issues = parse_certificate(data, "certificate").issues
            except LedgerError as error:
                raise CliError(f"{file} cannot be an anchor", why=f"{error}.", code="file") from None
            if not issues:
                raise CliError(f"{file} cannot be an anchor", why="It issues no certificates.", code="file")
            found.append(sha256(data).hex())
    return found
