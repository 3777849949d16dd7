"""What an authority's status codes mean as acts of this ledger: the table.

The codes are those that HM Revenue and Customs' declaration service publishes
(function codes of its WCO 3.6 responses); an authority with other codes has
another table of the same form. A row says when it applies and which acts follow,
by whom; `authority` makes the acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.clearance.authority import (
    Case,
    Planned,
    UnknownStatus,
    accept,
    always,
    amend,
    ask,
    clear,
    control,
    decide,
    detain,
    goods_are_awaited,
    invalidate,
    is_not_accepted,
    is_unnumbered,
    leave,
    nothing,
    notice,
    present,
    register,
    reject,
    reject_request,
    release,
    request,
)
from contracts.refusals import shorten


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One row: a code, when the row applies, and the acts that follow."""

    code: str
    """Function code."""
    name: str
    """The authority's short name of it."""
    meaning: str
    """What it tells."""
    when: str
    """The case, in words."""
    applies: Callable[[Case], bool]
    """Whether it is the case."""
    acts: str
    """The acts, in words."""
    plan: Callable[[Case], list[Planned]]
    """The acts."""
    why: str = ""
    """Where the rule comes from."""


def acts_of(case: Case) -> list[Planned]:
    """The acts that a message comes to, in their order; none when it only informs.

    Raises `UnknownStatus` for a code without a row.
    """
    for row in STATUS_ROWS:
        if row.code == case.message.function and row.applies(case):
            return row.plan(case)
    known = ", ".join(dict.fromkeys(row.code for row in STATUS_ROWS))
    raise UnknownStatus(f"status code {shorten(case.message.function)!r} is not known; known are {known}")


def _row(
    code: str,
    name: str,
    meaning: str,
    acts: str,
    plan: Callable[[Case], list[Planned]],
    *,
    when: str = "",
    applies: Callable[[Case], bool] = always,
    why: str = "",
) -> StatusRow:
    return StatusRow(
        code=code, name=name, meaning=meaning, when=when, applies=applies, acts=acts, plan=plan, why=why
    )


STATUS_ROWS: Final[tuple[StatusRow, ...]] = (
    _row(
        "01",
        "ACC",
        "accepted",
        "`clearance.accept`, after `clearance.present` where a published message says that the goods came",
        accept,
        why="UCC article 172",
    ),
    _row(
        "02",
        "RCV",
        "received",
        "`clearance.register`",
        register,
        when="not accepted, without a number",
        applies=is_unnumbered,
    ),
    _row(
        "02",
        "RCV",
        "received",
        "`clearance.present` by the declarant",
        present,
        when="goods awaited: what was received is the notice that they are there",
        applies=goods_are_awaited,
        why="UCC article 139",
    ),
    _row(
        "02",
        "RCV",
        "received",
        "`clearance.request` by the declarant",
        request,
        when="otherwise: what was received is a request",
        why="UCC articles 173 and 174",
    ),
    _row(
        "03",
        "REJ",
        "rejected",
        "`clearance.reject`, with the errors",
        reject,
        when="not accepted",
        applies=is_not_accepted,
        why="UCC articles 162 and 172",
    ),
    _row(
        "03",
        "REJ",
        "rejected",
        "`clearance.decide`, rejected; before it `clearance.request` by the declarant where none is open",
        reject_request,
        when="accepted: the later request is rejected, not the declaration",
    ),
    _row("05", "CTL", "physical control", "`clearance.control`, physical", control, why="UCC article 188"),
    _row("06", "DOC", "documents required", "`clearance.control`, documents", control, why="UCC article 188"),
    _row(
        "07",
        "RES",
        "amended by customs",
        "`clearance.amend`, carrying out the granted amendment where there is one",
        amend,
        why="UCC articles 173 and 191",
    ),
    _row(
        "08",
        "ROG",
        "released",
        "`clearance.conclude` for every open control, `clearance.release`",
        release,
        why="UCC articles 191 and 194",
    ),
    _row(
        "09",
        "CLE",
        "cleared",
        "what 08 does unless it is released, `clearance.clear`",
        clear,
        why="UNECE Recommendation 24, status 12",
    ),
    _row("10", "INV", "invalidated", "`clearance.invalidate`", invalidate, why="UCC article 174"),
    _row(
        "11",
        "REQ",
        "answer to a request",
        "`clearance.decide`: 39 granted, 41 denied",
        decide,
        why="UCC article 22",
    ),
    _row(
        "13",
        "TAX",
        "debt",
        "`clearance.assess`, debt: the declaration stays as it is, even when this comes first",
        notice("debt"),
        why="UCC articles 101 and 102",
    ),
    _row(
        "14",
        "CPI",
        "insufficient balance",
        "`clearance.assess`, insufficient balance",
        notice("insufficient_balance"),
        why="UCC article 102",
    ),
    _row(
        "15",
        "CPR",
        "payment reminder",
        "`clearance.assess`, payment reminder",
        notice("payment_reminder"),
        why="UCC article 102",
    ),
    _row(
        "16",
        "EOG",
        "exited",
        "`clearance.exit` by the office of exit",
        leave,
        why="UCC implementing regulation articles 333 and 334",
    ),
    _row("17", "EXT", "handled externally", "none: it informs", nothing),
    _row("18", "GER", "exit results awaited", "none: it informs", nothing),
    _row("50", "ALV", "a notice without effect here", "none: it informs", nothing),
    _row("51", "QRY", "query", "`clearance.query`", ask, why="UCC article 188(b)"),
    _row("52", "DET", "detained", "`clearance.hold`", detain, why="UCC article 198"),
)
"""Every row; the first one that applies to a code is taken."""
