"""Every guard of governance, broken alone."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from contracts.governance.model import MAX_OPEN_MS, Ballot, Choice
from contracts.membership.model import (
    MAX_FORMER_NUMBERING,
    MAX_PLANS,
    FormerNumbering,
    NewParameters,
    NodeKey,
    OrganisationState,
    Plan,
    Replacement,
)
from ledger.canonical import encode
from ledger.validators import MAX_VALIDATORS, Validator
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, DAY_MS, PROPOSAL, World, bls_pair, key_text

SEATED = "qinzhou-customs"
VALIDATORS = "network/validators"
BAD_POINT = "B" + "_" * 43
NODE = {"name": "node-1", "key": key_text("node")}

ADD = {"type": "add_validator", "organisation": "beibu-line", **bls_pair("beibu-line")}
REMOVE = {"type": "remove_validator", "organisation": SEATED}
ADMIT: dict[str, Any] = {
    "type": "admit_organisation",
    "organisation": "pearl-line",
    "name": "Pearl Line",
    "roles": ["carrier"],
    "administrator": "chief",
    "administrator_key": key_text("pearl"),
    "nodes": [NODE],
    "numbering_key": bls_pair("numbers")["bls_key"],
    "numbering_possession": bls_pair("numbers")["possession"],
}
REPLACE = {"type": "replace_node", "organisation": "beibu-line", "node": "node-1", "key": key_text("fresh")}


def seats(*organisations: str) -> tuple[Validator, ...]:
    return tuple(
        Validator(organisation=name, bls_key=bls_pair(f"old {name}")["bls_key"]) for name in organisations
    )


def seat(*organisations: str) -> Any:
    """These hold the seats, and nothing else changed."""
    return lambda world: world.change(VALIDATORS, validators=seats(*organisations))


def suspended(*organisations: str) -> Any:
    def spoil(world: World) -> None:
        for name in organisations:
            world.change(f"organisation/{name}", state=OrganisationState.SUSPENDED)

    return spoil


def full(world: World) -> None:
    others = tuple(f"other-{n}" for n in range(MAX_VALIDATORS - 1))
    world.change(
        VALIDATORS,
        validators=(*seats(SEATED), *(Validator(organisation=o, bls_key="B" * 64) for o in others)),
    )


def full_of_one_voter(world: World) -> None:
    """All seats are taken, and every other holder of one has said yes."""
    full(world)
    holders = world.record(VALIDATORS).validators
    someone = world.record("organisation/oversight")
    for holder in holders[1:]:
        there = replace(someone, id=holder.organisation)
        world.state[f"organisation/{holder.organisation}"] = encode(there)
    ballots = tuple(
        Ballot(organisation=holder.organisation, member=f"{holder.organisation}/chief", choice=Choice.YES)
        for holder in holders[1:]
    )
    world.change(PROPOSAL, ballots=ballots)


def node_of(organisation: str) -> Any:
    key = NodeKey(name="node-1", key=key_text(f"{organisation} node"))
    return lambda world: world.change(f"organisation/{organisation}", nodes=(key,))


def asks(change: dict[str, Any], *before: Any) -> Any:
    """What is proposed instead, after these changes of the world."""

    def spoil(world: World) -> None:
        for step in before:
            step(world)
        from contracts.execution import make_body

        body: Any = make_body("proposal.open", {"title": "t", "expires_ms": 0, "change": change})
        world.change(PROPOSAL, change=body.change)

    return spoil


NUMBERS: dict[str, Any] = {
    "type": "change_parameters",
    "from_height": 20,
    "parameters": {"heartbeat_ms": 10_000},
}
NEW_RULES: dict[str, Any] = {"type": "change_rules", "from_height": 20, "rules_version": 2}

SUSPEND: dict[str, Any] = {"type": "suspend_organisation", "organisation": "beibu-line"}
REINSTATE: dict[str, Any] = {"type": "reinstate_organisation", "organisation": "beibu-line"}
REPLACE_CHIEF: dict[str, Any] = {
    "type": "replace_administrator",
    "organisation": "beibu-line",
    "administrator": "heir",
    "administrator_key": key_text("heir"),
}
DECIDE: dict[str, Any] = {
    "type": "decide_dispute",
    "organisation": "chongqing-parts",
    "bill": BILL.partition("/")[2],
    "since_version": 4,
}
CHANGE: dict[str, Any] = {"type": "change_organisation", "organisation": "guangxi-bank"}
NUMBERS_OF = {
    "numbering_key": bls_pair("numbers")["bls_key"],
    "numbering_possession": bls_pair("numbers")["possession"],
}


def disputed_bill(world: World) -> None:
    world.issue().offer().accept()
    world.do("bill.dispute", BILL, "chongqing-parts", {"ground": "not_authorised"})


def disputed_twice(world: World) -> None:
    disputed_bill(world)
    world.do("bill.resolve", BILL, "chongqing-parts", {"outcome": "withdrawn"})
    world.do("bill.dispute", BILL, "haiphong-motors", {"ground": "other"})


def disputed_by_nobody_active(world: World) -> None:
    disputed_bill(world)
    suspended("chongqing-parts")(world)


def heir_pending(world: World) -> None:
    suspended("beibu-line")(world)
    world.change("organisation/beibu-line", replacement=Replacement(member="other", due_ms=0))


def full_of_numbering(world: World) -> None:
    former = FormerNumbering(key="A" * 64, until_ms=1)
    world.change("organisation/beibu-line", former_numbering=(former,) * MAX_FORMER_NUMBERING)


def full_of_plans(world: World) -> None:
    plan = Plan(from_height=30, parameters=NewParameters(heartbeat_ms=1_000))
    world.change("network/parameters", planned=(plan,) * (MAX_PLANS - 1))


GOOD = (
    Good(
        act="proposal.open",
        subject=PROPOSAL,
        who=SEATED,
        body=lambda w: {"title": "Add Beibu Line", "expires_ms": w.now + DAY_MS, "change": ADD},
    ),
    Good(
        act="proposal.vote",
        subject=PROPOSAL,
        who=SEATED,
        body=lambda w: {"choice": "yes"},
        prepare=lambda w: w.propose(ADD),
    ),
    Good(act="proposal.withdraw", subject=PROPOSAL, who=SEATED, prepare=lambda w: w.propose(ADD)),
    Good(
        act="validator.rotate",
        subject=VALIDATORS,
        who=SEATED,
        body=lambda w: bls_pair("second"),
    ),
    Good(
        act="organisation.replace_node",
        subject="organisation/beibu-line",
        who="beibu-line",
        body=lambda w: {"node": "node-1", "key": key_text("fresh")},
        prepare=node_of("beibu-line"),
    ),
)


def opens(
    code: str, field: str, change: dict[str, Any], spoil: Any = None, says: str = "", **more: Any
) -> Broken:
    more |= {} if spoil is None else {"spoil": spoil}
    return Broken(act="proposal.open", code=code, field=field, body={"change": change}, says=says, **more)


def votes(code: str, spoil: Any, **more: Any) -> Broken:
    return Broken(act="proposal.vote", code=code, field="subject", spoil=spoil, **more)


def without_standing(world: World) -> None:
    """Its node is there, but the carrier may not act."""
    node_of("beibu-line")(world)
    suspended("beibu-line")(world)


def rotated(world: World) -> None:
    world.do("validator.rotate", VALIDATORS, SEATED, bls_pair("first"))
    world.now += DAY_MS - 1


def named_by_another(world: World) -> None:
    """The key of `ADD` is named, and its seat is taken away again."""
    before = world.record(VALIDATORS).validators
    world.propose(ADD, key="proposal/" + "1" * 32).ballots(SEATED, key="proposal/" + "1" * 32)
    world.change(VALIDATORS, validators=before)


BROKEN = (
    Broken(act="proposal.open", code="proposal.not-validator", field="issuer", who="beibu-line"),
    Broken(act="proposal.open", code="proposal.expiry", field="body.expires_ms", body={"expires_ms": 0}),
    Broken(
        act="proposal.open",
        code="proposal.expiry",
        field="body.expires_ms",
        body={"expires_ms": 2 * MAX_OPEN_MS + 1_700_000_000_000},
    ),
    opens("act.duplicate", "body.change.roles.1", {**ADMIT, "roles": ["carrier", "carrier"]}),
    opens("act.duplicate", "body.change.nodes.1", {**ADMIT, "nodes": [NODE, {**NODE, "key": key_text("2")}]}),
    opens("act.duplicate", "body.change.nodes.1", {**ADMIT, "nodes": [NODE, {**NODE, "name": "node-2"}]}),
    opens("proposal.jurisdiction", "body.change.jurisdiction", {**ADMIT, "roles": ["carrier", "customs"]}),
    opens("proposal.numbering", "body.change.numbering_key", {**ADMIT, "roles": ["trader"]}),
    opens(
        "proposal.numbering",
        "body.change.numbering_key",
        {name: value for name, value in ADMIT.items() if not name.startswith("numbering")},
    ),
    opens("proposal.bad-key", "body.change.administrator_key", {**ADMIT, "administrator_key": BAD_POINT}),
    opens("proposal.bad-key", "body.change.nodes.0.key", {**ADMIT, "nodes": [{**NODE, "key": BAD_POINT}]}),
    opens("proposal.bad-key", "body.change.key", {**REPLACE, "key": BAD_POINT}, node_of("beibu-line")),
    opens(
        "proposal.not-proven",
        "body.change.bls_key",
        {**ADD, "possession": bls_pair("someone else")["possession"]},
    ),
    opens("proposal.not-proven", "body.change.bls_key", {**ADD, "bls_key": "B" * 64}),
    opens(
        "proposal.not-proven",
        "body.change.numbering_key",
        {**ADMIT, "numbering_possession": bls_pair("someone else")["possession"]},
    ),
    opens("organisation.not-active", "body.change.organisation", {**ADD, "organisation": "nobody"}),
    opens("organisation.not-active", "body.change.organisation", REPLACE, without_standing),
    opens(
        "proposal.organisation-exists", "body.change.organisation", {**ADMIT, "organisation": "beibu-line"}
    ),
    opens(
        "proposal.key-used",
        "body.change.bls_key",
        {**ADD, "organisation": "tonkin-line"},
        named_by_another,
        "beibu-line",
    ),
    opens("proposal.has-seat", "body.change.organisation", {**ADD, "organisation": SEATED}),
    opens("proposal.no-seat", "body.change.organisation", {**REMOVE, "organisation": "beibu-line"}),
    opens(
        "proposal.no-seat",
        "body.change.organisation",
        {**ADD, "type": "rotate_validator"},
    ),
    opens("record.full", "body.change.organisation", ADD, full, also=("proposal.no-quorum",)),
    opens("proposal.no-quorum", "body.change.organisation", REMOVE, says="quorum is 1"),
    opens(
        "proposal.no-quorum",
        "body.change.organisation",
        ADD,
        lambda w: [seat(SEATED, "tonkin-line")(w), suspended("tonkin-line")(w)],
        "Only 2 of the 3",
    ),
    opens("proposal.no-node", "body.change.node", REPLACE),
    opens("proposal.caretaker", "body.change.caretaker", {**SUSPEND, "caretaker": "deputy"}),
    opens("proposal.caretaker", "body.change.caretaker", {**SUSPEND, "caretaker_key": key_text("c")}),
    opens(
        "proposal.bad-key",
        "body.change.caretaker_key",
        {**SUSPEND, "caretaker": "deputy", "caretaker_key": BAD_POINT},
    ),
    opens(
        "proposal.bad-key",
        "body.change.administrator_key",
        {**REPLACE_CHIEF, "administrator_key": BAD_POINT},
        suspended("beibu-line"),
    ),
    opens("act.duplicate", "body.change.roles.1", {**CHANGE, "roles": ["bank", "bank"]}),
    opens("record.not-found", "body.change.organisation", {**SUSPEND, "organisation": "nobody"}),
    opens("proposal.standing", "body.change.organisation", SUSPEND, suspended("beibu-line"), "is suspended"),
    opens("proposal.standing", "body.change.organisation", REINSTATE, says="is active"),
    opens("proposal.standing", "body.change.organisation", REPLACE_CHIEF),
    opens(
        "proposal.name-taken",
        "body.change.caretaker",
        {**SUSPEND, "caretaker": "chief", "caretaker_key": key_text("c")},
    ),
    opens(
        "proposal.name-taken",
        "body.change.administrator",
        {**REPLACE_CHIEF, "administrator": "chief"},
        suspended("beibu-line"),
    ),
    opens("proposal.replacing", "body.change.organisation", REPLACE_CHIEF, heir_pending),
    opens("proposal.no-quorum", "body.change.organisation", {**SUSPEND, "organisation": SEATED}),
    opens("proposal.no-change", "body.change.organisation", CHANGE),
    opens("proposal.no-change", "body.change.organisation", {**CHANGE, "roles": ["bank"]}),
    opens("proposal.jurisdiction", "body.change.jurisdiction", {**CHANGE, "roles": ["agency"]}),
    opens("proposal.numbering", "body.change.numbering_key", {**CHANGE, "roles": ["carrier"]}),
    opens("proposal.numbering", "body.change.numbering_key", {**CHANGE, **NUMBERS_OF}),
    opens(
        "proposal.not-proven",
        "body.change.numbering_key",
        {
            **CHANGE,
            **NUMBERS_OF,
            "organisation": "beibu-line",
            "numbering_possession": bls_pair("someone else")["possession"],
        },
    ),
    opens(
        "proposal.numbering",
        "body.change.numbering_key",
        {**CHANGE, "roles": ["carrier"], "numbering_key": NUMBERS_OF["numbering_key"]},
    ),
    opens(
        "record.full",
        "body.change.numbering_key",
        {**CHANGE, **NUMBERS_OF, "organisation": "beibu-line"},
        full_of_numbering,
    ),
    opens("proposal.no-dispute", "body.change.bill", DECIDE, World.issue, says=BILL),
    opens("proposal.no-dispute", "body.change.bill", DECIDE, disputed_twice, says="version 4"),
    opens(
        "proposal.no-stake",
        "body.change.organisation",
        {**DECIDE, "organisation": "red-river-brokers"},
        disputed_bill,
        says="red-river-brokers",
    ),
    opens(
        "organisation.not-active",
        "body.change.organisation",
        DECIDE,
        disputed_by_nobody_active,
    ),
    opens("proposal.no-change", "body.change.parameters", {**NUMBERS, "parameters": {}}),
    opens(
        "proposal.bounds",
        "body.change.parameters.heartbeat_ms",
        {**NUMBERS, "parameters": {"heartbeat_ms": 0}},
        says="from 100 to 3600000, not 0",
    ),
    opens("proposal.height", "body.change.from_height", {**NUMBERS, "from_height": 6}, says="from 7 to"),
    opens("proposal.height", "body.change.from_height", {**NUMBERS, "from_height": 20_000_000}),
    opens("proposal.rules-version", "body.change.rules_version", {**NEW_RULES, "rules_version": 1}),
    opens("proposal.plans-full", "body.change.from_height", NUMBERS, full_of_plans),
    Broken(act="proposal.vote", code="proposal.not-validator", field="issuer", who="beibu-line"),
    Broken(
        act="proposal.vote",
        code="proposal.expired",
        field="subject",
        spoil=lambda w: w.change(PROPOSAL, expires_ms=w.now - 1),
    ),
    votes("organisation.not-active", asks(REPLACE, without_standing)),
    votes("proposal.organisation-exists", asks({**ADMIT, "organisation": "beibu-line"})),
    votes("proposal.key-used", named_by_another),
    votes("proposal.has-seat", asks({**ADD, "organisation": SEATED})),
    votes("proposal.no-seat", asks({**REMOVE, "organisation": "beibu-line"})),
    votes("record.full", full_of_one_voter),
    votes("proposal.no-quorum", asks(REMOVE)),
    votes("proposal.no-node", asks(REPLACE)),
    votes("record.not-found", asks({**SUSPEND, "organisation": "nobody"})),
    votes("proposal.standing", asks(REINSTATE)),
    votes("proposal.name-taken", asks({**SUSPEND, "caretaker": "chief", "caretaker_key": key_text("c")})),
    votes("proposal.replacing", asks(REPLACE_CHIEF, heir_pending)),
    votes("proposal.no-dispute", asks(DECIDE, World.issue)),
    votes("proposal.no-dispute", asks(DECIDE, disputed_twice)),
    votes("proposal.no-stake", asks({**DECIDE, "organisation": "red-river-brokers"}, disputed_bill)),
    votes("proposal.no-quorum", asks({**SUSPEND, "organisation": SEATED})),
    votes("proposal.no-change", asks(CHANGE)),
    votes("proposal.jurisdiction", asks({**CHANGE, "roles": ["agency"]})),
    votes("proposal.numbering", asks({**CHANGE, "roles": ["carrier"]})),
    votes(
        "record.full",
        asks({**CHANGE, **NUMBERS_OF, "organisation": "beibu-line"}, full_of_numbering),
    ),
    votes("proposal.height", asks({**NUMBERS, "from_height": 6})),
    votes("proposal.rules-version", asks({**NEW_RULES, "rules_version": 1})),
    votes("proposal.plans-full", asks(NUMBERS, full_of_plans)),
    Broken(
        act="proposal.withdraw", code="proposal.not-proposer", field="issuer", who="beibu-line", says=SEATED
    ),
    Broken(
        act="validator.rotate",
        code="proposal.not-validator",
        field="issuer",
        who="beibu-line",
        also=("validator.rotated-lately",),
    ),
    Broken(act="validator.rotate", code="validator.rotated-lately", field="subject", spoil=rotated),
    Broken(
        act="validator.rotate",
        code="proposal.not-proven",
        field="body.bls_key",
        body={"possession": bls_pair("someone else")["possession"]},
    ),
    Broken(
        act="validator.rotate",
        code="proposal.key-used",
        field="body.bls_key",
        body=bls_pair("beibu-line"),
        spoil=named_by_another,
    ),
    Broken(
        act="organisation.replace_node",
        code="member.other-organisation",
        field="subject",
        who="oversight",
        spoil=node_of("oversight"),
    ),
    Broken(
        act="organisation.replace_node", code="proposal.bad-key", field="body.key", body={"key": BAD_POINT}
    ),
    Broken(
        act="organisation.replace_node",
        code="proposal.key-used",
        field="body.key",
        spoil=lambda w: w.do(
            "organisation.replace_node",
            "organisation/beibu-line",
            "beibu-line",
            {"node": "node-1", "key": key_text("fresh")},
        ),
    ),
    Broken(
        act="organisation.replace_node", code="proposal.no-node", field="body.node", body={"node": "node-2"}
    ),
)
