"""What an organisation may know and do about contents that a node keeps for it: who read them, and erasure.

Whoever put a content on the ledger, whoever stored it here, and whoever runs this
node may see to whom this node gave it. Erasing is for the latter two: a copy at
another party's node is that party's. The ledger keeps a commitment that no longer
says anything, and every proof that does not show the content.
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.catalogue import decode_record
from contracts.context import StateReader
from contracts.views import author_of, commitments_of
from ledger.primitives import Hash
from nodes.content_shelf import Held, Shelf
from nodes.package_check import ContentsError
from nodes.storage import ContentRead, Erasure, Page


class Custody:
    """See the module. Methods block, and may run on any thread."""

    def __init__(self, shelf: Shelf, state: Callable[[], StateReader], operator: str) -> None:
        self._shelf = shelf
        self._state = state
        self._operator = operator

    def reads(
        self, commitment: Hash, subject: str, organisation: str, after: int, limit: int
    ) -> Page[ContentRead, int]:
        """To whom this node gave a record's content, oldest first; raises `ContentsError`.

        Other records may commit to the same content, and who read it for those is for others to know.
        Without `subject` it is the one held here, or, for the operator, any that was.
        """
        held, record = self._shelf.find(commitment, subject), self._state().get(subject)
        owners = {self._operator} if held is None else self._keepers(held)
        if record is not None:
            decoded = decode_record(subject, record)
            if commitment.hex() in commitments_of(decoded):
                owners = owners | {author_of(decoded) or self._operator}
        if organisation not in owners:
            raise ContentsError(
                "contents.not-entitled", f"Who read these contents is not for {organisation} to know."
            )
        return self._shelf.reads(commitment, subject if held is None else held.subject, after, limit)

    def erase(self, commitment: Hash, subject: str, organisation: str, member: str) -> Erasure:
        """Erase a content here; raises `ContentsError`. A second time, says who did it the first time."""
        held = self._shelf.find(commitment, subject)
        if held is None:
            before = self._shelf.erased(commitment, subject)
            if before is not None and organisation in (before.organisation, self._operator):
                return before
            raise ContentsError("contents.unavailable", "This node does not hold these contents.")
        if organisation not in self._keepers(held):
            raise ContentsError(
                "contents.not-entitled",
                f"{organisation} neither stored these contents here nor runs this node: it may not.",
            )
        self._shelf.erase(held, commitment, organisation, member)
        done = self._shelf.erased(commitment, held.subject)
        if done is None:
            raise ContentsError("contents.other", "They were stored again at the same moment. Try again.")
        return done

    def _keepers(self, held: Held) -> set[str]:
        return {held.organisation, self._operator}
