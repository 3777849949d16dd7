"""What a node writes about itself, and the clocks it reads."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from nodes.clock import SystemClock
from nodes.config import LogSection
from nodes.logs import configure_logs

ROOT = Path(__file__).resolve().parents[2]


class Written:
    """What went to standard error so far."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def getvalue(self) -> str:
        return self._capture.readouterr().err


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    yield Written(capsys)
    structlog.reset_defaults()


def test_json_logs_are_one_object_a_line(written: Written) -> None:
    configure_logs(LogSection(level="info", format="json"))
    log = structlog.get_logger("node")
    log.info("started", height=3, name="Hải Phòng\n")
    try:
        raise ValueError("broken")
    except ValueError:
        log.exception("failed")
    first, second = map(json.loads, written.getvalue().splitlines())
    assert (first["event"], first["level"], first["height"]) == ("started", "info", 3)
    assert first["timestamp"].endswith("Z")
    assert "ValueError: broken" in second["exception"]


def test_text_logs_are_without_colours_when_nobody_looks(written: Written) -> None:
    configure_logs(LogSection())
    structlog.get_logger("node").warning("late", peer="a/b")
    text = written.getvalue()
    assert "late" in text
    assert "peer=a/b" in text
    assert "\x1b" not in text


WRITER = """
import os, sys
from pathlib import Path
import structlog
from nodes.config import LogSection
from nodes.logs import configure_logs
configure_logs(LogSection(file=Path(sys.argv[1]), max_bytes=65_536, format="json"))
log = structlog.get_logger("node")
for number in range(3_000):
    log.info("Hải Phòng", number=number)
print("printed", flush=True)
raise SystemExit("died")
"""


def test_a_log_file_makes_room_when_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "node.log"
    path.write_text("of an earlier run\n")
    ended = subprocess.run(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")
    assert {file.name for file in tmp_path.iterdir()} == {"node.log", "node.log.1"}
    older, newer = (tmp_path / "node.log.1").read_text(), path.read_text()
    assert 65_536 < (tmp_path / "node.log.1").stat().st_size < 66_000
    assert path.stat().st_size < 66_000
    *lines, printed, died = (older + newer).splitlines()
    assert (printed, died) == ("printed", "died")
    numbers = [json.loads(line)["number"] for line in lines]
    assert numbers == list(range(numbers[0], 3_000))


@pytest.mark.parametrize(("level", "shown"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_a_threshold(written: Written, level: str, shown: int) -> None:
    configure_logs(LogSection.model_validate({"level": level, "format": "json"}))
    log = structlog.get_logger("node")
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)(name)
    assert len(written.getvalue().splitlines()) == shown


def test_the_warnings_of_libraries_are_written_too(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logs(LogSection())
    logging.getLogger("a.library").warning("careful")
    logging.getLogger("a.library").info("chatter")
    assert written.getvalue() == "WARNING a.library careful\n"


def test_the_clocks_are_the_machines() -> None:
    clock, before = SystemClock(), time.time_ns() // 1_000_000
    assert before <= clock.now_ms() <= time.time_ns() // 1_000_000
    first = clock.monotonic_s()
    assert clock.monotonic_s() >= first
