"""Running a node as a process: what `sealane node run` calls."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any

import structlog

from contracts.versions import RulesUnknown
from nodes.config import ConfigError, NodeConfig, load_config
from nodes.logs import configure_logs
from nodes.node import Node
from nodes.storage import StorageError
from nodes.types import make_ready

if sys.platform != "win32":
    import resource

    import uvloop

EXIT_DONE, EXIT_USAGE, EXIT_INTERNAL = 0, 2, 4

MAX_FILES = 65_536
"""File descriptors that a node has use for: visitors, peers and files, with room to spare."""

_log = structlog.get_logger("node")


def run(path: Path) -> int:
    """Run the node configured at `path` until it is told to stop; the process's exit code."""
    try:
        config = load_config(path)
        configure_logs(config.log)
        make_ready()
        allow_files()
        return _loop(config)
    except (ConfigError, StorageError, RulesUnknown) as error:
        sys.stderr.write(f"error: {error}\n")
        return EXIT_USAGE
    except OSError as error:
        sys.stderr.write(f"error: the node cannot start: {error}\n")
        return EXIT_USAGE


def allow_files() -> None:
    """Take as many file descriptors as the system grants: shells give 1,024, and each visitor needs one."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _loop(config: NodeConfig) -> int:
    if sys.platform == "win32":
        return asyncio.run(_serve(config))
    return uvloop.run(_serve(config))


async def _serve(config: NodeConfig) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stop.set)
    node = Node(config)
    try:
        await node.start()
        stopping = asyncio.create_task(stop.wait())
        waiting: tuple[asyncio.Future[Any], ...] = (node.failure, stopping)
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if node.failure.done():
            _log.error("the engine stopped", reason=str(node.failure.result()))
            return EXIT_INTERNAL
        return EXIT_DONE
    finally:
        await node.stop()
