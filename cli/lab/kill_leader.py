"""Exercise: kill the leader. The validator whose turn it is dies, and the others go on."""

from __future__ import annotations

from cli.errors import CliError
from cli.lab.ground import Ground, Missing, NotYet
from cli.lab.model import Exercise, Facts, Step
from cli.lab.running import stage_on
from cli.lab.scenes import issue, read
from cli.story_cast import FORWARDER
from contracts.bill.model import Bill

OBSERVER = "landbridge-forwarding"
"""Never proposes, and so is never killed here: acts go through its node."""


def prepare(ground: Ground) -> Facts:
    """A bill in the forwarder's hands."""
    with stage_on(ground) as stage:
        bill = issue(stage, stage.papers)
        read(stage, bill)
    return {"number": stage.papers.number, "bill": bill, "forwarder": FORWARDER}


def kill_leader(ground: Ground) -> Facts:
    """Kill the node that is to propose the next block, as a power cut would.

    Seats take turns, one further with each height and each round (clause S1 of the protocol).
    """
    if "leader" in ground.facts and ground.facts["leader"] not in ground.running():
        return {}
    status = ground.status(OBSERVER)
    seats = [validator.organisation for validator in ground.genesis.validators]
    height = int(status["height"]) + 1
    leader = seats[(height + int(status["round"])) % len(seats)]
    if leader not in ground.running():
        raise CliError(
            f"the node of {leader} does not run", do="sealane lab start kill-the-leader", code="node.missing"
        )
    ground.machines.kill(leader)
    return {"leader": leader, "leader_height": str(height)}


def killed(ground: Ground) -> None:
    """The leader's node is dead."""
    leader = ground.facts.get("leader")
    if leader is None:
        raise Missing("leader_alive")
    if leader in ground.running():
        raise Missing("leader_back", leader=leader)


def gone_on(ground: Ground) -> None:
    """The bill is offered, and another than the leader proposed the leader's block, in a later round."""
    bill = ground.record(FORWARDER, ground.facts["bill"], Bill)
    if bill is None or (bill.offer is None and bill.possessor == OBSERVER):
        raise Missing("not_offered", number=ground.facts["number"])
    leader, height = ground.facts["leader"], int(ground.facts["leader_height"])
    block = ground.block(FORWARDER, height)
    if block["header"]["proposer"] == leader or leader in block["signed_by"]:
        raise Missing("leader_took_part", leader=leader, height=height)


def come_back(ground: Ground) -> None:
    """The leader's node runs, and has every block that the observer has."""
    leader = ground.facts["leader"]
    if leader not in ground.running():
        raise Missing("leader_down", leader=leader)
    height = int(ground.status(OBSERVER)["height"])
    if int(ground.status(leader)["height"]) < height:
        raise NotYet("leader_behind", leader=leader, height=height)


def tell_round(ground: Ground) -> Facts:
    """What the block that the leader did not propose looks like."""
    block = ground.block(FORWARDER, int(ground.facts["leader_height"]))
    return {"proposer": block["header"]["proposer"], "signers": ", ".join(block["signed_by"])}


EXERCISE = Exercise(
    id="kill-the-leader",
    minutes=10,
    prepare=prepare,
    actions={"kill-leader": kill_leader},
    steps=(
        Step(
            id="kill_leader",
            commands=("sealane lab do kill-leader", "sealane network status {network}"),
            check=killed,
        ),
        Step(
            id="go_on",
            commands=("sealane bill transfer {number} --to red-river-imports --as {forwarder}{net}",),
            check=gone_on,
        ),
        Step(
            id="come_back",
            begin=tell_round,
            commands=("sealane network up {network}", "sealane network status {network}"),
            check=come_back,
        ),
    ),
)
