"""Proposes blocks that claim what does not follow from them, and votes for them."""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.block import Block, header_id
from ledger.primitives import Hash
from nodes.engine import Application, Proposed, ProposeRequest
from tests.simulation.adversaries.base import Adversary


class _Liar:
    """An application that builds false blocks and finds them valid."""

    def __init__(self, application: Any, adversary: Adversary) -> None:
        self._application = application
        self._adversary = adversary
        self._mine: set[Hash] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._application, name)

    async def propose(self, request: ProposeRequest) -> Proposed:
        proposed = await self._application.propose(request)
        random = self._adversary.random
        if random.random() < 0.25:
            return proposed
        refused = next((one.leaf for one in request.candidates if one.id in proposed.refused), b"junk")
        block = self._falsify(proposed.block, random.random(), refused)
        self._mine.add(header_id(block.header))
        return Proposed(block=block, refused={})

    def _falsify(self, block: Block, choice: float, refused: bytes) -> Block:
        header = block.header
        if choice < 0.6:
            header = msgspec.structs.replace(header, state_root="ab" * 32)
        elif choice < 0.7:
            header = msgspec.structs.replace(header, log_root="cd" * 32)
        elif choice < 0.8:
            header = msgspec.structs.replace(header, validators_hash="ef" * 32)
        elif choice < 0.9:
            header = msgspec.structs.replace(header, time_ms=header.time_ms - 10**9)
        else:
            return Block(header=header, entries=(*block.entries, refused), parent_seal=block.parent_seal)
        return Block(header=header, entries=block.entries, parent_seal=block.parent_seal)

    async def judge(self, block: Block) -> None:
        if header_id(block.header) not in self._mine:
            await self._application.judge(block)


class WrongStateProposer(Adversary):
    """See the module."""

    name = "wrong_state_proposer"

    def application(self, application: Application) -> Application:
        liar: Any = _Liar(application, self)
        return liar  # type: ignore[no-any-return]
