"""Exercise: your first bill, from its issue to a proof that needs no node."""

from __future__ import annotations

import json

from cli.contents import bill_package
from cli.files import read_bls_secret, write_new
from cli.lab.ground import Ground, Missing
from cli.lab.model import Exercise, Facts, Step
from cli.lab.running import RUN
from cli.story_cast import BUYER, BUYER_ORG, CARRIER, FORWARDER
from cli.story_papers import prepare_papers
from contracts.bill.model import Bill
from ledger.errors import LedgerError
from ledger.evidence import GenesisAnchor, VerificationFailed, verify_evidence

EVIDENCE = "my-bill.evidence.json"


def prepare(ground: Ground) -> Facts:
    """A transport document that nobody has issued yet."""
    papers = prepare_papers(RUN)
    document = json.dumps(papers.bill, ensure_ascii=False, indent=2)
    write_new(ground.papers / "bill.json", document.encode())
    secret = read_bls_secret(ground.network / "members" / CARRIER.partition("/")[0] / "numbering.key")
    return {
        "number": papers.number,
        "bill": bill_package(papers.bill, secret).subject,
        "evidence": EVIDENCE,
        "carrier": CARRIER,
        "forwarder": FORWARDER,
        "buyer": BUYER,
    }


def _bill(ground: Ground) -> Bill:
    found = ground.record(CARRIER, ground.facts["bill"], Bill)
    if found is None:
        raise Missing("bill_not_issued", number=ground.facts["number"])
    return found


def issued(ground: Ground) -> None:
    """The bill is on the ledger."""
    _bill(ground)


def offered(ground: Ground) -> None:
    """It is offered to the buyer, or the buyer has it."""
    bill = _bill(ground)
    if bill.possessor == BUYER_ORG:
        return
    if bill.offer is None:
        raise Missing("bill_not_offered", number=ground.facts["number"])
    if bill.offer.to != BUYER_ORG:
        raise Missing("bill_offered_elsewhere", number=ground.facts["number"], to=bill.offer.to)


def accepted(ground: Ground) -> None:
    """The buyer possesses it."""
    bill = _bill(ground)
    if bill.possessor != BUYER_ORG:
        raise Missing("bill_not_accepted", number=ground.facts["number"], possessor=bill.possessor or "-")


def proven(ground: Ground) -> None:
    """With every node stopped, the saved evidence proves that the buyer possesses the bill."""
    path = ground.papers / EVIDENCE
    if not path.is_file():
        raise Missing("no_evidence", file=path)
    if ground.running():
        raise Missing("still_running", running=", ".join(ground.running()))
    try:
        report = verify_evidence(path.read_bytes(), GenesisAnchor.of(ground.genesis))
    except (VerificationFailed, LedgerError) as error:
        raise Missing("evidence_bad", file=path, why=error) from error
    record = report.record or {}
    if report.subject != ground.facts["bill"] or record.get("possessor") != BUYER_ORG:
        raise Missing("evidence_other", file=path, number=ground.facts["number"])


EXERCISE = Exercise(
    id="first-bill",
    minutes=10,
    prepare=prepare,
    steps=(
        Step(
            id="issue",
            commands=(
                "sealane network status {network}",
                "sealane bill issue {papers}/bill.json --to landbridge-forwarding "
                "--titleholder red-river-imports --as {carrier}{net}",
            ),
            check=issued,
        ),
        Step(
            id="offer",
            commands=(
                "sealane bill show {number} --as {forwarder}{net}",
                "sealane bill transfer {number} --to red-river-imports --as {forwarder}{net}",
            ),
            check=offered,
        ),
        Step(
            id="accept",
            commands=(
                "sealane bill accept {number} --yes --as {buyer}{net}",
                "sealane bill history {number} --as {buyer}{net}",
            ),
            check=accepted,
        ),
        Step(
            id="prove",
            commands=(
                "sealane evidence get {number} -o {papers}/{evidence} --contents --as {buyer}{net}",
                "sealane network down {network}",
                "sealane verify {papers}/{evidence} --genesis {network}/genesis.json",
            ),
            check=proven,
        ),
    ),
)
