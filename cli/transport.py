"""The HTTP half of talking to a node: signed requests, answers, and what a silent or unwilling node means.

The standard library's HTTP client serves because it starts in a tenth of the
time of any other, and a command makes three requests at most.
"""

from __future__ import annotations

import http.client
import os
import selectors
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from cli.errors import CliError, ExitCode
from ledger.canonical import parse_json
from ledger.errors import EncodingError
from ledger.keys import SigningKey
from ledger.requests import Request, sign_request

TIMEOUT_S = 15.0
"""Longest silence of a node before a request counts as lost; longer than the wait that `submit` asks for."""

PATIENCE_WITH_LIMITS_S = 20.0
"""How long a request waits for its turn, all told, where the node limits how often one may ask: its
signature stays fresh for longer."""

NONCE_BYTES = 16
"""Random bytes that make a request single-use."""

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Largest answer read; a page of entries stays far below."""

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A member and the key with which they sign."""

    member: str
    """`organisation/name`."""
    key: SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a node answered."""

    status: int
    body: bytes
    headers: dict[str, str]
    """Names in lower case."""

    def json(self) -> Any:
        """The body as JSON; `CliError` when it is none, as from a server that is no Sealane node."""
        try:
            return parse_json(self.body)
        except EncodingError:
            raise CliError(
                "the answer is not JSON",
                why="Something other than a Sealane node answers there.",
                do="Check --node.",
                exit_code=ExitCode.UNREACHABLE,
                code="node.answer",
            ) from None


class ApiError(CliError):
    """A node said no. `status` is the HTTP status; the other fields are the problem's (RFC 9457)."""

    def __init__(self, answer: Answer) -> None:
        problem = _problem(answer)
        self.status = answer.status
        served = answer.status < 500
        super().__init__(
            str(problem.get("title") or f"the node answered {answer.status}"),
            why=str(problem.get("detail", "")),
            do=str(problem.get("hint", "")),
            exit_code=ExitCode.REFUSED if served else ExitCode.UNREACHABLE,
            code=str(problem.get("code") or f"http.{answer.status}"),
            field=str(problem.get("field", "")),
            final=problem.get("final"),
        )


