"""Which language a page speaks: as the address says, else as chosen before, else as the browser prefers."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

import texts

COOKIE: Final = "sealane-language"
PARAMETER: Final = "lang"
KEPT_S: Final = 31_536_000
"""A year."""

MAX_PREFERENCES = 16
"""Parts of `Accept-Language` that are looked at."""


def language_of(request: Request) -> str:
    """The code of the language, one of `texts.LANGUAGES`."""
    for chosen in (request.query_params.get(PARAMETER), request.cookies.get(COOKIE)):
        if chosen is not None and chosen in texts.LANGUAGES:
            return chosen
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> str:
    """The best of our languages by an `Accept-Language` header (RFC 9110 section 12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:MAX_PREFERENCES]):
        tag, _, quality = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(quality)
        if language in texts.LANGUAGES and weight > 0:
            ranked.append((-weight, place, language))
    return min(ranked)[2] if ranked else texts.REFERENCE


def _weight(quality: str) -> float:
    name, _, value = quality.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(1.0, float(value)) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
