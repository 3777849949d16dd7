"""Refusals of movement and of the linkage between control, clearance and movement."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

NOT_ACTUAL: Final = RefusalCode(
    code="movement.not-actual",
    sentence="A {classifier} event is not recorded in this version of the rules.",
    hint="Record the event when it has happened, as actual.",
    final=True,
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
    sentence="The container is in {current}, it cannot leave {facility}.",
    hint="Correct the facility, or record how the container got there.",
)
NO_BREACH: Final = RefusalCode(
    code="movement.no-breach",
    sentence="Nothing forbids this departure.",
    hint="Record it with movement.record.",
)
PURPOSE_CONTRADICTS: Final = RefusalCode(
    code="linkage.purpose-contradicts",
    sentence="{bill} covers the container, so the purpose {purpose} cannot be right here.",
    hint="A container under a bill leaves its place of delivery as import, and is never empty.",
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
NOT_SURRENDERED: Final = RefusalCode(
    code="linkage.not-surrendered",
    sentence="{bill} is {state}; delivery needs its surrender accepted by the carrier.",
    hint="It is {mover}'s move.",
)
