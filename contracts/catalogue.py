"""Everything there is: all acts, all refusal codes, and the kinds of record with the form of their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from contracts import codes
from contracts.bill import codes as bill_codes
from contracts.bill import lifecycle as bill
from contracts.bill.model import Bill
from contracts.clearance import codes as clearance_codes
from contracts.clearance import lifecycle as clearance
from contracts.clearance.model import Declaration
from contracts.context import decode_stored
from contracts.governance import codes as governance_codes
from contracts.governance import lifecycle as governance
from contracts.governance.model import NamedKey, Proposal
from contracts.mandate import codes as mandate_codes
from contracts.mandate import lifecycle as mandate
from contracts.mandate.model import Mandate
from contracts.membership import codes as membership_codes
from contracts.membership import lifecycle as membership
from contracts.membership.model import Member, NetworkParameters, NetworkValidators, Organisation
from contracts.model import PARAMETERS_KEY, VALIDATORS_KEY, Record
from contracts.movement import codes as movement_codes
from contracts.movement import lifecycle as movement
from contracts.movement.model import Container
from contracts.refusals import RefusalCode
from contracts.registry import codes as registry_codes
from contracts.registry import lifecycle as registry
from contracts.registry.model import Document
from contracts.table import Act
from contracts.versions import RULES_VERSION

_NAME = r"(?=[a-z0-9-]{1,48}(?:/|\Z))[a-z0-9]+(?:-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record."""

    record: type[Record]
    """Its type."""
    pattern: re.Pattern[str]
    """What its keys match."""
    form: str
    """That form, for people."""


def _kind(record: type[Record], pattern: str, form: str) -> Kind:
    return Kind(record=record, pattern=re.compile(rf"\A{pattern}\Z", re.ASCII), form=form)


KINDS: Final[tuple[Kind, ...]] = (
    _kind(Organisation, f"organisation/{_NAME}", "organisation/<id>"),
    _kind(Member, f"member/{_NAME}/{_NAME}", "member/<organisation>/<name>"),
    _kind(Mandate, f"mandate/{_NAME}/{_NAME}", "mandate/<principal>/<agent>"),
    _kind(Bill, "bill/[0-9a-f]{64}", "bill/<64 hex digits>"),
    _kind(Declaration, "declaration/[0-9a-f]{32}", "declaration/<32 hex digits>"),
    _kind(Container, "container/[0-9a-f]{32}", "container/<32 hex digits>"),
    _kind(Document, "document/[0-9a-f]{32}", "document/<32 hex digits>"),
    _kind(Proposal, "proposal/[0-9a-f]{32}", "proposal/<32 hex digits>"),
    _kind(NamedKey, "key/[0-9a-f]{64}", "key/<64 hex digits>"),
    _kind(NetworkValidators, VALIDATORS_KEY, VALIDATORS_KEY),
    _kind(NetworkParameters, PARAMETERS_KEY, PARAMETERS_KEY),
)
"""Every kind of record."""

KIND_OF: Final[Mapping[type[Record], Kind]] = {kind.record: kind for kind in KINDS}

TABLES: Final[Mapping[str, tuple[Act, ...]]] = {
    "membership": membership.ACTS,
    "mandate": mandate.ACTS,
    "bill": bill.ACTS,
    "clearance": clearance.ACTS,
    "movement": movement.ACTS,
    "documents": registry.ACTS,
    "governance": governance.ACTS,
}
"""The contracts' tables by name."""

ACTS: Final[Mapping[str, Act]] = {act.name: act for table in TABLES.values() for act in table}
"""Every act by name."""

RULES: Final[dict[int, Mapping[str, Act]]] = {RULES_VERSION: ACTS}
"""The acts of each version of the rules. Released versions stay, so that replay from the genesis works."""

_CODE_MODULES: Final[tuple[ModuleType, ...]] = (
    codes,
    membership_codes,
    mandate_codes,
    bill_codes,
    clearance_codes,
    movement_codes,
    registry_codes,
    governance_codes,
)


def _codes() -> Iterator[RefusalCode]:
    for module in _CODE_MODULES:
        yield from (value for value in vars(module).values() if isinstance(value, RefusalCode))


CODES: Final[Mapping[str, RefusalCode]] = {code.code: code for code in _codes()}
"""Every refusal code by name."""


def kind_of(key: str) -> Kind | None:
    """The kind of record that lives at a key, or None when no record can."""
    return next((kind for kind in KINDS if kind.pattern.match(key)), None)


def decode_record(key: str, data: bytes) -> Record:
    """The record stored at a key.

    Raises `KeyError` for a key of no kind and `InvariantViolated` for damaged bytes.
    """
    kind = kind_of(key)
    if kind is None:
        raise KeyError(key)
    return decode_stored(key, data, kind.record)
