"""`sealane member`: who may act for an organisation, and with which keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError, ExitCode

app = group("Who may act for an organisation, and with which keys.")

MemberArgument = Annotated[str, typer.Argument(metavar="ORG/NAME", help="The member.")]
ChainOption = Annotated[
    Path | None,
    typer.Option(
        "--chain", metavar="FILE", help="Certificates that vouch for the key (PEM), up to the anchor."
    ),
]
PublicKeyOption = Annotated[
    str | None, typer.Option("--public-key", metavar="TEXT", help="As `sealane key show` prints it.")
]
KeyFileOption = Annotated[
    Path | None, typer.Option("--new-key", metavar="FILE", help="Key file whose public half is enrolled.")
]

_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


@command(
    app,
    "enroll",
    examples=(
        "sealane member enroll coral-line/guo-fang --public-key PUBLIC_KEY",
        "sealane member enroll coral-line/guo-fang --new-key guo-fang.pem --permission administrator",
        "sealane member enroll coral-line/guo-fang --chain guo-fang-chain.pem",
        "sealane member enroll coral-line/safe --public-key PUBLIC_KEY --permission recovery",
    ),
    words={"permission": "contracts.membership.model:Permission"},
)
def enroll(
    context: Context,
    member: MemberArgument,
    public_key: PublicKeyOption = None,
    new_key: KeyFileOption = None,
    chain: ChainOption = None,
    permission: Annotated[
        list[str] | None,
        typer.Option(
            "--permission",
            metavar="PERMISSION",
            help="signer (unless told), administrator, or recovery alone. Repeatable.",
        ),
    ] = None,
) -> None:
    """Let a key holder act for your organisation, as one of its administrators.

    The member makes the key and gives you its public half; the secret stays with them.
    """
    from cli.acting import choice, perform, present
    from cli.member_keys import vouched
    from contracts.membership.model import Permission

    given = sorted({choice(Permission, text, "--permission").value for text in permission or ["signer"]})
    fields: dict[str, object] = {**vouched(public_key, new_key, chain), "permissions": given}
    result = perform(context.client, "member.enrol", _key(member), fields, version=0)
    present(context, result, f"Enrolled {member} as {' and '.join(given)}", key=_key(member))
    context.output.next(f"sealane member show {member}")


@command(
    app,
    "rotate",
    examples=(
        "sealane member rotate --new-key fresh.pem",
        "sealane member rotate coral-line/lin-tao --public-key PUBLIC_KEY --overlap 1d",
    ),
)
def rotate(
    context: Context,
    member: Annotated[
        str | None, typer.Argument(metavar="ORG/NAME", help="The member; yourself unless told.")
    ] = None,
    public_key: PublicKeyOption = None,
    new_key: KeyFileOption = None,
    chain: ChainOption = None,
    overlap: Annotated[
        str,
        typer.Option("--overlap", metavar="TIME", help="How long the old key stays valid: 0, 30m, 2h, 7d."),
    ] = "0",
) -> None:
    """Replace a member's key. Without --overlap the old one ends at once, as after a theft."""
    from cli.acting import perform, present, read
    from cli.member_keys import vouched

    name = member or context.member
    length_ms = overlap_ms(overlap)
    until_ms = context.client.status()["time_ms"] + length_ms if length_ms else 0
    found = read(context.client, _key(name))
    fields = {**vouched(public_key, new_key, chain), "overlap_until_ms": until_ms}
    result = perform(context.client, "member.rotate", found.key, fields, version=found.version)
    present(context, result, f"Replaced the key of {name}", key=found.key)
    context.output.next(f"sealane member show {name} --key {new_key or 'NEW_KEY_FILE'}")


@command(
    app,
    "revoke",
    examples=("sealane member revoke coral-line/zhou-yan --reason left",),
    words={"reason": "contracts.membership.model:RevocationReason"},
)
def revoke(
    context: Context,
    member: MemberArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")],
) -> None:
    """End for ever that a member of your organisation may act.

    Reasons: left, key_lost, key_compromised, other.
    """
    from cli.acting import choice, perform, present, read
    from contracts.membership.model import RevocationReason

    found = read(context.client, _key(member))
    fields = {"reason": choice(RevocationReason, reason, "--reason").value}
    result = perform(context.client, "member.revoke", found.key, fields, version=found.version)
    present(context, result, f"Revoked {member}", key=found.key)


@command(
    app,
    "suspend",
    examples=("sealane member suspend coral-line/zhou-yan --reason key_compromised",),
    words={"reason": "contracts.membership.model:RevocationReason"},
)
def suspend(
    context: Context,
    member: MemberArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")],
) -> None:
    """Take from a member of your organisation that it may act, until you reinstate it.

    Reasons: left, key_lost, key_compromised, other.
    """
    from cli.acting import choice
    from contracts.membership.model import RevocationReason

    fields = {"reason": choice(RevocationReason, reason, "--reason").value}
    _change(context, "member.suspend", member, fields, f"Suspended {member}")


@command(app, "reinstate", examples=("sealane member reinstate coral-line/zhou-yan",))
def reinstate(context: Context, member: MemberArgument) -> None:
    """Let a suspended member of your organisation act again."""
    _change(context, "member.reinstate", member, {}, f"Reinstated {member}")


