"""What must hold between the states before and after any accepted act, whatever the act.

Written from the model law on electronic transferable records (MLETR), the published
rules of control (PINT) and the customs code, on plain JSON; nothing of the contracts
is used. A law that an act breaks is a `LawBroken` with the law's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Records = Mapping[str, dict[str, Any]]
"""Records by key, as JSON."""

DRAFTS = ("draft", "approved")
ENDED_BILL = ("voided", "switched_to_paper")
ENDED_DECLARATION = ("exited", "rejected", "invalidated", "expired")
FREE = ("released", "arrived", "cleared", "exited")
DEPARTURES = ("gate_out", "rail_departure", "barge_departure", "road_departure")
CONTROL = ("possessor", "titleholder", "endorsable", "received_from")
NOT_COUNTED = ("rejected", "invalidated", "expired")


@dataclass(frozen=True, kw_only=True)
class Done:
    """One accepted act."""

    act: str
    subject: str
    who: str
    """The organisation that acted."""
    member: str
    body: dict[str, Any]
    now: int
    """Block time in milliseconds."""
    before: Records
    after: Records
    written: frozenset[str]


class LawBroken(AssertionError):
    """An accepted act did what no act may do."""


def check(done: Done) -> None:
    """Every law on every record that the act wrote; `LawBroken` for the first that does not hold."""
    law(set(done.before) <= set(done.after), "no record disappears", done)
    for key in sorted(done.written):
        old, new = done.before.get(key), done.after[key]
        stamped(done, old, new)
        if old is not None:
            kind = LAWS.get(key.partition("/")[0])
            if kind is not None:
                kind(done, key, old, new)
        one_possessor_at_most(done, key, new)


def law(holds: bool, name: str, done: Done) -> None:
    if not holds:
        raise LawBroken(f"{name}: {done.act} on {done.subject} by {done.who}")


def unchanged(done: Done, old: dict[str, Any], new: dict[str, Any], fields: Iterable[str]) -> None:
    for field in fields:
        law(old.get(field) == new.get(field), f"{field} never changes", done)


def stamped(done: Done, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
    """Every write is visible: who, when, with what, and one version further."""
    law(new["version"] == (0 if old is None else old["version"]) + 1, "versions rise by one", done)
    law((new["changed_by"], new["changed_act"]) == (done.member, done.act), "a write says whose it is", done)
    law(new["changed_ms"] == done.now, "a write says when", done)


def one_possessor_at_most(done: Done, key: str, new: dict[str, Any]) -> None:
    """MLETR articles 10 and 11: one bill, one person in control, none once it has ended."""
    if not key.startswith("bill/"):
        return
    possessor = new.get("possessor")
    law(possessor is None or isinstance(possessor, str), "one possessor at most", done)
    ended = new["state"] in ENDED_BILL
    never = new["type"] == "sea_waybill" or new["state"] in DRAFTS
    law((possessor is None) == (ended or never), "a bill of title has one possessor until its end", done)


def bill(done: Done, key: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """MLETR articles 10, 11, 15 and 16; a draft is no document of title yet, a sea waybill never is one."""
    text = ("contents", "parties", "place_of_loading", "place_of_delivery")
    if old["state"] in DRAFTS:
        unchanged(done, old, new, ("carrier", "created_ms", *(() if done.who == old["carrier"] else text)))
        return
    unchanged(done, old, new, ("type", "carrier", "containers", "shipper", "created_ms", "replaces"))
    if old["type"] == "sea_waybill":
        waybill(done, old, new, text)
        return
    unchanged(done, old, new, text)
    if old.get("dispute") is not None:
        disputed(done, key, old, new)
        return
    offer = old.get("offer")
    offered = offer["to"] if offer is not None and done.now <= offer["expires_ms"] else None
    holder = old.get("possessor")
    moved = [field for field in CONTROL if old.get(field) != new.get(field)]
    law(
        not moved or done.who in (holder, offered), "control moves by its holder, or whom it offered it", done
    )
    if old.get("titleholder") != new.get("titleholder"):
        law(done.who == holder, "title moves by the possessor", done)
    if done.who == offered and done.who != holder and "possessor" in moved:
        law(new.get("possessor") == offered, "who accepts, possesses", done)
        law(new.get("received_from") == holder, "who possessed before is deprived, and named", done)
    if new.get("offer") not in (None, offer):
        law(done.who == holder, "only the possessor offers", done)
    if old["state"] in ENDED_BILL:
        law(new["state"] == old["state"], "a bill that ended stays so", done)
    if new.get("replaced_by") != old.get("replaced_by"):
        other = done.after.get(f"bill/{new.get('replaced_by')}", {})
        law(f"bill/{other.get('replaces')}" == key, "an amendment is visible from both bills", done)
        law(other.get("carrier") == new["carrier"], "a bill is replaced by its own carrier", done)
    if old["state"] == "issued" and new.get("dispute") is None:
        law(done.who in (holder, offered, old["carrier"]), "who passed a bill on has no say in it", done)


def disputed(done: Done, key: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """PINT control tracking: control stays while it is disputed, and goes to a side or nowhere."""
    dispute, holder = old["dispute"], old.get("possessor")
    if new.get("dispute") is not None:
        unchanged(done, old, new, ("dispute", "state", *CONTROL))
        return
    if done.act == "proposal.vote":
        change = done.after[done.subject]["change"]
        law(f"bill/{change.get('bill')}" == key, "a ballot decides the bill that it names", done)
        law(change["since_version"] == dispute["since_version"], "a ballot decides one dispute", done)
        surrenderer = old.get("surrender", {}).get("requester")
        names = ("carrier", "shipper", "possessor", "titleholder", "received_from")
        sides = {surrenderer, *(old.get(name) for name in names)}
        law(change["organisation"] in sides - {None}, "a ballot moves a bill to a side of its dispute", done)
        held = new["possessor"] if new["state"] == "issued" else new["surrender"]["requester"]
        law(held == change["organisation"], "who is decided for controls the bill", done)
    elif done.who == holder and done.who != dispute["by"]:
        law(
            new.get("possessor") == dispute["by"] == old.get("received_from"),
            "what is returned goes back",
            done,
        )
    else:
        law(done.who == dispute["by"], "a dispute ends by its sides or by ballot", done)
        unchanged(done, old, new, ("state", *CONTROL))


def waybill(done: Done, old: dict[str, Any], new: dict[str, Any], text: Iterable[str]) -> None:
    """A sea waybill says something else only by its carrier's word, and still names what it said."""
    if old["contents"] != new["contents"]:
        earlier = [*old.get("earlier", ()), old["contents"]]
        law(list(new.get("earlier", ())) == earlier, "contents change only by a visible amendment", done)
        law(done.who == old["carrier"], "the carrier amends a waybill", done)
    else:
        unchanged(done, old, new, text)


