"""What shells offer after `sealane`, asked as they ask, and by the shells themselves."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.completing import answer, candidates
from cli.completion import SHELLS
from cli.recent import MAX_RECENT, RECENT_FILE, recent_of, remember
from cli.words import did_you_mean, words_of
from tests.cli.conftest import Run
from tools.docs.commands import read_commands

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def in_the_corridor(corridor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALANE_NETWORK", str(corridor))


def words(line: str) -> list[str]:
    *before, current = line.split(" ")
    return [word for word, _ in candidates(before, current)]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ver", ["verify"]),
        ("--v", ["--version"]),
        ("bill endorse-", ["endorse-to-order"]),
        ("completion ", ["bash", "zsh", "fish", "powershell"]),
        ("bill transfer X --to haiphong-c", ["haiphong-customs"]),
        ("bill transfer X --to=haiphong-c", ["--to=haiphong-customs"]),
        ("bill transfer --to x --da", ["--days"]),
        ("bill reject X --reason=not", ["--reason=not_expected"]),
        ("clearance route X --lane y", ["yellow"]),
        ("movement record X gate_", ["gate_in", "gate_out"]),
        ("bill show X --node qin", ["qinzhou-customs"]),
        ("bill show X --as red-", ["red-river-imports/do-thi-mai"]),
        ("member show red-", ["red-river-imports/do-thi-mai"]),
        ("mandate grant land", ["landbridge-forwarding"]),
        ("network up ", []),
        ("bill issue ", []),
        ("no-such ", []),
        ("bill no-such ", []),
    ],
)
def test_what_is_offered(line: str, offered: list[str]) -> None:
    assert words(line) == offered


def test_an_option_is_offered_once_unless_it_repeats() -> None:
    assert "--to" not in words("bill transfer X --to y --")
    assert "--party" in words("bill issue x.json --party y --")


def test_nothing_is_offered_from_a_network_that_is_not_there(tmp_path: Path) -> None:
    assert words(f"bill transfer X --network {tmp_path} --to ") == []


def test_the_answer_is_a_line_for_each_candidate(capsys: pytest.CaptureFixture[str]) -> None:
    answer(["bill", "transfer", "X", "--to", "+coral"])
    assert capsys.readouterr().out == "coral-line\tCoral Line\n"


def test_names_that_were_used_lately_are_offered_latest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "client.toml").write_text("")
    monkeypatch.setenv("SEALANE_NETWORK", str(tmp_path))
    remember(tmp_path, [("bill", "CORL:A"), ("declaration", "HP-1"), ("bill", "CORL:B")])
    remember(tmp_path, [("bill", "CORL:A")])
    assert words("bill show ") == ["CORL:A", "CORL:B"]
    assert words("clearance show H") == ["HP-1"]
    assert words("evidence get C") == ["CORL:A", "CORL:B"]
    assert words("movement show ") == []
    remember(tmp_path, [("bill", f"CORL:{number}") for number in range(2 * MAX_RECENT)])
    assert len(recent_of(tmp_path)) == MAX_RECENT
    assert recent_of(tmp_path, "bill")[0] == f"CORL:{2 * MAX_RECENT - 1}"
    if os.name == "posix":
        assert (tmp_path / RECENT_FILE).stat().st_mode & 0o077 == 0


def test_names_that_cannot_be_kept_are_left(tmp_path: Path) -> None:
    remember(tmp_path / "gone", [("bill", "X")])
    remember(tmp_path, [("bill", "two\nlines"), ("bill", "x" * 500)])
    assert recent_of(tmp_path) == []


# The shells themselves


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path whose `sealane` is this checkout's."""
    program = tmp_path / "sealane"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m cli.main "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def typed(name: str, script: str, shell: Path) -> list[str]:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"there is no {name} here")
    file = shell / "script"
    file.write_text(script)
    done = subprocess.run([program, str(file)], capture_output=True, timeout=50, check=True, cwd=shell)
    assert done.stderr == b""
    return done.stdout.decode().splitlines()


def test_bash_offers_them(shell: Path) -> None:
    bash = SHELLS["bash"][0] + (
        'try() { COMP_LINE=$1 COMP_POINT=${#1}; _sealane; printf "%s\\n" "${COMPREPLY[@]}"; }\n'
        'try "sealane bill transfer X --to haiphong-c"\n'
        'try "sealane bill reject X --reason=not"\n'
        'try "sealane network up nothing"\n'
    )
    assert typed("bash", bash, shell) == ["haiphong-customs", "not_expected", ""]


def test_zsh_offers_them(shell: Path) -> None:
    zsh = (
        "compdef() { }\n_files() { echo files }\n"
        '_describe() { print -l "${(@P)@[-1]}" }\n'
        + SHELLS["zsh"][0]
        + "try() { words=($@); CURRENT=$#; _sealane }\n"
        "try sealane completion z\n"
        "try sealane bill transfer 'X:1' --to coral\n"
        "try sealane network up nothing\n"
    )
    assert typed("zsh", zsh, shell) == ["zsh:", "coral-line:Coral Line", "files"]


def test_fish_offers_them(shell: Path) -> None:
    fish = (
        SHELLS["fish"][0]
        + 'complete -C "sealane completion f"\ncomplete -C "sealane bill transfer X --to coral"\n'
    )
    assert typed("fish", fish, shell) == ["fish", "coral-line\tCoral Line"]


def test_powershell_offers_them(shell: Path) -> None:
    line = "sealane bill transfer X --to coral"
    powershell = SHELLS["powershell"][0] + (
        f"(TabExpansion2 -inputScript '{line}' -cursorColumn {len(line)}).CompletionMatches.CompletionText\n"
    )
    assert typed("pwsh", powershell, shell) == ["coral-line"]


def test_a_shell_without_completion_is_told_which_there_are(sealane: Run) -> None:
    result = sealane("completion", "zhs")
    assert result.exit_code == 2
    assert "Did you mean zsh?" in result.stderr
    assert "bash|zsh|fish|powershell" in result.stderr


# The words of options


def test_every_word_that_a_command_reads_is_declared_for_it() -> None:
    """What `choice` reads in a command, `words` names at its head, or shells would not offer it."""
    missing = []
    for file in sorted((ROOT / "cli").glob("*.py")):
        for function in ast.parse(file.read_text()).body:
            heads = [
                ast.unparse(head)
                for head in getattr(function, "decorator_list", ())
                if ast.unparse(head).startswith("command(")
            ]
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            choices = [call for call in calls if ast.unparse(call.func) in ("choice", "chosen")]
            read = [ast.unparse(call.args[0]) for call in choices]
            missing += [(file.name, name) for name in read for head in heads if f":{name}'" not in head]
    assert missing == []


def test_every_declared_word_exists() -> None:
    commands = list(read_commands())
    declared = [(command, name, source) for command in commands for name, source in command.words.items()]
    assert len(declared) > 40
    for command, name, source in declared:
        assert words_of(source)
        assert name in {item.name for item in (*command.arguments, *command.options)}, (command.name, name)


@pytest.mark.parametrize(
    ("text", "meant"), [("gren", "green"), ("RED", "red"), ("green", ""), ("qqq", "")]
)  # fmt: skip
def test_what_was_perhaps_meant(text: str, meant: str) -> None:
    assert did_you_mean(text, ["green", "red"]) == (f"Did you mean {meant}?" if meant else "")
