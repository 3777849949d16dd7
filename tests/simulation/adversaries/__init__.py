"""Traitors, one a file: each runs a production node and spoils what goes into it or comes out of it.

They know their own validator's key and no other.
"""

from __future__ import annotations

from tests.simulation.adversaries.amnesiac import Amnesiac
from tests.simulation.adversaries.base import Adversary
from tests.simulation.adversaries.conspirator import Conspirator
from tests.simulation.adversaries.equivocator import Equivocator
from tests.simulation.adversaries.flooder import Flooder
from tests.simulation.adversaries.ousted import Ousted
from tests.simulation.adversaries.restored import Restored
from tests.simulation.adversaries.silent import Silent
from tests.simulation.adversaries.stale_vote_replayer import StaleVoteReplayer
from tests.simulation.adversaries.time_liar import TimeLiar
from tests.simulation.adversaries.twins import Twins
from tests.simulation.adversaries.withholder import Withholder
from tests.simulation.adversaries.wrong_state_proposer import WrongStateProposer

KINDS: dict[str, type[Adversary]] = {
    kind.name: kind
    for kind in (
        Equivocator,
        Amnesiac,
        Silent,
        Withholder,
        WrongStateProposer,
        StaleVoteReplayer,
        TimeLiar,
        Flooder,
        Twins,
        Restored,
        Ousted,
        Conspirator,
    )
}
"""All of them, by name."""
