"""Members at a browser: the one-time codes that let them in, and their sessions.

A browser holds no member's key. The member signs one request with the command
(`POST /v1/sign-ins`), gets a code that lives two minutes and works once, and
types it, or follows a link with it, where it wants to read. What the browser
holds afterwards is a random text; whom it stands for is known here only, in
memory, and ends with the node. Only digests are kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.primitives import Hash
from nodes.api import problems

CODE_S = 120.0
"""How long a code works."""

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits that are not taken for one another (Crockford's base 32)."""

CODE_CHARACTERS = 12
"""60 bits: with all codes in use, a guess hits with a chance of one in 10^15."""

MAX_CODES, MAX_MEMBER_CODES = 1_000, 3
"""Codes that wait, and those of one member: the oldest of a member gives way, or of its organisation."""

IDLE_S = 1_800.0
"""How long a session lasts without a request."""

SESSION_S = 28_800.0
"""How long it lasts in all: a working day."""

MAX_SESSIONS, MAX_MEMBER_SESSIONS = 2_000, 10
"""Sessions, and those of one member: a member's or its organisation's, silent longest, gives way."""

ORGANISATION_SHARE = 2
"""No organisation has more than one part in this many of either, however many members it enrols."""

_LOOKALIKES = str.maketrans("OIL", "011", "- ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who signed in, and with which key."""

    member: str
    """As `organisation/name`."""
    key: Hash
    """Thumbprint of the key: when the member gives it up, what it opened ends."""

    @property
    def organisation(self) -> str:
        """The member's."""
        return self.member.partition("/")[0]


@dataclass(slots=True, kw_only=True)
class Session:
    """One browser of a member."""

    grant: Grant
    ends_s: float
    """Monotonic time after which it counts for nothing, whatever is asked."""
    idle_s: float
    """The same, unless something is asked before."""


class Codes:
    """Codes that wait to be used, the oldest first."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, tuple[Grant, float]] = OrderedDict()

    def issue(self, grant: Grant, now_s: float) -> str:
        """A new code, in groups of four; raises the problem `node.busy` when too many wait."""
        for digest in [one for one, (_, ends_s) in self._waiting.items() if ends_s <= now_s]:
            del self._waiting[digest]
        grants = {one: other for one, (other, _) in self._waiting.items()}
        for digest in _to_give_way(grants, grant, MAX_MEMBER_CODES, MAX_CODES):
            del self._waiting[digest]
        if len(self._waiting) >= MAX_CODES:
            raise problems.BUSY("As many members as possible are signing in.")
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARACTERS))
        self._waiting[_digest(code)] = (grant, now_s + CODE_S)
        return "-".join(code[start : start + 4] for start in range(0, CODE_CHARACTERS, 4))

    def look(self, code: str, now_s: float) -> Grant | None:
        """Whom a code lets in; it stays usable."""
        grant, ends_s = self._waiting.get(_digest(_plain(code)), (None, 0.0))
        return grant if ends_s > now_s else None

    def redeem(self, code: str, now_s: float) -> Grant | None:
        """Whom a code lets in, this once; None when it is wrong, used, or over."""
        grant = self.look(code, now_s)
        self._waiting.pop(_digest(_plain(code)), None)
        return grant


class Sessions:
    """Sessions by the digest of what their browsers hold, the one silent longest first."""

    def __init__(self, limit: int = MAX_SESSIONS) -> None:
        self._limit = limit
        self._open: OrderedDict[str, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, grant: Grant, now_s: float) -> str:
        """A new session: what its browser is to hold. Raises the problem `node.busy`."""
        for digest in [one for one, session in self._open.items() if _is_over(session, now_s)]:
            del self._open[digest]
        grants = {one: session.grant for one, session in self._open.items()}
        for digest in _to_give_way(grants, grant, MAX_MEMBER_SESSIONS, self._limit):
            del self._open[digest]
        if len(self._open) >= self._limit:
            raise problems.BUSY("As many members as possible are signed in.")
        token = secrets.token_urlsafe(32)
        self._open[_digest(token)] = Session(grant=grant, ends_s=now_s + SESSION_S, idle_s=now_s + IDLE_S)
        return token

    def find(self, token: str, now_s: float) -> Session | None:
        """The session of a browser, which goes on because something is asked."""
        digest = _digest(token)
        session = self._open.get(digest)
        if session is None or _is_over(session, now_s):
            self._open.pop(digest, None)
            return None
        session.idle_s = now_s + IDLE_S
        self._open.move_to_end(digest)
        return session

    def end(self, token: str) -> None:
        """End a session, if there is one."""
        self._open.pop(_digest(token), None)


def _to_give_way(grants: Mapping[str, Grant], new: Grant, of_member: int, of_all: int) -> set[str]:
    """The first of the member's own, or of its organisation's, that make room for a new one."""
    own = [one for one, grant in grants.items() if grant.member == new.member]
    house = [one for one, grant in grants.items() if grant.organisation == new.organisation]
    share = max(1, of_all // ORGANISATION_SHARE)
    gone = own[: max(0, len(own) + 1 - of_member)]
    return {*gone, *house[: max(0, len(house) - len(gone) + 1 - share)]}


def _is_over(session: Session, now_s: float) -> bool:
    return now_s >= min(session.ends_s, session.idle_s)


def _plain(code: str) -> str:
    """A code as it was issued, whatever case, groups and lookalikes it was typed with."""
    return code.strip().upper().translate(_LOOKALIKES)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
