"""The OpenAPI document: complete, consistent with itself, and true to what the API does."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.api import schemas
from nodes.api.openapi import PUBLIC, SUBMISSIONS
from tests.nodes.api.rig import Rig, problem

SAMPLES = {
    "{height}": "0",
    "{key}": "organisation/harbour",
    "{index}": "1",
    "{commitment}": "0" * 64,
    "{id}": "0" * 64,
}


@pytest.fixture
def document(rig: Rig) -> dict[str, Any]:
    return rig.app.openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, item in document["paths"].items() for method, one in item.items()]


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


async def test_it_is_served(rig: Rig, document: dict[str, Any]) -> None:
    assert (await rig.client.get("/openapi.json")).json() == document


def test_every_agreed_address_is_described(document: dict[str, Any]) -> None:
    assert {(path, method) for path, method, _ in operations(document)} == {
        ("/", "get"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
        ("/v1/status", "get"),
        ("/v1/genesis", "get"),
        ("/v1/indicators", "get"),
        ("/v1/headers/{height}", "get"),
        ("/v1/validators", "get"),
        ("/v1/statements", "post"),
        ("/v1/statements/batch", "post"),
        ("/v1/statements/{id}", "get"),
        ("/v1/entries", "get"),
        ("/v1/entries/{index}", "get"),
        ("/v1/records", "get"),
        ("/v1/records/{key}", "get"),
        ("/v1/records/{key}/history", "get"),
        ("/v1/containers/{container}/timeline", "get"),
        ("/v1/blocks", "get"),
        ("/v1/blocks/{height}", "get"),
        ("/v1/evidence/{key}", "get"),
        ("/v1/receipts/{index}", "get"),
        ("/.well-known/scitt-keys", "get"),
        ("/v1/search", "get"),
        ("/v1/contents/{commitment}", "get"),
        ("/v1/contents/{commitment}", "put"),
        ("/v1/contents/{commitment}", "delete"),
        ("/v1/contents/{commitment}/reads", "get"),
        ("/v1/events", "get"),
        ("/v1/sign-ins", "post"),
    }


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in references(document):
        section, name = reference.removeprefix("#/components/").split("/")
        assert name in document["components"][section], reference


def test_every_answer_has_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert operation["description"], path
        for status, answer in operation["responses"].items():
            assert answer["content"], (path, method, status)
            for media_type, content in answer["content"].items():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                described = document["components"]["schemas"].get(name, {})
                any_of = content["schema"].get("anyOf")
                assert content.get("example") or described.get("examples") or any_of, (
                    path,
                    status,
                    media_type,
                )
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["example"]


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        errors = {status for status in operation["responses"] if status >= "4"}
        assert {"431", "500", "503"} <= errors
        if path not in PUBLIC | SUBMISSIONS:
            assert {"400", "401", "403", "404", "429"} <= errors
        for status in errors - ({"503"} if path == "/readyz" else set()):
            (media_type,) = operation["responses"][status]["content"]
            assert media_type == "application/problem+json"
    assert {"400", "401", "409", "413", "422"} <= set(
        document["paths"]["/v1/statements"]["post"]["responses"]
    )


def test_examples_are_of_their_models() -> None:
    models = [getattr(schemas, name) for name in schemas.__all__]
    assert len(models) > 20
    for model in models:
        for example in model.model_json_schema()["examples"]:
            model.model_validate(example)


async def test_security_is_documented_where_it_is_asked(rig: Rig, document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if path in SUBMISSIONS or path == "/metrics":
            continue
        address = path
        for name, sample in SAMPLES.items():
            address = address.replace(name, sample)
        answer = await rig.client.request(method.upper(), address)
        if "security" in operation:
            problem(answer, 401, "request.unsigned")
        else:
            assert answer.status_code == 200, path
