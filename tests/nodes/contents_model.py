"""A slow model of contents at nodes: who can store, fetch, find and erase what, and where.

It is written from docs/privacy.md, ADR 0016 and docs/reference, shares no code with the nodes or the
contracts, and knows nothing of bytes: a content is a name, a node a list of copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

SERVED = "served"
STORED = "stored"
ERASED = "erased"
"""What happens where nothing is refused."""


@dataclass
class Paper:
    """A content, and who is entitled to it once the ledger has a record of it."""

    author: str
    readers: set[str] = field(default_factory=set)
    """Entitled beside the author, for good."""
    possessor: str = ""
    """Entitled until it passes the bill on."""
    on_ledger: bool = True

    def entitled(self) -> set[str]:
        return {self.author, *self.readers, self.possessor} - {""}


@dataclass
class Copy:
    """A content at a node."""

    origin: str
    """Who stored it, or for whom it was fetched."""
    sealed_to: set[str]


@dataclass
class Node:
    """A node that an organisation runs, with the contents keys that it was given."""

    operator: str
    keys: set[str]
    copies: dict[str, Copy] = field(default_factory=dict)
    erased_by: dict[str, str] = field(default_factory=dict)
    """By what was erased here and has not been stored again: who had it done."""

    def opens(self, name: str) -> bool:
        return name in self.copies and bool(self.copies[name].sealed_to & self.keys)

    def gives(self, name: str, organisation: str) -> bool:
        """Whether it can seal what it holds to an organisation, or has it sealed to it already."""
        return self.opens(name) or (name in self.copies and organisation in self.copies[name].sealed_to)


@dataclass
class Shelves:
    """All nodes."""

    nodes: dict[str, Node]
    papers: dict[str, Paper] = field(default_factory=dict)

    # ----- storing ----------------------------------------------------------------

    def put(self, node: Node, who: str, name: str, sealed_to: set[str] | None) -> str:
        """`sealed_to` nobody in particular: in clear, and the node seals it."""
        paper, opened = self.papers[name], sealed_to is None or bool(sealed_to & node.keys)
        if sealed_to is None:
            if who not in node.keys:
                return "contents.seal-first"
            sealed_to = {who} | (paper.entitled() if paper.on_ledger else set())
        if paper.on_ledger and who not in paper.entitled():
            return "contents.not-entitled"
        if not opened and who not in sealed_to:
            return "contents.malformed"
        before = node.copies.get(name)
        if before is not None and not paper.on_ledger and before.origin != who:
            return "contents.other"
        if before is None or not self._stays(node, name, who, opened):
            node.copies[name] = Copy(who, sealed_to)
            node.erased_by.pop(name, None)
        return STORED

    def _stays(self, node: Node, name: str, who: str, opened: bool) -> bool:
        """Drafts are corrected. On the ledger, what the node can check stays, then the author's."""
        if not self.papers[name].on_ledger:
            return False
        if node.opens(name) or opened:
            return node.opens(name)
        return who not in (node.copies[name].origin, self.papers[name].author)

    # ----- fetching ---------------------------------------------------------------

    def get(self, node: Node, who: str, name: str) -> str:
        """What a member of an organisation gets who asks a node."""
        paper, copy = self.papers[name], node.copies.get(name)
        if not paper.on_ledger:
            if copy is None or copy.origin != who:
                return "contents.not-entitled"
        elif who not in paper.entitled():
            return "contents.not-entitled"
        if node.opens(name) if who in node.keys else node.gives(name, who):
            return SERVED
        if name in node.erased_by:
            return "contents.erased"
        if not any(other.gives(name, who) for other in self._asked(node, who, paper)):
            return "contents.unavailable"
        if who in node.keys:
            node.copies[name] = Copy(who, {who})
        return SERVED

    def _asked(self, node: Node, who: str, paper: Paper) -> Iterator[Node]:
        """Nodes of others who are entitled; none answers for an organisation that has a node of its own."""
        if who != node.operator and who in self.nodes:
            return
        for other in self.nodes.values():
            if other is not node and paper.on_ledger and other.operator in paper.entitled():
                yield other

    # ----- erasing ----------------------------------------------------------------

    def erase(self, node: Node, who: str, name: str) -> str:
        """For whoever stored it there or had it fetched, or runs the node; no other node is concerned."""
        if name not in node.copies:
            known = {node.erased_by.get(name), node.operator} if name in node.erased_by else set()
            return ERASED if who in known else "contents.unavailable"
        if who not in (node.copies[name].origin, node.operator):
            return "contents.not-entitled"
        del node.copies[name]
        node.erased_by[name] = who
        return ERASED

    # ----- finding ----------------------------------------------------------------

    def found(self, node: Node, names: set[str]) -> set[str]:
        """Which of several contents that say the same are found by it: those that the node could read."""
        return {name for name in names if node.opens(name)}
