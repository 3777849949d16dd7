"""The digest of a row that nothing else on this node could confirm.

Blocks confirm what the ledger holds; contents, the record of who read them, and
the history before a pruning stand alone. Their digest finds damage, it proves
nothing against whoever can write the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ledger.hashing import sha256

DIGEST_BYTES = 16
"""Half of a SHA-256: damage is found by any of them, and rows stay narrow."""


def row_digest(*values: Any) -> bytes:
    """The digest of a row's values, in the order of the table's columns: integers, texts and bytes.

    A damaged text may hold bytes that are no UTF-8, as lone surrogates: they count as those bytes.
    """
    plain = [one.encode("utf-8", "surrogateescape") if isinstance(one, str) else one for one in values]
    return sha256(msgspec.msgpack.encode(plain))[:DIGEST_BYTES]


def read_digest(values: Iterable[Any], previous: bytes | None) -> bytes:
    """The digest of a read of contents: of its values and of the digest of the read before, if any."""
    return row_digest(*values, *(() if previous is None else (previous,)))
