"""Who takes part: validators, organisations, and what they decide together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contracts.catalogue import decode_record
from contracts.governance.model import Choice, Proposal
from contracts.governance.words import change_said
from contracts.membership.model import Organisation
from ledger.canonical import encode
from ledger.primitives import MAX_SAFE_INTEGER, Height
from ledger.seal import seal_signers
from nodes.api.parameters import checked_key
from nodes.api.state import Api, reading
from nodes.pages.blocks import read_height
from nodes.pages.histories import steps
from nodes.pages.models import Motion, Participant, Seat, Set, Step
from nodes.pages.routing import Ask, M, Rows, Shown, page_routes
from nodes.pages.things import subject_of

LOOKED_AT = 100
"""Newest blocks whose signers are counted."""


async def validators(ask: Ask) -> Shown:
    """Who seals the next block, and how faithfully each signed lately; public, as headers and seals are."""
    services = ask.api.services
    height = Height(services.application.info().height + 1)
    seats = await reading(services.store.validators_at, height)
    signed, looked_at = await reading(_signatures, ask.api)
    found = [
        Seat(
            place=place,
            organisation=seat.organisation,
            bls_key=seat.bls_key,
            signed=signed[seat.organisation],
            of=looked_at,
        )
        for place, seat in enumerate(seats.validators)
    ]
    head = Set(height=height, quorum=seats.quorum, faults=seats.faults, hash=seats.hash.hex())
    return Shown(template="validators.html", head=head, rows=_whole(Seat, found))


def _signatures(api: Api) -> tuple[Counter[str], int]:
    """How many of the newest sealed blocks each organisation signed, and how many were looked at."""
    store, counted, looked_at = api.services.store, Counter[str](), 0
    for row in store.blocks_before(Height(MAX_SAFE_INTEGER), LOOKED_AT).items:
        seal = store.seal(Height(row.height))
        if seal is not None:
            seats = store.validators_at(Height(row.height))
            counted.update(seats.validators[seat].organisation for seat in seal_signers(seal, seats))
            looked_at += 1
    return counted, looked_at


async def organisations(ask: Ask) -> Shown:
    """The organisations: for members as they are now, for anybody as the founding names them."""
    api = ask.api
    if ask.actor is None:
        return Shown(template="organisations.html", rows=_whole(Participant, founders(api)))

    def fetch(after: str, limit: int) -> tuple[Sequence[Participant], str | None]:
        page = api.services.store.records_like("organisation/", after, limit)
        records = [decode_record(row.key, row.value) for row in page.items]
        seated = _seated(api)
        return [_participant(one, seated) for one in records if isinstance(one, Organisation)], page.next

    rows = Rows(kind=Participant, fetch=fetch, start="", read_cursor=str)
    return Shown(template="organisations.html", rows=rows)


def founders(api: Api) -> list[Participant]:
    """The organisations of the genesis document, which is public."""
    genesis = api.services.genesis
    seated = {validator.organisation for validator in genesis.validators}
    return [
        Participant(
            id=one.id,
            name=one.name,
            state="",
            roles=one.roles,
            jurisdiction=one.jurisdiction,
            validator=one.id in seated,
            nodes=tuple(node.name for node in one.nodes),
        )
        for one in genesis.organisations
    ]


def _seated(api: Api) -> set[str]:
    height = Height(api.services.application.info().height + 1)
    return {seat.organisation for seat in api.services.store.validators_at(height).validators}


def _participant(record: Organisation, seated: set[str]) -> Participant:
    return Participant(
        id=record.id,
        name=record.name,
        state=record.state.value,
        roles=tuple(role.value for role in record.roles),
        jurisdiction=record.jurisdiction,
        validator=record.id in seated,
        nodes=tuple(node.name for node in record.nodes),
    )


async def governance(ask: Ask) -> Shown:
    """The proposals, open ones first, with who voted how."""
    ask.member()
    found = await reading(_motions, ask.api)
    return Shown(template="governance.html", rows=_whole(Motion, found))


def _motions(api: Api) -> list[Motion]:
    found: list[Motion] = []
    after: str | None = ""
    while after is not None:
        page = api.services.store.records_like("proposal/", after, LOOKED_AT)
        records = ((row.key, decode_record(row.key, row.value)) for row in page.items)
        found += [_motion(key, one) for key, one in records if isinstance(one, Proposal)]
        after = page.next
    return sorted(found, key=lambda one: (one.state != "open", -one.created_ms))


def _motion(key: str, proposal: Proposal) -> Motion:
    said = {
        choice: tuple(ballot.organisation for ballot in proposal.ballots if ballot.choice is choice)
        for choice in Choice
    }
    return Motion(
        key=key,
        title=proposal.title,
        state=proposal.state.value,
        proposer=proposal.proposer,
        asks=change_said(proposal.change),
        yes=said[Choice.YES],
        no=said[Choice.NO],
        expires_ms=proposal.expires_ms,
        created_ms=proposal.created_ms,
        effective_height=proposal.effective_height,
    )


async def proposal(ask: Ask) -> Shown:
    """One proposal: what it asks, each seat's ballot, and how it went."""
    return await _of_record(ask, f"proposal/{ask.path('proposal')}", "proposal.html")


async def organisation(ask: Ask) -> Shown:
    """One organisation."""
    return await _of_record(ask, f"organisation/{ask.path('organisation')}", "organisation.html")


async def _of_record(ask: Ask, name: str, template: str) -> Shown:
    key, store = checked_key(name), ask.api.services.store
    head = await reading(subject_of, ask.api, key, ask.member())
    rows = Rows(kind=Step, fetch=steps(store, key), start=0, read_cursor=read_height)
    values = {
        "seated": sorted(await reading(_seated, ask.api)),
        "key": key,
        "it": decode_record(key, encode(head.record.record)),
    }
    return Shown(template=template, head=head, rows=rows, values=values)


def _whole(kind: type[M], found: Sequence[M]) -> Rows[M, int]:
    """Rows that were read already."""
    return Rows(kind=kind, fetch=lambda _at, _limit: (found, None), start=0, read_cursor=read_height)


ROUTES = [
    *page_routes("/validators", validators),
    *page_routes("/organisations", organisations),
    *page_routes("/organisations/{organisation}", organisation),
    *page_routes("/governance", governance),
    *page_routes("/governance/{proposal}", proposal),
]
