"""Two honest nodes with one key, each with a journal of its own, as after a copied disk."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.simulation.adversaries.base import Adversary


class Twins(Adversary):
    """One of the two. Half of the pairs do not look at what their key is shown to have said (K1)."""

    name = "twins"

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._blind = random.random() < 0.5

    def signer(self, signer: Any) -> Any:
        if self._blind:
            signer.shown = lambda _said: False
        return signer
