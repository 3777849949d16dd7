"""Published scenarios, played by command: every one reaches its published end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.story_papers import examples_folder
from tests.cli.conftest import Run

ENDS = {
    "TT_EX010a": "invalidated",
    "TT_EX011a": "exited",
    "TT_EX038a": "exited",
    "TT_FI001b": "accepted",
    "TT_IM014a": "rejected",
    "TT_IM202a": "accepted",
}
"""Published ends, from the messages read by hand; every other scenario ends cleared."""

RES = """<MetaData><Response><FunctionCode>{code}</FunctionCode>
<IssueDateTime><DateTimeString>{time}</DateTimeString></IssueDateTime><Declaration><ID>{number}</ID></Declaration></Response></MetaData>"""


def replayed(sealane: Run, *args: object) -> list[dict[str, Any]]:
    result = sealane("clearance", "replay", *(str(arg) for arg in args), "--json")
    value = json.loads(result.stdout)
    assert (result.exit_code == 0) == (value["refused"] == 0)
    scenarios: list[dict[str, Any]] = value["scenarios"]
    return scenarios


def messages(folder: Path, *steps: tuple[str, str, str], number: str = "MRN") -> Path:
    """A folder of messages: name, code and time of each."""
    folder.mkdir(exist_ok=True)
    for name, code, time in steps:
        (folder / f"{name}.xml").write_text(RES.format(code=code, time=time, number=number))
    return folder


@pytest.mark.conformance
def test_every_published_scenario_reaches_its_published_end(sealane: Run, conformance_data: Path) -> None:
    played = replayed(sealane, conformance_data / "hmrc-cds" / "sequences.json")
    assert len(played) == 53
    assert {p["name"]: p["refused"] for p in played if p["refused"]} == {}
    assert {p["name"]: p["ends"] for p in played} == {
        p["name"]: ENDS.get(p["name"], "cleared") for p in played
    }
    assert set(ENDS) <= {p["name"] for p in played}


@pytest.mark.conformance
def test_every_message_of_a_scenario_is_played(sealane: Run, conformance_data: Path) -> None:
    index = json.loads((conformance_data / "hmrc-cds" / "sequences.json").read_text())
    for played in replayed(sealane, conformance_data / "hmrc-cds" / "sequences.json"):
        sources = {step["source"] for step in played["steps"]} - {""}
        assert sources == {step["message"] for step in index[played["name"]]}


@pytest.mark.conformance
def test_a_scenario_is_found_by_its_name(
    sealane: Run, conformance_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (named,) = replayed(sealane, "TT_IM017a", "--data", conformance_data / "hmrc-cds")
    monkeypatch.setenv("SEALANE_CONFORMANCE_DATA", str(conformance_data))
    assert replayed(sealane, "TT_IM017a") == [named]
    acts = [step["act"].removeprefix("clearance.") for step in named["steps"]]
    assert acts == [
        "lodge",
        "accept",
        "assess",
        "control",
        "control",
        "request",
        "decide",
        *["assess"] * 2,
        "amend",
        *["conclude"] * 2,
        "release",
        "clear",
    ]


def test_messages_are_played_in_the_order_of_their_issue(sealane: Run, tmp_path: Path) -> None:
    folder = messages(
        tmp_path / "late",
        ("1", "09", "20240101000003Z"),
        ("2", "01", "20240101000001Z"),
        ("3", "13", "20240101010002+01"),
    )
    (played,) = replayed(sealane, folder)
    assert [step["told"] for step in played["steps"]] == ["", "01", "13", "09", "09"]


def test_a_code_that_no_act_can_hold_ends_the_play_with_a_refusal(sealane: Run, tmp_path: Path) -> None:
    folder = messages(tmp_path / "odd")
    error = "<Response><Error><ValidationCode>no code</ValidationCode></Error><FunctionCode>03</FunctionCode>"
    text = RES.format(code="03", time="20240101000002Z", number="MRN")
    (folder / "1.xml").write_text(text.replace("<Response><FunctionCode>03</FunctionCode>", error))
    (played,) = replayed(sealane, folder)
    assert played["refused"] == "act.malformed"


def test_a_message_about_another_number_stays_where_it_is(sealane: Run, tmp_path: Path) -> None:
    folder = messages(tmp_path / "two", ("1", "01", "20240101000001Z"), ("2", "09", "20240101000002Z"))
    messages(folder, ("3", "03", "20230101000000Z"), number="ANOTHER")
    (played,) = replayed(sealane, folder)
    assert (played["ends"], played["refused"]) == ("cleared", None)
    assert [step["act"] for step in played["steps"][-2:]] == ["clearance.request", "clearance.decide"]


def test_a_message_told_twice_is_played_once(sealane: Run, tmp_path: Path) -> None:
    folder = messages(
        tmp_path / "twice",
        ("1", "01", "20240101000001Z"),
        ("2", "09", "20240101000002Z"),
        ("3", "09", "20240101000002Z"),
    )
    (played,) = replayed(sealane, folder)
    assert (played["ends"], played["refused"], played["steps"][-1]["act"]) == ("cleared", None, "")
    later = messages(folder, ("3", "09", "20240101000003Z"))
    assert replayed(sealane, later)[0]["refused"] == "record.wrong-state"


def test_a_list_of_steps_is_played_as_it_stands(sealane: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    steps = [{"function": "01"}, {"function": "02"}, {"function": "11", "status_names": ["39"]}]
    path.write_text(json.dumps([*steps, {"function": "10"}]))
    (played,) = replayed(sealane, path)
    assert (played["name"], played["ends"], played["refused"]) == ("mine", "invalidated", None)
    path.write_text(json.dumps([*steps, {"function": "09"}]))
    assert replayed(sealane, path)[0]["refused"] == "clearance.grant-due"


def test_a_refusal_is_told_with_its_sentence(sealane: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('[{"function": "09"}]')
    result = sealane("clearance", "replay", str(path))
    assert result.exit_code == 1
    assert "mine: refused with record.wrong-state. clearance.release is not possible now" in result.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "no list of steps"),
        ('[{"function": 1}]', "no list of steps"),
        ('[{"code": "01"}]', "no list of steps"),
        ("[" * 100_000, "no list of steps"),
        ('[{"function": "99"}]', "cannot be played"),
        ('[{"function": "01"}, {"function": "11", "status_names": ["40"]}]', "cannot be played"),
    ],
)
def test_what_is_no_scenario_is_refused(sealane: Run, tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    result = sealane("clearance", "replay", str(path), "--json")
    assert result.exit_code == 2
    assert says in json.loads(result.stderr)["error"]["what"]


def test_an_index_that_lists_nothing_is_no_success(sealane: Run, tmp_path: Path) -> None:
    (tmp_path / "sequences.json").write_text("{}")
    result = sealane("clearance", "replay", "sequences.json")
    assert (result.exit_code, "lists no scenario" in result.stderr) == (2, True)


def test_two_messages_of_one_name_are_not_one(sealane: Run, tmp_path: Path) -> None:
    messages(tmp_path / "a", ("1", "01", "20240101000001Z"))
    messages(tmp_path / "b", ("1", "09", "20240101000002Z"))
    result = sealane("clearance", "replay", str(tmp_path), "--json")
    assert "two messages 1.xml" in json.loads(result.stderr)["error"]["what"]


def test_a_transit_is_not_played_as_something_else(sealane: Run, tmp_path: Path) -> None:
    messages(tmp_path, ("1", "01", "20240101000001Z"))
    text = (examples_folder() / "declaration-import.xml").read_text(encoding="utf-8")
    (tmp_path / "declaration.xml").write_text(text.replace("IMA", "T1"))
    result = sealane("clearance", "replay", str(tmp_path), "--json")
    assert result.exit_code == 2
    assert "NCTS" in json.loads(result.stderr)["error"]["why"]
    (tmp_path / "declaration.xml").write_text(text)
    assert replayed(sealane, tmp_path)[0]["ends"] == "accepted"


def test_a_folder_without_messages_and_an_unknown_name_are_refused(sealane: Run, tmp_path: Path) -> None:
    for name in (tmp_path, tmp_path / "nowhere"):
        result = sealane("clearance", "replay", str(name), "--json")
        assert result.exit_code == 2
    (tmp_path / "a.xml").write_text("<!DOCTYPE a><a/>")
    result = sealane("clearance", "replay", str(tmp_path), "--json")
    assert "DOCTYPE" in json.loads(result.stderr)["error"]["why"]
