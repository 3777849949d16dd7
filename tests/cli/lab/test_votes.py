"""Exercises about votes: a stolen key, and ballots; what each step's check lacks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.errors import CliError
from cli.files import read_bls_secret
from cli.lab import ballot, equivocating_node
from cli.lab.voting import find_proposal
from contracts.governance.model import (
    AddValidator,
    AdmitOrganisation,
    Ballot,
    Choice,
    Proposal,
    ProposalState,
    RemoveValidator,
)
from contracts.membership.model import NetworkValidators, Role
from contracts.model import VALIDATORS_KEY
from ledger.accountability import Attestation, Kind, Place, WitnessRecord, charge_for, record_line
from ledger.bls import backend
from ledger.genesis import genesis_validators, network_id
from ledger.primitives import Height, Round, encode_base64url
from ledger.seal import NO_ROUND, prevote_bytes
from ledger.validators import Validator, encode_signers
from nodes.bft.messages import Vote, decode_message
from nodes.training import double_vote
from tests.cli.lab.ground import FakeGround, lacks

THIEF, WITNESSES = "coral-line", ("qinzhou-customs", "beibu-gulf-port", "haiphong-customs")


@pytest.fixture(name="ground")
def ground_fixture(tmp_path: Path, corridor: Path) -> FakeGround:
    ground = FakeGround(tmp_path, {})
    shutil.copytree(corridor, ground.network)
    ground.statuses = {name: {"guilty": []} for name in (THIEF, *WITNESSES)}
    return ground


def convict(ground: FakeGround, *, height: int = 5) -> None:
    """A charge against the thief, as a witness's node keeps it."""
    validators = genesis_validators(ground.genesis)
    place = Place(network=network_id(ground.genesis), validators=validators, height=Height(height))
    seat = validators.index_of(THIEF)
    secret = read_bls_secret(ground.network / "nodes" / THIEF / "keys" / "validator.key")
    assert seat is not None

    def prevote(digit: str) -> Attestation:
        message = prevote_bytes(
            place.network, validators.hash, place.height, Round(0), bytes.fromhex(digit * 64), NO_ROUND
        )  # type: ignore[arg-type]
        return Attestation(
            kind=Kind.PREVOTE,
            round=0,
            block_id=digit * 64,
            valid_round=-1,
            signers=encode_base64url(encode_signers((seat,), validators.size)),
            signature=encode_base64url(backend().sign(secret, message)),
        )

    charge = charge_for(prevote("a"), prevote("b"), place)
    assert charge is not None
    record = WitnessRecord(height=5, validators=validators.hash.hex(), charges=(charge,))
    path = ground.network / "nodes" / WITNESSES[0] / equivocating_node.CHARGES
    path.parent.mkdir(parents=True)
    path.write_bytes(record_line(record))


def test_the_guilty_must_be_named_by_all_and_proven(ground: FakeGround) -> None:
    ground.answer = THIEF
    assert lacks(equivocating_node.EXERCISE, "name_guilty", ground) == "nobody_guilty"
    convict(ground)
    assert lacks(equivocating_node.EXERCISE, "name_guilty", ground) == "not_told"
    for name in WITNESSES:
        ground.statuses[name] = {"guilty": [THIEF]}
    assert lacks(equivocating_node.EXERCISE, "name_guilty", ground) == ""
    ground.answer = WITNESSES[0]
    assert lacks(equivocating_node.EXERCISE, "name_guilty", ground) == "other_guilty"


def test_a_proof_that_does_not_hold_is_none(ground: FakeGround) -> None:
    convict(ground, height=6)
    ground.answer = THIEF
    assert lacks(equivocating_node.EXERCISE, "name_guilty", ground) == "proof_bad"


def proposal(change: Any, state: ProposalState = ProposalState.OPEN, yes: int = 0) -> tuple[str, Proposal]:
    ballots = tuple(
        Ballot(organisation=name, member=f"{name}/x", choice=Choice.YES) for name in WITNESSES[:yes]
    )
    made = Proposal(
        version=1, state=state, proposer="coral-line", title="t", expires_ms=1, change=change, ballots=ballots
    )
    return "proposal/" + "ab" * 16, made


def seats(*names: str) -> NetworkValidators:
    return NetworkValidators(
        version=1,
        validators=tuple(Validator(organisation=name, bls_key="A" * 64) for name in names),
    )


def test_the_guilty_must_lose_the_seat(ground: FakeGround) -> None:
    ground.facts = {"guilty": THIEF, "one": "qinzhou-customs/chen-wei"}
    removal = RemoveValidator(organisation=THIEF)
    ground.records[VALIDATORS_KEY] = seats(THIEF, *WITNESSES)
    for step in ("propose_removal", "remove"):
        assert lacks(equivocating_node.EXERCISE, step, ground) == "removal_not_proposed"
        ground.asked = [proposal(RemoveValidator(organisation=WITNESSES[0]))]
        assert lacks(equivocating_node.EXERCISE, step, ground) == "removal_not_proposed"
        ground.asked = [proposal(removal, ProposalState.WITHDRAWN)]
        assert lacks(equivocating_node.EXERCISE, step, ground) == "removal_not_proposed"
    ground.asked = [proposal(removal, yes=2)]
    assert lacks(equivocating_node.EXERCISE, "propose_removal", ground) == ""
    assert lacks(equivocating_node.EXERCISE, "remove", ground) == "ballots_missing"
    ground.asked = [proposal(removal, ProposalState.PASSED, yes=3)]
    assert lacks(equivocating_node.EXERCISE, "remove", ground) == "still_seated"
    ground.records[VALIDATORS_KEY] = seats(*WITNESSES)
    assert lacks(equivocating_node.EXERCISE, "remove", ground) == ""


