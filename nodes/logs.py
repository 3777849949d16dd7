"""What a node writes about itself: one line an event, as text or JSON, never a key or a content."""

from __future__ import annotations

import logging
import sys

import structlog

from nodes.config import LogSection


def configure_logs(section: LogSection) -> None:
    """Send structured events, and the libraries' warnings, to standard error."""
    level = getattr(logging, section.level.upper())
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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
