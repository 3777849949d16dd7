"""What can be wrong with bytes that claim to be part of a ledger.

One root, `LedgerError`. Each class carries a stable `code` that programs may
test, the `field` at fault (a dotted path, empty when the whole is at fault) and
a sentence for a person. Verification raises one of these; it never returns a
boolean that a caller could forget to look at.
"""

from __future__ import annotations


class LedgerError(Exception):
    """Root of everything the ledger refuses."""

    code = "ledger"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class EncodingError(LedgerError):
    """Bytes that are malformed, oversized, too deep, or not the one accepted encoding."""

    code = "encoding"


class CryptoKeyError(LedgerError):
    """A key that is malformed, the identity point, outside its group, or unproven."""

    code = "key"


class SignatureError(LedgerError):
    """A signature that does not verify, or is written in a second form."""

    code = "signature"


class ProofError(LedgerError):
    """An inclusion, consistency, state or absence proof that does not lead to its root."""

    code = "proof"


class StatementError(LedgerError):
    """A statement whose COSE structure or payload envelope is not as specified."""

    code = "statement"


class SealError(LedgerError):
    """A seal without a quorum, with a bad bitmap, or whose aggregate does not verify."""

    code = "seal"


class ChainError(LedgerError):
    """A header or block that does not follow from the one before it."""

    code = "chain"


class GenesisError(LedgerError):
    """A genesis document that could not start a network."""

    code = "genesis"


class SealingError(LedgerError):
    """A sealed content that cannot be opened: damaged, another one, or sealed to others."""

    code = "sealing"


class EvidenceError(LedgerError):
    """An evidence file that does not prove what it claims."""

    code = "evidence"


class InvariantViolated(Exception):
    """This software broke its own rule: stop rather than go on wrongly.

    Used instead of `assert`, which Python can switch off.
    """
