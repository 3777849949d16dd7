"""One node, as commands use it: signed reads, and acts submitted until they are final.

A statement that got no answer is sent again with the same bytes: it has one id,
so it can take effect only once however often it arrives.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import CliError, ExitCode
from cli.open_statements import forget, keep
from cli.transport import JSON_TYPE, TIMEOUT_S, Answer, ApiError, Signer, Transport
from ledger.genesis import Genesis, Parameters, network_id
from ledger.primitives import Hash, decode_hash
from ledger.statement import NONCE_BYTES, make_payload, sign_statement

if TYPE_CHECKING:
    from cli.document_checks import DocumentChecks
    from ledger.sealing import Keyring

__all__ = ["Answer", "ApiError", "Client", "Signer"]

WAIT_MS = 10_000
"""How long a node is asked to hold a submission until the statement is final."""

PATIENCE_S = 30.0
"""How long `submit` keeps trying before it says that the outcome is unknown."""

VALIDITY_MS = 600_000
"""How long an act may still take effect, if the network allows it."""


class Client(Transport):
    """A connection to one node, for one network. Not thread-safe; one command, one client.

    With `on_behalf_of`, every act is done in the name of that organisation. A statement
    whose outcome is open is kept in the folder `pending`; for `patience_s` it is sent again,
    and `progress` is told each time that the answer was none.
    """

    def __init__(
        self,
        url: str,
        *,
        signer: Signer | None = None,
        genesis: Genesis | None = None,
        on_behalf_of: str | None = None,
        checks: DocumentChecks | None = None,
        timeout_s: float = TIMEOUT_S,
        contents_keys: Sequence[Path] = (),
        patience_s: float = PATIENCE_S,
        pending: Path | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(url, signer=signer, timeout_s=timeout_s)
        self.patience_s = patience_s
        self.sealed_before = False
        """Whether the last statement that `submit` sent was on the ledger already."""
        self._pending = pending
        self._progress = progress
        self.genesis = genesis
        self.on_behalf_of = on_behalf_of
        self.checks = checks
        self._contents_keys = contents_keys

    @property
    def organisation(self) -> str:
        """The organisation of the member who signs; `CliError` without one."""
        if self.signer is None:
            raise _nobody()
        return self.signer.member.partition("/")[0]

    @cached_property
    def keyring(self) -> Keyring:
        """The contents keys that the members hold themselves; empty where their node holds them."""
        from cli.files import read_contents_key
        from ledger.sealing import Keyring

        return Keyring(read_contents_key(path) for path in self._contents_keys)

    def record(self, key: str) -> dict[str, Any] | None:
        """A record with its version and `as_of`, or None when there is none."""
        found: dict[str, Any] | None = self.get_or_none(f"/v1/records/{key}", on_behalf_of=self.on_behalf_of)
        return found

    def network_id(self) -> str | None:
        """Id of the network of the genesis at hand, hexadecimal; None without a genesis."""
        return network_id(self.genesis).hex() if self.genesis is not None else None

    def act(
        self,
        act: str,
        subject: str,
        body: Any,
        *,
        expected_version: int | None = None,
        valid_for_ms: int = VALIDITY_MS,
    ) -> dict[str, Any]:
        """Sign one act as the member and submit it until it is final; returns the node's result.

        `expected_version` is the version of `subject` that the act builds on, 0
        to create it; None takes the node's current one, so pass it when the
        person decided on something they saw earlier. Raises `ApiError` with the
        refusal's code, or `CliError` when the outcome is unknown.
        """
        return self.submit(
            self.sign(act, subject, body, expected_version=expected_version, valid_for_ms=valid_for_ms)
        )

    def sign(
        self,
        act: str,
        subject: str,
        body: Any,
        *,
        expected_version: int | None = None,
        valid_for_ms: int = VALIDITY_MS,
    ) -> bytes:
        """The bytes of a statement, as `act` submits them."""
        if self.signer is None:
            raise _nobody()
        version, time_ms = expected_version, None
        if version is None:
            found = self.record(subject)
            version = found["version"] if found else 0
            time_ms = found["as_of"]["time_ms"] if found else None
        network, window_ms = self._network()
        time_ms = time_ms or self.status()["time_ms"]
        # Block time stands still while no quorum seals; the node's clock, by which it judges, does not.
        latest_ms = max(time_ms, self.node_time_ms)
        payload = make_payload(
            network=network,
            act=act,
            body=body,
            expected_version=version,
            last_valid_ms=latest_ms + min(valid_for_ms, window_ms),
            nonce=os.urandom(NONCE_BYTES),
            on_behalf_of=self.on_behalf_of,
        )
        return sign_statement(self.signer.key, issuer=self.signer.member, subject=subject, payload=payload)

    def status(self) -> dict[str, Any]:
        """The node's public status."""
        found: dict[str, Any] = self.get("/v1/status")
        return found

    def _network(self) -> tuple[Hash, int]:
        """Network id and statement window: of the genesis at hand, else as the node says.

        A node that lies about them gets a statement that is void everywhere else.
        """
        if self.genesis is not None:
            return network_id(self.genesis), self.genesis.parameters.statement_window_ms
        return decode_hash(self.status()["network"], field="network"), Parameters().statement_window_ms

    def submit(self, leaf: bytes) -> dict[str, Any]:
        """Submit a signed statement until it is sealed or refused.

        The same bytes are sent again while the node is silent, busy (503) or says
        pending; `sealed_before` then says whether it was on the ledger already. From before
        it leaves until its outcome is known it lies in the folder `pending`, so that an
        interruption or a power cut loses nothing. Raises `ApiError` for a refusal; `CliError`
        with code `statement.pending` or `statement.unknown` when patience ends first or the
        person does not wait, and `node.unreachable` when it was never sent.
        """
        file, is_new = None, False
        try:
            if self._pending is not None:
                file, is_new = keep(self._pending, leaf)
            result = self._until_final(leaf)
        except KeyboardInterrupt:
            if file is None:
                raise
            raise _asked_for_with(file, _interrupted()) from None
        except CliError as error:
            if _is_open(error):
                raise _asked_for_with(file, error) from error.__cause__
            if is_new:
                forget(file)
            raise
        if is_new:
            forget(file)
        return result

    def _until_final(self, leaf: bytes) -> dict[str, Any]:
        """Send a statement, and again while its outcome is open; raises as `submit` does."""
        began = time.monotonic()
        pause_s = 0.1
        sent = False
        while True:
            try:
                answer = self._post_statement(leaf)
                if answer.status != 202:
                    self.sealed_before = answer.status == 200
                    result: dict[str, Any] = answer.json()
                    return result
                failure = _pending(self.url, self.patience_s)
            except CliError as error:
                if not _worth_repeating(error, sent=sent):
                    raise
                failure = error if isinstance(error, ApiError) else _unknown(error)
            sent = True
            waited_s = time.monotonic() - began
            if waited_s + pause_s > self.patience_s:
                raise failure
            if waited_s >= 1:
                why = failure.why or failure.what
                self._progress(f"not final after {waited_s:.0f} of {self.patience_s:.0f} s. {why}")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 2.0)

    def _post_statement(self, leaf: bytes) -> Answer:
        query = f"wait=final&timeout_ms={WAIT_MS}"
        headers = {"host": self._authority, "content-type": "application/cose", "accept": JSON_TYPE}
        answer = self._exchange("POST", f"{self._prefix}/v1/statements?{query}", leaf, headers)
        if answer.status >= 400:
            raise ApiError(answer)
        return answer


