"""Records and acts of delegation: who may act in whose name, for what, and how long.

A mandate stands between two organisations, the principal who grants it and the
agent who uses it, so its key names both and an agent never has to look it up. It
holds powers; a statement that names a principal needs one power that covers it
entirely. What a power covers is decided in `contracts.representation`.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from contracts.model import BillId, Country, Record
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import UInt
from ledger.statement import ActName

MAX_POWERS: Final = 8
"""Powers of one mandate; a ninth kind of errand calls for a clearer division of labour."""

MAX_POWER_ACTS: Final = 48
"""Acts that one power names: all that can be delegated, with room for those to come."""

MAX_POWER_BILLS: Final = 64
"""Bills that one power is limited to: those of a large consignment, with room."""

MAX_POWER_OFFICES: Final = 16
"""Customs offices, and countries, that one power is limited to."""

MAX_TERM_MS: Final = 3 * 366 * 86_400_000
"""Longest life of a power: three years. Standing authorities of customs brokers are renewed within that."""


class MandateState(enum.StrEnum):
    """Whether a mandate can hold powers."""

    ACTIVE = "active"
    REVOKED = "revoked"


class Power(Canonical, frozen=True, kw_only=True):
    """Some acts, and how far they may go. A limit that is absent does not limit."""

    acts: Annotated[tuple[ActName, ...], msgspec.Meta(min_length=1, max_length=MAX_POWER_ACTS)]
    """What the agent may do."""
    bills: Annotated[tuple[BillId, ...], msgspec.Meta(max_length=MAX_POWER_BILLS)] = ()
    """The only bills that may be concerned, through listed containers and declarations too."""
    offices: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MAX_POWER_OFFICES)] = ()
    """The only customs offices whose declarations may be concerned."""
    jurisdictions: Annotated[tuple[Country, ...], msgspec.Meta(max_length=MAX_POWER_OFFICES)] = ()
    """The only countries whose customs may be concerned."""
    until_ms: UInt
    """Last block time at which it can be used."""


class Mandate(Record, frozen=True, kw_only=True, tag="mandate"):
    """What one organisation may do in the name of another. Key: `mandate/<principal>/<agent>`."""

    principal: Name
    """In whose name."""
    agent: Name
    """Who acts."""
    state: MandateState
    """Whether it stands."""
    powers: Annotated[tuple[Power, ...], msgspec.Meta(max_length=MAX_POWERS)] = ()
    """What for; each by itself, and void once its time is over."""


class Grant(Canonical, frozen=True, kw_only=True):
    """Body of `mandate.grant`; the subject names principal and agent."""

    power: Power
    """What is added to the mandate."""


class Revoke(Canonical, frozen=True, kw_only=True):
    """Body of `mandate.revoke`, without fields."""
