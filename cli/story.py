"""The corridor story: a bill of lading from Qinzhou to the gate in Hai Phong, and what can go wrong.

`CHAPTERS` is the script. Each step is one function whose docstring is the
sentence that introduces it; what happens is told as it happens by the stage.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cli.acting import perform
from cli.contents import plain_package, store
from cli.errors import CliError
from cli.issuing import Issued, Parties, accept_offer, examine_offer, issue_bill
from cli.lodging import Offices, lodge_declaration
from cli.masses import declare_mass, mass_by_hand
from cli.movement_group import event_fields, size_fields
from cli.notes import new_note
from cli.story_cast import (
    BUYER,
    BUYER_ORG,
    CARRIER,
    FORWARDER,
    HAIPHONG,
    PORT,
    QINZHOU,
    TERMINAL,
    TERMINAL_ORG,
)
from cli.story_failure import kill, restart, signs_again
from cli.story_papers import another_version
from cli.story_proof import keep_evidence, refuse_tampered
from cli.story_race import race
from cli.story_stage import Stage, StoryFailed
from contracts.model import container_key, id_of, mandate_key

DAY_MS = 86_400_000


def issue(stage: Stage) -> None:
    """Coral Line issues a straight bill: by rail from Chongqing to Qinzhou, by sea to Hai Phong."""
    number = stage.papers.number

    def action() -> dict[str, Any]:
        issued = _issue(stage, stage.papers.bill)
        if issued.result is None:
            raise StoryFailed(f"{number} was issued before")
        stage.things.bill = issued.package.subject
        openings = issued.package.containers.items()
        stage.things.containers = {box: container_key(opening.id) for box, opening in openings}
        return issued.result

    stage.done(CARRIER, f"issues {number} to Landbridge Forwarding, for Red River Imports", action)


def issue_again(stage: Stage) -> None:
    """The same number cannot be issued twice: the ledger holds one bill for it, for ever."""
    forged = another_version(stage.papers.bill)
    stage.refused(
        CARRIER,
        f"issues {stage.papers.number} again, for other goods",
        "record.exists",
        lambda: _issue(stage, forged),
    )


def _issue(stage: Stage, document: dict[str, Any]) -> Issued:
    parties = Parties(
        to="landbridge-forwarding",
        titleholder=BUYER_ORG,
        shipper="landbridge-forwarding",
        others=("beibu-gulf-port", TERMINAL_ORG),
    )
    return issue_bill(stage.client(CARRIER), document, stage.numbering_secret(CARRIER), parties)


def declare_export(stage: Stage) -> None:
    """The forwarder declares the goods for export; Qinzhou Customs accept the declaration."""
    stage.things.export = _lodge(stage, stage.papers.export, "qinzhou-customs")
    stage.act(QINZHOU, "clearance.accept", stage.things.export, {}, "accepts it")


def _lodge(stage: Stage, declaration: dict[str, Any], office: str, principal: str | None = None) -> str:
    key = ""

    def action() -> dict[str, Any]:
        nonlocal key
        lodged = lodge_declaration(
            stage.client(FORWARDER, principal=principal),
            declaration,
            Offices(office=office),
            bills=[stage.things.bill],
        )
        key = lodged.package.subject
        return lodged.result

    number = declaration["local_reference_number"]
    whose = f" for {stage.name(principal)}" if principal else ""
    stage.done(FORWARDER, f"lodges {number} with {stage.name(office)}{whose}", action)
    return key


def add_invoice(stage: Stage) -> None:
    """The seller's invoice is registered with the bill; customs concerned may read it, others may not."""

    def action() -> dict[str, Any]:
        client = stage.client(FORWARDER)
        package = plain_package("document", stage.papers.invoice)
        store(client, package)
        fields = {
            "type": "invoice",
            "contents": package.commitment().hex(),
            "bills": [id_of(stage.things.bill)],
            "readers": [BUYER_ORG],
        }
        return perform(client, "document.register", package.subject, fields, version=0)

    stage.done(FORWARDER, "registers the invoice", action)


def enter_port(stage: Stage) -> None:
    """The boxes come off the train and enter Beibu Gulf Port."""
    sentence = "records that {} enters the port for export"
    _move(stage, PORT, "gate_in", "CNQZH", "export", sentence, size="22G1")


def load_too_early(stage: Stage) -> None:
    """Nothing is loaded for export before customs release it."""
    box, key = next(iter(stage.things.containers.items()))
    fields = event_fields("load", "CNQZH", None, None)
    stage.refused(
        PORT,
        f"records that {box} is loaded",
        "linkage.not-released",
        lambda: perform(stage.client(PORT), "movement.record", key, fields),
    )


def weigh(stage: Stage) -> None:
    """No ship may load a packed container whose gross mass nobody verified (SOLAS VI/2)."""

    def put_on_scales(key: str, mass: dict[str, Any]) -> dict[str, Any]:
        return declare_mass(stage.client(PORT), key, mass, [CARRIER.partition("/")[0]])

    for box, key in stage.things.containers.items():
        mass = mass_by_hand(box, 24_310, "SM1")
        sentence = f"weighs {box} and declares its verified gross mass"
        stage.done(PORT, sentence, partial(put_on_scales, key, mass))


