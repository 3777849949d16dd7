"""Was everything that a client was told is sealed really sealed, once, on every node?"""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

from benchmarks.drive import Outcome


def check_nothing_lost(databases: list[Path], expected: set[str], outcome: Outcome) -> list[str]:
    """What is wrong, one sentence each; empty when nothing was lost, doubled or moved.

    The nodes must be stopped: their databases are read directly, so that a node
    that tells clients a comfortable story is found out.
    """
    problems = []
    missing = expected - set(outcome.sealed)
    if missing:
        problems.append(f"{len(missing)} statements were never acknowledged")
    for path in databases:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            rows = database.execute('SELECT lower(hex(statement_id)), "index" FROM entry WHERE "index" > 0')
            places = {}
            counts: Counter[str] = Counter()
            for statement_id, index in rows:
                places[statement_id] = index
                counts[statement_id] += 1
        name = path.parent.parent.name
        doubled = [key for key, count in counts.items() if count > 1]
        moved = [key for key, index in outcome.sealed.items() if key in places and places[key] != index]
        lost = [key for key in outcome.sealed if key not in places]
        for what, found in (("sealed twice", doubled), ("at another index", moved), ("lost", lost)):
            if found:
                problems.append(f"{name}: {len(found)} acknowledged statements {what}")
    return problems
