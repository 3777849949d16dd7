"""The node's configuration: one `node.toml`, with environment variables over it.

Paths are relative to the file. Secrets are never in it: it names files, which
only their owner may read. A variable such as `SEALANE_API__PORT=9000` overrides
`[api] port`.
"""

from __future__ import annotations

import os
import ssl
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from ledger.errors import CryptoKeyError
from ledger.keys import SigningKey
from ledger.sealing import ContentsKey, Keyring

COMMANDS_OWN = "sealane_node"
"""The variable that tells commands which node to ask, and would otherwise be read as `[node]`."""

Port = Annotated[int, Field(ge=0, le=65_535)]


class ConfigError(Exception):
    """A configuration that cannot be used. The text says which field of which file, and why."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeSection(_Section):
    """Who this node is."""

    organisation: str
    name: str
    genesis: Path
    data: Path = Path("data")


class ApiSection(_Section):
    """Where the API listens."""

    host: str = "127.0.0.1"
    port: Port
    authorities: tuple[str, ...] = ()
    """Names (`host:port`) under which clients reach the node beside the address it listens on."""
    requests_per_s: Annotated[int, Field(ge=0)] = 300
    """Requests of one address a second, on average; 0 for no limit. This machine's own are not counted."""
    member_requests_per_s: Annotated[int, Field(ge=0)] = 150
    """Signed requests of one member a second, in the same way: their nonces fit into what is remembered."""
    fewest_organisations: Annotated[int, Field(ge=1)] = 3
    """Organisations whose business is added up, at least, in a line of the indicators that strangers see."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    https_host: str = "0.0.0.0"  # noqa: S104 - with `https_port` only, which is for other machines
    https_port: Port | None = None
    """Where the same is served over TLS beside the plain port, which a certificate is for without it."""

    @model_validator(mode="after")
    def _belong_together(self) -> ApiSection:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        if self.https_port is not None and self.tls_certificate is None:
            raise ValueError("https_port needs tls_certificate and tls_key")
        return self


class PeerSection(_Section):
    """Where other nodes connect."""

    host: str = "127.0.0.1"
    port: Port


class KeySection(_Section):
    """Key files."""

    node: Path
    contents: Path | tuple[Path, ...] | None = None
    """Contents keys of the organisations whose contents this node may open: one file, or a list."""
    validator: Path | tuple[Path, ...] | None = None
    """One file, or a list while a key is being replaced; absent for an observer."""

    @property
    def contents_keys(self) -> tuple[Path, ...]:
        """The files of the contents keys, as a list whatever was written."""
        if self.contents is None:
            return ()
        return self.contents if isinstance(self.contents, tuple) else (self.contents,)

    @property
    def validators(self) -> tuple[Path, ...]:
        """The files of the validator keys, as a list whatever was written."""
        if self.validator is None:
            return ()
        return self.validator if isinstance(self.validator, tuple) else (self.validator,)


class StorageSection(_Section):
    """Where the ledger is kept."""

    url: str | None = None
    """A SQLAlchemy URL; by default SQLite in the data directory."""


class SyncSection(_Section):
    """How the node catches up, and helps others to."""

    snapshot: Literal["auto", "never"] = "auto"
    """Whether an empty node joins by a snapshot of the state instead of all blocks."""
    snapshot_threshold: Annotated[int, Field(ge=1)] = 1_000
    """Blocks that the network must be ahead for it."""
    snapshot_every_s: Annotated[int, Field(ge=0)] = 21_600
    """A snapshot is taken at the first block of each such period of block time; 0 takes none."""


class LogSection(_Section):
    """What the node writes about itself."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    file: Path | None = None
    """Where it is written, or on standard error. When full it is renamed to end in `.1`; a new one begins."""
    max_bytes: Annotated[int, Field(ge=65_536)] = 16_777_216
    """Size at which a file is full, so that at most twice as much is kept."""


class PeerEntry(_Section):
    """Where another node is; the ledger says whether it may speak, and with which key."""

    organisation: str
    name: str
    host: str
    port: Port


