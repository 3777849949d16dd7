"""Parts of the answers of `tests.cli.ledger_node`, in the shapes of the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from contracts.actions import AllowedAction, Readiness
from contracts.prospects import Step
from contracts.refusals import Refusal


def shown_action(action: AllowedAction) -> dict[str, Any]:
    """An act that a member may do, or could."""
    return {
        "act": action.act,
        "why": " ".join(refusal.message for refusal in action.waits_for) or action.summary,
        "ready": action.readiness is Readiness.READY,
        "codes": [refusal.code for refusal in action.waits_for],
        "steps": shown_steps(action.steps),
        "needs": list(action.needs),
    }


def shown_steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Moves of others."""
    return [asdict(step) for step in steps]


class Problem(Exception):
    """An answer of 400 and above."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"title": "no", "status": status, "code": code, "detail": detail, "hint": "", **more}


def accepted(outcome: Any) -> Any:
    """What the contracts decided; `Problem` for a refusal."""
    if isinstance(outcome, Refusal):
        raise Problem(422, outcome.code, outcome.message, field=outcome.field, final=outcome.final)
    return outcome
