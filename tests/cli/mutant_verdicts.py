"""What has to become of every mutant of a published scenario, and by which rule.

The first row that fits a mutant decides. A refusal is a code; a permission names the
states in which the mutant may end and cites why it is no breach. A mutant that no row
fits has no verdict, which fails the test: nothing is permitted by default.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.cli.mutants import ALLOWED, Mutant

SAME = "the published end"

TAX = ("13", "14", "15")
EVERY = ("01", "02", "03", "05", "06", "07", "08", "09", "10", "11", *TAX, "16", "51", "52")
WITH_TAX = tuple(f"13 {code}" for code in EVERY) + tuple(f"{code} 13" for code in EVERY)
INFORMING = ("17", "18", "50")
FINAL = ("exited", "invalidated", "rejected")
BEFORE = ("prelodged", "prelodged, numbered")
OPEN = ("accepted", "under_document_control", "under_physical_control")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One row."""

    how: str
    what: tuple[str, ...]
    when: tuple[str, ...]
    only: tuple[str, ...] = ()
    """Names of scenarios, where the others end otherwise."""
    refused: str = ""
    """Code of the refusal."""
    ends: tuple[str, ...] = ()
    """States in which it may end, when it is permitted."""
    why: str
    """The rule."""

    def fits(self, mutant: Mutant) -> bool:
        return (
            self.how == mutant.how
            and mutant.what in self.what
            and mutant.when in self.when
            and (not self.only or mutant.scenario.name in self.only)
        )

    def agrees(self, outcome: str, published_end: str) -> bool:
        if self.refused:
            return outcome == self.refused
        ends = tuple(published_end if end == SAME else end for end in self.ends)
        return outcome in tuple(f"{ALLOWED}: {end}" for end in ends)


def refused(
    how: str, what: str | tuple[str, ...], when: str | tuple[str, ...], code: str, why: str, only: str = ""
) -> Verdict:
    return Verdict(
        how=how,
        what=(what,) if isinstance(what, str) else what,
        when=(when,) if isinstance(when, str) else when,
        only=tuple(only.split()),
        refused=code,
        why=why,
    )


def permitted(
    how: str,
    what: str | tuple[str, ...],
    when: str | tuple[str, ...],
    ends: str | tuple[str, ...],
    why: str,
    only: str = "",
) -> Verdict:
    return Verdict(
        how=how,
        what=(what,) if isinstance(what, str) else what,
        when=(when,) if isinstance(when, str) else when,
        only=tuple(only.split()),
        ends=(ends,) if isinstance(ends, str) else ends,
        why=why,
    )


ANNOTATES = "tax annotates and is no state; UCC 101 to 105: the debt is told when it is known"
BREAKS_OFF = "nothing that follows rests on the step: the story breaks off where customs have not gone on"
LATE_REQUEST = "UCC 173(3) and 174(2): requests after release exist, whatever the answer"
NOT_LODGED = "what was not lodged cannot be accepted"
OVER = "final states are final"

LODGING = (refused("lodge", "nothing", BEFORE, "record.absent", NOT_LODGED),)

DROPPED = (
    permitted(
        "drop",
        "01",
        BEFORE,
        "prelodged",
        "UCC 101: debts may be told before acceptance; " + BREAKS_OFF,
        only="TT_FI001b TT_IM202a",
    ),
    refused(
        "drop",
        "01",
        BEFORE,
        "clearance.no-request",
        "a receipt before acceptance is of the declaration",
        only="TT_IM008b TT_IM033b",
    ),
    refused(
        "drop",
        "01",
        BEFORE,
        "clearance.no-grant",
        "UCC 191: customs correct what they accepted",
        only="TT_EX011a TT_EX038a",
    ),
    refused("drop", "01", BEFORE, "record.wrong-state", "UCC 172: only what is accepted goes on"),
    refused(
        "drop",
        "02",
        BEFORE,
        "clearance.not-presented",
        "UCC 172(1): no other message says the goods came",
        only="TT_IM202a",
    ),
    permitted("drop", "02", BEFORE, SAME, "UCC 172: acceptance, or the presentation itself, says as much"),
    refused("drop", "02", (*OPEN, "cleared"), "clearance.no-request", "an answer needs a question"),
    permitted("drop", "03", "prelodged", "prelodged", BREAKS_OFF),
    permitted("drop", "03", "cleared", SAME, "it rejects a later request, not the declaration"),
    permitted("drop", ("05", "06"), OPEN, SAME, "UCC 188: customs choose whether to examine"),
    permitted(
        "drop",
        "07",
        "accepted",
        SAME,
        "UCC 191: correcting of their own accord is up to customs",
        only="TT_EX011a TT_EX038a",
    ),
    refused("drop", "07", OPEN, "clearance.grant-due", "what is granted is carried out before release"),
    permitted("drop", "08", "accepted", SAME, "UNECE 24/12: what is cleared is released with it"),
    refused(
        "drop",
        "09",
        "accepted",
        "record.wrong-state",
        "UCC 267: only released goods leave",
        only="TT_EX011a TT_EX038a",
    ),
    permitted(
        "drop",
        "09",
        "accepted",
        "invalidated",
        "UCC 174(1): a granted cancellation before release",
        only="TT_EX010a",
    ),
    permitted("drop", "09", ("accepted", "under_physical_control"), OPEN, BREAKS_OFF),
    permitted("drop", "09", "released", "released", BREAKS_OFF),
    permitted("drop", "10", "cleared", "cleared", BREAKS_OFF),
    refused("drop", "11", OPEN, "clearance.request-open", "UCC 22: requests are answered before release"),
    refused("drop", "11", "cleared", "clearance.no-grant", "UCC 174(2): after release only as granted"),
    permitted("drop", TAX, (*BEFORE, *OPEN, "released"), SAME, ANNOTATES),
    permitted("drop", "16", "cleared", "cleared", BREAKS_OFF),
)

