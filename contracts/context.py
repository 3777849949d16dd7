"""What a contract may look at: the state, the block it runs in, and who acts.

`View` is the only way from a rule to the state. It decodes records, remembers
them for the duration of one act, and keeps two kinds of trouble apart: a fault of
the node, such as an unreadable disk, must stop the node and is never turned into
a refusal that other nodes would not share.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, TypeVar, cast

import msgspec

from contracts.membership.model import Permission, Role
from contracts.model import Record
from ledger.errors import InvariantViolated
from ledger.genesis import Parameters
from ledger.keys import PublicKey
from ledger.primitives import Hash, Height, TimeMs


class StateReader(Protocol):
    """The records as they are before an act."""

    def get(self, key: str) -> bytes | None:
        """Canonical JSON of a record, or None when there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The block in which an act is executed."""

    height: Height
    """Height of the block."""
    time_ms: TimeMs
    """Block time: the only time that rules know."""
    parameters: Parameters
    """Numbers that all nodes share."""
    rules_version: int
    """Version of the contracts in force."""
    network: Hash
    """Network id."""


class Standing(enum.Enum):
    """What the standing of an organisation leaves to the one who acts for it."""

    ACTIVE = "active"
    """Everything that permission, role and relation allow."""
    SUSPENDED = "suspended"
    """What concerns the suspension itself."""
    CARETAKER = "caretaker"
    """The duties of a suspended organisation toward others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Someone who could act, and the organisation behind them."""

    member: str
    """The member as `organisation/name`."""
    organisation: str
    """Whose act it is: the member's organisation, or the principal it acts for."""
    roles: frozenset[Role]
    """What the organisation does."""
    jurisdiction: str | None
    """ISO 3166 country of a customs office or agency."""
    permissions: frozenset[Permission]
    """What the member may sign."""
    agent: str | None = None
    """The member's own organisation, when it acts in the name of this one."""
    standing: Standing = Standing.ACTIVE
    """What the organisation's standing leaves of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Party):
    """The member who signed a statement."""

    key: PublicKey
    """The member's key that the statement names; the caller verifies the signature with it."""


MAX_READ: Final = 4_000
"""Records that one statement looks at: several times what the widest one that is honest does, a lodgement for
five hundred containers. Each costs some ten microseconds, and everybody waits for a block's execution."""


class ReadTooMuch(Exception):
    """A statement looks at more records than one may: on every node alike, so that it is refused."""


class StateUnavailable(Exception):
    """The state could not be read: a fault of this node, not of the statement."""


R = TypeVar("R", bound=Record)

DECODED_KEPT = 2_048
"""Decoded records kept: organisations and members, which every act reads, between those of the acts."""


class View:
    """Reads records for one act, each decoded once."""

    __slots__ = ("_known", "_most", "_reader")

    def __init__(self, reader: StateReader, most: int | None = None) -> None:
        """`most` is how many records may be looked at; None, where no block waits for it, for any number."""
        self._reader = reader
        self._most = most
        self._known: dict[str, Record | None] = {}

    @property
    def read(self) -> int:
        """How many records were looked at."""
        return len(self._known)

    def get(self, key: str, kind: type[R]) -> R | None:
        """The record at `key`, or None.

        Raises `StateUnavailable` when the reader fails, `InvariantViolated` when
        the stored bytes are no record of this kind, `ReadTooMuch` beyond the limit.
        """
        if key in self._known:
            known = self._known[key]
            if known is not None and not isinstance(known, kind):
                raise InvariantViolated(f"{key} was read as {type(known).__name__} and as {kind.__name__}")
            return known
        if self._most is not None and len(self._known) >= self._most:
            raise ReadTooMuch
        try:
            data = self._reader.get(key)
        except Exception as error:
            raise StateUnavailable(f"the state could not be read at {key}") from error
        record = None if data is None else decode_stored(key, data, kind)
        self._known[key] = record
        return record

    def require(self, key: str, kind: type[R]) -> R:
        """The record at `key`, which another record's reference says is there."""
        record = self.get(key, kind)
        if record is None:
            raise InvariantViolated(f"the state refers to {key}, which does not exist")
        return record


@lru_cache(maxsize=DECODED_KEPT)
def _decoded(data: bytes, kind: type[Record]) -> Record:
    """Records are frozen, so whoever reads the same bytes may share one."""
    return msgspec.json.decode(data, type=kind)


def decode_stored(key: str, data: bytes, kind: type[R]) -> R:
    """A record that this ledger wrote; `InvariantViolated` when the bytes are anything else."""
    try:
        return cast(R, _decoded(data, kind))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvariantViolated(f"the stored record at {key} is damaged: {error}") from None
