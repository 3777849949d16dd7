"""What a running node offers its faces: one value, made once, handed to whoever needs it."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.genesis import Genesis
from nodes.application import LedgerApplication
from nodes.clock import Clock
from nodes.config import NodeConfig
from nodes.contents import Contents
from nodes.engine import Engine
from nodes.outcomes import Outcomes
from nodes.proofs import Proofs
from nodes.storage import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeServices:
    """The parts of a node that the API and the pages call."""

    config: NodeConfig
    genesis: Genesis
    store: Store
    application: LedgerApplication
    engine: Engine
    outcomes: Outcomes
    contents: Contents
    proofs: Proofs
    clock: Clock
    software: str
    """Name and version, such as `sealane/0.1.0`."""
