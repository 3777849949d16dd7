"""The part of the story in which a node dies, the others go on, and it comes back."""

from __future__ import annotations

import time

from cli.story_cast import BUYER, CARRIER, QINZHOU
from cli.story_stage import Stage


def kill(stage: Stage) -> None:
    """One validator of four is killed without warning. The others go on."""
    stage.things.down = "qinzhou-customs"
    stage.machines.kill(stage.things.down)
    stage.forget(stage.things.down)
    stage.tell("The node of Qinzhou Customs is killed", "kill -9")
    fields = {"purpose": "delivery"}
    stage.act(BUYER, "bill.surrender", stage.things.bill, fields, "surrenders the bill for delivery")


def restart(stage: Stage) -> None:
    """It is started again: it catches up from its peers, checking every seal, and then signs again."""
    started = time.perf_counter()
    stage.machines.start(stage.things.down)
    node = stage.client(QINZHOU)
    took_ms = round((time.perf_counter() - started) * 1000)
    stage.things.restarted_at = int(node.status()["height"])
    stage.tell(
        "The node of Qinzhou Customs is back", f"at block {stage.things.restarted_at}, after {took_ms} ms"
    )
    stage.act(CARRIER, "bill.accept_surrender", stage.things.bill, {}, "accepts the surrender")


def signs_again(stage: Stage) -> None:
    """The node that was killed takes its part again."""
    client, seat = stage.client(CARRIER), stage.things.down
    seen: dict[int, str] = {}

    def took_part() -> bool:
        for height in range(stage.things.restarted_at + 1, int(client.status()["height"]) + 1):
            if height not in seen:
                block = client.get(f"/v1/blocks/{height}")
                part = "proposed" if block["header"]["proposer"] == seat else ""
                seen[height] = "signed" if seat in block["signed_by"] else part
        return any(seen.values())

    stage.wait_for(f"a signature of {seat}", took_part)
    height, part = next((height, part) for height, part in seen.items() if part)
    stage.tell(f"Qinzhou Customs {part} block {height}")
