"""HTTPS for browsers of other machines: where they reach this one, and certificates for that.

Browsers let a page use the camera over HTTPS only, and no public authority vouches for
a laptop in a room without internet. So a network gets an authority of its own, whose key
signs one certificate for each node and is forgotten before this program ends: whoever
trusts the authority trusts those certificates, and no other can ever be made (ADR 0031).
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import ValidationError, convert
from msgspec.structs import replace

from cli.certificates import read_certificates
from cli.errors import CliError, ExitCode
from cli.files import KEY_ENTROPY_BYTES, write_new, write_signing_key
from cli.machines import machines_in, refuse_containers
from cli.network_files import CERTIFICATE_FILE, TLS_KEY_FILE, write_configuration
from cli.network_plan import WebName, check_plan
from ledger.keys import SigningKey

if TYPE_CHECKING:
    from cli.network_plan import Plan
    from cli.output import Output

AUTHORITY_FILE = "https-authority.pem"

LIFE = timedelta(days=365)
"""A season of trainings; browsers take at most 825 days from an authority that a person installed."""

SOON = timedelta(days=90)
"""Certificates that end so soon are made anew; `doctor` warns of them."""

CLOCKS = timedelta(days=1)
"""How far behind a phone's clock may be."""

_HERE = ("127.0.0.1", "localhost")

_INNER = ("lo", "docker", "br-", "veth", "virbr", "vboxnet", "vmnet", "lxc", "vEthernet", "utun", "tun")
"""How adapters are called that lead to containers and virtual machines, not to a room."""


def as_asked(output: Output, directory: Path, plan: Plan, *, tls: bool, names: Sequence[str]) -> Plan:
    """The plan with HTTPS as asked for; certificates and configurations follow.

    With `tls` other machines reach the nodes under `names`, or this machine's addresses.
    Without it a running network stays as it is, and any other serves none. Raises `CliError`
    when something would have to change while nodes run, for names that cannot be ones, and
    for nodes in containers.
    """
    if names and not tls:
        raise CliError("--tls-name is for --tls", do="Give --tls too.")
    refuse_containers(directory, "up --tls")
    wanted = names_of_this_machine(names) if tls else None
    running = any(machines_in(directory).pids().values())
    now = datetime.fromtimestamp(time.time(), UTC)
    plan = arrange(directory, plan, wanted, running=running, now=now)
    if tls:
        if len(plan.https) > 1:
            output.note(f"other machines may also use, with the same ports: {', '.join(plan.https[1:])}")
        output.note(
            f"their browsers warn until {directory / AUTHORITY_FILE} is installed there; "
            "commands there take it as SSL_CERT_FILE"
        )
    return plan


def arrange(
    directory: Path, plan: Plan, names: tuple[str, ...] | None, *, running: bool, now: datetime
) -> Plan:
    """The plan with HTTPS under `names`, or without it for None; see `as_asked`."""
    if names is None:
        return plan if running or not plan.https else _switched(directory, plan, ())
    if names == plan.https and _certified(directory, plan, names, now):
        return plan
    if running:
        shown = ", ".join(plan.https) or "no name"
        raise CliError(
            "HTTPS cannot change while nodes run",
            why=f"They serve it under {shown}; it is to be {', '.join(names)}, with certificates for that.",
            do=f"sealane network down {directory}",
            exit_code=ExitCode.REFUSED,
            code="network.running",
        )
    check_plan(replace(plan, https=names))
    if not _certified(directory, plan, names, now):
        _certify(directory, plan, names, now)
    return _switched(directory, plan, names)


def without_https(directory: Path, plan: Plan) -> None:
    """Serve no HTTPS, and remove what it needs, keys included."""
    if plan.https:
        _switched(directory, plan, ())
    for file in _files(directory, plan):
        file.unlink(missing_ok=True)


def names_of_this_machine(given: Iterable[str] = ()) -> tuple[str, ...]:
    """The names given, else this machine's IPv4 addresses that others in the room could reach.

    Raises `CliError` when there is none, or one of those given could stand in no address line.
    """
    names = tuple(dict.fromkeys(name.lower() for name in given)) or _addresses()
    if not names:
        raise CliError(
            "this machine has no address that others could reach",
            why="It is connected to no network.",
            do="Connect it to the room's network (one without internet will do), or give --tls-name.",
            code="https.address",
        )
    for name in names:
        _check_name(name)
    return names


