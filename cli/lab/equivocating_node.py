"""Exercise: the equivocating node. A stolen key votes twice, is named by every node, and loses its seat."""

from __future__ import annotations

import io
import random

from cli.errors import CliError, ExitCode
from cli.lab.ground import Ground, Missing, NotYet
from cli.lab.model import Exercise, Facts, Step
from cli.lab.voting import SHORT_ID, Wanted, ballots, opened, passed, seated
from cli.processes import wait_until
from cli.story_cast import CARRIER, HAIPHONG, PORT, QINZHOU
from contracts.governance.model import AnyChange, RemoveValidator
from ledger.accountability import Place, check_charge, read_records
from ledger.errors import LedgerError
from ledger.genesis import genesis_validators, network_id
from ledger.primitives import Height

ADMINISTRATORS = {member.partition("/")[0]: member for member in (QINZHOU, PORT, CARRIER, HAIPHONG)}
"""Who speaks for each validator."""

CHARGES = "data/witness-log/charges.witness"
"""Where a node keeps what convicts, below its directory."""

CAUGHT_S = 30.0
"""How long the others may take to check what he signed, and to tell each other."""

ATTEMPTS = 5
"""The height may move on between looking and signing; then he tries again."""


def prepare(ground: Ground) -> Facts:
    """Nothing: which key is stolen is drawn by lot later, and is in no file; the nodes are to say it."""
    del ground
    return {}


def guilty_at(ground: Ground, organisation: str) -> tuple[str, ...]:
    """Whom a node knows to have contradicted themselves."""
    return tuple(ground.status(organisation)["guilty"])


def use_stolen_key(ground: Ground) -> Facts:
    """Have the thief vote twice with a copy of some validator's key, until he is caught."""
    if _convicted(ground):
        return {}
    victim = random.SystemRandom().choice(list(ADMINISTRATORS))
    witness = next(name for name in ADMINISTRATORS if name != victim)
    for _ in range(ATTEMPTS):
        ground.machines.vote_twice(victim, int(ground.status(witness)["height"]) + 1)
        if wait_until(lambda: victim in guilty_at(ground, witness), timeout_s=CAUGHT_S / ATTEMPTS):
            return {}
    raise CliError(
        "the thief was not heard",
        do="sealane lab do use-stolen-key",
        exit_code=ExitCode.REFUSED,
        code="lab.thief",
    )


def _convicted(ground: Ground) -> set[str]:
    """Whom the charges that nodes keep on disk convict, each checked here anew, by what they signed."""
    validators = genesis_validators(ground.genesis)
    found: set[str] = set()
    for organisation in ADMINISTRATORS:
        lines = io.BytesIO(ground.machines.read(organisation, CHARGES) or b"")
        for _, record in read_records(lines, field=f"{organisation}: {CHARGES}"):
            place = Place(
                network=network_id(ground.genesis), validators=validators, height=Height(record.height)
            )
            for charge in record.charges:
                check_charge(charge, place)
                found.update(charge.guilty)
    return found


def named(ground: Ground) -> None:
    """Every other validator names who was named, and the proof on their disks holds."""
    said = (ground.answer or "").lower()
    try:
        convicted = _convicted(ground)
    except LedgerError as error:
        raise Missing("proof_bad", why=error) from error
    if not convicted:
        raise Missing("nobody_guilty")
    if said not in convicted:
        raise Missing("other_guilty", said=said)
    silent = [name for name in ADMINISTRATORS if name != said and said not in guilty_at(ground, name)]
    if silent:
        raise NotYet("not_told", nodes=", ".join(silent))


def name_guilty(ground: Ground) -> Facts:
    """Who is to be removed, and who of the others asks for it and votes."""
    guilty = min(_convicted(ground))
    others = [member for name, member in ADMINISTRATORS.items() if name != guilty]
    return {"guilty": guilty, "one": others[0], "two": others[1], "three": others[2]}


def _removal(ground: Ground) -> Wanted:
    """Whether a change takes the seat of who was caught away."""

    def wanted(change: AnyChange) -> bool:
        return isinstance(change, RemoveValidator) and change.organisation == ground.facts["guilty"]

    return wanted


def asked(ground: Ground) -> None:
    """The removal is proposed."""
    opened(ground, ground.facts["one"], _removal(ground), "removal_not_proposed")


def find_ballot(ground: Ground) -> Facts:
    """The proposal to vote on."""
    key, _ = opened(ground, ground.facts["one"], _removal(ground), "removal_not_proposed")
    return {"proposal": key.partition("/")[2][:SHORT_ID]}


def removed(ground: Ground) -> None:
    """A quorum said yes, and the seat is gone."""
    passed(ground, ground.facts["one"], _removal(ground), "removal_not_proposed")
    if ground.facts["guilty"] in seated(ground, ground.facts["one"]):
        raise NotYet("still_seated", guilty=ground.facts["guilty"])


EXERCISE = Exercise(
    id="the-equivocating-node",
    minutes=15,
    prepare=prepare,
    actions={"use-stolen-key": use_stolen_key},
    steps=(
        Step(
            id="name_guilty",
            commands=(
                "sealane lab do use-stolen-key",
                "sealane node status --node qinzhou-customs{net}",
                "sealane node status --node haiphong-customs{net}",
            ),
            choices=tuple(ADMINISTRATORS),
            check=named,
        ),
        Step(
            id="propose_removal",
            begin=name_guilty,
            commands=(
                "sealane proposal open --remove {guilty} --reason 'Its key signed two votes' --as {one}{net}",
            ),
            check=asked,
        ),
        Step(
            id="remove",
            begin=find_ballot,
            commands=(*ballots("proposal", ("one", "two", "three")), "sealane org list --as {one}{net}"),
            check=removed,
        ),
    ),
)
