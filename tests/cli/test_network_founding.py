"""`sealane network join-request` and `assemble`: founders who make their keys by themselves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

PLAN = """
name = "Three founders"
[parameters]
heartbeat_ms = 5000
[[organisations]]
id = "customs"
name = "Customs"
roles = ["customs"]
jurisdiction = "CN"
members = ["officer"]
node = "validator"
[[organisations]]
id = "line"
name = "Line"
roles = ["carrier"]
members = ["desk"]
node = "validator"
[[organisations]]
id = "trader"
name = "Trader"
roles = ["trader"]
members = ["buyer"]
uses = "line"
"""
FOUNDERS = ("customs", "line", "trader")


def sealane(*args: object, exit_code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*(str(arg) for arg in args), "--json"])
    assert result.exit_code == exit_code, result.stderr + result.stdout
    value: dict[str, Any] = json.loads(result.stdout if exit_code == 0 else result.stderr.splitlines()[-1])
    return value


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Each founder's directory, made apart, and the fingerprints of their requests."""
    folder = tmp_path_factory.mktemp("founders")
    (folder / "agreed.toml").write_text(PLAN)
    prints = {}
    for name in FOUNDERS:
        request = ("network", "join-request", name, folder / "agreed.toml", folder / f"of-{name}")
        prints[name] = sealane(*request)["fingerprint"]
    return folder, prints


@pytest.fixture
def founders(made: tuple[Path, dict[str, str]], tmp_path: Path) -> dict[str, dict[str, Any]]:
    folder, prints = made
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return {
        name: {
            "directory": str(tmp_path / f"of-{name}"),
            "request": str(tmp_path / f"of-{name}" / f"{name}.join.json"),
            "fingerprint": prints[name],
        }
        for name in FOUNDERS
    }


def requests(founders: dict[str, dict[str, Any]]) -> list[str]:
    return [founder["request"] for founder in founders.values()]


def test_every_founder_assembles_the_same_genesis_and_holds_its_own_keys_alone(
    founders: dict[str, dict[str, Any]],
) -> None:
    from nodes.config import load_config
    from nodes.founding import load_genesis

    first = sealane("network", "assemble", founders["line"]["directory"], *requests(founders))
    assembled = [first]
    for name in ("customs", "trader"):
        files = reversed(requests(founders))
        own = founders[name]["directory"]
        assembled.append(sealane("network", "assemble", own, *files, "--time-ms", first["time_ms"]))
    assert len({one["network"] for one in assembled}) == 1
    assert [one["organisation"] for one in assembled] == ["line", "customs", "trader"]
    assert first["fingerprints"] == {name: founder["fingerprint"] for name, founder in founders.items()}
    documents = {(Path(one["directory"]) / "genesis.json").read_bytes() for one in founders.values()}
    assert len(documents) == 1
    for name in ("customs", "line"):
        folder = Path(founders[name]["directory"])
        config = load_config(folder / "nodes" / name)
        assert load_genesis(config.node.genesis).parameters.heartbeat_ms == 5_000
        assert len(config.peers) == 1
        assert config.keys.validators[0].is_file()
        secrets = {path.parent.name for path in folder.glob("members/*/*.pem")}
        assert secrets == {name}
    listed = sealane("network", "assemble", founders["line"]["directory"], *requests(founders), exit_code=2)
    assert listed["error"]["code"] == "file.exists", "a genesis is never overwritten"


Spoil = Callable[[dict[str, dict[str, Any]], Path], list[str]]


def swapped(founders: dict[str, dict[str, Any]], folder: Path) -> list[str]:
    """Somebody puts other keys of ours among the requests."""
    other = sealane("network", "join-request", "line", folder / "agreed.toml", folder / "forged")
    return [*requests(founders)[:1], other["request"], *requests(founders)[2:]]


def of_another_plan(founders: dict[str, dict[str, Any]], folder: Path) -> list[str]:
    (folder / "other.toml").write_text(PLAN.replace("5000", "6000"))
    other = sealane("network", "join-request", "trader", folder / "other.toml", folder / "else")
    return [*requests(founders)[:2], other["request"]]


def greedy(founders: dict[str, dict[str, Any]], folder: Path) -> list[str]:
    """A founder that gives itself a role."""
    request = json.loads(Path(founders["trader"]["request"]).read_bytes())
    request["organisation"]["roles"] = ["customs"]
    (folder / "greedy.json").write_text(json.dumps(request, separators=(",", ":"), sort_keys=True))
    return [*requests(founders)[:2], str(folder / "greedy.json")]


def unproven(founders: dict[str, dict[str, Any]], folder: Path) -> list[str]:
    """A founder whose seat has another's proof."""
    request, other = (json.loads(Path(founders[name]["request"]).read_bytes()) for name in FOUNDERS[:2])
    request["validator"]["possession"] = other["validator"]["possession"]
    (folder / "unproven.json").write_text(json.dumps(request, separators=(",", ":"), sort_keys=True))
    return [str(folder / "unproven.json"), *requests(founders)[1:]]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda founders, _: requests(founders)[:2], "give one request of each founder"),
        (
            lambda founders, _: [*requests(founders), requests(founders)[0]],
            "give one request of each founder",
        ),
        (swapped, "your own request is not among them as you made it"),
        (of_another_plan, "the request of trader was made for another plan"),
        (greedy, "the request of trader was made for another plan"),
        (unproven, "the requests make no genesis"),
    ],
)
def test_requests_that_are_not_the_plans_found_nothing(
    founders: dict[str, dict[str, Any]], tmp_path: Path, spoil: Spoil, what: str
) -> None:
    files = spoil(founders, tmp_path)
    error = sealane("network", "assemble", founders["line"]["directory"], *files, exit_code=2)["error"]
    assert error["what"] == what
    assert not (Path(founders["line"]["directory"]) / "genesis.json").exists()


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 5_000, b"\xff"])
def test_what_is_no_request(founders: dict[str, dict[str, Any]], tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.json").write_bytes(data)
    files = [*requests(founders)[:2], str(tmp_path / "bad.json")]
    error = sealane("network", "assemble", founders["line"]["directory"], *files, exit_code=2)["error"]
    assert error["code"] == "file"


def test_an_organisation_that_the_plan_lacks(tmp_path: Path) -> None:
    (tmp_path / "agreed.toml").write_text(PLAN)
    error = sealane(
        "network", "join-request", "nobody", tmp_path / "agreed.toml", tmp_path / "x", exit_code=2
    )
    assert error["error"]["code"] == "config"
    assert not (tmp_path / "x").exists()