SWAPPED = (
    refused("swap", "01 07", BEFORE, "clearance.no-grant", "UCC 191: customs correct what they accepted"),
    refused("swap", "01 09", BEFORE, "record.wrong-state", "UCC 194: what is not accepted is not released"),
    refused(
        "swap",
        "02 01",
        BEFORE,
        "clearance.request-open",
        "a receipt after acceptance is of a request",
    ),
    refused("swap", "02 11", (*OPEN, "cleared"), "clearance.no-request", "an answer follows its question"),
    permitted("swap", "05 02", OPEN, SAME, "UCC 173(2)(a): a request before the examination is told"),
    permitted("swap", "06 05", OPEN, SAME, "UCC 188: controls come in any order"),
    refused(
        "swap",
        "07 09",
        "accepted",
        "clearance.no-grant",
        "UCC 173(3): after release only as granted",
        only="TT_EX011a TT_EX038a",
    ),
    refused("swap", "07 09", OPEN, "clearance.grant-due", "what is granted is carried out before release"),
    refused(
        "swap", "09 02", "accepted", "clearance.request-open", "UCC 22: requests are answered before release"
    ),
    permitted("swap", "09 03", "accepted", SAME, "UCC 22(2): unfit requests may come before release"),
    refused("swap", "09 16", "accepted", "record.wrong-state", "UCC 267: only released goods leave"),
    refused("swap", "11 10", "cleared", "clearance.no-grant", "UCC 174(2): after release only as granted"),
    permitted("swap", WITH_TAX, (*BEFORE, *OPEN, "released"), SAME, ANNOTATES),
)

WRONG = (
    refused(
        "wrong",
        "01",
        BEFORE,
        "clearance.not-presenter",
        "the goods are presented by who has them",
        only="TT_EX011a TT_EX038a TT_IM183a",
    ),
    refused("wrong", "02", "prelodged", "clearance.not-office", "its own office gives the number"),
    refused("wrong", "02", "prelodged, numbered", "clearance.not-presenter", "as above"),
    refused("wrong", "02", (*OPEN, "cleared"), "clearance.not-declarant", "UCC 173: the declarant asks"),
    refused("wrong", "03", "cleared", "clearance.not-declarant", "the request that it rejects is another's"),
    refused("wrong", "16", "cleared", "clearance.not-exit-office", "UCC-IA 333: the office of exit confirms"),
    refused(
        "wrong",
        ("01", "03", "05", "06", "07", "08", "09", "10", "11", *TAX),
        (*BEFORE, *OPEN, "released", "cleared"),
        "clearance.not-office",
        "UCC 159: the competent office acts",
    ),
)

ADDED = (
    permitted("add", INFORMING, (*OPEN, *FINAL, "cleared"), SAME, "it informs and comes to no act"),
    refused("add", "16", "rejected", "clearance.not-export", OVER),
    refused("add", EVERY, FINAL, "record.wrong-state", OVER),
    permitted("add", ("02", "03"), ("accepted", "cleared"), SAME, LATE_REQUEST),
    permitted("add", TAX, ("accepted", "cleared"), SAME, ANNOTATES),
    permitted("add", "52", ("accepted", "cleared"), SAME, "UCC 198: goods are detained until they have left"),
    permitted("add", "05", "accepted", "under_physical_control", "UCC 188: examined until released"),
    permitted("add", "06", "accepted", "under_document_control", "UCC 188: examined until released"),
    permitted("add", "07", "accepted", SAME, "UCC 191: customs correct until they release"),
    permitted("add", "08", "accepted", "released", "UCC 194: the accepted is released"),
    permitted("add", "09", "accepted", "cleared", "UCC 194: the accepted is released, and cleared with it"),
    permitted("add", "10", "accepted", "invalidated", "UCC 174(1)"),
    permitted("add", "51", "accepted", "queried", "UCC 188(b)"),
    refused("add", "01", ("accepted", "cleared"), "record.wrong-state", "accepted once"),
    refused(
        "add",
        ("05", "06", "08", "09", "51"),
        "cleared",
        "record.wrong-state",
        "UCC 194: nothing is released again",
    ),
    refused("add", "07", "cleared", "clearance.no-grant", "UCC 173(3): after release only as granted"),
    refused("add", "10", "cleared", "clearance.no-grant", "UCC 174(2): after release only as granted"),
    refused("add", "11", ("accepted", "cleared"), "clearance.no-request", "an answer needs a question"),
    permitted("add", "16", "cleared", "exited", "UCC-IA 333: released goods leave", only="TT_EX025a"),
    refused("add", "16", ("accepted", "cleared"), "clearance.not-export", "only exports exit"),
)

VERDICTS = (*LODGING, *DROPPED, *SWAPPED, *WRONG, *ADDED)


def verdict_on(mutant: Mutant) -> Verdict | None:
    """The row that decides, or None when no row does."""
    return next((row for row in VERDICTS if row.fits(mutant)), None)
