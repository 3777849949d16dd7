"""What the application gives the storage: values already computed, bytes and integers only.

The application executes, hashes and encodes; the storage stores. What must hold
between a block and the one before it is checked in `commit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWrite:
    """An entry to append to the log; its index follows from its place in the block."""

    statement_id: bytes
    """Statement id; of the genesis entry, the network id."""
    leaf: bytes
    """The statement's bytes."""
    leaf_hash: bytes
    """RFC 9162 leaf hash."""
    issuer: str
    """Member that signed, as `organisation/name`; empty for the genesis entry."""
    organisation: str
    """The issuer's organisation; empty for the genesis entry."""
    act: str
    """The act; empty for the genesis entry."""
    subject: str
    """Key of the record acted on; empty for the genesis entry."""
    last_valid_ms: int
    """Last block time at which the statement could be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWrite:
    """A new version of a record."""

    key: str
    """Record key."""
    version: int
    """Its new version."""
    value: bytes
    """Canonical JSON of the record."""
    entry_index: int
    """Entry that wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModelChange:
    """How one new version of a record changes who finds it; see `nodes.storage.readmodels.change`."""

    key: str
    """Record key."""
    entry_index: int
    """Entry that wrote the version."""
    parties_added: Sequence[str] = ()
    """Organisations that became parties to the record."""
    parties_removed: Sequence[str] = ()
    """Organisations that are no longer."""
    milestones_added: Sequence[tuple[str, int, str]] = ()
    """Milestones that the record has now: kind, time in milliseconds, and what each is counted by."""
    milestones_removed: Sequence[tuple[str, int, str]] = ()
    """Milestones that it no longer has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorSetWrite:
    """A validator set, from the first height that it seals."""

    height: int
    """First height that it seals."""
    hash: bytes
    """Validators hash."""
    data: bytes
    """Canonical JSON of the set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockWrite:
    """Everything that one block changes, stored in one transaction."""

    height: int
    """Its height."""
    block_id: bytes
    """Its id."""
    parent_id: bytes
    """Id of the block it follows; zeros for the genesis."""
    header: bytes
    """Canonical JSON of its header."""
    parent_seal: bytes | None
    """Canonical JSON of the parent's seal as the block carries it."""
    time_ms: int
    """Block time."""
    proposer: str
    """Organisation that proposed it; empty for the genesis."""
    log_size_before: int
    """Entries in the log before it."""
    frontier: bytes
    """The log's frontier after it, as `ledger.merkle.Frontier.encode` writes it."""
    entries: Sequence[EntryWrite] = ()
    """Its entries, in order."""
    records: Sequence[RecordWrite] = ()
    """Every version of every record that it wrote, in the order of its entries."""
    pages: Mapping[str, bytes] = field(default_factory=dict)
    """State pages that changed, by path."""
    nodes: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    """Perfect subtrees of the log that it completed, by (level, index), as `Frontier.extend` returns them."""
    seals: Mapping[int, bytes] = field(default_factory=dict)
    """Canonical JSON of the seals that became known with it, by height; the block's own or earlier ones."""
    read_models: Sequence[ReadModelChange] = ()
    """Changes of parties and milestones, in the order of its entries, each of a record that it writes."""
    validator_sets: Sequence[ValidatorSetWrite] = ()
    """Sets that its state appoints; one that equals its predecessor may be given and is not stored again."""

    @property
    def log_size(self) -> int:
        """Entries in the log after the block."""
        return self.log_size_before + len(self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentWrite:
    """A content to keep, with what it shall be found by."""

    commitment: str
    """Under which it is kept: its hexadecimal commitment, or a name of its own where another's is there."""
    kind: str
    """What it is, such as `bill` or `invoice`."""
    subject: str
    """Key of the record it belongs to."""
    organisation: str
    """Organisation that stored it, or for which it was fetched."""
    data: bytes
    """The content, encrypted by the caller."""
    stored_ms: int
    """Now, by this node's clock."""
    terms: Sequence[tuple[str, str]] = ()
    """Pairs of term kind and text, as `nodes.storage.terms.TermKind` names them."""
    erased_as: str = ""
    """Its commitment, where that is not what it is kept under: erasures are recorded by it."""
