"""Records and their history, as commands show them.

`ACTS_SAID` is the one place where acts are put into words for a timeline; acts
that have no row there are said with the summary of their row in the contracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from textwrap import indent
from typing import Any

from cli.acting import Found, Names, records_of
from cli.context import Context
from cli.output import clean, fields, moment, table
from contracts.catalogue import ACTS
from contracts.views import summary

HISTORY_PAGE = 500

MAX_PAGES = 100
"""Pages of history fetched at most; a record with more has to be read from its node's own pages."""

ACTS_SAID: Mapping[str, str | tuple[str, ...]] = {
    "bill.publish": "published it as a draft, for {shipper} to approve",
    "bill.approve": "approved the draft",
    "bill.request_amendment": "asked for an amendment",
    "bill.answer_amendment": (
        "answered the request: {outcome} ({reason})",
        "answered the request: {outcome}",
    ),
    "bill.cancel_amendment": "took the request for an amendment back",
    "bill.amend": "amended it, for delivery to {titleholder}",
    "bill.issue": ("issued it to {possessor}", "issued it, for delivery to {titleholder}"),
    "bill.transfer": "offered it to {to}, until {expires_ms}",
    "bill.accept": "accepted it, having checked the contents",
    "bill.reject": "declined it ({reason})",
    "bill.cancel": "took the offer back",
    "bill.endorse": "endorsed it to {endorsee}, who cannot endorse further",
    "bill.endorse_to_order": "endorsed it to the order of {endorsee}",
    "bill.blank_endorse": "endorsed it in blank: it is a bearer bill now",
    "bill.sign": "signed it",
    "bill.dispute": "disputed control over it ({ground}): it is frozen",
    "bill.resolve": "ended the dispute: {outcome}",
    "bill.surrender": (
        "surrendered it at origin: the goods go to {deliver_to} without it",
        "surrendered it for {purpose} ({reason})",
        "surrendered it for {purpose}",
    ),
    "bill.accept_surrender": "accepted the surrender",
    "bill.reject_surrender": "rejected the surrender ({reason})",
    "bill.prove_master": "recorded that the master bill was given up",
    "bill.void": "voided it",
    "bill.switch_to_paper": "replaced it by paper",
    "bill.release": "released the goods to {to}",
    "bill.revoke_release": "took the release of the goods back ({reason})",
    "clearance.lodge": "lodged it with {office} for {type}",
    "clearance.register": "gave it a number",
    "clearance.present": "presented the goods",
    "clearance.accept": "accepted it",
    "clearance.reject": "rejected it",
    "clearance.expire": "recorded that its time had passed",
    "clearance.route": "put it in the {lane} lane ({reason})",
    "clearance.control": "took {control} under control",
    "clearance.conclude": "concluded the control of {control}: {result}",
    "clearance.query": "asked a question ({query})",
    "clearance.answer": "answered the question ({query})",
    "clearance.hold": "placed the hold {hold} ({reason})",
    "clearance.lift": "lifted the hold {hold}",
    "clearance.request": "asked for {kind} ({request})",
    "clearance.decide": "answered the request {request}: {outcome}",
    "clearance.amend": "amended it ({ground})",
    "clearance.assess": "told about duties ({notice})",
    "clearance.cite": "cited declaration/{declaration}",
    "clearance.release": "released the goods",
    "clearance.withdraw": "withdrew the release ({reason})",
    "clearance.clear": "cleared the goods",
    "clearance.exit": "confirmed that the goods have left",
    "clearance.pass": "saw the goods pass",
    "clearance.arrive": "recorded the arrival",
    "clearance.refuse": "refused clearance ({reason})",
    "clearance.invalidate": "invalidated it ({reason})",
    "movement.record": "recorded {event} at {facility}",
    "movement.breach": "reported {event} at {facility}, against the rules",
    "movement.expect": "expects {event} at {facility}, {event_ms} ({classifier})",
    "movement.correct": "corrected the event of version {event}: it was at {event_ms} ({reason})",
    "movement.withdraw": "withdrew the event of version {event} ({reason})",
    "movement.verify_mass": "declared the verified gross mass ({method})",
    "document.register": "registered it ({type})",
    "document.revoke": "revoked it ({reason})",
    "mandate.grant": "granted a power",
    "mandate.revoke": "ended it",
    "member.enrol": "enrolled the member",
    "member.rotate": "replaced the key",
    "member.revoke": "revoked the member ({reason})",
    "member.suspend": "suspended the member ({reason})",
    "member.reinstate": "reinstated the member",
    "member.recover": "made it the only administrator, with a new key ({reason})",
    "organisation.set_anchors": "named the anchors of its members' certificates",
    "organisation.veto": "vetoed the new administrator",
    "organisation.take_over": "took over as the new administrator",
    "proposal.open": "opened it, until {expires_ms}",
    "proposal.vote": "said {choice}",
    "proposal.withdraw": "took it back",
    "validator.rotate": "replaced the key of its seat",
    "organisation.replace_node": "replaced the key of its node {node}",
}
"""What an act did, with the fields of its body in braces; of several the first that has them all."""

