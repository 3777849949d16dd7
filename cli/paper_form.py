"""What identifies a paper bill, in a file that serves its whole life.

    {"version": 1, "serial": "HPH-0041", "place": "VNHPH", "date": "2026-11-21", "originals": 3,
     "salt": "..."}

The ledger holds only a salted commitment to the form (MLETR articles 17 and 18 ask
that the replaced form be identified). Whoever has the file, or the paper on which
it is printed, can show that the commitment is to this paper and no other.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec

from cli.contents import new_salt, read_document
from cli.errors import CliError, ExitCode
from cli.files import write_new
from contracts.model import Locode
from ledger.contents import contents_commitment
from ledger.disclosure import SALT_BYTES
from ledger.errors import EncodingError
from ledger.primitives import decode_base64url, encode_base64url

FORM_VERSION = 1

MAX_SERIAL = 35
"""Longest serial number of a form, as of a document identifier in UN/EDIFACT (an..35)."""

MAX_ORIGINALS = 9
"""Most originals of one bill: three are usual, and the statement numbers them by one digit."""


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    serial: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SERIAL)]
    place: Locode
    date: date
    originals: Annotated[int, msgspec.Meta(ge=1, le=MAX_ORIGINALS)]
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperForm:
    """A paper bill as its issuer identifies it."""

    serial: str
    """Number printed on the form."""
    place: str
    """UN/LOCODE of the place of issue."""
    date: str
    """Date of issue, ISO 8601."""
    originals: int
    """How many originals there are."""
    salt: bytes

    @property
    def commitment(self) -> str:
        """What the ledger holds, hexadecimal."""
        return contents_commitment(self.salt, self._identity()).hex()

    def as_json(self) -> dict[str, Any]:
        """The file's content."""
        salt = encode_base64url(self.salt)
        return {"version": FORM_VERSION, **self._identity(), "salt": salt}

    def _identity(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "salt"}


def new_form(serial: str, place: str, issued: str, originals: str) -> PaperForm:
    """A form under a fresh salt; `CliError` names the option at fault."""
    if not re.fullmatch(r"[1-9]", originals):
        raise CliError(f"--originals {originals} is out of range", why=f"1 to {MAX_ORIGINALS}.")
    raw = {
        "version": FORM_VERSION,
        "serial": serial,
        "place": place,
        "date": issued,
        "originals": int(originals),
        "salt": encode_base64url(new_salt()),
    }
    return _form(raw, "the paper")


def write_form(path: Path, form: PaperForm) -> None:
    """Write a form to a new file."""
    write_new(path, json.dumps(form.as_json(), ensure_ascii=False, indent=2).encode("utf-8") + b"\n")


def read_form(path: Path) -> PaperForm:
    """The form in a file; `CliError` says what is wrong with it."""
    return _form(read_document(path), str(path))


def _form(value: dict[str, Any], what: str) -> PaperForm:
    try:
        raw = msgspec.convert(value, _Form, strict=False)
        salt = decode_base64url(raw.salt, field="salt", length=SALT_BYTES)
    except (msgspec.ValidationError, EncodingError) as error:
        raise CliError(
            f"{what} is not identified", why=str(error), do="sealane bill identify-paper"
        ) from None
    if raw.version != FORM_VERSION:
        raise CliError(f"{what} is of version {raw.version}", do="Upgrade sealane here.")
    return PaperForm(
        serial=raw.serial,
        place=raw.place,
        date=raw.date.isoformat(),
        originals=raw.originals,
        salt=salt,
    )


def check_form(form: PaperForm, *commitments: str) -> None:
    """Raise `CliError` unless this is a paper that the ledger names."""
    if form.commitment not in commitments:
        raise CliError(
            f"the ledger names another paper than {form.serial}",
            why="The file does not open the commitment of the bill's record.",
            do="Give the file that was used when the paper and the bill were exchanged.",
            exit_code=ExitCode.REFUSED,
            code="paper.other",
        )
