"""The reference of acts, records and refusals as Markdown, rendered from the tables that decide.

`render` gives every page by its path. Nothing is read but the tables themselves.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from contracts.catalogue import CODES, KINDS, TABLES
from contracts.clearance.status_codes import STATUS_ROWS
from contracts.documents.wco import (
    AHEAD,
    BILL_TYPES,
    DECLARATION_ELEMENTS,
    ITEM_ELEMENTS,
    TYPES,
    Mapped,
)
from contracts.membership.model import Organisation
from contracts.movement.events import ANYWHERE, EVENTS
from contracts.movement.model import Container
from contracts.table import Act, Guard

MADE = "<!-- Made from the tables in contracts/ by `python -m tools.docs --write`; do not edit. -->"

INTRODUCTION = """Every act is a row of a table in `contracts/`. It is refused with the code of the first
condition that does not hold; if all hold, it takes effect. Every act names the version
of its subject that it builds on (0 for a new record), and every write raises the
version by one."""


def render() -> dict[str, str]:
    """Every generated page: path relative to the root -> text."""
    pages = {f"docs/reference/acts-{name}.md": _table_page(name, acts) for name, acts in TABLES.items()}
    pages["docs/reference/records.md"] = _records_page()
    pages["docs/reference/refusals.md"] = _refusals_page()
    pages["docs/reference/customs-messages.md"] = _messages_page()
    return pages


def diagram(acts: Iterable[Act]) -> str:
    """A Mermaid state diagram: one arrow from a state to another, with every act that takes it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for act in acts:
        for before, after in act.moves():
            if before is not after:
                start = "[*]" if before is None else before.value
                arrows.setdefault((start, after.value), []).append(_verb(act))
    lines = [f"    {start} --> {end}: {', '.join(verbs)}" for (start, end), verbs in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines])


def life_table(acts: Iterable[Act]) -> str:
    """The same for readers without a renderer: state by state, what leads on and what leaves it as it is."""
    rows = list(acts)
    states = dict.fromkeys(state for act in rows for state in (*act.states, *act.leads_to))
    kinds: dict[type[enum.StrEnum], None] = dict.fromkeys(type(state) for state in states)
    ordered = [state for kind in kinds for state in kind if state in states]
    lines = [(f"`{state.value}`", *_ways(rows, state)) for state in ordered]
    return _table(
        ("state", "acts that lead on", "acts that leave it so"), [("new", *_ways(rows, None)), *lines]
    )


def _ways(acts: Iterable[Act], state: enum.StrEnum | None) -> tuple[str, str]:
    """What is possible in a state, for two cells of a table."""
    on, stay = [], []
    for act in acts:
        ends = [after for before, after in act.moves() if before is state and after is not state]
        if ends:
            on.append(f"`{_verb(act)}` to {' or '.join(f'`{end.value}`' for end in ends)}")
        elif state is not None and (state in act.states or not (act.states or act.leads_to)):
            stay.append(f"`{_verb(act)}`")
    return "; ".join(on), ", ".join(stay)


def lives(acts: Iterable[Act]) -> Iterator[str]:
    """The life of each kind of record of a contract that has one."""
    for record in dict.fromkeys(act.record for act in acts):
        rows = [act for act in acts if act.record is record]
        if any(act.leads_to for act in rows):
            journey = record is Container
            yield f"## Life of {'an' if record is Organisation else 'a'} {record.__name__.lower()}"
            yield f"```mermaid\n{event_diagram() if journey else diagram(rows)}\n```"
            yield _events_table() if journey else life_table(rows)


def _verb(act: Act) -> str:
    return act.name.partition(".")[2]


def event_diagram() -> str:
    """A Mermaid state diagram of a container's journey."""
    lines = ["stateDiagram-v2", "    [*] --> announced"]
    for event, row in EVENTS.items():
        if row.to is not None:
            lines += [f"    {state.value} --> {row.to.value}: {event.value}" for state in row.states]
    return "\n".join(lines)


def _table_page(name: str, acts: tuple[Act, ...]) -> str:
    parts = [f"# Acts: {name}", MADE, INTRODUCTION, *lives(acts)]
    return "\n\n".join([*parts, *(act_section(act) for act in acts)]) + "\n"


def act_section(act: Act) -> str:
    """One act: who, when, its fields, and every condition with its refusal."""
    who = " or ".join(f"`{role.value}`" for role in act.roles) or "any organisation"
    permission = "" if act.permission is None else f", by a member who is `{act.permission.value}`"
    states = ", ".join(f"`{state.value}`" for state in act.states)
    facts = [f"- Who: {who}{permission}{_standing(act)}."]
    facts.append(f"- Subject: {act.presence.value}{f', which is {states}' if states else ''}.")
    if act.leads_to:
        facts.append(f"- Leads to: {', '.join(f'`{state.value}`' for state in act.leads_to)}.")
    if act.rule:
        facts.append(f"- Source: {act.rule}.")
    parts = [f"## `{act.name}`", act.summary, "\n".join(facts), _fields(act.body)]
    if act.conditions:
        parts.append(_conditions(act.conditions))
    return "\n\n".join(parts)


def _conditions(guards: Iterable[Guard]) -> str:
    rows = [(guard.holds, f"`{guard.code.code}`", guard.rule) for guard in guards]
    return _table(("condition", "otherwise", "source"), rows)