_ORGANISATIONS = ("possessor", "titleholder", "shipper", "to", "endorsee", "deliver_to", "office")


def show_record(
    context: Context, found: Found, heading: str = "", more: Iterable[tuple[str, object]] = ()
) -> None:
    """Print a record: title and sentence first, then its lines, then `more` under a heading."""
    said, beneath = summary(found.record), list(more)
    lines = [(name, text) for name, text in said.items() if name not in ("title", "status")]
    as_of = found.answer.get("as_of") or {}
    when = f"block {as_of['height']}, {moment(as_of['time_ms'])}" if as_of else None
    text = [clean(said.get("title", found.key)), clean(said.get("status", "")), ""]
    text.append(fields([("record", found.key), *lines, ("as of", when)]))
    value = dict(found.answer)
    if beneath:
        text += ["", f"{heading}:", indent(fields(beneath), "  ")]
        value[heading.lower()] = {name.replace(" ", "_"): line for name, line in beneath}
    context.output.result(value, text)


def history(context: Context, key: str) -> list[dict[str, Any]]:
    """Every act that changed a record, oldest first."""
    items: list[dict[str, Any]] = []
    after: Any = None
    for _ in range(MAX_PAGES):
        page = context.client.get(f"/v1/records/{key}/history", after=after, limit=HISTORY_PAGE)
        items += page["items"]
        after = page.get("next")
        if after is None:
            break
    return items


def show_history(context: Context, key: str) -> None:
    """Print a record's history: when, who, and what they did, in names."""
    items, names = history(context, key), Names(context)
    items = [item | _decision(context, key, item) for item in items]
    rows = [
        (
            moment(item["time_ms"]),
            item["height"],
            _who(item, names),
            item.get("decision") or said_act(item, names, key.partition("/")[0]),
        )
        for item in items
    ]
    context.output.result({"key": key, "items": items}, table(("when", "block", "who", "what"), rows))


def _who(item: Mapping[str, Any], names: Names) -> str:
    principal = item.get("on_behalf_of")
    return names.member(item["issuer"]) + (f" for {names(principal)}" if principal else "")


def _decision(context: Context, key: str, item: Mapping[str, Any]) -> dict[str, str]:
    """What a ballot decided about a record, where one changed it."""
    proposal = str(item.get("subject", ""))
    if item.get("act") != "proposal.vote" or proposal == key:
        return {}
    from cli.acting import read
    from contracts.governance.model import Proposal
    from contracts.governance.words import change_said

    said = change_said(read(context.client, proposal).of(Proposal).change)
    return {"decision": f"cast the deciding ballot: {said} {proposal}"}


def said_act(item: Mapping[str, Any], names: Names, kind: str) -> str:
    """One act of the timeline of a record of `kind`, in words.

    An act on another record that changed this one too is said with its summary.
    """
    act, body = str(item.get("act") or "genesis"), dict(item.get("body") or {})
    row, sentences = ACTS.get(act), ACTS_SAID.get(act, ())
    fallback = act if row is None else row.summary
    if row is None or row.record.__struct_config__.tag != kind:
        return fallback
    said = {name: _plain(name, value, names) for name, value in body.items()}
    for sentence in (sentences,) if isinstance(sentences, str) else sentences:
        with suppress(KeyError):  # the sentence wants a field that this act left out
            return sentence.format_map(said)
    return fallback


def _plain(name: str, value: Any, names: Names) -> str:
    if name in _ORGANISATIONS:
        return names(str(value))
    if name.endswith("_ms"):
        return moment(int(value))
    return str(value).replace("_", " ")


def show_list(context: Context, kind: str) -> None:
    """Print the records of a kind that name the acting organisation, the newest first."""
    items = records_of(context, kind)
    rows = [
        (item["key"], item["summary"].get("title", ""), item["summary"].get("status", "")) for item in items
    ]
    shown = table((kind, "what", "where it stands"), rows) if rows else f"No {kind} names you."
    context.output.result({"organisation": context.party, "items": items}, shown)
