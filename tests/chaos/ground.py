"""The ground that a run stands on: namespaces, network interfaces and small disks of its own.

The whole run lives in fresh PID, mount and network namespaces (`enter`), and every
host in a network namespace that hangs on a process of it. Nothing of this has a
name outside, so nothing is left when the first process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INSIDE = "SEALANE_CHAOS_INSIDE"
"""Set for the process that already runs in the run's own namespaces."""

PREFIX_BITS = 24
SUBNET = "10.77.0."

_TUNSETIFF = 0x400454CA
_IFF_TAP_NO_PI = 0x0002 | 0x1000


class CannotRun(Exception):
    """This machine cannot make what a run needs; the text says what and why."""


def enter(arguments: list[str]) -> int:
    """Run `python -m tests.chaos` again inside namespaces of its own; its exit code.

    Raises `CannotRun` when the machine does not let us.
    """
    missing = [
        name for name in ("unshare", "nsenter", "setpriv", "ip", "mount") if shutil.which(name) is None
    ]
    if missing:
        raise CannotRun(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        raise CannotRun("namespaces and TAP interfaces need root")
    if not Path("/dev/net/tun").exists():
        raise CannotRun("there is no /dev/net/tun")
    isolate = ["unshare", "--fork", "--pid", "--mount-proc", "--mount", "--net", "--kill-child"]
    probe = subprocess.run([*isolate, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        raise CannotRun(f"the kernel gives no namespaces: {probe.stderr.strip()}")
    # Whoever ends this process, even with SIGKILL, ends the namespaces' first one and so everything.
    command = ["setpriv", "--pdeathsig", "KILL", *isolate, sys.executable, "-m", "tests.chaos", *arguments]
    inside = subprocess.Popen(command, env=os.environ | {INSIDE: "1"})
    signal.signal(signal.SIGTERM, lambda *_: inside.kill())
    try:
        return inside.wait()
    finally:
        inside.kill()


def run(*command: str) -> None:
    """A system command that must succeed; `CannotRun` with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"{' '.join(command)}: {done.stderr.strip()}")


@dataclass(slots=True)
class Host:
    """One machine of the run: a network namespace with one interface, whose cable we hold."""

    name: str
    number: int
    tap: int
    """File descriptor of the interface: what is written to it arrives at the host."""
    holder: subprocess.Popen[bytes] | None
    """The process that keeps the namespace; None for our own."""

    @property
    def address(self) -> str:
        return f"{SUBNET}{self.number}"

    @property
    def mac(self) -> bytes:
        return mac_of(self.number)

    @property
    def inside(self) -> list[str]:
        """What to put before a command to run it on this host."""
        return [] if self.holder is None else ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]

    def close(self) -> None:
        os.close(self.tap)
        if self.holder is not None:
            self.holder.kill()
            self.holder.wait()


def mac_of(number: int) -> bytes:
    """A locally administered address."""
    return bytes([0x02, 0x5E, 0xA1, 0xA0, 0, number])


def make_hosts(names: list[str], watch: str) -> dict[str, Host]:
    """A host for each name, `watch` being our own namespace; all know each other's hardware address.

    Addresses are fixed, so a partition is silence and not "no route to host".
    """
    hosts = {name: _make_host(name, number, own=name == watch) for number, name in enumerate(names, 1)}
    for host in hosts.values():
        for peer in hosts.values():
            if peer is not host:
                mac = peer.mac.hex(":")
                link = ["lladdr", mac, "dev", "net0", "nud", "permanent"]
                run(*host.inside, "ip", "neigh", "add", peer.address, *link)
    return hosts


def _make_host(name: str, number: int, *, own: bool) -> Host:
    device = f"chaos{number}"
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(tap, _TUNSETIFF, struct.pack("16sH22x", device.encode(), _IFF_TAP_NO_PI))
    except OSError as error:
        os.close(tap)
        raise CannotRun(f"no TAP interface can be made: {error}") from error
    holder = None
    if not own:
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        _await_namespace(holder)
        run("ip", "link", "set", device, "netns", str(holder.pid))
    host = Host(name, number, tap, holder)
    run(*host.inside, "ip", "link", "set", "lo", "up")
    run(*host.inside, "ip", "link", "set", device, "name", "net0", "address", host.mac.hex(":"))
    run(*host.inside, "ip", "addr", "add", f"{host.address}/{PREFIX_BITS}", "dev", "net0")
    run(*host.inside, "ip", "link", "set", "net0", "up")
    return host


def _await_namespace(holder: subprocess.Popen[bytes]) -> None:
    """Wait until the process has left our network namespace: it then runs what it was told to."""
    ours = Path("/proc/self/ns/net").readlink()
    while True:
        if holder.poll() is not None:
            raise CannotRun("a process that should hold a network namespace ended")
        if Path(f"/proc/{holder.pid}/ns/net").readlink() != ours:
            return
        os.sched_yield()


def name_hosts(hosts: dict[str, Host], folder: Path) -> None:
    """Let names resolve to the hosts, in our mount namespace only."""
    lines = ["127.0.0.1 localhost", *(f"{host.address} {name}" for name, host in hosts.items())]
    table = folder / "hosts"
    table.write_text("\n".join(lines) + "\n", encoding="ascii")
    run("mount", "--make-rprivate", "/")
    run("mount", "--bind", str(table), "/etc/hosts")


def small_disk(folder: Path, megabytes: int) -> None:
    """Put a file system of a stated size under a folder that exists, keeping what the folder holds."""
    aside = folder.with_name(f".{folder.name}.aside")
    folder.rename(aside)
    folder.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder))
    run("cp", "-a", f"{aside}/.", str(folder))
    shutil.rmtree(aside)
