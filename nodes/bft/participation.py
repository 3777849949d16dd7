"""May this node vote at the next height? A seat, caught up, nothing unknown behind its key (E1, C5, J6).

A node may hold several keys, of which the set of a height names one at most for its
organisation (G5). All others wait for their turn, or had it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog

from ledger.primitives import Hash, Height, Round
from ledger.seal import Seal, seal_signers
from ledger.validators import ValidatorSet
from nodes.bft.messages import Certificate
from nodes.bft.recovery import Recovered
from nodes.bft.said import Said, last_place_of
from nodes.bft.signer import Signer
from nodes.bft.sync import Syncer
from nodes.engine import Application

_log = structlog.get_logger("bft")

ABSTAINED_HEIGHTS = 2
"""Heights beyond the newest block of the network in which a lost journal may have signed (J6)."""


UNTIMELY_BLOCKS = 3
"""Decided blocks in a row whose time contradicts our clock, after which our clock is at fault (T5)."""


REVIEWED_BLOCKS = 256
"""Newest blocks whose seals are compared with the journal at a start: usually one, after a crash (K2)."""


class Participation:
    """Answers from the chain, the signer and what peers say; settles how long a new journal abstains."""

    def __init__(
        self,
        *,
        application: Application,
        signers: Mapping[bytes, Signer],
        organisation: str,
        sync: Syncer,
    ) -> None:
        """`signers` are those of this node, by public key."""
        self._application = application
        self._signers = signers
        self._organisation = organisation
        self._sync = sync

    def signer(self) -> Signer | None:
        """G5: the signer whose key the set of the next height names for our seat."""
        return signer_for(self._signers, self._application.info().validators, self._organisation)

    def hears_quorum(self) -> bool:
        """Whether a quorum of validators, ourselves included, has said how far it is."""
        validators = self._application.info().validators
        own = validators.index_of(self._organisation) is not None
        return self._sync.heard(validators, self._organisation) + own >= validators.quorum

    def caught_up(self) -> bool:
        """C5: whether no honest validator can be further than the block being decided now."""
        tip = self._application.info()
        return self.hears_quorum() and self._sync.network_height(tip.validators) <= tip.height + 1

    def may_join(self) -> bool:
        """Whether it is worth looking into the journals: to settle a new one, or for where to resume."""
        if not self.caught_up():
            return False
        signer = self.signer()
        if signer is not None and not signer.alarm() and not self.journal_ahead():
            return True
        return any(other is not signer for other in self._unsettled())

    def _unsettled(self) -> list[Signer]:
        """Those of whom it is not known how long they abstain (J6)."""
        return [signer for signer in self._signers.values() if signer.abstains_until() is None]

    def may_vote(self) -> bool:
        """Whether to sign at the next height, from where the journal ends."""
        signer = self.signer()
        if signer is None or signer.alarm() or not self.caught_up() or self.journal_ahead():
            return False
        until = signer.abstains_until()
        return until is not None and self._application.info().height + 1 > until

    def may_go_on(self) -> bool:
        """Whether to sign at the next height without a look into the journal: nothing was signed there yet.

        Otherwise the journal may hold a lock, which only `recover` brings back (J4).
        """
        signer, height = self.signer(), self._application.info().height
        return signer is not None and signer.last_place() <= last_place_of(height) and self.may_vote()

    def journal_ahead(self) -> bool:
        """J7: whether the key has signed or seen committed what the ledger here does not hold yet."""
        signer, following = self.signer(), Height(self._application.info().height + 1)
        return signer is not None and (
            signer.last_place() >= last_place_of(following) or signer.last_place()[0] > following
        )

    def shown_by(self, seal: Seal, validators: ValidatorSet) -> Said | None:
        """K2: what our key says in a seal that verified against its height's set; None when not in it."""
        seat = validators.index_of(self._organisation)
        if signer_for(self._signers, validators, self._organisation) is None:
            return None
        if seat not in seal_signers(seal, validators):
            return None
        return Said.precommit(Height(seal.height), Round(seal.round), Hash(bytes.fromhex(seal.block_id)))

    async def review(self, in_signing_thread: Callable[[Callable[[], bool]], Awaitable[bool]]) -> None:
        """K2 at start: whether the blocks here show that the journal is older than the database beside it."""
        tip, signer = self._application.info(), self.signer()
        if signer is None:
            return
        first = max(signer.last_place()[0], tip.height - REVIEWED_BLOCKS + 1, 1)
        for height in range(first, tip.height + 1):
            block, seal = await self._application.load_block(Height(height)) or (None, None)
            if block is None or seal is None or block.header.validators_hash != tip.validators.hash.hex():
                continue
            said = self.shown_by(seal, tip.validators)
            if said is not None and await in_signing_thread(partial(signer.shown, said)):
                _log.critical("the signing journal is older than the database beside it", height=height)

    def recover(self) -> Recovered | None:
        """J4, J6, G6: settle how long to abstain, and say where to resume. In the signing thread only."""
        tip, unsettled = self._application.info(), self._unsettled()
        if unsettled and self._knows_newest_block():
            until = Height(tip.height + ABSTAINED_HEIGHTS) if tip.height > 0 else Height(0)
            for signer in unsettled:
                signer.abstain(until)
                if until:
                    _log.warning("abstaining: the signing journal is new", until_height=until)
        current = self.signer()
        return None if current is None else current.recovered(Height(tip.height + 1))

    def rested_on(self, height: Height) -> tuple[Certificate, ...]:
        """F2: the polkas that votes of ours rested on, from the journal. In the signing thread only."""
        found = [signer.recovered(height) for signer in self._signers.values()]
        return tuple(polka for recovered in found if recovered is not None for polka in recovered.polkas)

    def _knows_newest_block(self) -> bool:
        """J6: nobody proves to be ahead, and a quorum of others has spoken; at height 0 nobody need have."""
        tip = self._application.info()
        validators = tip.next_validators
        seated = validators.index_of(self._organisation) is not None
        enough = min(validators.quorum, validators.size - seated)
        heard = self._sync.heard(validators, self._organisation, proven=True)
        return not self._sync.leads() and (tip.height == 0 or heard >= enough)

    def reasons(self, precision_ms: int, untimely: int) -> list[str]:
        """Why the node cannot be relied on; our clock contradicted the last `untimely` blocks."""
        reasons = []
        if not self.hears_quorum():
            reasons.append("connected to fewer validators than a quorum")
        elif not self.caught_up():
            reasons.append("catching up")
        reasons.extend(self._never_votes())
        offset = self._sync.clock_offset_ms(self._application.info().validators)
        if abs(offset) > precision_ms:
            reasons.append(
                f"the clock is {abs(offset)} ms {'behind' if offset > 0 else 'ahead of'} the validators'"
            )
        elif untimely >= UNTIMELY_BLOCKS:
            reasons.append("the clock contradicts the time of the last blocks")
        return reasons

    def _never_votes(self) -> list[str]:
        """Why a node with a key signs nothing, when no waiting cures it."""
        tip = self._application.info()
        if not self._signers or tip.validators.index_of(self._organisation) is None:
            return []
        signer = self.signer()
        if signer is None:
            return ["the validator key here is not the one that the ledger names"]
        if alarm := signer.alarm():
            return [
                f"this validator's key signed at height {alarm[0]} what its journal does not know: another "
                "machine signs with it, or the journal is older than what was signed"
            ]
        if self.journal_ahead():
            return [f"the signing journal is ahead of the ledger: it ends at height {signer.last_place()[0]}"]
        return []


def signer_for(signers: Mapping[bytes, Signer], validators: ValidatorSet, organisation: str) -> Signer | None:
    """G5: the signer, if it is here, whose key a set names for an organisation."""
    seat = validators.index_of(organisation)
    return None if seat is None else signers.get(validators.keys[seat])
