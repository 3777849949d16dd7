"""What can go wrong with a node's database.

One root, `StorageError`, whose message says what was found and what to do. A
caller that breaks the order of blocks gets `ledger.errors.InvariantViolated`
instead: that is a fault of the software, not of the database.
"""

from __future__ import annotations


class StorageError(Exception):
    """Root of everything the storage refuses or cannot do."""


class DatabaseUnavailable(StorageError):
    """The database cannot be reached, opened or written: a wrong path, a full disk, a server that is down."""


class DatabaseMissing(StorageError):
    """There is no Sealane database at the given URL, and none was to be created."""


class SchemaTooNew(StorageError):
    """A newer version of the software has written this database: use that version."""


class DatabaseCorrupt(StorageError):
    """What is stored contradicts itself."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("the database contradicts itself: " + "; ".join(findings[:5]))
        self.findings = findings
        """Each contradiction as a sentence, in the order found."""


class LimitExceeded(StorageError):
    """More was asked for, or offered, than one call may carry."""