def release_export(stage: Stage) -> None:
    """Qinzhou Customs release the goods for export, and the boxes are loaded."""
    stage.act(QINZHOU, "clearance.release", stage.things.export, {}, "releases the goods for export")
    _move(stage, PORT, "load", "CNQZH", None, "records that {} is loaded on BEIBU HARMONY")


def _move(
    stage: Stage,
    who: str,
    event: str,
    at: str,
    purpose: str | None,
    sentence: str,
    *,
    size: str | None = None,
) -> None:
    for box, key in stage.things.containers.items():
        fields = event_fields(event, at, purpose, None) | size_fields(size)
        stage.act(who, "movement.record", key, fields, sentence.format(box))


def accept(stage: Stage) -> None:
    """Before accepting, the buyer's node fetches the contents and checks them against the ledger."""
    offered = examine_offer(stage.client(BUYER), stage.things.bill)
    goods = "; ".join(offered.summary.goods_descriptions)
    stage.tell(f"Red River Imports reads: {goods}", "the contents are what the ledger commits to")
    stage.done(BUYER, "accepts the bill and possesses it", lambda: accept_offer(stage.client(BUYER), offered))


def arrive(stage: Stage) -> None:
    """The vessel arrives in Hai Phong."""
    _move(stage, TERMINAL, "discharge", "VNHPH", None, "records that {} is discharged")


def declare_import(stage: Stage) -> None:
    """The forwarder declares the import in the buyer's name; Hai Phong Customs ask, hear, and release."""
    stage.act(
        BUYER,
        "mandate.grant",
        mandate_key(BUYER_ORG, FORWARDER.partition("/")[0]),
        {
            "power": {
                "acts": ["clearance.lodge", "clearance.answer"],
                "offices": ["haiphong-customs"],
                "until_ms": int(stage.client(BUYER).status()["time_ms"]) + DAY_MS,
            }
        },
        "lets the forwarder lodge and answer in Hai Phong for a day",
    )
    stage.things.import_ = key = _lodge(stage, stage.papers.import_, "haiphong-customs", BUYER_ORG)
    stage.act(HAIPHONG, "clearance.accept", key, {}, "accepts it")
    question, answer = new_note("Which invoice states the value?"), new_note("The invoice with the bill.")
    fields = {"query": "value", "question": question.commitment}
    stage.act(HAIPHONG, "clearance.query", key, fields, "asks which invoice states the value")
    fields = {"query": "value", "answer": answer.commitment}
    stage.act(FORWARDER, "clearance.answer", key, fields, "answers for the buyer", principal=BUYER_ORG)
    stage.act(HAIPHONG, "clearance.release", key, {}, "releases the goods")


def hold(stage: Stage) -> None:
    """A tip arrives. A hold can be placed after release too, until the boxes have left."""
    fields = {"hold": "scan", "reason": "inspection"}
    stage.act(HAIPHONG, "clearance.hold", stage.things.import_, fields, "holds the goods for a scan")
    _gate_out_refused(stage, "linkage.hold-open")
    stage.act(HAIPHONG, "clearance.lift", stage.things.import_, {"hold": "scan"}, "lifts the hold")


def gate_without_bill(stage: Stage) -> None:
    """Released goods still stay until the carrier has the bill back."""
    _gate_out_refused(stage, "linkage.not-surrendered")


def _gate_out_refused(stage: Stage, code: str) -> None:
    box, key = next(iter(stage.things.containers.items()))
    fields = event_fields("gate_out", "VNHPH", "import", None)
    stage.refused(
        TERMINAL,
        f"opens the gate for {box}",
        code,
        lambda: perform(stage.client(TERMINAL), "movement.record", key, fields),
    )


def leave(stage: Stage) -> None:
    """Bill surrendered, goods released, no hold: the gate opens."""
    _move(stage, TERMINAL, "gate_out", "VNHPH", "import", "records that {} leaves by the gate")


def prove(stage: Stage) -> None:
    """Anyone can check the outcome offline. Evidence is saved, verified, and then tampered with."""
    keep_evidence(stage, BUYER, "bill", stage.things.bill, contents=True)
    keep_evidence(stage, BUYER, "import-declaration", stage.things.import_)
    keep_evidence(stage, TERMINAL, "container", next(iter(stage.things.containers.values())))
    refuse_tampered(stage, "bill")


CHAPTERS: tuple[tuple[str, tuple[Callable[[Stage], None], ...]], ...] = (
    ("A bill in Qinzhou", (issue, issue_again)),
    ("Export", (declare_export, add_invoice, enter_port, weigh, load_too_early, release_export)),
    ("The bill changes hands", (race, accept)),
    ("Import in Hai Phong", (arrive, declare_import, hold, gate_without_bill)),
    ("A node fails", (kill, restart)),
    ("Delivery", (leave, signs_again)),
    ("Proof", (prove,)),
)
"""The whole story."""


def play(stage: Stage) -> None:
    """Play every chapter; raises `StoryFailed` as soon as something goes otherwise."""
    for place, (title, steps) in enumerate(CHAPTERS, start=1):
        stage.say(f"\n{stage.output.paint(f'{place}. {title}', 'bold')}")
        for step in steps:
            stage.say(f"\n  {step.__doc__}")
            try:
                step(stage)
            except StoryFailed:
                raise
            except CliError as error:
                raise StoryFailed(f"{step.__name__.replace('_', ' ')}: {error.what}", error.why) from error
