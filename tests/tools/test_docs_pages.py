"""Pages about the API, configuration, privacy and operations name everything that the code has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from cli.network_plan import Organisation, Plan
from contracts.catalogue import ACTS, KINDS
from ledger.genesis import Parameters
from nodes.api import indicator_metrics
from nodes.api.metrics import Metrics
from nodes.config import NodeConfig
from tests.nodes.indicators.sample import SAMPLE
from tools.docs import configuration
from tools.docs.api import api_page, openapi_document
from tools.docs.configuration import configuration_page, read_meanings
from tools.tree import ROOT, project_files, text_of


def kept(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_route_parameter_and_shape_is_on_the_page() -> None:
    page, document = api_page(), openapi_document()
    assert len(document["paths"]) > 20
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            section = page.partition(f"### `{method.upper()} {path}`\n")[2].partition("\n### ")[0]
            assert ("*Signed by a member.*" in section.replace("\n", " ")) == ("security" in operation)
            for parameter in operation.get("parameters", ()):
                assert f"| `{parameter['name']}` |" in section, (path, parameter["name"])
    for name, schema in document["components"]["schemas"].items():
        if "ValidationError" not in name:
            section = page.partition(f"### {name}\n")[2].partition("\n### ")[0]
            for field in schema.get("properties", ()):
                assert f"| `{field}`" in section, (name, field)


def test_every_setting_is_on_the_page() -> None:
    page = configuration_page()
    sections = {name: info.annotation for name, info in NodeConfig.model_fields.items()}
    assert set(sections) == {name.partition(".")[0] for name in configuration.NODE}
    for struct, prefix in ((Plan, ""), (Organisation, "organisations."), (Parameters, "")):
        for field in msgspec.structs.fields(struct):
            assert f"| `{prefix}{field.name}` |" in page
    for name in configuration.NODE:
        assert f"| `{name}` |" in page


def test_a_setting_without_meaning_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(configuration.NODE)
    del known["api.port"]
    monkeypatch.setattr(configuration, "NODE", {**known, "api.prot": "A slip."})
    with pytest.raises(ValueError, match=r"api\.port, api\.prot"):
        configuration_page()


def test_meanings_are_read_from_beneath_fields() -> None:
    meanings = read_meanings("ledger/genesis.py", "Parameters")
    assert set(meanings) == {field.name for field in msgspec.structs.fields(Parameters)}
    assert all(text.endswith(".") for text in meanings.values())


SOURCES = ("cli", "contracts", "ledger", "nodes", "docker", ".ci")


def test_every_environment_variable_is_on_the_page() -> None:
    page = configuration_page()
    used: set[str] = set()
    for path in project_files():
        if path.relative_to(ROOT).parts[0] in SOURCES:
            used |= set(re.findall(r"\bSEALANE_[A-Z]+(?:_[A-Z]+)*\b", text_of(path) or ""))
    assert {"SEALANE_NETWORK", "SEALANE_PASSPHRASE"} <= used
    assert sorted(name for name in used if f"`{name}`" not in page) == []


def test_every_key_of_client_toml_is_on_the_page() -> None:
    source = (ROOT / "cli/context.py").read_text(encoding="utf-8")
    names = set(re.findall(r'settings\.get\("(\w+)"', source))
    assert {"nodes", "served_by"} <= names
    page = configuration_page()
    assert sorted(name for name in names if f"`[{name}]`" not in page and f"`{name}`" not in page) == []


def names_in(struct: Any) -> Iterator[str]:
    """Every field of a struct and of the structs within it."""
    for field in inspect.type_info(struct).fields:  # type: ignore[union-attr]
        yield field.name
        for inner in structs_in(field.type):
            yield from names_in(inner)


def structs_in(kind: Any) -> Iterator[Any]:
    if isinstance(kind, inspect.StructType):
        yield kind.cls
    elif isinstance(kind, inspect.UnionType):
        for part in kind.types:
            yield from structs_in(part)
    elif isinstance(kind, (inspect.VarTupleType, inspect.ListType)):
        yield from structs_in(kind.item_type)


def test_every_field_on_the_ledger_is_on_the_page_of_privacy() -> None:
    page = kept("privacy.md")
    records = {kind.record.__name__: kind.record for kind in KINDS}
    bodies = {act.name: act.body for act in ACTS.values()}
    assert len(records) > 7
    assert len(bodies) >= 30
    missing = {
        f"{owner}.{name}"
        for owner, struct in {**records, **bodies}.items()
        for name in names_in(struct)
        if f"`{name}`" not in page
    }
    assert sorted(missing) == []


def test_every_record_and_act_has_its_place_on_the_page_of_privacy() -> None:
    page = kept("privacy.md")
    assert sorted(name for name in ACTS if f"`{name}`" not in page) == []
    assert sorted(kind.form for kind in KINDS if f"`{kind.form}`" not in page) == []


def test_every_metric_is_on_the_page_of_operations() -> None:
    page = kept("operations.md")
    status = SimpleNamespace(height=1, round=0, ready=True, pool_entries=0, pool_bytes=0, peers=(), guilty=())
    engine: Any = SimpleNamespace(status=lambda: status)
    clock: Any = SimpleNamespace(monotonic_s=lambda: 0.0, now_ms=lambda: 0)
    families = [family.name for family in Metrics(engine, clock).registry.collect()]
    families += [family.name for family in indicator_metrics.families(SAMPLE, {})]
    assert len(families) > 20
    assert (
        sorted(name for name in families if f"`{name}`" not in page and f"`{name}_total`" not in page) == []
    )


def test_every_check_of_doctor_is_on_the_page_of_operations() -> None:
    page = kept("operations.md")
    files = sorted((ROOT / "cli").glob("examination*.py"))
    names = {name for file in files for name in re.findall(r'name="(\w+)"', file.read_text(encoding="utf-8"))}
    assert len(names) > 15
    assert sorted(name for name in names - {"encoding"} if f"| `{name}` |" not in page) == []


LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


@pytest.mark.parametrize(
    "page",
    [path for path in project_files() if path.suffix == ".md"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    inner = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert sorted(link for link in inner if not (page.parent / link).exists()) == []


def test_every_decision_is_listed() -> None:
    listed = kept("adr/README.md")
    records = sorted(path.name for path in (ROOT / "docs/adr").glob("0*.md"))
    assert [name for name in records if f"]({name})" not in listed] == []
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
