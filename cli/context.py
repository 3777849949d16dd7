"""Who acts, with which key, on which network, through which node.

Everything has an option and an environment variable, and a default from the
network directory, so that inside one a command needs only `--as`. Nothing is
read before a command asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import CliError
from cli.output import Output
from cli.words import did_you_mean

if TYPE_CHECKING:
    from cli.batching import Gathering
    from cli.client import Client, Signer
    from cli.document_checks import DocumentChecks
    from ledger.genesis import Genesis

DEFAULT_DIRECTORIES = ("sealane-network", "sealane-demo", "sealane-lab/network", ".")
"""Where a network directory is looked for when none is named."""

CLIENT_FILE = "client.toml"
GENESIS_FILE = "genesis.json"

TABLES = ("nodes", "pages", "served_by", "https")
"""Tables of client.toml, from an organisation to a URL or to another organisation."""

TEXTS = ("as", "codes")
"""What else is text there."""


@dataclass(slots=False, kw_only=True)
class Context:
    """What the options that commands share (`cli.commands`) say, and what follows from them."""

    output: Output
    network: Path | None = None
    acting_as: str | None = None
    on_behalf_of: str | None = None
    key: Path | None = None
    node: str | None = None
    wait: int | None = None
    """Seconds to wait until an act is final; None for the client's own patience."""
    gathering: Gathering | None = None
    """Acts that wait to be signed together, while a command goes through the rows of `--batch`."""
    _recalled: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def directory(self) -> Path | None:
        """The network directory: the one named, else the first default that is one, else None."""
        if self.network is not None:
            if not (self.network / CLIENT_FILE).is_file():
                raise CliError(
                    f"{self.network} is not a network directory",
                    why=f"It has no {CLIENT_FILE}.",
                    do=f"sealane network init {self.network}",
                    code="network.missing",
                )
            return self.network
        return find_directory()

    def require_directory(self) -> Path:
        """The network directory; `CliError` when there is none."""
        if self.directory is None:
            raise CliError(
                "no network directory was named and none is here",
                do="Give --network DIR (or SEALANE_NETWORK), or make one: sealane network init DIR",
                code="network.missing",
            )
        return self.directory

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What client.toml says; empty without a network directory."""
        if self.directory is None:
            return {}
        path = self.directory / CLIENT_FILE
        settings = read_toml(path)
        wrong = next(_misplaced(settings), None)
        if wrong is not None:
            raise CliError(
                f"{path}: {wrong}",
                do="What belongs to no table stands before the first of them.",
                code="config",
            )
        return settings

    @cached_property
    def member(self) -> str:
        """The member who acts, as `organisation/name`.

        An organisation alone will do when this directory holds one key of it,
        and nothing when it holds one key in all or client.toml names a member (`as`).
        """
        asked = self.acting_as or self.settings.get("as")
        if asked is not None and "/" in asked:
            return str(asked)
        known = self.members()
        found = [name for name in known if asked is None or name.startswith(f"{asked}/")]
        if len(found) == 1:
            return found[0]
        why = f"Keys here: {', '.join(found or known)}." if known else "There are no member keys here."
        if asked is not None and not found:
            meant = did_you_mean(str(asked), {name.partition("/")[0] for name in known})
            why = f"{why} {meant}".rstrip()
        raise CliError(
            "say who acts" if asked is None else f"{asked} does not name one member",
            why=why,
            do=f"--as {(found or known or ['ORG/NAME'])[0]}   (or set SEALANE_AS)",
            code="member.unclear",
        )

    def members(self) -> list[str]:
        """The members whose keys the network directory holds, sorted."""
        if self.directory is None:
            return []
        files = sorted((self.directory / "members").glob("*/*.pem"))
        return [f"{file.parent.name}/{file.stem}" for file in files]

    @cached_property
    def organisation(self) -> str:
        """The organisation of the member who acts."""
        return self.member.partition("/")[0]

    @property
    def party(self) -> str:
        """Whose affairs these are: the organisation acted for, else the member's own."""
        return self.on_behalf_of or self.organisation

    @cached_property
    def signer(self) -> Signer:
        """The acting member with their key."""
        from cli.client import Signer
        from cli.files import read_signing_key

        return Signer(member=self.member, key=read_signing_key(self.key or self._key_file()))

    def _key_file(self) -> Path:
        organisation, _, name = self.member.partition("/")
        if self.directory is None:
            raise CliError(
                f"no key for {self.member}",
                do="Give --key FILE (or SEALANE_KEY), or --network DIR.",
                code="key.missing",
            )
        path = self.directory / "members" / organisation / f"{name}.pem"
        meant = "" if path.exists() else did_you_mean(self.member, self.members())
        if meant:
            raise CliError(f"there is no key file {path}", why=meant, code="key.missing")
        return path

    @property
    def contents_keys(self) -> list[Path]:
        """The contents keys that the acting organisation keeps with its members, if it does."""
        if self.directory is None:
            return []
        return sorted((self.directory / "members" / self.organisation).glob("contents*.key"))

    def numbering_key(self) -> bytes:
        """The secret with which the acting member's organisation, a carrier, numbers its bills."""
        from cli.files import read_bls_secret

        return read_bls_secret(self.require_directory() / "members" / self.organisation / "numbering.key")

    @cached_property
    def node_url(self) -> str:
        """The node to talk to: the one named, else the acting organisation's, else the first there is."""
        nodes = {str(name): str(url) for name, url in self.settings.get("nodes", {}).items()}
        if self.node is not None:
            return self.node if "://" in self.node else self._node_of(self.node, nodes)
        if not nodes:
            raise CliError(
                "no node was named",
                do="Give --node URL (or SEALANE_NODE), or --network DIR.",
                code="node.missing",
            )
        if self.acting_as is None and len(self.members()) != 1 and "as" not in self.settings:
            return next(iter(nodes.values()))
        served_by = self.settings.get("served_by", {})
        home = served_by.get(self.organisation, self.organisation)
        return nodes.get(home) or next(iter(nodes.values()))

    @property
    def pages_url(self) -> str:
        """Where a browser reaches the pages of the node to talk to; commands may go another way."""
        pages = self.settings.get("pages", {})
        nodes = self.settings.get("nodes", {}).items()
        owner = next((name for name, url in nodes if str(url).rstrip("/") == self.node_url.rstrip("/")), None)
        return str(pages.get(owner, self.node_url)).rstrip("/")

    def _node_of(self, organisation: str, nodes: dict[str, str]) -> str:
        if organisation not in nodes:
            raise CliError(
                f"{organisation} has no node that is known here",
                why=f"Known: {', '.join(nodes) or 'none'}. {did_you_mean(organisation, nodes)}".rstrip(),
                do="Give --node URL.",
                code="node.missing",
            )
        return nodes[organisation]

    @cached_property
    def genesis(self) -> Genesis | None:
        """The genesis in the network directory, its proofs not re-checked; None without one."""
        path = self.directory / GENESIS_FILE if self.directory else None
        if path is None or not path.is_file():
            return None
        from cli.genesis import read_genesis

        return read_genesis(path)

    @cached_property
    def checks(self) -> DocumentChecks:
        """How transport documents are checked here."""
        from cli.document_checks import checks_from

        return checks_from(self.directory, self.settings)

    @cached_property
    def client(self) -> Client:
        """A client of the node that signs reads and acts as the member, for this network."""
        from cli.client import Client

        return Client(
            self.node_url,
            signer=self.signer,
            genesis=self.genesis,
            on_behalf_of=self.on_behalf_of,
            contents_keys=self.contents_keys,
            checks=self.checks,
            **self._waiting(),
        )

    @cached_property
    def anonymous(self) -> Client:
        """A client of the node for what is public; needs no member."""
        from cli.client import Client

        return Client(self.node_url, genesis=self.genesis, **self._waiting())

    def _waiting(self) -> dict[str, Any]:
        """How long a client waits for an act to become final, and what it does meanwhile and then."""
        from cli.open_statements import FOLDER

        waiting: dict[str, Any] = {} if self.wait is None else {"patience_s": float(self.wait)}
        folder = None if self.directory is None else self.directory / FOLDER
        return {**waiting, "pending": folder, "progress": self.output.note}

    def organisations(self) -> dict[str, str]:
        """The organisations that the network began with, and the nodes known here, with their names."""
        names = {str(name): "" for name in self.settings.get("nodes", {})}
        if self.genesis is not None:
            names |= {founder.id: founder.name for founder in self.genesis.organisations}
        return names

    def recall(self, kind: str, text: str) -> None:
        """Keep what a record was called, so that the next command line can complete it."""
        self._recalled.append((kind, text))

    def close(self) -> None:
        """Close the connections that were opened, and write down what records were called."""
        if self._recalled and self.directory is not None:
            from cli.recent import remember

            remember(self.directory, self._recalled)
        for name in ("client", "anonymous"):
            if name in self.__dict__:
                getattr(self, name).close()


def find_directory() -> Path | None:
    """The network directory in one of its usual places, seen from here; None when there is none."""
    places = (Path(name) for name in DEFAULT_DIRECTORIES)
    return next((place for place in places if (place / CLIENT_FILE).is_file()), None)


def _misplaced(settings: dict[str, Any]) -> Iterator[str]:
    """What in client.toml is not of its kind: tables hold texts, `as` and `codes` are texts."""
    for name in TABLES:
        table = settings.get(name, {})
        if not isinstance(table, dict):
            yield f"{name} is no table"
            continue
        yield from (
            f"{key} in [{name}] is no text" for key, value in table.items() if not isinstance(value, str)
        )
    yield from (f"{name} is no text" for name in TEXTS if not isinstance(settings.get(name, ""), str))


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file; `CliError` naming the line when it is none."""
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read {path}", why=str(error), code="config") from None
    except FileNotFoundError:
        raise CliError(f"there is no {path}", code="config") from None
