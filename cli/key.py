"""`sealane key`: make and inspect the keys with which members sign statements and validators blocks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands import command, group
from cli.errors import CliError
from cli.files import KEY_ENTROPY_BYTES, PASSPHRASE_VARIABLE, read_signing_key, write_signing_key
from cli.output import Output, fields
from ledger.keys import SigningKey

if TYPE_CHECKING:
    from ledger.sealing import ContentsKey

app = group("Make and inspect keys.")

KeyFile = Annotated[Path, typer.Argument(metavar="FILE", help="Key file (PKCS #8 PEM).")]
AnyKeyFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Key file: PKCS #8 PEM, or FILE.key of a validator.")
]


@command(app, "new", examples=("sealane key new officer.pem", "sealane key new officer.pem --passphrase"))
def new(
    output: Output,
    file: KeyFile,
    passphrase: Annotated[
        bool,
        typer.Option(
            "--passphrase", help=f"Encrypt the key: {PASSPHRASE_VARIABLE}, or asked for on a terminal."
        ),
    ] = False,
) -> None:
    """Make an ES256 key for a member.

    The file is readable by you alone and never overwrites another. The public
    half that is printed goes into a member's enrolment.
    """
    secret = _new_passphrase(output) if passphrase else None
    key = SigningKey.from_entropy(os.urandom(KEY_ENTROPY_BYTES))
    write_signing_key(file, key, secret)
    _show(output, file, key)
    output.next(f"sealane member enroll ORG/NAME --public-key {key.public_key.text}")


@command(app, "new-validator", examples=("sealane key new-validator keys/validator-2.key",))
def new_validator(
    output: Output, file: Annotated[Path, typer.Argument(metavar="FILE", help="Key file to make (JSON).")]
) -> None:
    """Make a BLS key for a validator, and prove that its secret is known.

    The file is readable by you alone and never overwrites another. The public key
    and the proof go into a proposal or a rotation. Give the file to the node,
    in [keys] validator of its node.toml, before the network votes.
    """
    from cli.files import write_bls_secret
    from ledger.bls import backend

    secret = backend().derive_secret(os.urandom(KEY_ENTROPY_BYTES))
    write_bls_secret(file, secret)
    _show_validator(output, file, secret)
    output.next(f"sealane org rotate-validator --new-key {file}")


@command(app, "new-contents", examples=("sealane key new-contents keys/contents-2.key",))
def new_contents(
    output: Output, file: Annotated[Path, typer.Argument(metavar="FILE", help="Key file to make (PKCS #8).")]
) -> None:
    """Make an X25519 key to which contents are sealed for your organisation.

    The file is readable by you alone and never overwrites another. Whoever has it
    opens what your organisation may read: give it to your own node, in [keys]
    contents of its node.toml, or keep it with your members as contents*.key.
    """
    from cli.files import write_contents_key
    from ledger.sealing import KEY_BYTES, ContentsKey

    key = ContentsKey.from_bytes(os.urandom(KEY_BYTES))
    write_contents_key(file, key)
    _show_contents(output, file, key)
    output.next(f"sealane org set-contents-key {file}")


@command(app, "show", examples=("sealane key show officer.pem", "sealane key show validator-2.key --json"))
def show(output: Output, file: AnyKeyFile) -> None:
    """Show the public half of a key: a member's with its thumbprint, a validator's with its proof."""
    if file.name.startswith("contents") and file.suffix == ".key":
        from cli.files import read_contents_key

        _show_contents(output, file, read_contents_key(file))
    elif file.suffix == ".key":
        from cli.files import read_bls_secret

        _show_validator(output, file, read_bls_secret(file))
    else:
        _show(output, file, read_signing_key(file))


@command(app, "thumbprint", examples=("sealane key thumbprint officer.pem",))
def thumbprint(output: Output, file: KeyFile) -> None:
    """Print a key's thumbprint (RFC 9679), which is how statements name it."""
    text = read_signing_key(file).public_key.thumbprint.hex()
    output.result({"thumbprint": text}, text)


def _show(output: Output, file: Path, key: SigningKey) -> None:
    value = {
        "file": str(file),
        "algorithm": "ES256",
        "public_key": key.public_key.text,
        "thumbprint": key.public_key.thumbprint.hex(),
    }
    output.result(value, fields(value))


def _show_contents(output: Output, file: Path, key: ContentsKey) -> None:
    value = {"file": str(file), "algorithm": "X25519", "contents_key": key.text}
    output.result(value, fields(value))


def _show_validator(output: Output, file: Path, secret: bytes) -> None:
    from ledger.bls import backend
    from ledger.primitives import encode_base64url

    value = {
        "file": str(file),
        "algorithm": "BLS12-381",
        "bls_key": encode_base64url(backend().public_key(secret)),
        "possession": encode_base64url(backend().prove_possession(secret)),
    }
    output.result(value, fields(value))


def _new_passphrase(output: Output) -> str:
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given:
        return given
    if not output.interactive:
        raise CliError(
            "there is no terminal to ask for a passphrase",
            do=f"Set {PASSPHRASE_VARIABLE}.",
            code="key.passphrase",
        )
    first = typer.prompt("Passphrase", hide_input=True, err=True)
    if first != typer.prompt("Again", hide_input=True, err=True):
        raise CliError("the two passphrases differ", do="Run it again.", code="key.passphrase")
    return str(first)
