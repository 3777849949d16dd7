"""One act, from the bytes of its body to what it writes: what single statements and batches share."""

from __future__ import annotations

from contracts import codes
from contracts.catalogue import KIND_OF, RULES
from contracts.context import Context, Party, View
from contracts.refusals import Refusal
from contracts.representation import check_mandate
from contracts.table import Accepted, Call, apply, check_suspension, check_version, decode_body, malformed
from ledger.batch import Part
from ledger.errors import EncodingError


def judge(part: Part, who: Party, view: View, context: Context, *, place: int = 0) -> Accepted | Refusal:
    """What an act writes, or why it is refused; `place` is that of the part in its batch, from 1.

    Does not decide who acts: `who` is authenticated, and stands for its principal if it has one.
    """
    act = RULES[context.rules_version].get(part.type)
    if act is None:
        return codes.UNKNOWN_ACT.refuse("type", act=part.type)
    refusal = check_suspension(act, who)
    if refusal is not None:
        return refusal
    kind, subject = KIND_OF[act.record], part.subject
    if not kind.pattern.match(subject):
        return codes.SUBJECT.refuse("subject", act=act.name, form=kind.form, subject=subject)
    try:
        body = decode_body(act, bytes(part.body))
    except EncodingError as error:
        return malformed(error.message, error.field)
    record = view.get(subject, act.record)
    refusal = check_version(act, record, part.expected_version, subject)
    if refusal is not None:
        return refusal
    call = Call(act.name, subject, who, record, body, view, context, place)
    return check_mandate(call) or apply(act, call)
