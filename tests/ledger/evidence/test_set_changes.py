"""Validator sets that change: each is believed because the set before it sealed the change."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from ledger.block import header_id
from ledger.bls import backend
from ledger.errors import EvidenceError
from ledger.evidence import (
    CheckpointAnchor,
    CheckpointHeader,
    Evidence,
    GenesisAnchor,
    Handover,
    Outcome,
    ProvenEntry,
    Report,
    SealedHeader,
    encode_evidence,
    verify_evidence,
)
from ledger.merkle import inclusion_path
from ledger.primitives import encode_base64url
from ledger.validators import Validator, ValidatorSet
from tests.ledger.builder import Chain, make_genesis, member_key, validator_set

SUBJECT = "bill/" + "ab" * 32
FOUNDERS = ("alpha", "beta", "gamma", "delta")
SECOND = validator_set(("beta", "gamma", "delta", "epsilon"))
THIRD = validator_set(("delta", "epsilon", "zeta", "eta", "theta"))


@pytest.fixture(scope="module")
def chain() -> Chain:
    """Founders seal 1 to 3, the second set 4 to 6, the third 7 and on. The entry is in block 8."""
    chain = Chain()
    chain.add(())
    chain.add((), appoint=SECOND)
    chain.add(())
    chain.add(())
    chain.add((), appoint=THIRD)
    chain.add(())
    chain.add(())
    chain.add((chain.statement("alpha/clerk", SUBJECT, "bill.issue", {"n": 1}),))
    chain.add(())
    return chain


def sealed(chain: Chain, height: int) -> SealedHeader:
    return SealedHeader(header=chain.blocks[height].header, seal=chain.seals[height])


def change(chain: Chain, height: int, validators: ValidatorSet) -> Handover:
    return chain.handover(height, validators)


def make(chain: Chain, **changes: Any) -> Evidence:
    path = inclusion_path(1, chain.blocks[8].header.log_size, chain.read_nodes)
    good = Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=SUBJECT,
        headers=(sealed(chain, 8),),
        entries=(
            ProvenEntry(
                statement=encode_base64url(chain.leaves[1]),
                key=member_key("alpha/clerk").public_key.text,
                index=1,
                height=8,
                path=tuple(node.hex() for node in path),
            ),
        ),
        set_changes=(change(chain, 3, SECOND), change(chain, 6, THIRD)),
    )
    return msgspec.structs.replace(good, **changes)


def failed(evidence: Evidence, anchor: Any) -> tuple[str, str]:
    with pytest.raises(EvidenceError) as failure:
        verify_evidence(encode_evidence(evidence), anchor)
    report = failure.value.report
    assert report is not None
    assert report.checks[-1].outcome is Outcome.FAILED
    return report.checks[-1].name, failure.value.field


def test_the_chain_is_as_described(chain: Chain) -> None:
    sets = [block.header.validators_hash for block in chain.blocks]
    founders = validator_set(FOUNDERS).hash.hex()
    assert sets == [founders] * 4 + [SECOND.hash.hex()] * 3 + [THIRD.hash.hex()] * 3


@pytest.mark.parametrize("name", ["arkworks", "reference"])
def test_two_changes_lead_to_the_third_set(chain: Chain, name: str) -> None:
    anchor = GenesisAnchor.of(chain.genesis)
    report = verify_evidence(encode_evidence(make(chain)), anchor, bls=backend(name))
    assert report.signers == ("delta", "epsilon", "zeta", "eta")
    assert report.checks[2].sentence.startswith("2 changes")
    assert "4 of 5 validators" in report.checks[3].sentence


def test_no_change_may_be_missing_moved_or_repeated(chain: Chain) -> None:
    anchor = GenesisAnchor.of(chain.genesis)
    first, second = change(chain, 3, SECOND), change(chain, 6, THIRD)
    assert failed(make(chain, set_changes=()), anchor) == ("seal", "headers.8")
    assert failed(make(chain, set_changes=(first,)), anchor) == ("seal", "headers.8")
    assert failed(make(chain, set_changes=(second,)), anchor) == ("validators", "set_changes.6")
    assert failed(make(chain, set_changes=(second, first)), anchor)[0] == "file"
    assert failed(make(chain, set_changes=(first, first, second)), anchor)[0] == "file"


def test_a_header_that_changes_nothing_is_no_change(chain: Chain) -> None:
    anchor = GenesisAnchor.of(chain.genesis)
    padding = change(chain, 4, SECOND)
    steps = (change(chain, 3, SECOND), padding, change(chain, 6, THIRD))
    assert failed(make(chain, set_changes=steps), anchor) == ("validators", "set_changes.4")


def with_last(seat: Validator) -> ValidatorSet:
    """The second set with another last seat."""
    return ValidatorSet(validators=(*SECOND.validators[:3], seat))


@pytest.mark.parametrize(
    "wrong",
    [
        THIRD,
        validator_set(FOUNDERS),
        validator_set(("gamma", "beta", "delta", "epsilon")),
        validator_set(("beta", "gamma", "delta")),
        validator_set(("mallory",)),
        ValidatorSet(validators=()),
        with_last(msgspec.structs.replace(SECOND.validators[3], bls_key="")),
        with_last(SECOND.validators[2]),
    ],
    ids=["later", "unchanged", "reordered", "smaller", "foreign", "empty", "without a key", "a seat twice"],
)
def test_only_the_set_that_was_committed_to(chain: Chain, wrong: ValidatorSet) -> None:
    steps = (change(chain, 3, wrong), change(chain, 6, THIRD))
    result = failed(make(chain, set_changes=steps), GenesisAnchor.of(chain.genesis))
    assert result == ("validators", "set_changes.3")


def test_a_set_does_not_seal_its_own_admission(chain: Chain) -> None:
    """The members of the second set sign header 3, in their own name and in the founders'."""
    anchor = GenesisAnchor.of(chain.genesis)
    block = chain.blocks[3]
    names = tuple(v.organisation for v in SECOND.validators)
    own = chain.seal_as(block, SECOND, names)
    founders = validator_set(FOUNDERS)
    borrowed = msgspec.structs.replace(chain.seal_as(block, founders, ("beta", "gamma")), signers="Bw")
    weak = chain.seal_as(block, founders, ("beta", "gamma"))
    for seal in (own, borrowed, weak):
        steps = (
            chain.handover(3, SECOND, seal=seal),
            change(chain, 6, THIRD),
        )
        assert failed(make(chain, set_changes=steps), anchor)[0] == "validators"


