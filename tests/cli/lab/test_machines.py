"""What exercises do to containers: sides of a cut are networks, and a stolen key is a volume to read."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from cli.containers import ENV_FILE
from cli.context import GENESIS_FILE
from cli.errors import CliError
from cli.lab import split_network
from cli.lab.machines import THIEF, LabContainers, LabProcesses, lab_machines
from cli.network_files import load_network
from cli.network_plan import PLAN_FILE, corridor_plan
from cli.output import Output
from tests.cli.engine import PROJECT, Engine, contained
from tests.cli.lab.ground import FakeGround, lacks

BETWEEN = f"{PROJECT}_between"


@pytest.fixture(name="net")
def net_fixture(tmp_path: Path, corridor: Path) -> Path:
    shutil.copytree(corridor, tmp_path / "network")
    return tmp_path / "network"


@pytest.fixture(name="engine")
def engine_fixture(net: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setattr("cli.lab.machines.peers_of", lambda url: [])
    return contained(net, monkeypatch)


def test_each_side_of_a_cut_has_a_network_of_its_own(net: Path, engine: Engine) -> None:
    machines = lab_machines(net)
    assert isinstance(machines, LabContainers)
    everybody = engine.networks[BETWEEN].copy()
    assert machines.sides() == ()
    for sides in (split_network.ONE, split_network.HALVES, split_network.ONE):
        machines.divide(sides)
        found = machines.sides()
        assert found is not None
        assert [set(side) for side in found] == [set(side) for side in sides]
        assert engine.networks == {BETWEEN: set(sides[0]), f"{BETWEEN}-1": set(sides[1])}
        asked = len(engine.asked)
        machines.divide(sides)
        changes = [
            words
            for words in engine.asked[asked:]
            if words[1:3] in (["network", "connect"], ["network", "disconnect"])
        ]
        assert changes == [], "what is so already is left alone"
    machines.divide(())
    assert machines.sides() == ()
    assert engine.networks[BETWEEN] == everybody


def test_a_cut_is_one_once_the_nodes_have_noticed(
    net: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {place.url: place.organisation for place in load_network(net)[1]}
    asked: list[str] = []

    def peers(url: str) -> list[str]:
        asked.append(names[url])
        return list(names.values()) if asked.count(names[url]) < 3 else []

    monkeypatch.setattr("cli.lab.machines.peers_of", peers)
    lab_machines(net).divide(split_network.ONE)
    assert asked.count("haiphong-customs") == 3
    asked.clear()
    lab_machines(net).divide(())
    assert asked == [], "nobody has to notice that lines are mended"


def test_a_check_of_the_split_sees_the_engine_s_networks(net: Path, engine: Engine) -> None:
    ground = FakeGround(net.parent, {})
    ground.statuses["haiphong-customs"] = {"peers": []}
    assert lacks(split_network.EXERCISE, "cut_one", ground) == "not_alone"
    split_network.cut_one(ground)
    assert lacks(split_network.EXERCISE, "cut_one", ground) == ""
    split_network.cut_halves(ground)
    assert lacks(split_network.EXERCISE, "cut_one", ground) == "not_alone"


def test_what_no_node_has_written_is_none(net: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    machines = lab_machines(net)
    assert machines.read("coral-line", "data/x") is None
    (net / "compose.yaml").unlink()
    assert isinstance(lab_machines(net), LabProcesses)
    assert lab_machines(net).read("coral-line", "data/x") is None
    (net / "nodes/coral-line/data").mkdir()
    (net / "nodes/coral-line/data/x").write_bytes(b"kept")
    assert lab_machines(net).read("coral-line", "data/x") == b"kept"


def test_a_file_in_a_volume_is_read_through_the_engine(
    net: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        item = tarfile.TarInfo("charges.witness")
        item.size = 4
        archive.addfile(item, io.BytesIO(b"kept"))
    monkeypatch.setattr("cli.lab.machines.docker", lambda *words: packed.getvalue())
    assert lab_machines(net).read("coral-line", "data/witness-log/charges.witness") == b"kept"


def test_an_engine_that_is_gone_is_not_a_missing_file(
    net: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*words: str) -> bytes:
        raise CliError("this failed", why="Cannot connect to the Docker daemon", code="docker.failed")

    monkeypatch.setattr("cli.lab.machines.docker", gone)
    with pytest.raises(CliError, match="this failed"):
        lab_machines(net).read("coral-line", "data/x")


def test_the_thief_reads_one_volume_and_the_public_one(
    net: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def process(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        seen.extend(command)
        return subprocess.CompletedProcess(command, 2, b"", b"x\nno such key\n")

    monkeypatch.setattr("subprocess.run", process)
    with pytest.raises(CliError, match="cannot use the key") as caught:
        lab_machines(net).vote_twice("coral-line", 7)
    assert caught.value.why == "no such key"
    volumes = [word.partition("=")[2] for word in seen if word.startswith("--volume=")]
    assert volumes == [
        f"{PROJECT}_network:/network:ro",
        f"{PROJECT}_coral-line:/network/nodes/coral-line:ro",
    ]
    assert {f"--network={BETWEEN}", "--read-only", "--tmpfs=/tmp"} <= set(seen)
    assert seen[-3:] == [THIEF, "/network/nodes/coral-line", "7"]


def test_a_thief_who_is_too_slow_is_asked_again(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(command: list[str], *, timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr("subprocess.run", slow)
    with pytest.raises(CliError, match="not done in 240 s") as caught:
        lab_machines(net).vote_twice("coral-line", 7)
    assert caught.value.do == "sealane lab do use-stolen-key"


def test_what_members_have_is_taken_out_and_nothing_outside_is_written(
    tmp_path: Path, corridor: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(corridor / GENESIS_FILE, arcname=GENESIS_FILE)
        archive.add(corridor / "members", arcname="members")
        archive.add(corridor / GENESIS_FILE, arcname="../stray.json")
        archive.add(corridor / GENESIS_FILE, arcname="members/../../stray.json")
    monkeypatch.setattr(Engine, "_run", lambda self, words: packed.getvalue().decode("latin-1"))
    run = engine.run
    monkeypatch.setattr(
        "cli.containers._run",
        lambda words, environment, stdin=b"": run(words, environment, stdin).decode().encode("latin-1"),
    )
    monkeypatch.setattr(LabContainers, "ready", lambda *_, **__: None)
    network = tmp_path / "made"
    LabContainers.make(Output(json=True), network, corridor_plan(), timeout_s=1.0)
    keys = sorted((network / "members").rglob("*.pem"))
    assert [key.relative_to(network) for key in keys] == [
        key.relative_to(corridor) for key in sorted((corridor / "members").rglob("*.pem"))
    ]
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert not list(tmp_path.rglob("stray*"))
    assert [place.host for place in load_network(network)[1]] == ["127.0.0.1"] * 5
    assert (network / PLAN_FILE).is_file()
    assert "SEALANE_IMAGE=sealane:local" in (network / ENV_FILE).read_text()
    assert [words[-3:-1] for words in engine.asked if "down" in words], "what was left is removed first"
