"""The table of movement: events that happened or are expected, breaches, corrections, verified gross mass.

An event that cannot have happened, given what is recorded, is refused: the record
of where a container is would mean nothing otherwise, and the gate rule rests on it.
What is merely odd (a seal that differs, a fill that changed) is recorded with a
warning. What happened although a condition of linkage forbade it is a breach.
"""

from __future__ import annotations

from functools import partial

from contracts import codes as shared
from contracts import linkage
from contracts.checks import listed_once, organisations_active, records_exist
from contracts.membership.model import Role
from contracts.movement import codes, corrections, mass, rules
from contracts.movement.events import EVENTS, RECORDERS
from contracts.movement.model import (
    Container,
    CorrectEvent,
    ExpectEvent,
    RecordEvent,
    VerifyMass,
    WithdrawEvent,
)
from contracts.movement.vocabulary import ContainerState
from contracts.table import Act, Guard, Presence

ANY_STATE = tuple(ContainerState)

BREACHERS = tuple(role for role in Role if any(role in EVENTS[event].roles for event in linkage.TAKEN))
"""Roles that record what a condition of linkage can forbid."""

RECORDER_GUARDS = (
    Guard(
        holds="The organisation has a role that handles such events.",
        code=codes.WRONG_RECORDER,
        check=rules.recorder_fits_event,
    ),
    Guard(
        holds="A trader or forwarder is a party to the container or to a bill that covers it.",
        code=codes.NOT_PARTY,
        check=rules.recorder_is_concerned,
    ),
    Guard(
        holds="The facility is in the organisation's country, if it is bound to one.",
        code=codes.OTHER_COUNTRY,
        check=rules.recorder_acts_there,
    ),
    Guard(
        holds="A container with a record is not described again.",
        code=codes.CONTAINER_KNOWN,
        check=rules.later_record_does_not,
    ),
)
"""What must hold of whoever tells of an event, expected or actual."""

NOT_IN_FUTURE = Guard(
    holds="The event is not dated after block time, but for the precision of clocks.",
    code=codes.IN_FUTURE,
    check=rules.is_not_in_future,
)
EVENT_GUARDS = (
    Guard(holds="The event is an actual one.", code=codes.NOT_ACTUAL, check=rules.is_actual),
    Guard(
        holds="A purpose is given where the event needs one, and only there.",
        code=codes.PURPOSE,
        check=rules.purpose_fits_event,
    ),
    Guard(
        holds="A seal is named where one is put on, and none where none is.",
        code=codes.SEAL,
        check=rules.seal_fits_event,
    ),
    *RECORDER_GUARDS,
    NOT_IN_FUTURE,
    Guard(
        holds="The event is not dated before the container's last one, but for the precision of clocks.",
        code=codes.BEFORE_LAST,
        check=rules.is_not_before_last,
    ),
    Guard(
        holds="The container is where the event can happen to it.",
        code=codes.OUT_OF_ORDER,
        check=rules.follows_in_order,
        rule="DCSA track and trace",
    ),
    Guard(
        holds="What happens to a container in a facility happens in that one.",
        code=codes.ELSEWHERE,
        check=rules.happens_where_it_is,
    ),
    Guard(
        holds="Under a bill it leaves the place of delivery as import, and is empty only after delivery.",
        code=codes.PURPOSE_CONTRADICTS,
        check=linkage.purpose_agrees,
        rule="linkage rule",
    ),
)
"""What must hold of any event."""

FIRST_EVENT_GUARDS = (
    Guard(
        holds="A container without a record is described.",
        code=codes.NEEDS_CONTAINER,
        check=rules.first_record_names_container,
    ),
    Guard(
        holds="The operator of a new container is an active carrier.",
        code=codes.NOT_OPERATOR,
        check=rules.operator_is_carrier,
    ),
    listed_once(rules.lists),
    organisations_active(rules.organisations_named),
)
"""What must hold of what the first event says about its container."""

LINKED = (
    Guard(
        holds="Every bill has a declaration in the country, for import or for export.",
        code=codes.NO_DECLARATION,
        check=linkage.declared,
        rule="linkage rule",
        opened_by=("clearance.lodge",),
    ),
    Guard(
        holds="Every such declaration is released or cleared.",
        code=codes.NOT_RELEASED,
        check=linkage.released,
        rule="linkage rule; UCC article 194",
        opened_by=("clearance.release",),
    ),
    Guard(
        holds="No declaration that can stop the goods there has an open hold, whatever they leave for.",
        code=codes.HOLD_OPEN,
        check=linkage.unheld,
        rule="linkage rule",
        opened_by=("clearance.lift",),
    ),
    Guard(
        holds="For import, every bill of lading is surrendered for delivery and accepted.",
        code=codes.NOT_SURRENDERED,
        check=linkage.surrendered,
        rule="linkage rule",
        opened_by=("bill.accept_surrender",),
    ),
    Guard(
        holds="The master of every house bill is given up, for import and where the master's carriage ends.",
        code=codes.MASTER_NOT_GIVEN_UP,
        check=linkage.masters_given_up,
        rule="linkage rule: the whole chain of bills",
        opened_by=("bill.accept_surrender", "bill.prove_master"),
    ),
    Guard(
        holds="For import, the carrier's release stands where it is needed.",
        code=codes.RELEASE_NEEDED,
        check=linkage.ordered,
        rule="linkage rule: once taken back, and for a bill on paper",
        opened_by=("bill.release",),
    ),
    Guard(
        holds="Customs there did not select it for a scan or inspection, or released it since.",
        code=codes.SELECTED,
        check=linkage.unselected,
        rule="DCSA track and trace: CUSS, CUSI, CUSR",
        opened_by=("movement.record",),
    ),
    Guard(
        holds="A packed container is loaded on a vessel with its verified gross mass.",
        code=codes.NO_VERIFIED_MASS,
        check=linkage.mass_verified,
        rule="SOLAS VI/2.6; MSC.1/Circ.1475",
        opened_by=("movement.verify_mass",),
    ),
)
"""What must hold of a departure that ends import or begins export, and of loading."""

