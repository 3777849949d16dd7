"""Refusals of control over bills."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

NO_NUMBERING_KEY: Final = RefusalCode(
    code="bill.no-numbering-key",
    sentence="{carrier} has no registered numbering key, so its bills cannot be told from copies.",
    hint="Register a numbering key for the carrier first.",
)
POSSESSOR_FOR_TYPE: Final = RefusalCode(
    code="bill.possessor-for-type",
    sentence="A {type} bill is issued {rule} possessor.",
    hint="Correct the possessor and sign again.",
    final=True,
)
TITLEHOLDER_FOR_TYPE: Final = RefusalCode(
    code="bill.titleholder-for-type",
    sentence="A {type} bill is issued {rule} titleholder.",
    hint="Correct the titleholder and sign again.",
    final=True,
)
CONTAINER_DIFFERS: Final = RefusalCode(
    code="bill.container-differs",
    sentence="The container record {container} commits to another number.",
    hint="Use the commitment of the record, if it is the same container on the same trip; else a new id.",
)
CONTAINER_NOT_YOURS: Final = RefusalCode(
    code="bill.container-not-yours",
    sentence="{carrier} neither operates container {container} nor is written into a bill that covers it.",
    hint="If you hold a bill that covers it, name that as the master; else ask its operator, {operator}.",
)
NOT_REPLACEABLE: Final = RefusalCode(
    code="bill.not-replaceable",
    sentence="{bill} is no bill of {carrier}, voided or on paper, that still waits for its replacement.",
    hint="Void the old bill or switch it to paper first, and replace it once.",
)
REPLACEMENT_POSSESSOR: Final = RefusalCode(
    code="bill.replacement-possessor",
    sentence="{requester} surrendered the bill that is replaced, so the new one is issued to {requester}.",
    hint="Name {requester} as possessor, who can transfer the bill from there; of a sea waybill as shipper or"
    " consignee.",
)
OTHER_PAPER: Final = RefusalCode(
    code="bill.other-paper",
    sentence="{bill} was {state}; what this bill is said to replace does not fit that.",
    hint="Name the bill and the paper that took its place, and no paper for a bill that was voided.",
)
NOT_THE_DRAFT: Final = RefusalCode(
    code="bill.not-the-draft",
    sentence="The {differs} is not what the published draft says.",
    hint="Issue what was published, or publish the draft again.",
)
AMENDMENT_OPEN: Final = RefusalCode(
    code="bill.amendment-open",
    sentence="{requester} asked for an amendment that is not answered.",
    hint="The carrier has to answer it, or {requester} to take it back.",
)
NO_AMENDMENT: Final = RefusalCode(
    code="bill.no-amendment",
    sentence="No request for an amendment waits for an answer.",
    hint="Nothing needs to be done.",
)
MAY_NOT_ASK: Final = RefusalCode(
    code="bill.may-not-ask",
    sentence="{organisation} cannot ask for this amendment; {entitled} can.",
    hint="A bill of lading is its possessor's to have amended, a draft or sea waybill its shipper's.",
)
ASKED_TOO_OFTEN: Final = RefusalCode(
    code="bill.asked-too-often",
    sentence="Amendments of this text were asked for {limit} times, which is all there may be.",
    hint="Agree on the words with the carrier; a draft or waybill that it rewrites can be asked about again.",
)
NOT_REQUESTER: Final = RefusalCode(
    code="bill.not-requester",
    sentence="{organisation} did not ask for an amendment of this bill.",
    hint="Only whoever asked can take a request back.",
)
REASON_FOR_OUTCOME: Final = RefusalCode(
    code="bill.reason-for-outcome",
    sentence="The outcome {outcome} is given {rule} reason.",
    hint="A request that is declined is told why, and no other.",
    final=True,
)
NOT_WAYBILL: Final = RefusalCode(
    code="bill.not-waybill",
    sentence="Only a sea waybill is amended in place; this is a {type} bill.",
    hint="Have it surrendered for amendment, void it, and issue its replacement.",
)
SEA_WAYBILL: Final = RefusalCode(
    code="bill.sea-waybill",
    sentence="A sea waybill is no document of title: it is neither transferred, endorsed nor surrendered.",
    hint="The consignee takes delivery on proof of identity.",
)
NOT_TO_ORDER: Final = RefusalCode(
    code="bill.not-to-order",
    sentence="A {type} bill cannot be endorsed.",
    hint="Only a bill to order passes title by endorsement.",
)
NOT_POSSESSOR: Final = RefusalCode(
    code="bill.not-possessor",
    sentence="{organisation} does not possess the bill; {possessor} does.",
    hint="Only the possessor can do this.",
)
NOT_OFFERED: Final = RefusalCode(
    code="bill.not-offered",
    sentence="The bill is not offered to {organisation}.",
    hint="Only the recipient of an open offer can answer it.",
)
NO_OFFER: Final = RefusalCode(
    code="bill.no-offer",
    sentence="There is no offer to cancel.",
    hint="Nothing needs to be done.",
)
OFFER_OPEN: Final = RefusalCode(
    code="bill.offer-open",
    sentence="The bill is offered to {to} until {expires_ms}.",
    hint="Wait for the answer, or cancel the offer.",
)
OFFER_EXPIRED: Final = RefusalCode(
    code="bill.offer-expired",
    sentence="The offer ended at {expires_ms}, block time is {time_ms}.",
    hint="Ask {possessor} to offer the bill again.",
)
OFFER_TERM: Final = RefusalCode(
    code="bill.offer-term",
    sentence="An offer must end after block time {time_ms} and by {latest_ms}, not at {expires_ms}.",
    hint="Choose an end within that time.",
)
TO_SELF: Final = RefusalCode(
    code="bill.to-self",
    sentence="{organisation} names itself.",
    hint="Name another organisation.",
    final=True,
)
CONTENTS_MISMATCH: Final = RefusalCode(
    code="bill.contents-mismatch",
    sentence="The accepted contents are not the bill's.",
    hint="Fetch the contents again and check them against the record's commitment {contents}.",
)
NOT_ENDORSEE: Final = RefusalCode(
    code="bill.not-endorsee",
    sentence="{organisation} holds no title in the bill; {titleholder} does.",
    hint="Only the endorsee who also possesses the bill may endorse it.",
)
ENDORSEMENT_CLOSED: Final = RefusalCode(
    code="bill.endorsement-closed",
    sentence="The bill was endorsed to {titleholder} without `to order`, so it cannot be endorsed further.",
    hint="Surrender it for amendment if title has to pass on.",
)
MAY_NOT_SURRENDER: Final = RefusalCode(
    code="bill.may-not-surrender",
    sentence="{organisation} possesses the bill, but surrender is for {entitled}.",
    hint="Transfer the bill to a party that may surrender it.",
)
REASON_NEEDS_AMENDMENT: Final = RefusalCode(
    code="bill.reason-needs-amendment",
    sentence="The reason {reason} belongs to a surrender for amendment.",
    hint="Leave out the reason, or surrender for amendment.",
    final=True,
)
NOT_CARRIER: Final = RefusalCode(
    code="bill.not-carrier",
    sentence="The bill was issued by {carrier}, not by {organisation}.",
    hint="Only the issuing carrier can do this.",
)
CARETAKER_AMENDS: Final = RefusalCode(
    code="bill.caretaker-amends",
    sentence="A caretaker of {organisation} cannot amend the bill: it neither voids nor issues.",
    hint="Reject the surrender, or wait until the network reinstates the organisation.",
)
DISPUTED: Final = RefusalCode(
    code="bill.disputed",
    sentence="Control is frozen: {by} disputes it ({ground}).",
    hint="{by} can withdraw it or the possessor give way, with bill.resolve; else a ballot decides.",
)
NO_INTEREST: Final = RefusalCode(
    code="bill.no-interest",
    sentence="{organisation} has no stake in the control of this bill.",
    hint="Carrier, shipper, possessor, titleholder and whoever handed it over last may dispute.",
)
NO_SIDE: Final = RefusalCode(
    code="bill.no-side",
    sentence="{organisation} is no side of an open dispute over this bill.",
    hint="Whoever raised the dispute and the possessor can end it.",
)
OUTCOME_NOT_YOURS: Final = RefusalCode(
    code="bill.outcome-not-yours",
    sentence="The outcome {outcome} is for {decider} to declare.",
    hint="Whoever raised a dispute withdraws it; the possessor returns the bill.",
)
NOBODY_TO_RETURN_TO: Final = RefusalCode(
    code="bill.nobody-to-return-to",
    sentence="{possessor} cannot return the bill: it did not accept it from {by}, or it is surrendered.",
    hint="A bill returns, while it is issued, to whoever handed it over and disputes that.",
)
NOT_SHIPPER: Final = RefusalCode(
    code="bill.not-shipper",
    sentence="{organisation} is not the shipper; {shipper} is.",
    hint="Only the shipper can do this.",
)
RECEIVER_FOR_PURPOSE: Final = RefusalCode(
    code="bill.receiver-for-purpose",
    sentence="A surrender for {purpose} and its receiver do not fit.",
    hint="A surrender at origin names who gets the goods, and no other does.",
    final=True,
)
NOT_CONSIGNEE: Final = RefusalCode(
    code="bill.not-consignee",
    sentence="The goods of a straight bill go to its consignee {consignee}, not to {organisation}.",
    hint="Name the consignee; the carrier may release to whoever collects for it.",
)
PAPER_NOT_ASKED_FOR: Final = RefusalCode(
    code="bill.paper-not-asked-for",
    sentence="The bill was surrendered for amendment with {reason}, not to be switched to paper (SWTP).",
    hint="Void it and issue its replacement.",
    final=True,
)
CIRCULATES: Final = RefusalCode(
    code="bill.circulates",
    sentence="The bill is in circulation, {possessor} possesses it.",
    hint="It has to be surrendered first.",
)
RELEASED: Final = RefusalCode(
    code="bill.released",
    sentence="The goods are released to {to}.",
    hint="Take that release back first, with a reason.",
)
NO_RELEASE: Final = RefusalCode(
    code="bill.no-release",
    sentence="The goods are released to no one.",
    hint="Nothing needs to be taken back.",
)
DELIVERED: Final = RefusalCode(
    code="bill.delivered",
    sentence="All containers of the bill have left for their receiver.",
    hint="What is delivered cannot be released or stopped any more.",
)
MASTER_FORM: Final = RefusalCode(
    code="bill.master-form",
    sentence="A house bill names its master by record or by commitment; this one by both or neither.",
    hint="Give the one that holds.",
    final=True,
)
MASTER_NOT_HELD: Final = RefusalCode(
    code="bill.master-not-held",
    sentence="{bill} is no bill of another carrier that {organisation} controls now.",
    hint="Accept the master bill first; for a sea waybill, be its shipper or consignee.",
)
MASTER_CONTAINERS: Final = RefusalCode(
    code="bill.master-containers",
    sentence="The container {container} is not on the master bill.",
    hint="A house bill covers containers of its master only.",
)
MASTER_CIRCLE: Final = RefusalCode(
    code="bill.master-circle",
    sentence="The master hangs under {bill}, which this bill replaces; each would be the other's master.",
    hint="Leave out the master, or name one that does not hang under the replaced bill.",
)
NO_MASTER_ELSEWHERE: Final = RefusalCode(
    code="bill.no-master-elsewhere",
    sentence="The bill names no master that is elsewhere.",
    hint="A master on this ledger is looked at by itself.",
    final=True,
)
MASTER_PROVEN: Final = RefusalCode(
    code="bill.master-proven",
    sentence="It is on record already that the master bill was given up.",
    hint="Nothing else is to be done.",
)
LEGS: Final = RefusalCode(
    code="bill.legs",
    sentence="A leg ends at {at}; each has to end elsewhere than it begins, and the last at {place}.",
    hint="List the legs in order, from the place of loading to the place of delivery.",
    final=True,
)
