"""What the commands of `sealane network` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[
    Path | None,
    typer.Argument(
        metavar="DIR", envvar="SEALANE_NETWORK", help="Network directory; unless given, the one here."
    ),
]

DEFAULT = Path("sealane-network")
READY_TIMEOUT_S = 60.0
"""How long `up` waits for the slowest node; a node is ready in two seconds on an idle machine."""