@command(
    app,
    "recover",
    examples=("sealane member recover coral-line/lin-tao --public-key PUBLIC_KEY --as coral-line/safe",),
    words={"reason": "contracts.membership.model:RevocationReason"},
)
def recover(
    context: Context,
    member: MemberArgument,
    public_key: PublicKeyOption = None,
    new_key: KeyFileOption = None,
    reason: Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")] = "key_lost",
) -> None:
    """Make a member, known or new, the only administrator of your organisation, with a new key.

    For the one whom you enrolled with the permission recovery, and whose key lies
    in a safe: after keys were lost or stolen. All other administrators are
    suspended, so that whoever has their keys can undo nothing.

    Reasons: key_lost, key_compromised, left, other.
    """
    from cli.acting import choice
    from cli.member_keys import public_key_of
    from contracts.membership.model import RevocationReason

    fields = {
        "key": public_key_of(public_key, new_key),
        "reason": choice(RevocationReason, reason, "--reason").value,
    }
    sentence = f"{member} administers {context.organisation} alone now"
    _change(context, "member.recover", member, fields, sentence, may_be_new=True)


def _change(
    context: Context,
    act: str,
    member: str,
    fields: dict[str, str],
    sentence: str,
    *,
    may_be_new: bool = False,
) -> None:
    """An act on a member as it stands now, or on one that does not exist yet."""
    from cli.acting import perform, present

    key = _key(member)
    found = context.client.record(key)
    if found is None and not may_be_new:
        raise CliError(
            f"there is no member {member}",
            do="sealane member list",
            exit_code=ExitCode.REFUSED,
            code="subject.unknown",
        )
    version = 0 if found is None else int(found["version"])
    result = perform(context.client, act, key, fields, version=version)
    present(context, result, sentence, key=key)
    context.output.next(f"sealane member show {member}")


@command(app, "show", examples=("sealane member show coral-line/lin-tao",))
def show(context: Context, member: MemberArgument) -> None:
    """Show a member: standing, permissions, and the thumbprints of its keys."""
    from cli.acting import read
    from cli.output import moment
    from cli.viewing import show_record
    from contracts.membership.model import Member
    from ledger.keys import PublicKey

    found = read(context.client, _key(member))
    member_keys = found.of(Member).keys
    keys = [
        (
            f"key {place}",
            f"{PublicKey.from_text(key.key).thumbprint.hex()}"
            + ("" if place < len(member_keys) else ", current")
            + ("" if key.valid_until_ms is None else f", until {moment(key.valid_until_ms)}")
            + ("" if key.certificate is None else f", certificate {key.certificate[:16]}"),
        )
        for place, key in enumerate(member_keys, start=1)
    ]
    show_record(context, found, "Keys", keys)


@command(app, "next", examples=("sealane member next coral-line/guo-fang",))
def next_(context: Context, member: MemberArgument) -> None:
    """Show what you may do with a member, and what to type."""
    from cli.acting import read
    from cli.next_acts import show_next

    show_next(context, read(context.client, _key(member)))


@command(app, "history", examples=("sealane member history coral-line/lin-tao",))
def history(context: Context, member: MemberArgument) -> None:
    """Show everything that changed a member: keys, suspension, recovery, and by whom."""
    from cli.viewing import show_history

    show_history(context, _key(member))


@command(app, "list", examples=("sealane member list coral-line", "sealane member list --json"))
def list_(
    context: Context,
    organisation: Annotated[
        str | None, typer.Argument(metavar="ORG", help="The organisation; your own unless told.")
    ] = None,
) -> None:
    """List the members of an organisation that are known here.

    Known are the founding members, the organisation's administrators, and
    those whose keys are in the network directory.
    """
    from cli.acting import read
    from cli.output import table
    from contracts.membership.model import Member, Organisation
    from contracts.model import organisation_key

    name = organisation or context.organisation
    administrators = read(context.client, organisation_key(name)).of(Organisation).administrators
    known = dict.fromkeys([*_founders(context, name), *_keys_here(context, name), *administrators])
    rows = []
    for member in known:
        try:
            record = read(context.client, _key(f"{name}/{member}")).of(Member)
        except CliError as error:
            if error.code != "subject.unknown":
                raise
            continue  # a key in the directory that was never enrolled
        permissions = ", ".join(permission.value for permission in record.permissions)
        rows.append((f"{name}/{member}", record.state.value, permissions, len(record.keys)))
    columns = ("member", "state", "permissions", "keys")
    value = {"organisation": name, "members": [dict(zip(columns, row, strict=True)) for row in rows]}
    context.output.result(value, table(columns, rows))


def overlap_ms(text: str) -> int:
    """A length of time such as 30m, 2h or 7d, in milliseconds; `0` for none."""
    match = re.fullmatch(r"([0-9]{1,5})([mhd])", text)
    if text == "0":
        return 0
    if match is None:
        raise CliError(f"--overlap {text} is no length of time", do="Give it as 0, 30m, 2h or 7d.")
    return int(match[1]) * _UNITS_MS[match[2]]


def _founders(context: Context, name: str) -> list[str]:
    found = context.genesis.organisations if context.genesis is not None else ()
    return [
        member.name for organisation in found if organisation.id == name for member in organisation.members
    ]


def _keys_here(context: Context, name: str) -> list[str]:
    return [m.partition("/")[2] for m in context.members() if m.startswith(f"{name}/")]


def _key(member: str) -> str:
    from contracts.catalogue import KIND_OF
    from contracts.membership.model import Member
    from contracts.model import member_key

    key = member_key(member.removeprefix("member/"))
    if not KIND_OF[Member].pattern.match(key):
        raise CliError(
            f"{member} is not a member's name", do="Give it as ORG/NAME, in lower case.", code="subject.kind"
        )
    return key
