"""The catalogue of API problems: stable, distinct and complete."""

from __future__ import annotations

import pytest

from contracts.catalogue import CODES
from nodes.api import schemas
from nodes.api.problems import KINDS, ProblemBody, refusal_status


def test_codes_are_distinct_and_say_what_to_do() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes) > 15
    for kind in KINDS:
        assert 400 <= kind.status < 600
        assert kind.title
        assert kind.hint.endswith(".")


def test_the_documented_problem_is_the_one_sent() -> None:
    assert set(schemas.Problem.model_fields) == set(ProblemBody.__struct_fields__)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("statement.encoding", 400),
        ("statement.bad-signature", 401),
        ("actor.unknown-member", 401),
        ("actor.unknown-key", 401),
        ("statement.known", 409),
        ("statement.expired", 422),
        ("actor.revoked", 422),
    ],
)
def test_refusals_map_to_a_status(code: str, status: int) -> None:
    assert refusal_status(code) == status


def test_what_contracts_refuse_is_unprocessable() -> None:
    others = {code for code in CODES if refusal_status(code) != 422}
    assert others == {"actor.unknown-member", "actor.unknown-key"}
