"""Was everybody told the truth? The history of all clients against the ledger of all nodes.

Each rule yields sentences about what is wrong. Nothing of the nodes' software is
used: the ledger is data here, and the rules of the acts are told again in `model`.
"""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.chaos.history import Event
from tests.chaos.ledgers import Ledger
from tests.chaos.model import Deed, Record, after, deeds, faults
from tests.chaos.story import Sights, Story, Told, Truth

CLOCK_SLACK_MS = 3_000
"""Between a node's look at its clock and our note of it."""

WINDOW_MS = 3_600_000
"""How far ahead of a node's clock a statement may stay valid: the genesis parameter's default."""

EVENT_AGE_MS = 60_000
"""How long before signing the clients date what they record."""


def check(events: Sequence[Event], ledgers: Sequence[Ledger]) -> list[str]:
    """Everything that is wrong, one sentence each."""
    story, truth = Story.of(events), Truth(ledgers[0])
    sights = Sights(story)
    findings = [*story.broken, *agreement(ledgers), *order(ledgers[0]), *truth.wrong]
    findings += [*origin(story, truth), *acknowledged(story, truth), *refused(story, truth, sights)]
    findings += [*reads_go_forward(story), *reads_are_true(story, truth, sights)]
    return findings


def agreement(ledgers: Sequence[Ledger]) -> Iterator[str]:
    """All nodes tell the same blocks and entries."""
    first = ledgers[0]
    for other in ledgers[1:]:
        if other.blocks != first.blocks:
            height = next(
                (a.height for a, b in zip(first.blocks, other.blocks, strict=False) if a != b), "the end"
            )
            yield f"{first.node} and {other.node} have different blocks, from {height} on"
        if other.entries != first.entries:
            index = next(
                (a.index for a, b in zip(first.entries, other.entries, strict=False) if a != b), "the end"
            )
            yield f"{first.node} and {other.node} have different entries, from {index} on"


def order(ledger: Ledger) -> Iterator[str]:
    """Heights and indices have no gap, times increase, and no statement is there twice."""
    heights = [block.height for block in ledger.blocks]
    if heights != list(range(len(heights))):
        yield "the heights have a gap"
    yield from (
        f"block {b.height} is not later than the one before"
        for a, b in pairwise(ledger.blocks)
        if b.time_ms <= a.time_ms
    )
    if [entry.index for entry in ledger.entries] != list(range(1, len(ledger.entries) + 1)):
        yield "the indices have a gap"
    if any(b.height < a.height for a, b in pairwise(ledger.entries)):
        yield "entries are not in the order of their blocks"
    counts = Counter(entry.id for entry in ledger.entries)
    yield from (f"doubled: {id_} is on the ledger {n} times" for id_, n in counts.items() if n > 1)


def origin(story: Story, truth: Truth) -> Iterator[str]:
    """Everything on the ledger was sent by a client, byte for byte."""
    for entry in truth.ledger.entries:
        sent = story.statements.get(entry.id)
        if sent is None:
            yield f"entry {entry.index} was sent by nobody"
        elif base64.b64decode(sent["leaf"]) != entry.leaf:
            yield f"entry {entry.index} differs from what was sent"


def acknowledged(story: Story, truth: Truth) -> Iterator[str]:
    """What was called sealed is on the ledger, at the place that was told."""
    for told in story.told:
        if told.outcome["status"] != "sealed":
            continue
        place = truth.places.get(told.id)
        said = told.outcome["index"], told.outcome["height"]
        if place is None:
            yield f"lost: {told.node} acknowledged {told.id} at {said}, and it is not on the ledger"
        elif place != said:
            yield f"moved: {told.node} acknowledged {told.id} at {said}, and it is at {place}"


def refused(story: Story, truth: Truth, sights: Sights) -> Iterator[str]:
    """Every refusal was deserved, and a final one was final."""
    for told in story.told:
        if told.outcome["status"] == "refused":
            wrong = _undeserved(told, story, truth, sights)
            if wrong:
                code = told.outcome["code"]
                yield f"{told.node} refused {told.id} with {code} although {wrong}"


def _undeserved(told: Told, story: Story, truth: Truth, sights: Sights) -> str:
    """Why a refusal was wrong; empty when it was right."""
    code, final = told.outcome["code"], told.outcome["final"]
    sealed = truth.places.get(told.id)
    if code == "statement.known":
        return "" if sealed else "the ledger does not hold it"
    if final and sealed:
        return f"that was said to be final and it is entry {sealed[0]}"
    sent = story.statements[told.id]
    low, high = sights.at_least(told.node, told.asked_t), sights.at_most(told.node, told.told_t)
    if code.startswith("statement.") or code == "movement.in-future":
        return _untimely(told, sent, story, truth, high)
    acts = deeds(sent["act"], sent["subject"], sent["expected"], sent["body"])
    if not code.startswith("record."):
        return _unruly(code, acts, sent["actor"], truth, high)
    # Of several acts on one record the first meets the version that others left; one act refuses its batch.
    first = {deed.subject: deed for deed in reversed(acts)}
    whys = [_unversioned(code, deed, truth, low, high, final=final) for deed in first.values()]
    return "" if "" in whys else "; ".join(whys)


