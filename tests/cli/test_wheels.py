"""Wheels from what is installed: complete, the same each time, and never of files that were changed."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import tomllib
import zipfile
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.wheels import _needs, _stated, repack, requirements
from tests.conftest import ROOT


def installed(folder: Path, *needs: str, wheel: bool = True) -> Distribution:
    """A distribution as pip installs it: a module, its byte code, a script outside, and notes."""
    info = folder / "some_thing-1.0.dist-info"
    info.mkdir(parents=True)
    lines = "".join(f"Requires-Dist: {need}\n" for need in needs)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: some-thing\nVersion: 1.0\n{lines}")
    (info / "INSTALLER").write_text("pip\n")
    (folder / "thing.py").write_text("VALUE = 1\n")
    (folder / "thing.pyc").write_bytes(b"x")
    rows = [("thing.py", _hash(folder / "thing.py")), ("thing.pyc", ""), ("../../bin/thing", "")]
    rows += [(f"{info.name}/{name}", "") for name in ("METADATA", "INSTALLER", "RECORD")]
    if wheel:
        (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\n")
        rows.append((f"{info.name}/WHEEL", ""))
    (info / "RECORD").write_text("".join(f"{name},{digest},\n" for name, digest in rows))
    return PathDistribution(info)


def _hash(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def test_a_wheel_holds_what_was_installed_and_no_more(tmp_path: Path) -> None:
    path = repack(installed(tmp_path / "site"), tmp_path)
    assert path.name == "some_thing-1.0-py2.py3-none-any.whl"
    info = "some_thing-1.0.dist-info"
    with zipfile.ZipFile(path) as wheel:
        assert sorted(wheel.namelist()) == [
            f"{info}/METADATA",
            f"{info}/RECORD",
            f"{info}/WHEEL",
            "thing.py",
        ]
        rows = list(csv.reader(io.StringIO(wheel.read(f"{info}/RECORD").decode())))
    assert [row[0] for row in rows if row[1]] == [f"{info}/METADATA", f"{info}/WHEEL", "thing.py"]
    first = path.read_bytes()
    assert repack(PathDistribution(tmp_path / "site" / info), tmp_path).read_bytes() == first


def test_a_file_that_was_changed_is_not_passed_on(tmp_path: Path) -> None:
    found = installed(tmp_path / "site")
    (tmp_path / "site" / "thing.py").write_text("VALUE = 2\n")
    with pytest.raises(CliError, match=r"thing\.py of some-thing is not as it was installed"):
        repack(found, tmp_path)
    assert list(tmp_path.glob("*.whl")) == []


def test_what_came_from_no_wheel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="was not installed from a wheel"):
        repack(installed(tmp_path, wheel=False), tmp_path)


def test_what_is_needed_elsewhere_only_may_be_absent() -> None:
    elsewhere = ["absent-one; sys_platform == 'win32'", "absent-two>=1; extra == 'more'", "rfc8785 (>=0.1)"]
    assert [dist.metadata["Name"] for dist in requirements(elsewhere)] == ["rfc8785"]
    with pytest.raises(CliError, match="absent-three is needed"):
        requirements(["absent-three"])


def test_the_extras_that_are_asked_for_are_followed() -> None:
    stated = ["one[x, y]>=2", "two; extra == 'more'", "three; python_version > '3'"]
    asked = list(_needs(stated, frozenset()))
    assert asked == [("one", frozenset("xy"), False), ("three", frozenset(), True)]
    assert [name for name, _, _ in _needs(stated, frozenset({"more"}))] == ["one", "two", "three"]


def test_what_a_wheel_says_counts_and_not_what_was_installed_once(tmp_path: Path) -> None:
    site = tmp_path / "site"
    info = Path(installed(site, "rfc8785", "msgspec>=0.2")._path)  # type: ignore[attr-defined]
    wheel = repack(PathDistribution(info), tmp_path)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-thing\nVersion: 1.0\n")
    assert _stated(wheel) == ["rfc8785", "msgspec>=0.2"]


def test_everything_that_the_project_needs_is_found() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        needs = tomllib.load(file)["project"]["dependencies"]
    names = {dist.metadata["Name"].lower().replace("_", "-") for dist in requirements(needs)}
    assert names >= {"cryptography", "msgspec", "jinja2", "pydantic-core", "starlette"}
    assert not names & {"sealane", "pytest"}