RECORDED_ANY = Guard(
    holds="The organisation recorded an event that is kept.",
    code=codes.NOTHING_RECORDED,
    check=corrections.actor_recorded_any,
    standing=True,
)

CORRECTION_GUARDS = (
    Guard(
        holds="The event stands and is among the latest of the container.",
        code=codes.NOT_KEPT,
        check=corrections.event_is_kept,
    ),
    Guard(
        holds="The organisation recorded the event.",
        code=codes.NOT_RECORDER,
        check=corrections.actor_recorded_it,
        rule="DCSA track and trace: a publisher retracts its own events",
    ),
    Guard(
        holds="The event is dated at most thirty days before block time.",
        code=codes.TOO_LATE,
        check=corrections.is_in_time,
        rule="46 CFR 541.7",
    ),
)
"""What must hold of any correction."""

ACTS: tuple[Act, ...] = (
    Act(
        name="movement.record",
        summary="Records what happened to a container.",
        record=Container,
        body=RecordEvent,
        presence=Presence.EITHER,
        roles=RECORDERS,
        guards=(*EVENT_GUARDS, *FIRST_EVENT_GUARDS, *LINKED),
        effect=rules.record_event,
        likely=rules.likely_departures,
        leads_to=ANY_STATE,
        rule="DCSA track and trace",
    ),
    Act(
        name="movement.breach",
        summary="Records a departure that took place although the rules forbade it.",
        record=Container,
        body=RecordEvent,
        roles=BREACHERS,
        guards=(
            *EVENT_GUARDS,
            Guard(
                holds="The departure breaks at least one of the conditions of linkage.",
                code=codes.NO_BREACH,
                check=partial(rules.something_is_broken, LINKED),
            ),
            Guard(
                holds="The container has room for another breach.",
                code=shared.RECORD_FULL,
                check=rules.room_for_breach,
            ),
            Guard(
                holds="The organisation has not told of its share of breaches yet.",
                code=codes.BREACHES_TOLD,
                check=rules.breaches_are_few,
                rule="nobody fills the record for the others",
            ),
        ),
        effect=partial(rules.report_breach, LINKED),
        leads_to=ANY_STATE,
        rule="a departure against the rules is recorded, never lost",
    ),
    Act(
        name="movement.expect",
        summary="Says what is planned or estimated for a container.",
        record=Container,
        body=ExpectEvent,
        presence=Presence.EITHER,
        roles=RECORDERS,
        guards=(
            Guard(
                holds="The event is a planned or estimated one.",
                code=codes.NOT_EXPECTED,
                check=rules.is_expected,
            ),
            *RECORDER_GUARDS,
            Guard(
                holds="The event is not expected before block time, but for the precision of clocks.",
                code=codes.IN_PAST,
                check=rules.is_not_past,
            ),
            *FIRST_EVENT_GUARDS,
        ),
        effect=rules.expect_event,
        leads_to=ANY_STATE,
        rule="DCSA track and trace: event classifiers PLN and EST",
    ),
    Act(
        name="movement.correct",
        summary="Gives an event that was recorded its right time.",
        record=Container,
        body=CorrectEvent,
        roles=RECORDERS,
        relation=RECORDED_ANY,
        guards=(
            *CORRECTION_GUARDS,
            NOT_IN_FUTURE,
            Guard(
                holds="The event keeps its place among the others.",
                code=codes.MISPLACED,
                check=corrections.keeps_its_place,
            ),
        ),
        effect=corrections.correct_event,
    ),
    Act(
        name="movement.withdraw",
        summary="Withdraws an event that was recorded by mistake.",
        record=Container,
        body=WithdrawEvent,
        roles=RECORDERS,
        relation=RECORDED_ANY,
        guards=(
            *CORRECTION_GUARDS,
            Guard(
                holds="The events that stand are possible without it.",
                code=codes.RESTED_UPON,
                check=corrections.nothing_rests_on_it,
            ),
        ),
        effect=corrections.withdraw_event,
        leads_to=ANY_STATE,
        rule="DCSA track and trace: retracted events",
    ),
    Act(
        name="movement.verify_mass",
        summary="Declares the verified gross mass of a packed container.",
        record=Container,
        body=VerifyMass,
        relation=Guard(
            holds="The organisation ships the goods, operates the container, or weighs for shippers.",
            code=codes.NOT_DECLARANT,
            check=mass.actor_may_declare,
            rule="SOLAS VI/2.4",
            standing=True,
        ),
        guards=(
            records_exist(mass.records_named),
            Guard(
                holds="The document is a verified gross mass of the container, and the organisation's own.",
                code=codes.NOT_A_MASS,
                check=mass.document_is_a_mass,
            ),
        ),
        effect=mass.verify_mass,
        rule="SOLAS VI/2",
    ),
)
"""The acts on containers."""