def admission() -> AdmitOrganisation:
    return AdmitOrganisation(
        organisation=ballot.NEWCOMER,
        name="Customs",
        roles=(Role.CUSTOMS,),
        jurisdiction="KH",
        administrator="x",
        administrator_key="A" * 44,
    )


def test_the_newcomer_needs_a_node_that_runs(ground: FakeGround, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacks(ballot.EXERCISE, "make_newcomer", ground) == "newcomer_not_made"
    places = [*ground.places, SimpleNamespace(organisation=ballot.NEWCOMER)]
    monkeypatch.setattr(FakeGround, "places", property(lambda _: places))
    assert lacks(ballot.EXERCISE, "make_newcomer", ground) == "newcomer_not_running"
    ground.up = [ballot.NEWCOMER]
    assert lacks(ballot.EXERCISE, "make_newcomer", ground) == ""


def test_the_newcomer_is_admitted_by_a_quorum_and_catches_up(ground: FakeGround) -> None:
    for step in ("propose_admission", "admit"):
        assert lacks(ballot.EXERCISE, step, ground) == "admission_not_proposed"
    ground.asked = [proposal(admission(), yes=1)]
    assert lacks(ballot.EXERCISE, "propose_admission", ground) == ""
    assert lacks(ballot.EXERCISE, "admit", ground) == "ballots_missing"
    ground.asked = [proposal(admission(), ProposalState.PASSED, yes=3)]
    ground.statuses["qinzhou-customs"] = {"height": 6}
    for found in ({"height": 5, "peers": ["x/node-1"]}, {"height": 6, "peers": []}):
        ground.statuses[ballot.NEWCOMER] = found
        assert lacks(ballot.EXERCISE, "admit", ground) == "newcomer_behind"
    ground.statuses[ballot.NEWCOMER] = {"height": 6, "peers": ["x/node-1"]}
    assert lacks(ballot.EXERCISE, "admit", ground) == ""


def test_the_newcomer_gets_a_seat_by_another_quorum(ground: FakeGround) -> None:
    ground.asked = [proposal(admission(), ProposalState.PASSED, yes=3)]
    for step in ("propose_seat", "give_seat"):
        assert lacks(ballot.EXERCISE, step, ground) == "seat_not_proposed"
    seat = AddValidator(organisation=ballot.NEWCOMER, bls_key="A" * 64, possession="A" * 128)
    ground.asked = [proposal(seat, yes=2)]
    assert lacks(ballot.EXERCISE, "propose_seat", ground) == ""
    assert lacks(ballot.EXERCISE, "give_seat", ground) == "ballots_missing"
    ground.asked = [proposal(seat, ProposalState.PASSED, yes=3)]
    ground.records[VALIDATORS_KEY] = seats(THIEF, *WITNESSES)
    assert lacks(ballot.EXERCISE, "give_seat", ground) == "seat_pending"
    ground.records[VALIDATORS_KEY] = seats(THIEF, *WITNESSES, ballot.NEWCOMER)
    assert lacks(ballot.EXERCISE, "give_seat", ground) == ""


def test_the_newest_proposal_counts(ground: FakeGround) -> None:
    import msgspec

    key, old = proposal(admission())
    new = msgspec.structs.replace(old, created_ms=9)
    ground.asked = [(key.replace("ab", "cd"), new), (key, old)]
    found = find_proposal(ground, "coral-line/lin-tao", lambda _: True)
    assert found == (key.replace("ab", "cd"), new)


# ----- the thief ------------------------------------------------------------


def test_the_thief_works_in_a_lab_only(ground: FakeGround) -> None:
    directory = ground.network / "nodes" / THIEF
    with pytest.raises(double_vote.NotALab, match="not in a lab's folder"):
        double_vote.run(directory, 1)


def test_two_votes_are_signed_for_one_place(ground: FakeGround) -> None:
    config = double_vote.load_config(ground.network / "nodes" / THIEF)
    votes = [
        decode_message(data, max_bytes=1_000)
        for data in double_vote._votes(config, ground.genesis, Height(7))
    ]
    first, second = votes
    assert isinstance(first, Vote)
    assert isinstance(second, Vote)
    assert (first.height, first.round, first.type, first.seat) == (7, 0, second.type, second.seat)
    assert first.block_id != second.block_id
    validators = genesis_validators(ground.genesis)
    for vote in (first, second):
        message = prevote_bytes(
            network_id(ground.genesis), validators.hash, vote.height, Round(0), vote.block_id, NO_ROUND
        )
        backend().verify(validators.keys[vote.seat], message, vote.signature)


def test_an_observers_key_is_none_of_a_validator(ground: FakeGround) -> None:
    config = double_vote.load_config(ground.network / "nodes" / "landbridge-forwarding")
    with pytest.raises(double_vote.NotALab, match="no validator"):
        double_vote._votes(config, ground.genesis, Height(7))


def test_a_thief_who_cannot_start_says_why(
    ground: FakeGround, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directories: list[Path] = []

    def process(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        directories.append(Path(command[-2]))
        code = double_vote.main(Path(command[-2]), int(command[-1]))
        return subprocess.CompletedProcess(command, code, b"", capsys.readouterr().err.encode())

    monkeypatch.setattr("subprocess.run", process)
    ground.statuses = {name: {"guilty": [], "height": 3} for name in (THIEF, *WITNESSES)}
    with pytest.raises(CliError, match="cannot use the key") as caught:
        equivocating_node.use_stolen_key(ground)
    assert "not in a lab's folder" in caught.value.why
    assert len(directories) == 1


def test_a_thief_who_was_caught_steals_no_second_key(ground: FakeGround) -> None:
    convict(ground)
    assert equivocating_node.use_stolen_key(ground) == {}