def _unversioned(code: str, deed: Deed, truth: Truth, low: int, high: int, *, final: bool) -> str:
    """Why a refusal on account of the version was wrong, the node having been between two heights."""
    expected, subject = deed.expected, deed.subject
    if code == "record.version-ahead":
        at_least = truth.version(subject, low)
        return "" if not final and at_least < expected else f"the record was at version {at_least} already"
    at_most = truth.version(subject, high)
    passed = {"record.version-passed": expected > 0, "record.exists": expected == 0}.get(code, False)
    if passed and final and at_most > expected:
        return ""
    return f"the record was at version {at_most} at most, the statement builds on {expected}"


def _unruly(code: str, acts: Sequence[Deed], actor: str, truth: Truth, high: int) -> str:
    """Why a refusal on account of a rule was wrong: each act is judged on what those before it left."""
    left: dict[str, Record] = {}
    deserved: set[str] = set()
    for deed in acts:
        if deed.subject not in left and truth.version(deed.subject, high) < deed.expected:
            return "the node cannot have seen the version that it builds on"
        record = left.get(deed.subject) or _at(truth, deed.subject, deed.expected)
        deserved |= faults(record, deed.act, actor, deed.body)
        left[deed.subject] = after(record, deed.act, actor, deed.body)
    return "" if code in deserved else f"it deserved {', '.join(sorted(deserved)) or 'to be accepted'}"


def _at(truth: Truth, subject: str, version: int) -> Record:
    known = truth.versions[subject]
    return known[min(version, len(known) - 1)]


def _untimely(told: Told, sent: Event, story: Story, truth: Truth, high: int) -> str:
    """Why a refusal on account of time was wrong: final by block time only, else by the node's clock."""
    code, final, ends_ms = told.outcome["code"], told.outcome["final"], sent["last_valid_ms"]
    offsets = story.offsets(told.node, told.asked_t, told.told_t)
    if code == "statement.expired":
        if final:
            last_ms = truth.time_ms(high)
            return (
                ""
                if last_ms >= ends_ms
                else f"the newest block was of {last_ms}, it was valid until {ends_ms}"
            )
        clock_ms = told.told_wall_ms + max(offsets) + CLOCK_SLACK_MS
        return "" if clock_ms >= ends_ms else f"the node's clock said {clock_ms} at most"
    if final:
        return "it could still take effect later"
    behind_ms = -min(offsets) + CLOCK_SLACK_MS
    if code == "movement.in-future":
        return "" if behind_ms >= EVENT_AGE_MS else f"the node's clock was {behind_ms} ms behind at most"
    if code == "statement.too-far-ahead":
        ahead_ms = ends_ms - told.told_wall_ms + behind_ms + CLOCK_SLACK_MS
        return "" if ahead_ms >= WINDOW_MS else f"it ended {ahead_ms} ms after the node's clock at most"
    return "no statement of the clients can break that rule"


def reads_go_forward(story: Story) -> Iterator[str]:
    """What one node shows never goes back, neither its height nor a record's version."""
    seen: defaultdict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for read in story.reads:
        if read["what"] == "status" and "height" in read:
            seen[read["node"], "height"].append((read["asked_t"], read["t"], read["height"]))
        elif read["what"] == "record" and "version" in read:
            seen[read["node"], read["key"]].append((read["asked_t"], read["t"], read["version"]))
    for told in story.told:
        if told.outcome["status"] == "sealed":
            seen[told.node, "height"].append((told.told_t, told.told_t, told.outcome["height"]))
    for (node, what), values in seen.items():
        yield from _backwards(node, what, values)


def _backwards(node: str, what: str, values: list[tuple[int, int, int]]) -> Iterator[str]:
    """Reads that show less than one that had ended before they began. Acknowledgements show a floor only."""
    ended = sorted((end, value) for _, end, value in values)
    place, floor = 0, 0
    for start, end, value in sorted(values):
        while place < len(ended) and ended[place][0] < start:
            floor = max(floor, ended[place][1])
            place += 1
        if value < floor and start != end:
            yield f"{node} went back: {what} was {floor}, then {value}"


def reads_are_true(story: Story, truth: Truth, sights: Sights) -> Iterator[str]:
    """A record was shown at a version that the node's height allows."""
    for read in story.reads:
        if read["what"] != "record" or "version" not in read:
            continue
        low = truth.version(read["key"], sights.at_least(read["node"], read["asked_t"]))
        high = truth.version(read["key"], sights.at_most(read["node"], read["t"]))
        if not low <= read["version"] <= high:
            yield f"{read['node']} showed {read['key']} at version {read['version']}, not {low} to {high}"