def declaration(done: Done, _: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """UCC articles 172 to 174 and 194; each hold goes only with its owner."""
    unchanged(done, old, new, ("type", "office", "declarant", "jurisdiction", "bills", "containers"))
    held = {hold["id"]: hold["authority"] for hold in old.get("holds", ())}
    holds = {hold["id"]: hold["authority"] for hold in new.get("holds", ())}
    for name in held.keys() ^ holds.keys():
        law({**held, **holds}[name] == done.who, "a hold comes and goes with its authority", done)
    if old["contents"] != new["contents"]:
        earlier = [*old.get("earlier", ()), old["contents"]]
        law(list(new.get("earlier", ())) == earlier, "contents change only by a visible amendment", done)
    if old["state"] in ENDED_DECLARATION:
        law(new["state"] == old["state"], "a declaration that ended stays so", done)
    if new["state"] != old["state"] and new["state"] in ("released", "cleared", "exited"):
        law(not held, "nothing is let go under a hold", done)
    if new["state"] != old["state"] and new["state"] == "released":
        asked = [query for query in old.get("queries", ()) if query.get("answer") is None]
        looked = [one for one in old.get("examinations", ()) if one.get("result") is None]
        law(not asked and not looked, "nothing is released under a query or control", done)


def container(done: Done, key: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """A container keeps its identity and its breaches; import delivery needs papers in order."""
    unchanged(done, old, new, ("commitment", "operator"))
    if len(new.get("bills", ())) > len(old.get("bills", ())):
        further_bill(done, key, old)
    law(len(new.get("breaches", ())) >= len(old.get("breaches", ())), "a breach is never forgotten", done)
    delivered = done.body.get("event") in DEPARTURES and done.body.get("purpose") == "import"
    if key == done.subject and done.act == "movement.record" and delivered:
        gate(done, old)


def further_bill(done: Done, key: str, old: dict[str, Any]) -> None:
    """Goods are held back by every bill on them, so no stranger puts one there."""
    bills = [done.before[f"bill/{name}"] for name in old.get("bills", ())]
    own = done.who == old["operator"] or any(one["carrier"] == done.who for one in bills)
    named = (one for one in bills if one["state"] != "voided")
    written = any(done.who in (one.get("shipper"), one.get("titleholder"), *one["parties"]) for one in named)
    master = done.body.get("master", {}).get("bill")
    under = done.before.get(f"bill/{master}", {})
    held = key[10:] in under.get("containers", ()) and under["state"] == "issued"
    law(own or written or held, "no stranger puts a bill on a container", done)


def gate(done: Done, box: dict[str, Any]) -> None:
    """The linkage rule, restated: surrendered, declared, released, not held."""
    country = done.body["facility"][:2]
    bills = {name: done.before[f"bill/{name}"] for name in box.get("bills", ())}
    for one in bills.values():
        left_out(done, one, bills)
    live = (n for n, one in bills.items() if one["state"] != "voided" and one.get("replaced_by") is None)
    bills = {name: bills[name] for name in live}
    found = [done.before[f"declaration/{name}"] for name in box.get("declarations", ())]
    found = [one for one in found if one["type"] == "import" and one["jurisdiction"] == country]
    law(not any(one.get("holds") for one in found), "no delivery under a hold", done)
    counted = [one for one in found if one["state"] not in NOT_COUNTED]
    law(all(one["state"] in FREE for one in counted), "no delivery before release", done)
    for name, one in bills.items():
        given_up = one["state"] in ("surrendered_for_delivery", "switched_to_paper")
        law(given_up or one["type"] == "sea_waybill", "no delivery before surrender", done)
        covered = [
            d for d in counted if name in d.get("bills", ()) or done.subject[10:] in d.get("containers", ())
        ]
        law(bool(covered), "no delivery without a declaration", done)


def left_out(done: Done, bill: dict[str, Any], others: dict[str, dict[str, Any]]) -> None:
    """What a reissue left out waits for the bill that took the place of its own, if no other names it."""
    live = [one for one in others.values() if one["state"] != "voided" and one.get("replaced_by") is None]
    if "replaced_by" not in bill or live:
        return
    while "replaced_by" in bill:
        bill = done.before[f"bill/{bill['replaced_by']}"]
    given_up = bill["state"] in ("surrendered_for_delivery", "switched_to_paper")
    unclaimed = bill["state"] == "voided" and "surrender" not in bill
    law(given_up or unclaimed or bill["type"] == "sea_waybill", "no delivery before surrender", done)


def document(done: Done, _: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """A document is what it was registered as, and revoked for good."""
    unchanged(done, old, new, ("contents", "type", "organisation", "bills", "declarations", "containers"))
    law(old["state"] == "registered", "a revoked document stays so", done)
    law(done.who == old["organisation"], "its registrar alone changes a document", done)


def member(done: Done, key: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """A revoked member never acts again, and no organisation's members are another's business."""
    unchanged(done, old, new, ("organisation", "name"))
    law(old["state"] != "revoked", "a revoked member stays so", done)
    law(done.act.startswith("proposal.") or done.who == key.split("/")[1], "members are their own", done)


def validators(done: Done, _: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """The set changes by ballot, and a seat's key also by its holder."""
    seats = [{one["organisation"] for one in record["validators"]} for record in (old, new)]
    if done.act != "proposal.vote":
        law(seats[0] == seats[1], "seats change by ballot alone", done)
        changed = [one for one in new["validators"] if one not in old["validators"]]
        law(all(one["organisation"] == done.who for one in changed), "a seat's key is its holder's", done)


LAWS = {
    "bill": bill,
    "declaration": declaration,
    "container": container,
    "document": document,
    "member": member,
    "network": lambda done, key, old, new: validators(done, key, old, new) if "validators" in new else None,
}
"""The laws of each kind of record."""
