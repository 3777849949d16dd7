"""What the corridor story is played on: members with their keys, nodes, and a narrator.

The stage does what commands do, through the same functions and the public API,
and tells each thing as it happens: who, what, in which block, sealed by whom, in
how many milliseconds. An act that ends otherwise than the story says ends the
story, as a failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cli.acting import perform
from cli.client import Client, Signer
from cli.context import CLIENT_FILE, read_toml
from cli.errors import CliError, ExitCode
from cli.files import read_bls_secret, read_signing_key
from cli.output import Output, clean
from cli.story_papers import Papers
from ledger.genesis import Genesis

CATCH_UP_S = 130.0
"""How long a restarted node may take to catch up and sign; it needs about two seconds.

Where three others are quicker to seal each block, it proposes one of the next four, which in an idle
network come with the heartbeat, every 30 s."""

_POLL_S = 0.02


class Machines(Protocol):
    """The computers that the nodes run on."""

    def kill(self, organisation: str) -> None:
        """End an organisation's node at once, as a power cut would."""

    def start(self, organisation: str) -> None:
        """Start it again, and return when it is ready."""


class StoryFailed(CliError):
    """The story went otherwise than it is written."""

    def __init__(self, what: str, why: str = "") -> None:
        super().__init__(
            what,
            why=why,
            do="Look at the nodes' logs below DIR/nodes; sealane doctor",
            exit_code=ExitCode.REFUSED,
            code="story",
        )


@dataclass(kw_only=True)
class Things:
    """What the story has made so far."""

    bill: str = ""
    """Key of the bill's record."""
    containers: dict[str, str] = field(default_factory=dict)
    """Record keys by container number."""
    export: str = ""
    """Key of the export declaration."""
    import_: str = ""
    """Key of the import declaration."""
    down: str = ""
    """Whose node was killed."""
    restarted_at: int = 0
    """Height at which it was back."""


