"""Refusals that no single contract owns: of the envelope, the actor and the version, and shared ones."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

OTHER_NETWORK: Final = RefusalCode(
    code="statement.other-network",
    sentence="The statement is meant for network {theirs}, this is {ours}.",
    hint="Sign it again for this network.",
    final=True,
)
EXPIRED: Final = RefusalCode(
    code="statement.expired",
    sentence="The statement was valid until {last_valid_ms}, block time is {time_ms}.",
    hint="If the act is still wanted, sign it again with a later last_valid_ms.",
    final=True,
)
TOO_FAR_AHEAD: Final = RefusalCode(
    code="statement.too-far-ahead",
    sentence="It claims validity until {last_valid_ms}, more than {window} ms after block time {time_ms}.",
    hint="Choose a last_valid_ms within that window, or check the clock of the signing machine.",
)
UNKNOWN_MEMBER: Final = RefusalCode(
    code="actor.unknown-member",
    sentence="No member {member} is enrolled on this ledger.",
    hint="Check the name, or ask an administrator of the organisation to enrol the member.",
)
REVOKED_MEMBER: Final = RefusalCode(
    code="actor.revoked",
    sentence="The member {member} was revoked.",
    hint="Another member of the organisation has to act.",
)
SUSPENDED: Final = RefusalCode(
    code="actor.suspended",
    sentence="The organisation {organisation} is suspended.",
    hint="It cannot act until the network reinstates it.",
)
CARETAKER: Final = RefusalCode(
    code="actor.caretaker",
    sentence="A caretaker of the suspended {organisation} fulfils its duties; {act} is none.",
    hint="It waits until the network reinstates the organisation.",
)
SUSPENDED_MEMBER: Final = RefusalCode(
    code="actor.member-suspended",
    sentence="The member {member} is suspended.",
    hint="An administrator of its organisation can reinstate it.",
)
UNKNOWN_KEY: Final = RefusalCode(
    code="actor.unknown-key",
    sentence="The key {kid} is not a valid key of {member} at block time {time_ms}.",
    hint="Sign with the member's current key.",
)
PERMISSION: Final = RefusalCode(
    code="actor.permission",
    sentence="{member} lacks the permission {permission}, which {act} needs.",
    hint="A member of the organisation who has it must sign.",
)
ROLE: Final = RefusalCode(
    code="actor.role",
    sentence="{act} is for an organisation that is {roles}; {organisation} is not.",
    hint="An organisation with that role must act.",
)
UNKNOWN_ACT: Final = RefusalCode(
    code="act.unknown",
    sentence="There is no act {act} in this version of the rules.",
    hint="See the reference of acts; a newer client may be ahead of this network.",
    final=True,
)
SUBJECT: Final = RefusalCode(
    code="act.subject",
    sentence="{act} acts on a record with a key like {form}, not on {subject}.",
    hint="Correct the subject and sign again.",
    final=True,
)
MALFORMED: Final = RefusalCode(
    code="act.malformed",
    sentence="The act's body is not as specified: {problem}.",
    hint="Correct the field and sign again; the reference of acts lists each field.",
    final=True,
)
DUPLICATE: Final = RefusalCode(
    code="act.duplicate",
    sentence="{value} is listed twice.",
    hint="List each value once and sign again.",
    final=True,
)
EXISTS: Final = RefusalCode(
    code="record.exists",
    sentence="{subject} exists already, at version {version}, written by {member} with {act}.",
    hint="Choose another id, or expect the version that is there.",
    final=True,
)
VERSION_PASSED: Final = RefusalCode(
    code="record.version-passed",
    sentence="{subject} is at version {version}, by {member} with {act}; the statement builds on {expected}.",
    hint="Read the record, see what changed, and sign again if the act is still wanted.",
    final=True,
)
VERSION_AHEAD: Final = RefusalCode(
    code="record.version-ahead",
    sentence="{subject} is at version {version}, the statement waits for version {expected}.",
    hint="It can still be accepted when the record gets there; check the subject if it should be.",
)
EXPECTED_ZERO: Final = RefusalCode(
    code="record.absent",
    sentence="{subject} does not exist, and {act} does not create it.",
    hint="Check the subject, and name the version that the act builds on.",
    final=True,
)
EXPECTED_CREATION: Final = RefusalCode(
    code="record.creation-version",
    sentence="{act} creates its record, so it must expect version 0.",
    hint="Set expected_version to 0 and sign again.",
    final=True,
)
RECORD_FULL: Final = RefusalCode(
    code="record.full",
    sentence="{record} would exceed its limit of {limit}.",
    hint="Divide the act, or use another record.",
)
WRONG_STATE: Final = RefusalCode(
    code="record.wrong-state",
    sentence="{act} is not possible now: the record is {state}, it has to be {states}.",
    hint="See which acts are possible on the record now.",
)
NOT_FOUND: Final = RefusalCode(
    code="record.not-found",
    sentence="There is no record {record}.",
    hint="Check the id, or wait until the record exists.",
)
NO_ORGANISATION: Final = RefusalCode(
    code="organisation.not-active",
    sentence="There is no active organisation {organisation} on this ledger.",
    hint="Check the identifier in the list of organisations.",
)
NOT_IN_BATCH: Final = RefusalCode(
    code="batch.act",
    sentence="{act} cannot be part of a batch.",
    hint="Sign it as a statement of its own.",
    final=True,
)
BATCH_FULL: Final = RefusalCode(
    code="batch.full",
    sentence="With this part the batch would write more than {limit}.",
    hint="Divide the batch.",
)
TOO_WIDE: Final = RefusalCode(
    code="statement.too-wide",
    sentence="The statement makes every node look at more than {limit} records.",
    hint="Divide it, so that each part is about fewer bills, containers and declarations.",
)
CONTRACT_FAULT: Final = RefusalCode(
    code="contract.fault",
    sentence="The rules failed on this statement, which is a defect of the software.",
    hint="Nothing was changed; report the statement to the maintainers.",
    final=True,
)
