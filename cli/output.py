"""What commands print, and where: the result on stdout, everything else on stderr.

With `--json` the result is one JSON document of a stable shape; otherwise it is
sentences and tables for a person, in colour only on a terminal and never when
`NO_COLOR` is set. Text that came from a node or a file is shown with its control
characters replaced, so that a name cannot repaint the reader's screen.
"""

from __future__ import annotations

import json
import locale
import os
import shutil
import sys
import textwrap
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cli.errors import CliError

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}

_MARKS = {"passed": ("✓", "[ok]"), "failed": ("✗", "[FAIL]"), "warning": ("!", "[!]"), "none": ("–", "[-]")}  # noqa: RUF001 - an en dash is meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where and how one command prints."""

    json: bool = False
    """Whether the result is JSON."""
    colour: bool = False
    """Whether stdout is a terminal that wants colour."""
    unicode: bool = True
    """Whether marks beyond ASCII can be expected to show."""
    columns: int | None = None
    """Width of the terminal that shows it; None where stdout is none."""

    @staticmethod
    def detect(*, as_json: bool) -> Output:
        """The output that this process's streams and environment ask for."""
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        shown = sys.stdout.isatty()
        columns = shutil.get_terminal_size().columns if shown else None
        return Output(json=as_json, colour=shown and not plain, unicode=_speaks_unicode(), columns=columns)

    def result(self, value: Any, text: str | Iterable[str] = "") -> None:
        """Print the result: `value` as JSON, or `text` (lines, or one string) for a person."""
        if self.json:
            print(json.dumps(value, ensure_ascii=False, indent=2))
            return
        for line in [text] if isinstance(text, str) else text:
            print(line)

    def note(self, text: str) -> None:
        """Progress and remarks, on stderr; silent with `--json`."""
        if not self.json:
            tell(clean(text))

    def warn(self, text: str) -> None:
        """A remark that matters in every mode, on stderr."""
        tell(f"warning: {clean(text)}")

    def next(self, command: str) -> None:
        """Suggest what to type next, on stderr."""
        self.note(f"next: {command}")

    def error(self, error: CliError) -> None:
        """Print an error on stderr: what, why and what to do, or its JSON shape."""
        tell(json.dumps(error.as_json(), ensure_ascii=False) if self.json else _told(error))

    def paint(self, text: str, colour: str) -> str:
        """`text` in a colour (red, green, yellow, cyan, bold, dim) where stdout wants it."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour else text

    def mark(self, kind: str) -> str:
        """A mark for passed, failed, warning or none; in ASCII where nothing else would show."""
        colours = {"passed": "green", "failed": "red", "warning": "yellow", "none": "dim"}
        symbol, ascii_symbol = _MARKS[kind]
        return self.paint(symbol if self.unicode else ascii_symbol, colours[kind])

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: never with `--json`, nor when a stream is not a terminal."""
        return not self.json and sys.stdin.isatty() and sys.stderr.isatty()


def tell(text: str) -> None:
    """Print on stderr. Where that cannot be written, what is done goes on; the exit code says the rest."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _told(error: CliError) -> str:
    """An error for a person: what happened, then the reason, the field and the remedy."""
    suffix = f" [{error.code}]" if error.code not in ("usage", "") else ""
    lines = [f"error: {clean(error.what)}{clean(suffix)}"]
    for label, text in (("why", error.why), ("field", error.field), ("do", error.do)):
        if text:
            lines.append(f"  {label + ':':<7}{clean(text)}")
    return "\n".join(lines)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns under their headers, two spaces apart; wide characters count as two cells."""
    cells = [[clean(str(cell)) for cell in row] for row in rows]
    shown = [[header.upper() for header in headers], *cells]
    widths = [max(_cells(row[i]) for row in shown) for i in range(len(headers))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _cells(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in shown
    )


def fields(pairs: Mapping[str, object] | Iterable[tuple[str, object]]) -> str:
    """One `label  value` a line, values aligned; pairs whose value is None are left out."""
    items = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
    shown = [(label, clean(str(value))) for label, value in items if value is not None]
    width = max((_cells(label) for label, _ in shown), default=0)
    return "\n".join(f"{label}{' ' * (width - _cells(label))}  {value}" for label, value in shown)


def flowed(text: str, width: int) -> str:
    """Prose whose words spaces divide, its paragraphs divided anew into lines where one is too wide."""
    return "\n\n".join(_filled(paragraph, width) for paragraph in text.split("\n\n"))


def _filled(paragraph: str, width: int) -> str:
    if all(_cells(line) <= width for line in paragraph.splitlines()):
        return paragraph
    words = " ".join(paragraph.split())
    return textwrap.fill(words, width, break_long_words=False, break_on_hyphens=False)


def short(text: str, length: int = 12) -> str:
    """The beginning of a hash or key, for tables; JSON always has the whole."""
    return text if len(text) <= length else text[:length] + "…"


def moment(time_ms: int) -> str:
    """A time in milliseconds since 1970 as people write it, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time_ms / 1000))


def duration(length_ms: int) -> str:
    """A length of time, in the largest unit that says something."""
    seconds = abs(length_ms) // 1000
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"


def clean(text: str) -> str:
    """`text` with control characters other than newline and tab replaced: it must not steer a terminal."""
    if text.isprintable():
        return text
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else "�" for c in text
    )


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _speaks_unicode() -> bool:
    asked = os.environ.get("PYTHONIOENCODING", "").partition(":")[0] or locale.getencoding()
    return asked.lower().replace("_", "-").startswith("utf")
