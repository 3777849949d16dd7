"""Playing a scenario on the contracts: lodged, then message after message, until its end or a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cli.sandbox import CARRIER, DECLARANT, EXIT_OFFICE, FACILITY, OFFICE, TERMINAL, Sandbox, commitment
from cli.scenario import Scenario
from contracts.clearance.authority import By, Case, Planned, UnknownStatus
from contracts.clearance.model import Declaration
from contracts.clearance.status_codes import acts_of
from contracts.clearance.vocabulary import RequestKind
from contracts.documents.wco_messages import Ask, StatusMessage
from contracts.model import container_key, declaration_key, id_of
from contracts.refusals import Refusal
from ledger.errors import InvariantViolated

START_MS = 1_577_836_800_000
"""Block time where a scenario tells no times: the beginning of 2020."""

CAST: Mapping[By, str] = {By.OFFICE: OFFICE, By.EXIT_OFFICE: EXIT_OFFICE, By.DECLARANT: DECLARANT}
"""Who acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One act of a play, or a message without one."""

    told: str
    """Code of the message, with its status; empty for lodging."""
    source: str
    """The file it was in."""
    act: str
    """The act; empty where the message only informs."""
    by: str
    """Who did it."""
    state: str
    """Where the declaration stands afterwards."""
    refusal: Refusal | None = None
    """Why it was refused."""


@dataclass
class Player:
    """Plays one scenario; every method may be called step by step."""

    scenario: Scenario
    done: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = declaration_key(commitment(self.scenario.name)[:32])
        self._asks = [sent.asks for sent in self.scenario.submissions]
        self._seen: set[tuple[object, ...]] = set()
        first = next((m.issued_ms for m in self.scenario.messages if m.issued_ms is not None), None)
        self._sandbox = Sandbox(START_MS if first is None else first)

    @property
    def refusal(self) -> Refusal | None:
        """The refusal that ended the play, if one did."""
        return self.done[-1].refusal if self.done else None

    @property
    def state(self) -> str:
        """Where the declaration stands; empty before it is lodged."""
        lodged = self._sandbox.get(self._key) is not None
        return self._sandbox.record(self._key, Declaration).state.value if lodged else ""

    def play(self) -> None:
        """Lodge, then take every message until one is refused."""
        self.lodge()
        for position, message in enumerate(self.scenario.messages):
            if self.refusal is None:
                self.take(message, self.scenario.messages[position + 1 :])

    def lodge(self) -> None:
        """Bring the goods and lodge their declaration. Raises `UnknownStatus` for a transit."""
        source, export = self.scenario.declaration, self._is_export()
        if source is not None and source.document["declaration_type"] == "transit":
            raise UnknownStatus("transit is told in messages of another service (NCTS), without a table here")
        goods = container_key(commitment("goods")[:32])
        event = {
            "event": "gate_in",
            "classifier": "actual",
            "facility": FACILITY,
            "event_ms": self._sandbox.time_ms,
            "purpose": "export" if export else "import",
            "container": {"commitment": commitment("box"), "operator": CARRIER, "parties": [DECLARANT]},
        }
        refusal = self._sandbox.act("movement.record", goods, TERMINAL, event)
        if refusal is not None:
            raise InvariantViolated(f"the goods of a scenario cannot be recorded: {refusal.message}")
        number = next((told.reference for told in self.scenario.messages if told.reference), "")
        # Without a published declaration, all that is known of its text is the number that customs gave it.
        text = number if source is None else json.dumps(source.document, sort_keys=True)
        fields = {
            "type": "export" if export else "import",
            "office": OFFICE,
            "contents": commitment(text),
            "containers": [id_of(goods)],
            **({"exit_office": EXIT_OFFICE} if export else {}),
            **({"ahead": True} if source is not None and source.ahead else {}),
        }
        self._act(Planned(act="clearance.lodge", by=By.DECLARANT, fields=fields), CAST, "", "")

    def take(
        self,
        message: StatusMessage,
        rest: Sequence[StatusMessage] = (),
        *,
        cast: Mapping[By, str] = CAST,
    ) -> None:
        """Play one message; `rest` is what follows it. Raises `UnknownStatus` for a code without a row."""
        told = message.function + (f"/{message.status}" if message.status else "")
        if self._is_repeated(message):
            self._note(told, message.source)
            return
        if message.issued_ms is not None:
            self._sandbox.time_ms = max(self._sandbox.time_ms, message.issued_ms)
        if not self.state:
            # Nothing was lodged, so there is nothing that the message could be about.
            self._act(Planned(act="clearance.accept", by=By.OFFICE, fields={}), cast, told, message.source)
            return
        planned = acts_of(self._case(message, rest))
        for step in planned:
            self._act(step, cast, told, message.source)
            if self.refusal is not None:
                return
        if not planned:
            self._note(told, message.source)

    def _case(self, message: StatusMessage, rest: Sequence[StatusMessage]) -> Case:
        wanted: list[Ask] = [ask for ask in self._asks if ask is not Ask.PRESENTATION]
        implied = Ask.CANCELLATION if any(later.function == "10" for later in rest) else Ask.AMENDMENT
        return Case(
            message=message,
            declaration=self._sandbox.record(self._key, Declaration),
            asked=RequestKind((wanted[0] if wanted else implied).value),
            goods_seen=Ask.PRESENTATION in self._asks,
            commit=commitment,
        )

    def _act(self, step: Planned, cast: Mapping[By, str], told: str, source: str) -> None:
        self._sandbox.time_ms += 1
        refusal = self._sandbox.act(step.act, self._key, cast[step.by], step.fields)
        if refusal is None and _carries(step) in self._asks:
            self._asks.remove(Ask(_carries(step)))
        self.done.append(
            Done(
                told=told,
                source=source,
                act=step.act,
                by=cast[step.by],
                state=self.state,
                refusal=refusal,
            )
        )

    def _note(self, told: str, source: str) -> None:
        self.done.append(Done(told=told, source=source, act="", by="", state=self.state))

    def _is_repeated(self, message: StatusMessage) -> bool:
        """Whether customs told the very same before: the same code, version, status and time."""
        if message.issued_ms is None:
            return False
        same = (message.function, message.status, message.version, message.issued_ms)
        repeated = same in self._seen
        self._seen.add(same)
        return repeated

    def _is_export(self) -> bool:
        source = self.scenario.declaration
        if source is not None:
            return bool(source.document["declaration_type"] == "export")
        return any(message.function == "16" for message in self.scenario.messages)


def _carries(step: Planned) -> str:
    """What a declarant's act does of what was sent to customs."""
    return "presentation" if step.act == "clearance.present" else str(step.fields.get("kind", ""))
