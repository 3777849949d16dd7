"""From what the database holds to what the API shows.

Functions here read the store and must run on a thread (`state.reading`). Every
answer about current records is as of one moment; lists are as of their page.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from contracts.actions import AllowedAction, Readiness, outlook
from contracts.catalogue import decode_record
from contracts.context import Actor
from contracts.prospects import Step
from contracts.views import may_read, summary
from ledger.batch import Part, part_at
from ledger.block import header_id
from ledger.primitives import EntryIndex, Hash, Height, encode_base64url
from ledger.seal import Seal, seal_signers
from ledger.statement import parse_statement
from nodes.api import problems, schemas
from nodes.application import LedgerApplication
from nodes.outcomes import Sealed, SealedBlock, SealedEntry
from nodes.storage import BlockSummary, PrivateMatch, Store, StoredEntry, StoredRecord

GENESIS = "genesis"
"""Who issued entry 0, and with which act: as the founding records say."""

PAGE_ROWS = 1_000
"""Rows fetched at a time where all of something is needed."""


def seal_view(seal: Seal | None) -> schemas.Seal | None:
    """A seal as the API shows it."""
    return None if seal is None else schemas.Seal.model_validate(msgspec.structs.asdict(seal))


def sealed_header(store: Store, height: Height) -> schemas.SealedHeader:
    """A header with its seal."""
    header = store.header(height)
    if header is None:
        raise problems.NOT_FOUND(f"There is no block {height} here.", at="height")
    return schemas.SealedHeader(
        header=schemas.Header.model_validate(msgspec.structs.asdict(header)),
        block_id=header_id(header).hex(),
        seal=seal_view(store.seal(height)),
    )


def block(store: Store, height: Height) -> schemas.Block:
    """A block with who signed it."""
    loaded = store.load_block(height)
    if loaded is None:
        if height < store.pruned().height:
            raise problems.PRUNED(f"The entries of block {height} are pruned here.", at="height")
        raise problems.NOT_FOUND(
            f"There is no block {height} here, or its entries are not kept.", at="height"
        )
    content, seal = loaded
    names, seats = _signers(store, seal)
    return schemas.Block(
        header=schemas.Header.model_validate(msgspec.structs.asdict(content.header)),
        block_id=header_id(content.header).hex(),
        seal=seal_view(seal),
        parent_seal=seal_view(content.parent_seal),
        signed_by=tuple(names[seat] for seat in seats),
        missing=tuple(name for seat, name in enumerate(names) if seat not in seats),
        entries=tuple(
            entry_line(entry)
            for entry in _entries_between(store, content.header.log_size_before, content.header.log_size)
        ),
    )


def _signers(store: Store, seal: Seal | None) -> tuple[list[str], tuple[int, ...]]:
    """The organisations that could sign a block and the seats that did; nobody while there is no seal."""
    if seal is None:
        return [], ()
    validators = store.validators_at(Height(seal.height))
    return [validator.organisation for validator in validators.validators], seal_signers(seal, validators)


def _entries_between(store: Store, start: int, end: int) -> Iterator[StoredEntry]:
    after: int | None = start - 1
    while after is not None and after < end - 1:
        page = store.entries_after(after, min(PAGE_ROWS, end - 1 - after))
        yield from page.items
        after = page.next


def check_kept(store: Store, index: int) -> None:
    """Raise the problem that says so when entries from `index` on are pruned here."""
    pruned = store.pruned()
    if 0 < index < pruned.log_size:
        raise problems.PRUNED(
            f"Entries below {pruned.log_size}, those of blocks below {pruned.height}, are pruned here. "
            f"A list may begin after {pruned.log_size - 1}.",
            at="index",
        )


def block_line(row: BlockSummary) -> schemas.BlockLine:
    """One line of a list of blocks."""
    return schemas.BlockLine(
        height=row.height,
        block_id=row.block_id.hex(),
        time_ms=row.time_ms,
        proposer=row.proposer,
        entries=row.entries,
        log_size=row.log_size,
    )


def entry_line(row: StoredEntry) -> schemas.EntryLine:
    """An entry in short."""
    return schemas.EntryLine(
        index=row.index,
        id=row.statement_id.hex(),
        act=row.act or GENESIS,
        subject=row.subject,
        issuer=row.issuer or GENESIS,
    )


def entry(row: StoredEntry) -> schemas.Entry:
    """An entry in full."""
    statement = parse_statement(row.leaf) if row.index > 0 else None
    return schemas.Entry(
        index=row.index,
        id=row.statement_id.hex(),
        height=row.height,
        issuer=row.issuer or GENESIS,
        act=row.act or GENESIS,
        subject=row.subject,
        body={} if statement is None else msgspec.json.decode(statement.payload.body),
        expected_version=0 if statement is None else statement.payload.expected_version,
        on_behalf_of=None if statement is None else statement.payload.on_behalf_of,
        last_valid_ms=row.last_valid_ms,
        kid="" if statement is None else statement.kid.hex(),
        leaf=encode_base64url(row.leaf),
    )


def record(
    store: Store, application: LedgerApplication, key: str, actor: Actor, principal: str | None
) -> schemas.Record:
    """A record with what the actor may do next, in the name of a principal if so, and what others may."""
    tip, row = application.info(), store.record(key)
    if row is None:
        raise problems.NOT_FOUND(f"There is no record {key}.", at="key")
    ahead = outlook(application.state(), key, actor, application.context(), on_behalf_of=principal)
    listed = [(action.readiness, _action(action)) for action in ahead.own]
    return schemas.Record(
        key=key,
        version=row.version,
        height=row.height,
        entry_index=row.entry_index,
        record=msgspec.json.decode(row.value),
        summary=summary(decode_record(key, row.value)),
        allowed_actions=tuple(action for readiness, action in listed if readiness is not Readiness.LATER),
        later_actions=tuple(action for readiness, action in listed if readiness is Readiness.LATER),
        others_may=tuple(_step(step) for step in ahead.others),
        as_of=schemas.AsOf(height=max(tip.height, row.height), time_ms=_time_ms(tip.header.time_ms, row)),
    )


def _action(action: AllowedAction) -> schemas.AllowedAction:
    return schemas.AllowedAction(
        act=action.act,
        why=" ".join(_why(action)),
        ready=action.readiness is Readiness.READY,
        codes=tuple(refusal.code for refusal in action.waits_for),
        steps=tuple(_step(step) for step in action.steps),
        needs=action.needs,
    )


def _why(action: AllowedAction) -> tuple[str, ...]:
    """What the act does, or why it is not possible yet, and with which fields."""
    wanted = (f"{action.likely}:",) if action.likely else ()
    return (*wanted, *(refusal.message for refusal in action.waits_for)) or (action.summary,)


def _step(step: Step) -> schemas.Step:
    return schemas.Step(
        act=step.act, summary=step.summary, subject=step.subject, organisations=step.organisations
    )


def record_lines(
    store: Store, prefix: str, after: str, limit: int
) -> tuple[tuple[schemas.RecordLine, ...], str | None]:
    """Current records whose keys begin so, by key, and where to go on."""
    page = store.records_like(prefix, after, limit)
    lines = tuple(
        schemas.RecordLine(
            key=row.key,
            version=row.version,
            height=row.height,
            record=msgspec.json.decode(row.value),
            summary=summary(decode_record(row.key, row.value)),
        )
        for row in page.items
    )
    return lines, page.next


class _Stamp(msgspec.Struct):
    changed_ms: int
    changed_by: str
    changed_act: str
    changed_part: int = 0
    changed_for: str = ""


def _time_ms(tip_ms: int, row: StoredRecord) -> int:
    """The later of the tip read before the record and the record itself, should a block have come between."""
    return max(tip_ms, msgspec.json.decode(row.value, type=_Stamp).changed_ms)


def history(store: Store, key: str, after: int, limit: int) -> schemas.History:
    """The versions of a record with the acts that made them."""
    page = store.history(key, after, limit)
    if not page.items and after == 0:
        raise problems.NOT_FOUND(f"There is no record {key}.", at="key")
    return schemas.History(items=tuple(_change(store, row) for row in page.items), next=page.next)


def _change(store: Store, row: StoredRecord) -> schemas.Change:
    stored = store.entry(EntryIndex(row.entry_index))
    stamp = msgspec.json.decode(row.value, type=_Stamp)
    part = None if stored is None else _part_of(stored, stamp.changed_part)
    return schemas.Change(
        version=row.version,
        entry_index=row.entry_index,
        height=row.height,
        time_ms=stamp.changed_ms,
        issuer=stamp.changed_by,
        on_behalf_of=stamp.changed_for or None,
        act=stamp.changed_act,
        subject="" if part is None else part.subject,
        part=stamp.changed_part or None,
        body={} if part is None else msgspec.json.decode(part.body),
        id="" if stored is None else stored.statement_id.hex(),
    )


def _part_of(row: StoredEntry, place: int) -> Part | None:
    """The act in an entry that wrote a record; none in the genesis."""
    return None if row.index == 0 else part_at(parse_statement(row.leaf), place)


def sealed_statement(store: Store, statement_id: Hash) -> Sealed | None:
    """Where a statement ended up, from the database.

    Which other records it wrote is not kept by entry, so only the subject is named.
    """
    row = store.entry_by_statement(statement_id)
    header = None if row is None else store.header(Height(row.height))
    if row is None or header is None or row.index == 0:
        return None
    subject, seal = store.record_at_entry(row.subject, row.index), store.seal(Height(row.height))
    found = SealedEntry(
        id=statement_id.hex(),
        index=row.index,
        issuer=row.issuer,
        act=row.act,
        subject=row.subject,
        version=0 if subject is None else subject.version,
        writes=(row.subject,),
    )
    held = SealedBlock(
        height=row.height,
        block_id=header_id(header).hex(),
        time_ms=header.time_ms,
        round=0 if seal is None else seal.round,
        entries=(found,),
    )
    return Sealed(block=held, entry=found)


def entitled_match(
    application: LedgerApplication, found: PrivateMatch, organisation: str
) -> schemas.Match | None:
    """A record that private contents led to, for an organisation entitled to them; None for any other."""
    state, key = application.state(), found.subject
    value = state.get(key)
    if value is None or not may_read(organisation, key, value, state, application.context().time_ms):
        return None
    return match(key, value, found.kind)


def match(key: str, value: bytes, matched: str) -> schemas.Match:
    """A record that a search found."""
    return schemas.Match(
        key=key, kind=key.partition("/")[0], summary=summary(decode_record(key, value)), matched=matched
    )
