"""HTTPS for other machines: names, certificates, and an authority whose key is nowhere."""

from __future__ import annotations

import ipaddress
import shutil
import stat
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import ifaddr
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from msgspec.structs import replace

from cli.errors import CliError
from cli.network_files import load_network, node_places, write_configuration
from cli.network_https import AUTHORITY_FILE, arrange, names_of_this_machine
from cli.network_plan import Organisation, Plan, check_plan
from nodes.config import load_config, load_tls
from tests.cli.conftest import Run

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NAMES = ("192.168.1.20", "classroom.local")


@pytest.fixture(name="net")
def net_fixture(tmp_path: Path, corridor: Path) -> Path:
    return Path(shutil.copytree(corridor, tmp_path / "net"))


def arranged(
    net: Path, *names: str, running: bool = False, now: datetime = NOW, plan: Plan | None = None
) -> Plan:
    return arrange(net, plan or load_network(net)[0], names or None, running=running, now=now)


def authority(net: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((net / AUTHORITY_FILE).read_bytes())


def verify(net: Path, organisation: str, name: str, now: datetime = NOW) -> None:
    """As a browser does that was given the authority."""
    subject: x509.GeneralName = x509.DNSName(name)
    if name.replace(".", "").isdecimal():
        subject = x509.IPAddress(ipaddress.ip_address(name))
    policy = PolicyBuilder().store(Store([authority(net)])).time(now.replace(tzinfo=None))
    data = (net / "nodes" / organisation / "tls" / "https.pem").read_bytes()
    policy.build_server_verifier(subject).verify(x509.load_pem_x509_certificate(data), [])


def test_browsers_that_trust_the_authority_trust_every_node_under_every_name(net: Path) -> None:
    plan = arranged(net, *NAMES)
    for organisation in plan.nodes:
        for name in (*NAMES, "127.0.0.1", "localhost"):
            verify(net, organisation.id, name)
            verify(net, organisation.id, name, NOW - timedelta(hours=20))
        with pytest.raises(VerificationError):
            verify(net, organisation.id, "another.local")


def test_the_key_of_the_authority_is_nowhere(net: Path) -> None:
    arranged(net, *NAMES)
    keys = list(net.rglob("*.pem")) + list(net.rglob("*.key"))
    private = [file for file in keys if b"PRIVATE KEY" in file.read_bytes()]
    assert len([file for file in private if file.name == "https.key"]) == 5
    for file in private:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert load_pem_private_key(file.read_bytes(), None).public_key() != authority(net).public_key()


def test_a_node_serves_both_and_knows_its_names(net: Path) -> None:
    plan = arranged(net, *NAMES)
    config = load_config(net / "nodes" / "coral-line")
    assert (config.api.host, config.api.port) == ("127.0.0.1", plan.api_port(2))
    assert (config.api.https_host, config.api.https_port) == ("0.0.0.0", plan.https_port(2))
    assert config.api.authorities == tuple(f"{name}:{plan.https_port(2)}" for name in NAMES)
    assert load_tls(config.api) is not None
    client = tomllib.loads((net / "client.toml").read_text())
    assert client["https"]["coral-line"] == f"https://192.168.1.20:{plan.https_port(2)}"
    places = node_places(net, plan)
    assert len({p for place in places for p in (place.api_port, place.peer_port, place.https_port)}) == 15
    assert load_network(net)[0] == plan


def test_the_same_is_kept_and_anything_else_is_made_anew(net: Path) -> None:
    arranged(net, *NAMES)
    first = authority(net)
    arranged(net, *NAMES, running=True)
    assert authority(net) == first
    arranged(net)
    arranged(net, *NAMES)
    assert authority(net) == first, "phones that trust it go on"
    late = NOW + timedelta(days=300)
    arranged(net, *NAMES, now=late)
    assert authority(net) != first
    verify(net, "coral-line", NAMES[0], late + timedelta(days=300))
    for spoil in ("tls/https.pem", "tls/https.key"):
        before = authority(net)
        (net / "nodes" / "coral-line" / spoil).unlink()
        arranged(net, *NAMES, now=late)
        assert authority(net) != before
    before = authority(net)
    (net / "nodes" / "coral-line" / "tls" / "https.pem").write_bytes(b"no certificate")
    arranged(net, *NAMES, now=late)
    assert authority(net) != before
    (net / AUTHORITY_FILE).write_bytes(first.public_bytes(Encoding.PEM))
    arranged(net, *NAMES, now=late)
    verify(net, "coral-line", NAMES[0], late)
    arranged(net, NAMES[0], now=late)
    with pytest.raises(VerificationError):
        verify(net, "coral-line", NAMES[1], late)


def test_nothing_changes_under_nodes_that_run(net: Path) -> None:
    files = {file: file.read_bytes() for file in net.rglob("*") if file.is_file()}
    with pytest.raises(CliError, match="cannot change while nodes run"):
        arranged(net, *NAMES, running=True)
    assert {file: file.read_bytes() for file in net.rglob("*") if file.is_file()} == files
    plan = arranged(net, *NAMES)
    assert arranged(net, running=True) == plan, "a node that fell is started again as it was"
    with pytest.raises(CliError) as refused:
        arranged(net, "10.0.0.7", running=True)
    assert "192.168.1.20, classroom.local; it is to be 10.0.0.7" in refused.value.why


def test_without_it_nodes_listen_to_this_machine_alone(net: Path) -> None:
    before = (net / "nodes" / "coral-line" / "node.toml").read_bytes(), (net / "client.toml").read_bytes()
    arranged(net, *NAMES)
    assert arranged(net).https == ()
    assert (net / "nodes" / "coral-line" / "node.toml").read_bytes() == before[0]
    assert (net / "client.toml").read_bytes() == before[1]
    assert load_network(net)[0].https == ()


def test_a_newcomer_without_a_certificate_serves_none_until_it_is_said_again(net: Path) -> None:
    plan = arranged(net, *NAMES)
    more = Organisation(id="new", name="New", roles=("trader",), members=("x",), node="observer")
    plan = replace(plan, organisations=(*plan.organisations, more))
    (net / "nodes" / "new" / "keys").mkdir(parents=True)
    write_configuration(net, plan)
    assert "tls_key" not in (net / "nodes" / "new" / "node.toml").read_text()
    assert node_places(net, plan)[-1].authorities == ()
    with pytest.raises(CliError, match="while nodes run"):
        arranged(net, *NAMES, running=True)
    arranged(net, *NAMES)
    verify(net, "new", NAMES[0])
    assert "tls_key" in (net / "nodes" / "new" / "node.toml").read_text()


def test_a_saved_network_takes_no_certificates_along(net: Path, sealane: Run) -> None:
    arranged(net, *NAMES)
    assert sealane("network", "save", net, "-o", "room.sealane", "--no-software").exit_code == 0
    assert sealane("network", "load", "room.sealane", "there").exit_code == 0
    for folder in (net, Path("there")):
        assert [f.name for f in folder.rglob("*https*")] == []
        assert load_network(folder)[0].https == ()
        assert load_config(folder / "nodes" / "coral-line").api.https_port is None


def test_ports_have_to_fit(net: Path) -> None:
    plan = replace(load_network(net)[0], port_base=65_450)
    check_plan(plan)
    with pytest.raises(CliError) as refused:
        arranged(net, *NAMES, plan=plan)
    assert "HTTPS needs ports above 65535" in refused.value.why
    assert not (net / AUTHORITY_FILE).exists()


def adapter(name: str, *addresses: str | tuple[str, int, int]) -> SimpleNamespace:
    ips = [SimpleNamespace(ip=address) for address in addresses]
    return SimpleNamespace(name=name, nice_name=name, ips=ips)


def test_the_addresses_found_are_those_that_a_room_can_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [
        adapter("lo", "127.0.0.1"),
        adapter("docker0", "172.17.0.1"),
        adapter("br-0a1b", "172.18.0.1"),
        adapter("eth1", "169.254.7.7"),
        adapter("wlan0", "192.168.1.20", ("fe80::1", 0, 2)),
        adapter("eth0", "10.1.2.3"),
    ]
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: found)
    assert names_of_this_machine() == ("192.168.1.20", "10.1.2.3", "169.254.7.7")
    assert names_of_this_machine(["Classroom.Local", "classroom.local"]) == ("classroom.local",)
    del found[3:]
    with pytest.raises(CliError, match="no address that others could reach"):
        names_of_this_machine()


@pytest.mark.parametrize(
    "name", ["https://x", "x:8443", "x/y", "[::1]", "192.168.1.256", "1.2.3", "", "x" * 300, "-x", "数", '"x']
)
def test_what_is_no_name_is_refused(net: Path, sealane: Run, name: str) -> None:
    done = sealane("network", "up", net, "--tls", "--tls-name", name)
    assert done.exit_code == 2
    assert "is no host name or IPv4 address" in done.stderr
    assert not (net / AUTHORITY_FILE).exists()


def test_names_are_for_tls_and_containers_have_none(net: Path, sealane: Run) -> None:
    assert "is for --tls" in sealane("network", "up", net, "--tls-name", "x.local").stderr
    (net / "compose.yaml").touch()
    done = sealane("network", "up", net, "--tls", "--tls-name", "x.local")
    assert done.exit_code != 0
    assert "run in containers" in done.stderr
