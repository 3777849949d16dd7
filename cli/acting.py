"""How commands read records and do acts: found by what people call them, said in sentences.

Every act goes the same way: its fields are checked against the contracts' own
model before anything is signed, it builds on the version of the record that was
looked at, and its outcome is said with the block that sealed it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cli.client import Client
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.output import clean
from cli.recent import recent_of
from cli.words import did_you_mean
from contracts.catalogue import decode_record
from contracts.execution import make_body
from contracts.model import Record
from contracts.refusals import Refused
from ledger.canonical import Canonical, encode
from ledger.errors import InvariantViolated

R = TypeVar("R", bound=Record)
E = TypeVar("E", bound=enum.StrEnum)

ID_DIGITS = {"bill": 64, "declaration": 32, "container": 32, "document": 32}
"""Hexadecimal digits of a record's id, by kind."""

MIN_PREFIX = 6
"""Shortest beginning of an id that stands for it; numbers of bills are rarely hexadecimal."""

PAGE = 1_000
MAX_PAGES = 20
"""Records of one's own organisation that are looked through, in pages."""

MAX_FETCHED = 50
"""Contents fetched to find one by its number; whoever has more open cases gives the record key."""

_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A record as a node showed it."""

    key: str
    version: int
    record: Record
    answer: dict[str, Any]
    """Everything that the node answered."""

    def of(self, kind: type[R]) -> R:
        """The record as this kind; `CliError` when it is another."""
        if isinstance(self.record, kind):
            return self.record
        raise CliError(
            f"{self.key} is not a {kind.__name__.lower()}", do="Give the key of one.", code="subject.kind"
        )


def read(client: Client, key: str) -> Found:
    """The record at a key; `CliError` when there is none."""
    found = read_or_none(client, key)
    if found is None:
        raise CliError(
            f"there is no record {key}",
            do="Check the key; a node that lags may not have it yet.",
            exit_code=ExitCode.REFUSED,
            code="subject.unknown",
        )
    return found


def read_or_none(client: Client, key: str) -> Found | None:
    """The record at a key, or None when there is none."""
    answer = client.record(key)
    if answer is None:
        return None
    return Found(
        key=key, version=int(answer["version"]), record=record_in(key, answer["record"]), answer=answer
    )


def record_in(key: str, shown: Any) -> Record:
    """The record that a node shows at a key; `CliError` when the contracts here do not know its like."""
    try:
        return decode_record(key, encode(shown))
    except (InvariantViolated, KeyError):
        raise CliError(
            f"the node's record {key} is not understood",
            why="The node may run newer rules than this command knows.",
            do="Upgrade sealane here.",
            exit_code=ExitCode.UNREACHABLE,
            code="node.answer",
        ) from None


def find(context: Context, text: str, kind: str) -> Found:
    """The record that `text` names: a key, an id or its beginning, or a number that the node knows."""
    return read(context.client, find_key(context, text, kind))


def find_key(context: Context, text: str, kind: str) -> str:
    """The key of the record of a kind that `text` names; `CliError` for none or several."""
    given = text.removeprefix(f"{kind}/")
    if "/" in given:
        raise CliError(f"{text} is not a {kind}", do=f"Give a {kind}.", code="subject.kind")
    if _HEX.fullmatch(given):
        if len(given) == ID_DIGITS[kind]:
            return f"{kind}/{given}"
        keys = _beginning_with(context, f"{kind}/{given}", kind) if len(given) >= MIN_PREFIX else set()
        if keys:
            return _the_one(context, keys, text, kind)
    keys = numbered(context.client, given, kind)
    if not keys and fetch_what_concerns_us(context, kind):
        keys = numbered(context.client, given, kind)
    if len(keys) > 1 and kind == "bill":
        keys = _with_number(context.client, keys, given)
    key = _the_one(context, keys, text, kind)
    context.recall(kind, text)
    return key


def records_of(context: Context, kind: str) -> list[dict[str, Any]]:
    """The records of a kind that name the acting organisation, the newest first, as a search shows them."""
    items: list[dict[str, Any]] = []
    after = None
    for _ in range(MAX_PAGES):
        page = context.client.get("/v1/search", party=context.party, limit=PAGE, after=after)
        items += [item for item in page["items"] if item["kind"] == kind]
        after = page.get("next")
        if after is None:
            break
    return items


def fetch_what_concerns_us(context: Context, kind: str) -> int:
    """Have the node fetch the contents of the newest records that name the acting organisation.

    A node finds numbers in contents that it holds, and holds only what someone
    asked it for: so an office asks for the declarations lodged with it before it
    can look one up. Returns how many contents it holds of them now.
    """
    from cli.contents import fetch

    context.output.note("not known by number at your node; asking the parties' nodes for contents")
    held = 0
    for item in records_of(context, "bill" if kind == "container" else kind)[:MAX_FETCHED]:
        found = context.client.record(item["key"])
        try:
            if found is not None:
                fetch(context.client, item["key"], found["record"]["contents"])
                held += 1
        except CliError as error:
            context.output.note(f"{item['key']}: {error.why or error.what}")
    return held


def _beginning_with(context: Context, prefix: str, kind: str) -> set[str]:
    """Keys of the acting organisation's records that begin so."""
    return {str(item["key"]) for item in records_of(context, kind) if str(item["key"]).startswith(prefix)}