@dataclass(kw_only=True)
class Stage:
    """One performance."""

    output: Output
    directory: Path
    """The network directory."""
    genesis: Genesis
    papers: Papers
    machines: Machines
    pause_s: float = 0.0
    """Pause before each thing told, for a room that listens."""
    things: Things = field(default_factory=Things)
    height: int = 0
    """Block of the last act told."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """Everything told, for `--json`."""
    _clients: dict[tuple[str, str, str | None], Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._settings = read_toml(self.directory / CLIENT_FILE)
        self._names = {organisation.id: organisation.name for organisation in self.genesis.organisations}

    def name(self, organisation: str) -> str:
        """What people call an organisation, or a member's organisation."""
        return self._names[organisation.partition("/")[0]]

    def client(self, member: str, *, node: str | None = None, principal: str | None = None) -> Client:
        """A client with a member's key, at their organisation's node or another's; for `principal`, if any.

        That node has caught up with everything told so far: the next act builds
        on what the audience has seen, not on what a node has yet to hear of.
        """
        organisation, _, name = member.partition("/")
        home = node or self._settings["served_by"].get(organisation, organisation)
        if (member, home, principal) not in self._clients:
            key = read_signing_key(self.directory / "members" / organisation / f"{name}.pem")
            self._clients[member, home, principal] = Client(
                self._settings["nodes"][home],
                signer=Signer(member=member, key=key),
                genesis=self.genesis,
                on_behalf_of=principal,
            )
        client = self._clients[member, home, principal]
        self.wait_for(
            f"catching up of the node of {self.name(home)}",
            lambda: int(client.status()["height"]) >= self.height,
        )
        return client

    def forget(self, node: str) -> None:
        """Drop every connection to a node, which lead to a process that is gone."""
        for place, client in list(self._clients.items()):
            if place[1] == node:
                client.close()
                del self._clients[place]

    def numbering_secret(self, member: str) -> bytes:
        """The numbering key of a carrier's member."""
        return read_bls_secret(self.directory / "members" / member.partition("/")[0] / "numbering.key")

    def act(
        self,
        member: str,
        act: str,
        subject: str,
        fields: dict[str, Any],
        sentence: str,
        *,
        principal: str | None = None,
    ) -> None:
        """An act that must be sealed, in the name of a principal if there is one."""
        client = self.client(member, principal=principal)
        self.done(member, sentence, lambda: perform(client, act, subject, fields))

    def done(self, member: str, sentence: str, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Run what submits an act, which must be sealed; tell it, and return the node's answer."""
        self._wait()
        started = time.perf_counter()
        try:
            result = action()
        except CliError as error:
            raise StoryFailed(f"{self.name(member)} {sentence}: {error.what}", error.why) from error
        self.tell_sealed(member, sentence, result, time.perf_counter() - started)
        return result

    def tell_sealed(self, member: str, sentence: str, result: dict[str, Any], took_s: float) -> None:
        """Tell an act that was sealed."""
        height = int(result["height"])
        self.height = max(self.height, height)
        signed = self.signers(member, height)
        took_ms = round(took_s * 1000)
        self.events.append(
            {
                "who": member,
                "what": sentence,
                "height": result["height"],
                "index": result["index"],
                "signed_by": signed,
                "took_ms": took_ms,
            }
        )
        self._line(
            self.output.mark("passed"),
            f"{self.name(member)} {sentence}",
            f"block {result['height']}, {self._sealed_by(signed)}, {took_ms} ms",
        )

    def refused(self, member: str, sentence: str, code: str, action: Callable[[], object]) -> None:
        """Run what must be refused with this code, and tell why it was."""
        self._wait()
        try:
            action()
        except CliError as error:
            if error.code != code:
                raise StoryFailed(
                    f"{self.name(member)} {sentence}: expected {code}",
                    f"{error.code}: {error.what} {error.why}",
                ) from error
            self.tell_refused(member, sentence, error)
        else:
            raise StoryFailed(f"{self.name(member)} {sentence}", f"It was accepted; expected {code}.")

    def tell_refused(self, member: str, sentence: str, error: CliError) -> None:
        """Tell an act that was refused, and why."""
        self.events.append({"who": member, "what": sentence, "refused": error.code, "why": error.why})
        self._line(self.output.mark("failed"), f"{self.name(member)} {sentence}", f"refused: {error.code}")
        self.say(f"      {self._familiar(error.why or error.what)}")

    def tell(self, sentence: str, detail: str = "") -> None:
        """Tell something that is no act."""
        self._wait()
        self.events.append({"what": sentence, "detail": detail})
        self._line(self.output.mark("none"), sentence, detail)

    def say(self, text: str) -> None:
        """A line for people."""
        if not self.output.json:
            print(clean(text) if not self.output.colour else text, flush=True)

    def signers(self, member: str, height: int) -> list[str]:
        """The organisations whose signatures are in a block's seal, as the member's node has it."""
        return list(self.client(member).get(f"/v1/blocks/{height}")["signed_by"])

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait until something is so; the story fails when that takes too long."""
        deadline = time.monotonic() + CATCH_UP_S
        while not condition():
            if time.monotonic() > deadline:
                raise StoryFailed(f"{what} did not happen within {CATCH_UP_S:.0f} s")
            time.sleep(_POLL_S)

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    def _sealed_by(self, signed: list[str]) -> str:
        """How many signed: the first quorum, so who is missing matters only where a node is down."""
        down = "" if self.things.restarted_at else self.things.down
        without = f" without {down}" if down and down not in signed else ""
        return f"sealed by {len(signed)} of {len(self.genesis.validators)}{without}"

    def _familiar(self, text: str) -> str:
        """Record keys replaced by the numbers that people know them by."""
        known = {
            self.things.bill: self.papers.number,
            self.things.export: self.papers.export["local_reference_number"],
            self.things.import_: self.papers.import_["local_reference_number"],
            **{key: number for number, key in self.things.containers.items()},
        }
        for key, number in known.items():
            text = text.replace(key, number) if key else text
        return text

    def _line(self, mark: str, sentence: str, detail: str) -> None:
        tail = self.output.paint(f"   [{clean(detail)}]", "dim") if detail else ""
        self.say(f"  {mark} {clean(sentence)}{tail}")

    def _wait(self) -> None:
        if self.pause_s:
            time.sleep(self.pause_s)
