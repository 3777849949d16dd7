"""Where an exercise happens: the lab's folder, its network, and hands to look at both.

Checks ask nodes and read files; they never trust what the lab itself noted, except
for what an exercise is about (which bill, which file).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from cli.acting import read_or_none, record_in
from cli.client import Client, Signer
from cli.context import CLIENT_FILE, GENESIS_FILE, find_directory, read_toml
from cli.files import read_signing_key
from cli.lab.machines import LabMachines, lab_machines
from cli.network_files import NodePlace, load_network
from contracts.governance.model import Proposal
from contracts.model import Record
from ledger.genesis import Genesis, parse_genesis

R = TypeVar("R", bound=Record)

NETWORK = "network"
"""Folder of the network, in the lab's folder."""

PAPERS = "papers"
"""Folder of what the trainee works with: documents and evidence."""

TIMEOUT_S = 5.0
"""How long a check waits for a node: one that is slower than that is as good as silent."""


PAGE = 100
"""Proposals looked at: an exercise makes two."""


class Missing(Exception):
    """What a step still lacks: the text `missing_<text>`, and what it names."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


class NotYet(Missing):
    """What comes by itself when the nodes have found each other, and caught up."""


class Ground:
    """One exercise under way. Close it."""

    def __init__(self, folder: Path, facts: Mapping[str, str], answer: str | None = None) -> None:
        """`facts` are what the exercise noted; `answer` is what the trainee said, if anything."""
        self.folder = folder
        self.facts = dict(facts)
        self.answer = answer
        self._clients: dict[tuple[str, str], Client] = {}

    @property
    def network(self) -> Path:
        """The network directory."""
        return self.folder / NETWORK

    @property
    def papers(self) -> Path:
        """Where documents and evidence of the exercise are."""
        return self.folder / PAPERS

    @property
    def values(self) -> dict[str, str]:
        """What texts and commands can name: the facts, and where things are."""
        found = find_directory()
        usual = found is not None and found.resolve() == self.network.resolve()
        places = {
            "papers": str(self.papers),
            "network": str(self.network),
            "net": "" if usual else f" --network {self.network}",
        }
        return places | self.facts

    # ----- looking ----------------------------------------------------------

    @cached_property
    def genesis(self) -> Genesis:
        """The network's genesis."""
        return parse_genesis((self.network / GENESIS_FILE).read_bytes())

    @property
    def places(self) -> list[NodePlace]:
        """The nodes of the network."""
        return load_network(self.network)[1]

    def place(self, organisation: str) -> NodePlace:
        """The node of an organisation; `KeyError` when it has none."""
        found = [place for place in self.places if place.organisation == organisation]
        if not found:
            raise KeyError(organisation)
        return found[0]

    @cached_property
    def machines(self) -> LabMachines:
        """What runs the nodes."""
        return lab_machines(self.network)

    def running(self) -> list[str]:
        """Organisations whose nodes run on this machine."""
        return [organisation for organisation, pid in self.machines.pids().items() if pid is not None]

    def client(self, member: str, *, node: str | None = None) -> Client:
        """A client of a member, at the node that serves it or at another; `CliError` for an unknown key."""
        settings = read_toml(self.network / CLIENT_FILE)
        organisation, _, name = member.partition("/")
        home = node or settings["served_by"].get(organisation, organisation)
        if (member, home) not in self._clients:
            key = read_signing_key(self.network / "members" / organisation / f"{name}.pem")
            signer = Signer(member=member, key=key)
            url = settings["nodes"][home]
            self._clients[member, home] = Client(
                url, signer=signer, genesis=self.genesis, timeout_s=TIMEOUT_S
            )
        return self._clients[member, home]

    def record(self, member: str, key: str, kind: type[R], *, node: str | None = None) -> R | None:
        """A record as a member sees it, or None; `CliError` when the node is silent."""
        found = read_or_none(self.client(member, node=node), key)
        return None if found is None else found.of(kind)

    def proposals(self, member: str) -> list[tuple[str, Proposal]]:
        """Proposals by their keys, as a member sees them."""
        page = self.client(member).get("/v1/records", kind="proposal", limit=PAGE)
        found = [(str(item["key"]), record_in(item["key"], item["record"])) for item in page["items"]]
        return [(key, record) for key, record in found if isinstance(record, Proposal)]

    def status(self, organisation: str) -> dict[str, Any]:
        """What the node of an organisation says of itself; `CliError` when it is silent."""
        probe = Client(self.place(organisation).url, timeout_s=TIMEOUT_S)
        try:
            return probe.status()
        finally:
            probe.close()

    def block(self, member: str, height: int) -> dict[str, Any]:
        """A block as a member's node shows it; `ApiError` when it has none of that height."""
        found: dict[str, Any] = self.client(member).get(f"/v1/blocks/{height}")
        return found

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