def numbered(client: Client, number: str, kind: str) -> set[str]:
    """Keys of the records that the node's private index knows under a number."""
    if kind == "container":
        return _containers(client, number.upper())
    query = {kind if kind in ("bill", "declaration") else "text": number}
    items = client.get("/v1/search", **query, limit=PAGE)["items"]
    return {str(item["key"]) for item in items if item["kind"] == kind}


def _with_number(client: Client, keys: set[str], number: str) -> set[str]:
    """Of bills whose number begins so, those that have exactly this number; all when none has."""
    from cli.contents import fetch

    exact = set()
    for key in sorted(keys):
        found = client.record(key)
        if found is None:
            continue
        document = fetch(client, key, found["record"]["contents"]).document
        reference = str(document.get("transportDocumentReference"))
        if number in (reference, f"{document.get('carrierCode')}:{reference}"):
            exact.add(key)
    return exact or keys


def _containers(client: Client, number: str) -> set[str]:
    """A container's record is found through the contents of a bill that names its number."""
    from cli.contents import known_opening
    from contracts.model import container_key

    opening = known_opening(client, number)
    return set() if opening is None else {container_key(opening.id)}


def _the_one(context: Context, keys: set[str], text: str, kind: str) -> str:
    if len(keys) == 1:
        return keys.pop()
    if not keys:
        known = [] if context.directory is None else recent_of(context.directory, kind)
        why = f"It finds numbers in contents that it holds, or can fetch for {kind}s that name you."
        raise CliError(
            f"your node knows no {kind} {text}",
            why=f"{why} {did_you_mean(text, known)}".rstrip(),
            do=f"Give the record key ({kind}/...), or ask a party's node: --node ORG.",
            exit_code=ExitCode.REFUSED,
            code="subject.unknown",
        )
    raise CliError(
        f"{text} names {len(keys)} records",
        why=", ".join(sorted(keys)[:5]),
        do="Give the record key of the one you mean.",
        code="subject.unclear",
    )


def perform(
    client: Client,
    act: str,
    subject: str,
    fields: Mapping[str, Any] | None = None,
    *,
    version: int | None = None,
) -> dict[str, Any]:
    """Do one act and wait until it is final; the node's answer.

    `fields` without value are left out. `version` is the one that the actor saw, 0
    to create. Raises `CliError` for fields that the contracts do not take, and as
    `Client.act` does.
    """
    return client.act(act, subject, body_of(act, fields or {}), expected_version=version)


def body_of(act: str, fields: Mapping[str, Any]) -> Canonical:
    """The body of an act, fields without value left out; `CliError` for what the contracts do not take."""
    given = {name: value for name, value in fields.items() if value not in (None, [], ())}
    try:
        return make_body(act, given)
    except Refused as refused:
        raise CliError(
            f"{act} cannot be written so",
            why=refused.refusal.message,
            code=refused.refusal.code,
            field=refused.refusal.field,
            final=refused.refusal.final,
        ) from None


def choice(kind: type[E], text: str, option: str) -> E:
    """The value of an enumeration that `text` spells, hyphens allowed; `CliError` lists the values."""
    for value in kind:
        if text.replace("-", "_").lower() == value.value.lower():
            return value
    values = [value.value for value in kind]
    raise CliError(
        f"{option} {text} is not known",
        why=did_you_mean(text, values),
        do=f"{option} {'|'.join(values)}",
        field=option,
    )


def present(context: Context, result: dict[str, Any], sentence: str, **more: Any) -> None:
    """Print what an act did: a sentence with its block, or the node's result with `more`."""
    context.output.result(
        {**result, **{name: value for name, value in more.items() if value is not None}},
        f"{clean(sentence)} {sealed(result)}",
    )


def sealed(result: Mapping[str, Any]) -> str:
    """Where an act ended up, in brackets."""
    return f"(block {result.get('height')}, entry {result.get('index')})"


def organisations(names: Iterable[str] | None) -> list[str]:
    """Organisations given by a repeatable option, once each."""
    return list(dict.fromkeys(names or ()))


class Names:
    """What people call organisations: from the genesis at hand, else their ids."""

    def __init__(self, context: Context) -> None:
        genesis = context.genesis
        self._names = {o.id: o.name for o in genesis.organisations} if genesis is not None else {}

    def __call__(self, organisation: str | None) -> str:
        """The name of an organisation, of a member's organisation, or `nobody`."""
        if organisation is None:
            return "nobody"
        return self._names.get(organisation.partition("/")[0], organisation.partition("/")[0])

    def member(self, member: str) -> str:
        """A member: the organisation's name, and theirs in brackets."""
        organisation, _, name = member.partition("/")
        return f"{self(organisation)} ({name})" if name else self(organisation)
