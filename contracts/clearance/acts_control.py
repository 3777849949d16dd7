"""Rows while customs look closer: lanes, controls, queries, holds, requests, amendments and notices."""

from __future__ import annotations

from contracts import codes as shared
from contracts.clearance import bodies, codes, intake, requests, rules
from contracts.clearance.guards import (
    AUTHORITY,
    CONTROLLED,
    DECLARANT,
    EXAMINABLE,
    HOLDER,
    LIVE,
    NO_GRANT_DUE,
    NO_REQUEST_OPEN,
    OFFICE,
    OPEN,
    SOMETHING_HELD,
)
from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState as S
from contracts.membership.model import Role
from contracts.table import Act, Guard

REQUESTABLE = (*OPEN, S.RELEASED, S.CLEARED)
"""States in which the declarant may ask for a change."""

CONTROL: tuple[Act, ...] = (
    Act(
        name="clearance.route",
        summary="Puts a declaration in a lane, or in another one and says why.",
        record=Declaration,
        body=bodies.Route,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=EXAMINABLE,
        guards=(
            Guard(holds="The lane is another one.", code=codes.SAME_LANE, check=intake.lane_is_another),
            Guard(
                holds="A lane that is changed is changed for a reason other than selectivity.",
                code=codes.REROUTING,
                check=intake.rerouting_has_a_reason,
                rule="ASYCUDA: an officer re-routes with a reason",
            ),
        ),
        effect=intake.route,
        rule="ASYCUDA lanes",
    ),
    Act(
        name="clearance.control",
        summary="Puts documents or goods under control.",
        record=Declaration,
        body=bodies.TakeControl,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(S.ACCEPTED, *CONTROLLED),
        guards=(
            Guard(
                holds="The same control does not go on already.",
                code=codes.CONTROL_EXISTS,
                check=intake.control_is_not_open,
            ),
            Guard(
                holds="The declaration has room for another control.",
                code=shared.RECORD_FULL,
                check=intake.room_for_examination,
                standing=True,
            ),
        ),
        effect=intake.take_control,
        leads_to=CONTROLLED,
        rule="UCC article 188",
    ),
    Act(
        name="clearance.conclude",
        summary="Concludes a control and says what it found.",
        record=Declaration,
        body=bodies.Conclude,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=CONTROLLED,
        guards=(Guard(holds="The control goes on.", code=codes.NO_CONTROL, check=intake.control_is_open),),
        effect=intake.conclude,
        leads_to=(S.ACCEPTED, *CONTROLLED),
        rule="UCC article 191",
    ),
    Act(
        name="clearance.query",
        summary="Asks the declarant a question; release waits for the answer.",
        record=Declaration,
        body=bodies.Ask,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=EXAMINABLE,
        guards=(
            Guard(
                holds="The declaration has room for another query.",
                code=shared.RECORD_FULL,
                check=rules.room_for_query,
                standing=True,
            ),
            Guard(
                holds="No query bears the name yet.", code=codes.QUERY_EXISTS, check=rules.query_name_is_free
            ),
        ),
        effect=rules.ask,
        leads_to=(S.QUERIED,),
        rule="UCC article 188(b)",
    ),
    Act(
        name="clearance.answer",
        summary="Answers a query.",
        record=Declaration,
        body=bodies.Answer,
        relation=DECLARANT,
        states=(S.QUERIED,),
        guards=(Guard(holds="The query is open.", code=codes.NO_QUERY, check=rules.query_is_open),),
        effect=rules.answer,
        leads_to=EXAMINABLE,
    ),
    Act(
        name="clearance.hold",
        summary="Holds the goods, even after release, until they have left.",
        record=Declaration,
        body=bodies.PlaceHold,
        roles=(Role.CUSTOMS, Role.AGENCY),
        relation=AUTHORITY,
        states=LIVE,
        guards=(
            Guard(
                holds="Not every container has left; goods under transit are within reach until it is over.",
                code=codes.DEPARTED,
                check=rules.goods_have_not_left,
                rule="holds are placeable until departure",
                standing=True,
            ),
            Guard(
                holds="The declaration has room for another hold, in all and of the authority.",
                code=shared.RECORD_FULL,
                check=rules.room_for_hold,
                standing=True,
            ),
            Guard(
                holds="No open hold bears the name.", code=codes.HOLD_EXISTS, check=rules.hold_name_is_free
            ),
        ),
        effect=rules.hold,
    ),
    Act(
        name="clearance.lift",
        summary="Lifts a hold that the authority placed itself.",
        record=Declaration,
        body=bodies.LiftHold,
        roles=(Role.CUSTOMS, Role.AGENCY),
        scope=(SOMETHING_HELD,),
        relation=HOLDER,
        guards=(
            Guard(holds="The named hold is open.", code=codes.NO_HOLD, check=rules.hold_is_open),
            Guard(
                holds="The organisation placed the named hold.",
                code=codes.NOT_YOUR_HOLD,
                check=rules.hold_is_own,
                rule="each hold is lifted only by the authority that placed it",
            ),
        ),
        effect=rules.lift,
    ),
    Act(
        name="clearance.request",
        summary="Asks customs to amend or cancel the declaration.",
        record=Declaration,
        body=bodies.MakeRequest,
        relation=DECLARANT,
        states=REQUESTABLE,
        guards=(
            NO_REQUEST_OPEN,
            NO_GRANT_DUE,
            Guard(
                holds="The declaration has room for another request.",
                code=shared.RECORD_FULL,
                check=requests.room_for_request,
                standing=True,
            ),
            Guard(
                holds="No request bears the name yet.",
                code=codes.REQUEST_EXISTS,
                check=requests.request_name_is_free,
            ),
            Guard(
                holds="An amendment comes with new contents, a cancellation without.",
                code=codes.REQUEST_CONTENTS,
                check=requests.contents_fit_kind,
            ),
        ),
        effect=requests.request,
        rule="UCC articles 173 and 174",
    ),
    Act(
        name="clearance.decide",
        summary="Grants, denies or rejects what the declarant asked for.",
        record=Declaration,
        body=bodies.Decide,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=REQUESTABLE,
        guards=(
            Guard(
                holds="The request waits for an answer.",
                code=codes.NO_REQUEST,
                check=requests.request_waits,
            ),
            Guard(
                holds="A no has a ground, and only a no.",
                code=codes.DECISION_GROUND,
                check=requests.ground_fits_outcome,
                rule="UCC article 22(7)",
            ),
            Guard(
                holds="No cancellation is granted while an examination of the goods is still to take place.",
                code=codes.EXAMINATION_DUE,
                check=requests.cancelling_waits_for_examination,
                rule="UCC article 174: not before a notified examination has taken place",
            ),
        ),
        effect=requests.decide,
        rule="UCC articles 22, 173 and 174",
    ),
    Act(
        name="clearance.amend",
        summary="Amends the declaration: as granted, or of customs' own accord while they decide.",
        record=Declaration,
        body=bodies.Amend,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=REQUESTABLE,
        guards=(
            Guard(
                holds="The declaration has room for another amendment.",
                code=shared.RECORD_FULL,
                check=requests.room_for_amendment,
                standing=True,
            ),
            Guard(
                holds="The named request is a granted amendment; none has to be named between acceptance "
                "and release.",
                code=codes.NO_GRANT,
                check=requests.amendment_is_granted,
                rule="UCC article 173(3)",
            ),
            Guard(
                holds="A granted amendment is carried out as it was asked for.",
                code=codes.OTHER_CONTENTS,
                check=requests.contents_are_those_granted,
            ),
        ),
        effect=requests.amend,
        rule="UCC articles 173 and 191",
    ),
    Act(
        name="clearance.assess",
        summary="Tells the declarant about duties and taxes; the declaration stays as it is.",
        record=Declaration,
        body=bodies.Tell,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(*LIVE, S.REFUSED),
        guards=(
            Guard(
                holds="The declaration has room for another notice.",
                code=shared.RECORD_FULL,
                check=requests.room_for_notice,
                standing=True,
            ),
        ),
        effect=requests.assess,
        rule="UCC articles 101 to 105",
    ),
)
"""The acts between acceptance and decision; several remain possible after it."""