def _check_name(name: str) -> None:
    try:
        convert(name, WebName)
        _general_name(name)
    except (ValidationError, ValueError):
        raise CliError(
            f"--tls-name {name} is no host name or IPv4 address",
            do="Give it as other machines would type it, without https:// and port.",
            code="https.address",
        ) from None


def _is_address(name: str) -> bool:
    return name.replace(".", "").isdecimal()


def _addresses() -> tuple[str, ...]:
    import ifaddr

    found: dict[str, bool] = {}
    for adapter in ifaddr.get_adapters():
        outer = not any(name.startswith(_INNER) for name in (adapter.name, adapter.nice_name))
        found |= {ip.ip: outer for ip in adapter.ips if isinstance(ip.ip, str)}
    kept = [ip for ip, outer in found.items() if outer and not ipaddress.ip_address(ip).is_loopback]
    return tuple(sorted(kept, key=lambda ip: (ipaddress.ip_address(ip).is_link_local, kept.index(ip))))


def _switched(directory: Path, plan: Plan, names: tuple[str, ...]) -> Plan:
    plan = replace(plan, https=names)
    write_configuration(directory, plan)
    return plan


def _files(directory: Path, plan: Plan) -> list[Path]:
    """The authority, and each node's certificate and key."""
    nodes = [directory / "nodes" / organisation.id for organisation in plan.nodes]
    pairs = [node / name for node in nodes for name in (CERTIFICATE_FILE, TLS_KEY_FILE)]
    return [directory / AUTHORITY_FILE, *pairs]


def _certified(directory: Path, plan: Plan, names: tuple[str, ...], now: datetime) -> bool:
    """Whether every node has a certificate of the authority, for just these names, that does not end soon."""
    authority, *pairs = _files(directory, plan)
    if not all(file.is_file() for file in (authority, *pairs)):
        return False
    for file in pairs[::2]:
        try:
            certificate = read_certificates(file)[0]
            certificate.verify_directly_issued_by(read_certificates(authority)[0])
        except (CliError, ValueError, TypeError, InvalidSignature):
            return False
        stated = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if stated != _alternatives(names) or certificate.not_valid_after_utc < now + SOON:
            return False
    return True


def _certify(directory: Path, plan: Plan, names: tuple[str, ...], now: datetime) -> None:
    """Make an authority, and with it a certificate for every node, in place of those there are."""
    for file in _files(directory, plan):
        file.unlink(missing_ok=True)
    issuing = _new_key()
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Sealane pages: {plan.name}"[:64])])
    authority = (
        _builder(title, title, issuing, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(issuing.to_cryptography(), SHA256())
    )
    for organisation in plan.nodes:
        node, key = directory / "nodes" / organisation.id, _new_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, organisation.id[:64])])
        made = (
            _builder(subject, title, key, now)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_alternatives(names), critical=False)
            .add_extension(_issued_by(issuing), critical=False)
            .sign(issuing.to_cryptography(), SHA256())
        )
        write_signing_key(node / TLS_KEY_FILE, key)
        write_new(node / CERTIFICATE_FILE, made.public_bytes(Encoding.PEM))
    write_new(directory / AUTHORITY_FILE, authority.public_bytes(Encoding.PEM))


def _issued_by(issuing: SigningKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.to_cryptography().public_key())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: SigningKey, now: datetime
) -> x509.CertificateBuilder:
    public = key.to_cryptography().public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    """What a key is for: signing certificates, or handshakes."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    """The names that a certificate is good for: those, and this machine's own."""
    return x509.SubjectAlternativeName(_general_name(name) for name in dict.fromkeys((*names, *_HERE)))


def _general_name(name: str) -> x509.GeneralName:
    """A name as certificates have it; `ValueError` for what is none."""
    return x509.IPAddress(ipaddress.ip_address(name)) if _is_address(name) else x509.DNSName(name)


def _new_key() -> SigningKey:
    return SigningKey.from_entropy(os.urandom(KEY_ENTROPY_BYTES))
