"""Refusals of governance."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

NOT_VALIDATOR: Final = RefusalCode(
    code="proposal.not-validator",
    sentence="{organisation} has no seat among the validators that were appointed last.",
    hint="An administrator of an organisation with a seat must act.",
)
NOT_PROPOSER: Final = RefusalCode(
    code="proposal.not-proposer",
    sentence="The proposal was opened by {proposer}, not by {organisation}.",
    hint="Only its proposer can withdraw it; validators can vote no.",
)
EXPIRY: Final = RefusalCode(
    code="proposal.expiry",
    sentence="A proposal must end after block time {time_ms} and by {latest_ms}, not at {expires_ms}.",
    hint="Choose an end within that time.",
)
EXPIRED: Final = RefusalCode(
    code="proposal.expired",
    sentence="The proposal ended at {expires_ms}, block time is {time_ms}.",
    hint="Open it again if the change is still wanted.",
    final=True,
)
ORGANISATION_EXISTS: Final = RefusalCode(
    code="proposal.organisation-exists",
    sentence="The organisation {organisation} is on the ledger already.",
    hint="Choose another identifier.",
)
JURISDICTION: Final = RefusalCode(
    code="proposal.jurisdiction",
    sentence="{organisation} would be a customs office or agency without a jurisdiction.",
    hint="Name its country.",
    final=True,
)
NUMBERING: Final = RefusalCode(
    code="proposal.numbering",
    sentence="{organisation} has a numbering key without being a carrier, or is a carrier without one.",
    hint="A carrier needs a numbering key and its proof of possession, and no one else has one.",
    final=True,
)
BAD_KEY: Final = RefusalCode(
    code="proposal.bad-key",
    sentence="The key is no point that can be used: of P-256, or of X25519 for contents.",
    hint="Make a key with `sealane key new` or `sealane key new-contents`, and give its public half.",
    final=True,
)
NOT_PROVEN: Final = RefusalCode(
    code="proposal.not-proven",
    sentence="The BLS key is no valid key, or the proof does not show that its secret is known.",
    hint="Make the key with `sealane key new-validator` and give both lines that it prints.",
    final=True,
)
KEY_USED: Final = RefusalCode(
    code="proposal.key-used",
    sentence="The key was named on this ledger before, as a {purpose} key of {organisation}.",
    hint="Make a new key: none is ever named a second time.",
    final=True,
)
HAS_SEAT: Final = RefusalCode(
    code="proposal.has-seat",
    sentence="{organisation} has a seat already.",
    hint="To replace its key, rotate it.",
)
NO_SEAT: Final = RefusalCode(
    code="proposal.no-seat",
    sentence="{organisation} has no seat among the validators.",
    hint="Check the identifier in the list of validators.",
)
NO_NODE: Final = RefusalCode(
    code="proposal.no-node",
    sentence="{organisation} has no node {node}.",
    hint="Check the name in the organisation's record.",
)
NO_QUORUM: Final = RefusalCode(
    code="proposal.no-quorum",
    sentence="Only {active} of the {size} validators that would remain may act, and a quorum is {quorum}.",
    hint="Reinstate or add validators first.",
)
STANDING: Final = RefusalCode(
    code="proposal.standing",
    sentence="{organisation} is {state}, which this change does not suit.",
    hint="Suspend first whoever is to be reinstated or given a new administrator.",
)
CARETAKER: Final = RefusalCode(
    code="proposal.caretaker",
    sentence="A caretaker is given without a key, or a key without a caretaker.",
    hint="Give both, or neither.",
    final=True,
)
NAME_TAKEN: Final = RefusalCode(
    code="proposal.name-taken",
    sentence="{member} is a member already, and a ballot gives nobody another key.",
    hint="Choose a new name for the caretaker or administrator.",
)
REPLACING: Final = RefusalCode(
    code="proposal.replacing",
    sentence="A new administrator is to take over {organisation} already.",
    hint="Wait until it has taken over or was vetoed.",
)
NO_CHANGE: Final = RefusalCode(
    code="proposal.no-change",
    sentence="The proposal would change nothing.",
    hint="Say what is to be different.",
)
BOUNDS: Final = RefusalCode(
    code="proposal.bounds",
    sentence="{name} may be from {least} to {most}, not {value}.",
    hint="Choose a value within these bounds.",
    final=True,
)
HEIGHT: Final = RefusalCode(
    code="proposal.height",
    sentence="The change would apply from block {from_height} on, which is not from {earliest} to {latest}.",
    hint="Choose a height that leaves time for the ballots, and for operators to install new software.",
)
RULES_VERSION: Final = RefusalCode(
    code="proposal.rules-version",
    sentence="Rules version {rules_version} is not newer than version {current}, which is in force.",
    hint="Choose a newer version; the present one only takes back a newer that is planned.",
)
PLANS_FULL: Final = RefusalCode(
    code="proposal.plans-full",
    sentence="{limit} changes of parameters wait for their heights, which is all there may be.",
    hint="Wait for one of them, or propose a change that takes the place of them all (instead).",
)
NO_DISPUTE: Final = RefusalCode(
    code="proposal.no-dispute",
    sentence="There is no open dispute over {bill} that its version {version} raised.",
    hint="A ballot decides one open dispute; another dispute, even over the same bill, needs its own.",
)
NO_STAKE: Final = RefusalCode(
    code="proposal.no-stake",
    sentence="{organisation} is no side of the dispute over {bill}.",
    hint="Name carrier, shipper, possessor, titleholder, or whoever handed it over last.",
)
ROTATED_LATELY: Final = RefusalCode(
    code="validator.rotated-lately",
    sentence="{organisation} replaced its key itself less than a day ago; it may again after {after_ms}.",
    hint="Wait, or ask for a ballot.",
)
