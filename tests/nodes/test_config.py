"""The node's configuration: what is wrong is refused, naming it, and nothing is guessed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.files import write_signing_key
from cli.network_files import create_network, load_network
from cli.network_https import arrange
from cli.network_plan import plain_plan
from ledger.keys import SigningKey
from nodes.config import ConfigError, load_config, load_keyring, load_tls, read_private, storage_url

MINIMAL = """
[node]
organisation = "coral-line"
name = "node-1"
genesis = "../genesis.json"
[api]
port = 8401
[peer]
port = 8451
[keys]
node = "keys/node.pem"
"""


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("SEALANE_"):
            monkeypatch.delenv(name)


def write(folder: Path, text: str = MINIMAL) -> Path:
    file = folder / "node.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_minimal_configuration_has_safe_defaults(tmp_path: Path) -> None:
    config = load_config(write(tmp_path))
    assert (config.api.host, config.peer.host) == ("127.0.0.1", "127.0.0.1")
    assert config.keys.validators == ()
    assert config.peers == ()
    assert storage_url(config) == f"sqlite:///{tmp_path}/data/ledger.db"


@pytest.mark.parametrize(
    ("written", "names"),
    [('"a.key"', ["a.key"]), ('["a.key", "b.key"]', ["a.key", "b.key"])],
)
def test_a_validator_has_one_key_or_several(tmp_path: Path, written: str, names: list[str]) -> None:
    config = load_config(write(tmp_path, f"{MINIMAL}validator = {written}\n"))
    assert config.keys.validators == tuple(tmp_path / name for name in names)


def test_contents_keys_are_files_beside_the_configuration(tmp_path: Path) -> None:
    assert load_config(write(tmp_path)).keys.contents_keys == ()
    config = load_config(write(tmp_path, f'{MINIMAL}contents = ["new.pem", "old.pem"]\n'))
    assert config.keys.contents_keys == (tmp_path / "new.pem", tmp_path / "old.pem")
    with pytest.raises(ConfigError, match=r"new\.pem cannot be read"):
        load_keyring(config)


def test_a_contents_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "contents.pem"
    config = load_config(write(tmp_path, f'{MINIMAL}contents = "contents.pem"\n'))
    write_signing_key(file, SigningKey.from_entropy(bytes(48)))
    with pytest.raises(ConfigError, match=r"contents\.pem cannot be used: .*X25519"):
        load_keyring(config)
    file.write_bytes(b"nonsense")
    with pytest.raises(ConfigError, match=r"contents\.pem cannot be used"):
        load_keyring(config)


def test_a_validator_key_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALANE_KEYS__VALIDATOR", "c.key")
    config = load_config(write(tmp_path, f'{MINIMAL}validator = "a.key"\n'))
    assert config.keys.validators == (tmp_path / "c.key",)


def test_a_directory_stands_for_the_file_in_it(tmp_path: Path) -> None:
    assert load_config(write(tmp_path)) == load_config(tmp_path)


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    text = MINIMAL + '\n[log]\nlevel = "debug"\n'
    text = text.replace("port = 8401", 'port = 8401\ntls_certificate = "tls/a.pem"\ntls_key = "/etc/b.pem"')
    file = write(folder, text)
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("node/node.toml"))
    assert config == load_config(file)
    assert config.node.genesis.resolve() == tmp_path / "genesis.json"
    assert config.node.data == folder / "data"
    assert config.keys.node == folder / "keys" / "node.pem"
    assert (config.api.tls_certificate, config.api.tls_key) == (folder / "tls/a.pem", Path("/etc/b.pem"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda tls: (tls / "https.pem").unlink(), r"the certificate .*https\.pem cannot be read"),
        (lambda tls: (tls / "https.key").unlink(), r"the TLS key .*https\.key cannot be read"),
        (lambda tls: (tls / "https.key").chmod(0o644), r"can be read by others: run `chmod 600"),
        (
            lambda tls: (tls / "https.pem").write_text("none"),
            r"https\.pem with the TLS key .* cannot",
        ),
        (
            lambda tls: write_encrypted(tls / "https.key"),
            r"https\.pem with the TLS key .* cannot",
        ),
        (lambda tls: write_other(tls / "https.key"), r"https\.key cannot be used: KEY_VALUES_MISMATCH"),
    ],
)
def test_a_certificate_of_no_use_is_refused_before_anything_listens(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    create_network(tmp_path / "net", plain_plan(1, 0), time_ms=1_790_000_000_000)
    plan, _ = load_network(tmp_path / "net")
    arrange(tmp_path / "net", plan, ("x.local",), running=False, now=datetime(2026, 11, 22, tzinfo=UTC))
    api = load_config(tmp_path / "net" / "nodes" / "org-1").api
    assert load_tls(api) is not None
    spoil(tmp_path / "net" / "nodes" / "org-1" / "tls")
    with pytest.raises(ConfigError, match=said):
        load_tls(api)


def write_other(file: Path, passphrase: str | None = None) -> None:
    file.unlink()
    write_signing_key(file, SigningKey.from_entropy(bytes(48)), passphrase)


def write_encrypted(file: Path) -> None:
    write_other(file, "secret")


def test_the_url_of_a_database_is_taken_as_it_is(tmp_path: Path) -> None:
    url = "postgresql+psycopg://node@db/ledger"
    config = load_config(write(tmp_path, MINIMAL + f'\n[storage]\nurl = "{url}"\n'))
    assert storage_url(config) == url


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (MINIMAL + "\n[nodes]\nx = 1\n", "unknown section 'nodes'"),
        ('_env_file = "x"\n' + MINIMAL, "unknown section '_env_file'"),
        (MINIMAL.replace("port = 8401", "port = 8401\nprot = 1"), "api.prot"),
        (MINIMAL.replace("[peer]\nport = 8451", ""), "peer"),
        (MINIMAL.replace('name = "node-1"', ""), "node.name"),
        (MINIMAL.replace("8401", "70000"), "api.port"),
        (MINIMAL.replace("8401", "-1"), "api.port"),
        (MINIMAL.replace("8401", '"http"'), "api.port"),
        (MINIMAL + '\n[log]\nlevel = "loud"\n', "log.level"),
        (MINIMAL + '\n[[peers]]\norganisation = "a"\nname = "b"\nhost = "h"\n', "peers.0.port"),
        (MINIMAL + "\n[peers]\nx = 1\n", "peers"),
        (MINIMAL.replace("8401", '8401\ntls_key = "a"'), "and tls_key belong together"),
        (
            MINIMAL.replace("8401", '8401\ntls_certificate = "a"'),
            "and tls_key belong together",
        ),
        (MINIMAL.replace("8401", "8401\nhttps_port = 8501"), "https_port needs tls_certificate and tls_key"),
        ("keys = 3\n" + MINIMAL.replace("[keys]", "[log]").replace('node = "keys/node.pem"', ""), "keys"),
        ("[node\n", "cannot be read"),
        (MINIMAL + MINIMAL, "cannot be read"),
    ],
)
def test_what_is_wrong_is_refused_and_named(tmp_path: Path, text: str, named: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load_config(file)
    assert named in str(error.value)
    assert str(file) in str(error.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_bytes(b"\xff\xfe[node]")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sealane network init"):
        load_config(tmp_path)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALANE_API__PORT", "9000")
    monkeypatch.setenv("SEALANE_LOG__FORMAT", "json")
    monkeypatch.setenv("SEALANE_STORAGE__URL", "sqlite:////tmp/x.db")
    monkeypatch.setenv("SEALANE_PASSPHRASE", "not ours to read")
    config = load_config(write(tmp_path))
    assert (config.api.port, config.api.host) == (9000, "127.0.0.1")
    assert config.log.format == "json"
    assert storage_url(config) == "sqlite:////tmp/x.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEALANE_API__PORT", "many"),
        ("SEALANE_API__PROT", "1"),
        ("SEALANE_API", "{not json"),
        ("SEALANE_PEERS", "[1"),
        ("SEALANE_PEERS", '[{"organisation": "a"}]'),
    ],
)
def test_a_wrong_variable_is_refused_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name.partition("_")[2].partition("__")[0].lower()):
        load_config(write(tmp_path))


def test_the_commands_own_variables_are_not_the_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SEALANE_NODE` tells commands which node to ask; it is no `[node]` section."""
    monkeypatch.setenv("SEALANE_NODE", "http://127.0.0.1:8401")
    monkeypatch.setenv("SEALANE_NETWORK", "sealane-network")
    assert load_config(write(tmp_path)).api.port == 8401


def test_no_other_source_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SEALANE_API__PORT=9000\n")
    monkeypatch.chdir(tmp_path)
    assert load_config(write(tmp_path)).api.port == 8401


def test_a_configuration_cannot_be_changed(tmp_path: Path) -> None:
    config = load_config(write(tmp_path))
    with pytest.raises(ValueError, match="frozen"):
        config.api.port = 1


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o601, 0o644, 0o777])
def test_a_key_that_others_can_read_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "node.pem"
    file.write_bytes(b"secret")
    file.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_private(file, what="node key")
    file.chmod(0o600)
    assert read_private(file, what="node key") == b"secret"
    file.chmod(0o400)
    assert read_private(file, what="node key") == b"secret"


def test_a_key_that_is_missing_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", tmp_path):
        with pytest.raises(ConfigError, match=r"the node key .* cannot be read"):
            read_private(path, what="node key")
