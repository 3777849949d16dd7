"""Many acts in one statement: what `--batch FILE` and `sealane batch` read, and how it is signed.

A file is CSV with a header line, divided by commas, semicolons or tabs, or JSON lines with one
object each. While rows are gone through nothing is signed or stored; acts are gathered with the
version that each builds on, then signed once. Which acts fit in a batch, and how many, the contracts say.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from cli.acting import Found, body_of, sealed
from cli.contents import share, store
from cli.context import Context
from cli.errors import CliError, ExitCode
from contracts.documents.package import Package
from ledger import canonical
from ledger.batch import BATCH_ACT, MAX_BATCH_PARTS, Batch, Part
from ledger.errors import EncodingError
from ledger.statement import MAX_STATEMENT_BYTES

MAX_FILE_BYTES: Final = 1_048_576
"""Largest file of rows: a hundred acts fit many times over."""

MAX_TOLD: Final = 20
"""Rows beside the first that an error tells of."""

_SWITCH: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

Row = dict[str, Any]


def read_rows(path: Path) -> list[tuple[int, Row]]:
    """The rows of a file with the number of the line that each begins on; empty cells are left out.

    Raises `CliError` that names the line.
    """
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise _wrong(path, 0, f"larger than {MAX_FILE_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(path, 0, "not UTF-8 text") from None
    rows = list(_json_lines(path, text) if text.lstrip().startswith("{") else _csv(path, text))
    if not rows:
        raise _wrong(path, 0, "it has no rows")
    if len(rows) > MAX_BATCH_PARTS:
        raise _wrong(path, rows[MAX_BATCH_PARTS][0], f"a batch has at most {MAX_BATCH_PARTS} parts")
    return rows


def run_rows(
    context: Context, path: Path, names: Mapping[str, tuple[str, Any]], act: Callable[[Row], None]
) -> None:
    """Have `act` gather one act for each row of a file, then sign and submit them together.

    `names` are the columns that a row may have, with the parameter that each stands for and its type; the
    first names the record, or the file of one that is to be made, and is in every row.
    """
    gathering, subject = Gathering(), next(iter(names))
    context.gathering = gathering
    rows = read_rows(path)
    _ = context.client  # who cannot act at all is told so once, and not of each row
    for line, row in rows:
        unknown = sorted(set(row) - set(names))
        if unknown:
            raise _wrong(path, line, f"there is no {unknown[0]} here; columns are {', '.join(names)}")
        if subject not in row:
            raise _wrong(path, line, f"the row names no {subject}")

    def act_on(row: Row) -> None:
        cells = ((names[name], _cell(path, name, names[name][1], value)) for name, value in row.items())
        act({parameter: value for (parameter, _), value in cells})

    each_row(path, rows, act_on)
    gathering.submit(context)


def _cell(path: Path, name: str, kind: Any, value: Any) -> Any:
    """What a cell says to a command.

    Several words for an option that can be repeated, yes or no for a switch, a file beside the table.
    """
    if kind in (list[str], list[str] | None):
        return [str(one) for one in value] if isinstance(value, list) else str(value).split()
    if kind is bool:
        said = _SWITCH.get(str(value).lower())
        if said is None:
            raise CliError(f"{value} is neither yes nor no", field=name)
        return said
    if kind is Path:
        file = path.parent / str(value)
        if not file.is_file():
            raise CliError(f"there is no file {file}", field=name, code="file")
        return file
    return str(value)


def each_row(path: Path, rows: Iterable[tuple[int, Row]], act: Callable[[Row], None]) -> None:
    """Do it for each row; one `CliError` then tells, by line and column, of all rows that cannot be used."""
    wrong: list[tuple[str, CliError]] = []
    for line, row in rows:
        try:
            act(row)
        except CliError as error:
            if error.exit_code is ExitCode.UNREACHABLE:
                raise
            column = error.field.removeprefix("--").removeprefix("body.").replace("-", "_").lower()
            wrong.append((f"line {line}" + (f", column {column}" if column in row else ""), error))
    if not wrong:
        return
    (place, first), *others = wrong
    more = [f"{where}: {error.what}" for where, error in others[:MAX_TOLD]]
    more += [f"and {len(others) - MAX_TOLD} more"] if len(others) > MAX_TOLD else []
    first.why = "; ".join([f"{path}, {place}. {first.why}".rstrip(), *more])
    raise first


class Gathering:
    """Acts on their way into one statement."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._done: Counter[str] = Counter()
        self._openings: list[dict[str, str]] = []
        self.lodged: dict[str, Package] = {}
        """Contents of records that the acts make, by number: stored before the batch is signed."""

    def add(
        self,
        act: str,
        subject: str,
        fields: Mapping[str, Any],
        version: int,
        opening: Mapping[str, str] | None = None,
    ) -> None:
        """One more act on a record at `version`, which the parts before have raised since.

        Raises `CliError` for fields that the contracts do not take.
        """
        raw = msgspec.Raw(canonical.encode(body_of(act, fields)))
        expected = version + self._done[subject]
        self._parts.append(Part(type=act, subject=subject, expected_version=expected, body=raw))
        self._done[subject] += 1
        if opening is not None:
            self._openings.append({"subject": subject, **opening})

    def submit(self, context: Context) -> None:
        """Sign what was gathered, wait until it is final, and say so."""
        if not self._parts:
            context.output.result({"parts": []}, "Nothing to do: all of it is on the ledger already.")
            return
        batch = Batch(parts=tuple(self._parts))
        size = len(canonical.encode(batch))
        if size > MAX_STATEMENT_BYTES:
            raise CliError(
                f"the batch has {size} bytes", why=f"A statement has at most {MAX_STATEMENT_BYTES}.",
                do="Divide the file.", code="statement.too-large",
            )  # fmt: skip
        subject = f"batch/{os.urandom(16).hex()}"
        for package in self.lodged.values():
            store(context.client, package)
        result = context.client.act(BATCH_ACT, subject, batch, expected_version=0)
        for number, package in self.lodged.items():
            share(context.client, package)
            context.recall(package.kind, number)
        numbers = {package.subject: number for number, package in self.lodged.items()}
        parts = [
            {"act": part.type, "subject": part.subject}
            | ({"number": numbers[part.subject]} if part.subject in numbers else {})
            for part in self._parts
        ]
        acts = Counter(part.type for part in self._parts)
        said = ", ".join(f"{count} {act}" for act, count in sorted(acts.items()))
        value = {**result, "parts": parts}
        if self._openings:
            value["openings"] = self._openings
        listed = [f"  {number}: {package.subject}" for number, package in self.lodged.items()]
        context.output.result(value, [f"Done together: {said} {sealed(result)}", *listed])


