"""The fuzzer finds what is at fault, and says so."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import pytest

from tests.fuzz import __main__ as fuzzer
from tests.fuzz.__main__ import hunt, main
from tests.fuzz.doors import DOORS


def test_a_door_that_raises_something_else_is_found() -> None:
    target = DOORS["hello"]

    def read(data: bytes) -> object:
        if b"\xff" in data:
            raise KeyError("nobody declared this")
        return target.read(data)

    assert "nobody declared this" in hunt(replace(target, read=read), 5.0)


def test_a_second_spelling_is_found() -> None:
    target = DOORS["state page"]
    assert "second spelling" in hunt(replace(target, again=lambda page: b""), 5.0)


def test_without_atheris_it_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(fuzzer, "ROUND", 10)
    assert main(["--minutes", "0", "--target", "frames", "--target", "genesis"]) == 0
    said = capsys.readouterr().out
    assert "atheris is not installed" in said
    assert "genesis: 10 inputs" in said
    assert "2 of 2 targets without a fault" in said
