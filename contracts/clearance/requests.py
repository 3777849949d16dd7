"""Guards and effects of requests and amendments, and of notices about duties."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.clearance.bodies import Amend, Decide, MakeRequest, Tell
from contracts.clearance.intake import open_controls
from contracts.clearance.model import MAX_AMENDMENTS, MAX_NOTICES, MAX_REQUESTS, Declaration, Notice, Request
from contracts.clearance.rules import OnDeclaration, changed
from contracts.clearance.vocabulary import (
    Control,
    DeclarationState,
    Outcome,
    RequestKind,
    RequestState,
)
from contracts.model import Record
from contracts.table import Call, Fault, fault

AFTER_RELEASE = (DeclarationState.RELEASED, DeclarationState.CLEARED)

ANSWERED = {
    Outcome.GRANTED: RequestState.GRANTED,
    Outcome.DENIED: RequestState.DENIED,
    Outcome.REJECTED: RequestState.REJECTED,
}
"""State of a request after each answer."""


def find_request(declaration: Declaration, label: str | None) -> Request | None:
    """The request that bears a name."""
    return next((request for request in declaration.requests if request.id == label), None)


def granted(declaration: Declaration, kind: RequestKind) -> Request | None:
    """A granted request of a kind that is not carried out."""
    return next((r for r in declaration.requests if r.kind is kind and r.state is RequestState.GRANTED), None)


def no_request_waits(call: OnDeclaration) -> Fault | None:
    """Every request is answered."""
    for request in call.record.requests:
        if request.state is RequestState.OPEN:
            return fault("subject", request=request.id, office=call.record.office)
    return None


def no_grant_is_due(call: OnDeclaration) -> Fault | None:
    """Whatever customs granted is carried out."""
    for request in call.record.requests:
        if request.state is RequestState.GRANTED:
            facts = {"request": request.id, "kind": request.kind.value, "office": call.record.office}
            return fault("subject", **facts)
    return None


def request_name_is_free(call: Call[Declaration, MakeRequest]) -> Fault | None:
    """No request bears the name, answered ones included."""
    known = find_request(call.record, call.body.request)
    return None if known is None else fault("body.request", request=known.id)


def contents_fit_kind(call: Call[Declaration, MakeRequest]) -> Fault | None:
    """An amendment says what the declaration is to be; a cancellation does not."""
    wanted = call.body.kind is RequestKind.AMENDMENT
    if wanted == (call.body.contents is not None):
        return None
    return fault("body.contents", kind=call.body.kind.value, rule="with" if wanted else "without")


def room_for_request(call: OnDeclaration) -> Fault | None:
    """The declaration has room for another request."""
    if len(call.record.requests) < MAX_REQUESTS:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_REQUESTS} requests")


def request_waits(call: Call[Declaration, Decide]) -> Fault | None:
    """The request to answer is open."""
    request = find_request(call.record, call.body.request)
    if request is not None and request.state is RequestState.OPEN:
        return None
    return fault("body.request", request=call.body.request)


def ground_fits_outcome(call: Call[Declaration, Decide]) -> Fault | None:
    """A no has a ground, a yes needs none."""
    yes = call.body.outcome is Outcome.GRANTED
    if yes == (call.body.ground is None):
        return None
    return fault("body.ground", outcome=call.body.outcome.value, rule="without" if yes else "with")


def cancelling_waits_for_examination(call: Call[Declaration, Decide]) -> Fault | None:
    """No cancellation is granted while an examination of the goods is still to take place."""
    request = find_request(call.record, call.body.request)
    cancels = request is not None and request.kind is RequestKind.CANCELLATION
    if call.body.outcome is not Outcome.GRANTED or not cancels:
        return None
    return examination_is_over(call)


def examination_is_over(call: OnDeclaration) -> Fault | None:
    """No examination of the goods is still to take place."""
    due = Control.PHYSICAL in open_controls(call.record)
    return fault("subject", office=call.record.office) if due else None


def amendment_is_granted(call: Call[Declaration, Amend]) -> Fault | None:
    """The named request is a granted amendment; before acceptance and after release, one is named."""
    label, declaration = call.body.request, call.record
    if label is None and declaration.state not in (DeclarationState.PRELODGED, *AFTER_RELEASE):
        return None
    request = find_request(declaration, label)
    fits = request is not None and request.kind is RequestKind.AMENDMENT
    if fits and request is not None and request.state is RequestState.GRANTED:
        return None
    return fault("body.request", kind="amendment", state=declaration.state.value)


def contents_are_those_granted(call: Call[Declaration, Amend]) -> Fault | None:
    """A granted amendment is carried out as it was asked for."""
    request = find_request(call.record, call.body.request)
    if request is None or request.contents == call.body.contents:
        return None
    return fault("body.contents", request=request.id)


def cancellation_is_granted(call: OnDeclaration) -> Fault | None:
    """After release, customs invalidate only what the declarant asked to be cancelled."""
    declaration = call.record
    if declaration.state not in AFTER_RELEASE or granted(declaration, RequestKind.CANCELLATION):
        return None
    return fault("subject", kind="cancellation", state=declaration.state.value)


def room_for_amendment(call: OnDeclaration) -> Fault | None:
    """The declaration has room for another amendment."""
    if len(call.record.earlier) < MAX_AMENDMENTS:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_AMENDMENTS} amendments")


def room_for_notice(call: OnDeclaration) -> Fault | None:
    """The declaration has room for another notice."""
    if len(call.record.notices) < MAX_NOTICES:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_NOTICES} notices")


def request(call: Call[Declaration, MakeRequest]) -> Mapping[str, Record]:
    """One more request; the state stays."""
    body = call.body
    asked = Request(
        id=body.request, kind=body.kind, ground=body.ground, state=RequestState.OPEN, contents=body.contents
    )
    return changed(call, requests=(*call.record.requests, asked))


def decide(call: Call[Declaration, Decide]) -> Mapping[str, Record]:
    """The request is answered; a yes is carried out by another act."""
    return changed(call, requests=with_request(call.record, call.body.request, ANSWERED[call.body.outcome]))


def amend(call: Call[Declaration, Amend]) -> Mapping[str, Record]:
    """The declaration reads otherwise, visibly; what it covers stays."""
    declaration, body = call.record, call.body
    return changed(
        call,
        contents=body.contents or declaration.contents,
        earlier=(*declaration.earlier, declaration.contents),
        requests=with_request(declaration, body.request, RequestState.DONE),
    )


def assess(call: Call[Declaration, Tell]) -> Mapping[str, Record]:
    """One more notice; the state stays."""
    body = call.body
    notice = Notice(
        notice=body.notice,
        assessment=body.assessment,
        status=body.status,
        told_ms=call.context.time_ms,
    )
    return changed(call, notices=(*call.record.notices, notice))


def with_request(declaration: Declaration, label: str | None, state: RequestState) -> tuple[Request, ...]:
    """The requests, the named one in another state."""
    return tuple(
        replace(known, state=state) if known.id == label else known for known in declaration.requests
    )