class _SectionVariables(EnvSettingsSource):
    """The environment without the one variable that belongs to the commands."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        loaded = super()._load_env_vars()
        return {name: value for name, value in loaded.items() if name != COMMANDS_OWN}


class NodeConfig(BaseSettings):
    """Everything that `node.toml` says."""

    model_config = SettingsConfigDict(
        env_prefix="SEALANE_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    node: NodeSection
    api: ApiSection
    peer: PeerSection
    keys: KeySection
    storage: StorageSection = StorageSection()
    sync: SyncSection = SyncSection()
    log: LogSection = LogSection()
    peers: tuple[PeerEntry, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        return _SectionVariables(settings_cls), init_settings


def load_config(path: Path) -> NodeConfig:
    """The configuration in a `node.toml`, or in the directory that holds one.

    Paths in the result are absolute. Raises `ConfigError`.
    """
    file = path / "node.toml" if path.is_dir() else path
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist: `sealane network init` writes it") from None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None
    known = set(NodeConfig.model_fields)
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"{file}: unknown section {unknown[0]!r}; known are {', '.join(sorted(known))}")
    try:
        config = NodeConfig(**values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{file}: {place}: {first['msg']}") from None
    except SettingsError as error:
        raise ConfigError(f"an environment variable over {file}: {error}") from None
    return _absolute(config, file.parent.resolve())


def _absolute(config: NodeConfig, base: Path) -> NodeConfig:
    node = config.node.model_copy(
        update={"genesis": base / config.node.genesis, "data": base / config.node.data}
    )
    keys = config.keys.model_copy(
        update={
            "node": base / config.keys.node,
            "contents": tuple(base / key for key in config.keys.contents_keys) or None,
            "validator": tuple(base / key for key in config.keys.validators) or None,
        }
    )
    api = config.api.model_copy(
        update={
            name: base / value
            for name in ("tls_certificate", "tls_key")
            if (value := getattr(config.api, name)) is not None
        }
    )
    log = config.log.model_copy(update={"file": base / config.log.file if config.log.file else None})
    return config.model_copy(update={"node": node, "keys": keys, "api": api, "log": log})


def storage_url(config: NodeConfig) -> str:
    """Where the ledger is kept, as a SQLAlchemy URL."""
    return config.storage.url or f"sqlite:///{config.node.data / 'ledger.db'}"


def read_private(path: Path, *, what: str) -> bytes:
    """The contents of a key file that nobody but its owner may read; `ConfigError` otherwise."""
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the {what} {path} cannot be read: {error.strerror}") from None
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"the {what} {path} can be read by others: run `chmod 600 {path}`")
    return data


def load_node_key(config: NodeConfig) -> SigningKey:
    """The node's ES256 key; `ConfigError` when its file cannot be used."""
    path = config.keys.node
    data = read_private(path, what="node key")
    try:
        return SigningKey.from_cryptography(load_pem_private_key(data, password=None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"the node key {path} cannot be used: {error}") from None


def load_tls(api: ApiSection) -> ssl.SSLContext | None:
    """How the API speaks TLS, None where it does not; `ConfigError` for a certificate or key of no use."""
    if api.tls_certificate is None or api.tls_key is None:
        return None
    read_private(api.tls_key, what="TLS key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(api.tls_certificate, api.tls_key, password=_no_passphrase)
    except ssl.SSLError as error:
        pair = f"the certificate {api.tls_certificate} with the TLS key {api.tls_key}"
        raise ConfigError(f"{pair} cannot be used: {error.reason or error}") from None
    except OSError as error:
        raise ConfigError(f"the certificate {api.tls_certificate} cannot be read: {error.strerror}") from None
    return context


def _no_passphrase() -> str:
    """Instead of OpenSSL asking at a terminal where nobody sits."""
    return ""


def load_keyring(config: NodeConfig) -> Keyring:
    """The contents keys that this node was given; `ConfigError` when a file cannot be used."""
    return Keyring(_load_contents_key(path) for path in config.keys.contents_keys)


def _load_contents_key(path: Path) -> ContentsKey:
    data = read_private(path, what="contents key")
    try:
        return ContentsKey.from_cryptography(load_pem_private_key(data, password=None))
    except (ValueError, TypeError, UnsupportedAlgorithm, CryptoKeyError) as error:
        raise ConfigError(f"the contents key {path} cannot be used: {error}") from None
