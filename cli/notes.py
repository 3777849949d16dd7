"""Short texts that acts commit to and that reach their readers by other ways, such as a customs query."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cli.contents import Entropy, new_salt
from ledger.contents import contents_commitment
from ledger.primitives import encode_base64url


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A short text that an act commits to, such as a customs office's question.

    The ledger holds only the commitment; whoever is to read the text gets it,
    with the salt, by other ways, and can check both.
    """

    text: str
    salt: bytes

    @property
    def commitment(self) -> str:
        """What the act names, hexadecimal: the commitment to `{"text": ...}`."""
        return contents_commitment(self.salt, {"text": self.text}).hex()

    def opening(self) -> dict[str, str]:
        """What to hand to the reader."""
        return {"text": self.text, "salt": encode_base64url(self.salt)}


def new_note(text: str, entropy: Entropy = os.urandom) -> Note:
    """A text under a fresh salt."""
    return Note(text=text, salt=new_salt(entropy))
