"""`sealane org`: who takes part, the keys of an organisation's nodes and seat, and who administers it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError

app = group("Organisations: who takes part, and their nodes' and validators' keys.")

PAGE = 1_000


@command(app, "list", examples=("sealane org list", "sealane org list --json"))
def list_(context: Context) -> None:
    """List the organisations on the ledger: what they do, and which have a seat among the validators."""
    from cli.output import table
    from contracts.membership.model import NetworkValidators
    from contracts.model import VALIDATORS_KEY

    items: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = context.client.get("/v1/records", kind="organisation", after=after, limit=PAGE)
        items += page["items"]
        after = page["next"]
    from cli.acting import read

    seats = read(context.client, VALIDATORS_KEY).of(NetworkValidators).validators
    seated = {seat.organisation for seat in seats}
    rows = [
        {
            "organisation": item["record"]["id"],
            "name": item["record"]["name"],
            "roles": item["record"]["roles"],
            "state": item["record"]["state"],
            "nodes": len(item["record"].get("nodes", ())),
            "validator": item["record"]["id"] in seated,
        }
        for item in items
    ]
    columns = ("organisation", "name", "roles", "state", "nodes", "validator")
    shown = [
        [
            row["organisation"],
            row["name"],
            ", ".join(row["roles"]),
            row["state"],
            row["nodes"],
            _yes(row["validator"]),
        ]
        for row in rows
    ]
    context.output.result({"items": rows}, table(columns, shown))


def _yes(holds: bool) -> str:
    return "yes" if holds else ""


@command(app, "show", examples=("sealane org show coral-line",))
def show(
    context: Context,
    organisation: Annotated[
        str | None, typer.Argument(metavar="ORG", help="The organisation; your own unless told.")
    ] = None,
) -> None:
    """Show an organisation: its roles, administrators and nodes."""
    from cli.acting import read
    from cli.viewing import show_record
    from contracts.membership.model import Organisation
    from contracts.model import organisation_key

    found = read(context.client, organisation_key(organisation or context.organisation))
    show_record(context, found, "Nodes", [(node.name, node.key) for node in found.of(Organisation).nodes])


@command(app, "history", examples=("sealane org history coral-line",))
def history(
    context: Context,
    organisation: Annotated[
        str | None, typer.Argument(metavar="ORG", help="The organisation; your own unless told.")
    ] = None,
) -> None:
    """Show everything that changed an organisation: by its own acts, and by which ballots."""
    from cli.viewing import show_history
    from contracts.model import organisation_key

    show_history(context, organisation_key(organisation or context.organisation))


@command(
    app,
    "rotate-validator",
    examples=("sealane org rotate-validator --new-key keys/validator-2.key",),
)
def rotate_validator(
    context: Context,
    new_key: Annotated[
        Path, typer.Option("--new-key", metavar="FILE", help="As `sealane key new-validator` makes it.")
    ],
) -> None:
    """Replace the key of your organisation's seat, two blocks later; at most once a day.

    First let the node hold both keys, in [keys] validator of its node.toml, and
    start it again: then it misses no block. Afterwards destroy the old key.
    """
    from cli.acting import perform, present, read
    from contracts.model import VALIDATORS_KEY

    found = read(context.client, VALIDATORS_KEY)
    result = perform(
        context.client, "validator.rotate", found.key, proven_key(new_key), version=found.version
    )
    first = int(result["height"]) + 2
    present(context, result, f"The new key seals from block {first} on", effective_height=first)
    context.output.next(f"sealane org show {context.organisation}")


@command(
    app,
    "replace-node",
    examples=("sealane org replace-node node-1 --new-key keys/node-2.pem",),
)
def replace_node(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NODE", help="Name of the node within your organisation.")],
    new_key: Annotated[Path, typer.Option("--new-key", metavar="FILE", help="The node's next key (PEM).")],
) -> None:
    """Replace the key with which a node of yours connects and signs receipts, at once.

    Afterwards name the new key in [keys] node of its node.toml, and start the node again.
    """
    from cli.acting import perform, present, read
    from cli.files import read_signing_key
    from contracts.model import organisation_key

    found = read(context.client, organisation_key(context.organisation))
    fields = {"node": name, "key": read_signing_key(new_key).public_key.text}
    result = perform(context.client, "organisation.replace_node", found.key, fields, version=found.version)
    present(context, result, f"The node {name} of {context.organisation} has another key")


@command(
    app,
    "set-contents-key",
    examples=("sealane org set-contents-key keys/contents-2.key --as coral-line/lin-tao",),
)
def set_contents_key(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `sealane key new-contents` makes it.")],
) -> None:
    """Name the key to which contents that your organisation may read are sealed from now on.

    First let whoever opens them hold it: the node, in [keys] contents of its node.toml,
    started again; or your members, as contents*.key. Keep the old one beside it:
    contents that were sealed to it still need it.
    """
    from cli.acting import perform, present, read
    from cli.files import read_contents_key
    from contracts.model import organisation_key

    found = read(context.client, organisation_key(context.organisation))
    fields = {"key": read_contents_key(file).text}
    result = perform(
        context.client, "organisation.set_contents_key", found.key, fields, version=found.version
    )
    present(context, result, f"Contents are sealed to the new key of {context.organisation} from now on")


@command(
    app,
    "set-anchors",
    examples=(
        "sealane org set-anchors port-community-root.pem --as coral-line/lin-tao",
        "sealane org set-anchors --none --as coral-line/lin-tao",
    ),
)
def set_anchors(
    context: Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="Certificates that are trusted (PEM).")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="Trust none: members have bare keys.")] = False,
) -> None:
    """Name the certification authorities that your organisation trusts to vouch for its members.

    From then on whoever is enrolled, or gets another key, needs a chain to one of
    them, and acts until the chain ends by block time. First enrol a member with the
    permission recovery, whose bare key never ends. Keys of before stay as they are.
    """
    from cli.acting import perform, present, read
    from cli.certificates import anchors_of
    from contracts.model import organisation_key

    if none == bool(files):
        raise CliError("give the certificates to trust, or --none")
    found = read(context.client, organisation_key(context.organisation))
    fields = {"anchors": anchors_of(files or [])}
    result = perform(context.client, "organisation.set_anchors", found.key, fields, version=found.version)
    present(context, result, f"{context.organisation} trusts {len(fields['anchors'])} anchors")
    context.output.next(f"sealane org show {context.organisation}")


@command(app, "veto", examples=("sealane org veto --as coral-line/lin-tao",))
def veto(context: Context) -> None:
    """Object, with a key of your organisation, to the new administrator whom a ballot gave it.

    Possible while the organisation is suspended, until the new administrator takes over.
    Your own node may be cut off: ask another with --node.
    """
    _answer(context, "organisation.veto", "The new administrator will not take over")


@command(app, "take-over", examples=("sealane org take-over --as coral-line/wang-min",))
def take_over(context: Context) -> None:
    """Take over your organisation as the new administrator whom a ballot gave it, once the delay is over.

    All administrators of before are suspended, and the recovery key ends: enrol another later. Revoke what
    others enrolled and granted, then ask that it be reinstated.
    """
    _answer(context, "organisation.take_over", "You administer the organisation alone now")


def _answer(context: Context, act: str, sentence: str) -> None:
    from cli.acting import perform, present, read
    from contracts.model import organisation_key

    found = read(context.client, organisation_key(context.organisation))
    result = perform(context.client, act, found.key, {}, version=found.version)
    present(context, result, sentence, key=found.key)
    context.output.next(f"sealane org show {context.organisation}")


def proven_key(file: Path) -> dict[str, str]:
    """The public half of a validator's key file with its proof of possession, as acts name them."""
    from cli.files import read_bls_secret
    from ledger.bls import backend
    from ledger.primitives import encode_base64url

    secret = read_bls_secret(file)
    return {
        "bls_key": encode_base64url(backend().public_key(secret)),
        "possession": encode_base64url(backend().prove_possession(secret)),
    }
