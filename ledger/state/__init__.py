"""The state: every record, committed to by one root.

`apply` and `prove` work on stored pages (`trie`); `verify_present` and
`verify_absent` need nothing but a root and a proof (`proof`), and `Span` proves all
records, portion by portion (`span`). `nodes` defines
the hashes, `page` the stored form.
"""

from __future__ import annotations

from ledger.state.nodes import EMPTY, key_hash, record_hash
from ledger.state.proof import OtherLeaf, StateProof, verify_absent, verify_present
from ledger.state.span import Side, Span
from ledger.state.trie import PageReader, StateUpdate, apply, prove, right_of

__all__ = [
    "EMPTY",
    "OtherLeaf",
    "PageReader",
    "Side",
    "Span",
    "StateProof",
    "StateUpdate",
    "apply",
    "key_hash",
    "prove",
    "record_hash",
    "right_of",
    "verify_absent",
    "verify_present",
]
