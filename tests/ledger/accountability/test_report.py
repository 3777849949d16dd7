"""The conflict report: made from evidence and votes, verified from itself and the reader's anchor alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ledger import canonical
from ledger.accountability import ConflictReport, Offence, Proof, check_report, find_conflict, make_report
from ledger.block import Block, header_id
from ledger.errors import EncodingError, EvidenceError, LedgerError
from ledger.evidence import CheckpointAnchor, CheckpointHeader, GenesisAnchor, SealedHeader, SetChange
from ledger.evidence.anchor import Anchor
from ledger.primitives import encode_base64url
from tests.ledger.accountability.forks import Fork
from tests.ledger.builder import Chain, make_genesis

FORK = Fork()
HONEST_V, HONEST_W = [0, 2, 3], [1, 2, 3]
POLKAS = (FORK.polka(0, "V", HONEST_V), FORK.polka(1, "W", HONEST_W))


def amnesia(fork: Fork = FORK) -> ConflictReport:
    return make_report(
        fork.proof(0, "V", HONEST_V), fork.proof(1, "W", HONEST_W), [fork.record(*POLKAS)], fork.anchor
    )


def test_a_report_names_the_guilty_and_stands_by_itself() -> None:
    report = amnesia()
    assert (report.height, report.at_least, report.guilty) == (2, 2, ("gamma", "delta"))
    assert [c.offence for c in report.charges] == [Offence.AMNESIA]
    assert report.complete
    assert not report.missing
    only_the_hash = GenesisAnchor(network=FORK.chain.network)
    assert check_report(canonical.encode(report), only_the_hash) == report


def test_the_order_of_files_does_not_matter() -> None:
    one, other = FORK.proof(0, "V", HONEST_V), FORK.proof(1, "W", HONEST_W)
    records = [FORK.record(POLKAS[1]), FORK.record(POLKAS[0], POLKAS[1])]
    assert make_report(other, one, records, FORK.anchor) == amnesia()


def test_a_report_that_lacks_votes_is_a_report_too() -> None:
    report = make_report(FORK.proof(0, "V", HONEST_V), FORK.proof(1, "W", HONEST_W), [], FORK.anchor)
    assert not report.complete
    assert report.guilty == ()
    assert [(m.round, m.block_id) for m in report.missing] == [(1, FORK.block_id("W"))]
    assert check_report(canonical.encode(report), FORK.anchor) == report


def test_votes_of_other_heights_and_sets_are_left_aside() -> None:
    _, record = FORK.record(*POLKAS)
    elsewhere = [
        ("a", msgspec.structs.replace(record, height=3)),
        ("b", msgspec.structs.replace(record, validators="11" * 32)),
    ]
    report = make_report(FORK.proof(0, "V", HONEST_V), FORK.proof(1, "W", HONEST_W), elsewhere, FORK.anchor)
    assert not report.complete


def test_agreement_is_no_conflict() -> None:
    one = FORK.proof(0, "V", HONEST_V)
    with pytest.raises(EvidenceError, match="every height that both show"):
        find_conflict(one, FORK.proof(1, "V", HONEST_W))
    with pytest.raises(EvidenceError, match="no height"):
        find_conflict(one, Proof(headers=()))


@pytest.mark.parametrize(
    "name",
    [
        "a seal without a quorum",
        "a seal on another block",
        "a header of another network",
        "a vote that was not cast",
        "a polka under another block",
    ],
)
def test_what_does_not_verify_makes_no_report(name: str) -> None:
    good, other, polkas = FORK.proof(0, "V", HONEST_V), FORK.proof(1, "W", HONEST_W), list(POLKAS)
    if name == "a seal without a quorum":
        other = FORK.proof(1, "W", [2, 3])
    elif name == "a seal on another block":
        (item,) = other.headers
        other = Proof(headers=(SealedHeader(header=FORK.headers["X"], seal=item.seal),))
    elif name == "a header of another network":
        strangers = Fork()
        strangers.headers["W"] = msgspec.structs.replace(strangers.headers["W"], network="22" * 32)
        other = strangers.proof(1, "W", HONEST_W)
    elif name == "a vote that was not cast":
        polkas[1] = msgspec.structs.replace(polkas[1], signers="Dw")
    else:
        polkas[1] = msgspec.structs.replace(polkas[1], block_id=FORK.block_id("X"))
    with pytest.raises(LedgerError) as refused:
        make_report(good, other, [FORK.record(*polkas)], FORK.anchor)
    expected = {
        "a seal without a quorum": "seal.signers",
        "a vote that was not cast": "witness:1",
        "a polka under another block": "witness:1",
    }
    assert refused.value.field.startswith(expected.get(name, "blocks.1"))


Change = Callable[[dict[str, Any]], object]


def _give(name: str, value: object) -> Change:
    return lambda report: report.update({name: value})


def _of_charge(name: str, value: object) -> Change:
    return lambda report: report["charges"][0].update({name: value})


def _of_second(name: str, value: object) -> Change:
    return lambda report: report["charges"][0]["second"].update({name: value})


TAMPERED: list[tuple[str, Change, str]] = [
    ("an honest validator among the guilty", _give("guilty", ["beta", "gamma", "delta"]), "guilty"),
    ("a guilty one left out", _give("guilty", ["gamma"]), "guilty"),
    ("an honest one in a charge", _of_charge("guilty", ["beta", "gamma", "delta"]), "charges.0.guilty"),
    ("another offence", _of_charge("offence", "two-prevotes"), "charges.0.offence"),
    ("a vote for another block", _of_second("block_id", FORK.block_id("X")), "charges.0.signature"),
    ("a vote in another round", _of_second("round", 2), "charges.0.signature"),
    ("more signers", _of_second("signers", encode_base64url(b"\x0f")), "charges.0.guilty"),
    ("another signature", _of_second("signature", POLKAS[0].signature), "charges.0.signature"),
    ("no charges", lambda r: r.pop("charges"), "guilty"),
    ("one is enough", _give("at_least", 1), "at_least"),
    ("one block twice", lambda r: r["blocks"].__setitem__(1, r["blocks"][0]), "blocks"),
    ("the blocks in another order", lambda r: r["blocks"].reverse(), "blocks"),
    ("another height", _give("height", 3), "blocks.0"),
    ("another network", _give("network", "00" * 32), "network"),
    ("a later version", _give("version", 2), "version"),
    ("another format", _give("format", "sealane-evidence"), "format"),
    ("no seal", lambda r: r["blocks"][0].pop("seal"), "blocks.0"),
    ("something missing after all", _give("missing", [{"block_id": "11" * 32, "round": 1}]), "missing"),
    ("an unknown field", _give("note", "trust me"), ""),
]


@pytest.mark.parametrize(("name", "change", "field"), TAMPERED, ids=[case[0] for case in TAMPERED])
def test_a_tampered_report_is_refused(name: str, change: Change, field: str) -> None:
    value = json.loads(canonical.encode(amnesia()))
    change(value)
    with pytest.raises(LedgerError) as refused:
        check_report(canonical.encode(value), FORK.anchor)
    assert refused.value.field == field, name


def test_a_report_has_one_spelling() -> None:
    with pytest.raises(EncodingError):
        check_report(canonical.encode(amnesia()) + b"\n", FORK.anchor)


def test_trust_never_comes_from_the_report() -> None:
    strangers = Chain(genesis=make_genesis(("eve", "mallory", "trudy", "oscar")))
    with pytest.raises(EvidenceError) as refused:
        check_report(canonical.encode(amnesia()), GenesisAnchor.of(strangers.genesis))
    assert refused.value.field == "network"


# ----- after a change of the validator set -----------------------------------

SECOND = ("beta", "gamma", "delta", "epsilon")
MOVED = Fork(successors=SECOND)


def moved() -> ConflictReport:
    polkas = MOVED.polka(0, "V", HONEST_V), MOVED.polka(1, "W", HONEST_W)
    one, other = MOVED.proof(0, "V", HONEST_V), MOVED.proof(1, "W", HONEST_W)
    return make_report(one, other, [MOVED.record(*polkas)], MOVED.anchor)


def test_the_set_of_the_height_is_proven_from_the_genesis() -> None:
    report = moved()
    assert report.height == 3
    assert report.guilty == ("delta", "epsilon")
    assert check_report(canonical.encode(report), MOVED.anchor) == report


def test_without_its_set_changes_a_report_proves_nothing() -> None:
    report = msgspec.structs.replace(moved(), set_changes=())
    with pytest.raises(EvidenceError, match="another validator set"):
        check_report(canonical.encode(report), MOVED.anchor)


def test_a_change_after_the_height_has_no_place_in_it() -> None:
    (change,) = moved().set_changes
    later = msgspec.structs.replace(change.header, height=3)
    late = msgspec.structs.replace(moved(), set_changes=(msgspec.structs.replace(change, header=later),))
    with pytest.raises(EvidenceError) as refused:
        check_report(canonical.encode(late), MOVED.anchor)
    assert refused.value.field == "set_changes"


def test_a_reader_may_trust_the_block_that_handed_over() -> None:
    (change,) = MOVED.set_changes
    checkpoint = CheckpointHeader(header=change.header, validators=change.validators)
    sides = [
        Proof(headers=MOVED.proof(*side).headers, checkpoint=checkpoint)
        for side in ((1, "V", HONEST_V), (1, "W", HONEST_W))
    ]
    anchor: Anchor = CheckpointAnchor(height=2, block_id=header_id(change.header))
    report = make_report(sides[0], sides[1], [], anchor)
    assert report.guilty == ("delta", "epsilon")
    assert report.charges[0].offence is Offence.TWO_PRECOMMITS
    assert check_report(canonical.encode(report), anchor) == report


def test_a_fork_at_the_change_of_the_set_is_found_first() -> None:
    """The two sides have different sets at height 3, since block 2 was sealed twice: that is the conflict."""
    (change,) = MOVED.set_changes
    founders = Fork()
    other = msgspec.structs.replace(change.header, time_ms=change.header.time_ms + 1)
    block = Block(header=other, entries=(), parent_seal=None)
    seal = MOVED.chain.seal_as(block, founders.place.validators, ("beta", "gamma", "delta"))
    theirs = Proof(
        headers=(), set_changes=(SetChange(header=other, seal=seal, validators=change.validators),)
    )
    report = make_report(MOVED.proof(0, "V", HONEST_V), theirs, [], MOVED.anchor)
    assert report.height == 2
    assert report.set_changes == ()
    assert report.guilty == ("beta", "gamma")
    assert report.charges[0].offence is Offence.TWO_PRECOMMITS
