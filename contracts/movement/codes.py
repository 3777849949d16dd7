"""Refusals of movement and of the linkage between control, clearance and movement."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

NOT_ACTUAL: Final = RefusalCode(
    code="movement.not-actual",
    sentence="A {classifier} event has not happened.",
    hint="Announce it with movement.expect, and record it when it has happened.",
    final=True,
)
NOT_EXPECTED: Final = RefusalCode(
    code="movement.not-expected",
    sentence="What is expected is planned or estimated, not actual.",
    hint="Record what has happened with movement.record.",
    final=True,
)
IN_PAST: Final = RefusalCode(
    code="movement.in-past",
    sentence="The event is expected at {event_ms}, which is before block time {time_ms}.",
    hint="Say when it is expected now, or record it as actual.",
)
SEAL: Final = RefusalCode(
    code="movement.seal",
    sentence="This event {event} is recorded {rule} seal.",
    hint="Name the seal that is put on or read; none where there is none.",
    final=True,
)
NOT_PARTY: Final = RefusalCode(
    code="movement.not-party",
    sentence="{organisation} is no party to the container.",
    hint="A party to the container or its bill, or whoever runs the place, must record the event.",
)
NOT_KEPT: Final = RefusalCode(
    code="movement.not-kept",
    sentence="No event of version {event} can be corrected; those that are kept: {versions}.",
    hint="See the timeline for the versions; what was withdrawn, and what is long past, stands as it is.",
)
NOTHING_RECORDED: Final = RefusalCode(
    code="movement.nothing-recorded",
    sentence="{organisation} recorded none of the events that are kept.",
    hint="Only who recorded an event can correct it.",
)
NOT_RECORDER: Final = RefusalCode(
    code="movement.not-recorder",
    sentence="The event was recorded by {recorder}, not by {organisation}.",
    hint="Only who recorded an event can correct it.",
)
TOO_LATE: Final = RefusalCode(
    code="movement.too-late",
    sentence="The event is dated {event_ms}, more than thirty days before block time {time_ms}.",
    hint="It stands; settle the matter outside the ledger.",
)
MISPLACED: Final = RefusalCode(
    code="movement.misplaced",
    sentence="{event_ms} is {side} the event {other} at {other_ms}, on the wrong side of it.",
    hint="Events keep their order: correct the other one first, or withdraw this one.",
)
RESTED_UPON: Final = RefusalCode(
    code="movement.rested-upon",
    sentence="Without it, {later} of version {version} could not have happened.",
    hint="Withdraw the later events first; who recorded them can.",
)
NOT_DECLARANT: Final = RefusalCode(
    code="movement.not-mass-declarant",
    sentence="{organisation} neither ships the goods, nor operates the container, nor weighs for shippers.",
    hint="The shipper declares the verified gross mass, or a terminal that weighs for the shipper.",
)
NOT_A_MASS: Final = RefusalCode(
    code="movement.not-a-mass",
    sentence="document/{document} is {what}, not a verified gross mass of this container.",
    hint="Register one with document.register, for this container, and name it here.",
)
PURPOSE: Final = RefusalCode(
    code="movement.purpose",
    sentence="An event {event} is recorded {rule} purpose.",
    hint="Correct the purpose and sign again.",
    final=True,
)
WRONG_RECORDER: Final = RefusalCode(
    code="movement.wrong-recorder",
    sentence="{event} is recorded by {roles}; {organisation} is none of these.",
    hint="The organisation that handles the container there must record it.",
)
OTHER_COUNTRY: Final = RefusalCode(
    code="movement.other-country",
    sentence="{organisation} acts in {jurisdiction} only, and {facility} is elsewhere.",
    hint="Correct the facility, or let the organisation there record the event.",
)
NEEDS_CONTAINER: Final = RefusalCode(
    code="movement.needs-container",
    sentence="The first record of a container must say which one it is.",
    hint="Give the commitment to its number and its operator in `container`.",
    final=True,
)
CONTAINER_KNOWN: Final = RefusalCode(
    code="movement.container-known",
    sentence="The container has a record already.",
    hint="Leave out `container`.",
)
NOT_OPERATOR: Final = RefusalCode(
    code="movement.not-operator",
    sentence="{organisation} is not an active carrier.",
    hint="Name the carrier that operates the container.",
)
IN_FUTURE: Final = RefusalCode(
    code="movement.in-future",
    sentence="The event is dated {event_ms}, later than block time {time_ms}.",
    hint="Record events after they happen, and check the clock of the recording machine.",
)
BEFORE_LAST: Final = RefusalCode(
    code="movement.before-last",
    sentence="The event is dated {event_ms}, before the last one, {last}, at {last_ms}.",
    hint="Events of one container are recorded in the order in which they happen.",
)
OUT_OF_ORDER: Final = RefusalCode(
    code="movement.out-of-order",
    sentence="{event} cannot follow: the container is {state}, it has to be {states}.",
    hint="Record what happened before it first.",
)
ELSEWHERE: Final = RefusalCode(
    code="movement.elsewhere",
    sentence="The container is in {current}, nothing happens to it in {facility}.",
    hint="Correct the facility, or record how the container got there.",
)
NO_BREACH: Final = RefusalCode(
    code="movement.no-breach",
    sentence="Nothing forbids this departure.",
    hint="Record it with movement.record.",
)
BREACHES_TOLD: Final = RefusalCode(
    code="movement.breaches-told",
    sentence="{organisation} told of {limit} breaches of this container, which is all it may.",
    hint="Another organisation that saw the container leave can record it.",
)
PURPOSE_CONTRADICTS: Final = RefusalCode(
    code="linkage.purpose-contradicts",
    sentence="{bill} says that goods are in the container, so the purpose {purpose} cannot be right here.",
    hint="Under a bill it leaves its place of delivery as import, and is empty once delivered and stripped. "
    "One that a reissue left out is empty once it was stripped.",
)
NO_DECLARATION: Final = RefusalCode(
    code="linkage.no-declaration",
    sentence="{goods} has no {direction} declaration in {country}.",
    hint="The declarant has to lodge one with customs in {country}.",
)
NOT_RELEASED: Final = RefusalCode(
    code="linkage.not-released",
    sentence="{declaration} is {state}, neither released nor cleared.",
    hint="It is {mover}'s move.",
)
HOLD_OPEN: Final = RefusalCode(
    code="linkage.hold-open",
    sentence="The hold {hold} on {declaration} is open.",
    hint="{authority} has to lift it.",
)
MASTER_NOT_GIVEN_UP: Final = RefusalCode(
    code="linkage.master-not-given-up",
    sentence="The master of the house bill {bill}, {master}, is not given up; {mover} has the next move.",
    hint="A master on this ledger has to be surrendered; for one elsewhere, its house carrier proves it.",
)
NOT_SURRENDERED: Final = RefusalCode(
    code="linkage.not-surrendered",
    sentence="{bill} is {state}; delivery needs its surrender accepted by the carrier.",
    hint="It is {mover}'s move.",
)
RELEASE_NEEDED: Final = RefusalCode(
    code="linkage.release-needed",
    sentence="{bill} needs the carrier's release: it was taken back, or the bill is on paper.",
    hint="{carrier} has to release the goods to whoever may collect them.",
)
SELECTED: Final = RefusalCode(
    code="linkage.selected",
    sentence="Customs in {country} selected the container for a scan or inspection.",
    hint="Customs there have to record its customs_release.",
)
NO_VERIFIED_MASS: Final = RefusalCode(
    code="linkage.no-verified-mass",
    sentence="The container is packed and has no verified gross mass: {why}.",
    hint="The shipper, or a terminal that weighs for the shipper, declares it with movement.verify_mass.",
)
