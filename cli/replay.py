"""Executing a chain's entries again, from its genesis, in memory.

The contracts are the project's own, so this shows that a node's chain is the one
that these rules lead to. It keeps every record, about a kilobyte each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contracts.context import Context
from contracts.execution import (
    MAX_BLOCK_WORK,
    MAX_BLOCK_WRITTEN_BYTES,
    Accepted,
    authenticate,
    check_envelope,
    context_at,
    execute,
    genesis_records,
    validators_after,
)
from contracts.refusals import Refusal
from ledger.block import Header
from ledger.chain import check_size
from ledger.errors import ChainError, StatementError
from ledger.genesis import Genesis, network_id
from ledger.keys import PublicKey
from ledger.primitives import Hash, Height, TimeMs
from ledger.state import apply, key_hash, record_hash
from ledger.statement import Statement, parse_statement
from ledger.validators import ValidatorSet

Verify = Callable[[int, PublicKey, Statement], None]
"""Checks that a key signed the entry at an index, or has it checked."""


def _verify_now(_index: int, key: PublicKey, statement: Statement) -> None:
    statement.verify(key)


class Replay:
    """The state as it grows; a `StateReader` for the contracts."""

    def __init__(self, genesis: Genesis, verify: Verify | None = None) -> None:
        """`verify` may put a signature's check off; without it, it is done at once."""
        self._verify = verify or _verify_now
        self._network = network_id(genesis)
        self._records: dict[str, bytes] = {}
        self._pages: dict[str, bytes] = {}
        self._ids: dict[Hash, int] = {}
        self.root = self._commit(genesis_records(genesis))
        """State root after what was executed so far."""
        self.rules_version = genesis.rules_version
        """Version of the rules by which the last block was executed."""

    def get(self, key: str) -> bytes | None:
        """A record's canonical JSON, or None."""
        return self._records.get(key)

    def execute(self, header: Header, leaves: Sequence[bytes]) -> ValidatorSet:
        """Execute a block's entries; the validator set appointed for two heights later.

        `root` is the state's root afterwards. Raises `ChainError` for an entry that the contracts
        refuse and for more than a block may hold or make its nodes do, the `LedgerError` of a
        malformed or unsigned entry, and `contracts.versions.RulesUnknown` for a block by rules
        that this software lacks.
        """
        context = context_at(self, Height(header.height), TimeMs(header.time_ms), self._network)
        self.rules_version = context.rules_version
        check_size(leaves, context.parameters)
        changed: dict[str, bytes] = {}
        work = written_bytes = 0
        for place, leaf in enumerate(leaves):
            accepted = self._execute(parse_statement(leaf), context, header.log_size_before + place)
            changed.update(accepted.writes)
            self._records.update(accepted.writes)
            work += accepted.work
            written_bytes += accepted.written_bytes
            if work > MAX_BLOCK_WORK or written_bytes > MAX_BLOCK_WRITTEN_BYTES:
                raise ChainError("makes its nodes read or write more than a block may", field="entries")
        self.root = self._commit(changed)
        return validators_after(self)

    def _execute(self, statement: Statement, context: Context, index: int) -> Accepted:
        refusal = check_envelope(statement, context)
        if refusal is not None:
            raise _refused(index, refusal)
        if self._ids.get(statement.id, -1) >= context.time_ms:
            raise ChainError(f"entry {index} is a statement that the log holds already", field="entries")
        actor = authenticate(statement, self, context)
        if isinstance(actor, Refusal):
            raise _refused(index, actor)
        if actor.key.thumbprint != statement.kid:
            raise StatementError("kid names another key than the member's", field="kid")
        self._verify(index, actor.key, statement)
        outcome = execute(statement, actor, self, context)
        if isinstance(outcome, Refusal):
            raise _refused(index, outcome)
        self._ids[statement.id] = statement.payload.last_valid_ms
        return outcome

    def _commit(self, records: dict[str, bytes]) -> Hash:
        self._records |= records
        update = apply({key_hash(key): record_hash(value) for key, value in records.items()}, self._pages.get)
        self._pages |= update.pages
        return update.root


def _refused(index: int, refusal: Refusal) -> ChainError:
    return ChainError(
        f"entry {index} is refused by the contracts ({refusal.code}): {refusal.message}", field="entries"
    )
