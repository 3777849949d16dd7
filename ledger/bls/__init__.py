"""BLS12-381 signatures that aggregate: a quorum's votes become one seal of 96 bytes.

`backend()` chooses an implementation of `BlsBackend`; everything else in the
ledger takes what it returns. `arkworks` signs and verifies by default;
`reference` is the slow independent one, for verification and comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ledger.bls.interface import (
    ENTROPY_BYTES_MIN,
    POSSESSION_DST,
    PUBLIC_KEY_BYTES,
    SECRET_BYTES,
    SIGNATURE_BYTES,
    SIGNATURE_DST,
    BlsBackend,
)
from ledger.errors import CryptoKeyError

__all__ = [
    "BACKEND_NAMES",
    "ENTROPY_BYTES_MIN",
    "POSSESSION_DST",
    "PUBLIC_KEY_BYTES",
    "SECRET_BYTES",
    "SIGNATURE_BYTES",
    "SIGNATURE_DST",
    "BlsBackend",
    "backend",
]


def _arkworks() -> BlsBackend:
    from ledger.bls.arkworks import ArkworksBackend

    return ArkworksBackend()


def _reference() -> BlsBackend:
    from ledger.bls.reference import ReferenceBackend

    return ReferenceBackend()


_BACKENDS: dict[str, Callable[[], BlsBackend]] = {"arkworks": _arkworks, "reference": _reference}

BACKEND_NAMES = tuple(_BACKENDS)
"""The names `backend` knows, the default first."""


@cache
def _load(name: str) -> BlsBackend:
    return _BACKENDS[name]()


def backend(name: str = "arkworks") -> BlsBackend:
    """The backend of that name, imported when first asked for; `CryptoKeyError` for any other name."""
    if name not in _BACKENDS:
        raise CryptoKeyError(
            f"no BLS backend is called {name!r}; there are {', '.join(BACKEND_NAMES)}", field="backend"
        )
    return _load(name)
