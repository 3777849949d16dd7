"""What a node writes about itself: one line an event, as text or JSON, never a key or a content.

It goes to standard error, or to a file that never grows beyond its bound.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TextIO

import structlog

from nodes.config import LogSection


class BoundedLog:
    """Standard error, led into a file that makes room when it is full.

    Everything that the process writes to its standard output and error ends up in the file, what
    Python prints when it dies included.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Open the file, or go on with it; raises `OSError`."""
        self._path = path
        self._max_bytes = max_bytes
        self._line_ended = True
        self._open()

    def _open(self) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        self._size = os.fstat(descriptor).st_size
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(descriptor, stream.fileno())
        os.close(descriptor)

    def write(self, text: str) -> int:
        """Write to the file; between two lines, make room first."""
        if self._size > self._max_bytes and self._line_ended:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._open()
        self._size += len(text.encode("utf-8", "replace"))
        self._line_ended = text.endswith("\n")
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Hand everything to the system."""
        sys.stderr.flush()


def configure_logs(section: LogSection) -> None:
    """Send structured events, and the libraries' warnings, to standard error or to the file named.

    Raises `OSError` for a file that cannot be opened.
    """
    level = getattr(logging, section.level.upper())
    stream: TextIO | BoundedLog = sys.stderr
    if section.file is not None:
        stream = BoundedLog(section.file, section.max_bytes)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if section.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),  # type: ignore[arg-type]  # writes and flushes
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=stream, format="%(levelname)s %(name)s %(message)s")
