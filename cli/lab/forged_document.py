"""Exercise: spot the forged document. Proofs of one bill, some of which somebody has worked on."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

from cli.errors import CliError
from cli.files import write_new
from cli.lab.ground import Ground, Missing
from cli.lab.model import Exercise, Facts, Step
from cli.lab.running import stage_on
from cli.lab.scenes import accept, issue, offer, surrender
from cli.story_cast import BUYER
from cli.story_papers import another_version
from ledger.canonical import canonical_document, encode, parse_document, parse_json
from ledger.evidence import Expectation, GenesisAnchor, Report, VerificationFailed, verify_evidence
from ledger.genesis import Genesis, network_id
from ledger.primitives import decode_base64url, encode_base64url

LETTERS = ("A", "B", "C", "D")
GATE_LETTERS = ("E", "F")
CHECKS = ("anchor", "seal", "signature", "contents")
"""Names of checks, of which one catches the changed goods."""

WANTED = "surrendered_for_delivery"


def prepare(ground: Ground) -> Facts:
    """Four files of one bill, of which one is genuine, and two for the gate, of which one is old."""
    with stage_on(ground) as stage:
        bill = issue(stage, stage.papers)
        offer(stage, bill)
        accept(stage, bill)
        client = stage.client(BUYER)
        old = client.get_bytes(f"/v1/evidence/{bill}", contents=True)
        surrender(stage, bill)
        client = stage.client(BUYER)
        new = client.get_bytes(f"/v1/evidence/{bill}", contents=True)
    forgers: list[Callable[[dict[str, Any]], None]] = [_other_goods, _other_holder, _other_network]
    files = [old, *(_forged(old, forger) for forger in forgers)]
    letters = _shuffled(LETTERS)
    for letter, data in zip(letters, files, strict=True):
        write_new(ground.papers / _file(letter), data)
    for letter, data in zip(_shuffled(GATE_LETTERS), (old, new), strict=True):
        write_new(ground.papers / _file(letter), data)
    report = _verified(ground, letters[0])
    return {"bill": report.number or report.subject, "suspect": letters[1]}


def _shuffled(letters: tuple[str, ...]) -> list[str]:
    return random.SystemRandom().sample(letters, len(letters))


def _file(letter: str) -> str:
    return f"{letter}.evidence.json"


def _forged(genuine: bytes, forge: Callable[[dict[str, Any]], None]) -> bytes:
    value = parse_json(genuine)
    forge(value)
    return encode(value)


def _other_goods(value: dict[str, Any]) -> None:
    """The enclosed document names other goods."""
    document = parse_document(decode_base64url(value["contents"]["document"], field="document"), field="")
    changed = canonical_document(another_version(document))
    value["contents"]["document"] = encode_base64url(changed)


def _other_holder(value: dict[str, Any]) -> None:
    """The record names another possessor."""
    value["record"]["value"]["possessor"] = "haiphong-terminal"


def _other_network(value: dict[str, Any]) -> None:
    """A network of the forger's own, by the same name."""
    genesis = msgspec.convert(value["genesis"], Genesis)
    own = msgspec.structs.replace(genesis, time_ms=genesis.time_ms + 1)
    value["genesis"]["time_ms"], value["network"] = own.time_ms, network_id(own).hex()


# ----- checks ---------------------------------------------------------------


def _verified(ground: Ground, letter: str, *expect: Expectation) -> Report:
    return verify_evidence(
        (ground.papers / _file(letter)).read_bytes(), GenesisAnchor.of(ground.genesis), expect=expect
    )


def _answer(ground: Ground, choices: tuple[str, ...]) -> str:
    """What the trainee said, if it is one of the choices."""
    said = ground.answer or ""
    for choice in choices:
        if said.lower() == choice.lower():
            return choice
    raise CliError(f"{said} is not one of the answers", do=f"sealane lab check {'|'.join(choices)}")


def genuine_found(ground: Ground) -> None:
    """The file that was named verifies."""
    letter = _answer(ground, LETTERS)
    try:
        _verified(ground, letter)
    except VerificationFailed as error:
        raise Missing("forged", letter=letter, check=error.report.checks[-1].name) from error


def reason_found(ground: Ground) -> None:
    """The check that was named is the one that fails."""
    said = _answer(ground, CHECKS)
    try:
        _verified(ground, ground.facts["suspect"])
    except VerificationFailed as error:
        if error.report.checks[-1].name != said:
            raise Missing("other_check", check=said) from error


def gate_opened(ground: Ground) -> None:
    """The file that was named proves what the gate needs."""
    letter = _answer(ground, GATE_LETTERS)
    try:
        _verified(ground, letter, Expectation(field="status", value=WANTED))
    except VerificationFailed as error:
        raise Missing("too_old", letter=letter) from error


_VERIFY = "sealane verify {papers}/%s.evidence.json --genesis {network}/genesis.json"

EXERCISE = Exercise(
    id="forged-document",
    minutes=10,
    prepare=prepare,
    steps=(
        Step(
            id="genuine",
            commands=tuple(_VERIFY % letter for letter in LETTERS),
            choices=LETTERS,
            check=genuine_found,
        ),
        Step(id="caught_by", commands=(_VERIFY % "{suspect}",), choices=CHECKS, check=reason_found),
        Step(
            id="gate_needs",
            commands=tuple(
                f"{_VERIFY % letter} --expect bill={{bill}} --expect status={WANTED}"
                for letter in GATE_LETTERS
            ),
            choices=GATE_LETTERS,
            check=gate_opened,
        ),
    ),
)