class Transport:
    """A connection to one node. Not thread-safe; one command, one client."""

    def __init__(
        self,
        url: str,
        *,
        signer: Signer | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        parts = _node_url(url)
        self.url = url.rstrip("/")
        self.signer = signer
        self.node_time_ms = 0
        """The node's clock as its last answer told it, in whole seconds; 0 while it told none."""
        self._authority = parts.netloc.rpartition("@")[2]
        self._prefix = parts.path.rstrip("/")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)

    # Reading

    def get(self, path: str, **query: Any) -> Any:
        """GET a JSON resource; query values that are None are left out. Raises `ApiError`."""
        return self.request("GET", path, query=query).json()

    def get_or_none(self, path: str, **query: Any) -> Any | None:
        """Like `get`, but None for 404."""
        try:
            return self.get(path, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def get_bytes(self, path: str, **query: Any) -> bytes:
        """GET a resource that is not JSON, or whose exact bytes matter."""
        return self.request("GET", path, query=query).body

    def put(self, path: str, body: bytes, content_type: str = JSON_TYPE) -> Answer:
        """PUT a resource, signed."""
        return self.request("PUT", path, body=body, content_type=content_type)

    def delete(self, path: str, **query: Any) -> Any:
        """DELETE a resource, signed; the JSON answer."""
        return self.request("DELETE", path, query=query).json()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: bytes = b"",
        content_type: str = JSON_TYPE,
    ) -> Answer:
        """Like `ask`, but any answer of 400 and above raises `ApiError`."""
        answer = self.ask(method, path, query=query, body=body, content_type=content_type)
        if answer.status >= 400:
            raise ApiError(answer)
        return answer

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: bytes = b"",
        content_type: str = JSON_TYPE,
    ) -> Answer:
        """One request, signed when there is a signer, and whatever the node answered.

        Raises `CliError` with exit code 3 when it did not answer.
        """
        target = self._prefix + quote(path, safe="/~:@!$&'()*+,;=-._")
        given = {name: _query_text(value) for name, value in (query or {}).items() if value is not None}
        encoded = urlencode(given)
        headers = {"host": self._authority, "accept": "application/json, */*"}
        if body:
            headers["content-type"] = content_type
        if self.signer is not None:
            headers |= self._signed(method, target, encoded, body)
        return self._exchange(method, target + (f"?{encoded}" if encoded else ""), body, headers)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    def _signed(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
        if self.signer is None:
            return {}
        request = Request(
            method=method,
            authority=self._authority,
            path=path,
            query=query,
            member=self.signer.member,
            body=body,
        )
        return sign_request(
            self.signer.key, request, created_s=int(time.time()), nonce=os.urandom(NONCE_BYTES)
        )

    def _exchange(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request, sent again when the node asks to wait a while (429), which it did not serve then."""
        deadline_s = time.monotonic() + PATIENCE_WITH_LIMITS_S
        while True:
            answer = self._exchange_once(method, target, body, headers)
            wait_s = _wait_s(answer)
            if wait_s is None or time.monotonic() + wait_s > deadline_s:
                return answer
            time.sleep(wait_s)

    def _exchange_once(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        if _ended_by_node(self._connection):
            self._connection.close()
        try:
            self._connection.request(method, target, body=body or None, headers=headers)
            response = self._connection.getresponse()
            data = response.read(MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise self.unreachable(error) from error
        if len(data) > MAX_ANSWER_BYTES:
            self._connection.close()
            raise self.unreachable(ValueError(f"the answer is larger than {MAX_ANSWER_BYTES} bytes"))
        self.node_time_ms = _date_ms(response.getheader("date"))
        return Answer(
            status=response.status,
            body=data,
            headers={name.lower(): value for name, value in response.getheaders()},
        )

    def unreachable(self, cause: Exception) -> CliError:
        """The error that says which node did not answer and what to type."""
        from ssl import SSLCertVerificationError

        if isinstance(cause, SSLCertVerificationError):
            return CliError(
                f"the node at {self.url} is not trusted",
                why=f"Its certificate: {cause.verify_message}.",
                do="Set SSL_CERT_FILE to the certificate of the authority that issued it.",
                exit_code=ExitCode.UNREACHABLE,
                code="node.untrusted",
            )
        reason = (
            "It did not answer in time."
            if isinstance(cause, TimeoutError)
            else str(cause) or type(cause).__name__
        )
        return CliError(
            f"no answer from the node at {self.url}",
            why=reason,
            do="sealane network status   (or name another node with --node)",
            exit_code=ExitCode.UNREACHABLE,
            code="node.unreachable",
        )


def _ended_by_node(connection: http.client.HTTPConnection) -> bool:
    """Whether an idle connection has something to read: that can only be its end, and the next opens anew.

    A node ends connections that were idle for half a minute. No request was sent on
    it yet, so that nothing is sent twice (RFC 9112 section 9.5).
    """
    if connection.sock is None:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))


def _wait_s(answer: Answer) -> float | None:
    """How long the node asks to wait before the same request is sent again; None where it does not."""
    text = answer.headers.get("retry-after", "")
    if answer.status != 429 or not (text.isascii() and text.isdigit() and len(text) < 6):
        return None
    return float(text)


def _date_ms(text: str | None) -> int:
    """The time in a Date header (RFC 9110 section 6.6.1); 0 when there is none that can be read."""
    try:
        return int(parsedate_to_datetime(text or "").timestamp()) * 1000
    except (ValueError, OverflowError):
        return 0


def _node_url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # a port that is no number
    raise CliError(f"{url} is not a node's URL", do="Give it as http://host:port.", code="node.url")


def _problem(answer: Answer) -> dict[str, Any]:
    try:
        problem = parse_json(answer.body)
    except EncodingError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _query_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