def _events_table() -> str:
    rows = [
        (
            f"`{event.value}`",
            ", ".join(f"`{role.value}`" for role in row.roles),
            "anywhere" if row.states == ANYWHERE else ", ".join(f"`{state.value}`" for state in row.states),
            "there still" if row.to is None else f"`{row.to.value}`",
            row.purpose.value,
            row.seal.value,
            f"{row.code} {row.mode or ''}".strip(),
        )
        for event, row in EVENTS.items()
    ]
    return _table(("event", "recorded by", "container is", "then", "purpose", "seal", "DCSA"), rows)


def _records_page() -> str:
    parts = ["# Records", MADE]
    for kind in KINDS:
        meaning = " ".join((kind.record.__doc__ or "").split())
        parts += [f"## `{kind.form}`", meaning, _fields(kind.record)]
    return "\n\n".join(parts) + "\n"


def _refusals_page() -> str:
    rows = [
        (f"`{code.code}`", code.sentence, code.hint, "yes" if code.final else "no")
        for code in sorted(CODES.values(), key=lambda code: code.code)
    ]
    introduction = (
        "A refusal that is final can never turn into acceptance of the same statement. Any other means "
        "*not now*: it becomes final when the expected version has passed or the statement's time is over."
    )
    return (
        "\n\n".join(["# Refusals", MADE, introduction, _table(("code", "says", "do", "final"), rows)]) + "\n"
    )


def _messages_page() -> str:
    codes = [(row.code, row.name, row.meaning, row.when, row.acts, row.why) for row in STATUS_ROWS]
    types = [(f"`{prefix}`", kind.value) for prefix, kind in TYPES.items()]
    parts = [
        "# Customs messages",
        MADE,
        "What customs' XML messages (WCO data model 3.6) come to here. `sealane clearance lodge` reads a "
        "declaration, `sealane clearance replay` plays what customs told about one.",
        "## Status codes",
        "The function codes of the declaration service that HM Revenue and Customs publish. The first row "
        "that applies to a code is taken. Every act is accepted or refused as any other.",
        _table(("code", "name", "tells", "when", "acts", "source"), codes),
        "## Elements of a declaration",
        "Found by local name; namespaces do not matter. An element that is required and missing, or cannot "
        "be read, stops the declaration and is named.",
        _elements("", DECLARATION_ELEMENTS),
        "A declarant's number that looks like an EORI is taken as one. Equipment that bears an ISO 6346 "
        "number is a container, any other `other_equipment`. The transport document is the first document "
        f"of type {', '.join(BILL_TYPES)}.",
        "## Elements of a goods item",
        _elements("GoodsShipment/GovernmentAgencyGoodsItem/", ITEM_ELEMENTS),
        "The HS code is the classification of type TSP with that of type TRC behind it; packages are added "
        "up; the procedure is the current and the previous code of the first procedure. The invoice's total "
        "is the value of an only item that states none.",
        "## Types of declaration",
        f"By the first two letters of TypeCode; {', '.join(AHEAD)} as the third letter means that the goods "
        "are still to come.",
        _table(("begins with", "is"), types),
    ]
    return "\n\n".join(parts) + "\n"


def _elements(under: str, rows: Iterable[Mapped]) -> str:
    cells = [
        (f"`{under}{row.path}`", f"`{row.field}`", row.note, row.required or "may be missing") for row in rows
    ]
    return _table(("element", "field", "how", "when it is missing"), cells)


def _standing(act: Act) -> str:
    """What is left of the act to a suspended organisation."""
    if act.while_suspended:
        return ", also while the organisation is suspended"
    return ", also the caretaker of a suspended one" if act.is_duty else ""


def _fields(struct: type[msgspec.Struct]) -> str:
    fields = msgspec.structs.fields(struct)
    if not fields:
        return "No fields."
    info = inspect.type_info(struct)
    types = {field.name: field.type for field in info.fields} if isinstance(info, inspect.StructType) else {}
    rows = [
        (f"`{field.name}`", type_text(types[field.name]), "yes" if field.required else "no")
        for field in fields
    ]
    return _table(("field", "type", "required"), rows)


def type_text(info: Any) -> str:
    """A field's type in words."""
    if isinstance(info, inspect.UnionType):
        return " or ".join(type_text(part) for part in info.types if not isinstance(part, inspect.NoneType))
    if isinstance(info, inspect.EnumType):
        return "one of " + ", ".join(f"`{value.value}`" for value in info.cls)
    if isinstance(info, inspect.VarTupleType):
        most = "" if info.max_length is None else f", at most {info.max_length}"
        return f"list of {type_text(info.item_type)}{most}"
    if isinstance(info, inspect.StructType):
        tag = [] if info.tag is None else [f"`{info.tag_field}` = `{info.tag}`"]
        return "object of " + ", ".join([*tag, *(f"`{field.name}`" for field in info.fields)])
    return _string_text(info) if isinstance(info, inspect.StrType) else _PLAIN[type(info)]


def _string_text(info: inspect.StrType) -> str:
    if info.pattern:
        return f"text like `{_pattern(info.pattern)}`"
    return "text" if info.max_length is None else f"text, at most {info.max_length} characters"


_PLAIN: Mapping[type, str] = {inspect.IntType: "integer", inspect.BoolType: "true or false"}


def _pattern(pattern: str) -> str:
    return pattern.removeprefix(r"\A").removesuffix(r"\Z")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
