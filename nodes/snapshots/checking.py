"""What a node that joins demands of each answer before it keeps it (N2 to N4): values to values or errors."""

from __future__ import annotations

from ledger.block import Header, header_id
from ledger.bls import BlsBackend
from ledger.errors import ChainError, ProofError
from ledger.evidence import SetChange, SetTimeline, check_sealed, follow_change
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Hash
from ledger.seal import seal_hash
from ledger.state import Span, key_hash, record_hash
from nodes.snapshots.messages import Handovers, Offer, Past, Portion


def check_handovers(
    network: Hash, bls: BlsBackend, header: Header, timeline: SetTimeline, answer: Handovers
) -> tuple[SetTimeline, list[SetChange], bool]:
    """N2: the sets up to a header that was offered, each appointed under the seal of the one before.

    Answers with the timeline, the changes that belong to it, and whether these were
    the last: then they lead to the set that the header names. Raises a `LedgerError`.
    """
    changes = [one for one in answer.changes if one.header.height <= header.height]
    last = not changes or len(changes) < len(answer.changes)
    for change in changes:
        if change.header.height < timeline.starts[-1][0]:
            raise ChainError("changes of the validator set do not rise", field="changes")
        timeline = follow_change(timeline, change, network, bls)
    if last and timeline.at(header.height).hash.hex() != header.validators_hash:
        raise ChainError("the sets do not lead to the block that was offered", field="changes")
    return timeline, changes, last


def check_offer(timeline: SetTimeline, offer: Offer, network: Hash, bls: BlsBackend) -> None:
    """N2: that a quorum of its height's set sealed the block that is offered; raises a `LedgerError`."""
    check_sealed(offer.header, offer.seal, timeline, network, bls, field="offer")


def check_portion(state_root: str, span: Span, portion: Portion) -> Span:
    """N3: the span with a portion more, which leads to the state root; raises a `LedgerError`."""
    grown = span.extend(key_hash(key) + record_hash(value) for key, value in portion.records)
    if grown.root(portion.right).hex() != state_root:
        raise ProofError("the portion does not lead to the state root", field="portion")
    return grown


def check_past(expected: str, height: int, past: Past) -> None:
    """N4: blocks that end with the one of this id and height, each whole and its child's parent.

    The frontier is bound by the log roots that it leads to. Raises a `LedgerError`.
    """
    for block in reversed(past.blocks):
        if block.header.height != height or header_id(block.header).hex() != expected:
            raise ChainError(f"expected block {height} of that id", field="blocks")
        if seal_hash(block.parent_seal).hex() != block.header.parent_seal_hash:
            raise ChainError("not the parent's seal that the header names", field="parent_seal")
        expected, height = block.header.parent, height - 1
    if height < 0:
        raise ChainError("no block precedes the first", field="blocks")
    frontier = Frontier.decode(past.frontier)
    for block in past.blocks:
        header = block.header
        if frontier.size != header.log_size_before:
            raise ChainError("the log before is of another size", field="frontier")
        frontier, _ = frontier.extend([leaf_hash(entry) for entry in block.entries])
        if (frontier.size, frontier.root().hex()) != (header.log_size, header.log_root):
            raise ChainError("the entries do not lead to the log root", field="entries")
