"""Refusals of the document registry."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

NOT_LINKED: Final = RefusalCode(
    code="document.not-linked",
    sentence="The document belongs to no bill, declaration or container.",
    hint="List at least one.",
    final=True,
)
NOT_PARTY: Final = RefusalCode(
    code="document.not-party",
    sentence="{organisation} is no party to {record}.",
    hint="A party to it, or a customs office or agency, must register the document.",
)
NOT_REGISTRAR: Final = RefusalCode(
    code="document.not-registrar",
    sentence="The document was registered by {registrar}, not by {organisation}.",
    hint="Only its registrar can revoke it.",
)
