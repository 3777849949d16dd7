"""Whether what travels with a header is what the header commits to.

A block's id, and with it every signature, covers the header alone. Whoever sends
a true header with other entries or another parent seal is at fault, not the
block: judged with the wrong body, a block that all others accept would seem invalid.
"""

from __future__ import annotations

from ledger.block import Block
from ledger.errors import LedgerError
from ledger.merkle import Frontier, leaf_hash
from ledger.seal import seal_hash


def check_body(block: Block, frontier: Frontier) -> None:
    """Raise a `LedgerError` unless entries and parent seal are those of the header.

    `frontier` is the log before the block, which must follow on it.
    """
    after, _ = frontier.extend([leaf_hash(entry) for entry in block.entries])
    if after.root().hex() != block.header.log_root:
        raise LedgerError("the entries are not those of the header", field="entries")
    if seal_hash(block.parent_seal).hex() != block.header.parent_seal_hash:
        raise LedgerError("the parent's seal is not that of the header", field="parent_seal")