def test_a_forged_handover_needs_the_old_quorum(chain: Chain) -> None:
    """A header of the attacker's, naming the attacker's set, sealed by the attacker."""
    anchor = GenesisAnchor.of(chain.genesis)
    thieves = validator_set(("mallory", "trudy"))
    header = msgspec.structs.replace(
        chain.blocks[3].header,
        validators_hash=thieves.hash.hex(),
        next_validators_hash=validator_set(("mallory",)).hash.hex(),
    )
    block = msgspec.structs.replace(chain.blocks[3], header=header)
    for named in (thieves.hash.hex(), validator_set(FOUNDERS).hash.hex()):
        forged = msgspec.structs.replace(block, header=msgspec.structs.replace(header, validators_hash=named))
        seal = chain.seal_as(forged, thieves, ("mallory", "trudy"))
        steps = (chain.handover(3, validator_set(("mallory",)), header=forged.header, seal=seal),)
        assert failed(make(chain, set_changes=steps), anchor) == ("validators", "seal.signers")


def test_retired_validators_seal_nothing_later(chain: Chain) -> None:
    """All founders together sign header 8: their names lead nowhere, their keys are of no use."""
    founders = validator_set(FOUNDERS)
    header = msgspec.structs.replace(chain.blocks[8].header, validators_hash=founders.hash.hex())
    block = msgspec.structs.replace(chain.blocks[8], header=header)
    item = SealedHeader(header=header, seal=chain.seal_as(block, founders, FOUNDERS))
    assert failed(make(chain, headers=(item,)), GenesisAnchor.of(chain.genesis)) == ("seal", "headers.8")
    genuine = chain.seal_as(chain.blocks[8], founders, FOUNDERS)
    item = SealedHeader(header=chain.blocks[8].header, seal=genuine)
    assert failed(make(chain, headers=(item,)), GenesisAnchor.of(chain.genesis)) == ("seal", "signature")


def test_another_networks_change(chain: Chain) -> None:
    other = Chain(genesis=make_genesis(("alpha", "beta", "gamma", "delta", "omega")))
    other.add((), appoint=SECOND)
    other.add(())
    steps = (change(other, 2, SECOND), change(chain, 6, THIRD))
    result = failed(make(chain, set_changes=steps), GenesisAnchor.of(chain.genesis))
    assert result == ("validators", "set_changes.2")


