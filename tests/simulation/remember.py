"""Results of pure functions, shared by the nodes of a simulation.

All nodes verify the same signatures and decode the same statements, records and
messages. What depends on nothing but its arguments is worked out once, by production
code, and remembered for the others under all of these arguments, whether it came to
a value or to an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from contracts import context
from ledger.bls import BlsBackend, arkworks
from ledger.errors import LedgerError
from ledger.keys import PublicKey
from nodes import application
from nodes.bft import consensus_channel

OUTCOMES = 8_192
"""Remembered of each function: more than one seed asks for."""


def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of hashable arguments; an error is raised anew each time."""

    @lru_cache(maxsize=OUTCOMES)
    def outcome(*args: Any, **more: Any) -> tuple[Any, LedgerError | None]:
        try:
            return function(*args, **more), None
        except LedgerError as error:
            return None, error

    def recall(*args: Any, **more: Any) -> Any:
        value, error = outcome(*args, **more)
        if error is not None:
            raise copy(error)
        return value

    return recall


class RememberingBls:
    """A scheme of which no two nodes work out the same thing."""

    def __init__(self, scheme: BlsBackend) -> None:
        self._scheme = scheme
        self.sign = remembering(scheme.sign)
        self.verify = remembering(scheme.verify)
        self._aggregate = remembering(scheme.aggregate)
        self._fast_aggregate_verify = remembering(scheme.fast_aggregate_verify)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheme, name)

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        result: bytes = self._aggregate(tuple(signatures))
        return result

    def fast_aggregate_verify(self, public_keys: Sequence[bytes], message: bytes, signature: bytes) -> None:
        self._fast_aggregate_verify(tuple(public_keys), message, signature)


_verify = remembering(PublicKey.verify)
_parse = remembering(application.parse_statement)
_decode = remembering(consensus_channel.decode_message)
_record = remembering(context.decode_stored)
_point = remembering(arkworks._signature_point)


@contextmanager
def shared_results() -> Iterator[None]:
    """Have all nodes share what they find out about messages, statements, records and signatures."""
    with (
        patch.object(PublicKey, "verify", _verify),
        patch.object(application, "parse_statement", _parse),
        patch.object(consensus_channel, "decode_message", _decode),
        patch.object(context, "decode_stored", _record),
        patch.object(arkworks, "_signature_point", _point),
    ):
        yield
