"""Published customs scenarios: a declaration, what its declarant sent later, and what customs told.

A scenario is a folder of XML messages, a list of steps in JSON, or a whole index
of scenarios in the form of `sequences.json` with the folders beside it. Messages
are put in the order in which customs issued them; where times are equal, missing
or of another declaration, in the order of the list or of the files' names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cli.errors import CliError
from contracts.documents.findings import errors
from contracts.documents.wco import ORIGINAL, FromWco, declaration_of, map_declaration
from contracts.documents.wco_messages import StatusMessage, Submission, read_status, read_submission
from contracts.documents.xml_tree import MAX_XML_BYTES, Element, parse_xml
from ledger.canonical import parse_json
from ledger.errors import EncodingError

INDEX = "sequences.json"
"""Name of the index of a collection."""

MAX_FILES = 200
"""Messages of one scenario; the largest published one has fourteen."""

MAX_INDEX_BYTES = 4_194_304
"""Largest index; the published one has 30 kB."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a list of steps."""

    function: str
    status_names: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario."""

    name: str
    """Its name."""
    declaration: FromWco | None
    """The declaration; None where none is published."""
    messages: tuple[StatusMessage, ...]
    """What customs told, in order."""
    submissions: tuple[Submission, ...]
    """What else was sent to customs."""


def load_scenarios(place: Path) -> list[Scenario]:
    """The scenarios that a folder or a file of JSON holds; `CliError` when it holds none."""
    if place.is_dir():
        index = _index_of(place)
        steps = {} if index is None else _read_index(index)
        return [_from_folder(place, steps.get(place.name))]
    if place.suffix != ".json":
        raise CliError(f"{place} is neither a folder of messages nor JSON", code="scenario.unreadable")
    folder, listed = place.parent / "scenarios", _read_index(place)
    if not listed:
        raise CliError(f"{place} lists no scenario", code="scenario.unreadable")
    return [_listed(name, steps, folder / name) for name, steps in listed.items()]


def _index_of(folder: Path) -> Path | None:
    """The index of the collection that a folder belongs to."""
    return next((p / INDEX for p in (folder.parent, folder.parent.parent) if (p / INDEX).is_file()), None)


def _read_index(path: Path) -> dict[str, tuple[Step, ...]]:
    """Steps by name, from an index or from one list of steps, which is named after its file."""
    try:
        with path.open("rb") as file:
            value: Any = parse_json(file.read(MAX_INDEX_BYTES))
        named = {path.stem: value} if isinstance(value, list) else value
        return msgspec.convert(named, dict[str, tuple[Step, ...]])
    except (ValueError, EncodingError) as error:
        raise CliError(
            f"{path} is no list of steps",
            why=str(error)[:200],
            do='Write [{"function": "01"}, ...], or an object of such lists by name.',
            code="scenario.unreadable",
        ) from None


def _listed(name: str, steps: tuple[Step, ...], folder: Path) -> Scenario:
    if folder.is_dir():
        return _from_folder(folder, steps)
    messages = (StatusMessage(function=s.function, status=next(iter(s.status_names), "")) for s in steps)
    return Scenario(name=name, declaration=None, messages=tuple(messages), submissions=())


def _from_folder(folder: Path, steps: tuple[Step, ...] | None) -> Scenario:
    declaration, submissions, told = None, [], {}
    for path, root in _roots(folder):
        status = read_status(root, path.name)
        if status is not None:
            if path.name in told:
                raise CliError(f"{folder} holds two messages {path.name}", code="scenario.unreadable")
            told[path.name] = status
        elif _is_original(root):
            declaration = _mapped(root, path)
        elif (sent := read_submission(root, path.name)) is not None:
            submissions.append(sent)
    wanted = list(told) if steps is None else [step.message for step in steps]
    missing = [name for name in wanted if name not in told]
    if missing or not wanted:
        what = f"the message {missing[0]}" if missing else "messages of customs"
        raise CliError(
            f"{folder} lacks {what}", do="Give the folder of a scenario.", code="scenario.incomplete"
        )
    return Scenario(
        name=folder.name,
        declaration=declaration,
        messages=_in_time([told[name] for name in wanted]),
        submissions=tuple(submissions),
    )


def _in_time(messages: list[StatusMessage]) -> tuple[StatusMessage, ...]:
    """The messages in the order of their issue, as far as they are about one number of customs.

    Files bear the order in which someone kept them; the messages know better. A
    message about another number tells no order and stays where it is.
    """
    count = Counter(message.reference for message in messages)
    number = count.most_common(1)[0][0]
    places = [i for i, m in enumerate(messages) if m.reference == number and m.issued_ms is not None]
    ordered = sorted((messages[i] for i in places), key=lambda message: message.issued_ms or 0)
    for place, message in zip(places, ordered, strict=True):
        messages[place] = message
    return tuple(messages)


def _roots(folder: Path) -> Iterator[tuple[Path, Element]]:
    """Every XML message of a folder and those in it, by name."""
    paths = sorted(folder.rglob("*.xml"))
    if len(paths) > MAX_FILES:
        raise CliError(f"{folder} holds more than {MAX_FILES} messages", code="scenario.unreadable")
    for path in paths:
        with path.open("rb") as file:
            data = file.read(MAX_XML_BYTES + 1)
        try:
            yield path, parse_xml(data)
        except EncodingError as error:
            raise CliError(f"{path} cannot be read", why=error.message, code="scenario.unreadable") from None


def _is_original(root: Element) -> bool:
    found = declaration_of(root)
    return found is not None and found.text_of("FunctionCode") == ORIGINAL


def _mapped(root: Element, path: Path) -> FromWco:
    mapped = map_declaration(root)
    for finding in errors(mapped.findings):
        raise CliError(
            f"{path} cannot be lodged", why=f"{finding.field}: {finding.message}", code=finding.code
        )
    return mapped
