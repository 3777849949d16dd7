"""A node's validator keys and their signing journals, and what the operator may say about them.

The journal knows what the key has signed. When that knowledge is lost, or shown
to be incomplete, the node says nothing until it is safe again (J6, K1). What no
node can find out by itself its operator says here: that an alarm has been looked
into (`rejoin`, K3), or that nobody signed beyond a height (`vouch`, K4).
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import structlog

from ledger.bls import SECRET_BYTES, backend
from ledger.chain import Tip
from ledger.errors import LedgerError
from ledger.genesis import Parameters, network_id
from ledger.primitives import Hash, Height, decode_base64url
from nodes.bft.journal import FileJournal, JournalError
from nodes.bft.messages import largest_message_bytes
from nodes.bft.recovery import AbstainRecord, AlarmRecord, standing
from nodes.bft.signer import JournalSigner
from nodes.config import ConfigError, NodeConfig, load_config, read_private, storage_url
from nodes.founding import load_genesis, open_ledger
from nodes.storage import DatabaseMissing

_log = structlog.get_logger("node")


def journal_path(key: Path, network: Hash) -> Path:
    """Where the journal of a validator key lies: beside it, one for each network."""
    return key.with_suffix(f".{network.hex()[:16]}.journal")


class _ValidatorKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file that holds a validator's BLS secret."""

    version: int
    bls_secret: str


def open_signers(
    config: NodeConfig, tip: Tip, parameters: Parameters
) -> list[tuple[FileJournal, JournalSigner]]:
    """The signers of a validator, one for each key, with their journals; none for an observer.

    A journal lies beside its key, and there is one for each network: what was
    signed on another network can never contradict what is signed on this one.
    """
    opened: list[tuple[FileJournal, JournalSigner]] = []
    try:
        for path in config.keys.validators:
            opened.append(_open(path, tip, parameters))
        keys = [signer.public_key for _, signer in opened]
        if len(set(keys)) != len(keys):
            raise ConfigError("two files of [keys] validator hold one key: it must have one journal")
    except BaseException:
        for journal, _ in opened:
            journal.close()
        raise
    if keys and not set(keys) & set(tip.validators.keys):
        _log.warning("this node's validator key has no seat now: it follows and does not vote")
    return opened


def _open(path: Path, tip: Tip, parameters: Parameters) -> tuple[FileJournal, JournalSigner]:
    try:
        secret = validator_secret(path)
        journal = FileJournal(journal_path(path, tip.network))
        signer = JournalSigner(
            secret=secret,
            network=tip.network,
            journal=journal,
            bls=backend(),
            max_message_bytes=largest_message_bytes(parameters),
        )
    except (LedgerError, JournalError) as error:
        raise ConfigError(f"the validator key {path} cannot be used: {error}") from None
    return journal, signer


def validator_secret(path: Path) -> bytes:
    """The BLS secret in a validator key file; `ConfigError` when it cannot be used."""
    try:
        key = msgspec.json.decode(read_private(path, what="validator key"), type=_ValidatorKey)
        return decode_base64url(key.bls_secret, field="bls_secret", length=SECRET_BYTES)
    except (msgspec.MsgspecError, LedgerError) as error:
        raise ConfigError(f"the validator key {path} cannot be used: {error}") from None


def vouch(path: Path, height: int) -> None:
    """K4: note that nobody signed beyond `height`, so that this validator signs again above it.

    `path` is the node's directory or configuration. Raises `ConfigError` unless the node
    is a stopped validator's whose journal abstains, and has committed nothing above
    `height`; and a `nodes.storage.StorageError`.
    """
    config = load_config(path)
    tip = _committed(config)
    with _journal(config) as journal:
        vouch_in(journal, tip, Height(height))


def vouch_in(journal: FileJournal, tip: Height, height: Height) -> None:
    """K4 in a journal that is open, beside a database that ends at `tip`; raises `ConfigError`."""
    stands = standing(journal.records())
    if any(isinstance(record, AlarmRecord) for record in stands):
        raise ConfigError("the key signed what its journal does not know: look into that first")
    until = stands[-1].until if stands and isinstance(stands[-1], AbstainRecord) else Height(0)
    if not journal.fresh and until is not None and until <= tip:
        raise ConfigError("this validator does not abstain: its journal says all that it signed")
    if height < tip:
        raise ConfigError(f"the database holds block {tip}, which was sealed: give {tip} or more")
    journal.append(AbstainRecord(until=height))


def rejoin(path: Path) -> None:
    """K3: end the alarm by taking the journal for lost; the validator then abstains by J6.

    Raises `ConfigError` unless the node is a stopped validator's with an alarm.
    """
    with _journal(load_config(path)) as journal:
        rejoin_in(journal)


def rejoin_in(journal: FileJournal) -> None:
    """K3 in a journal that is open; raises `ConfigError`."""
    if not any(isinstance(record, AlarmRecord) for record in standing(journal.records())):
        raise ConfigError("there is no alarm to end: this validator's journal was never contradicted")
    journal.append(AbstainRecord(until=None))


def _journal(config: NodeConfig) -> FileJournal:
    """The journal of the node's key; of several, that of the one that the ledger names for the seat."""
    keys = config.keys.validators
    if not keys:
        raise ConfigError("this node has no validator key: it signs no blocks")
    try:
        key = keys[0] if len(keys) == 1 else _seated(config)
        return FileJournal(journal_path(key, network_id(load_genesis(config.node.genesis))))
    except (OSError, JournalError) as error:
        raise ConfigError(f"the signing journal cannot be used: {error}") from None


def _seated(config: NodeConfig) -> Path:
    """The file of the key that seals the next block."""
    tip = _tip(config)
    named = set() if tip is None else set(tip.validators.keys)
    for path in config.keys.validators:
        if backend().public_key(validator_secret(path)) in named:
            return path
    raise ConfigError("the ledger here names none of this node's validator keys: list the one that it will")


def _committed(config: NodeConfig) -> Height:
    """The newest block in the node's database; 0 when there is none."""
    tip = _tip(config)
    return Height(0) if tip is None else tip.height


def _tip(config: NodeConfig) -> Tip | None:
    """Where the node's database ends; None when there is none."""
    try:
        with open_ledger(storage_url(config), load_genesis(config.node.genesis), create=False) as store:
            return store.tip()
    except DatabaseMissing:
        return None
