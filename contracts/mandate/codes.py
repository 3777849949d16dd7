"""Refusals of delegation: of granting, and of acting in another's name."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

NOT_PRINCIPAL: Final = RefusalCode(
    code="mandate.not-principal",
    sentence="{organisation} cannot grant in the name of {principal}.",
    hint="The principal itself has to grant; a mandate cannot be passed on.",
    final=True,
)
TO_SELF: Final = RefusalCode(
    code="mandate.to-self",
    sentence="{organisation} needs no mandate of its own.",
    hint="Name another organisation as agent.",
    final=True,
)
AUTHORITY: Final = RefusalCode(
    code="mandate.authority",
    sentence="{principal} is a customs office or agency, whose decisions are its own.",
    hint="Enrol the people who decide as members of the authority.",
)
NOT_DELEGABLE: Final = RefusalCode(
    code="mandate.not-delegable",
    sentence="{act} cannot be done for another.",
    hint="See which acts can be delegated: sealane mandate grant --help.",
    final=True,
)
LIMIT_MISFIT: Final = RefusalCode(
    code="mandate.limit-misfit",
    sentence="Customs offices and countries limit acts on declarations only, and {act} is none.",
    hint="Grant it as a power of its own, without that limit.",
    final=True,
)
NOT_REPRESENTATIVE: Final = RefusalCode(
    code="mandate.not-representative",
    sentence="{agent} is no customs broker or forwarder, as {act} for another requires.",
    hint="Name an agent who is, or leave the act out.",
)
TERM: Final = RefusalCode(
    code="mandate.term",
    sentence="The power would end at {until_ms}; block time is {time_ms}, the latest end {latest_ms}.",
    hint="Choose an end in between.",
)
NOT_CONCERNED: Final = RefusalCode(
    code="mandate.not-concerned",
    sentence="{organisation} is neither {principal}, who granted the mandate, nor {agent}, who has it.",
    hint="One of the two has to end it.",
    final=True,
)
NO_MANDATE: Final = RefusalCode(
    code="mandate.none",
    sentence="{agent} has no mandate of {principal} that is in force at block time {time_ms}.",
    hint="Ask {principal} for one, or act in your own name.",
)
NOT_GRANTED: Final = RefusalCode(
    code="mandate.act-not-granted",
    sentence="The mandate of {principal} does not let {agent} do {act}.",
    hint="Ask {principal} to grant it, or to act itself.",
)
BEYOND_LIMITS: Final = RefusalCode(
    code="mandate.beyond-limits",
    sentence="{act} on {subject} is beyond what {principal} lets {agent} do: {limit}.",
    hint="Ask {principal} to widen the mandate, or to act itself.",
)
