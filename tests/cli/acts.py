"""Running act commands against the contracts, as any member of the corridor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.story_papers import examples_folder
from cli.transport import Answer, Transport
from tests.cli.ledger_node import LedgerNode

MEMBERS = {
    "coral-line": "lin-tao",
    "landbridge-forwarding": "wei-ling",
    "qinzhou-customs": "chen-wei",
    "beibu-gulf-port": "huang-jing",
    "haiphong-customs": "nguyen-thi-lan",
    "haiphong-terminal": "le-van-duc",
    "red-river-imports": "do-thi-mai",
}

STRAIGHT = "BBLN:BBLN26QZ000318"


@dataclass
class Corridor:
    """A corridor network whose nodes are the contracts themselves."""

    node: LedgerNode
    folder: Path
    """Current directory of the commands, with the examples in it."""

    def run(self, who: str, *args: object) -> Result:
        """`sealane ARGS --as WHO`, in this process."""
        member = who if "/" in who else f"{who}/{MEMBERS[who]}"
        command = [*(str(arg) for arg in args), "--as", member, "--network", str(self.node.directory)]
        return CliRunner().invoke(app, command)

    def run_offline(self, *args: object) -> Result:
        """`sealane ARGS` of a command that needs no network."""
        return CliRunner().invoke(app, [str(arg) for arg in args])

    def done(self, who: str, *args: object) -> dict[str, Any]:
        """The JSON result of a command that must succeed."""
        result = self.run(who, *args, "--json")
        assert result.exit_code == 0, result.stderr + result.stdout
        value: dict[str, Any] = json.loads(result.stdout)
        return value

    def refused(self, who: str, *args: object, exit_code: int = 1) -> dict[str, Any]:
        """The JSON error of a command that must fail."""
        result = self.run(who, *args, "--json")
        assert result.exit_code == exit_code, result.stderr + result.stdout
        error: dict[str, Any] = json.loads(result.stderr.splitlines()[-1])["error"]
        return error

    def record(self, key: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.node.state[key])
        return value

    def issue(self, file: str = "corridor-straight.json", *more: str) -> str:
        """Issue an example; the bill's key."""
        parties = ("--to", "landbridge-forwarding", "--shipper", "landbridge-forwarding")
        if file == "corridor-straight.json":
            parties = (*parties, "--titleholder", "red-river-imports", "--party", "haiphong-terminal")
            parties = (*parties, "--party", "beibu-gulf-port")
        key: str = self.done("coral-line", "bill", "issue", file, *parties, *more)["key"]
        return key


@pytest.fixture(name="trade")
def trade_fixture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, corridor: Path) -> Corridor:
    """A fresh ledger for the session's corridor network; commands run where the examples are."""
    for name in ("NETWORK", "AS", "KEY", "NODE"):
        monkeypatch.delenv(f"SEALANE_{name}", raising=False)
    node = LedgerNode(corridor)
    monkeypatch.setattr(Transport, "_exchange", _through(node))
    monkeypatch.chdir(tmp_path)
    folder = examples_folder()
    for item in folder.iterdir():
        if item.name.endswith((".json", ".xml")):
            shutil.copyfile(str(item), tmp_path / item.name)
    return Corridor(node, tmp_path)


def change(trade: Corridor, name: str, **fields: object) -> str:
    document = json.loads((trade.folder / "corridor-straight.json").read_text()) | fields
    (trade.folder / name).write_text(json.dumps(document))
    return name


def _through(node: LedgerNode) -> Callable[..., Answer]:
    def exchange(self: Transport, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        return node.exchange(self._authority, method, target, body, headers)

    return exchange