def _nobody() -> CliError:
    return CliError("say who acts", do="--as ORG/NAME   (or set SEALANE_AS)", code="member.unclear")


def _is_open(error: CliError) -> bool:
    """Whether a statement may still take effect: it left, and neither a seal nor a refusal came."""
    return error.exit_code is ExitCode.UNREACHABLE and error.code != "node.unreachable"


def _asked_for_with(file: Path | None, failure: CliError) -> CliError:
    """The failure that ends waiting, with where the statement was kept and how to ask for it."""
    if file is not None:
        failure.do = (
            f"sealane statement status {file.stem}   "
            f"(or send the same again, which takes effect once: sealane statement send {file})"
        )
    return failure


def _worth_repeating(error: CliError, *, sent: bool) -> bool:
    """Whether a submission should be sent again: after silence, or when the pool was full.

    A connection that was never made is an answer, unless an earlier attempt got
    through: then the node went away with a statement whose fate is open.
    """
    if isinstance(error, ApiError):
        return error.status == 503
    never_left = isinstance(error.__cause__, (ConnectionRefusedError, socket.gaierror))
    return error.exit_code is ExitCode.UNREACHABLE and (sent or not never_left)


def _unknown(error: CliError) -> CliError:
    """A node fell silent with a statement in its hands."""
    return CliError(
        f"{error.what}; the act may still take effect",
        why=error.why,
        do="Look at the record before you try again; sealane network status",
        exit_code=ExitCode.UNREACHABLE,
        code="statement.unknown",
    )


def _interrupted() -> CliError:
    return CliError(
        "stopped before the outcome was known; the act may still take effect",
        exit_code=ExitCode.INTERRUPTED,
        code="statement.unknown",
    )


def _pending(url: str, patience_s: float) -> CliError:
    return CliError(
        f"the node has the statement, but no quorum sealed it within {patience_s:.0f} s",
        why="Too few validators are running or reachable. The act may still take effect.",
        do=f"sealane network status   (asked: {url}); then look at the record before you try again",
        exit_code=ExitCode.UNREACHABLE,
        code="statement.pending",
    )