def test_checkpoints_before_between_and_after_the_changes(chain: Chain) -> None:
    first, second = change(chain, 3, SECOND), change(chain, 6, THIRD)
    founders = validator_set(FOUNDERS)
    for height, validators, steps in (
        (1, founders, (first, second)),
        (2, founders, (first, second)),
        (3, SECOND, (second,)),
        (5, SECOND, (second,)),
        (6, THIRD, ()),
        (7, THIRD, ()),
    ):
        anchor = CheckpointAnchor(height=height, block_id=header_id(chain.blocks[height].header))
        checkpoint = CheckpointHeader(header=chain.blocks[height].header, validators=validators)
        verify_evidence(encode_evidence(make(chain, checkpoint=checkpoint, set_changes=steps)), anchor)
        for wrong in (founders, SECOND, THIRD):
            if wrong == validators:
                continue
            lying = CheckpointHeader(header=chain.blocks[height].header, validators=wrong)
            result = failed(make(chain, checkpoint=lying, set_changes=steps), anchor)
            assert result == ("anchor", "checkpoint.validators")
        if height >= 3:
            older = make(chain, checkpoint=checkpoint, set_changes=(first, second))
            assert failed(older, anchor)[0] == "validators"
        if steps:
            assert failed(make(chain, checkpoint=checkpoint, set_changes=()), anchor)[0] == "seal"


def test_both_implementations_give_the_same_verdicts(chain: Chain) -> None:
    second = change(chain, 6, THIRD)
    founders = validator_set(FOUNDERS)
    seal = msgspec.structs.replace(chain.seal_as(chain.blocks[3], founders, ("beta", "gamma")), signers="Bw")
    forged = chain.handover(3, SECOND, seal=seal)
    other = SealedHeader(
        header=chain.blocks[8].header,
        seal=msgspec.structs.replace(sealed(chain, 8).seal, signature=encode_base64url(b"\xc0" + bytes(95))),
    )
    broken = SealedHeader(
        header=chain.blocks[8].header,
        seal=msgspec.structs.replace(sealed(chain, 8).seal, signature=encode_base64url(b"\xff" * 96)),
    )
    for evidence in (
        make(chain),
        make(chain, set_changes=(forged, second)),
        make(chain, headers=(other,)),
        make(chain, headers=(broken,)),
    ):
        data = encode_evidence(evidence)
        assert verdict(chain, data, "arkworks") == verdict(chain, data, "reference")


def verdict(chain: Chain, data: bytes, name: str) -> list[tuple[str, Outcome]]:
    report: Report | None
    try:
        report = verify_evidence(data, GenesisAnchor.of(chain.genesis), bls=backend(name))
    except EvidenceError as error:
        report = error.report
    return [(item.name, item.outcome) for item in report.checks] if report else []


def test_a_long_history_is_affordable() -> None:
    """The cost is linear in the changes: some milliseconds for each, so the longest file takes seconds."""
    sets = [
        validator_set(("alpha", "beta", "gamma", "delta")),
        validator_set(("alpha", "beta", "gamma", "epsilon")),
    ]
    chain = Chain()
    for number in range(60):
        chain.add((), appoint=sets[(number + 1) % 2])
    chain.add((chain.statement("alpha/clerk", SUBJECT, "bill.issue", {}),))
    sets_by_hash = {one.hash.hex(): one for one in sets}
    steps = tuple(
        change(chain, h, sets_by_hash[chain.blocks[h].header.next_validators_hash])
        for h in range(1, 61)
        if chain.blocks[h].header.next_validators_hash != chain.blocks[h].header.validators_hash
    )
    assert len(steps) > 55
    height = chain.tip.height
    entry = ProvenEntry(
        statement=encode_base64url(chain.leaves[1]),
        key=member_key("alpha/clerk").public_key.text,
        index=1,
        height=height,
        path=tuple(node.hex() for node in inclusion_path(1, 2, chain.read_nodes)),
    )
    evidence = Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=SUBJECT,
        headers=(sealed(chain, height),),
        entries=(entry,),
        set_changes=steps,
    )
    start = time.process_time()
    verify_evidence(encode_evidence(evidence), GenesisAnchor.of(chain.genesis))
    assert (time.process_time() - start) / len(steps) < 0.25
