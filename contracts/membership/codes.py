"""Refusals of membership."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

OTHER_ORGANISATION: Final = RefusalCode(
    code="member.other-organisation",
    sentence="{member} administers its own organisation only, not {organisation}.",
    hint="An administrator of {organisation} must sign.",
)
NOT_YOURS: Final = RefusalCode(
    code="member.not-yours",
    sentence="{member} may rotate its own keys; others' only as their administrator.",
    hint="The member itself or an administrator of its organisation must sign.",
)
BAD_KEY: Final = RefusalCode(
    code="member.bad-key",
    sentence="The key is not a compressed P-256 point.",
    hint="Make a key with `sealane key new` and give its public half.",
    final=True,
)
KEY_KNOWN: Final = RefusalCode(
    code="member.key-known",
    sentence="The member has this key already.",
    hint="Rotation needs a new key.",
)
OVERLAP_TOO_LONG: Final = RefusalCode(
    code="member.overlap-too-long",
    sentence="The replaced key may stay valid until {latest_ms} at the latest, not until {overlap_until_ms}.",
    hint="Choose an earlier end of the overlap.",
)
BAD_CHAIN: Final = RefusalCode(
    code="member.bad-chain",
    sentence="The certificates do not vouch for the key: {problem}.",
    hint="Give the chain up to an anchor that `sealane org show` lists, or none where there are no anchors.",
)
NO_RECOVERY: Final = RefusalCode(
    code="organisation.no-recovery",
    sentence="{organisation} has no member who recovers keys when all certificates have ended.",
    hint="Enrol one first: sealane member enroll ORG/safe --permission recovery.",
)
RECOVERY_ALONE: Final = RefusalCode(
    code="member.recovery-alone",
    sentence="{organisation} has one member who recovers keys and does nothing else; now {recovery}.",
    hint="Enrol it with the permission recovery alone. It rotates its key itself; a take-over ends it.",
)
RECOVERY_SPARED: Final = RefusalCode(
    code="member.recovery-spared",
    sentence="{member} recovers keys, and no administrator can end or suspend that.",
    hint="It rotates its key itself; it ends when an administrator by ballot takes over.",
)
RECOVERS_OTHERS: Final = RefusalCode(
    code="member.recovers-others",
    sentence="{member} cannot make itself an administrator.",
    hint="Name another member: its key goes back into the safe.",
)
CARETAKER_SPARED: Final = RefusalCode(
    code="member.caretaker",
    sentence="{member} is the caretaker, whom a ballot appointed and a ballot ends.",
    hint="Name another member, or ask the network to reinstate the organisation.",
)
APPOINTED_SPARED: Final = RefusalCode(
    code="member.appointed",
    sentence="{member} was appointed by a ballot, and no administrator ends or suspends that.",
    hint="Veto who is to take over: sealane org veto. A caretaker ends with the suspension.",
)
NO_REPLACEMENT: Final = RefusalCode(
    code="organisation.no-replacement",
    sentence="No new administrator is to take over {organisation}.",
    hint="Look at the organisation's record.",
)
NOT_REPLACED: Final = RefusalCode(
    code="organisation.not-replaced",
    sentence="{member} is no administrator of {organisation} from before, nor recovers its keys.",
    hint="Whoever holds an old key of {organisation} must sign.",
)
NOT_REPLACEMENT: Final = RefusalCode(
    code="organisation.not-replacement",
    sentence="{member} is not the administrator who is to take over {organisation}.",
    hint="The one whom the quorum decided on must sign.",
)
LAST_ADMINISTRATOR: Final = RefusalCode(
    code="member.last-administrator",
    sentence="{member} is the last administrator of {organisation}, which then could not administer itself.",
    hint="Enrol another administrator first.",
)
BAD_CONTENTS_KEY: Final = RefusalCode(
    code="organisation.bad-contents-key",
    sentence="What is sealed to this key could be opened by anyone: it is a point of small order.",
    hint="Make a key with `sealane key new-contents`.",
    final=True,
)
CONTENTS_KEY_USED: Final = RefusalCode(
    code="organisation.contents-key-used",
    sentence="The key was named on this ledger before, as a {purpose} key of {organisation}.",
    hint="Make a new key: none is ever named a second time.",
    final=True,
)
