"""The story on nodes of others: what it asks for, and that it waits for what it asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import story_elsewhere
from cli.errors import CliError, ExitCode
from cli.network_files import NodePlace
from cli.output import Output
from cli.story_elsewhere import MachinesElsewhere
from tests.cli.conftest import FakeNode

pytestmark = pytest.mark.loopback

NOBODY = "http://127.0.0.1:1"


def place(url: str) -> NodePlace:
    return NodePlace(
        organisation="coral-line",
        kind="validator",
        directory=Path("nodes/coral-line"),
        host="127.0.0.1",
        url=url,
        api_port=1,
        peer_port=2,
        https_port=3,
    )


def machines(url: str) -> MachinesElsewhere:
    return MachinesElsewhere(Output(), [place(url)])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story_elsewhere, "PATIENCE_S", 0.0)


def test_it_asks_for_the_end_of_a_node_and_goes_on_when_nobody_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    machines(NOBODY).kill("coral-line")
    assert capsys.readouterr().err == "waiting for: kill coral-line\n"


@pytest.mark.usefixtures("impatient")
def test_a_node_that_goes_on_answering_was_not_ended(node: FakeNode) -> None:
    node.replies["GET /healthz"] = (503, {"status": "busy"})
    with pytest.raises(CliError) as caught:
        machines(node.url).kill("coral-line")
    assert caught.value.code == "story.node"


def test_it_asks_for_the_start_of_a_node_and_waits_until_it_is_ready(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.replies["GET /readyz"] = [(503, {"reasons": ["catching up"]}), (200, {"ready": True})]
    machines(node.url).start("coral-line")
    assert capsys.readouterr().err == "waiting for: start coral-line\n"
    assert [asked.path for asked in node.asked] == ["/readyz", "/readyz"]


@pytest.mark.usefixtures("impatient")
def test_nodes_that_are_never_ready_are_named_with_their_reasons(node: FakeNode) -> None:
    node.replies["GET /readyz"] = (503, {"reasons": ["it has no peers"]})
    with pytest.raises(CliError) as caught:
        machines(node.url).await_all()
    assert caught.value.exit_code == ExitCode.UNREACHABLE
    assert caught.value.why == "coral-line: it has no peers"
