"""How a record came to be what it is, version by version, for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from contracts.bill.model import Bill
from contracts.catalogue import decode_record
from contracts.context import Actor, Standing
from contracts.views import may_read
from nodes.api import queries, schemas
from nodes.application import LedgerApplication
from nodes.pages.models import Handover, Step
from nodes.storage import Store, StoredRecord, TermKind

REMARKS: Final = (
    *("reason", "ground", "outcome", "purpose", "lane", "control", "result", "choice", "kind"),
    *("hold", "query", "request", "notice", "status"),
)
"""Fields of acts that say why or how, all of them names from closed lists or chosen ids."""

NUMBER_KINDS: Final = {"bill": TermKind.BILL, "declaration": TermKind.DECLARATION}


def remark(body: Mapping[str, Any]) -> str:
    """What an act says beside, in one line."""
    said = [f"{body[name]}".replace("_", " ") for name in REMARKS if isinstance(body.get(name), str)]
    return ", ".join(dict.fromkeys(said))


def steps(store: Store, key: str) -> Callable[[int, int], tuple[Sequence[Step], int | None]]:
    """Reads the versions of a record, the oldest first."""

    def fetch(after: int, limit: int) -> tuple[Sequence[Step], int | None]:
        page = store.history(key, after, limit)
        changes = queries.history(store, key, after, limit).items if page.items else ()
        found = [
            Step(state=_state(row), remark=remark(change.body), **_common(change))
            for row, change in zip(page.items, changes, strict=False)
        ]
        return found, page.next

    return fetch


def handovers(store: Store, key: str) -> Callable[[int, int], tuple[Sequence[Handover], int | None]]:
    """Reads the versions of a bill, the oldest first, each with who possessed it before and after."""

    def fetch(after: int, limit: int) -> tuple[Sequence[Handover], int | None]:
        page = store.history(key, after, limit)
        changes = queries.history(store, key, after, limit).items if page.items else ()
        before = store.record_at(key, after) if after else None
        possessor = None if before is None else _bill(before).possessor
        found = []
        for row, change in zip(page.items, changes, strict=False):
            bill = _bill(row)
            found.append(
                Handover(
                    possessor_before=possessor,
                    possessor=bill.possessor,
                    titleholder=bill.titleholder,
                    state=bill.state.value,
                    remark=_bill_remark(bill, change),
                    **_common(change),
                )
            )
            possessor = bill.possessor
        return found, page.next

    return fetch


def _bill_remark(bill: Bill, change: schemas.Change) -> str:
    offered = f"to {bill.offer.to}" if change.act == "bill.transfer" and bill.offer is not None else ""
    endorsed = change.body.get("endorsee")
    return ", ".join(
        part for part in (offered, f"to {endorsed}" if endorsed else "", remark(change.body)) if part
    )


def _common(change: schemas.Change) -> dict[str, Any]:
    names = ("version", "time_ms", "act", "issuer", "on_behalf_of", "entry_index", "height", "id")
    return {name: getattr(change, name) for name in names}


def _bill(row: StoredRecord) -> Bill:
    bill = decode_record(row.key, row.value)
    assert isinstance(bill, Bill), row.key  # noqa: S101  the key says so
    return bill


def _state(row: StoredRecord) -> str:
    return str(msgspec.json.decode(row.value).get("state", ""))


def is_complete(store: Store, key: str) -> bool:
    """Whether every version of a record is still here with its statement."""
    first = store.history(key, 0, 1).items
    kept_from = store.pruned().height
    return bool(first) and first[0].version == 1 and (first[0].height == 0 or first[0].height >= kept_from)


def number_of(
    store: Store, application: LedgerApplication, key: str, value: bytes, actor: Actor
) -> str | None:
    """A record's number, as this node's private index has it, for whoever may read the contents."""
    kind = NUMBER_KINDS.get(key.partition("/")[0])
    commitment = msgspec.json.decode(value).get("contents")
    if kind is None or not isinstance(commitment, str) or actor.standing is Standing.SUSPENDED:
        return None
    numbers = store.search.numbers(kind, commitment)
    state, time_ms = application.state(), application.context().time_ms
    readable = numbers and may_read(actor.organisation, key, value, state, time_ms)
    return min(numbers, key=len) if readable else None
