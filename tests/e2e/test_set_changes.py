"""The set of validators changes under real processes, by commands alone: one joins, rotates, leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.network_files import load_network
from cli.processes import stop_node
from tests.e2e.test_network import Network
from tests.e2e.world import eventually, run_sealane

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

OFFICER, TWO, THREE, FOUR = "org-1/officer", "org-2/operator", "org-3/operator", "org-4/officer"
NEWCOMER = "org-5/chief"


class Changing(Network):
    """A network whose validators vote."""

    def as_(self, member: str, *args: object, exit_code: int = 0) -> Any:
        return self.said(*args, "--as", member, "--network", "net", exit_code=exit_code)

    def pass_(self, *change: object, voters: tuple[str, ...]) -> Any:
        """Open a proposal and have it passed; the last voter's answer."""
        key = self.as_(voters[0], "proposal", "open", *change)["key"]
        answers = [self.as_(member, "proposal", "vote", key, "yes") for member in voters]
        assert answers[-1]["state"] == "passed", answers
        assert [answer["state"] for answer in answers[:-1]] == ["open"] * (len(voters) - 1)
        return self.as_(voters[0], "proposal", "show", key)["record"]

    def replace_node_key(self, member: str) -> None:
        """Name another key for the node of a member's organisation, and start it with that key."""
        node = self.folder / "net" / "nodes" / member.partition("/")[0]
        run_sealane("key", "new", node / "keys" / "node-2.pem", cwd=self.folder)
        self.as_(member, "org", "replace-node", "node-1", "--new-key", node / "keys" / "node-2.pem")
        fresh = 'node = "keys/node-2.pem"'
        toml = (node / "node.toml").read_text()
        (node / "node.toml").write_text(toml.replace('node = "keys/node.pem"', fresh))
        stop_node(node)
        self.said("network", "up", "net")

    def validators(self) -> list[str]:
        rows = self.as_(TWO, "org", "list")["items"]
        return [row["organisation"] for row in rows if row["validator"]]

    def all_ready(self) -> bool:
        return all(row["state"] == "ready" for row in run_status(self.folder))


def run_status(folder: Path) -> list[dict[str, Any]]:
    done = run_sealane("network", "status", "net", "--json", cwd=folder, exit_code=None)
    found: list[dict[str, Any]] = json.loads(done.stdout)["nodes"]
    return found


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Changing]:
    net = Changing(tmp_path, "--validators", 4)
    try:
        net.said("network", "up", "net")
        yield net
    finally:
        net.stop()


def test_a_fifth_validator_joins_one_key_is_rotated_and_one_validator_leaves(net: Changing) -> None:
    net.enrol("org-1/early", by=OFFICER)
    early = ("evidence", "get", "member/org-1/early", "--node", "org-3")
    net.as_(OFFICER, *early, "-o", "before.evidence.json")

    # A newcomer's node runs before anybody has voted, and follows once it is admitted.
    made = net.said("network", "add", "org-5", "net", "--role", "trader", "--member", "chief")
    admit, seat = made["proposals"]
    net.said("network", "up", "net")
    net.pass_(admit, voters=(OFFICER, TWO, THREE))
    eventually(net.all_ready, "the newcomer follows")
    joined = net.pass_(seat, voters=(OFFICER, TWO, THREE))
    assert net.as_(OFFICER, "proposal", "open", seat, exit_code=1)["code"] == "proposal.key-used"

    # A key is rotated by its owner: the node holds both, then the ledger names the new one.
    file = net.said("network", "rotate", "org-2", "net")["file"]
    rotated = net.as_(TWO, "org", "rotate-validator", "--new-key", file)
    net.enrol("org-5/clerk", by=NEWCOMER)
    net.enrol("org-5/other", by=NEWCOMER)
    assert rotated["effective_height"] > joined["effective_height"]

    # A node's key is replaced: peers know it by the new one from that block on.
    net.replace_node_key(THREE)

    # One leaves: four of five agree. Its node goes on as an observer.
    left = net.pass_("--remove", "org-1", voters=(TWO, THREE, FOUR, NEWCOMER))
    net.enrol("org-2/clerk", by=TWO)
    net.enrol("org-2/other", by=TWO)
    eventually(net.all_ready, "all five nodes are ready, the one that left included")
    assert net.validators() == ["org-2", "org-3", "org-4", "org-5"]
    assert (
        net.as_(OFFICER, "proposal", "open", "--remove", "org-2", exit_code=1)["code"]
        == "proposal.not-validator"
    )

    # Without one of the four every block needs the newcomer and the rotated key; who left is no help.
    places = {place.organisation: place for place in load_network(net.folder / "net")[1]}
    stop_node(places["org-4"].directory)
    result = net.enrol("org-3/clerk", by=THREE)
    assert result["height"] >= left["effective_height"]
    net.as_(THREE, "evidence", "get", "member/org-3/clerk", "-o", "late.evidence.json")
    stop_node(places["org-3"].directory)
    eventually(
        lambda: not any(row["state"] == "ready" for row in run_status(net.folder)), "no quorum is left"
    )
    net.said("network", "up", "net")

    # Evidence from before and after verifies offline, from the genesis alone.
    net.as_(FOUR, "evidence", "get", "member/org-1/early", "-o", "after.evidence.json")
    trust = ("--genesis", "net/genesis.json")
    before = net.said("verify", "before.evidence.json", *trust)
    after = net.said("verify", "after.evidence.json", *trust)
    late = net.said("verify", "late.evidence.json", *trust)
    assert [file["verdict"] for file in (before, after, late)] == ["verified"] * 3
    assert set(late["sealed_by"]) == {"org-2", "org-3", "org-5"}
    assert "org-1" not in after["sealed_by"]
    run_sealane("audit", "--network", "net", "--as", FOUR, cwd=net.folder)
