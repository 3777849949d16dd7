"""The corridor story: it goes as written, whoever wins the race, and fails loudly when it does not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from cli.errors import CliError
from cli.output import Output
from cli.story import CHAPTERS, play
from cli.story_papers import prepare_papers
from cli.story_proof import evidence_folder, tampered, verify_commands
from cli.story_stage import Stage, StoryFailed
from contracts.documents.declaration import check_declaration
from contracts.documents.findings import errors
from contracts.documents.transport_document import check_transport_document
from ledger.evidence import GenesisAnchor, verify_evidence
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture


@dataclass
class PaperMachines:
    """Nodes that cannot die; remembers what was asked."""

    asked: list[str] = field(default_factory=list)

    def kill(self, organisation: str) -> None:
        self.asked.append(f"kill {organisation}")

    def start(self, organisation: str) -> None:
        self.asked.append(f"start {organisation}")


@pytest.fixture
def stage(trade: Corridor, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage on the contracts; evidence goes to the test's own folder, not the session's network."""
    monkeypatch.setattr("cli.story_proof.EVIDENCE_FOLDER", str(trade.folder / "evidence"))
    return Stage(
        output=Output(),
        directory=trade.node.directory,
        genesis=trade.node.genesis,
        papers=prepare_papers(1),
        machines=PaperMachines(),
    )


@pytest.mark.parametrize("run", [1, 2, 999_999])
def test_the_papers_are_in_order(run: int) -> None:
    papers = prepare_papers(run)
    assert errors(check_transport_document(papers.bill)) == []
    assert errors(check_declaration(papers.export)) == []
    assert errors(check_declaration(papers.import_)) == []
    reference = papers.bill["transportDocumentReference"]
    assert papers.number == f"CORL:{reference}"
    assert papers.import_["transport_document_reference"] == reference
    assert papers.invoice["transport_document_reference"] == reference


def test_every_run_has_numbers_of_its_own() -> None:
    first, second = prepare_papers(1), prepare_papers(2)
    assert first.number != second.number
    assert first.export["local_reference_number"] != second.export["local_reference_number"]


def test_every_step_has_a_sentence_that_introduces_it() -> None:
    for title, steps in CHAPTERS:
        assert title
        for step in steps:
            assert step.__doc__
            assert step.__doc__.endswith("."), step


def test_the_story_goes_as_written(trade: Corridor, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    play(stage)
    assert [event["refused"] for event in stage.events if "refused" in event] == [
        "record.exists",
        "linkage.not-released",
        "record.version-passed",
        "linkage.hold-open",
        "linkage.not-surrendered",
    ]
    assert trade.record(stage.things.bill)["state"] == "surrendered_for_delivery"
    assert trade.record(stage.things.import_)["state"] == "released"
    for key in stage.things.containers.values():
        assert trade.record(key)["state"] == "on_road"
        assert "breaches" not in trade.record(key)
    assert isinstance(stage.machines, PaperMachines)
    assert stage.machines.asked == ["kill qinzhou-customs", "start qinzhou-customs"]
    text = capsys.readouterr().out
    assert "3. The bill changes hands" in text
    assert "Coral Line issues CORL:BG26QZ000001" in text
    assert "sealed by 3 of 4" in text


def test_the_evidence_of_the_story_is_for_anyone_to_check(
    trade: Corridor, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    play(stage)
    folder = evidence_folder(stage.directory, stage.papers.number)
    files = sorted(path.name for path in folder.iterdir())
    assert files == [
        "bill-tampered.json",
        "bill.evidence.json",
        "container.evidence.json",
        "import-declaration.evidence.json",
    ]
    report = verify_evidence((folder / "bill.evidence.json").read_bytes(), GenesisAnchor.of(stage.genesis))
    assert report.document is not None
    assert report.document["transportDocumentReference"] == "BG26QZ000001"
    assert len(verify_commands(stage)) == 4
    assert any("the check 'record' fails" in event["what"] for event in stage.events)
    assert capsys.readouterr().out


@pytest.mark.parametrize("first", ["landbridge-forwarding/wei-ling", "landbridge-forwarding/pham-quoc-bao"])
def test_the_race_has_one_winner_and_the_story_goes_on_from_either(
    trade: Corridor,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    first: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("cli.story_race.ThreadPoolExecutor", _in_turn(backwards="pham" in first))
    play(stage)
    offers = [item for item in trade.node.history[stage.things.bill] if item["act"] == "bill.transfer"]
    assert offers[0]["issuer"] == first
    assert offers[-1]["body"]["to"] == "red-river-imports"
    assert ("takes the wrong offer back" in capsys.readouterr().out) == ("pham" in first)


def _in_turn(*, backwards: bool) -> type[ThreadPoolExecutor]:
    class InTurn(ThreadPoolExecutor):
        """Runs one after the other, in a chosen order."""

        def map(self, function: Any, values: Any, *args: Any, **more: Any) -> Any:  # type: ignore[override]
            order = list(values)[::-1] if backwards else list(values)
            done = {value: function(value) for value in order}
            return iter([done[value] for value in sorted(done)])

    return InTurn


def test_an_act_that_should_pass_but_does_not_ends_the_story(trade: Corridor, stage: Stage) -> None:
    organisation = json.loads(trade.node.state["organisation/coral-line"])
    del organisation["numbering_key"]
    trade.node.state["organisation/coral-line"] = json.dumps(
        organisation, sort_keys=True, separators=(",", ":")
    ).encode()
    with pytest.raises(StoryFailed, match="Coral Line issues") as failure:
        play(stage)
    assert failure.value.exit_code == 1


def test_an_act_that_should_be_refused_but_is_not_ends_the_story(stage: Stage) -> None:
    with pytest.raises(StoryFailed) as failure:
        stage.refused("coral-line/lin-tao", "does what it must not", "record.exists", lambda: None)
    assert "was accepted; expected record.exists" in failure.value.why


def test_a_refusal_with_another_code_ends_the_story(stage: Stage) -> None:
    def refuse() -> None:
        raise CliError("no", code="something.else")

    with pytest.raises(StoryFailed, match=r"expected record\.exists"):
        stage.refused("coral-line/lin-tao", "does what it must not", "record.exists", refuse)


def test_the_story_says_nothing_between_the_lines_of_json(
    trade: Corridor, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = Stage(
        output=Output(json=True),
        directory=stage.directory,
        genesis=stage.genesis,
        papers=prepare_papers(7),
        machines=stage.machines,
    )
    play(quiet)
    assert capsys.readouterr().out == ""
    assert json.loads(json.dumps(quiet.events))


def test_tampering_keeps_the_file_well_formed() -> None:
    evidence = b'{"record":{"value":{"state":"surrendered_for_delivery"}}}'
    assert tampered(evidence) == b'{"record":{"value":{"state":"issued"}}}'
