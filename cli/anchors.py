"""What the reader trusts before opening anything: a genesis or a later block, named by the reader alone."""

from __future__ import annotations

import re
from pathlib import Path

from cli.context import GENESIS_FILE
from cli.errors import CliError
from cli.genesis import read_genesis
from ledger.evidence.anchor import Anchor, CheckpointAnchor, GenesisAnchor
from ledger.primitives import decode_hash

_CHECKPOINT = re.compile(r"([1-9][0-9]{0,15}):([0-9a-f]{64})")
_HASH = re.compile(r"[0-9a-fA-F]{64}")


def choose_anchor(genesis: str | None, checkpoint: str | None, network: Path | None) -> tuple[Anchor, str]:
    """The anchor that the options name, and a phrase that says where it came from.

    `network` is a directory that the reader configured; it counts only when
    neither of the others is given. Raises `CliError` when there is none: what an
    evidence file says of its own network is never taken as trust.
    """
    if genesis is not None and checkpoint is not None:
        raise CliError("choose --genesis or --checkpoint", why="Trust starts from one of them.")
    if checkpoint is not None:
        return _checkpoint(checkpoint), "the checkpoint you gave"
    if genesis is not None and _HASH.fullmatch(genesis):
        return GenesisAnchor(
            network=decode_hash(genesis.lower(), field="--genesis")
        ), "the genesis hash you gave"
    if genesis is not None:
        return GenesisAnchor.of(read_genesis(Path(genesis))), f"the genesis file {genesis}"
    if network is not None:
        file = network / GENESIS_FILE
        return GenesisAnchor.of(read_genesis(file)), f"{file}, the network you configured"
    raise CliError(
        "say which network you trust",
        why="Evidence cannot vouch for itself: a forger would enclose a genesis of their own.",
        do="--genesis HASH|FILE, or --checkpoint HEIGHT:ID, or set SEALANE_NETWORK to a network directory.",
        code="anchor.missing",
    )


def _checkpoint(text: str) -> CheckpointAnchor:
    match = _CHECKPOINT.fullmatch(text)
    if match is None:
        raise CliError(
            f"{text} is not a checkpoint", do="Give it as HEIGHT:ID, with the block id in 64 hex digits."
        )
    return CheckpointAnchor(height=int(match[1]), block_id=decode_hash(match[2], field="--checkpoint"))
