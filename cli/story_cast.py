"""Who plays in the corridor story: members of the organisations of `corridor.toml`."""

from __future__ import annotations

from typing import Final

CARRIER: Final = "coral-line/lin-tao"
FORWARDER: Final = "landbridge-forwarding/wei-ling"
COLLEAGUE: Final = "landbridge-forwarding/pham-quoc-bao"
PORT: Final = "beibu-gulf-port/huang-jing"
QINZHOU: Final = "qinzhou-customs/chen-wei"
HAIPHONG: Final = "haiphong-customs/nguyen-thi-lan"
TERMINAL: Final = "haiphong-terminal/le-van-duc"
BUYER: Final = "red-river-imports/do-thi-mai"

CAST: Final = (CARRIER, FORWARDER, COLLEAGUE, PORT, QINZHOU, HAIPHONG, TERMINAL, BUYER)

BUYER_ORG: Final = "red-river-imports"
TERMINAL_ORG: Final = "haiphong-terminal"