def gathered(
    context: Context,
    act: str,
    found: Found,
    fields: Mapping[str, Any],
    opening: Mapping[str, str] | None = None,
) -> bool:
    """Whether the act goes into a batch, because the command was given one."""
    if context.gathering is None:
        return False
    context.gathering.add(act, found.key, fields, found.version, opening)
    return True


def _csv(path: Path, text: str) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_divider(text), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            values = [cell.strip() for cell in cells]
            if not any(values):
                continue
            if header is None:
                header = [value.lower().replace("-", "_") for value in values]
                if len(set(header)) < len(header) or "" in header:
                    raise _wrong(path, reader.line_num, "every column needs a name of its own")
                continue
            if len(values) > len(header):
                raise _wrong(path, reader.line_num, f"{len(values)} cells, the header has {len(header)}")
            yield reader.line_num, {name: value for name, value in zip(header, values, strict=False) if value}
    except csv.Error as error:
        raise _wrong(path, reader.line_num, str(error)) from None


def _divider(text: str) -> str:
    """What divides the cells: a comma, or where the header has none what spreadsheets write in its place.

    They do where the comma stands in numbers, as in Viet Nam; no column's name has any of these.
    """
    header = text.lstrip().partition("\n")[0]
    return next((mark for mark in ",;\t" if mark in header), ",")


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = canonical.parse_json(line.encode())
        except EncodingError as error:
            raise _wrong(path, number, error.message) from None
        if not isinstance(row, dict):
            raise _wrong(path, number, "expected a JSON object")
        yield number, {str(name): value for name, value in row.items() if value is not None}


def _wrong(path: Path, line: int, why: str) -> CliError:
    place = f", line {line}" if line else ""
    return CliError(
        f"{path}{place} cannot be used",
        why=f"{why[:1].upper()}{why[1:]}.",
        do="CSV with a header line, or JSON lines; see --help.",
        code="batch.file",
    )
