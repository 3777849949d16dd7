"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, beyond which dates have no usual spelling."""


def utc(time_ms: int) -> str:
    """A time as people write it, to the second, in UTC."""
    if time_ms > LATEST_MS:
        return f"{time_ms} ms"
    return (_EPOCH + timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d %H:%M:%S UTC")
