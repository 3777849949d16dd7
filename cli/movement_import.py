"""Recording a file of DCSA track-and-trace events: one statement for each, in the order of the file.

A file can be given again: what the container's record has already is passed over,
so that whoever was interrupted goes on where it stopped. With --operator a file
introduces its containers, and is given again for the record that it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.acting import find, perform, read
from cli.batching import gathered
from cli.context import Context
from cli.errors import CliError
from cli.movement_group import new_container, opening_of, passed_on, seal_fields
from cli.track_and_trace import event_id
from cli.track_and_trace_reading import Heard, read_events
from cli.viewing import history
from contracts.documents.package import ContainerOpening
from contracts.movement.model import Container
from ledger.canonical import MAX_DOCUMENT_BYTES, parse_json
from ledger.errors import EncodingError


@dataclass(kw_only=True)
class Recording:
    """One file on its way to the ledger."""

    context: Context
    container: str | None
    """The container of events that name none."""
    operator: str | None
    """Carrier of containers that no bill announced."""
    keys: dict[str, str] = field(default_factory=dict)
    """Record keys by what the file calls containers."""
    openings: dict[str, ContainerOpening] = field(default_factory=dict)
    """What ties numbers of new containers to their records."""
    done: list[dict[str, Any]] = field(default_factory=list)
    """What became of each event."""

    def record(self, heard: Heard) -> None:
        """One event: recorded, announced, withdrawn, or passed over with a reason."""
        if heard.retracts is None and heard.fields is None:
            self._pass_over(heard, "shipment events follow from acts on bills and declarations")
            return
        name = self.container or (heard.equipment or "").upper()
        if not name:
            raise CliError(
                f"{heard.place} names no container",
                do="Name it: sealane movement record CONTAINER --from FILE",
                field=f"{heard.place}.equipmentReference",
            )
        if self.operator is not None and name not in self.keys and heard.fields is not None:
            self._introduce(heard, name, heard.fields)
            return
        key = self.keys.get(name) or find(self.context, name, "container").key
        self.keys[name] = key
        if heard.retracts is not None:
            self._withdraw(heard, key, heard.retracts)
        elif heard.fields is not None:
            self._tell(heard, name, key, heard.fields)

    def _introduce(self, heard: Heard, name: str, fields: dict[str, Any]) -> None:
        opening, described = new_container(name, str(self.operator))
        self.keys[name], self.openings[name] = f"container/{opening.id}", opening
        more = {**seal_fields(opening, heard.seal, None), "container": described}
        self._perform(heard, _act(fields), self.keys[name], {**fields, **more}, 0)

    def _tell(self, heard: Heard, name: str, key: str, fields: dict[str, Any]) -> None:
        found = read(self.context.client, key)
        if _is_known(found.of(Container), fields):
            self._pass_over(heard, "it is on the ledger already")
            return
        seal: dict[str, Any] = {}
        if heard.seal is not None and fields["classifier"] == "actual":
            seal = seal_fields(self.openings.get(name) or opening_of(self.context, name), heard.seal, None)
        self._perform(heard, _act(fields), key, {**fields, **seal}, found.version)

    def _withdraw(self, heard: Heard, key: str, retracted: str) -> None:
        for item in history(self.context, key):
            if event_id(item) != retracted:
                continue
            if item["act"] == "movement.expect":
                self._pass_over(heard, "what was expected needs no retraction: announce what is expected now")
                return
            event = item["body"]["event"] if item["act"] == "movement.correct" else item["version"]
            container = read(self.context.client, key)
            if all(kept.version != event for kept in container.of(Container).events):
                self._pass_over(heard, "it was withdrawn already, or is too long past")
                return
            fields = {"event": event, "reason": "other"}
            self._perform(heard, "movement.withdraw", key, fields, container.version)
            return
        raise CliError(
            f"{heard.place} retracts {retracted}, which is no event of {key} on this ledger",
            why="The ledger does not keep event ids of others.",
            do="Withdraw it by its version: sealane movement withdraw CONTAINER VERSION --reason other",
            field=f"{heard.place}.retractedEventID",
            code="events.unknown",
        )

    def _perform(self, heard: Heard, act: str, key: str, fields: dict[str, Any], version: int) -> None:
        try:
            result = perform(self.context.client, act, key, fields, version=version)
        except CliError as error:
            raise CliError(
                f"{heard.place} ({heard.id}): {error.what}",
                why=error.why,
                do=f"{len(self.done)} events before it are done. {self._again(key)} {error.do}".strip(),
                exit_code=error.exit_code,
                code=error.code,
                field=error.field,
                final=error.final,
            ) from error
        self.done.append({"event": heard.id, "act": act, "key": key, "index": result["index"]})

    def _again(self, key: str) -> str:
        """How to go on: a container that this file introduced is known by its record now."""
        if self.operator is None or not any(done.get("key") == key for done in self.done):
            return "The same file can be given again."
        return f"Give the file again as: sealane movement record {key} --from FILE."

    def _pass_over(self, heard: Heard, why: str) -> None:
        self.context.output.note(f"{heard.place} ({heard.id}) is passed over: {why}")
        self.done.append({"event": heard.id, "passed_over": why})


def record_file(
    context: Context, path: Path, container: str | None, purpose: str | None, operator: str | None
) -> None:
    """Record the events of a file and say what became of each; `CliError` at the first that is refused."""
    recording = Recording(context=context, container=container, operator=operator)
    for heard in read_events(_read(path), purpose):
        recording.record(heard)
    announced = {name: passed_on(name, opening) for name, opening in recording.openings.items()}
    count = sum("act" in done for done in recording.done)
    value = {"events": recording.done, "containers": announced}
    context.output.result(value, f"{path}: {count} of {len(recording.done)} events recorded")
    for told in announced.values():
        context.output.note(f"For the carrier's bill: --container {told}")


def gather_event(
    context: Context,
    container: str,
    fields: dict[str, Any],
    seal: str | None,
    found: str | None,
    *,
    row: Mapping[str, str | None],
) -> None:
    """One row of `--batch`: into the batch, unless the container's record has it already.

    Raises `CliError` for a row without a time, which could not be known again, and for one that
    introduces a container, whose salt somebody has to be given.
    """
    if row["time"] is None:
        raise CliError("the row has no time", do="Give when it happened, as 2026-03-10T08:30Z.", field="time")
    if row["operator"] is not None:
        do = f"sealane movement record {container} EVENT --at LOCODE --operator ORG"
        raise CliError("a batch introduces no containers", do=do, field="operator")
    record = find(context, container, "container")
    if _is_known(record.of(Container), fields):
        context.output.note(f"{fields['event']} of {container} is passed over: it is on the ledger already")
        return
    known = None if seal is None else opening_of(context, container)
    gathered(context, "movement.record", record, {**fields, **seal_fields(known, seal, found)})


def _read(path: Path) -> Any:
    with path.open("rb") as file:
        data = file.read(MAX_DOCUMENT_BYTES + 1)
    try:
        if len(data) > MAX_DOCUMENT_BYTES:
            raise EncodingError(f"more than {MAX_DOCUMENT_BYTES} bytes", field="")
        return parse_json(data)
    except EncodingError as error:
        raise CliError(f"{path} cannot be read", why=error.message, code="events.unreadable") from None


def _act(fields: dict[str, Any]) -> str:
    return "movement.record" if fields["classifier"] == "actual" else "movement.expect"


def _is_known(container: Container, fields: dict[str, Any]) -> bool:
    """Whether the record has the event at the same place and time."""
    told = container.events if fields["classifier"] == "actual" else container.expected
    same = (fields["event"], fields["facility"], fields["event_ms"])
    return any((one.event.value, one.facility, one.event_ms) == same for one in told)
