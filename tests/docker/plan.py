"""What compose.yaml says, read without a YAML parser: the file keeps to lists and maps in block form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tools.tree import ROOT

FOLDER = ROOT / "docker"


@dataclass
class Block:
    """A service, or an anchor that services are merged from."""

    merged: str = ""
    """The anchor that `<<:` names."""
    lines: dict[str, str] = field(default_factory=dict)
    """What stands on the line of each key."""
    items: dict[str, list[str]] = field(default_factory=dict)
    """The items below each key."""

    def mounts(self) -> dict[str, str]:
        """Where each volume is mounted: name -> path, with `:ro` when it is read-only."""
        return dict(item.split(":", 1) for item in self.items.get("volumes", ()))


def read_compose() -> dict[str, Block]:
    """Every service by its name, and every anchor by `&name`."""
    blocks: dict[str, Block] = {}
    section, key, block = "", "", Block()
    for line in (FOLDER / "compose.yaml").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        depth = len(line) - len(line.lstrip())
        if not text or text.startswith("#"):
            continue
        if depth == 0:
            section, _, anchor = text.partition(":")
            block = blocks.setdefault(anchor.strip(), Block()) if "&" in anchor else Block()
            inside = 2
        elif depth == 2 and section == "services":
            block = blocks.setdefault(text.removesuffix(":"), Block())
            inside = 4
        elif depth == inside:
            key, _, value = text.partition(":")
            if key == "<<":
                block.merged = value.strip().replace("*", "&")
            else:
                block.lines[key] = value.strip()
        elif depth > inside and text.startswith("- "):
            block.items.setdefault(key, []).append(text.removeprefix("- ").strip("\"'"))
    return blocks


def volume_names() -> set[str]:
    """The volumes that compose.yaml declares."""
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^  ([a-z-]+): \{\}$", text.partition("\nvolumes:\n")[2]))


def script_nodes() -> list[str]:
    """The nodes that network.sh lists."""
    text = (FOLDER / "network.sh").read_text(encoding="utf-8")
    found = re.search(r"(?m)^nodes=\((.*)\)$", text)
    return found[1].split() if found else []
