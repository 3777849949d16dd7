"""Which acts of this ledger a message of customs comes to. Which code comes to what is in `status_codes`.

Nothing here decides anything: the acts go the way of all acts, and the table of
clearance accepts or refuses them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.clearance.intake import open_controls
from contracts.clearance.model import Declaration
from contracts.clearance.requests import granted
from contracts.clearance.vocabulary import DeclarationState as S
from contracts.clearance.vocabulary import RequestKind, RequestState
from contracts.documents.wco_messages import StatusMessage
from contracts.refusals import shorten

Commit = Callable[[str], str]
"""A salted commitment to a text that stays off the ledger; the caller has the salt."""


class By(enum.Enum):
    """Who does an act."""

    OFFICE = "customs office"
    EXIT_OFFICE = "office of exit"
    DECLARANT = "declarant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One act that a message comes to."""

    act: str
    """The act."""
    by: By
    """Who does it."""
    fields: Mapping[str, Any]
    """Its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A message, the declaration it is about, and what else is known."""

    message: StatusMessage
    """What customs told."""
    declaration: Declaration
    """How the declaration stands before."""
    asked: RequestKind
    """What the declarant asks for, where the message answers a request that is not on the ledger yet."""
    goods_seen: bool
    """Whether a message that goods have arrived was published and not played yet."""
    commit: Commit
    """Makes commitments."""


class UnknownStatus(Exception):
    """A status code, or what it says, is not in the table."""


def always(case: Case) -> bool:
    """No more is asked."""
    return True


def is_unnumbered(case: Case) -> bool:
    """Customs gave no number yet."""
    return case.declaration.state is S.PRELODGED and case.declaration.reference is None


def goods_are_awaited(case: Case) -> bool:
    """The goods were declared ahead and are not presented."""
    return case.declaration.awaits_goods


def is_not_accepted(case: Case) -> bool:
    """Customs have not accepted the declaration."""
    return case.declaration.state is S.PRELODGED


def _office(act: str, **fields: Any) -> Planned:
    given = {name: value for name, value in fields.items() if value is not None}
    return Planned(act=f"clearance.{act}", by=By.OFFICE, fields=given)


def _reference(case: Case) -> str | None:
    """The number, committed to once: at registration or at acceptance."""
    if case.declaration.reference is not None or not case.message.reference:
        return None
    return case.commit(case.message.reference)


def present(case: Case) -> list[Planned]:
    """The goods are there."""
    return [Planned(act="clearance.present", by=By.DECLARANT, fields={})]


def accept(case: Case) -> list[Planned]:
    """Acceptance; goods that were seen are presented first."""
    presented = present(case) if goods_are_awaited(case) and case.goods_seen else []
    return [*presented, _office("accept", reference=_reference(case))]


def register(case: Case) -> list[Planned]:
    """Customs have it, under a number."""
    return [_office("register", reference=case.commit(case.message.reference or "received"))]


def request(case: Case) -> list[Planned]:
    """The declarant's request that customs say they have received."""
    fields: dict[str, Any] = {
        "request": f"request-{len(case.declaration.requests) + 1}",
        "kind": case.asked.value,
        "ground": "duplicate" if case.asked is RequestKind.CANCELLATION else "other",
    }
    if case.asked is RequestKind.AMENDMENT:
        fields["contents"] = case.commit("amended declaration")
    return [Planned(act="clearance.request", by=By.DECLARANT, fields=fields)]


def _open_request(case: Case) -> str | None:
    waiting = [r.id for r in case.declaration.requests if r.state is RequestState.OPEN]
    return waiting[0] if waiting else None


def reject(case: Case) -> list[Planned]:
    """The declaration is rejected for its errors."""
    told = case.message.errors or ((case.message.function, ""),)
    errors = [{"code": code, **({"pointer": where} if where else {})} for code, where in told]
    return [_office("reject", errors=errors)]


def reject_request(case: Case) -> list[Planned]:
    """A rejection after acceptance is of what the declarant sent last, not of the declaration."""
    label, asked = _open_request(case), list[Planned]()
    if label is None:
        asked = request(case)
        label = str(asked[0].fields["request"])
    return [*asked, _office("decide", request=label, outcome="rejected", ground="malformed")]


def decide(case: Case) -> list[Planned]:
    """The answer to a request."""
    answers = {"39": ("granted", None), "41": ("denied", "other")}
    if case.message.status not in answers:
        raise UnknownStatus(f"answer {shorten(case.message.status)!r} to a request; known are 39 and 41")
    outcome, ground = answers[case.message.status]
    label = _open_request(case) or f"request-{len(case.declaration.requests) + 1}"
    return [_office("decide", request=label, outcome=outcome, ground=ground)]


def control(case: Case) -> list[Planned]:
    """A control of goods (05) or documents (06)."""
    return [_office("control", control="physical" if case.message.function == "05" else "documents")]


def amend(case: Case) -> list[Planned]:
    """What was granted is carried out; else customs correct of their own accord."""
    request = granted(case.declaration, RequestKind.AMENDMENT)
    if request is not None:
        return [_office("amend", ground="requested", request=request.id, contents=request.contents)]
    return [_office("amend", ground="official_correction", contents=case.commit("corrected declaration"))]


def release(case: Case) -> list[Planned]:
    """A release rests on the result of whatever control went on."""
    found = "satisfactory" if case.message.result == "A1" else "considered_satisfactory"
    concluded = [
        _office("conclude", control=control.value, result=found)
        for control in open_controls(case.declaration)
    ]
    return [*concluded, _office("release")]


def clear(case: Case) -> list[Planned]:
    """What is cleared is released; customs often say both in one message."""
    released = case.declaration.state in (S.RELEASED, S.ARRIVED, S.CLEARED)
    return [*([] if released else release(case)), _office("clear")]


def invalidate(case: Case) -> list[Planned]:
    """The declaration counts for nothing."""
    wished = granted(case.declaration, RequestKind.CANCELLATION) is not None
    return [_office("invalidate", reason="requested" if wished else "other")]


def notice(kind: str) -> Callable[[Case], list[Planned]]:
    """A notice about duties."""

    def plan(case: Case) -> list[Planned]:
        return [
            _office("assess", notice=kind, assessment=case.commit(kind), status=case.message.status or None)
        ]

    return plan


def leave(case: Case) -> list[Planned]:
    """The goods have left."""
    return [Planned(act="clearance.exit", by=By.EXIT_OFFICE, fields={})]


def ask(case: Case) -> list[Planned]:
    """A question to the declarant."""
    name = f"query-{len(case.declaration.queries) + 1}"
    return [_office("query", query=name, question=case.commit("query"))]


def detain(case: Case) -> list[Planned]:
    """A hold of customs."""
    return [_office("hold", hold=f"detained-{len(case.declaration.holds) + 1}", reason="other")]


def nothing(case: Case) -> list[Planned]:
    """The message informs."""
    return []
