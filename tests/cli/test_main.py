"""The command as a process: what it imports, how it exits, how it fails."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli.commands import with_errors
from cli.errors import CliError, ExitCode
from cli.guard import run_guarded
from cli.main import COMMANDS
from cli.output import Output
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]

HEAVY = {
    "alembic", "asyncio", "contracts", "fastapi", "httpx2", "msgspec", "nodes", "py_ecc", "pydantic", "rich",
    "sqlalchemy", "sqlmodel", "structlog", "uvicorn",
}  # fmt: skip


def run(*args: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cli.main", *args]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEALANE_")}
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, env=clean | environment, timeout=50, check=False
    )


def imported_by(*args: str) -> set[str]:
    script = (
        "import sys; sys.argv = ['sealane', *sys.argv[1:]]\n"
        "from cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('|'.join(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *args], cwd=ROOT, capture_output=True, timeout=50, check=True
    )
    return set(done.stderr.decode().strip().splitlines()[-1].split("|"))


def test_help_imports_nothing_heavy() -> None:
    assert imported_by("--help") & HEAVY == set()


def test_a_small_command_imports_neither_node_nor_pydantic(tmp_path: Path) -> None:
    modules = imported_by("key", "new", str(tmp_path / "k.pem"))
    assert "msgspec" in modules
    assert modules & (HEAVY - {"msgspec"}) == set()


def test_verify_imports_neither_node_nor_the_slow_reference(tmp_path: Path) -> None:
    file = tmp_path / "x.evidence.json"
    file.write_text("{}")
    modules = imported_by("verify", str(file), "--genesis", "ab" * 32)
    assert "ledger" in modules
    assert modules & (HEAVY - {"msgspec"}) == set()


def test_help_lists_every_command_and_the_exit_codes(sealane: Run) -> None:
    result = sealane("--help")
    assert result.exit_code == ExitCode.DONE
    for entry in COMMANDS:
        assert f"  {entry.name} " in result.stdout
    assert "Exit codes" in result.stdout


def test_version(sealane: Run) -> None:
    result = sealane("--version")
    assert result.exit_code == ExitCode.DONE
    assert result.stdout.startswith("sealane ")


def test_a_mistyped_command_is_suggested(sealane: Run) -> None:
    result = sealane("verfy")
    assert result.exit_code == ExitCode.USAGE
    assert "Did you mean 'verify'?" in result.stderr
    assert result.stdout == ""


def test_a_mistyped_subcommand_is_suggested(sealane: Run) -> None:
    result = sealane("key", "shw")
    assert result.exit_code == ExitCode.USAGE
    assert "Did you mean 'show'?" in result.stderr


@pytest.mark.parametrize("args", [("key", "show", "--no-such"), ("key", "show"), ("key",), ()])
def test_wrong_use_exits_2(sealane: Run, args: tuple[str, ...]) -> None:
    assert sealane(*args).exit_code == ExitCode.USAGE


def test_the_process_exits_with_the_code() -> None:
    done = run("key", "show", "no-such-file")
    assert done.returncode == ExitCode.USAGE
    assert b"error: there is no key file" in done.stderr
    assert done.stdout == b""


def test_an_unreachable_node_exits_3_and_is_named() -> None:
    done = run("node", "status", "--node", "http://127.0.0.1:9")
    assert done.returncode == ExitCode.UNREACHABLE
    assert b"http://127.0.0.1:9" in done.stderr
    assert b"do:" in done.stderr


@pytest.mark.parametrize("encoding", ["gbk", "cp874", "cp1258", "ascii"])
def test_output_survives_consoles_that_know_little(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "x.evidence.json"
    file.write_text("{}")
    done = run("verify", str(file), "--genesis", "ab" * 32, PYTHONIOENCODING=encoding)
    assert done.returncode == ExitCode.REFUSED
    assert "[FAIL] fail" in done.stdout.decode("utf-8")
    assert b"Traceback" not in done.stderr


def test_a_terminal_of_utf_8_gets_marks(tmp_path: Path) -> None:
    file = tmp_path / "x.evidence.json"
    file.write_text("{}")
    done = run("verify", str(file), "--genesis", "ab" * 32, PYTHONIOENCODING="utf-8")
    assert "✗ fail" in done.stdout.decode("utf-8")


def test_a_fault_is_one_line_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEALANE_DEBUG", raising=False)

    def fail() -> None:
        raise ZeroDivisionError("one\ntwo")

    assert run_guarded(fail) == ExitCode.INTERNAL
    error = capsys.readouterr().err
    assert error.splitlines()[0] == "error: a fault in sealane itself: ZeroDivisionError: one [internal]"
    assert "SEALANE_DEBUG=1" in error
    assert "Traceback" not in error


def test_a_fault_shows_its_traceback_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALANE_DEBUG", "1")
    assert run_guarded(lambda: 1 // 0) == ExitCode.INTERNAL
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), typer.Abort()])
def test_an_interruption_exits_as_shells_expect(
    stop: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise stop

    assert run_guarded(interrupt) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "stopped\n"


def test_an_expected_error_that_escaped_is_still_printed(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise CliError(
            "no", why="because", do="this", exit_code=ExitCode.REFUSED, code="x.y", field="body.to"
        )

    assert run_guarded(fail) == ExitCode.REFUSED
    assert capsys.readouterr().err == "error: no [x.y]\n  why:   because\n  field: body.to\n  do:    this\n"


def test_a_reader_that_went_away_is_no_fault() -> None:
    # `head -c0` closes the pipe at once, long before the help is written.
    done = subprocess.run(
        f"{sys.executable} -m cli.main --help | head -c0",
        shell=True, cwd=ROOT, capture_output=True, timeout=50, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert b"fault" not in done.stderr


def test_an_interrupted_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as caught:
        with_errors(Output(), interrupt)
    assert caught.value.exit_code == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "error: cannot write [file]\n  why:   No space"),
        (UnicodeEncodeError("utf-8", "b\udcfc", 1, 2, "surrogates not allowed"), "error: b\ufffd is no text"),
    ],
    ids=["full disk", "bytes that are no text"],
)
def test_what_is_no_fault_of_ours_is_not_called_one(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(typer.Exit) as caught:
        with_errors(Output(), fail)
    assert caught.value.exit_code == ExitCode.USAGE
    assert capsys.readouterr().err.startswith(said)


def test_a_usage_mistake_is_json_too_where_json_is_asked_for(sealane: Run) -> None:
    result = sealane("bill", "shwo", "--json")
    assert result.exit_code == ExitCode.USAGE
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "usage"
    assert error["what"].startswith("No such command 'shwo'. Did you mean 'show'")


def shell(script: str) -> subprocess.CompletedProcess[bytes]:
    """A command line of a shell, output buffered as users have it; `sealane` stands for the command."""
    line = script.replace("sealane", f"{sys.executable} -m cli.main")
    environment = os.environ.copy()
    environment.pop("PYTHONUNBUFFERED", None)
    return subprocess.run(
        line, shell=True, cwd=ROOT, capture_output=True, env=environment, timeout=50, check=False
    )


@pytest.mark.skipif(os.name != "posix", reason="a line of a POSIX shell")
def test_closed_streams_are_no_fault() -> None:
    done = shell("sealane completion bash >&- <&-")
    assert (done.returncode, done.stderr) == (ExitCode.DONE, b"")
    assert shell("sealane completion bosh 2>&-").returncode == ExitCode.USAGE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "line", ["sealane completion bosh", "sealane complet", "sealane key show nothing --json"]
)
def test_an_error_that_cannot_be_written_still_has_its_exit_code(line: str) -> None:
    assert shell(f"{line} 2>/dev/full").returncode == ExitCode.USAGE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_result_that_cannot_be_written_is_said() -> None:
    done = shell("sealane completion bash >/dev/full")
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.decode().splitlines() == [
        "error: it was done, but the result could not be written [file]",
        "  why:   No space left on device",
    ]


@pytest.mark.skipif(os.name != "posix", reason="a line of a POSIX shell")
def test_a_reader_that_left_before_the_end_is_no_fault() -> None:
    done = shell("{ sealane completion bash; echo $? >&2; } | true")
    assert done.stderr == b"1\n"
